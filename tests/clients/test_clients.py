"""Real clients against `dyn53 serve`: what they say, and what the zone then holds.

They run in a network namespace that has nothing but a loopback, so that no client can reach a
real provider.
"""

import http.server
import pathlib
import threading

import clients
import pytest
import serving

SECRET = "c0rrect-horse.battery_staple~53"
GOOD = clients.Login("user1", SECRET)
HOME, TWO, FOREIGN = "home.example.net", "two.example.net", "foreign.example.net"
V4, V6 = "203.0.113.7", "2001:db8::7"

each_client = pytest.mark.parametrize("client", clients.ALL, ids=lambda client: client.__name__)


@pytest.fixture(autouse=True, scope="module")
def nowhere_to_go():
    routes = pathlib.Path("/proc/net/route").read_text().splitlines()[1:]
    assert not routes, "run ./script/test: these clients must not be able to reach a network"


@pytest.fixture
def served(tmp_path):
    with serving.serve(tmp_path / "server", secret=SECRET) as running:
        yield running


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "client"
    made.mkdir()
    return made


def said(folder):
    return (folder / "said.txt").read_text()


@each_client
@pytest.mark.parametrize("addresses", [[V4], [V6], [V4, V6]], ids=["ipv4", "ipv6", "both"])
def test_update(client, addresses, served, folder):
    assert client(served.http, GOOD, [HOME], addresses, folder), said(folder)
    assert served.lookup(HOME, "A") == [one for one in addresses if one == V4]
    assert served.lookup(HOME, "AAAA") == [one for one in addresses if one == V6]
    assert served.lookup(TWO, "A") == []


@each_client
def test_other_family_stays(client, served, folder):
    assert clients.curl(served.http, GOOD, [HOME], ["192.0.2.1", "2001:db8::1"], folder)
    assert client(served.http, GOOD, [HOME], [V6], folder), said(folder)
    assert served.lookup(HOME, "A") == ["192.0.2.1"]
    assert served.lookup(HOME, "AAAA") == [V6]


@each_client
def test_unchanged_is_a_success(client, served, folder):
    assert clients.curl(served.http, GOOD, [HOME], [V4], folder)
    assert client(served.http, GOOD, [HOME], [V4], folder), said(folder)
    assert served.lookup(HOME, "A") == [V4]


@each_client
def test_two_hosts(client, served, folder):
    assert client(served.http, GOOD, [HOME, TWO], [V4], folder), said(folder)
    assert served.lookup(HOME, "A") == served.lookup(TWO, "A") == [V4]


@each_client
def test_wrong_password(client, served, folder):
    assert clients.curl(served.http, GOOD, [HOME], ["192.0.2.1"], folder)
    wrong = clients.Login("user1", "wrong-" + SECRET)
    assert not client(served.http, wrong, [HOME], [V4], folder), said(folder)
    assert served.lookup(HOME, "A") == ["192.0.2.1"]


@each_client
def test_unknown_host(client, served, folder):
    assert not client(served.http, GOOD, [FOREIGN], [V4], folder), said(folder)
    assert served.lookup(FOREIGN, "A") == []


@each_client
def test_secret_in_no_log_line(client, served, folder):
    client(served.http, GOOD, [HOME], [V4], folder)
    assert served.log
    assert not [line for line in served.log if SECRET in line]


class OutOfOrder(http.server.BaseHTTPRequestHandler):
    """A server whose back end has failed, as section 6.3 of our rules wants it answered."""

    protocol_version = "HTTP/1.0"

    def do_GET(self):
        self.send_response(503)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", "4")
        self.end_headers()
        self.wfile.write(b"911\n")

    def log_message(self, *arguments):
        pass


@each_client
def test_each_client_can_fail(client, folder):
    """The test of the tests: none of these verdicts is a success whatever the server says."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), OutOfOrder) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        endpoint = f"127.0.0.1:{server.server_port}"
        assert not client(endpoint, GOOD, [HOME], [V4], folder), said(folder)
        server.shutdown()
