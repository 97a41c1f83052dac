"""Both ends of a conversation in one thread: always the same calls with the same results."""
import socket

listening = socket.socket()
listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listening.bind(("127.0.0.1", 0))
listening.listen(2)
one = socket.socket()
one.connect(listening.getsockname())
other, peer = listening.accept()
one.send(b"a \"quoted\" \\ line\n\x00\x1b[31m")
other.recv(100)
other.sendall(b"ok")
one.recv(2)
one.setblocking(False)
try:
    one.recv(10)
except BlockingIOError:
    pass
one.shutdown(socket.SHUT_WR)
other.recv(10)
other.close()
one.close()
listening.close()
