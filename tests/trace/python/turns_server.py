"""A chat server in turns: the first recv is a name, every later one a message, each answered,
also the name: what is sent before the answer came may arrive together with it.

Arguments: a file for the port, and perhaps the address to listen at.
"""
import socket
import sys

address = sys.argv[2] if len(sys.argv) > 2 else "127.0.0.1"
family = socket.AF_INET6 if ":" in address else socket.AF_INET
listening = socket.socket(family, socket.SOCK_STREAM)
listening.bind((address, 0))
with open(sys.argv[1], "w") as file:
    file.write(str(listening.getsockname()[1]))
listening.listen(4)
talk, peer = listening.accept()
name = talk.recv(2048).decode()
print(f"{name} connected", flush=True)
talk.send(b"welcome")
while message := talk.recv(2048).decode():
    print(f"{name}: {message}", flush=True)
    talk.send(f"heard {message}".encode())
talk.close()
listening.close()
