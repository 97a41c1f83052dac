"""Answers echo requests as a test wants: crafted.py FAMILY PLAN...

The plan has one word for each sequence number from 1 on, which may have several parts with `+`:
  echo            the right answer              twice           the same, two times
  flip:N          byte N of the data is wrong   short:N         only N bytes of data
  sum             with a wrong checksum (IPv4)  nothing         no answer
  after:N         the right answer, when request N comes
  error:TYPE:CODE:REST   an ICMP error about the request, REST in hexadecimal (4 bytes)
"""
import socket
import struct
import sys

V6 = sys.argv[1] == "6"
REQUEST, REPLY = (128, 129) if V6 else (8, 0)
plan = [word.split("+") for word in sys.argv[2:]]
held = {}


def checksum(message):
    if len(message) % 2:
        message += b"\0"
    total = sum(struct.unpack(f"!{len(message) // 2}H", message))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def send(kind, code, rest, to, wrong=0):
    message = struct.pack("!BBH", kind, code, 0) + rest
    # The kernel computes the checksum of ICMPv6, for it alone knows the address it sends from.
    right = 0 if V6 else checksum(message)
    message = struct.pack("!BBH", kind, code, right ^ wrong) + rest
    raw.sendto(message, (to, 0))


def ipv6_header(source, to, length):
    addresses = socket.inet_pton(socket.AF_INET6, source) + socket.inet_pton(socket.AF_INET6, to)
    return struct.pack("!IHBB", 6 << 28, length, 58, 63) + addresses


def act(word, packet, icmp, source):
    name, *values = word.split(":")
    echo, data = icmp[4:], icmp[8:]
    if name in ("echo", "twice"):
        for _ in range(2 if name == "twice" else 1):
            send(REPLY, 0, echo, source)
    elif name == "flip":
        at = int(values[0])
        send(REPLY, 0, echo[:4] + data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1:], source)
    elif name == "short":
        send(REPLY, 0, echo[:4] + data[: int(values[0])], source)
    elif name == "sum":
        send(REPLY, 0, echo, source, wrong=0x0101)
    elif name == "after":
        held.setdefault(int(values[0]), []).append((echo, source))
    elif name == "error":
        send(int(values[0]), int(values[1]), bytes.fromhex(values[2]) + packet[:548], source)


if V6:
    raw = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
else:
    raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
print("ready", flush=True)
while True:
    packet, address = raw.recvfrom(65536)
    source = address[0]
    icmp = packet if V6 else packet[(packet[0] & 15) * 4:]
    if icmp[0] != REQUEST:
        continue
    if V6:
        packet = ipv6_header(source, "fd77:2::2", len(icmp)) + icmp
    sequence = struct.unpack("!H", icmp[6:8])[0]
    for word in plan[sequence - 1] if sequence <= len(plan) else []:
        act(word, packet, icmp, source)
    for echo, to in held.pop(sequence, []):
        send(REPLY, 0, echo, to)
