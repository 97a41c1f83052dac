"""Sockets in known states, until the standard input ends. What they are is said as JSON."""

import json
import socket
import sys

kept = []
said = {"states": []}


def keep(name, one):
    kept.append(one)
    said[name] = one.getsockname()[1]
    return one


def listener(name, family, host, backlog=8):
    one = keep(name, socket.socket(family))
    one.bind((host, 0))
    one.listen(backlog)
    said[name] = one.getsockname()[1]
    return one


def pair(name, to, family=socket.AF_INET):
    client = socket.socket(family)
    client.connect(to.getsockname()[:2])
    keep(name, client)
    server, _ = to.accept()
    kept.append(server)
    return client, server


v4 = listener("listen", socket.AF_INET, "127.0.0.1")
exposed = listener("exposed", socket.AF_INET, "0.0.0.0")
v6 = listener("listen6", socket.AF_INET6, "::1")
long = listener("long", socket.AF_INET6, sys.argv[1])
full = listener("full", socket.AF_INET, "127.0.0.1", 0)
pair("talk", v4)
pair("talk6", v6, socket.AF_INET6)
pair("talk_long", long, socket.AF_INET6)

client, server = pair("unread", v4)
client.sendall(b"x" * 1234)

# The client closes and the server does not: FIN-WAIT-2 and CLOSE-WAIT.
client, server = pair("half", v4)
client.shutdown(socket.SHUT_WR)

# Both close, the client first: TIME-WAIT.
client, server = pair("over", v4)
client.shutdown(socket.SHUT_WR)
server.recv(1)
server.close()
client.recv(1)
client.close()

# Nobody answers: SYN-SENT.
lonely = keep("syn", socket.socket())
lonely.bind(("10.99.0.1", 0))
said["syn"] = lonely.getsockname()[1]
lonely.setblocking(False)
lonely.connect_ex(("10.99.0.9", 80))

# Nobody accepts: a backlog of 0 lets one connection wait.
waiting = keep("waiting", socket.create_connection(full.getsockname()))
said["waiting"] = waiting.getsockname()[1]

datagram = keep("datagram", socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
datagram.bind(("0.0.0.0", 0))
said["datagram"] = datagram.getsockname()[1]
named = keep("named", socket.socket(socket.AF_INET6, socket.SOCK_DGRAM))
named.connect(("::1", 9))
said["named"] = named.getsockname()[1]
kept.append(socket.socket(socket.AF_INET, socket.SOCK_RAW, 1))
kept.append(socket.socket(socket.AF_INET6, socket.SOCK_RAW, 58))
ping = keep("ping", socket.socket(socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_ICMP))
ping.bind(("127.0.0.1", 0x1234))


def settled():
    """Whether all that was sent is acknowledged: the last ACK may take 40 ms."""
    for name in ("tcp", "tcp6"):
        with open(f"/proc/net/{name}", encoding="ascii") as table:
            for fields in map(str.split, list(table)[1:]):
                state, unacknowledged = fields[3], fields[4].split(":")[0]
                # SYN-SENT stays; FIN-WAIT-1 does not.
                if state == "04" or (state != "02" and int(unacknowledged, 16)):
                    return False
    return True


while not settled():
    pass
print(json.dumps(said), flush=True)
sys.stdin.read()
