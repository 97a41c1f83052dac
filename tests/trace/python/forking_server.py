"""A server whose child does the talking: the parent gives its own descriptor back at once."""
import os
import socket
import sys

listening = socket.socket()
listening.bind(("127.0.0.1", 0))
with open(sys.argv[1], "w") as file:
    file.write(str(listening.getsockname()[1]))
listening.listen()
talk, peer = listening.accept()
child = os.fork()
if child == 0:
    listening.close()
    talk.recv(100)
    talk.sendall(b"welcome")
    message = talk.recv(100)
    talk.sendall(b"heard " + message)
    talk.recv(100)
    talk.close()
    os._exit(0)
talk.close()
os.waitpid(child, 0)
listening.close()
