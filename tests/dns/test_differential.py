"""More than 5,000 messages: what dyn53 says beside NSD, Knot DNS and BIND with the same zone."""

import collections
import concurrent.futures
import contextlib
import json

import authorities
import pytest
from comparing import ask, differences, said
from differences import ROWS
from messages import all_messages
from running import Updates, dyn53, zone
from serving import ROOT

ZONE = """\
example.net. 60 SOA ns1.example.net. hostmaster.example.net. 7 3600 600 1209600 60
example.net. 60 NS ns1.example.net.
example.net. 60 A 203.0.113.7
ns1.example.net. 60 A 192.0.2.53
ns1.example.net. 60 AAAA 2001:db8::53
home.example.net. 60 A 203.0.113.7
home.example.net. 60 AAAA 2001:db8::7
four.example.net. 60 A 203.0.113.7
six.example.net. 60 AAAA 2001:db8::7
*.wild.example.net. 60 A 203.0.113.7
host.wild.example.net. 60 A 203.0.113.7
a.b.c.example.net. 60 A 203.0.113.7
"""
NAME_SERVER = (
    'nameservers = [{ name = "ns1.example.net", addresses = ["192.0.2.53", "2001:db8::53"] }]'
)
#: Secret, hosts, addresses: of each credential.
HOSTS = {
    "s3cret-of-the-fours": (
        ["example.net", "four.example.net", "*.wild.example.net", "host.wild.example.net"],
        {"newip": "203.0.113.7"},
    ),
    "s3cret-of-the-deep-one": (["a.b.c.example.net"], {"newip": "203.0.113.7"}),
    "s3cret-of-the-sixes": (["six.example.net"], {"newip6": "2001:db8::7"}),
}
SERVERS = {"nsd": "192.0.2.61", "knot": "192.0.2.62", "bind": "192.0.2.63"}
#: The loopback has no rate limit.
OURS = "127.0.0.53"


@pytest.fixture(scope="module")
def compared(tmp_path_factory):
    """Kind, and what each server says: of each message."""
    folder = tmp_path_factory.mktemp("differential")
    messages = list(all_messages())
    wires = [wire for _, wire in messages]
    starts = {"nsd": authorities.nsd, "knot": authorities.knotd, "bind": authorities.named}
    with contextlib.ExitStack() as running:
        for name, address in SERVERS.items():
            running.enter_context(starts[name](folder, address, {"example.net.": ZONE}))
        running.enter_context(our_zone(folder))
        with concurrent.futures.ThreadPoolExecutor() as askers:
            asking = {
                name: askers.submit(ask, address, wires)
                for name, address in {**SERVERS, "dyn53": OURS}.items()
            }
            replies = {name: future.result() for name, future in asking.items()}
    return [
        (kind, wire, {name: said(replies[name][number]) for name in replies})
        for number, (kind, wire) in enumerate(messages)
    ]


@contextlib.contextmanager
def our_zone(folder):
    more = "".join(
        f'[[credential]]\nname = "more{number}"\nsecret = "{secret}"\nhosts = {json.dumps(hosts)}\n'
        for number, (secret, (hosts, _)) in enumerate(HOSTS.items())
    )
    table = zone("example.net", 60, NAME_SERVER) + more
    with dyn53(folder, table, ["home.example.net"], dns=[f"{OURS}:53"]) as update:
        update(newip="203.0.113.7", newip6="2001:db8::7")
        for secret, (_, addresses) in HOSTS.items():
            Updates(update.http, secret)(**addresses)
        yield


def found(compared):
    """Each difference, with the rows that cover it."""
    for kind, wire, replies in compared:
        for server in SERVERS:
            ours, theirs = replies["dyn53"], replies[server]
            for field, *_ in differences(ours, theirs):
                rows = [row for row in ROWS if row.covers(kind, server, field, ours, theirs)]
                yield rows, (kind, server, field, ours, theirs, wire.hex())


def test_no_difference_but_those_of_the_table(compared):
    assert len(compared) >= 5000
    unknown = [difference for rows, difference in found(compared) if not rows]
    kinds = collections.Counter((kind, server, field) for kind, server, field, *_ in unknown)
    assert not unknown, f"{kinds.most_common(20)}, first: {unknown[0]}"


def test_every_row_of_the_table_is_needed(compared):
    first = {rows[0].question for rows, _ in found(compared) if rows}
    assert first == {row.question for row in ROWS}


def test_most_replies_are_the_same(compared):
    same = collections.Counter(
        server
        for _, _, replies in compared
        for server in SERVERS
        if replies["dyn53"] == replies[server]
    )
    print(f"of {len(compared)} replies, the same as those of: {dict(same)}")
    assert min(same.values()) > len(compared) / 2


def test_the_document_has_the_same_table():
    lines = (ROOT / "docs/dns.md").read_text().splitlines()
    table = [line for line in lines if line.startswith("| ")][1:]
    assert table == [row.line() for row in ROWS]
