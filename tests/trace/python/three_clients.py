"""Three connections at a time to a server that answers in capitals."""
import socket
import sys

with open(sys.argv[1]) as file:
    port = int(file.read())
talks = [socket.create_connection(("127.0.0.1", port)) for _ in range(3)]
for number, talk in enumerate(talks):
    talk.sendall(f"hello {number}".encode())
for talk in talks:
    assert talk.recv(100).startswith(b"HELLO")
    talk.close()
