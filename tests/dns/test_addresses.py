"""Replies leave from the address that the question came to, on sockets for all addresses too."""

import subprocess

import pytest
from running import Updates, dyn53, zone

V4 = ["192.0.2.53", "192.0.2.54"]
V6 = ["2001:db8::53", "2001:db8::54"]
ELSEWHERE = 'nameservers = ["ns.example.org"]'


def dig(server, *more):
    """What `dig` takes for an answer: only what comes from the address that it asked."""
    command = ["dig", f"@{server}", "home.example.net", "A", "+short", "+tries=1", "+time=3", *more]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.split()


@pytest.mark.parametrize("how", ["file", "flag", "environment"])
def test_two_addresses_for_http_and_dns(tmp_path, how):
    http = ["192.0.2.54:8053", "[2001:db8::54]:8053"]
    where = ["192.0.2.53:53", "[2001:db8::53]:53"]
    with dyn53(tmp_path, zone("example.net"), ["home.example.net"], dns=where, http=http, how=how):
        for last, address in enumerate(http, start=1):
            Updates(address)(newip=f"203.0.113.{last}")
            assert dig("192.0.2.53") == [f"203.0.113.{last}"]
            assert dig("2001:db8::53") == [f"203.0.113.{last}"]


EACH = [f"{address}:53" for address in V4] + [f"[{address}]:53" for address in V6]


@pytest.fixture(scope="module", params=[["[::]:53"], ["0.0.0.0:53", "[::]:53"], EACH])
def listening(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("addresses")
    table = zone("example.net", 60, ELSEWHERE)
    with dyn53(folder, table, ["home.example.net"], dns=request.param) as update:
        update(newip="203.0.113.7")
        yield


@pytest.mark.parametrize("transport", ["+notcp", "+tcp"])
@pytest.mark.parametrize("server", V4 + V6)
def test_a_reply_leaves_from_where_the_question_came_to(listening, server, transport):
    source = "2001:db8::99" if ":" in server else "198.51.100.99"
    assert dig(server, transport, "-b", source) == ["203.0.113.7"]
