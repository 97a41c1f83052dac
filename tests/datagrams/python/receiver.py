"""Tells what arrives at a port: receiver.py PORT [GROUP OWN_ADDRESS]. Beside others, if they agree."""
import socket
import struct
import sys

# Linux's number; Python has no name for it.
IP_RECVTTL = 12

receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
receiver.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
receiver.setsockopt(socket.IPPROTO_IP, IP_RECVTTL, 1)
receiver.bind(("0.0.0.0", int(sys.argv[1])))
if len(sys.argv) > 2:
    membership = socket.inet_aton(sys.argv[2]) + socket.inet_aton(sys.argv[3])
    receiver.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, membership)
print("ready", flush=True)
while True:
    data, extra, _, peer = receiver.recvmsg(65535, 64)
    ttl = next(struct.unpack("i", x)[0] for level, kind, x in extra if kind == socket.IP_TTL)
    print(f"{len(data)} bytes from {peer[0]} with TTL {ttl}", flush=True)
