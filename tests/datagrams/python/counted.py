"""A client with sequence numbers: counted.py PORT COUNT.

Prints one JSON object: `answers` in the order of their arrival, each as the number of the datagram,
how many of its bits differ from what was sent, and the milliseconds since it was sent; `sent`, which
counts the datagrams at the end that only ask whether everything has come back; and the `port`.
"""
import json
import socket
import struct
import sys
import time
from collections import Counter

WINDOW = 32
COPIES = 16

port, count = int(sys.argv[1]), int(sys.argv[2])
client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
client.connect(("127.0.0.1", port))
sent_at = []
answers = []
highest = -1


def datagram(number):
    return struct.pack("!I", number) * COPIES


def send():
    sent_at.append(time.monotonic())
    client.send(datagram(len(sent_at) - 1))


def receive(seconds):
    """Takes one answer; false when none comes for so long."""
    global highest
    client.settimeout(seconds)
    try:
        answer = client.recv(65535)
    except TimeoutError:
        return False
    now = time.monotonic()
    # One bit turned over leaves all other copies of the number as they were.
    numbers = struct.unpack(f"!{COPIES}I", answer)
    number = Counter(numbers).most_common(1)[0][0]
    bits = sum((a ^ b).bit_count() for a, b in zip(answer, datagram(number), strict=True))
    answers.append([number, bits, (now - sent_at[number]) * 1000])
    highest = max(highest, number)
    return True


while len(sent_at) < count:
    send()
    # What is lost is never answered, so after a while it no longer counts as outstanding.
    while len(sent_at) - 1 - highest >= WINDOW and receive(0.2):
        pass
while highest < count:
    send()
    while receive(0.3):
        pass
answers = [answer for answer in answers if answer[0] < count]
sent = len(sent_at)
print(json.dumps({"answers": answers, "sent": sent, "port": client.getsockname()[1]}))
