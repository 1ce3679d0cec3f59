"""Messages to a name server: usual ones, odd ones, broken ones. The same ones at each run."""

import random
import struct

import dns.edns
import dns.flags
import dns.message
import dns.name
import dns.rdataclass
import dns.rdatatype

APEX = "example.net"
NAMES = [
    *("", "ns1.", "home.", "four.", "six.", "wild.", "*.wild.", "x.wild.", "y.x.wild."),
    *("host.wild.", "x.host.wild.", "a.b.c.", "b.c.", "c.", "x.b.c.", "x.a.b.c."),
    *("absent.", "x.absent.", "x.home.", "_acme-challenge.home.", "ns1x.", "*.", "x.*.wild."),
    *("l" * 63 + ".", ".".join(["k" * 63] * 3) + ".", r"\000.", r"a\.b.", r"\032.", r"\255."),
]
FOREIGN = ["example.org", "net", ".", "notexample.net", "example.net.org", "x.com"]
TYPES = [
    *("A", "AAAA", "NS", "SOA", "MX", "TXT", "CNAME", "DNAME", "DS", "DNSKEY", "NSEC", "RRSIG"),
    *("CAA", "HTTPS", "SVCB", "SRV", "PTR", "HINFO", "NAPTR", "TLSA", "SSHFP", "CDS", "NSEC3PARAM"),
]
META = ["ANY", "AXFR", "IXFR", "MAILA", "MAILB", "TKEY", "TSIG", "OPT", "TYPE0", "TYPE65535"]
CLASSES = ["CH", "HS", "ANY", "NONE", "CLASS0", "CLASS2", "CLASS65535"]
OPTIONS = {
    "nsid": (3, b""),
    "client-subnet": (8, b"\x00\x01\x18\x00\xc0\x00\x02"),
    "cookie": (10, b"12345678"),
    "cookie-short": (10, b"123"),
    "keepalive": (11, b""),
    "padding": (12, bytes(40)),
    "chain": (13, b"\x00"),
    "unknown": (65001, b"abc"),
}


def all_messages():
    """Kind and bytes of each message."""
    chance = random.Random(53)
    makers = [names_and_types, meta_types, classes, opcodes, flags, edns, options, counts, broken]
    for make in makers:
        yield from make(chance)


def owner(labels):
    return labels + APEX if labels else APEX


def query(name, kind="A", rdclass="IN", **more):
    more.setdefault("use_edns", -1)
    return dns.message.make_query(name, kind, rdclass, **more)


def any_case(wire, chance):
    """The letters of a question in random case."""
    name = bytes(b ^ 32 if chr(b).isalpha() and chance.random() < 0.5 else b for b in wire[12:])
    return wire[:12] + name if wire[4:12] == b"\0\1\0\0\0\0\0\0" else wire


def names_and_types(chance):
    for labels in NAMES:
        for kind in TYPES:
            message = query(owner(labels), kind)
            yield "plain", message.to_wire()
            mixed = message.to_wire()
            yield "case", any_case(mixed[:-4], chance) + mixed[-4:]
            yield "edns", query(owner(labels), kind, use_edns=0, payload=1232).to_wire()
    for name in FOREIGN:
        for kind in TYPES:
            yield "foreign", query(name, kind, use_edns=chance.choice([-1, 0])).to_wire()


def meta_types(chance):
    for labels in [*NAMES[:14], "absent.", "b.c."]:
        for kind in META:
            yield f"type {kind}", query(owner(labels), kind).to_wire()
    for number in chance.sample(range(128, 65000), 60):
        number = number if number > 260 else number + 300
        yield "type unknown", query(owner(chance.choice(NAMES)), number).to_wire()


def classes(chance):
    for rdclass in CLASSES:
        for labels in NAMES[:10]:
            for kind in ("A", "SOA", "TXT"):
                yield f"class {rdclass}", query(owner(labels), kind, rdclass).to_wire()
    for name in ("version.bind", "hostname.bind", "id.server", "version.server"):
        yield "class CH", query(name, "TXT", "CH").to_wire()


def opcodes(chance):
    for opcode in range(1, 16):
        for labels in NAMES[:8]:
            for version in (-1, 0):
                message = query(owner(labels), "SOA", use_edns=version)
                message.flags = message.flags & ~0x7800 | opcode << 11
                yield f"opcode {opcode}", message.to_wire()


