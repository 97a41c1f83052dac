"""A chat server that behaves on the wire as the session-layer handout's does.

The first recv is the client's host name, every later recv is one message, and each message is
answered before the next recv. It ends when the client closes.
Arguments: the name it answers with.
"""
import socket
import sys

own_name = sys.argv[1]
with socket.socket() as listening:
    listening.bind(("127.0.0.1", 0))
    listening.listen(4)
    print(f"listening on 127.0.0.1 port {listening.getsockname()[1]}", flush=True)
    talk, (ip, port) = listening.accept()
with talk:
    their_name = talk.recv(2048).decode()
    print(f"{their_name} connected with IP Address {ip} from Port {port}", flush=True)
    while message := talk.recv(2048).decode():
        print(f"{their_name}: {message}", flush=True)
        print("(my turn)", flush=True)
        talk.send(f"{own_name}: {input()}".encode())
print("(the client has closed)", flush=True)
