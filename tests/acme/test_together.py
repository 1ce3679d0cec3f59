"""Two clients at the same moment for the same names: both get their certificate.

DYN53_ACME_ROUNDS says how often [2].
"""

import concurrent.futures
import os
import threading

import certificate
import getting
import household
import pytest
from machine import Machine

ROUNDS = int(os.environ.get("DYN53_ACME_ROUNDS", "2"))
#: It writes both of its values at once, and waits for nothing.
PAIR = [getting.acme_client, getting.acme_client]


@pytest.fixture(scope="module")
def households(tmp_path_factory, pebble):
    with household.serve(tmp_path_factory.mktemp("dyn53"), ["together"]) as running:
        yield running


@pytest.mark.parametrize("number", range(ROUNDS))
def test_both_get_their_certificate(number, tmp_path, households, pebble):
    home = households.of("together")
    machines = [Machine(tmp_path / name, home, pebble) for name in ("one", "other")]
    ready = threading.Barrier(len(PAIR))

    def start(client, machine):
        ready.wait(timeout=30)
        return client(machine)

    with concurrent.futures.ThreadPoolExecutor(len(PAIR)) as pool:
        results = list(pool.map(start, PAIR, machines))
    for machine, files in zip(machines, results, strict=True):
        try:
            certificate.check(files, home, pebble)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{machine.said()}") from error
    assert households.challenges(home) == []
