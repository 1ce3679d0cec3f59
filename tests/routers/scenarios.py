"""What the RouterOS script must do, each against a real server: the zone is what is looked at.

A scenario takes an Installation (a server, and the texts to install) and fails by an assertion.
"""

import contextlib
import dataclasses
import pathlib
from datetime import timedelta

import serving
from device import AMAZON, FULL_POLICY, ISRG, Device, Peer
from language import ParseError, RunError
from snippets import HOST, ROUTERS, SECRET, fill, mikrotik

URL = "https://abcdefghijklmnop.lambda-url.eu-west-1.on.aws"
V6, V7_10, V7_21, V7_22 = (6, 49), (7, 10), (7, 21), (7, 22)
VERSIONS = (V6, V7_10, V7_21, V7_22)
SCRIPT, FRAME = mikrotik.sources()
WAN4, OTHER4, SEEN4 = "203.0.113.7", "203.0.113.8", "198.51.100.9"
WAN6, LAN6 = "2001:db8::7", "2001:db8:1::1"


@dataclasses.dataclass
class Installation:
    folder: pathlib.Path
    script: str = SCRIPT
    frame: str = FRAME
    url: str = URL

    @contextlib.contextmanager
    def serve(self):
        """A server that believes its peer about the caller's address, as behind a proxy."""
        extra = 'trusted_proxies = ["127.0.0.1"]\n'
        self.folder.mkdir(parents=True, exist_ok=True)
        with serving.serve(
            self.folder, secret=SECRET, name="router", hosts=[HOST], extra=extra
        ) as served:
            yield served

    def device(self, served, version=V7_21, *, secret=SECRET, settings=(), install=True, **options):
        """A router with a LAN and, so far, no line."""
        device = Device(version, **options)
        device.peers[self.url] = Peer(served.http)
        device.add("interface", name="ether1", type="ether")
        device.add("interface", name="bridge", type="bridge")
        device.add("ip", "address", address="192.168.88.1/24", interface="bridge", **UP)
        if install:
            self.install(device, secret=secret, settings=settings)
        return device

    def install(self, device, *, secret=SECRET, settings=()):
        script = self.script
        for name, value in settings:
            assert f':local {name} ""' in script
            script = script.replace(f':local {name} ""', f':local {name} "{value}"')
        text = fill(mikrotik.installer(script, self.frame), self.url, secret=secret)
        device.upload_and_import("flash/mikrotik.rsc", text)


UP = {"disabled": False, "invalid": False}


def dhcp(device, address=WAN4, gateway="203.0.113.1"):
    """The line is up on ether1, as a DHCP client leaves it."""
    device.add("ip", "address", address=f"{address}/24", interface="ether1", **UP)
    device.add("ip", "dhcp-client", interface="ether1", gateway=gateway, status="bound")
    route(device, gateway, f"{gateway}%ether1")


def route(device, gateway, immediate, table="main", active=True):
    newer = {"immediate_gw": immediate, "routing_table": table} if device.version >= (7,) else {}
    device.add("ip", "route", dst_address="0.0.0.0/0", active=active, gateway=gateway, **newer)


def assert_quiet(device):
    """The secret is in no line of the log, and nothing was written to the flash."""
    assert not device.said(SECRET), device.log
    assert not device.said("script,error"), device.log
    assert not device.items["file",]


def first_run(installation, version=V7_21):
    with installation.serve() as served:
        device = installation.device(served, version)
        dhcp(device)
        device.minutes()
        assert served.lookup(HOST, "A") == [WAN4], device.log
        assert served.lookup(HOST, "AAAA") == []
        ((target, headers),) = device.sent
        assert SECRET not in target
        assert headers["Authorization"] == f"Bearer {SECRET}"
        assert len(device.said("script,info dyn53: sent")) == 1
        assert_quiet(device)


def unchanged_sends_nothing(installation, version=V7_21):
    with installation.serve() as served:
        device = installation.device(served, version)
        dhcp(device)
        device.minutes(30)
        assert len(device.sent) == 1, device.log
        assert len(device.log) == 2
        # Once a day it is said again, without a word about it.
        device.uptime += timedelta(hours=23)
        device.minutes()
        assert len(device.sent) == 1
        device.uptime += timedelta(hours=1)
        device.minutes()
        device.minutes(3)
        assert len(device.sent) == 2
        assert len(device.said("script,info")) == 1
        device.reboot()
        device.minutes(3)
        assert len(device.sent) == 3


