"""Kill, load and starve the real server; `script/torture` runs it at full size."""

import contextlib
import itertools
import os
import pathlib
import random
import re
import resource
import signal
import socket
import sys
import time

import disk
import dns.message
import dns.query
import hanging
import meddling
import pairs
import serving
from load import SECRET, Poller, SlowClients, Updater, address_of, read_reply

ZONE = "example.net"


def names(number):
    return [f"host{one}.{ZONE}" for one in range(number)]


@contextlib.contextmanager
def server(folder, hosts, before=()):
    with serving.serve(folder, secret=SECRET, hosts=hosts, before=before) as served:
        yield served


def serial(served):
    address, port = served.dns.rsplit(":", 1)
    question = dns.message.make_query(ZONE, "SOA")
    return dns.query.udp(question, address, port=int(port), timeout=10).answer[0][0].serial


def kill(served):
    served.process.send_signal(signal.SIGKILL)
    served.process.wait(timeout=30)


def panics(served):
    return sum("panicked" in line for line in served.log)


def kills(folder, times, hosts=8, seed=53):
    """`kill -9` at random moments under load; what was acknowledged must be there afterwards."""
    chance = random.Random(seed)
    own = names(hosts)
    told = dict.fromkeys(
        ("kills", "acknowledged", "lost", "half-written", "serial back", "panics"), 0
    )
    latest, last_serial = dict.fromkeys(own, 0), 0
    expected = {}
    for _ in progress("kill -9", times):
        with server(folder, own) as served:
            now = serial(served)
            told["serial back"] += now < last_serial
            for host, may in expected.items():
                held = served.lookup(host, "A")
                told["half-written"] += len(held) > 1
                told["lost"] += not set(held) <= may or (not held and "" not in may)
            updaters = [Updater(served.http, host, latest[host]) for host in own]
            for updater in updaters:
                updater.start()
            time.sleep(chance.uniform(0.002, 0.08))
            last_serial = serial(served)
            kill(served)
            for updater in updaters:
                updater.stopping.set()
                updater.join(timeout=30)
                told["acknowledged"] += updater.count
                before = expected.get(updater.host, {""})
                may = updater.may_hold()
                expected[updater.host] = may if updater.count else may | before
                latest[updater.host] = updater.sent
            told["kills"] += 1
            told["panics"] += panics(served)
    return told


def terminations(folder, times, hosts=8):
    """SIGTERM under load: what was acknowledged stays, and the server ends by itself."""
    own = names(hosts)
    told = dict.fromkeys(("stops", "acknowledged", "lost", "unclean"), 0)
    latest, expected = dict.fromkeys(own, 0), {}
    for _ in progress("SIGTERM", times + 1):
        with server(folder, own) as served:
            for host, may in expected.items():
                told["lost"] += not set(served.lookup(host, "A")) & may
            if told["stops"] == times:
                break
            updaters = [Updater(served.http, host, latest[host]) for host in own]
            for updater in updaters:
                updater.start()
            deadline = time.monotonic() + 20
            while min(u.count for u in updaters) < 3 and time.monotonic() < deadline:
                time.sleep(0.005)
            served.process.send_signal(signal.SIGTERM)
            told["unclean"] += served.process.wait(timeout=30) != 0
            for updater in updaters:
                updater.stopping.set()
                updater.join(timeout=30)
                told["acknowledged"] += updater.count
                expected[updater.host] = updater.may_hold()
                latest[updater.host] = updater.sent
            told["stops"] += 1
    return told


def full_disk(folder, rounds, hosts=4):
    """A disk that is full again and again; what was acknowledged is on it in the end."""
    own = names(hosts)
    data = folder / "first" / "data"
    with server(folder / "first", own, disk.on_a_disk(data)) as served:
        changes = disk.Changes(served, own)
        times = disk.fill_again_and_again(served, data, changes, progress("full disk", rounds))
        served.process.send_signal(signal.SIGSTOP)
        disk.keep(served, data, folder / "second" / "data")
        kill(served)
        told = {
            "times full": times,
            "acknowledged": changes.acknowledged,
            "refused": changes.refused,
            "lost": changes.lost,
            # The history leaves the last MiB of a disk to the zone, and this one has less.
            "bytes of history": (folder / "second" / "data" / "history.jsonl").stat().st_size,
            "panics": panics(served),
        }
    with server(folder / "second", own) as served:
        held = {host: served.lookup(host, "A") for host in own}
        told["lost"] += sum(held[host] != changes.latest[host] for host in own)
    return told


def meddled(folder, rounds, hosts=4, seed=12):
    """Other programs delete, move, cut, edit and restore the files under load, then `kill -9`."""
    chance = random.Random(seed)
    own = names(hosts)
    told = dict.fromkeys(("times", "acknowledged", "refused", "lost", "serial back", "panics"), 0)
    files = meddling.Files(folder / "data", ZONE)
    expected, numbers, last_serial = {}, itertools.count(1), 0
    for _ in progress("files meddled with", rounds):
        with server(folder, own) as served:
            told["serial back"] += serial(served) < last_serial
            for host, address in expected.items():
                told["lost"] += served.lookup(host, "A") != [address]
            for _ in range(chance.randrange(1, 4)):
                if chance.randrange(3) == 0:
                    files.back_up()
                change(served, own, numbers, expected, told)
                files.meddle(chance)
                told["times"] += 1
                if chance.randrange(2):
                    change(served, own, numbers, expected, told)
                else:
                    # Without an update the server finds out by itself.
                    wait_for_notice(served)
            change(served, own, numbers, expected, told)
            last_serial = serial(served)
            kill(served)
            told["panics"] += panics(served)
    return told


