"""A server with a thread for each client; it never ends by itself.

Arguments: a file for the port, and perhaps "stubborn": then it takes no notice of SIGINT and SIGTERM.
"""
import signal
import socket
import sys
import threading

if "stubborn" in sys.argv:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)


def serve(talk):
    with talk:
        while message := talk.recv(100):
            talk.sendall(message.upper())


listening = socket.socket()
listening.bind(("127.0.0.1", 0))
with open(sys.argv[1], "w") as file:
    file.write(str(listening.getsockname()[1]))
listening.listen()
print("listening", flush=True)
while True:
    talk, peer = listening.accept()
    threading.Thread(target=serve, args=(talk,), daemon=True).start()
