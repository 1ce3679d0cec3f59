"""Resolvers of Debian that begin at our own root, with minimised questions (RFC 9156)."""

import contextlib
import pathlib

from running import answers, program

ROOT = "192.0.2.1"
HINTS = f". 3600000 NS a.root.\na.root. 3600000 A {ROOT}\n"
BIND = """\
options {{
  directory "{folder}";
  listen-on {{ {address}; }};
  listen-on-v6 {{ none; }};
  query-source address {address};
  pid-file none;
  session-keyfile none;
  recursion yes;
  allow-recursion {{ any; }};
  dnssec-validation no;
  empty-zones-enable no;
  qname-minimization strict;
}};
controls {{ }};
zone "." {{ type hint; file "hints"; }};
"""
UNBOUND = """\
server:
  interface: {address}
  port: 53
  outgoing-interface: {address}
  username: ""
  chroot: ""
  directory: "{folder}"
  pidfile: ""
  use-syslog: no
  root-hints: "hints"
  access-control: 0.0.0.0/0 allow
  do-not-query-localhost: no
  module-config: iterator
  qname-minimisation: yes
  qname-minimisation-strict: yes
  do-ip6: no
  num-threads: 1
  cache-min-ttl: 0
remote-control:
  control-enable: no
"""
KNOT = """\
net.listen('{address}', 53, {{ kind = 'dns' }})
net.ipv6 = false
net.outgoing_v4('{address}')
modules.load('hints')
hints.root({{ ['a.root.'] = '192.0.2.1' }})
-- Our root is not signed, and the world outside is not there.
trust_anchors.remove('.')
modules.unload('ta_update')
modules.unload('ta_signal_query')
modules.unload('priming')
modules.unload('detect_time_skew')
cache.size = 10 * MB
cache.min_ttl(0)
"""


def _prepare(folder, name):
    folder = pathlib.Path(folder) / name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "hints").write_text(HINTS)
    return folder


def _run(folder, name, command, address):
    return program(folder, name, command, answers(address, "net"))


@contextlib.contextmanager
def bind(folder, address):
    """BIND."""
    folder = _prepare(folder, "bind")
    config = folder / "named.conf"
    config.write_text(BIND.format(address=address, folder=folder))
    with _run(folder, "bind", ["named", "-g", "-4", "-n", "1", "-c", config], address):
        yield address


@contextlib.contextmanager
def unbound(folder, address):
    """Unbound."""
    folder = _prepare(folder, "unbound")
    config = folder / "unbound.conf"
    config.write_text(UNBOUND.format(address=address, folder=folder))
    with _run(folder, "unbound", ["unbound", "-d", "-c", config], address):
        yield address


@contextlib.contextmanager
def knot_resolver(folder, address):
    """Knot Resolver."""
    folder = _prepare(folder, "kresd")
    config = folder / "kresd.conf"
    config.write_text(KNOT.format(address=address))
    with _run(folder, "kresd", ["kresd", "-n", "-c", config, folder], address):
        yield address


@contextlib.contextmanager
def recursor(folder, address):
    """PowerDNS Recursor."""
    folder = _prepare(folder, "recursor")
    options = {
        "config-dir": folder,
        "socket-dir": folder,
        "local-address": address,
        "query-local-address": address,
        "hint-file": folder / "hints",
        "allow-from": "0.0.0.0/0",
        "dont-query": "",
        "dnssec": "off",
        "daemon": "no",
        "threads": "1",
        "setuid": "",
        "setgid": "",
        "security-poll-suffix": "",
        "qname-minimization": "yes",
        "serve-rfc1918": "no",
    }
    command = ["pdns_recursor", *(f"--{key}={value}" for key, value in options.items())]
    with _run(folder, "recursor", command, address):
        yield address
