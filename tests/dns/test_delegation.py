"""DNSViz looks at the delegated zone from its root, as a person would before going online."""

import json
import os
import subprocess

import pytest
from running import dyn53, zone
from tree import root_and_parent

#: Debian's own Python, which has what DNSViz needs.
DNSVIZ = "/usr/bin/dnsviz"


def dnsviz(folder, *arguments):
    clean = {k: v for k, v in os.environ.items() if k not in ("VIRTUAL_ENV", "PYTHONPATH")}
    command = [DNSVIZ, *arguments]
    done = subprocess.run(
        command, cwd=folder, env=clean, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def seen(tmp_path_factory):
    """What DNSViz says about each name: everything that is not in order."""
    folder = tmp_path_factory.mktemp("dnsviz")
    hosts = ["example.net", "home.example.net", "*.wild.example.net", "a.b.example.net"]
    with root_and_parent(folder), dyn53(folder, zone("example.net"), hosts) as update:
        update(newip="203.0.113.1", newip6="2001:db8::1")
        asked = ["-4", "-A", "-a", ".", "-x", ".+:a.root.=192.0.2.1", "-o", "probed.json"]
        names = ["example.net", "home.example.net", "x.wild.example.net", "absent.example.net"]
        dnsviz(folder, "probe", *asked, *names)
        yield json.loads(dnsviz(folder, "grok", "-r", "probed.json", "-l", "info"))


def complaints(found, path=""):
    """Every error and warning below a part of what was found, with its place."""
    if isinstance(found, dict):
        for key, value in found.items():
            if key in ("errors", "warnings"):
                for one in value:
                    yield f"{path}: {key}: {one.get('description', one)}"
            else:
                yield from complaints(value, f"{path}/{key}")
    elif isinstance(found, list):
        for value in found:
            yield from complaints(value, path)


def test_nothing_is_wrong_with_the_zone(seen):
    assert "example.net." in seen
    own = {name: found for name, found in seen.items() if name.endswith("example.net.")}
    assert list(complaints(own)) == []
