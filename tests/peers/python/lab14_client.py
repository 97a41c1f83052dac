"""A client that behaves on the wire as the one of the handout on ports and sockets does.

It knows no names: it speaks first, then listens, in strict turns, until somebody types bye.
Arguments: port.
"""
import socket
import sys

with socket.create_connection(("127.0.0.1", int(sys.argv[1]))) as talk:
    print(f"connected from port {talk.getsockname()[1]}", flush=True)
    while (message := input()).lower().strip() != "bye":
        talk.send(message.encode())
        print("(waiting in recv)", flush=True)
        answer = talk.recv(1024).decode()
        print(f"Received from server: {answer}", flush=True)
print("(closed)", flush=True)
