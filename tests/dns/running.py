"""Programs of these tests: dyn53 with any configuration, name servers and resolvers of Debian."""

import contextlib
import json
import os
import pathlib
import signal
import subprocess
import time
import urllib.request

import dns.exception
import dns.message
import dns.query
from serving import DYN53

SECRET = "s3cret-of-the-router"


@contextlib.contextmanager
def program(folder, name, command, ready, environment=os.environ):
    """Runs a command until the end of the block; `ready` says when it answers."""
    log = (pathlib.Path(folder) / f"{name}.log").open("w+")
    process = subprocess.Popen(
        command,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        env={k: v for k, v in environment.items() if not k.startswith("AWS_")},
    )
    try:
        end = time.monotonic() + 30
        # Whatever else answers there: this one must not have ended.
        while not ready() or process.poll() is not None:
            log.seek(0)
            if process.poll() is not None or time.monotonic() > end:
                raise AssertionError(f"{name} does not answer: {log.read()[-4000:]}")
            time.sleep(0.05)
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        log.close()


def answers(address, name, kind="SOA"):
    """Whether a question gets any reply but SERVFAIL."""

    def ready():
        try:
            question = dns.message.make_query(name, kind)
            return dns.query.udp(question, address, timeout=0.3).rcode() != dns.rcode.SERVFAIL
        except (dns.exception.DNSException, OSError):
            return False

    return ready


class Updates:
    """The HTTP side of a dyn53."""

    def __init__(self, http, secret=SECRET):
        self.http = http
        self.secret = secret

    def __call__(self, **parameters):
        query = "&".join(f"{key}={value}" for key, value in parameters.items())
        url = f"http://{self.http}/?secret={self.secret}&{query}"
        with urllib.request.urlopen(url, timeout=20) as reply:
            assert reply.read() == b"OK"


@contextlib.contextmanager
def dyn53(folder, zones, hosts, dns=("192.0.2.53:53",), http=("127.0.0.1:8053",), how="file"):
    """Runs `dyn53 serve` with these `[[zone]]` tables and one credential; gives its updates.

    `how` tells it where to listen: in the file, by flags, or in the environment.
    """
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    config = folder / "dyn53.toml"
    lists = {"http": list(http), "dns": list(dns)}
    in_file = {
        key: f"{key} = {json.dumps(value if value[1:] else value[0])}"
        for key, value in lists.items()
    }
    named = ", ".join(f'"{host}"' for host in hosts)
    config.write_text(
        ("\n".join(in_file.values()) if how == "file" else "") + f'\ndata = "data"\n{zones}\n'
        f'[[credential]]\nname = "router"\nsecret = "{SECRET}"\nhosts = [{named}]\n'
    )
    command = [DYN53, "serve", "--config", config]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("DYN53_")}
    for key, value in lists.items():
        if how == "flag":
            command += [f"--{key}", ",".join(value)]
        elif how == "environment":
            environment[f"DYN53_{key.upper()}"] = ",".join(value)
    probe = dns[0].rsplit(":", 1)[0].strip("[]")
    probe = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(probe, probe)
    ready = answers(probe, hosts[0].removeprefix("*."))
    with program(folder, "dyn53", command, ready, environment):
        yield Updates(http[0])


def zone(name, ttl=60, more=""):
    """A `[[zone]]` table of an embedded zone."""
    return f'[[zone]]\nname = "{name}"\nstore = "embedded"\nttl = {ttl}\n{more}\n'
