"""Says three bytes to one client, and closes at once.

Argument: a file for the port.
"""
import socket
import sys

listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
listening.bind(("127.0.0.1", 0))
listening.listen(1)
with open(sys.argv[1], "w") as file:
    file.write(str(listening.getsockname()[1]))
talk, peer = listening.accept()
talk.sendall(b"bye")
talk.close()
listening.close()
