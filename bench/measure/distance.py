"""Far from the API, near to the name servers: an unchanged poll and a change, cold and warm."""

from measure import function
from measure.function import Place
from measure.stand_in import endpoint, line
from measure.table import Table, median, number, promise, spread

API_MS = 200
NAME_SERVER_MS = 10
RUNS = 5
WARM = 4


def measure(api, folder):
    """`api` is the running stand-in."""
    event_file = function.event(folder)
    with line("tcp", api.api, API_MS) as far, line("udp", api.dns, NAME_SERVER_MS) as near:
        place = Place(endpoint(far.address), api.authority, api.zone, near.address)
        polls = _polls(api, place, event_file, far, near, changing=False)
        changes = _polls(api, place, event_file, far, near, changing=True)
    ours, python = polls[function.OURS], polls[function.PYTHON]
    gain = median(python.cold) / median(ours.warm)
    cold_gain = median(python.cold) / median(ours.cold)
    return [
        _table(
            "An unchanged poll from afar",
            polls,
            promise(
                "an unchanged poll at least 20 times faster than Python's cold",
                f"{number(gain, 1)} warm, {number(cold_gain, 1)} cold",
                min(gain, cold_gain) >= 20,
            ),
            promise(
                "an unchanged poll makes no API call",
                number(ours.calls_per_poll, 2),
                ours.calls_per_poll == 0,
            ),
        ),
        _table("A change from afar", changes, *_change_promises(changes)),
    ]


def _change_promises(changes):
    ours, usual = changes[function.OURS], changes[function.USUAL]
    cold = median(ours.cold) / median(usual.cold)
    warm = median(ours.warm) / median(usual.warm)
    return [
        promise(
            "a change makes one API call",
            number(ours.calls_per_poll, 2),
            ours.calls_per_poll == 1,
        ),
        promise(
            "a change takes at most 0.78 of the usual Rust cold, 0.55 warm",
            f"{number(cold, 2)} cold, {number(warm, 2)} warm",
            cold <= 0.78 and warm <= 0.55,
        ),
    ]


class Polls:
    """All polls of one function."""

    def __init__(self):
        self.cold, self.warm = [], []
        self.polls = self.calls = self.questions = self.api_bytes = self.dns_bytes = 0

    def add(self, run, called, far, near):
        self.cold.append(run["cold"])
        self.warm += run["calls"][1:]
        self.polls += len(run["calls"])
        self.calls += called["list"] + called["change"]
        self.questions += near["datagrams"] / 2
        self.api_bytes += far["up"] + far["down"]
        self.dns_bytes += near["up"] + near["down"]

    @property
    def calls_per_poll(self):
        return self.calls / self.polls


def _polls(api, place, event_file, far, near, *, changing):
    """Runs of each function in turn. Before unchanged polls, one that nobody counts brings the zone
    to where they find it."""
    results = {one: Polls() for one in function.ALL}
    if not changing:
        function.run(function.PYTHON, place, event_file, 1, changing=False)
    for _ in range(RUNS):
        for one, polls in results.items():
            for settled in (api.called, far.passed, near.passed):
                settled()
            run = function.run(one, place, event_file, 1 + WARM, changing=changing)
            polls.add(run, api.called(), far.passed(), near.passed())
    return results


def _table(title, results, *promises):
    return Table(
        title,
        f"{API_MS} ms round trip to the API, {NAME_SERVER_MS} ms to the name servers; the start of "
        "the process included in cold. Milliseconds.",
        ["", "cold", "warm", "API calls a poll", "DNS questions a poll", "bytes a poll"],
        [
            [
                one.name,
                spread(polls.cold),
                spread(polls.warm),
                number(polls.calls_per_poll, 1),
                number(polls.questions / polls.polls, 1),
                number((polls.api_bytes + polls.dns_bytes) / polls.polls),
            ]
            for one, polls in results.items()
        ],
        list(promises),
        [f"{RUNS} runs of each in turn, one cold and {WARM} warm polls in each."],
    )
