"""The stand-in for Route 53, and a long line to it."""

import contextlib
import json
import os
import subprocess

from measure.programs import TOOLS, first_line, running


class StandIn:
    """What runs: where, and what was called since the last look."""

    def __init__(self, process, authority):
        self._process = process
        self.authority = authority
        told = json.loads(first_line(process))
        self.api, self.dns, self.zone = told["api"], told["dns"], told["zone"]
        self._before = self._ask()

    @property
    def endpoint(self):
        return endpoint(self.api)

    def _ask(self):
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def called(self):
        """Calls and refusals since the last look; the values of each network in the zone."""
        before, now = self._before, self._ask()
        self._before = now
        refused = {
            code: count - before["refused"].get(code, 0) for code, count in now["refused"].items()
        }
        return {
            "list": now["list"] - before["list"],
            "change": now["change"] - before["change"],
            "questions": now["questions"] - before["questions"],
            "refused": sum(refused.values()),
            "codes": {code: count for code, count in refused.items() if count},
            "networks": now["networks"],
        }


@contextlib.contextmanager
def stand_in(folder, hosts=0, processing_ms=0, throttled=False):
    authority = str(folder / "authority.pem")
    command = [TOOLS / "route53", hosts, processing_ms, int(throttled)]
    with running(command, env=os.environ | {"AUTHORITY": authority}) as process:
        yield StandIn(process, authority)


class Line:
    """A long line to a target, and what passed over it since the last look."""

    def __init__(self, process):
        self._process = process
        self.address = first_line(process)

    def passed(self):
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())


@contextlib.contextmanager
def line(kind, target, round_trip_ms):
    with running(
        [TOOLS / "far", kind, target, round_trip_ms], stderr=subprocess.DEVNULL
    ) as process:
        yield Line(process)


def endpoint(address):
    """By name, as the certificate has it."""
    return f"https://localhost:{address.split(':')[1]}"