def changed_address(installation, version=V7_21):
    with installation.serve() as served:
        device = installation.device(served, version)
        dhcp(device)
        device.minutes()
        device.item("ip", "address", interface="ether1")["address"] = f"{OTHER4}/24"
        device.minutes()
        assert served.lookup(HOST, "A") == [OTHER4]
        assert len(device.said("script,info")) == 2
        device.minutes(3)
        assert len(device.sent) == 2


def pppoe(installation, version=V7_21):
    """The gateway is the name of an interface; another public address is on the LAN."""
    with installation.serve() as served:
        device = installation.device(served, version)
        device.add("ip", "address", address="198.51.100.1/24", interface="bridge", **UP)
        device.add("interface", name="pppoe-out1", type="pppoe-out")
        device.add(
            "ip",
            "address",
            address=f"{OTHER4}/32",
            interface="pppoe-out1",
            disabled=True,
            invalid=False,
        )
        device.add("ip", "address", address=f"{WAN4}/32", interface="pppoe-out1", **UP)
        route(device, "pppoe-out1", "pppoe-out1")
        device.minutes()
        assert served.lookup(HOST, "A") == [WAN4], device.log


def dhcp_beside_a_public_lan(installation, version=V7_21):
    with installation.serve() as served:
        device = installation.device(served, version)
        device.add("ip", "address", address="198.51.100.1/24", interface="bridge", **UP)
        device.add("ip", "dhcp-client", interface="ether5", status="searching")
        route(device, "bridge", "bridge", active=False)
        dhcp(device)
        device.minutes()
        assert served.lookup(HOST, "A") == [WAN4], device.log


def static_address(installation, version=V7_21):
    """Nobody tells RouterOS 6 the interface of a static gateway: the public address is taken."""
    with installation.serve() as served:
        device = installation.device(served, version)
        device.add("ip", "address", address=f"{WAN4}/29", interface="ether1", **UP)
        route(device, "203.0.113.1", "203.0.113.1%ether1")
        device.minutes()
        assert served.lookup(HOST, "A") == [WAN4], device.log


def vpn_in_another_table(installation):
    with installation.serve() as served:
        device = installation.device(served)
        device.add("interface", name="wireguard1", type="wg")
        device.add("ip", "address", address="198.51.100.77/24", interface="wireguard1", **UP)
        route(device, "wireguard1", "wireguard1", table="vpn")
        dhcp(device)
        route(device, "wireguard1", "wireguard1", table="vpn")
        device.minutes()
        assert served.lookup(HOST, "A") == [WAN4], device.log


def named_interface(installation, version=V7_21):
    with installation.serve() as served:
        settings = [("ddWan", "sfp-sfpplus1"), ("ddLan", "bridge")]
        device = installation.device(served, version, settings=settings)
        dhcp(device, OTHER4)
        device.add("ip", "address", address=f"{WAN4}/24", interface="sfp-sfpplus1", **UP)
        add6(device, WAN6, "ether1")
        add6(device, LAN6, "bridge")
        device.minutes()
        assert served.lookup(HOST, "A") == [WAN4], device.log
        assert served.lookup(HOST, "AAAA") == [LAN6]


def add6(device, address, interface, deprecated=False):
    newer = {"deprecated": deprecated} if device.version >= (7,) else {}
    return device.add(
        "ipv6", "address", address=f"{address}/64", interface=interface, **UP, **newer
    )


def ipv6_on_and_off(installation, version=V7_21, unknown_property="no match"):
    with installation.serve() as served:
        device = installation.device(served, version, unknown_property=unknown_property)
        dhcp(device)
        add6(device, "fe80::1", "ether1")
        add6(device, "fd00::7", "ether1")
        add6(device, LAN6, "bridge")
        if version >= (7,):
            add6(device, "2001:db8::dead", "ether1", deprecated=True)
        here = add6(device, WAN6, "ether1")
        add6(device, "2001:db8::8", "ether1")
        device.minutes()
        assert served.lookup(HOST, "A") == [WAN4], device.log
        assert served.lookup(HOST, "AAAA") == [WAN6], device.log
        assert len(device.sent) == 1
        device.items["ipv6", "address"][here]["address"] = "2001:db8::9/64"
        device.minutes()
        assert served.lookup(HOST, "AAAA") == ["2001:db8::9"]
        device.clear("ipv6", "address")
        device.item("ip", "address", interface="ether1")["address"] = f"{OTHER4}/24"
        device.minutes()
        assert served.lookup(HOST, "A") == [OTHER4]
        # A family that is not sent is not touched.
        assert served.lookup(HOST, "AAAA") == ["2001:db8::9"]
        assert_quiet(device)


