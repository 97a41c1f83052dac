"""Makes plans of its own with the module ipaddress and compares netlab's, field by field."""
import ipaddress
import json
import random
import subprocess
import sys

netlab, seed, rounds = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
chance = random.Random(seed)
fitted = 0
for _ in range(rounds):
    prefix = chance.randint(8, 26)
    base = ipaddress.ip_network((chance.getrandbits(32), prefix), strict=False)
    growth = chance.choice([0, 0, 20, 33])
    link = chance.choice([30, 31])
    links = chance.randint(0, 4)
    top = max(2, base.num_addresses // 3)
    hosts = [(f"N{n}", max(1, int(top ** chance.random()))) for n in range(chance.randint(1, 12))]
    answer = subprocess.run(
        [netlab, "subnet", "plan", str(base), *(f"{n}={h}" for n, h in hosts), "--growth", f"{growth}%",
         "--links", str(links), "--link-prefix", str(link), "--format", "json"],
        capture_output=True, text=True, check=False)
    said = [json.loads(line) for line in answer.stdout.splitlines()]
    rows = [o for o in said if o["event"] == "plan_row"]

    # What is wanted: for each the longest prefix with enough hosts, the biggest first.
    wanted = []
    for name, count in hosts:
        needed = count + -(-count * growth // 100)
        length = next(p for p in range(30, -1, -1) if 2 ** (32 - p) - 2 >= needed + 1)  # and the gateway
        wanted.append((length, -needed, name, count))
    wanted += [(link, -2, f"Link {n}", 2) for n in range(1, links + 1)]
    wanted.sort(key=lambda w: (w[0], w[1] - (not w[2].startswith("Link "))))
    fits = sum(2 ** (32 - w[0]) for w in wanted) <= base.num_addresses
    assert answer.returncode == (0 if fits else 1), (answer, fits)
    assert said[0]["fits"] == fits
    if not fits:
        bigger = ipaddress.ip_network(said[0]["wanted_base"])
        total = sum(2 ** (32 - w[0]) for w in wanted)
        assert base.subnet_of(bigger) and bigger.num_addresses >= total > bigger.num_addresses // 2
    else:
        fitted += 1
        at = int(base.network_address)
        assert len(rows) == len(wanted)
        for row, (length, needed, name, count) in zip(rows, wanted):
            net = ipaddress.ip_network((at, length))
            at += net.num_addresses
            have = (row["name"], row["hosts"], row["needed"], row["cidr"], row["mask"])
            assert have == (name, count, -needed, str(net), str(net.netmask)), (have, net)
            ends = list(net.hosts()) if length > 16 else [net[1], net[-2]]
            assert (row["first_host"], row["last_host"]) == (str(ends[0]), str(ends[-1]))
            assert row["broadcast"] == (str(net.broadcast_address) if length < 31 else None)
    # Whatever was placed: inside the base, beside each other, and with what is free all of it.
    blocks = [ipaddress.ip_network(row["cidr"]) for row in rows]
    free = [ipaddress.ip_network(o["cidr"]) for o in said if o["event"] == "free"]
    assert all(net.subnet_of(base) for net in blocks)
    together = list(ipaddress.collapse_addresses(blocks + free))
    assert together == [base], together
    assert sum(net.num_addresses for net in blocks + free) == base.num_addresses
print("compared", rounds, "fitted", fitted)
