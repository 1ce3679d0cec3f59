"""Programs that a measurement starts, and ends again whatever happens."""

import contextlib
import json
import os
import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
BENCH = ROOT / "bench"
TOOLS = BENCH / "target" / "release"
DYN53 = ROOT / "target" / "release" / "dyn53"


def clean_environment(**more):
    """The machine's environment without anything that an SDK or our program would read."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "DYN53_", "SSL_"))}
    return kept | more


@contextlib.contextmanager
def running(command, **options):
    """A process with pipes; closing its standard input, then SIGTERM, then SIGKILL end it."""
    options = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True} | options
    process = subprocess.Popen([str(word) for word in command], **options)
    try:
        yield process
    finally:
        if process.stdin:
            process.stdin.close()
        process.terminate()
        try:
            process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def first_line(process):
    line = process.stdout.readline().strip()
    if not line:
        raise SystemExit(f"bench: {process.args[0]} ended before it said its address")
    return line


def listening(process, *names):
    """Reads `NAME ADDRESS` lines until all `names` are told."""
    told = {}
    for line in process.stdout:
        found = re.fullmatch(r"(\w+) (127\.0\.0\.1:\d+)\n", line)
        if found:
            told[found[1]] = found[2]
        if told.keys() >= set(names):
            return [told[name] for name in names]
    raise SystemExit(f"bench: {process.args[0]} ended before it listened on {names}")


def output(command, **options):
    """The last line that a bounded command prints, as JSON."""
    options = {"stdout": subprocess.PIPE, "text": True, "timeout": 120, "check": True} | options
    done = subprocess.run([str(word) for word in command], **options)
    return json.loads(done.stdout.splitlines()[-1])


def peak_memory(pid):
    """`VmHWM` of proc(5): the peak of resident memory, in KiB."""
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1])
