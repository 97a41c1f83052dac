"""Connects sockets that do not wait, one after the other, and asks each how that went by connecting
it again. Nobody listens.

Argument: a file with the number of the port.
"""
import select
import socket
import sys

with open(sys.argv[1]) as file:
    closed = int(file.read())
for _ in range(5):
    talk = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    talk.setblocking(False)
    talk.connect_ex(("127.0.0.1", closed))
    select.select([], [talk], [])
    print(talk.connect_ex(("127.0.0.1", closed)), flush=True)
    talk.close()
