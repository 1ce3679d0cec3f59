"""A name server for a hosted zone: it tells what Route 53's API lists of it, a little later."""

import contextlib
import dataclasses
import socketserver
import struct
import threading

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset
from authority import ADDRESS

#: So many questions for a name still get what was there before a change.
LATE = 5


@dataclasses.dataclass
class Texts:
    """What is told of the texts at a name, and the change that is not told yet."""

    told: list
    change: list | None = None
    questions: int = 0


class HostedZone:
    """A zone without wildcards and aliases, as a name server tells it."""

    def __init__(self, route53, zone_id, apex):
        self.pages = route53.get_paginator("list_resource_record_sets")
        self.zone_id = zone_id
        self.lock = threading.Lock()
        self.texts = {}
        self.apex = dns.name.from_text(apex)

    def sets(self):
        """The zone now, as {(name, type): rrset}."""
        listed = {}
        for page in self.pages.paginate(HostedZoneId=self.zone_id):
            for one in page["ResourceRecordSets"]:
                values = [record["Value"] for record in one["ResourceRecords"]]
                name = dns.name.from_text(one["Name"])
                rrset = dns.rrset.from_text_list(name, one["TTL"], "IN", one["Type"], values)
                listed[name, rrset.rdtype] = rrset
        return listed

    def answer(self, message):
        """The answer with authority to a question, as it is sent."""
        query = dns.message.from_wire(message)
        name, kind = query.question[0].name, query.question[0].rdtype
        reply = dns.message.make_response(query)
        if not name.is_subdomain(self.apex):
            reply.set_rcode(dns.rcode.REFUSED)
            return reply.to_wire()
        reply.flags |= dns.flags.AA
        sets = self.sets()
        found = sets.get((name, kind))
        if kind == dns.rdatatype.TXT:
            found = self.late(name, found)
        if found:
            reply.answer.append(found)
        else:
            reply.authority.append(sets[self.apex, dns.rdatatype.SOA])
            if not any(owner.is_subdomain(name) for owner, _ in sets):
                reply.set_rcode(dns.rcode.NXDOMAIN)
        return reply.to_wire()

    def late(self, name, now):
        """What is told of the texts at `name`: a change counts after LATE questions."""
        with self.lock:
            texts = self.texts.setdefault(name, Texts(None))
            if texts.change != now:
                texts.change, texts.questions = now, 0
            if texts.questions >= LATE:
                texts.told = now
            texts.questions += 1
            return texts.told


class Datagram(socketserver.BaseRequestHandler):
    """One question over UDP."""

    def handle(self):
        message, sock = self.request
        sock.sendto(self.server.zone.answer(message), self.client_address)


class Stream(socketserver.StreamRequestHandler):
    """Questions over TCP, each after its length (RFC 1035, section 4.2.2)."""

    def handle(self):
        while length := self.rfile.read(2):
            reply = self.server.zone.answer(self.rfile.read(*struct.unpack("!H", length)))
            self.wfile.write(struct.pack("!H", len(reply)) + reply)


@contextlib.contextmanager
def run(zone):
    """Answers at port 53 of ADDRESS, over UDP and TCP."""
    servers = (socketserver.ThreadingUDPServer, Datagram), (socketserver.ThreadingTCPServer, Stream)
    with contextlib.ExitStack() as ends:
        for kind, answering in servers:
            server = ends.enter_context(kind((ADDRESS, 53), answering))
            server.zone, server.daemon_threads = zone, True
            threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
            ends.callback(server.shutdown)
        yield
