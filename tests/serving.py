"""A real `dyn53 serve` on free ports of the loopback, for tests."""

import contextlib
import os
import pathlib
import re
import signal
import subprocess
import threading

import dns.message
import dns.query
import dns.rdatatype

ROOT = pathlib.Path(__file__).resolve().parent.parent
DYN53 = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "debug" / "dyn53"

CONFIG = """\
http = "127.0.0.1:0"
dns = "127.0.0.1:0"
data = "{data}"
{extra}
[[zone]]
name = "{zone}"
store = "embedded"

[[credential]]
name = "{name}"
secret = "{secret}"
hosts = [{hosts}]
"""


class Served:
    """A running server: where it listens, what its zone holds, what it logs."""

    def __init__(self, process, listens=("http", "dns")):
        self.process, self._listens = process, listens
        self.http = self.dns = None
        self.log = []
        self._listening = threading.Event()
        self._readers = [
            threading.Thread(target=self._read, args=(stream, lines), daemon=True)
            for stream, lines in ((process.stdout, None), (process.stderr, self.log))
        ]
        for reader in self._readers:
            reader.start()
        if not self._listening.wait(timeout=60):
            process.kill()
            raise AssertionError(f"dyn53 serve does not listen: {self.log}")

    def _read(self, stream, lines):
        for line in stream:
            if lines is not None:
                lines.append(line.rstrip("\n"))
            found = re.fullmatch(r"(http|dns) ([\d.]+:\d+)\n", line)
            if found:
                setattr(self, *found.groups())
            if all(getattr(self, name) for name in self._listens):
                self._listening.set()
        self._listening.set()

    def lookup(self, name, kind):
        """The addresses of `name`, asked over UDP."""
        address, port = self.dns.rsplit(":", 1)
        question = dns.message.make_query(name, kind)
        answer = dns.query.udp(question, address, port=int(port), timeout=10)
        wanted = dns.rdatatype.from_text(kind)
        return sorted(
            str(one) for rrset in answer.answer if rrset.rdtype == wanted for one in rrset
        )

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(timeout=30)
        finally:
            self.process.kill()
            for reader in self._readers:
                reader.join(timeout=10)


@contextlib.contextmanager
def serve(
    folder,
    *,
    secret,
    name="user1",
    hosts=("home.example.net", "two.example.net"),
    zone="example.net",
    extra="",
    before=(),
):
    """Runs `dyn53 serve` with one credential; `folder` takes its configuration and data.

    `before` are the words of a command that becomes the server.
    """
    folder = pathlib.Path(folder)
    quoted = ", ".join(one if one.startswith("{") else f'"{one}"' for one in hosts)
    configuration = CONFIG.format(
        data=folder / "data", extra=extra, zone=zone, name=name, secret=secret, hosts=quoted
    )
    with run(folder, configuration, before=before) as served:
        yield served


@contextlib.contextmanager
def run(folder, configuration, *, before=(), listens=("http", "dns"), **variables):
    """Runs `dyn53 serve` in `folder` with the text of a configuration and these variables.

    Without an embedded zone it does not listen for DNS.
    """
    folder.mkdir(parents=True, exist_ok=True)
    config = folder / "dyn53.toml"
    config.write_text(configuration)
    config.chmod(0o600)
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "DYN53_"))}
    process = subprocess.Popen(
        [*before, DYN53, "serve", "--config", config],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment | variables,
        cwd=folder,
    )
    served = Served(process, listens)
    try:
        yield served
    finally:
        served.stop()
