"""Says what a PNG file shows (size, colours, the first pixel), or whether the tags of a page nest."""
import struct
import sys
import zlib
from html.parser import HTMLParser


def png(path):
    data = open(path, "rb").read()
    at, packed = 8, b""
    while at < len(data):
        (length,), kind = struct.unpack(">I", data[at:at + 4]), data[at + 4:at + 8]
        body = data[at + 8:at + 8 + length]
        if kind == b"IHDR":
            width, height, depth, colour = struct.unpack(">IIBB", body[:10])
        packed += body if kind == b"IDAT" else b""
        at += 12 + length
    assert depth == 8 and colour in (2, 6), (depth, colour)
    size = 3 if colour == 2 else 4
    raw, stride = zlib.decompress(packed), width * size
    before, colours, first = bytearray(stride), set(), None
    for row in range(height):
        start = row * (stride + 1)
        line = unfilter(raw[start], bytearray(raw[start + 1:start + 1 + stride]), before, size)
        first = first or tuple(line[:3])
        colours.update(bytes(line[x:x + 3]) for x in range(0, stride, size * 3))
        before = line
    print(width, height, len(colours), *first)


def unfilter(kind, line, before, size):
    for i in range(len(line)):
        left = line[i - size] if i >= size else 0
        up, corner = before[i], before[i - size] if i >= size else 0
        if kind == 1:
            line[i] = (line[i] + left) & 255
        elif kind == 2:
            line[i] = (line[i] + up) & 255
        elif kind == 3:
            line[i] = (line[i] + (left + up) // 2) & 255
        elif kind == 4:
            guess = left + up - corner
            near = min((abs(guess - left), 0, left), (abs(guess - up), 1, up), (abs(guess - corner), 2, corner))
            line[i] = (line[i] + near[2]) & 255
    return line


class Nesting(HTMLParser):
    VOID = {"meta", "br", "hr", "input", "img", "link"}

    def __init__(self):
        super().__init__()
        self.open = []

    def handle_starttag(self, tag, attributes):
        names = [name for name, _ in attributes]
        assert len(names) == len(set(names)), f"an attribute twice in {tag} {attributes}"
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        pass

    def handle_endtag(self, tag):
        assert self.open and self.open[-1] == tag, f"</{tag}> in {self.open[-5:]} at {self.getpos()}"
        self.open.pop()


def tags(path):
    nesting = Nesting()
    nesting.feed(open(path, encoding="utf-8").read())
    nesting.close()
    assert not nesting.open, nesting.open
    print("nested")


{"png": png, "tags": tags}[sys.argv[1]](sys.argv[2])
