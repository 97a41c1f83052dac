"""Random ICMP messages: noise.py ADDRESS COUNT [alone]

They have any type, code and length; half of them have the right checksum, and many bear the
identifier of the first echo request that is heard, which is waited for unless `alone` is said.
IPv4 messages may be shorter than an ICMP header. It says when it has sent them all.
"""
import ipaddress
import random
import struct
import sys
import time

import packets

KINDS = 4000
chance = random.Random(20260509)


def quote(own, identifier):
    """What an error may carry: the beginning of a packet, or of something like it."""
    echo = struct.pack("!BBHHH", packets.ECHO[packets.family_of(own)][0], 0, 0, identifier,
                       chance.randrange(chance.choice([64, 65536])))
    protocol = chance.choice([1, 6, 17, 58, 255])
    whole = packets.packet(own, own, echo + chance.randbytes(40), protocol=protocol)
    return whole[:chance.randrange(len(whole) + 1)]


def message(own, identifier, source):
    family, dice = packets.family_of(own), chance.random()
    length = chance.choice([chance.randrange(12), chance.randrange(100), chance.randrange(1400)])
    if dice < 0.25:
        body = struct.pack("!BBHHH", packets.ECHO[family][1], chance.choice([0, 0, 0, 7]), 0,
                           identifier, chance.randrange(chance.choice([64, 65536])))
        body += chance.randbytes(length)
    elif dice < 0.5:
        kind = chance.choice([3, 4, 5, 11, 12] if family == 4 else [1, 2, 3, 4, 5])
        body = bytes([kind, chance.randrange(20), 0, 0]) + chance.randbytes(4)
        body += quote(own, identifier)
    else:
        body = chance.randbytes(length)
    # What is no ping at all must be left: requests would be answered, and answered again.
    if body and body[0] == packets.ECHO[family][0]:
        body = bytes([200]) + body[1:]
    return packets.summed(body, source, own, chance.choice([0, chance.randrange(65536)]))


def packet(own, identifier):
    """Half of them come from somebody else, somebody new each time."""
    source = own
    if chance.random() < 0.5:
        number = chance.randrange(1, 1 << 24)
        source = f"fd55::{number & 0xFFFF:x}" if ":" in own else str(ipaddress.IPv4Address(
            int(ipaddress.IPv4Address("10.0.0.0")) + number))
    return packets.packet(source, own, message(own, identifier, source))


def main():
    own, count = sys.argv[1], int(sys.argv[2])
    family = packets.family_of(own)
    into, out = packets.receiver(own), packets.sender(family)
    print("ready", flush=True)
    identifier = 0x1234
    while len(sys.argv) < 4:
        request, _ = packets.heard(into, family)
        if len(request) >= 8 and request[0] == packets.ECHO[family][0]:
            identifier = struct.unpack("!H", request[4:6])[0]
            break
    into.close()
    pool = [packet(own, identifier) for _ in range(min(count, KINDS))]
    print("begins", flush=True)
    began, sent, refused = time.monotonic(), 0, 0
    while sent + refused < count:
        for one in pool[:count - sent - refused]:
            try:
                out.sendto(one, (own, 0))
                sent += 1
            except OSError:
                refused += 1
    print(f"sent {sent} refused {refused} in {time.monotonic() - began:.1f} s", flush=True)


main()
