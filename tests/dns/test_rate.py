"""A network above its rate: every question gets a reply, and the resolvers in it their answers."""

import socket

import dns.flags
import dns.message
import dns.query
import dns.rdatatype
import pytest
from authorities import knotd
from running import dyn53, zone

#: Questions of a flood, and of one go. A slow machine takes longer to get above the rate.
QUESTIONS = range(1500, 15_000)
BURST = 50
ZONE = """\
example.net. 60 SOA ns.example.org. hostmaster.example.net. 1 3600 600 1209600 60
example.net. 60 NS ns.example.org.
home.example.net. 60 A 203.0.113.7
"""
#: The same rate as ours; every second reply above it is dropped, as where flooding is feared most.
RRL = "mod-rrl:\n  - id: default\n    rate-limit: 200\n    slip: 2\n"


def flood(server, patience, most=QUESTIONS.stop):
    """Sends questions as fast as they are answered; counts whole, truncated and missing replies.

    `patience` is how long a reply may take, in seconds; of those that come later some are missed.
    """
    question = dns.message.make_query("home.example.net", "A", use_edns=0)
    counts = {"asked": 0, "answered": 0, "truncated": 0}
    largest = 0
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.bind(("198.51.100.99", 0))
        asking.settimeout(patience)
        while counts["asked"] < QUESTIONS.start or (
            counts["truncated"] < 500 and counts["asked"] < most
        ):
            for _ in range(BURST):
                asking.sendto(question.to_wire(), (server, 53))
            counts["asked"] += BURST
            for _ in range(BURST):
                try:
                    wire = asking.recv(4096)
                except TimeoutError:
                    break
                truncated = bool(dns.message.from_wire(wire).flags & dns.flags.TC)
                counts["truncated" if truncated else "answered"] += 1
                largest = max(largest, len(wire) if truncated else 0)
    counts["missing"] = counts["asked"] - counts["answered"] - counts["truncated"]
    return counts, largest, len(question.to_wire())


@pytest.fixture(scope="module")
def floods(tmp_path_factory):
    folder = tmp_path_factory.mktemp("rate")
    more = 'nameservers = ["ns.example.org"]'
    with (
        dyn53(folder, zone("example.net", 60, more), ["home.example.net"]) as update,
        knotd(folder, "192.0.2.62", {"example.net.": ZONE}, RRL),
    ):
        update(newip="203.0.113.7")
        ours = flood("192.0.2.53", patience=5)
        question = dns.message.make_query("home.example.net", "A")
        over_tcp = dns.query.tcp(question, "192.0.2.53", timeout=5, source="198.51.100.99")
        yield ours, flood("192.0.2.62", 0.2, QUESTIONS.start), over_tcp


def test_above_the_rate_nothing_is_dropped(floods):
    (counts, largest, question), (of_knot, *_), _ = floods
    print(f"dyn53 {counts}, knotd with slip 2 {of_knot}")
    assert counts["missing"] == 0
    assert counts["truncated"] >= 500
    assert 0 < largest <= question


def test_whoever_comes_back_over_tcp_gets_the_answer(floods):
    *_, reply = floods
    assert [str(one) for rrset in reply.answer for one in rrset] == ["203.0.113.7"]