def change(served, hosts, numbers, expected, told):
    """Changes each host; remembers what was acknowledged."""
    for host in hosts:
        number = next(numbers)
        status, _ = disk.update(served, host, number)
        told["acknowledged" if status == 200 else "refused"] += 1
        if status == 200:
            expected[host] = address_of(number)


def wait_for_notice(served, seconds=5):
    """Until the log says that a file is written again."""
    before = len(served.log)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if any("written again" in line for line in served.log[before:]):
            return
        time.sleep(0.02)


def hung_disk(folder, hosts=8):
    """A disk that hangs: nobody waits beyond the deadline or is told of what is not on it."""
    own = names(hosts)
    with server(folder, own, hanging.preloaded(folder)) as served:
        told = hanging.hang(served, folder, own)
        return {
            "clients": len(told["meanwhile"]),
            "acknowledged meanwhile": sum(status == 200 for status, _ in told["meanwhile"]),
            "911": sum(reply == (503, b"911") for reply in told["meanwhile"]),
            "slowest s": round(told["slowest"], 1),
            "unchanged meanwhile": sum(word == b"nochg" for _, word in told["unchanged"]),
            "answers meanwhile": told["shown meanwhile"],
            "there afterwards": told["shown afterwards"],
            "nochg afterwards": sum(word == b"nochg" for _, word in told["again"]),
            "logged as made late": sum("made late" in line for line in served.log),
            "panics": panics(served),
        }


def mixed_pairs(folder, clients, rounds):
    """Clients that give one host an address of each family at the same time: nobody's are mixed."""
    with server(folder, names(1)) as served:
        told = pairs.race(served, names(1)[0], clients, progress(f"{clients} clients", rounds))
        return told | {"panics": panics(served)}


def polls(folder, hosts, rounds, connections=8):
    """Unchanged polls of many hosts; the server's memory must stay flat."""
    own = names(hosts)
    with server(folder, own) as served:
        shares = [own[start::connections] for start in range(connections)]
        run_pollers(served, shares, 1)
        before = memory(served)
        started = time.monotonic()
        pollers = run_pollers(served, shares, rounds)
        seconds = time.monotonic() - started
        after = memory(served)
        good = sum(poller.good for poller in pollers)
        return {
            "polls": good,
            "lost": sum(poller.other for poller in pollers),
            "per second": round(good / seconds),
            "MB before": round(before, 1),
            "MB after": round(after, 1),
            "panics": panics(served),
        }


def run_pollers(served, shares, rounds):
    pollers = [Poller(served.http, share, "198.51.100.9", rounds) for share in shares if share]
    for poller in pollers:
        poller.start()
    for poller in pollers:
        poller.join(timeout=600)
    return pollers


def memory(served):
    """Resident megabytes."""
    status = pathlib.Path(f"/proc/{served.process.pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024


def slow_clients(folder, number, requests=200):
    """A good client beside many slow ones: its slowest reply, and the open descriptors."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, number + 500)), hard))
    with server(folder, names(1)) as served:
        slow = SlowClients(served.http, number)
        times, still, descriptors = [], number, 0
        for one in progress("slow clients", requests):
            if one % 20 == 0:
                still = slow.drip()
            started = time.monotonic()
            status = good_request(served)
            times.append(time.monotonic() - started)
            assert status == 200, status
            descriptors = max(descriptors, len(os.listdir(f"/proc/{served.process.pid}/fd")))
        slow.close()
        return {
            "slow clients": number,
            "still open": still,
            "good requests": len(times),
            "slowest ms": round(max(times) * 1000, 1),
            "descriptors": descriptors,
            "panics": panics(served),
        }


def good_request(served):
    host, port = served.http.rsplit(":", 1)
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        head = ["GET /?newip=198.51.100.9 HTTP/1.0", f"Authorization: Bearer {SECRET}", "", ""]
        connection.sendall("\r\n".join(head).encode())
        return read_reply(connection.makefile("rb"))[0]


def progress(what, times):
    """Counts, and says how far it is on a terminal."""
    for one in range(times):
        if sys.stderr.isatty() and one % 10 == 0:
            print(f"\r{what}: {one}/{times} ", end="", file=sys.stderr, flush=True)
        yield one
    if sys.stderr.isatty():
        print("\r" + " " * 40 + "\r", end="", file=sys.stderr)


BAD = (
    "lost",
    "half-written",
    "serial back",
    "panics",
    "unclean",
    "acknowledged meanwhile",
    "mixed",
    "refused pairs",
)


def main(folder):
    folder = pathlib.Path(folder)
    number = itertools.count()
    print("| run | figures |\n|---|---|")
    for name, run in [
        ("kill -9 under load", lambda f: kills(f, 1000)),
        ("SIGTERM under load", lambda f: terminations(f, 50)),
        ("full disk", lambda f: full_disk(f, 200)),
        ("hung disk", lambda f: hung_disk(f, 260)),
        ("files meddled with, kill -9", lambda f: meddled(f, 200)),
        ("two clients, one host", lambda f: mixed_pairs(f, 2, 400)),
        ("three clients, one host", lambda f: mixed_pairs(f, 3, 400)),
        ("an hour of polls, 10,000 hosts", lambda f: polls(f, 10_000, 12)),
        ("1,000 slow clients", lambda f: slow_clients(f, 1000)),
    ]:
        told = run(folder / str(next(number)))
        figures = ", ".join(f"{key} {value}" for key, value in told.items())
        print(f"| {name} | {figures} |", flush=True)
        for bad in BAD:
            assert not told.get(bad), f"{name}: {bad} {told[bad]}"


if __name__ == "__main__":
    main(sys.argv[1])
