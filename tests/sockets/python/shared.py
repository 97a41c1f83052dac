"""Opens a socket, forks, and opens another one: the first is shared. Ends with its input."""

import os
import socket
import sys

door = socket.socket()
door.bind(("127.0.0.1", 0))
door.listen()
child = os.fork()
if child == 0:
    sys.stdin.read()
    os._exit(0)
mail = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
mail.bind(("127.0.0.1", 0))
print("child", child, flush=True)
print("ready", flush=True)
sys.stdin.read()