def flags(chance):
    for labels in NAMES[:14]:
        for bits in range(1, 64):
            message = query(owner(labels), chance.choice(["A", "AAAA", "NS"]))
            chosen = [0x0400, 0x0200, 0x0100, 0x0040, 0x0020, 0x0010]
            message.flags = sum(bit for place, bit in enumerate(chosen) if bits >> place & 1)
            yield "flags", message.to_wire()
    for code in range(1, 16):
        wire = bytearray(query(owner("home.")).to_wire())
        wire[3] |= code
        yield "flags", bytes(wire)
    for labels in NAMES[:8]:
        message = query(owner(labels))
        message.flags |= dns.flags.QR
        yield "reply", message.to_wire()


def edns(chance):
    for labels in NAMES[:20]:
        for payload in (0, 100, 512, 1232, 4096, 65535):
            for do in (False, True):
                wanted = chance.choice(["A", "AAAA", "NS", "SOA", "MX"])
                message = query(owner(labels), wanted, use_edns=0, payload=payload, want_dnssec=do)
                yield "edns sizes", message.to_wire()
        for version in (1, 2, 100, 255):
            message = query(owner(labels), use_edns=version, want_dnssec=chance.random() < 0.5)
            yield "edns version", message.to_wire()
        for bits in (0x1, 0x4000, 0x7FFF, 0xFFFF):
            message = query(owner(labels), use_edns=0)
            message.ednsflags = bits
            yield "edns flags", message.to_wire()


def opt(data=b"", name=b"\0", version=0):
    return name + struct.pack("!HHBBHH", 41, 1232, 0, version, 0, len(data)) + data


def with_additional(wire, *records):
    return wire[:10] + struct.pack("!H", len(records)) + wire[12:] + b"".join(records)


def options(chance):
    for labels in NAMES[:12]:
        wire = query(owner(labels)).to_wire()
        for kind, (number, data) in OPTIONS.items():
            option = struct.pack("!HH", number, len(data)) + data
            yield f"option {kind}", with_additional(wire, opt(option))
        yield "option twice", with_additional(wire, opt(b"\xfd\xe9\0\0" * 2))
        yield "option cut", with_additional(wire, opt(b"\xfd\xe9\0\x09ab"))
        yield "two opt", with_additional(wire, opt(), opt())
        yield "opt with a name", with_additional(wire, opt(name=b"\1x\0"))
        answer = wire[:6] + b"\0\1" + wire[8:] + opt()
        yield "opt as answer", answer


def counts(chance):
    for labels in NAMES[:12]:
        wire = query(owner(labels)).to_wire()
        question = wire[12:]
        yield "no question", wire[:4] + b"\0\0" + wire[6:12]
        yield "no question, opt", with_additional(wire[:4] + b"\0\0" + wire[6:12], opt())
        yield "two questions", wire[:4] + b"\0\2" + wire[6:] + question
        yield "two questions, opt", with_additional(wire[:4] + b"\0\2" + wire[6:], question + opt())
        record = b"\xc0\x0c" + struct.pack("!HHIH", 1, 1, 0, 4) + b"\xc0\0\2\1"
        yield "an answer", wire[:6] + b"\0\1" + wire[8:] + record
        yield "an authority", wire[:8] + b"\0\1" + wire[10:] + record
        yield "an additional", with_additional(wire, record)
        for place in (4, 6, 8, 10):
            yield "lying count", wire[:place] + b"\0\5" + wire[place + 2 :]


def broken(chance):
    for labels in NAMES[:12]:
        wire = query(owner(labels)).to_wire()
        for cut in (0, 5, 11):
            yield "no header", wire[:cut]
        for cut in sorted(chance.sample(range(12, len(wire)), 6)):
            yield "cut", wire[:cut]
        yield "behind", wire + bytes(chance.randrange(256) for _ in range(chance.randrange(1, 30)))
        head = wire[:12]
        yield "pointer to itself", head + b"\xc0\x0c" + wire[-4:]
        yield "pointer forward", head + b"\xc0\x40" + wire[-4:]
        yield "label type", head + b"\x41x" + wire[12:]
        yield "name too long", head + b"\x3f" + b"x" * 63 + (b"\x3f" + b"y" * 63) * 3 + wire[12:]
    for _ in range(400):
        wire = bytearray(query(owner(chance.choice(NAMES[:20])), use_edns=0).to_wire())
        for _ in range(chance.randrange(1, 4)):
            wire[chance.randrange(12, len(wire))] = chance.randrange(256)
        yield "noise", bytes(wire)
    for _ in range(160):
        yield "random", bytes(chance.randrange(256) for _ in range(chance.randrange(12, 80)))
