"""Tries to connect one and the same socket three times, the third time to somebody who listens.

Argument: a file with the number of a port on which nobody listens.
"""
import socket
import sys

with open(sys.argv[1]) as file:
    closed = int(file.read())
listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
listening.bind(("127.0.0.1", 0))
listening.listen(1)
talk = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
for port in (closed, closed, listening.getsockname()[1]):
    print(talk.connect_ex(("127.0.0.1", port)), flush=True)
talk.sendall(b"there")
talk.close()
listening.close()
