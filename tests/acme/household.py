"""A `dyn53 serve` for many households: a zone, a host and a secret for each client."""

import contextlib
import dataclasses
import json
import subprocess

import serving
from authority import ADDRESS

ZONE = """
[[zone]]
name = "{zone}"
store = "embedded"
nameservers = [{{ name = "ns.{zone}", addresses = ["{address}"] }}]

[[credential]]
name = "{name}"
secret = "{secret}"
hosts = ["home.{zone}"]
certificates = {certificates}
"""


@dataclasses.dataclass(frozen=True)
class Household:
    """A zone with one host, and what a client of it needs to know."""

    zone: str
    url: str = ""

    @property
    def host(self):
        return f"home.{self.zone}"

    @property
    def secret(self):
        return f"s3cret-of_{self.zone}"

    @property
    def names(self):
        """What a certificate is wanted for."""
        return [self.host, f"*.{self.host}"]

    @property
    def challenge(self):
        return f"_acme-challenge.{self.host}"

    def printed(self, name):
        """What `dyn53 router` prints for a client."""
        given = ["router", name, "--url", self.url, "--host", self.host, "--secret-file", "-"]
        return subprocess.run(
            [serving.DYN53, *given],
            input=self.secret,
            check=True,
            capture_output=True,
            text=True,
            timeout=60,
        ).stdout


class Households:
    """A running server with a zone for each name."""

    def __init__(self, served):
        self.served = served
        self.url = f"http://{served.http}"

    def of(self, name):
        return Household(f"{name}.test", self.url)

    def challenges(self, household):
        """The texts at the challenge's name, without the placeholder."""
        texts = [json.loads(one) for one in self.served.lookup(household.challenge, "TXT")]
        return [text for text in texts if len(text) == 43]


@contextlib.contextmanager
def serve(folder, names, without_certificates=()):
    """Runs it at port 53 of ADDRESS."""
    zones = [
        ZONE.format(
            zone=f"{name}.test",
            name=name,
            address=ADDRESS,
            secret=Household(f"{name}.test").secret,
            certificates=str(name not in without_certificates).lower(),
        )
        for name in names
    ]
    head = f'http = "127.0.0.1:0"\ndns = "{ADDRESS}:53"\ndata = "{folder / "data"}"\n'
    with serving.run(folder, head + "".join(zones)) as served:
        yield Households(served)
