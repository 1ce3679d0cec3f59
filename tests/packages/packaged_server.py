"""An installed dyn53 that runs: an update, and what its zone says then."""

import contextlib
import re
import signal
import subprocess
import urllib.request

import serving

SECRET = "correct-horse-battery-staple"
HOST = "home.dyn.example.net"


def filled_in(example):
    """The example of the packages as somebody fills it in: every key set, with a hash of SECRET."""
    text = re.sub(r"^#(?=\S)", "", example, flags=re.M)
    text = re.sub(r'^secret_sha256 = ".*"', f'secret = "{SECRET}"', text, flags=re.M)
    return re.sub(r'^(http|dns) = ".*"', r'\1 = "127.0.0.1:0"', text, flags=re.M)


@contextlib.contextmanager
def served(command, **options):
    """The server that a command starts, ended by SIGTERM."""
    process = subprocess.Popen(
        [str(word) for word in command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )
    try:
        yield serving.Served(process)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0
    finally:
        process.kill()
        process.wait()


def update(running, address, host=HOST):
    """Sets the address, and finds it in the zone."""
    url = f"http://{running.http}/?secret={SECRET}&newip={address}"
    with urllib.request.urlopen(url, timeout=30) as reply:
        assert reply.read() == b"OK"
    assert running.lookup(host, "A") == [address]
