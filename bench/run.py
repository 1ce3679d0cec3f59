"""Runs the benchmarks, prints their tables, and writes docs/benchmarks.md from them.

Usage: python3 bench/run.py [cold] [distance] [storm] [server] [changes] [growth]
Without names all of them run, and the document is written.
"""

import datetime
import os
import pathlib
import platform
import subprocess
import sys
import tempfile
import time

from measure import changes, cold_start, distance, growth, server, storm
from measure.function import Place
from measure.programs import BENCH, ROOT
from measure.stand_in import stand_in
from measure.table import Table

DOCUMENT = ROOT / "docs" / "benchmarks.md"


def cold(folder):
    with stand_in(folder) as api:
        return cold_start.measure(Place(api.endpoint, api.authority, api.zone, api.dns), folder)


def far(folder):
    with stand_in(folder) as api:
        return distance.measure(api, folder)


MEASUREMENTS = {
    "cold": cold,
    "distance": far,
    "storm": storm.measure,
    "server": server.measure,
    "changes": changes.measure,
    "growth": growth.measure,
}


def main():
    names = sys.argv[1:] or list(MEASUREMENTS)
    if unknown := set(names) - MEASUREMENTS.keys():
        sys.exit(f"bench: no such measurement: {', '.join(sorted(unknown))}")
    start, tables, load = time.monotonic(), [], os.getloadavg()[0]
    for name in names:
        with tempfile.TemporaryDirectory(prefix="dyn53-bench-") as folder:
            for table in MEASUREMENTS[name](pathlib.Path(folder)):
                tables.append(table)
                print(table.markdown(), flush=True)
    took = time.monotonic() - start
    print(f"{took / 60:.1f} minutes")
    if not sys.argv[1:]:
        DOCUMENT.write_text(document(tables, took, load))
        print(f"written: {DOCUMENT.relative_to(ROOT)}")


def document(tables: list[Table], took, load):
    parts = [
        "# Benchmarks\n",
        "Written by `./script/bench`; a peer is beside each figure, in the same run.\n"
        "A figure is the median, in brackets from the 10th to the 90th percentile.\n",
        machine(took, load),
        *(table.markdown() for table in tables),
        (BENCH / "stand-ins.md").read_text(),
    ]
    return "\n".join(parts)


def machine(took, load):
    rows = [
        ("command", "`./script/bench`"),
        ("date", datetime.date.today().isoformat()),
        ("commit", said("git", "rev-parse", "--short", "HEAD")),
        ("took", f"{took / 60:.1f} minutes after the builds"),
        ("load of other work at the start", f"{load:.1f} (0 is a quiet machine)"),
        ("cores", f"{os.cpu_count()}, {processor()}"),
        ("system", f"Linux {platform.release()}"),
        ("Rust", said("rustc", "--version")),
        ("Python", platform.python_version()),
        ("size of `bootstrap`", f"{(ROOT / 'dist' / 'bootstrap').stat().st_size:,} bytes"),
    ]
    return (
        "\n".join(["| | |", "|---|---|", *(f"| {name} | {value} |" for name, value in rows)]) + "\n"
    )


def said(*command):
    done = subprocess.run(command, cwd=ROOT, text=True, stdout=subprocess.PIPE, check=False)
    return done.stdout.strip()


def processor():
    lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
    names = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


if __name__ == "__main__":
    main()
