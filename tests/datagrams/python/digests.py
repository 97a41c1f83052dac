"""Prints the digest that a record has to have for each of these texts: digests.py TEXT..."""
import hashlib
import sys

for text in sys.argv[1:]:
    print(hashlib.sha256(text.encode()).hexdigest()[:16])
