"""The README: its commands do what it prints, its scripts exist, its figures are measured ones."""

import json
import os
import re
import subprocess
import sys

import pytest
from printed_commands import ROOT, SERVE, printed

README = (ROOT / "README.md").read_text()


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    data = tmp_path_factory.mktemp("readme") / "data"
    done = subprocess.run(
        [
            ROOT / "script/offline",
            sys.executable,
            ROOT / "tests/docs/printed_commands.py",
            data,
        ],
        capture_output=True,
        text=True,
        timeout=900,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize(("command", "lines"), printed(), ids=lambda value: str(value)[:40])
def test_a_command_says_what_is_printed_below_it(results, command, lines):
    said = results[command].splitlines()
    if not lines:
        assert said or command == SERVE
        return
    assert len(said) == len(lines)
    for line, real in zip(lines, said, strict=True):
        pattern = re.escape(line).replace("…", ".+")
        assert re.fullmatch(pattern, real), (line, real)


def test_the_commands_are_found():
    commands = [command for command, _ in printed()]
    assert commands[0] == SERVE
    assert {command.split()[0] for command in commands} == {"cargo", "curl", "dig"}
    assert len(commands) >= 5


def test_the_scripts_exist():
    scripts = set(re.findall(r"\./script/[a-z-]+", README))
    assert scripts >= {"./script/template", "./script/package", "./script/test"}
    assert not [script for script in scripts if not os.access(ROOT / script, os.X_OK)]


def measured(section, row, column):
    """A figure of docs/benchmarks.md, rounded."""
    text = (ROOT / "docs/benchmarks.md").read_text().split(f"\n## {section}\n")[1].split("\n## ")[0]
    table = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in text.splitlines()
        if line.startswith("|")
    ]
    at = table[0].index(column)
    [cell] = [line[at] for line in table if line[0].startswith(row)]
    return float(cell.split(" (")[0].replace(",", ""))


OWN, RUST, PYTHON = "dyn53 `bootstrap`", "Rust: lambda_http", "Python: awslambdaric"
COLD, POLL = "Cold start", "An unchanged poll from afar"


@pytest.mark.parametrize(
    ("figure", "section", "row", "column"),
    [
        ("| {:.0f} ms, no API call |", POLL, OWN, "warm"),
        ("| {:.0f} ms, one API call |", POLL, PYTHON, "warm"),
        ("| {:.0f} ms | |", COLD, OWN, "start to first answer"),
        ("| {:.0f} ms (Python, boto3), ", COLD, PYTHON, "start to first answer"),
        (", {:.0f} ms (Rust, AWS SDK) |", COLD, RUST, "start to first answer"),
        ("| {:.1f} MiB | |", COLD, OWN, "peak memory, MiB"),
        ("| {:.0f} MiB (Python, boto3), ", COLD, PYTHON, "peak memory, MiB"),
        (", {:.0f} MiB (Rust, AWS SDK) |", COLD, RUST, "peak memory, MiB"),
    ],
)
def test_a_figure_is_that_of_the_benchmarks(figure, section, row, column):
    assert figure.format(measured(section, row, column)) in README
