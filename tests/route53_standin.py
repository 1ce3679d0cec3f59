"""The project's own stand-in for Route 53 as a program, for tests."""

import contextlib
import json
import os
import pathlib
import subprocess
import urllib.parse
import urllib.request

import boto3
from botocore.config import Config

ROOT = pathlib.Path(__file__).resolve().parent.parent
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
PROGRAM = TARGET / "debug" / "route53-standin"
ZONE_ID = "Z0123456789ABC"
KEY = ("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")


class Standin:
    """A running stand-in: where it listens, what it saw."""

    def __init__(self, api, dns):
        self.api, self.dns = api, dns

    def client(self):
        """A client that signs as the stand-in expects."""
        return boto3.client(
            "route53",
            region_name="us-east-1",
            endpoint_url=self.api,
            aws_access_key_id=KEY[0],
            aws_secret_access_key=KEY[1],
            config=Config(retries={"total_max_attempts": 1}, read_timeout=120),
        )

    def shown(self, path, **parameters):
        """What `/standin/PATH` shows."""
        query = urllib.parse.urlencode({"zone": ZONE_ID} | parameters)
        with urllib.request.urlopen(f"{self.api}/standin/{path}?{query}", timeout=120) as reply:
            return json.load(reply)


@contextlib.contextmanager
def run(*options):
    """Starts it with these options on free ports of the loopback; ends it."""
    process = subprocess.Popen(
        [PROGRAM, *options], stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True
    )
    try:
        lines = dict(process.stdout.readline().split() for _ in range(2))
        yield Standin(lines["api"], lines["dns"])
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
