"""Brings sockets into every state and keeps them there, inside a network namespace of the test's own.

Prints one JSON object for each socket, then "ready"; ends with its input. The namespace has an
interface d0 behind which nobody is.
"""

import json
import socket
import sys
from socket import AF_INET, AF_INET6, IPPROTO_ICMP, IPPROTO_ICMPV6, IPPROTO_TCP, IPPROTO_IPV6
from socket import SHUT_WR, SOCK_DGRAM, SOCK_RAW, SOCK_STREAM, SOL_SOCKET, SO_SNDBUF

NOBODY = {AF_INET: "10.99.0.2", AF_INET6: "fd99::2"}
LOOPBACK = {AF_INET: "127.0.0.1", AF_INET6: "::1"}
NOWHERE = {AF_INET: "0.0.0.0", AF_INET6: "::"}
kept = []


def tell(sock, transport, state, **more):
    kept.append(sock)
    source = sock.getsockname()
    try:
        destination = sock.getpeername()
    except OSError:
        destination = more.pop("to", (NOWHERE[sock.family], 0))
    row = {
        "transport": transport,
        "family": 4 if sock.family == AF_INET else 6,
        "state": state,
        "source_ip": source[0],
        "source_port": source[1],
        "destination_ip": destination[0],
        "destination_port": destination[1],
        "held": True,
    }
    print(json.dumps(row | more), flush=True)


def listener(family, backlog=8):
    sock = socket.socket(family, SOCK_STREAM)
    sock.bind((LOOPBACK[family], 0))
    sock.listen(backlog)
    return sock


def pair(family):
    door = listener(family)
    client = socket.create_connection(door.getsockname()[:2])
    server, _ = door.accept()
    door.close()
    return client, server


def fill(sock):
    """Sends until nothing more fits: then the peer's window is shut, and an end has to queue."""
    sock.setblocking(False)
    try:
        while True:
            sock.send(bytes(65536))
    except BlockingIOError:
        pass


def stream(family):
    door = listener(family)
    waiting = [socket.create_connection(door.getsockname()[:2]) for _ in range(3)]
    tell(door, "tcp", "LISTEN", receive_queue=3, send_queue=8)
    for client in waiting:
        tell(client, "tcp", "ESTABLISHED")

    wants = socket.socket(family, SOCK_STREAM)
    wants.setblocking(False)
    try:
        wants.connect((NOBODY[family], 9))
    except BlockingIOError:
        pass
    tell(wants, "tcp", "SYN-SENT", to=(NOBODY[family], 9))

    # With TCP_DEFER_ACCEPT the last acknowledgement of the handshake does not count: data has to come.
    deferring = listener(family)
    deferring.setsockopt(IPPROTO_TCP, socket.TCP_DEFER_ACCEPT, 60)
    client = socket.create_connection(deferring.getsockname()[:2])
    tell(deferring, "tcp", "LISTEN")
    tell(client, "tcp", "ESTABLISHED")
    row = {"source": client.getpeername(), "destination": client.getsockname()}
    told = {
        "transport": "tcp",
        "family": 4 if family == AF_INET else 6,
        "state": "SYN-RECEIVED",
        "source_ip": row["source"][0],
        "source_port": row["source"][1],
        "destination_ip": row["destination"][0],
        "destination_port": row["destination"][1],
        "held": False,
    }
    print(json.dumps(told), flush=True)

    client, server = pair(family)
    client.sendall(b"seven..")
    tell(client, "tcp", "ESTABLISHED")
    tell(server, "tcp", "ESTABLISHED", receive_queue=7)

    client, server = pair(family)
    client.shutdown(SHUT_WR)
    assert server.recv(1) == b""
    tell(client, "tcp", "FIN-WAIT-2")
    tell(server, "tcp", "CLOSE-WAIT")

    client, server = pair(family)
    fill(client)
    client.shutdown(SHUT_WR)
    tell(client, "tcp", "FIN-WAIT-1")
    tell(server, "tcp", "ESTABLISHED")

    client, server = pair(family)
    client.shutdown(SHUT_WR)
    assert server.recv(1) == b""
    fill(server)
    server.shutdown(SHUT_WR)
    tell(client, "tcp", "FIN-WAIT-2")
    tell(server, "tcp", "LAST-ACK")

    client, server = pair(family)
    fill(client)
    client.shutdown(SHUT_WR)
    ends = {"to": server.getsockname()}
    server.shutdown(SHUT_WR)
    assert client.recv(1) == b""
    tell(client, "tcp", "CLOSING", **ends)
    tell(server, "tcp", "FIN-WAIT-2")

    client, server = pair(family)
    own, other = client.getsockname(), client.getpeername()
    client.close()
    assert server.recv(1) == b""
    server.close()
    told |= {"state": "TIME-WAIT", "source_ip": own[0], "source_port": own[1]}
    told |= {"destination_ip": other[0], "destination_port": other[1]}
    print(json.dumps(told), flush=True)


def others(family):
    bound = socket.socket(family, SOCK_DGRAM)
    bound.bind((LOOPBACK[family], 0))
    tell(bound, "udp", "UNCONNECTED")
    connected = socket.socket(family, SOCK_DGRAM)
    connected.connect(bound.getsockname()[:2])
    tell(connected, "udp", "CONNECTED")
    raw = socket.socket(family, SOCK_RAW, IPPROTO_ICMP if family == AF_INET else IPPROTO_ICMPV6)
    tell(raw, "raw", "UNCONNECTED", source_port=0, protocol=1 if family == AF_INET else 58)
    odd = socket.socket(family, SOCK_RAW, 253)
    tell(odd, "raw", "UNCONNECTED", source_port=0, protocol=253)
    ping = socket.socket(family, SOCK_DGRAM, IPPROTO_ICMP if family == AF_INET else IPPROTO_ICMPV6)
    ping.bind((NOWHERE[family], 4711))
    tell(ping, "icmp", "UNCONNECTED", source_port=0, identifier=4711)
    only = socket.socket(family, SOCK_STREAM)
    only.bind((LOOPBACK[family], 0))
    tell(only, "tcp", "CLOSED")


def both():
    for port, alone in ((0, 0), (0, 1)):
        door = socket.socket(AF_INET6, SOCK_STREAM)
        door.setsockopt(IPPROTO_IPV6, socket.IPV6_V6ONLY, alone)
        door.bind(("::", port))
        door.listen()
        tell(door, "tcp", "LISTEN", dual=not alone)
    mail = socket.socket(AF_INET6, SOCK_DGRAM)
    mail.setsockopt(IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    mail.bind(("::", 0))
    tell(mail, "udp", "UNCONNECTED", dual=True)


for each in (AF_INET, AF_INET6):
    stream(each)
    others(each)
both()
print("ready", flush=True)
sys.stdin.read()
