"""Several writers of one zone: two servers, four functions and a foreign one.

`script/torture` runs 30,000 changes.
"""

import contextlib
import http.client
import os
import pathlib
import random
import sys
import threading
import time
import urllib.parse

import bootstrap_running
import route53_standin
import serving
from foreign import COMMENT, Foreign
from journal import Update, judge
from route53_standin import ZONE_ID

SECRET = bootstrap_running.SECRET
ZONE = "example.net"
SERVERS, FUNCTIONS = 2, 4
CLIENTS_OF_A_SERVER = 6
LISTEN = 'http = "127.0.0.1:0"\ndns = "127.0.0.1:0"\ndata = "data"\n'
TABLE = """\
[[zone]]
name = "{zone}"
store = "route53"
id = "{zone_id}"
{name_servers}

[[credential]]
name = "router"
secret = "{secret}"
hosts = [{hosts}]
"""


class Numbers:
    """Values that are all different, and how many are left."""

    def __init__(self, count):
        self.left, self.lock = count, threading.Lock()

    def next(self):
        """An address of the range for benchmarks (RFC 2544); `None`: enough."""
        with self.lock:
            if not self.left:
                return None
            self.left -= 1
            return f"198.{18 + (self.left >> 16)}.{self.left >> 8 & 255}.{self.left & 255}"


class Client(threading.Thread):
    """Sends one update after the other to one writer, about names at random."""

    def __init__(self, writer, call, names, numbers, seed):
        super().__init__(daemon=True)
        self.writer, self.call, self.names, self.numbers = writer, call, names, numbers
        self.chance = random.Random(seed)
        self.updates = []

    def run(self):
        while (value := self.numbers.next()) is not None:
            name = self.chance.choice(self.names)
            begin = time.monotonic()
            said = self.call(name, value)
            self.updates.append(Update(self.writer, name, value, begin, time.monotonic(), said))


def over_http(address):
    """Calls a server, each client over a connection of its own."""
    own = threading.local()

    def call(name, value):
        if not hasattr(own, "connection"):
            own.connection = http.client.HTTPConnection(address, timeout=120)
        # DuckDNS: one update of one host, told by one word.
        query = urllib.parse.urlencode({"domains": name, "ip": value, "token": SECRET})
        own.connection.request("GET", f"/update?{query}")
        return own.connection.getresponse().read().decode()

    return call


def over_events(function):
    def call(name, value):
        return function.call(path="/update", domains=name, ip=value, token=SECRET)[1]

    return call


class Api:
    """A Route 53 of any kind: where it is, with which keys, which name server knows its zone."""

    def __init__(self, url, zone_id, client, name_server=None, keys=route53_standin.KEY):
        self.url, self.zone_id, self.client = url, zone_id, client
        self.name_server, self.keys = name_server, keys

    def environment(self):
        return {
            "AWS_ENDPOINT_URL_ROUTE_53": self.url,
            "AWS_ACCESS_KEY_ID": self.keys[0],
            "AWS_SECRET_ACCESS_KEY": self.keys[1],
            "AWS_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
            "PATH": os.environ["PATH"],
        }


@contextlib.contextmanager
def writers(folder, api, bootstrap, names):
    """All writers, each as (its name, how it is called, how many call it at once)."""
    hosts = ", ".join(f'"{name}"' for name in names)
    servers = f'nameservers = ["{api.name_server}"]' if api.name_server else ""
    table = TABLE.format(
        zone=ZONE, zone_id=api.zone_id, name_servers=servers, secret=SECRET, hosts=hosts
    )
    function = api.environment() | {
        "HOSTED_ZONE_ID": api.zone_id,
        "RECORD_NAMES": ",".join(names),
        # Without a name server nobody answers there.
        "NAME_SERVERS": api.name_server or "127.0.0.1:1",
    }
    with contextlib.ExitStack() as stack:
        all_writers = []
        for one in range(SERVERS):
            place = pathlib.Path(folder) / f"server{one}"
            running = serving.run(place, LISTEN + table, listens=["http"], **api.environment())
            served = stack.enter_context(running)
            call = over_http(served.http)
            all_writers.append((f"serve {one}", call, CLIENTS_OF_A_SERVER))
        for one in range(FUNCTIONS):
            running = stack.enter_context(bootstrap_running.run(bootstrap, function))
            all_writers.append((f"bootstrap {one}", over_events(running), 1))
        yield all_writers


