"""Reads files of JSON Lines and tells for each how many lines it has; fails at one that is none.

Names of numbers that JSON does not have (NaN, Infinity) and keys that come twice are refused too.
"""
import json
import sys


def refuse(what):
    raise ValueError(what)


def once(pairs):
    fields = dict(pairs)
    if len(fields) != len(pairs):
        refuse(f"a key comes twice: {pairs}")
    return fields


for path in sys.argv[1:]:
    with open(path, encoding="utf-8", errors="strict", newline="\n") as lines:
        count = 0
        for count, line in enumerate(lines, 1):
            event = json.loads(line, object_pairs_hook=once, parse_constant=refuse)
            if not isinstance(event["event"], str) or not line.endswith("\n"):
                refuse(f"line {count} is no whole event")
        print(f"{count} lines", flush=True)
