"""Echoes two datagrams. Arguments: a file for the port."""
import socket
import sys

echo = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
with open(sys.argv[1], "w") as file:
    echo.bind(("127.0.0.1", 0))
    file.write(str(echo.getsockname()[1]))
    file.flush()
    for _ in range(2):
        message, peer = echo.recvfrom(1024)
        echo.sendto(message, peer)
echo.close()
