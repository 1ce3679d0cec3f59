"""An AWS to deploy into: ministack on a free loopback port, signatures and policies in force."""

import contextlib
import os
import pathlib
import signal
import socket
import subprocess
import sys
import time
import urllib.request

import boto3
from botocore.config import Config

HERE = pathlib.Path(__file__).resolve().parent
REGION = "eu-central-1"
# No name outside can be resolved: neither the program nor its installer can call a real AWS.
ISOLATED = (
    'mount --bind "$1" /etc/hosts && mount --bind "$2" /etc/resolv.conf && shift 2 && exec "$@"'
)


class Emulator:
    """A running ministack."""

    def __init__(self, port):
        self.port = port
        self.endpoint = f"http://127.0.0.1:{port}"

    def client(self, service, key="test", secret="test"):
        """A client of `service`, signing as the account's root unless told otherwise."""
        return boto3.client(
            service,
            region_name=REGION,
            endpoint_url=self.endpoint,
            aws_access_key_id=key,
            aws_secret_access_key=secret,
            config=Config(retries={"total_max_attempts": 1}, read_timeout=120),
        )


@contextlib.contextmanager
def run(folder):
    """Starts ministack with its files in `folder`; stops it and the functions it started."""
    hosts, resolver = folder / "hosts", folder / "resolv.conf"
    hosts.write_text("127.0.0.1 localhost\n::1 localhost\n")
    resolver.write_text("nameserver 127.0.0.1\noptions timeout:1 attempts:1\n")
    with socket.create_server(("127.0.0.1", 0)) as listener, open(folder / "log", "wb") as log:
        port = listener.getsockname()[1]
        command = [
            "unshare",
            "--map-root-user",
            "--mount",
            "sh",
            "-c",
            ISOLATED,
            "sh",
            hosts,
            resolver,
        ]
        server = subprocess.Popen(
            [*command, sys.executable, HERE / "ministack_server.py", str(listener.fileno())],
            env=environment(folder, port),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=[listener.fileno()],
            start_new_session=True,
        )
    try:
        wait_until_up(server, port, folder / "log")
        yield Emulator(port)
    finally:
        # If it ended by itself, nobody is left to stop, and its own reason must be shown.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGKILL)
        server.wait()


def environment(folder, port):
    """The host's environment without what functions must not see: ministack hands it on."""
    foreign = ("AWS_", "DYN53_", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
    kept = {
        name: value for name, value in os.environ.items() if not name.upper().startswith(foreign)
    }
    return kept | {
        "AUTH": "true",
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "IOT_MTLS_ENABLED": "0",
        "MINISTACK_HOST": "127.0.0.1",
        "SFTP_ENABLED": "0",
        "TMPDIR": str(folder),
    }


def wait_until_up(server, port, log):
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and server.poll() is None:
        with contextlib.suppress(OSError):
            urllib.request.urlopen(f"http://127.0.0.1:{port}/_ministack/health", timeout=5).close()
            return
    ended = server.poll()
    how = "does not answer after 60 seconds" if ended is None else f"ended with status {ended}"
    said = log.read_text(errors="replace")[-4000:].strip() or "it said nothing"
    raise AssertionError(f"ministack {how}. Its log:\n{said}")
