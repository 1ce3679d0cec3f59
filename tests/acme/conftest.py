"""Fixtures: a certificate authority, and a dyn53 whose zones it asks."""

import json
import subprocess

import authority
import pytest


@pytest.fixture(scope="session", autouse=True)
def network():
    """An address where nothing but a loopback exists: port 53 of a real machine is not ours."""
    links = json.loads(subprocess.check_output(["ip", "-json", "link"]))
    if [link["ifname"] for link in links] != ["lo"]:
        pytest.fail("run these tests as ./script/offline .venv/bin/pytest tests/acme")
    address = [f"{authority.ADDRESS}/32", "dev", "lo"]
    subprocess.run(["ip", "address", "replace", *address], check=True)


@pytest.fixture(scope="session")
def pebble(tmp_path_factory):
    """The authority. It asks the name server at port 53 of ADDRESS."""
    with authority.run(tmp_path_factory.mktemp("authority")) as running:
        yield running
