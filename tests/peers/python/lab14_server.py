"""A server that behaves on the wire as the one of the handout on ports and sockets does.

It knows no names: every recv of at most 1024 bytes is a message, and each is answered before the
next recv. It ends when the client closes.
"""
import socket

with socket.socket() as listening:
    listening.bind(("127.0.0.1", 0))
    listening.listen(2)
    print(f"listening on 127.0.0.1 port {listening.getsockname()[1]}", flush=True)
    talk, peer = listening.accept()
with talk:
    print(f"Connection from: {peer}", flush=True)
    while message := talk.recv(1024).decode():
        print(f"from connected user: {message}", flush=True)
        print("(my turn)", flush=True)
        talk.send(input().encode())
print("(the client has closed)", flush=True)
