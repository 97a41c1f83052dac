"""A chat client that behaves on the wire as the session-layer handout's does.

It sends its host name at once and without a line feed, then speaks and listens in strict turns.
Arguments: port, own host name.
"""
import socket
import sys

port, own_name = int(sys.argv[1]), sys.argv[2]
with socket.create_connection(("127.0.0.1", port)) as talk:
    talk.send(own_name.encode())
    print(f"connected from port {talk.getsockname()[1]}", flush=True)
    while (message := input()).lower().strip() != "exit":
        talk.send(message.encode())
        print("(waiting in recv)", flush=True)
        answer = talk.recv(2048).decode()
        print(answer, flush=True)
print("(closed)", flush=True)
