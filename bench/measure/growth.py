"""What a growing embedded zone costs: 1, 100, 10,000 hosts."""

import time

from measure.programs import TOOLS, output, peak_memory
from measure.server import EMBEDDED, dns_rate, update_rate, update_script
from measure.serving import Fleet, private, serving
from measure.table import Table, number

SIZES = [1, 100, 10_000]


def measure(folder):
    rows = [_row(folder / f"growth-{size}", size) for size in SIZES]
    return [
        Table(
            "Growth",
            "One zone, each host with a credential of its own; every host changes once, within "
            "one second or as fast as the zone takes it, then one is unchanged again and again.",
            [
                "hosts",
                "start, ms",
                "all changed, s",
                "wait for a change, median, ms",
                "unchanged updates a second",
                "DNS questions a second",
                "start with the data, ms",
                "peak memory, MiB",
            ],
            rows,
            [],
            ["A change is on disk (fsync) before it is answered; one run of each size."],
        )
    ]


def _row(folder, size):
    folder.mkdir()
    fleet = Fleet(size)
    configuration = fleet.configuration(folder, EMBEDDED)
    updates = fleet.updates(folder / "fleet", "198.18")
    asked = private(folder / "questions", "".join(f"{host} A\n" for host in fleet.hosts))
    start = time.monotonic()
    with serving(configuration) as (process, http, dns):
        started = time.monotonic() - start
        told = output([TOOLS / "storm", http, updates, "1", "1", "60"])
        if told["failed"]:
            raise SystemExit(f"bench: growth: {told}")
        address = updates.read_text().splitlines()[-1].split()[2]
        script = private(folder / "update.lua", update_script(fleet.secrets[-1], address))
        unchanged = update_rate(http, script)
        questions = dns_rate(dns, asked)
        memory = peak_memory(process.pid)
    start = time.monotonic()
    with serving(configuration):
        again = time.monotonic() - start
    return [
        number(size),
        number(started * 1000),
        number(told["last"], 2),
        number(told["waited_median"] * 1000, 1),
        number(unchanged),
        number(questions),
        number(again * 1000),
        number(memory / 1024, 1),
    ]
