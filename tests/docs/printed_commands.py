"""Runs the commands of the README as they are printed, and prints what each one said: FILE DATA.

It wants a network of its own, because the default ports are used.
"""

import json
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
SERVE = "cargo run -- serve"


def printed():
    """Each command of the README's consoles, with the lines that are printed below it."""
    text = (ROOT / "README.md").read_text()
    found = []
    for block in re.findall(r"^ *```console\n(.*?)^ *```$", text, re.MULTILINE | re.DOTALL):
        for line in map(str.strip, block.splitlines()):
            if line.startswith("$ "):
                found.append((line[2:], []))
            else:
                found[-1][1].append(line)
    return found


def said(command, environment):
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, (command, done.stderr[-2000:])
    return done.stdout


def run(data):
    """The server runs while the others do; an ellipsis is the secret, or a part of a name."""
    environment = os.environ | {"DYN53_DATA": data, "CARGO_NET_OFFLINE": "true"}
    server = subprocess.Popen(
        SERVE.split(),
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        lines = iter(server.stdout.readline, "")
        secret = next(line for line in lines if "shown only this once: " in line).split()[-1]
        next(line for line in lines if line.startswith("The setup page: "))
        results = {SERVE: ""}
        for command, _ in printed():
            if command != SERVE:
                given = command.replace("secret=…", f"secret={secret}").replace("…", "abcdefgh")
                results[command] = said(given, environment)
        return results
    finally:
        server.terminate()
        server.wait(30)


if __name__ == "__main__":
    print(json.dumps(run(sys.argv[1])))
