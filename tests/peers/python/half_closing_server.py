"""A server that ends its own half first, as `nc -N` does at the end of its input, and listens on.

It greets, ends its half, and then tells everything that still comes until the client closes too.
"""
import socket

with socket.socket() as listening:
    listening.bind(("127.0.0.1", 0))
    listening.listen()
    print(f"listening on 127.0.0.1 port {listening.getsockname()[1]}", flush=True)
    talk, _ = listening.accept()
with talk:
    input()
    talk.sendall("last words from me\n".encode())
    talk.shutdown(socket.SHUT_WR)
    print("(ended my half)", flush=True)
    while talk.recv(2048):
        pass
print("(the client has closed)", flush=True)
