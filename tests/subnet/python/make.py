"""Random networks, the same ones for the same seed."""
import ipaddress
import random
import sys

chance = random.Random(int(sys.argv[1]))
for number in range(int(sys.argv[2])):
    if number % 2:
        bits = chance.getrandbits(128) & chance.choice([-1, -1, (1 << 128) - (1 << 64), 0xFFFF << 112])
        print(f"{ipaddress.IPv6Address(bits)}/{chance.randint(0, 128)}")
    else:
        address = ipaddress.IPv4Address(chance.getrandbits(32))
        prefix = chance.randint(0, 32)
        mask = ipaddress.ip_network(f"0.0.0.0/{prefix}").netmask
        print(chance.choice([f"{address}/{prefix}", f"{address}/{mask}", f"{address} {mask}"]))
