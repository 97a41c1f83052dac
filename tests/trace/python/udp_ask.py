"""Two datagrams, and what comes back. Arguments: the file with the port, which may still be empty."""
import socket
import sys

ask = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
port = ""
while not port:
    with open(sys.argv[1]) as file:
        port = file.read()
for text in (b"first", b"second one"):
    ask.sendto(text, ("127.0.0.1", int(port)))
    assert ask.recvfrom(1024)[0] == text
ask.close()
