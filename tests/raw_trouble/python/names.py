"""A name server on 127.0.0.1 that says nothing, or nonsense: names.py silent|HEX...

Each HEX is a label of the name that every address has, says this server.
"""
import socket
import struct
import sys

server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.1", 53))
print("ready", flush=True)
while True:
    question, peer = server.recvfrom(4096)
    print("asked", flush=True)
    if sys.argv[1] == "silent":
        continue
    end = question.index(b"\0", 12) + 5
    labels = [bytes.fromhex(label) for label in sys.argv[1:]]
    name = b"".join(bytes([len(label)]) + label for label in labels) + b"\0"
    answer = struct.pack("!HHHHHH", *struct.unpack("!H", question[:2]), 0x8180, 1, 1, 0, 0)
    answer += question[12:end] + b"\xc0\x0c" + question[end - 4:end]
    answer += struct.pack("!IH", 60, len(name)) + name
    server.sendto(answer, peer)
