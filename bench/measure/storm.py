"""Ten thousand hosts of one zone get a new address within ten seconds."""

from measure.function import Place
from measure.programs import TOOLS, output
from measure.serving import ZONE, Fleet, logged, serving
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
    running, at_start = _ours(folder, fleet, updates)
    starting, _ = _ours(folder, fleet, updates, at_once=True)
    usual = _usual(folder, updates)
    rows = [
        _row("dyn53 serve", running),
        _row("dyn53 serve, started at the same moment", starting),
        _row("aws-sdk-route53, one call for each request", usual),
    ]
    calls = _calls(running)
    done = running["networks"].get(AFTER, 0) == HOSTS and running["failed"] == 0
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
                    f"{number(calls)} calls, {running['refused']} refused",
                    done and calls <= 25 and running["refused"] == 0,
                )
            ],
            [
                "The server lists the zone when it starts and every 50 minutes, 300 record sets a "
                f"call: here {number(_calls(at_start))} calls before the storm of the first row, "
                "and within that of the second.",
                _rest(usual),
            ],
        )
    ]


def _ours(folder, fleet, updates, at_once=False):
    """A storm over a new server, and what it called before."""
    with stand_in(folder, HOSTS, PROCESSING_MS, throttled=True) as api:
        store = ['store = "route53"', f'id = "{api.zone}"']
        place = Place(api.endpoint, api.authority, api.zone).environment()
        aws = {name: value for name, value in place.items() if name.startswith("AWS_")}
        configuration = fleet.configuration(folder, store)
        with serving(configuration, ("http",), **aws) as (_, http):
            if not at_once:
                logged(configuration, f"the zone {ZONE} in Route 53 has")
            before = None if at_once else api.called()
            told = output([TOOLS / "storm", http, updates, WITHIN, PAUSE, BOUND])
            return told | api.called(), before


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
        number(_calls(told)),
        number(told["refused"]),
        "–" if waited is None else number(waited, 1),
        number(told["failed"]),
    ]


def _calls(told):
    return told["list"] + told["change"]


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
