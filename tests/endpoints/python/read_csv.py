"""Reads CSV from the standard input and says its rows as JSON, one a line."""

import csv
import json
import sys

sys.stdin.reconfigure(newline="", encoding="utf-8")
for row in csv.DictReader(sys.stdin, strict=True):
    print(json.dumps(row))
