"""Addresses of documentation on the loopback: name servers and resolvers meet there on port 53."""

import json
import subprocess

import pytest

#: Where the name servers and the resolvers of these tests are (RFC 5737, RFC 3849).
ADDRESSES = [
    *(f"192.0.2.{last}/32" for last in (1, 2, 53, 54, 61, 62, 63)),
    *(f"198.51.100.{last}/32" for last in (11, 12, 13, 14, 99)),
    *(f"2001:db8::{last}/128" for last in (53, 54, 99)),
]


@pytest.fixture(scope="session", autouse=True)
def network():
    """The addresses, where nothing but a loopback exists: port 53 of a real machine is not ours."""
    links = json.loads(subprocess.check_output(["ip", "-json", "link"]))
    if [link["ifname"] for link in links] != ["lo"]:
        pytest.fail(
            "these tests take port 53: run them as ./script/offline .venv/bin/pytest tests/dns"
        )
    for address in ADDRESSES:
        command = ["ip", "address", "replace", address, "dev", "lo"]
        subprocess.run([*command, "nodad"] if ":" in address else command, check=True)
