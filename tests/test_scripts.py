"""The scripts that prepare a machine, run on machines that lack something."""

import os
import pathlib
import pty
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent
PASSWORD = "xyzzy"
REAL = ("bash", "cat", "env", "grep", "sh")
STUBS = {
    "id": "echo 1000",
    "dpkg-query": "exit 1",
    "apt-get": "exit 1",
}
ASKING_SUDO = f"""\
[ "$1" != -n ] || exit 1
printf 'password: ' >/dev/tty
read -r typed </dev/tty
[ "$typed" = {PASSWORD} ] || exit 1
echo "$*" >>"$LOG"
"""


@pytest.fixture
def machine(tmp_path):
    """A folder of commands that stands for a machine of an ordinary user."""
    commands = tmp_path / "bin"
    commands.mkdir()
    for name in REAL:
        (commands / name).symlink_to(pathlib.Path("/usr/bin") / name)
    for name, text in STUBS.items():
        add(commands, name, text)
    return commands


def add(commands, name, text):
    (commands / name).write_text(f"#!/bin/sh\n{text}\n")
    (commands / name).chmod(0o755)


def run(script, *arguments, commands, **environment):
    """Status and output of a script without a terminal."""
    ended = subprocess.run(
        [ROOT / "script" / script, *arguments],
        env={"PATH": str(commands), **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        start_new_session=True,
    )
    return ended.returncode, ended.stdout + ended.stderr


def run_in_terminal(script, *arguments, typed, commands, **environment):
    """Status and output of a script in a terminal where somebody types."""
    child, terminal = pty.fork()
    if child == 0:
        command = str(ROOT / "script" / script)
        os.execve(command, [command, *arguments], {"PATH": str(commands), **environment})
    os.write(terminal, typed.encode())
    said = b""
    while True:
        try:
            said += os.read(terminal, 4096)
        except OSError:
            break
    os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), said.decode()


def test_without_sudo_one_list_and_the_way_without(machine):
    status, said = run("packages", "caddy", "inadyn", commands=machine)
    assert status == 1
    assert "apt-get install --no-install-recommends caddy inadyn\n" in said
    assert "cargo test --workspace" in said


def test_a_password_that_cannot_be_asked_for(machine):
    add(machine, "sudo", ASKING_SUDO)
    status, said = run("packages", "caddy", commands=machine)
    assert status == 1
    assert "sudo wants a password" in said
    assert "install --no-install-recommends caddy\n" in said


def test_sudo_may_ask_for_a_password(machine, tmp_path):
    add(machine, "sudo", ASKING_SUDO)
    log = tmp_path / "log"
    status, said = run_in_terminal(
        "packages", "caddy", typed=f"{PASSWORD}\n" * 8, commands=machine, LOG=str(log)
    )
    assert status == 0, said
    assert "sudo asks for your password" in said
    calls = log.read_text()
    assert "apt-get update" in calls
    assert "install -y -qq --no-install-recommends caddy" in calls


def test_a_missing_right_is_named_with_its_remedy(machine):
    add(machine, "unshare", "echo 'unshare failed: Operation not permitted' >&2; exit 1")
    status, said = run("rights", commands=machine)
    assert status == 1
    assert "unshare failed: Operation not permitted" in said
    assert "cargo test --workspace" in said


def test_the_rights_are_asked_for_before_anything_is_installed():
    steps = [line for line in (ROOT / "script/test").read_text().splitlines() if line[:1] == "."]
    assert steps[:2] == ["./script/rights", "./script/install"]
