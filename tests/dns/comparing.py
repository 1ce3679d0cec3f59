"""What a reply says, in a form in which two of them can be compared."""

import contextlib
import socket
import struct
import time

import dns.edns
import dns.exception
import dns.flags
import dns.message
import dns.opcode
import dns.rcode
import dns.rdatatype

#: Messages under way at a time.
BATCH = 40
#: How long to wait for what may never come, once replies to later messages are there.
PATIENCE = 0.15


def ask(server, messages):
    """The reply to each message over UDP, or `None`. Each gets an id of its own."""
    replies = {}
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        asking.connect((server, 53))
        for start in range(0, len(messages), BATCH):
            batch = range(start, min(start + BATCH, len(messages)))
            for number in batch:
                asking.send(struct.pack("!H", number) + messages[number][2:])
            receive(asking, replies, set(batch))
    return [replies.get(number) for number in range(len(messages))]


def receive(asking, replies, missing):
    end = time.monotonic() + PATIENCE
    while missing and (left := end - time.monotonic()) > 0:
        asking.settimeout(left)
        with contextlib.suppress(TimeoutError):
            wire = asking.recv(65535)
            number = struct.unpack("!H", wire[:2])[0]
            replies[number] = wire
            missing.discard(number)
            end = time.monotonic() + PATIENCE


def said(wire):
    """Field by field what a reply says; the order of records and the serial do not matter."""
    if wire is None:
        return {"reply": "none"}
    try:
        reply = dns.message.from_wire(wire)
    except dns.exception.DNSException as error:
        return {"reply": f"unreadable: {type(error).__name__}"}
    bits = [
        flag for flag in ("AA", "TC", "RD", "RA", "AD", "CD") if reply.flags & dns.flags.Flag[flag]
    ]
    return {
        "reply": "some",
        "code": dns.rcode.to_text(reply.rcode()),
        "opcode": dns.opcode.to_text(reply.opcode()),
        "flags": " ".join(bits) + (" Z" if reply.flags & 0x40 else ""),
        "question": " ".join(rrset.to_text() for rrset in reply.question),
        "answer": records(reply.answer),
        "authority": records(reply.authority),
        "additional": records(reply.additional),
        "edns": edns(reply),
    }


def records(section):
    texts = []
    for rrset in section:
        for rdata in rrset:
            text = rdata.to_text().lower()
            if rrset.rdtype == dns.rdatatype.SOA:
                text = " ".join(
                    "serial" if place == 2 else w for place, w in enumerate(text.split())
                )
            kind = dns.rdatatype.to_text(rrset.rdtype)
            texts.append(f"{rrset.name.to_text().lower()} {rrset.ttl} {kind} {text}")
    return "; ".join(sorted(texts))


def edns(reply):
    if reply.edns < 0:
        return "none"
    options = " ".join(f"option {int(option.otype)}" for option in reply.options)
    return f"version {reply.edns}{' DO' if reply.ednsflags & 0x8000 else ''} {options}".strip()


def differences(ours, theirs):
    """Field, ours, theirs: of each field in which two replies differ."""
    return [
        (field, ours.get(field, ""), theirs.get(field, ""))
        for field in {**ours, **theirs}
        if ours.get(field, "") != theirs.get(field, "")
        and (field == "reply" or len(ours) == len(theirs))
    ]
