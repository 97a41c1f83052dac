"""A host that answers echo requests otherwise than it should.

peer.py ADDRESS PLAN...
The first request to ADDRESS is answered as the first plan says, and so on; the last plan is for all
that follow. A plan is answers with `/` between them, an answer is words with `,` between them:

plain               the right answer; further words change it
silence             none
byte=AT:VALUE       another byte of data          data=HEX        other data
mark=HEX            other first bytes of data     cut=N           only N bytes of data
more=N              N bytes more of data          tail=HEX        those bytes more
short=N             only N bytes of the message   sum=N           a checksum that differs
copies=N            so often                      after=SECONDS   later
behind              after the next request
seq=+N              another sequence number       id=+N           another identifier
from=ADDRESS        another sender                kind=N code=N   another type and code
options=HEX         of the IP header              pieces=N        fragments, of which N are sent
error=TYPE.CODE     an ICMP error about the request, in which `seq`, `id`, `mark` are the quote's
rest=HEX            the error's second four bytes quote=N         only N bytes of the quote
within=HEX          options in the quoted header  protocol=N      the quoted header's
about=ADDRESS       the quoted destination
"""
import struct
import sys
import threading

import packets

PIECE = 32


class Answer:
    def __init__(self, own, peer, request):
        self.family = packets.family_of(own)
        self.own, self.source, self.peer = own, own, peer
        self.kind, self.code = packets.ECHO[self.family][1], 0
        self.identifier, self.sequence = struct.unpack("!HH", request[4:8])
        self.data = bytearray(request[8:])
        self.quoted_to, self.quoted_protocol = own, packets.PROTOCOL[self.family]
        self.error, self.behind, self.pieces = False, False, 0
        self.options, self.within, self.rest = b"", b"", bytes(4)
        self.short, self.quote, self.wrong, self.copies, self.after = None, None, 0, 1, 0.0

    def change(self, name, value):
        if name == "plain":
            pass
        elif name == "byte":
            at, byte = value.split(":")
            self.data[int(at)] = int(byte, 0)
        elif name == "mark":
            self.data[:len(value) // 2] = bytes.fromhex(value)
        elif name == "data":
            self.data = bytearray.fromhex(value)
        elif name == "cut":
            del self.data[int(value):]
        elif name == "more":
            self.data += bytes(int(value))
        elif name == "tail":
            self.data += bytes.fromhex(value)
        elif name == "seq":
            self.sequence = (self.sequence + int(value)) & 0xFFFF
        elif name == "id":
            self.identifier = (self.identifier + int(value)) & 0xFFFF
        elif name == "error":
            self.error, (kind, code) = True, value.split(".")
            self.kind, self.code = int(kind), int(code)
        elif name == "behind":
            self.behind = True
        else:
            field, read = {
                "short": ("short", int), "sum": ("wrong", int), "copies": ("copies", int),
                "after": ("after", float), "from": ("source", str), "kind": ("kind", int),
                "code": ("code", int), "options": ("options", bytes.fromhex),
                "pieces": ("pieces", int), "rest": ("rest", bytes.fromhex),
                "quote": ("quote", int), "within": ("within", bytes.fromhex),
                "protocol": ("quoted_protocol", int), "about": ("quoted_to", str),
            }[name]
            setattr(self, field, read(value))

    def echo(self, kind):
        return struct.pack("!BBHHH", kind, 0, 0, self.identifier, self.sequence) + self.data

    def message(self):
        if not self.error:
            message = self.echo(self.kind)
            message = message[:1] + bytes([self.code]) + message[2:]
        else:
            request = packets.summed(
                self.echo(packets.ECHO[self.family][0]), self.peer, self.quoted_to)
            quote = packets.packet(
                self.peer, self.quoted_to, request, self.within, protocol=self.quoted_protocol)
            message = struct.pack("!BBH", self.kind, self.code, 0) + self.rest
            message += quote[:self.quote]
        return packets.summed(message[:self.short], self.source, self.peer, self.wrong)

    def send(self, out):
        message = self.message()
        if self.pieces:
            number = self.sequence or 1
            cut = range(0, len(message), PIECE)
            flags = [(at // 8) | (0x2000 if at + PIECE < len(message) else 0) for at in cut]
            whole = [
                packets.ipv4(self.source, self.peer, message[at:at + PIECE], piece=flag,
                             number=number, options=self.options)
                for at, flag in zip(cut, flags)
            ][:self.pieces]
        else:
            whole = [packets.packet(self.source, self.peer, message, self.options)]
        for _ in range(self.copies):
            for one in whole:
                out.sendto(one, (self.peer, 0))


def main():
    own, plans = sys.argv[1], sys.argv[2:]
    family = packets.family_of(own)
    into, out = packets.receiver(own), packets.sender(family)
    count, kept = 0, []
    print("ready", flush=True)
    while True:
        request, peer = packets.heard(into, family)
        if len(request) < 8 or request[0] != packets.ECHO[family][0]:
            continue
        plan = plans[min(count, len(plans) - 1)]
        count += 1
        due, kept = kept, []
        for words in plan.split("/"):
            if words == "silence":
                continue
            answer = Answer(own, peer, request)
            for word in words.split(","):
                answer.change(*word.partition("=")[::2])
            if answer.behind:
                kept.append(answer)
            elif answer.after:
                timer = threading.Timer(answer.after, answer.send, [out])
                timer.daemon = True
                timer.start()
            else:
                answer.send(out)
        for answer in due:
            answer.send(out)


main()
