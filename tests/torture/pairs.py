"""Clients that race: each gives the same host its own pair of addresses.

The first keeps the IPv4 address that is there and the second the IPv6 address, so each of them
changes one record; together they would leave a pair that nobody sent.
"""

import contextlib
import http.client
import threading

from load import SECRET, address_of


class Racer(threading.Thread):
    """Sends its pair each time all are ready."""

    def __init__(self, endpoint, host, ready, rounds):
        super().__init__(daemon=True)
        self.endpoint, self.host, self.ready, self.rounds = endpoint, host, ready, rounds
        self.pair = None
        self.good = self.other = 0

    def run(self):
        connection = http.client.HTTPConnection(self.endpoint, timeout=30)
        with contextlib.closing(connection):
            connection.connect()
            for _ in range(self.rounds):
                self.ready.wait(timeout=60)
                v4, v6 = self.pair
                target = f"/nic/update?hostname={self.host}&myip={v4},{v6}&password={SECRET}"
                connection.request("GET", target)
                body = connection.getresponse().read()
                self.good += body.startswith((b"good", b"nochg"))
                self.other += not body.startswith((b"good", b"nochg"))
                self.ready.wait(timeout=60)


def pairs(clients, turn, v4, v6):
    """A pair for each client, if the host has these addresses."""
    new = [1 + turn * clients + one for one in range(clients)]
    own = [(address_of(number), f"2001:db8::{number:x}") for number in new]
    return [(v4, own[0][1]), (own[1][0], v6), *own[2:]]


def race(served, host, clients, rounds):
    """Lets `clients` race once in each of the rounds."""
    rounds = list(rounds)
    ready = threading.Barrier(clients + 1)
    racers = [Racer(served.http, host, ready, len(rounds)) for _ in range(clients)]
    for racer in racers:
        racer.start()
    mixed, held = 0, ("203.0.113.1", "2001:db8:1::1")
    for turn in rounds:
        for racer, pair in zip(racers, pairs(clients, turn, *held), strict=True):
            racer.pair = pair
        ready.wait(timeout=60)
        ready.wait(timeout=60)
        [v4], [v6] = served.lookup(host, "A"), served.lookup(host, "AAAA")
        held = (v4, v6)
        mixed += held not in [racer.pair for racer in racers]
    for racer in racers:
        racer.join(timeout=60)
    return {
        "rounds": len(rounds),
        "good": sum(racer.good for racer in racers),
        "refused pairs": sum(racer.other for racer in racers),
        "mixed": mixed,
    }
