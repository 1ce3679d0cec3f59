"""The Debian package, from the installation to the purge, in a fresh Debian 12."""

import re
import stat
import subprocess

import pytest
from artefacts import newer
from debian import debian
from packaged_server import SECRET, filled_in, served, update

CONFIGURATION = "etc/dyn53/dyn53.toml"
UNIT = "lib/systemd/system/dyn53.service"


@pytest.fixture(scope="module")
def fresh():
    with debian() as fresh:
        yield fresh


@pytest.fixture(scope="module")
def installed(fresh, deb):
    """The files before, and what systemctl was asked for by the installation."""
    before = fresh.files()
    return before, fresh.install(deb)


def command(fresh):
    """What the unit starts, as the user it names."""
    unit = (fresh.folder / UNIT).read_text()
    user = re.search(r"^User=(.*)$", unit, re.M)[1]
    state = fresh.folder / "var/lib" / re.search(r"^StateDirectory=(.*)$", unit, re.M)[1]
    if not state.exists():
        mode = re.search(r"^StateDirectoryMode=(.*)$", unit, re.M)[1]
        path = f"/{state.relative_to(fresh.folder)}"
        fresh.asked("install", "-d", "-o", user, "-g", user, "-m", mode, path)
    words = re.search(r"^ExecStart=(.*)$", unit, re.M)[1].split()
    return fresh.command(*words, user=user)


def test_installed_it_waits_for_its_configuration(fresh, installed):
    _, asked = installed
    assert asked == ["--system daemon-reload"], "nothing is enabled or started"
    status, said = fresh.run("stat", "--format=%a %U %G", f"/{CONFIGURATION}")
    assert (status, said) == (0, "640 root dyn53\n")
    started = subprocess.run(command(fresh), capture_output=True, text=True, timeout=60)
    assert started.returncode == 2
    assert started.stderr.startswith("dyn53: /etc/dyn53/dyn53.toml"), started.stderr


def test_filled_in_it_serves_as_its_own_user(fresh, installed):
    file = fresh.folder / CONFIGURATION
    file.write_text(filled_in(file.read_text()))
    with served(command(fresh)) as running:
        update(running, "203.0.113.7")
        health = fresh.run("dyn53", "health", "--http", running.http, user="dyn53")
        assert health == (0, "")
    assert fresh.run("dyn53", "health", "--http", running.http)[0] == 1


def test_an_upgrade_keeps_configuration_and_zones(fresh, installed, tmp_path):
    before = (fresh.folder / CONFIGURATION).read_text()
    assert SECRET in before
    asked = fresh.install(newer("deb", tmp_path))
    assert asked[-1].endswith("try-restart dyn53.service")
    assert not [one for one in asked if re.search(r"\b(start|stop|enable)\b", one)]
    assert (fresh.folder / CONFIGURATION).read_text() == before
    assert fresh.run("stat", "--format=%a %U %G", f"/{CONFIGURATION}")[1] == "640 root dyn53\n"
    with served(command(fresh)) as running:
        assert running.lookup("home.dyn.example.net", "A") == ["203.0.113.7"]


def test_removed_the_program_is_stopped_and_gone_but_the_zones_stay(fresh, installed):
    asked = fresh.asked("dpkg", "--remove", "dyn53")
    assert [one for one in asked if one.endswith("stop dyn53.service")]
    assert not (fresh.folder / "usr/bin/dyn53").exists()
    assert (fresh.folder / CONFIGURATION).exists()
    assert list((fresh.folder / "var/lib/dyn53").iterdir())


def test_purged_nothing_is_left(fresh, installed):
    wants = fresh.folder / "etc/systemd/system/multi-user.target.wants"
    wants.mkdir(parents=True, exist_ok=True)
    (wants / "dyn53.service").symlink_to(f"/{UNIT}")
    fresh.asked("dpkg", "--purge", "dyn53")
    left = fresh.files() - installed[0]
    assert left <= {f"etc/{name}-" for name in ("passwd", "group", "shadow", "gshadow")}, left


def test_lintian_has_nothing_to_say(deb):
    said = subprocess.run(
        ["lintian", "--allow-root", "--tag-display-limit", "0", "--fail-on", "error,warning", deb],
        capture_output=True,
        text=True,
    )
    assert said.returncode == 0 and not re.search("^[EW]:", said.stdout, re.M), said.stdout


def test_the_manual_pages_and_completions_are_there(deb):
    listed = subprocess.run(["dpkg-deb", "--contents", deb], capture_output=True, text=True).stdout
    for path in (
        "./usr/share/man/man1/dyn53.1.gz",
        "./usr/share/man/man1/dyn53-serve.1.gz",
        "./usr/share/bash-completion/completions/dyn53",
        "./usr/share/zsh/vendor-completions/_dyn53",
        "./usr/share/fish/vendor_completions.d/dyn53.fish",
    ):
        assert f" {path}\n" in listed
    assert stat.filemode(0o100755) in next(
        line for line in listed.splitlines() if line.endswith("./usr/bin/dyn53")
    )
