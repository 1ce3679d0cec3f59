"""Overlapping zones, TCP, and what the RFCs say about replies that carry no answer."""

import contextlib
import socket
import struct

import dns.edns
import dns.flags
import dns.message
import dns.opcode
import dns.query
import dns.rcode
import dns.rdatatype
import pytest
from running import dyn53, zone

SERVER = "192.0.2.53"
ELSEWHERE = 'nameservers = ["ns.example.org"]'
MANY = ", ".join(
    f'"a-name-server-with-a-long-name-{n}.in-a-zone-of-{n}.example.org"' for n in range(20)
)
ZONES = (
    zone("example.net", 60, ELSEWHERE)
    + zone("a.b.example.net", 60, ELSEWHERE)
    + zone("large.test", 60, f"nameservers = [{MANY}]")
)
HOSTS = ["home.example.net", "*.example.net", "x.y.example.net"]


@pytest.fixture(scope="module", autouse=True)
def served(tmp_path_factory):
    with dyn53(tmp_path_factory.mktemp("details"), ZONES, HOSTS) as update:
        update(newip="203.0.113.7")
        yield


def ask(name, kind, how=dns.query.udp, **options):
    return how(dns.message.make_query(name, kind, **options), SERVER, timeout=5)


def raw(wire):
    """The reply to any bytes over UDP."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.settimeout(5)
        asking.sendto(wire, (SERVER, 53))
        return asking.recv(4096)


@pytest.mark.parametrize(
    ("name", "kind", "code"),
    [
        ("b.example.net", "A", "NOERROR"),
        ("b.example.net", "TXT", "NOERROR"),
        ("b.example.net", "ANY", "NOERROR"),
        ("x.b.example.net", "A", "NXDOMAIN"),
        ("a.b.example.net", "DS", "NOERROR"),
        ("y.example.net", "ANY", "NOERROR"),
    ],
)
def test_names_between_two_zones_exist_without_records(name, kind, code):
    reply = ask(name, kind)
    assert dns.rcode.to_text(reply.rcode()) == code
    assert reply.answer == []
    # Of the zone above the cut, the DS question too (RFC 4035 section 3.1.4.1).
    assert [str(rrset.name) for rrset in reply.authority] == ["example.net."]


def test_a_truncated_reply_holds_nothing_of_what_was_cut():
    wire = raw(dns.message.make_query("large.test", "NS").to_wire())
    reply = dns.message.from_wire(wire)  # refuses bytes behind the last section
    assert reply.flags & dns.flags.TC
    assert reply.answer == []
    whole = ask("large.test", "NS", dns.query.tcp)
    assert len(whole.answer[0]) == 20


def framed(message):
    wire = message.to_wire(max_size=65535)
    return struct.pack("!H", len(wire)) + wire


def padded(length):
    """A question made as long as this by the option that is there for it (RFC 7830)."""
    padding = dns.edns.GenericOption(dns.edns.OptionType.PADDING, bytes(length))
    return dns.message.make_query("home.example.net", "A", options=[padding])


@pytest.mark.parametrize("length", [10, 4080, 20_000, 65_000])
def test_a_question_over_tcp_may_have_any_length(length):
    with socket.create_connection((SERVER, 53), timeout=5) as asking:
        asking.sendall(framed(padded(length)))
        reply, _ = dns.query.receive_tcp(asking)
    assert [str(one) for rrset in reply.answer for one in rrset] == ["203.0.113.7"]


def test_a_connection_in_use_outlives_idle_ones():
    """500 an address: where there is no room, an idle one goes (RFC 7766 section 6.2.3)."""
    question = dns.message.make_query("home.example.net", "A")
    with contextlib.ExitStack() as open_ones:
        used = open_ones.enter_context(socket.create_connection((SERVER, 53), timeout=5))
        for _ in range(600):
            open_ones.enter_context(socket.create_connection((SERVER, 53), timeout=5))
            used.sendall(framed(question))
            reply, _ = dns.query.receive_tcp(used)
            assert reply.answer


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"opcode": dns.opcode.NOTIFY}, dns.rcode.NOTIMP),
        ({"opcode": dns.opcode.STATUS}, dns.rcode.NOTIMP),
        ({"questions": 0}, dns.rcode.FORMERR),
        ({"questions": 2}, dns.rcode.FORMERR),
        ({"version": 1}, dns.rcode.BADVERS),
    ],
)
def test_a_reply_has_opt_if_the_question_has_it(change, code):
    for version in (change.get("version", 0), -1):
        message = dns.message.make_query("home.example.net", "A", use_edns=version)
        message.set_opcode(change.get("opcode", dns.opcode.QUERY))
        message.question = message.question * change.get("questions", 1)
        reply = dns.message.from_wire(raw(message.to_wire()))
        # Without an OPT record there is no version to be wrong.
        known = version == -1 and "version" in change
        assert reply.rcode() == (dns.rcode.NOERROR if known else code)
        assert reply.edns == min(version, 0)


@pytest.mark.parametrize("name", ["absent.b.example.net", "AbSeNt.B.eXaMpLe.NeT", "example.net"])
def test_names_are_compressed_against_the_question(name):
    kind = "SOA" if name == "example.net" else "A"
    wire = raw(dns.message.make_query(name, kind, use_edns=False).to_wire())
    # Nothing but the question and the name server elsewhere is written in full.
    assert wire.lower().count(b"\x07example\x03net\x00") == 1
    question = dns.message.make_query(name, kind).question[0].name.to_wire()
    assert wire[12 : 12 + len(question)] == question
