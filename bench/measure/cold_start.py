"""From the start of the process to the first answer, then warm; with and without a cap."""

from measure import function
from measure.cpu_cap import PERIOD_US, QUOTA_US, cpu_cap
from measure.table import Table, median, number, promise, spread

RUNS = 15
WARM = 40
CAPPED_RUNS = 7
CAPPED_WARM = 6


def measure(place, folder):
    event_file = function.event(folder)
    for one in function.ALL:
        function.run(one, place, event_file, 2, changing=True)
    free = _rounds(place, event_file, RUNS, 1 + WARM)
    tables = [_free_table(free)]
    with cpu_cap() as cap:
        if cap is not None:
            tables.append(
                _capped_table(_rounds(place, event_file, CAPPED_RUNS, 1 + CAPPED_WARM, cap))
            )
        else:
            tables[0].notes.append(
                "Not measured: the cap of a 128 MB function; no control group here."
            )
    return tables


def _rounds(place, event_file, runs, calls, cap="-"):
    """One run of each function after the other, so that a disturbance meets all of them."""
    results = {one: [] for one in function.ALL}
    for _ in range(runs):
        for one in function.ALL:
            run = function.run(one, place, event_file, calls, changing=True, cap=cap)
            results[one].append(run)
    return results


def _free_table(results):
    cold = {one: [run["cold"] for run in runs] for one, runs in results.items()}
    memory = {one: [run["memory"] / 1024 for run in runs] for one, runs in results.items()}
    ours, usual, python = (median(cold[one]) for one in function.ALL)
    resident = median(memory[function.OURS])
    return Table(
        "Cold start",
        "One changed address, over TLS. `bootstrap` exchanges what the name servers show; the "
        "others list, compare and write over. Milliseconds.",
        [
            "",
            "start to first answer",
            "ready for it",
            "first call",
            "warm call",
            "peak memory, MiB",
        ],
        [
            [
                one.name,
                spread(cold[one]),
                spread([run["ready"] for run in runs]),
                spread([run["calls"][0] for run in runs]),
                spread([call for run in runs for call in run["calls"][1:]], 2),
                spread(memory[one]),
            ]
            for one, runs in results.items()
        ],
        [
            promise(
                "at least 50 times faster than Python",
                number(python / ours, 1),
                python / ours >= 50,
            ),
            promise(
                "at least 5 times faster than the usual Rust",
                number(usual / ours, 1),
                usual / ours >= 5,
            ),
            promise("at most 6 MB resident", number(resident, 1), resident <= 6, " MiB"),
        ],
        [f"{RUNS} runs of each in turn, {WARM} warm calls in each."],
    )


def _capped_table(results):
    return Table(
        "Cold start in a 128 MB function",
        f"The same, but from the first event on with {QUOTA_US / 1000:.2f} of every "
        f"{PERIOD_US // 1000} ms of one core, the share of a 128 MB function; the start is at full "
        "speed, as in Lambda. Milliseconds.",
        ["", "start to first answer", "first call", "warm call"],
        [
            [
                one.name,
                spread([run["cold"] for run in runs]),
                spread([run["calls"][0] for run in runs]),
                spread([call for run in runs for call in run["calls"][1:]]),
            ]
            for one, runs in results.items()
        ],
        [],
        [f"{CAPPED_RUNS} runs of each in turn, {CAPPED_WARM} warm calls in each."],
    )