def ipv6_alone(installation, version=V7_21):
    """No IPv4 leads out, as with DS-Lite without a tunnel."""
    with installation.serve() as served:
        device = installation.device(served, version)
        add6(device, WAN6, "ether1")
        device.minutes()
        assert served.lookup(HOST, "AAAA") == [WAN6], device.log
        assert served.lookup(HOST, "A") == []


def no_ipv6_package(installation):
    with installation.serve() as served:
        device = installation.device(served, V6, ipv6=False)
        dhcp(device)
        device.minutes()
        assert served.lookup(HOST, "A") == [WAN4], device.log


PRIVATE = ("10.1.2.3", "172.16.0.2", "172.31.9.9", "192.168.1.2", "100.64.0.9", "100.127.1.1")


def behind_nat(installation, version=V7_21, address="100.64.0.9"):
    """The server takes the address that it sees, and is asked every five minutes."""
    with installation.serve() as served:
        device = installation.device(served, version)
        dhcp(device, address, gateway="100.64.0.1")
        device.nat = SEEN4
        device.minutes()
        assert served.lookup(HOST, "A") == [SEEN4], device.log
        device.minutes(4)
        assert len(device.sent) == 1
        device.nat = "198.51.100.10"
        device.minutes(1)
        assert served.lookup(HOST, "A") == ["198.51.100.10"]
        device.minutes(20)
        assert len(device.sent) == 6
        assert len(device.said("script,info")) == 1


def near_a_private_range(installation):
    for address in (
        "11.1.2.3",
        "172.32.0.2",
        "172.15.9.9",
        "192.169.1.2",
        "100.128.0.9",
        "100.6.0.1",
    ):
        with installation.serve() as served:
            device = installation.device(served)
            dhcp(device, address)
            device.minutes()
            assert served.lookup(HOST, "A") == [address], device.log


def wrong_secret(installation, version=V7_21):
    with installation.serve() as served:
        device = installation.device(served, version, secret="not-" + SECRET)
        dhcp(device)
        device.minutes()
        assert served.lookup(HOST, "A") == []
        assert len(device.sent) == 1
        # Only from 7.13 does the script learn the reason.
        told = len(device.said("script,warning dyn53: not sent, wrong secret, waits 01:00:00"))
        assert told == (1 if version >= (7, 13) else 0), device.log
        if told:
            device.minutes(59)
            assert len(device.sent) == 1
            device.minutes(1)
            assert len(device.sent) == 2
            device.minutes(60)
            assert len(device.sent) == 3
        assert len(device.said("script,warning")) == len(device.sent)
        # The right one is tried at once.
        installation.install(device)
        device.minutes()
        assert served.lookup(HOST, "A") == [WAN4]
        assert_quiet(device)


def server_down(installation, version=V7_21):
    """1, 2, 4 ... 60 minutes; a new address is tried at once; the server back, all is well."""
    with installation.serve() as served:
        device = installation.device(served, version)
        peer = device.peers.pop(URL)
        dhcp(device)
        attempts = []
        for minute in range(1, 190):
            before = len(device.said("script,warning"))
            device.minutes()
            if len(device.said("script,warning")) > before:
                attempts.append(minute)
        assert attempts == [1, 2, 4, 8, 16, 32, 64, 124, 184], attempts
        device.item("ip", "address", interface="ether1")["address"] = f"{OTHER4}/24"
        device.peers[URL] = peer
        device.minutes()
        assert served.lookup(HOST, "A") == [OTHER4], device.log
        device.minutes(90)
        assert len(device.sent) == 1
        assert_quiet(device)


def back_after_a_pause(installation):
    with installation.serve() as served:
        device = installation.device(served)
        peer = device.peers.pop(URL)
        dhcp(device)
        device.minutes(2)
        device.peers[URL] = peer
        device.minutes(30)
        assert served.lookup(HOST, "A") == [WAN4], device.log
        assert len(device.sent) == 1
        assert len(device.said("script,info")) == 1


def stranger_in_the_middle(installation, version=V7_21):
    """A certificate of another root: the secret does not leave the router."""
    with installation.serve() as served:
        device = installation.device(served, version)
        device.peers[URL].root = "0" * 64
        dhcp(device)
        device.minutes()
        assert not device.sent, device.sent
        told = device.said("no root certificate, import mikrotik.rsc again")
        assert len(told) == (1 if version >= (7, 13) else 0), device.log
        assert len(device.said("script,warning dyn53: not sent")) == 1