def storm(folder, api, bootstrap, changes, names, contested, pause):
    """All updates of a storm of so many changes, and the foreign writer that disturbed it."""
    numbers = Numbers(changes)
    foreign = Foreign(api.client(), api.zone_id, contested, pause)
    with writers(folder, api, bootstrap, names) as all_writers:
        clients = [
            Client(writer, call, names, numbers, f"{writer} {one}")
            for writer, call, count in all_writers
            for one in range(count)
        ]
        foreign.start()
        for client in clients:
            client.start()
        for client in clients:
            client.join()
        foreign.stop()
    foreign.look()
    return [update for client in clients for update in client.updates], foreign


def by_the_journal(folder, bootstrap, changes, hosts=24, pause=0.02):
    """A storm through the project's own stand-in, whose journal tells what was made of it."""
    names = [f"host{one}.{ZONE}" for one in range(hosts)]
    contested = names[: hosts // 3]
    options = ["--processing-ms", "2", "--propagation-ms", "300", "--named", "2"]
    with route53_standin.run(*options) as standin:
        api = Api(standin.api, ZONE_ID, standin.client, standin.dns)
        updates, foreign = storm(folder, api, bootstrap, changes, names, contested, pause)
        told = judge(updates, standin.shown("journal"), standin.shown("records"), COMMENT)
        told.counts["API calls"] = sum(standin.shown("calls")[one] for one in ("list", "change"))
    told.counts |= {
        "foreign records": foreign.made,
        "not OK elsewhere": elsewhere(updates, contested),
    }
    told.faults["foreign records not found again"] = foreign.overwritten
    return told


def elsewhere(updates, contested):
    """Updates of names that no foreign writer touches, and that still failed."""
    return sum(not one.acknowledged and one.name not in contested for one in updates)


def by_the_end(folder, emulator, zone_id, bootstrap, changes, hosts=12, pause=0.1):
    """The same through ministack, which keeps no journal.

    The end of each name must be the value of an update that no later one followed.
    """
    names = [f"host{one}.{ZONE}" for one in range(hosts)]
    contested = names[: hosts // 3]

    def client():
        return emulator.client("route53")

    api = Api(emulator.endpoint, zone_id, client, keys=("test", "test"))
    updates, foreign = storm(folder, api, bootstrap, changes, names, contested, pause)
    lost = 0
    for name in names:
        there = [one for one in foreign.at(name) if "AliasTarget" not in one]
        values = [one["ResourceRecords"][0]["Value"] for one in there if one["Type"] == "A"]
        own = [one for one in updates if one.name == name]
        last = [one for one in own if [one.value] == values]
        acknowledged = [one for one in own if one.acknowledged]
        if name in contested and not values:
            continue
        lost += bool(acknowledged) and not last
        lost += any(other.begin > one.end for one in last for other in acknowledged)
    return {
        "updates": len(updates),
        "acknowledged": sum(one.acknowledged for one in updates),
        "not OK elsewhere": elsewhere(updates, contested),
        "foreign records": foreign.made,
    }, {"lost updates": lost, "foreign records not found again": foreign.overwritten}


def main(folder, bootstrap, changes):
    program = pathlib.Path(bootstrap).resolve()
    told = by_the_journal(pathlib.Path(folder), program, int(changes), hosts=60, pause=0.05)
    figures = ", ".join(f"{name} {count:,}" for name, count in told.counts.items())
    print(f"| several writers | {figures} |")
    assert set(told.faults.values()) == {0}, told.faults
    print(f"| never | {', '.join(told.faults)} |")


if __name__ == "__main__":
    main(*sys.argv[1:])
