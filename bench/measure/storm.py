"""Ten thousand hosts of one zone get a new address within ten seconds."""

import contextlib
import socket

from measure.function import Place
from measure.programs import TOOLS, output
from measure.serving import Fleet, serving
from measure.stand_in import stand_in
from measure.table import Table, number, promise

HOSTS = 10_000
WITHIN = 10
PAUSE = 20
BOUND = 60
PROCESSING_MS = 100
AFTER = "198.18"


def measure(folder):
    folder = folder / "storm"
    folder.mkdir()
    fleet = Fleet(HOSTS)
    updates = fleet.updates(folder / "updates", AFTER)
    ours = _ours(folder, fleet, updates)
    with silent() as nobody:
        blocked = _ours(folder, fleet, updates, nobody)
    usual = _usual(folder, updates)
    rows = [
        _row("dyn53 serve", ours),
        _row("dyn53 serve, UDP to the name servers blocked", blocked),
        _row("aws-sdk-route53, one call for each request", usual),
    ]
    return [
        Table(
            "Storm",
            f"{number(HOSTS)} hosts of one zone change within {WITHIN} s, and the server starts at "
            "the same moment; the API takes 50 calls at once and 10 a second, one change of a zone "
            f"at a time, each {PROCESSING_MS} ms long. A router that is refused comes again after "
            f"{PAUSE} s; all ends after {BOUND} s.",
            [
                "",
                "in the zone",
                "the last one after, s",
                "changes called",
                "lists called",
                "refused by the API",
                "median wait, s",
                "routers that gave up",
            ],
            rows,
            [
                promise(
                    "all in the zone with at most 24 API calls, none a list, none refused",
                    f"{number(_calls(ours))} calls, {ours['list']} lists, "
                    f"{ours['refused']} refused",
                    _done(ours) and _calls(ours) <= 24 and not ours["list"] + ours["refused"],
                ),
                promise(
                    "all in the zone without the name servers, none refused",
                    f"{number(_calls(blocked))} calls, {blocked['list']} lists, "
                    f"{blocked['refused']} refused",
                    _done(blocked) and not blocked["refused"],
                ),
            ],
            [_rest(usual)],
        )
    ]


@contextlib.contextmanager
def silent():
    """An address that takes questions and answers none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as nobody:
        nobody.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{nobody.getsockname()[1]}"


def _ours(folder, fleet, updates, name_server=None):
    """A storm over a server that has just started."""
    with stand_in(folder, HOSTS, PROCESSING_MS, throttled=True) as api:
        store = [
            'store = "route53"',
            f'id = "{api.zone}"',
            f'nameservers = ["{name_server or api.dns}"]',
        ]
        place = Place(api.endpoint, api.authority, api.zone).environment()
        aws = {name: value for name, value in place.items() if name.startswith("AWS_")}
        configuration = fleet.configuration(folder, store)
        with serving(configuration, ("http",), **aws) as (_, http):
            told = output([TOOLS / "storm", http, updates, WITHIN, PAUSE, BOUND])
            return told | api.called()


def _usual(folder, updates):
    with stand_in(folder, HOSTS, PROCESSING_MS, throttled=True) as api:
        place = Place(api.endpoint, api.authority, api.zone)
        command = [TOOLS / "usual-storm", updates, WITHIN, PAUSE, BOUND]
        told = output(command, env=place.environment())
        return told | api.called()


def _row(name, told):
    waited = told.get("waited_median")
    return [
        name,
        number(told["networks"].get(AFTER, 0)),
        "–" if told["last"] is None else number(told["last"], 1),
        number(told["change"]),
        number(told["list"]),
        number(told["refused"]),
        "–" if waited is None else number(waited, 1),
        number(told["failed"]),
    ]


def _calls(told):
    return told["list"] + told["change"]


def _done(told):
    return told["networks"].get(AFTER, 0) == HOSTS and told["failed"] == 0


def _rest(usual):
    """How long the usual way would go on, at the rate that it reached."""
    there = usual["networks"].get(AFTER, 0)
    if there in (0, HOSTS):
        return f"The usual way has {number(there)} in the zone at the end."
    minutes = HOSTS / there * BOUND / 60
    return (
        f"The usual way was stopped after {BOUND} s; at the rate that it reached, all would be in "
        f"the zone after {number(minutes)} minutes. It was spared the look before the change."
    )
