"""Unchanged updates a second beside a bare axum route; DNS questions a second beside nsd."""

import contextlib
import re
import shutil
import socket
import subprocess
import time

from measure.programs import TOOLS, first_line, running
from measure.serving import ZONE, Fleet, private, serving
from measure.table import Table, median, number, promise, spread

ROUNDS = 5
SECONDS = 3
CONNECTIONS = 32
EMBEDDED = ['store = "embedded"']
ADDRESS = "198.51.100.1"


def measure(folder):
    fleet = Fleet(100)
    updates, bare, questions, peer = [], [], [], []
    with (
        serving(fleet.configuration(folder, EMBEDDED)) as (_, http, dns),
        running([TOOLS / "bare"]) as axum,
        _nsd(folder, fleet) as nsd,
    ):
        plain = private(folder / "bare.lua", 'wrk.path = "/"\n')
        update = private(folder / "update.lua", update_script(fleet.secrets[0], ADDRESS))
        asked = private(folder / "questions", "".join(f"{host} A\n" for host in fleet.hosts))
        _register(folder, fleet, http)
        route = first_line(axum)
        for _ in range(ROUNDS):
            updates.append(update_rate(http, update))
            bare.append(update_rate(route, plain))
            questions.append(dns_rate(dns, asked))
            peer.append(dns_rate(nsd, asked))
    share, dns_share = median(updates) / median(bare), median(questions) / median(peer)
    return [
        Table(
            "Unchanged updates",
            f"Requests a second over {CONNECTIONS} kept connections, wrk on the same two cores: "
            "`/?newip=…` with the secret in a header, checked, compared, logged to a file.",
            ["", "a second", "share"],
            [
                ["dyn53 serve, embedded zone", spread(updates, 0), number(share, 2)],
                ["axum, one route that answers OK", spread(bare, 0), "1"],
            ],
            [promise("at least 0.6 of a bare axum route", number(share, 2), share >= 0.6)],
            [f"{ROUNDS} rounds of {SECONDS} s of each in turn."],
        ),
        Table(
            "DNS",
            "Questions a second for the A records of 100 hosts over UDP, dnsperf on the same two "
            "cores; nsd with one server process, as it comes, its rate limit off.",
            ["", "a second", "share"],
            [
                ["dyn53 serve, embedded zone", spread(questions, 0), number(dns_share, 2)],
                ["nsd", spread(peer, 0), "1"],
            ],
            [promise("at least 0.3 of nsd", number(dns_share, 2), dns_share >= 0.3)],
            [f"{ROUNDS} rounds of {SECONDS} s of each in turn."],
        ),
    ]


def update_script(secret, address):
    return f'wrk.path = "/?newip={address}"\nwrk.headers["Authorization"] = "Bearer {secret}"\n'


def _register(folder, fleet, http):
    """Gives every host an address; the first one that of the updates to come."""
    lines = fleet.updates(folder / "fleet", "198.51").read_text().splitlines()
    host, authorization, _ = lines[0].split()
    private(folder / "fleet", "\n".join([f"{host} {authorization} {ADDRESS}", *lines[1:]]) + "\n")
    subprocess.run(
        [TOOLS / "storm", http, folder / "fleet", "1", "1", "30"],
        check=True,
        timeout=60,
        stdout=subprocess.DEVNULL,
    )


def update_rate(address, script):
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", "-s", script, f"http://{address}"]
    said = subprocess.run(command, check=True, timeout=60, text=True, stdout=subprocess.PIPE).stdout
    if "Non-2xx" in said or "Socket errors" in said:
        raise SystemExit(f"bench: wrk met errors: {said}")
    return float(re.search(r"Requests/sec:\s+([\d.]+)", said)[1])


def dns_rate(address, asked):
    host, port = address.split(":")
    command = ["dnsperf", "-s", host, "-p", port, "-d", asked, "-l", SECONDS, "-c", "4", "-T", "1"]
    said = subprocess.run(
        list(map(str, command)), check=True, timeout=60, text=True, stdout=subprocess.PIPE
    ).stdout
    codes = re.search(r"Response codes:\s+(.*)", said)
    if not codes or "NOERROR" not in codes[1] or "," in codes[1]:
        raise SystemExit(f"bench: dnsperf met other answers: {said}")
    return float(re.search(r"Queries per second:\s+([\d.]+)", said)[1])


@contextlib.contextmanager
def _nsd(folder, fleet):
    """nsd with the same records, on a free port."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    records = [f"$ORIGIN {ZONE}.", "@ 60 SOA ns1 hostmaster 1 3600 600 86400 60", "@ 60 NS ns1"]
    records += [f"{host}. 60 A {ADDRESS}" for host in fleet.hosts]
    (folder / "zone").write_text("\n".join([*records, "ns1 60 A 127.0.0.1"]) + "\n")
    (folder / "nsd.conf").write_text(
        f'server:\n ip-address: 127.0.0.1@{port}\n username: ""\n database: ""\n'
        f' zonesdir: "{folder}"\n pidfile: "{folder}/nsd.pid"\n logfile: "{folder}/nsd.log"\n'
        f' xfrdfile: "{folder}/xfrd"\n xfrdir: "{folder}"\n zonelistfile: "{folder}/zones"\n'
        " rrl-ratelimit: 0\n hide-version: yes\nremote-control:\n control-enable: no\n"
        f'zone:\n name: "{ZONE}"\n zonefile: "zone"\n'
    )
    program = shutil.which("nsd") or "/usr/sbin/nsd"
    with running([program, "-d", "-c", folder / "nsd.conf"]):
        wait_for_dns(port, "nsd")
        yield f"127.0.0.1:{port}"


def wait_for_dns(port, program):
    question = (
        b"\x00\x01\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x07example\x03net\x00\x00\x06\x00\x01"
    )
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.connect(("127.0.0.1", port))
        client.settimeout(0.2)
        end = time.monotonic() + 20
        while time.monotonic() < end:
            try:
                client.send(question)
                client.recv(512)
                return
            except OSError:
                time.sleep(0.05)
    raise SystemExit(f"bench: {program} does not answer")
