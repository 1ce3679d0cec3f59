"""A router for the tests: menus, files, certificates, scheduler, log, and /tool fetch over HTTP."""

import dataclasses
import hashlib
import http.client
import re
import ssl
from datetime import timedelta
from urllib.parse import urlsplit

from language import Id, Interpreter, ParseError, RunError, matches, same, text_of, type_of
from routeros_lsp import analyze as analysis

MINUTE = timedelta(minutes=1)
AMAZON = "8ecde6884f3d87b1125ba31ac3fcb13d7016de7f57cc904fe1cb97c6ae98196e"
ISRG = "96bcec06264976f37460779acf28c5a7cfe8a3c0aae11a8ffcee05c0bddf08c6"
FULL_POLICY = frozenset({"ftp", "read", "write", "policy", "test"})

# The properties of each menu; asking for another is a mistake.
COMMON = {
    ("ip", "route"): {"dst-address", "gateway", "active", "distance", "comment"},
    ("ip", "address"): {"address", "network", "interface", "disabled", "invalid", "dynamic"},
    ("ipv6", "address"): {"address", "interface", "disabled", "invalid", "global", "dynamic"},
    ("ip", "dhcp-client"): {"interface", "gateway", "address", "status", "disabled"},
    ("interface",): {"name", "type", "disabled", "running"},
    ("system", "script"): {"name", "source", "policy", "comment"},
    ("system", "script", "job"): {"script", "owner"},
    ("system", "script", "environment"): {"name", "value"},
    ("system", "scheduler"): {"name", "interval", "start-time", "policy", "on-event", "comment"},
    ("certificate",): {"name", "fingerprint", "trusted"},
    ("file",): {"name", "contents"},
}
SEVEN = {("ip", "route"): {"immediate-gw", "routing-table"}, ("ipv6", "address"): {"deprecated"}}
SINGLE = {("system", "clock"): "clock", ("system", "resource"): "resource"}


@dataclasses.dataclass
class Peer:
    """What really answers for a URL, and the root of the certificate that it shows."""

    address: str
    root: str = AMAZON


