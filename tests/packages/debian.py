"""A Debian of its own in a folder, and the commands that run in it."""

import contextlib
import os
import pathlib
import subprocess
import tarfile
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
TOOLS = ROOT / ".tools"
# Device files cannot be made without being root of the whole machine, and need not be.
ENTER = """
for file in null zero random urandom; do
  touch "$0/dev/$file" && mount --bind "/dev/$file" "$0/dev/$file" || exit 125
done
exec chroot "$0" "$@"
"""
# Says what it was asked for: no systemd runs in here.
RECORDER = '#!/bin/sh\necho "$*" >>/systemctl.log\n'
ENVIRONMENT = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}


class Debian:
    """An unpacked Debian 12."""

    def __init__(self, folder):
        self.folder = folder

    def command(self, *words, user=None):
        """The words that run a command in there, as root or as another user."""
        become = ["setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups"] if user else []
        return ["unshare", "--mount", "sh", "-c", ENTER, self.folder, *become, *map(str, words)]

    def run(self, *words, user=None):
        """Status and output of a command in there."""
        ended = subprocess.run(
            self.command(*words, user=user),
            env=ENVIRONMENT | {"DEBIAN_FRONTEND": "noninteractive"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
        )
        return ended.returncode, ended.stdout

    def install(self, package):
        """Installs a .deb from outside; returns what systemctl was asked for meanwhile."""
        inside = self.folder / package.name
        inside.write_bytes(package.read_bytes())
        asked = self.asked("dpkg", "--install", f"/{package.name}")
        inside.unlink()
        return asked

    def asked(self, *words):
        """Runs a command that has to succeed; returns what systemctl was asked for meanwhile."""
        log = self.folder / "systemctl.log"
        log.unlink(missing_ok=True)
        status, said = self.run(*words)
        assert status == 0, said
        return log.read_text().splitlines() if log.exists() else []

    def files(self):
        """Every path, but for what dpkg writes about itself."""
        own = ("var/lib/dpkg", "var/log", "var/cache", "dev", "systemctl.log")
        found = {
            os.path.relpath(os.path.join(folder, name), self.folder)
            for folder, folders, names in os.walk(self.folder)
            for name in folders + names
        }
        return {path for path in found if not path.startswith(own)}


@contextlib.contextmanager
def debian():
    """A fresh one, which believes that systemd runs it."""
    with unpacked("debian") as folder:
        (folder / "run/systemd/system").mkdir(parents=True, exist_ok=True)
        recorder = folder / "usr/bin/systemctl"
        recorder.unlink()
        recorder.write_text(RECORDER)
        recorder.chmod(0o755)
        yield Debian(folder)


@contextlib.contextmanager
def unpacked(name):
    """The files of an archive that script/debian-root made, in a folder that is gone afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        command = ["tar", "-C", folder, "-xf", TOOLS / f"{name}.tar", "--exclude=./dev/*"]
        subprocess.run(command, check=True)
        yield pathlib.Path(folder)


def unpack(archive, folder):
    """Unpacks an archive of ours as it is, owners too."""
    with tarfile.open(archive) as opened:
        extract(opened, folder)


def extract(opened, folder):
    # An attribute, not an argument: the Python of Debian 12 knows neither, and takes this one.
    opened.extraction_filter = lambda member, path: member
    opened.extractall(folder)
