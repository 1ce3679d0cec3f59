"""Four resolvers find every name of a delegated zone, for as long as caches live and die."""

import collections
import contextlib
import threading
import time

import dns.message
import dns.query
import dns.rcode
import dns.rdatatype
import pytest
import resolvers
from running import dyn53, zone
from tree import root_and_parent

NAMES = 200
#: Names that a busy resolver looks for, and how many of them at once.
BURST = 1500
AT_ONCE = 25
#: A minute of a cache's life is five seconds here: the TTL of the zone, and the length of the run.
TTL = 5
PACE = 5 * TTL / NAMES
RESOLVERS = {
    "bind": (resolvers.bind, "198.51.100.11"),
    "unbound": (resolvers.unbound, "198.51.100.12"),
    "knot-resolver": (resolvers.knot_resolver, "198.51.100.13"),
    "pdns-recursor": (resolvers.recursor, "198.51.100.14"),
}
HOSTS = ["example.net", "*.any.example.net", "a.b.example.net"]


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """What each resolver found: all asked at the same time, once."""
    folder = tmp_path_factory.mktemp("resolvers")
    with contextlib.ExitStack() as running:
        running.enter_context(root_and_parent(folder))
        update = running.enter_context(dyn53(folder, zone("example.net", TTL), HOSTS))
        update(newip="203.0.113.1")
        for start, address in RESOLVERS.values():
            running.enter_context(start(folder, address))
        wrong, truncated = run(update)
        bursts = {name: burst(address) for name, (_, address) in RESOLVERS.items()}
        yield wrong, truncated, bursts


def run(update):
    """Asks all resolvers, changes the address meanwhile, floods dyn53 meanwhile."""
    change = Change()
    wrong = {name: [] for name in RESOLVERS}
    askers = [
        threading.Thread(target=ask_all, args=(address, change, wrong[name]))
        for name, (_, address) in RESOLVERS.items()
    ]
    for asker in askers:
        asker.start()
    flood = Flood()
    for last in range(2, 7):
        time.sleep(NAMES * PACE / 6)
        change.begins(f"203.0.113.{last}")
        update(newip=f"203.0.113.{last}")
        change.ends()
        # The third and the fourth part have the network of the resolvers above its rate.
        if last == 3:
            flood.start()
        if last == 5:
            flood.stop()
    for asker in askers:
        asker.join()
    return wrong, flood.truncated


class Change:
    """Which addresses are right for a fresh name: the newest; the one before while it is set."""

    def __init__(self):
        self.right = {"203.0.113.1": None}

    def begins(self, address):
        self.right[address] = None

    def ends(self):
        newest = list(self.right)[-1]
        for address, until in self.right.items():
            if address != newest and until is None:
                self.right[address] = time.monotonic()

    def allows(self, addresses, asked):
        return len(addresses) == 1 and all(
            address in self.right and (self.right[address] or asked) >= asked
            for address in addresses
        )


class Flood(threading.Thread):
    """Questions of another machine in the network of the resolvers, 800 a second."""

    def __init__(self):
        super().__init__()
        self.stopped = threading.Event()
        self.truncated = 0

    def run(self):
        question = dns.message.make_query("example.net", "A")
        server = ("192.0.2.53", 53)
        while not self.stopped.wait(0.025):
            with contextlib.closing(dns.query.make_socket(2, 2, ("198.51.100.99", 0))) as socket:
                for _ in range(20):
                    dns.query.send_udp(socket, question, server)
                for _ in range(20):
                    try:
                        reply, _ = dns.query.receive_udp(socket, server, time.time() + 1)
                    except dns.exception.Timeout:
                        break
                    self.truncated += bool(reply.flags & dns.flags.TC)

    def stop(self):
        self.stopped.set()
        self.join()


def ask_all(resolver, change, wrong):
    """Asks for fresh names; appends what is not as it should be."""
    kinds = [
        ("f{}.any.example.net", "A", "address"),
        ("f{}.g.any.example.net", "A", "address"),
        ("f{}.any.example.net", "AAAA", "nothing"),
        ("f{}.example.net", "A", "no name"),
        ("f{}.b.example.net", "MX", "no name"),
    ]
    for number in range(NAMES):
        # Whoever is told that ns1 has no address needs the glue of the parent for ever.
        if number % 50 == 0:
            ask(resolver, "ns1.example.net", "A")
            ask(resolver, "ns1.example.net", "AAAA")
        pattern, kind, expected = kinds[number % len(kinds)]
        name = pattern.format(number)
        asked = time.monotonic()
        code, addresses = ask(resolver, name, kind)
        right = {
            "address": code == dns.rcode.NOERROR and change.allows(addresses, asked),
            "nothing": code == dns.rcode.NOERROR and not addresses,
            "no name": code == dns.rcode.NXDOMAIN and not addresses,
        }
        if not right[expected]:
            wrong.append((name, kind, str(code), addresses))
        time.sleep(max(0, PACE - (time.monotonic() - asked)))


def burst(resolver):
    """Asks for more names at once than dyn53 answers a network over UDP; counts the codes."""
    codes = collections.Counter()
    with contextlib.closing(dns.query.make_socket(2, 2)) as asking:
        waiting = 0
        for number in range(BURST):
            question = dns.message.make_query(f"b{number}.any.example.net", "A", id=number)
            dns.query.send_udp(asking, question, (resolver, 53))
            waiting += 1
            # So many are under way at a time, and at the end all are waited for.
            while waiting >= (AT_ONCE if number < BURST - 1 else 1):
                try:
                    reply, _ = dns.query.receive_udp(asking, (resolver, 53), time.time() + 12)
                except dns.exception.Timeout:
                    codes["timeout"] += waiting
                    return codes
                codes[dns.rcode.to_text(reply.rcode())] += 1
                waiting -= 1
    return codes


def ask(resolver, name, kind):
    question = dns.message.make_query(name, kind)
    try:
        reply = dns.query.udp(question, resolver, timeout=12)
    except dns.exception.Timeout:
        return "timeout", []
    wanted = dns.rdatatype.from_text(kind)
    return reply.rcode(), [
        str(one) for rrset in reply.answer if rrset.rdtype == wanted for one in rrset
    ]


@pytest.mark.parametrize("resolver", RESOLVERS)
def test_every_name_is_found(found, resolver):
    wrong, *_ = found
    assert wrong[resolver] == []


@pytest.mark.parametrize("resolver", RESOLVERS)
def test_a_busy_resolver_loses_nothing(found, resolver):
    *_, bursts = found
    assert bursts[resolver] == {"NOERROR": BURST}


def test_meanwhile_replies_were_truncated(found):
    """So each answer of that time came over TCP."""
    _, truncated, _ = found
    assert truncated > 500
