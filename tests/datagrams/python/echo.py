"""A UDP echo: echo.py [GLUE]. Each datagram goes back to whoever sent it.

With a number, so many datagrams go back as one, as a program does that reads from a pipe.
"""
import socket
import sys

glue = int(sys.argv[1]) if len(sys.argv) > 1 else 1
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.1", 0))
print(f"bound to port {server.getsockname()[1]}", flush=True)
kept = []
while True:
    data, peer = server.recvfrom(65535)
    kept.append(data)
    if len(kept) == glue:
        server.sendto(b"".join(kept), peer)
        kept = []
