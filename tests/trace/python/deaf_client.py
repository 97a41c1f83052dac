"""Never reads the end of what the server says: asks ss for the socket's state, and closes.

Argument: the file with the port.
"""
import socket
import subprocess
import sys

with open(sys.argv[1]) as file:
    port = int(file.read())
talk = socket.create_connection(("127.0.0.1", port))
talk.recv(3)
state = "ESTAB"
while state == "ESTAB":
    address, own = talk.getsockname()
    row = subprocess.check_output(["ss", "-Htan", "src", f"{address}:{own}"], text=True)
    state = row.split()[0]
print(f"ss says {state}", flush=True)
talk.close()