def server_of_ones_own(installation, version=V7_21):
    """A certificate of Let's Encrypt, or of Amazon behind CloudFront; both roots go in the end."""
    own = dataclasses.replace(installation, url="https://ddns.example.com")
    with own.serve() as served:
        device = own.device(served, version)
        peer = device.peers[own.url]
        dhcp(device)
        for root, address in ((ISRG, WAN4), (AMAZON, OTHER4)):
            peer.root = root
            device.item("ip", "address", interface="ether1")["address"] = f"{address}/24"
            device.minutes()
            assert served.lookup(HOST, "A") == [address], device.log
        roots = {one["name"]: one["fingerprint"] for one in device.items["certificate",].values()}
        assert roots == {"dyn53-root": AMAZON, "dyn53-root-isrg": ISRG}
        device.interpreter.run((ROUTERS / "mikrotik-uninstall.rsc").read_text(), "import")
        assert not device.items["certificate",]


def clock_not_set(installation, version=V7_21):
    with installation.serve() as served:
        device = installation.device(served, version)
        right, device.date = device.date, "1970-01-02" if version >= (7, 10) else "jan/02/1970"
        dhcp(device)
        device.minutes(5)
        assert not device.sent
        assert len(device.said("waits for the clock")) == 1, device.log
        device.date = right
        device.minutes()
        assert served.lookup(HOST, "A") == [WAN4]


def offline(installation, version=V7_21):
    """No default route: not a word to anybody, one line in the log, and at once back when it is."""
    with installation.serve() as served:
        device = installation.device(served, version)
        device.minutes(5)
        assert not device.sent
        assert len(device.said("finds no address")) == 1, device.log
        assert len(device.log) == 1
        dhcp(device)
        device.minutes()
        assert served.lookup(HOST, "A") == [WAN4]


def one_run_at_a_time(installation, version=V7_21):
    with installation.serve() as served:
        device = installation.device(served, version)
        dhcp(device)
        device.add("system", "script", "job", script="dyn53")
        device.minutes()
        assert not device.sent
        device.clear("system", "script", "job")
        device.minutes()
        assert served.lookup(HOST, "A") == [WAN4]


def installed_once(installation, version=V7_21):
    with installation.serve() as served:
        device = installation.device(served, version)
        installation.install(device)
        dhcp(device)
        device.minutes()
        (script,) = device.items["system", "script"].values()
        (entry,) = device.items["system", "scheduler"].values()
        (root,) = device.items["certificate",].values()
        assert len(script["source"]) < 4096
        assert set(script["policy"].split(",")) == set(entry["policy"].split(",")) == FULL_POLICY
        assert entry["interval"] == timedelta(minutes=1) and entry["start-time"] == "startup"
        assert root["trusted"] is True and root["name"] == "dyn53-root"
        assert_quiet(device)
        assert served.lookup(HOST, "A") == [WAN4]


def not_installed_without_its_root(installation):
    """A certificate that cannot be read, or another one: nothing is installed, and it says so."""
    with installation.serve() as served:
        device = installation.device(served, install=False)
        device.run_certificate_import = lambda *_: device.add(
            "certificate", name="imported_0", fingerprint="0" * 64, trusted=True
        )
        try:
            installation.install(device)
        except RunError as error:
            assert "root certificate is not there" in str(error)
        else:
            raise AssertionError("it was installed")
        assert not device.items["system", "script"]
        assert not device.items["system", "scheduler"]


def distrusted_root_is_trusted_again(installation):
    with installation.serve() as served:
        device = installation.device(served)
        device.item("certificate")["trusted"] = False
        installation.install(device)
        dhcp(device)
        device.minutes()
        assert served.lookup(HOST, "A") == [WAN4], device.log


def refuses_a_bad_secret(installation):
    for secret in ("two words", 'quo"te', "{SECRET}"):
        with installation.serve() as served:
            device = installation.device(served, install=False)
            try:
                installation.install(device, secret=secret)
            except (RunError, ParseError):
                assert not device.items["system", "script"]
            else:
                raise AssertionError("it was installed")


def uninstall(installation):
    with installation.serve() as served:
        device = installation.device(served)
        device.add("system", "script", name="mine", source=":put 1", policy="read")
        device.add("certificate", name="mine", fingerprint="1" * 64, trusted=True)
        device.globals["mine"] = 1
        dhcp(device)
        device.minutes()
        assert len(device.globals) == 4
        text = (ROUTERS / "mikrotik-uninstall.rsc").read_text()
        device.interpreter.run(text, "import")
        assert [one["name"] for one in device.items["system", "script"].values()] == ["mine"]
        assert not device.items["system", "scheduler"]
        assert [one["name"] for one in device.items["certificate",].values()] == ["mine"]
        assert list(device.globals) == ["mine"]
        sent = len(device.sent)
        device.minutes(2)
        assert len(device.sent) == sent
