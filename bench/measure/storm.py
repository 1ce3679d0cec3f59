"""Ten thousand hosts of one zone get a new address within ten seconds."""

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
BEFORE, FIRST, SECOND = "192.0", "198.18", "198.19"


def measure(folder):
    folder = folder / "storm"
    folder.mkdir()
    fleet = Fleet(HOSTS)
    fleets = {network: fleet.updates(folder / network, network) for network in (FIRST, SECOND)}
    first, second = _ours(folder, fleet, fleets)
    usual = _usual(folder, fleets[FIRST])
    rows = [
        _row("dyn53 serve, just started", first, FIRST),
        _row("dyn53 serve, the next storm", second, SECOND),
        _row("aws-sdk-route53, one call for each request", usual, FIRST),
    ]
    calls = second["list"] + second["change"]
    done = second["networks"].get(SECOND, 0) == HOSTS and second["failed"] == 0
    return [
        Table(
            "Storm",
            f"{number(HOSTS)} hosts of one zone change within {WITHIN} s; the API takes 50 calls "
            "at once and 10 a second, one change of a zone at a time, each "
            f"{PROCESSING_MS} ms long. A router that is refused comes again after {PAUSE} s; all "
            f"ends after {BOUND} s.",
            [
                "",
                "in the zone",
                "the last one after, s",
                "API calls",
                "refused by the API",
                "median wait, s",
                "routers that gave up",
            ],
            rows,
            [
                promise(
                    "all in the zone with at most 25 API calls, none refused",
                    f"{number(calls)} calls, {second['refused']} refused",
                    done and calls <= 25 and second["refused"] == 0,
                )
            ],
            [
                "A server that has just started, or has read and changed nothing for an hour, "
                "first lists the whole zone, 300 record sets a call; the promise is about the "
                "second row.",
                _rest(usual),
            ],
        )
    ]


def _ours(folder, fleet, fleets):
    """Two storms over the same server."""
    with stand_in(folder, HOSTS, PROCESSING_MS, throttled=True) as api:
        store = ['store = "route53"', f'id = "{api.zone}"']
        place = Place(api.endpoint, api.authority, api.zone).environment()
        aws = {name: value for name, value in place.items() if name.startswith("AWS_")}
        with serving(fleet.configuration(folder, store), ("http",), **aws) as (_, http):
            results = []
            for path in fleets.values():
                told = output([TOOLS / "storm", http, path, WITHIN, PAUSE, BOUND])
                results.append(told | api.called())
            return results


def _usual(folder, updates):
    with stand_in(folder, HOSTS, PROCESSING_MS, throttled=True) as api:
        place = Place(api.endpoint, api.authority, api.zone)
        command = [TOOLS / "usual-storm", updates, WITHIN, PAUSE, BOUND]
        told = output(command, env=place.environment())
        return told | api.called()


def _row(name, told, network):
    waited = told.get("waited_median")
    return [
        name,
        number(told["networks"].get(network, 0)),
        "–" if told["last"] is None else number(told["last"], 1),
        number(told["list"] + told["change"]),
        number(told["refused"]),
        "–" if waited is None else number(waited, 1),
        number(told["failed"]),
    ]


def _rest(usual):
    """How long the usual way would go on, at the rate that it reached."""
    there = usual["networks"].get(FIRST, 0)
    if there in (0, HOSTS):
        return f"The usual way has {number(there)} in the zone at the end."
    minutes = HOSTS / there * BOUND / 60
    return (
        f"The usual way was stopped after {BOUND} s; at the rate that it reached, all would be in "
        f"the zone after {number(minutes)} minutes. It was spared the look before the change."
    )
