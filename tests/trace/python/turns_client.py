"""The client of a chat in turns: its name, then each line of the standard input.

Arguments: the file with the port, and perhaps the address.
"""
import socket
import sys

address = sys.argv[2] if len(sys.argv) > 2 else "127.0.0.1"
family = socket.AF_INET6 if ":" in address else socket.AF_INET
with open(sys.argv[1]) as file:
    port = int(file.read())
talk = socket.socket(family, socket.SOCK_STREAM)
talk.connect((address, port))
talk.send(b"JS-PC")
talk.recv(2048)
for line in sys.stdin:
    talk.send(line.strip().encode())
    print(talk.recv(2048).decode(), flush=True)
talk.close()
