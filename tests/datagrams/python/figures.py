"""Works out from the replies in JSON Lines what a report has to say of them: figures.py FILE"""
import json
import math
import statistics
import sys
from collections import Counter

with open(sys.argv[1], encoding="utf-8") as lines:
    events = [json.loads(line) for line in lines]
replies = [e for e in events if e["event"] == "datagram" and e["direction"] == "received"]
fates = Counter(reply["fate"] for reply in replies)
# Those that were answered in time, in the order of their arrival.
trips = [r["round_trip_ns"] for r in replies if r["fate"] in ("fine", "reordered")]
ranked = sorted(trips)
jitter = 0.0
for before, after in zip(trips, trips[1:]):
    jitter += (abs(after - before) - jitter) / 16


def rank(percent):
    return ranked[math.ceil(len(ranked) * percent / 100) - 1]


highest, overtaken = -1, 0
for reply in replies:
    if reply["fate"] in ("fine", "reordered"):
        overtaken += reply["sequence"] < highest
        highest = max(highest, reply["sequence"])
report = next(e for e in events if e["event"] == "report")
histogram = [
    sum(b["from_ns"] <= trip < b["to_ns"] for trip in trips) for b in report["histogram"]
]
print(json.dumps({
    "received": len(trips),
    "duplicated": fates["duplicate"],
    "late": fates["late"],
    "corrupted": fates["corrupted"],
    "truncated": fates["truncated"],
    "foreign": fates["foreign"],
    "reordered": overtaken,
    "bytes_received": sum(r["bytes"] for r in replies if r["fate"] != "foreign"),
    "rtt_ns": {
        "min": ranked[0], "avg": sum(trips) // len(trips), "p50": rank(50), "p90": rank(90),
        "p99": rank(99), "max": ranked[-1],
    },
    "mdev": statistics.pstdev(trips),
    "jitter_ns": jitter,
    "histogram": histogram,
}))
