"""ICMP messages and the IP packets around them, right or wrong in any way."""
import ipaddress
import socket
import struct

ECHO = {4: (8, 0), 6: (128, 129)}
PROTOCOL = {4: 1, 6: 58}


def family_of(address):
    return ipaddress.ip_address(address).version


def packed(address):
    return ipaddress.ip_address(address).packed


def checksum(data):
    """RFC 1071: the one's complement of the one's complement sum."""
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def summed(message, source, to, wrong=0):
    """The message with its checksum in place, or with one that differs by so much."""
    if len(message) < 4:
        return message
    message = message[:2] + b"\0\0" + message[4:]
    before = b""
    if family_of(source) == 6:
        # The pseudo-header: ICMPv6 covers the addresses too.
        before = packed(source) + packed(to) + struct.pack("!IxxxB", len(message), 58)
    return message[:2] + struct.pack("!H", checksum(before + message) ^ wrong) + message[4:]


def ipv4(source, to, body, protocol=1, ttl=64, options=b"", piece=0, number=0x4711):
    """A packet with its header's checksum in place; `piece` is flags and fragment offset."""
    head = struct.pack(
        "!BBHHHBBH", 0x45 + len(options) // 4, 0, 20 + len(options) + len(body), number,
        piece, ttl, protocol, 0,
    )
    head += packed(source) + packed(to) + options
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + body


def ipv6(source, to, body, protocol=58, hops=64, options=b""):
    """A packet; options are a whole extension header of the destination's kind (60)."""
    first = 60 if options else protocol
    head = struct.pack("!IHBB", 6 << 28, len(options) + len(body), first, hops)
    return head + packed(source) + packed(to) + options + body


def packet(source, to, body, options=b"", **more):
    build = ipv4 if family_of(source) == 4 else ipv6
    return build(source, to, body, options=options, **more)


def sender(family):
    """A socket that takes packets with their IP headers."""
    domain = socket.AF_INET if family == 4 else socket.AF_INET6
    return socket.socket(domain, socket.SOCK_RAW, socket.IPPROTO_RAW)


def receiver(address):
    """A socket that hears every ICMP message to that address."""
    family = family_of(address)
    domain = socket.AF_INET if family == 4 else socket.AF_INET6
    own = socket.socket(domain, socket.SOCK_RAW, PROTOCOL[family])
    own.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
    own.bind((address, 0))
    return own


def heard(own, family):
    """The next message, and who sent it."""
    data, peer = own.recvfrom(65535)
    if family == 4:
        data = data[(data[0] & 15) * 4:]
    return data, peer[0]
