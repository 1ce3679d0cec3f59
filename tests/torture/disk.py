"""A small disk for the data of a server: one that can be filled, or that cannot be written."""

import contextlib
import errno
import http.client
import pathlib
import shutil

from load import SECRET, address_of

# In a mount namespace of its own, so that nothing else sees the disk, and it goes with the process.
MOUNT = 'mount -t tmpfs -o "$1" none "$2" && shift 2 && exec "$@"'


def on_a_disk(folder, options="size=256k"):
    """What is put in front of a command whose `folder` is to be a disk of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    return ["unshare", "--map-root-user", "--mount", "sh", "-c", MOUNT, "sh", options, folder]


def inside(served, folder):
    """The folder as the server sees it."""
    return pathlib.Path(f"/proc/{served.process.pid}/root{folder}")


def fill(folder):
    """Leaves no byte free."""
    with (folder / "ballast").open("wb", buffering=0) as ballast:
        for size in (65_536, 1):
            with contextlib.suppress(OSError):
                while ballast.write(bytes(size)):
                    pass


def is_full(folder):
    try:
        (folder / "probe").write_bytes(b"x")
    except OSError as error:
        return error.errno == errno.ENOSPC
    finally:
        (folder / "probe").unlink(missing_ok=True)
    return False


def update(served, host, number):
    """Status and first word of the reply to a change of this host."""
    connection = http.client.HTTPConnection(served.http, timeout=30)
    with contextlib.closing(connection):
        query = f"hostname={host}&myip={address_of(number)}&password={SECRET}"
        connection.request("GET", f"/nic/update?{query}")
        reply = connection.getresponse()
        return reply.status, reply.read().split()[0]


class Changes:
    """Changes of hosts, one after the other: what was acknowledged, and is it shown?"""

    def __init__(self, served, hosts):
        self.served, self.hosts = served, hosts
        self.latest = {host: [] for host in hosts}
        self.sent = self.acknowledged = self.refused = self.lost = 0

    def one(self):
        """Changes the next host; whether that was acknowledged."""
        host = self.hosts[self.sent % len(self.hosts)]
        self.sent += 1
        reply = update(self.served, host, self.sent)
        good = reply == (200, b"good")
        assert good or reply == (503, b"911"), reply
        if good:
            self.latest[host] = [address_of(self.sent)]
        self.acknowledged += good
        self.refused += not good
        self.lost += self.served.lookup(host, "A") != self.latest[host]
        return good


def fill_again_and_again(served, folder, changes, rounds):
    """Changes hosts until the last block of the full disk is full too; again when there is room."""
    disk, times_full = inside(served, folder), 0
    for _ in rounds:
        fill(disk)
        times_full += is_full(disk)
        most = 200
        while changes.one() and most:
            most -= 1
        assert most, "the disk does not get full"
        assert not changes.one(), "it takes what it did not take before"
        (disk / "ballast").unlink()
        for _ in changes.hosts:
            assert changes.one(), "it takes nothing any more"
    return times_full


def keep(served, folder, elsewhere):
    """Copies what is on the disk, as it is at this moment."""
    shutil.copytree(inside(served, folder), elsewhere)
