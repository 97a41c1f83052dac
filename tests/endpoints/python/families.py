"""Sockets that differ in what they take only, until the standard input ends. Their ports are said."""

import json
import socket
import sys

both = socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True)
only = socket.create_server(("::", 0), family=socket.AF_INET6)
inside = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
inside.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"lo")
inside.bind(("0.0.0.0", 0))
web = socket.create_server(("127.0.0.1", 443))
client = socket.create_connection(("127.0.0.1", both.getsockname()[1]))
server, _ = both.accept()
said = {"both": both, "only": only, "inside": inside, "client": client}
print(json.dumps({name: one.getsockname()[1] for name, one in said.items()}), flush=True)
sys.stdin.read()
