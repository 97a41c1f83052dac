"""Listens under a name that a spreadsheet, a table or a terminal might take for something else."""

import socket
import sys

with open("/proc/self/comm", "wb") as comm:
    comm.write(sys.argv[1].encode("utf-8").decode("unicode_escape").encode("latin-1"))
one = socket.socket()
one.bind(("127.0.0.1", 0))
one.listen()
print("port", one.getsockname()[1], flush=True)
sys.stdin.read()
