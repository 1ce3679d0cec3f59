"""Debian's Pebble: an ACME authority that looks up challenges at one name server."""

import contextlib
import dataclasses
import json
import pathlib
import signal
import ssl
import subprocess
import time
import urllib.error
import urllib.request

#: Where the authority and the name servers of these tests are (RFC 5737).
ADDRESS = "192.0.2.153"
#: The name of the authority, known to the clients from their hosts file.
NAME = "ca.test"
DIRECTORY = f"https://{NAME}:14000/dir"
# What Pebble does to find faults of clients would make these tests slow or flaky.
PLAIN = {"PEBBLE_VA_NOSLEEP": "1", "PEBBLE_AUTHZREUSE": "0", "PEBBLE_WFE_NONCEREJECT": "0"}


@dataclasses.dataclass
class Authority:
    """A running authority: what its own certificate and those that it issues are checked by."""

    folder: pathlib.Path

    @property
    def root(self):
        """The root of the certificate that it shows."""
        return self.folder / "ca.pem"

    @property
    def issuing_root(self):
        """The root of the certificates that it issues."""
        return self.folder / "issuing.pem"

    @property
    def log(self):
        return (self.folder / "pebble.log").read_text()


@contextlib.contextmanager
def run(folder):
    """Starts it with a new root and a new certificate."""
    certify(folder)
    address = {"listenAddress": f"{ADDRESS}:14000", "managementListenAddress": f"{ADDRESS}:15000"}
    files = {"certificate": str(folder / "leaf.pem"), "privateKey": str(folder / "leaf.key")}
    config = folder / "pebble.json"
    config.write_text(json.dumps({"pebble": {**address, **files, "httpPort": 80, "tlsPort": 443}}))
    with open(folder / "pebble.log", "wb") as log:
        process = subprocess.Popen(
            ["pebble", "-config", config, "-dnsserver", f"{ADDRESS}:53"],
            env={"PATH": "/usr/bin:/bin", **PLAIN},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=folder,
        )
    running = Authority(folder)
    try:
        running.issuing_root.write_bytes(read_root(process, running))
        yield running
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=10)
        finally:
            process.kill()


def read_root(process, running):
    """Asks for the issuing root until the authority answers."""
    context = ssl.create_default_context(cafile=running.root)
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and process.poll() is None:
        try:
            url = f"https://{ADDRESS}:15000/roots/0"
            with urllib.request.urlopen(url, context=context, timeout=5) as answer:
                return answer.read()
        except (urllib.error.URLError, OSError):
            time.sleep(0.05)
    raise AssertionError(f"pebble does not answer: {running.log}")


def certify(folder):
    """A root, and a certificate of it for the authority's name and address."""
    names = folder / "names"
    names.write_text(f"subjectAltName=DNS:{NAME},IP:{ADDRESS}\n")
    new = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    ca = ["-subj", "/CN=the authority's root", "-days", "2", "-keyout", "ca.key", "-out", "ca.pem"]
    openssl(folder, "req", "-x509", *new, *ca)
    openssl(folder, "req", *new, "-subj", f"/CN={NAME}", "-keyout", "leaf.key", "-out", "leaf.csr")
    by = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2"]
    files = ["-in", "leaf.csr", "-out", "leaf.pem", "-extfile", names]
    openssl(folder, "x509", "-req", *by, *files)


def openssl(folder, *words):
    return subprocess.run(
        ["openssl", *words], cwd=folder, check=True, capture_output=True, text=True, timeout=60
    ).stdout
