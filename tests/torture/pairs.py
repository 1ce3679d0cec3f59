"""Clients that race: each gives the same host its own pair of addresses."""

import contextlib
import http.client
import threading

from load import SECRET, address_of


class Racer(threading.Thread):
    """Sends one pair each time all are ready."""

    def __init__(self, endpoint, host, ready, numbers):
        super().__init__(daemon=True)
        self.endpoint, self.host, self.ready, self.numbers = endpoint, host, ready, numbers
        self.good = self.other = 0

    def run(self):
        with contextlib.closing(http.client.HTTPConnection(self.endpoint, timeout=30)) as connection:
            for number in self.numbers:
                v4, v6 = pair(number)
                self.ready.wait(timeout=60)
                target = f"/nic/update?hostname={self.host}&myip={v4},{v6}&password={SECRET}"
                connection.request("GET", target)
                body = connection.getresponse().read()
                self.good += body.startswith((b"good", b"nochg"))
                self.other += not body.startswith((b"good", b"nochg"))
                # Nobody begins the next round before it was looked at this one.
                self.ready.wait(timeout=60)
                self.ready.wait(timeout=60)


def pair(number):
    return address_of(number), f"2001:db8::{number:x}"


def race(served, host, clients, rounds):
    """Lets `clients` race once in each of the rounds."""
    rounds = list(rounds)
    ready = threading.Barrier(clients + 1)
    racers = [
        Racer(served.http, host, ready, [1 + turn * clients + one for turn in rounds])
        for one in range(clients)
    ]
    for racer in racers:
        racer.start()
    mixed = 0
    for turn in rounds:
        ready.wait(timeout=60)
        ready.wait(timeout=60)
        held = (served.lookup(host, "A"), served.lookup(host, "AAAA"))
        whole = [pair(1 + turn * clients + one) for one in range(clients)]
        mixed += held not in [([v4], [v6]) for v4, v6 in whole]
        ready.wait(timeout=60)
    for racer in racers:
        racer.join(timeout=60)
    return {
        "rounds": len(rounds),
        "good": sum(racer.good for racer in racers),
        "refused pairs": sum(racer.other for racer in racers),
        "mixed": mixed,
    }
