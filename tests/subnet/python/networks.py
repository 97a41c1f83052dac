"""Compares networks on standard input (JSON Lines of netlab) with the module ipaddress."""
import ipaddress
import json
import sys

count = 0
for line in sys.stdin:
    got = json.loads(line)
    if got["event"] != "subnet":
        continue
    count += 1
    face = ipaddress.ip_interface(f"{got['address']}/{got['prefix']}")
    net = face.network
    bits = net.max_prefixlen - net.prefixlen
    first, last = net.network_address, net.broadcast_address
    if bits > 1:
        first += 1
        last -= 1 if net.version == 4 else 0
    usable = int(last) - int(first) + 1
    want = {
        "network": str(net.network_address),
        "cidr": str(net),
        "family": net.version,
        "mask": str(net.netmask),
        "wildcard": str(net.hostmask),
        "broadcast": str(net.broadcast_address) if net.version == 4 and bits > 1 else None,
        "addresses": net.num_addresses if net.version == 4 else str(net.num_addresses),
        "usable": usable if net.version == 4 else str(usable),
        "first_host": str(first),
        "last_host": str(last),
        "host_bits": bits,
    }
    for field, value in want.items():
        have = got[field]
        if field not in ("family", "addresses", "usable", "host_bits", "cidr") and have is not None:
            have = str(ipaddress.ip_address(have))
        elif field == "cidr":
            have = str(ipaddress.ip_network(have))
        assert have == value, (got["address"], got["prefix"], field, have, value)
    if net.version == 4 and bits > 1 and bits <= 8:
        hosts = list(net.hosts())
        assert (str(hosts[0]), str(hosts[-1]), len(hosts)) == (
            got["first_host"], got["last_host"], got["usable"]), got
print("compared", count)