class Device:
    def __init__(self, version=(7, 21), *, ipv6=True, unknown_property="no match"):
        self.version = version
        #: What `find where` does with a property that this version lacks: "no match" or "error".
        self.unknown_property = unknown_property
        self.schema = analysis.bundled_schema()
        self.packages = set(self.schema.root["c"]) - (set() if ipv6 else {"ipv6"})
        self.items = {menu: {} for menu in COMMON}
        self.numbers = iter(range(1, 10**6))
        self.globals = {}
        self.log = []
        self.printed = []
        self.uptime = timedelta(seconds=40)
        self.date = "2026-11-23" if version >= (7, 10) else "nov/23/2026"
        self.peers = {}
        self.nat = None
        self.sent = []
        self.policy = FULL_POLICY
        self.interpreter = Interpreter(self)

    # --- what happens to the device

    def add(self, *menu, **properties):
        item = Id(f"*{next(self.numbers):X}")
        self.items[menu][item] = {name.replace("_", "-"): one for name, one in properties.items()}
        return item

    def item(self, *menu, **properties):
        found = [
            one
            for one in self.items[menu].values()
            if all(one.get(name) == value for name, value in properties.items())
        ]
        assert len(found) == 1, found
        return found[0]

    def clear(self, *menu):
        self.items[menu].clear()

    def upload_and_import(self, name, text):
        """Drags a file into Files and types /import; a line that fails ends it."""
        self.add("file", name=name, contents=text)
        self.policy = FULL_POLICY
        self.interpreter.run(text, "import")

    def minutes(self, count=1):
        """Lets time pass: each entry of the scheduler that is due runs."""
        for _ in range(count):
            self.uptime += MINUTE
            for entry in list(self.items["system", "scheduler"].values()):
                if not isinstance(entry.get("interval"), timedelta) or entry["interval"] > MINUTE:
                    continue
                self.policy = frozenset(text_of(entry.get("policy", "")).split(","))
                self.try_run(entry["on-event"])

    def try_run(self, text):
        try:
            self.interpreter.run(text)
        except (ParseError, RunError) as error:
            self.say("script,error", str(error))

    def reboot(self):
        self.globals.clear()
        self.uptime = timedelta(seconds=20)

    def say(self, topic, text):
        self.log.append(f"{topic} {text}")

    def said(self, part):
        return [line for line in self.log if part in line]

    def globals_for_script(self):
        """Without policy and test a script does not see the variables of others."""
        return self.globals if {"policy", "test", "read", "write"} <= self.policy else {}

    # --- menus

    def properties(self, menu):
        if menu not in COMMON:
            raise RunError(f"this model has no menu {menu}")
        return COMMON[menu] | (SEVEN.get(menu, set()) if self.version >= (7,) else set())

    def has_command(self, menu, name):
        node = self.schema.root
        for word in menu:
            node = node["c"].get(word, {})
        return bool(node.get("c", {}).get(name, {}).get("k"))

    def table(self, menu):
        if menu == ("system", "script", "environment"):
            return {Id(f"*{name}"): {"name": name} for name in self.globals}
        return self.items[menu]

    def find(self, menu, conditions):
        known = self.properties(menu)
        for name, _, _ in conditions:
            if name not in known:
                if self.unknown_property == "error":
                    raise RunError(f"unknown property {name}")
                return []
        return [
            item
            for item, has in self.table(menu).items()
            if all(self.holds(has, *condition) for condition in conditions)
        ]

    def holds(self, has, name, op, wanted):
        value = has.get(name, False)
        if op == "~":
            return matches(value, wanted)
        # As written by hand: dst-address=0.0.0.0/0 is text in the menu, a prefix in the script.
        if type_of(wanted) in ("ip-prefix", "ip6-prefix") and name == "dst-address":
            wanted = text_of(wanted)
        return same(value, wanted)

    def execute(self, menu, command, plain, named):
        action = getattr(self, "_".join(("run", *menu, command)).replace("-", "_"), None)
        if action is None:
            action = getattr(self, "any_" + command, None)
        if action is None:
            raise RunError(f"this model has no /{' '.join(menu)} {command}")
        return action(menu, plain, named)

    def any_get(self, menu, plain, _named):
        if menu in SINGLE:
            single = {("clock", "date"): self.date, ("resource", "uptime"): self.uptime}
            key = (SINGLE[menu], plain[0])
            if key not in single:
                raise RunError("input does not match any value of value-name")
            return single[key]
        item, name = plain
        if isinstance(item, list):
            (item,) = item
        if name not in self.properties(menu):
            raise RunError("input does not match any value of value-name")
        return self.table(menu)[item].get(name, "")

    def any_add(self, menu, _plain, named):
        unknown = set(named) - self.properties(menu)
        if unknown:
            raise RunError(f"this model has no {unknown}")
        item = Id(f"*{next(self.numbers):X}")
        self.items[menu][item] = named
        return item

    def any_set(self, menu, plain, named):
        for item in plain[0]:
            self.items[menu][item].update(named)

    def any_remove(self, menu, plain, _named):
        for item in plain[0]:
            if menu == ("system", "script", "environment"):
                del self.globals[str(item)[1:]]
            else:
                del self.items[menu][item]

    def run_file_set(self, menu, plain, named):
        limit = 60000 if self.version >= (7, 14) else 4095
        if len(named.get("contents", "")) > limit:
            raise RunError("contents too long")
        self.any_set(menu, plain, named)

    def run_file_print(self, menu, _plain, named):
        self.add(*menu, name=named["file"] + ".txt", contents="# nov/23/2026 by RouterOS\n")

    def run_certificate_import(self, _menu, _plain, named):
        pem = self.item("file", name=named["file-name"])["contents"]
        if self.date.endswith("1970"):
            raise RunError("the clock is not set")
        try:
            der = ssl.PEM_cert_to_DER_cert(pem)
        except ValueError:
            return
        fingerprint = hashlib.sha256(der).hexdigest()
        self.add("certificate", name="imported_0", fingerprint=fingerprint, trusted=True)

    def run_system_script_run(self, _menu, plain, _named):
        script = self.item("system", "script", name=plain[0])
        before = self.policy
        self.policy = before & set(text_of(script.get("policy", "")).split(","))
        job = self.add("system", "script", "job", script=plain[0])
        try:
            self.interpreter.run(script["source"])
        except ParseError as error:
            raise RunError(str(error)) from None
        finally:
            del self.items["system", "script", "job"][job]
            self.policy = before

    # --- /tool fetch

    def run_tool_fetch(self, _menu, plain, named):
        url = named["url"]
        if not {"test", "ftp", "read"} <= self.policy:
            raise RunError("not enough permissions (9)")
        # At worst the log has the whole URL.
        self.say("fetch,info", f"fetch {url}")
        parts = urlsplit(url)
        base = f"{parts.scheme}://{parts.netloc}"
        peer = self.peers.get(base)
        if peer is None:
            raise RunError("failure: connection timeout")
        if parts.scheme == "https":
            self.check_tls(peer, named.get("check-certificate", False))
        status, reason, body = self.request(peer, parts, named)
        if status // 100 != 2:
            raise RunError(self.status_text(status, reason))
        if named.get("output", "file") == "file":
            self.add("file", name=parts.path.strip("/") or "index", contents=body)
        if "as-value" not in plain:
            return ""
        data = {"data": body} if named.get("output") == "user" else {}
        return {"status": "finished", "downloaded": 0, **data}

    def check_tls(self, peer, check):
        if check not in (False, True, "yes-without-crl"):
            raise RunError(f"bad check-certificate {check}")
        if check is False:
            return
        if check is True:
            raise RunError("failure: SSL: ssl: no CRL found (6)")
        trusted = {
            one["fingerprint"] for one in self.items["certificate",].values() if one["trusted"]
        }
        if peer.root not in trusted:
            raise RunError("failure: SSL: ssl: no trusted CA certificate found (6)")

    def status_text(self, status, reason):
        if self.version >= (7, 22):
            return f"failure: Status {status}, {reason}"
        return f"Fetch failed with status {status}"

    def request(self, peer, parts, named):
        headers = {}
        for line in re.split(r"(?<!\\),", named.get("http-header-field", "")):
            if line:
                name, _, value = line.partition(":")
                headers[name] = value.strip()
        if self.nat:
            headers["X-Forwarded-For"] = self.nat
        target = f"{parts.path or '/'}" + (f"?{parts.query}" if parts.query else "")
        self.sent.append((target, dict(headers)))
        connection = http.client.HTTPConnection(peer.address, timeout=20)
        try:
            connection.request("GET", target, headers=headers)
            answer = connection.getresponse()
            return answer.status, answer.reason, answer.read().decode()
        except OSError as error:
            raise RunError(f"failure: connecting: {error}") from None
        finally:
            connection.close()
