"""Clients of a UDP echo: sizes.py HOST PORT CLIENTS SIZE...

Each client has one socket and sends one datagram of random bytes of each size. All clients send
before any of them looks for its answer, which has to be the same bytes in one piece.
"""
import os
import socket
import sys

host, port = sys.argv[1], int(sys.argv[2])
clients, sizes = int(sys.argv[3]), [int(size) for size in sys.argv[4:]]
family = socket.AF_INET6 if ":" in host else socket.AF_INET
sockets = [socket.socket(family, socket.SOCK_DGRAM) for _ in range(clients)]
identical = 0
for size in sizes:
    said = [os.urandom(size) for _ in sockets]
    for client, data in zip(sockets, said):
        client.settimeout(20)
        client.sendto(data, (host, port))
    for client, data in zip(sockets, said):
        answer, peer = client.recvfrom(65535)
        if answer != data or peer[:2] != (host, port):
            sys.exit(f"{size} bytes came back as {len(answer)} from {peer}")
        identical += 1
for client in sockets:
    client.setblocking(False)
    try:
        sys.exit(f"something more came: {len(client.recv(65535))} bytes")
    except BlockingIOError:
        pass
ports = " ".join(str(client.getsockname()[1]) for client in sockets)
print(f"{identical} identical, from ports {ports}")
