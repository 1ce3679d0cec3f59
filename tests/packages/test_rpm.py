"""The RPM package: judged by rpmlint, and installed, upgraded and erased by rpm in a fresh root."""

import re
import subprocess

import pytest
from artefacts import newer
from debian import debian
from packaged_server import SECRET, filled_in, served, update

CONFIGURATION = "etc/dyn53/dyn53.toml"


@pytest.fixture(scope="module")
def fresh():
    with debian() as fresh:
        yield fresh


def rpm(fresh, *words):
    """Runs the rpm of this machine on the fresh root; returns what systemctl was asked for."""
    log = fresh.folder / "systemctl.log"
    log.unlink(missing_ok=True)
    # The root is a Debian: what the package depends on is there, but no rpm says so.
    command = ["rpm", "--root", fresh.folder, "--nodeps", "--noplugins", *words]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert ended.returncode == 0, ended.stderr
    return log.read_text().splitlines() if log.exists() else []


@pytest.fixture(scope="module")
def installed(fresh, rpm_file):
    return rpm(fresh, "--install", rpm_file)


def command(fresh):
    unit = (fresh.folder / "usr/lib/systemd/system/dyn53.service").read_text()
    words = re.search(r"^ExecStart=(.*)$", unit, re.M)[1].split()
    return fresh.command(*words, user="dyn53")


def test_installed_it_waits_for_its_configuration(fresh, installed):
    assert installed == ["daemon-reload"], "nothing is enabled or started"
    said = fresh.run("stat", "--format=%a %U %G", f"/{CONFIGURATION}")
    assert said == (0, "640 root dyn53\n")


def test_filled_in_it_serves(fresh, installed):
    file = fresh.folder / CONFIGURATION
    file.write_text(filled_in(file.read_text()))
    fresh.asked("install", "-d", "-o", "dyn53", "-g", "dyn53", "-m", "700", "/var/lib/dyn53")
    with served(command(fresh)) as running:
        update(running, "203.0.113.8")


def test_an_upgrade_restarts_what_runs_and_keeps_what_is_there(fresh, installed, tmp_path):
    asked = rpm(fresh, "--upgrade", newer("rpm", tmp_path))
    assert "try-restart dyn53.service" in asked
    assert not [one for one in asked if re.search(r"\b(start|stop|enable|disable)\b", one)]
    assert SECRET in (fresh.folder / CONFIGURATION).read_text()


def test_erased_it_is_stopped_and_the_zones_stay(fresh, installed):
    asked = rpm(fresh, "--erase", "dyn53")
    assert "disable --now dyn53.service" in asked
    assert not (fresh.folder / "usr/bin/dyn53").exists()
    assert list((fresh.folder / "var/lib/dyn53").iterdir())


def test_rpmlint_has_nothing_to_say(rpm_file):
    filters = rpm_file.parent.parent / "packaging/rpm/rpmlint.toml"
    said = subprocess.run(
        ["rpmlint", "--config", filters, rpm_file], capture_output=True, text=True
    )
    assert said.returncode == 0 and " 0 errors, 0 warnings" in said.stdout, said.stdout
