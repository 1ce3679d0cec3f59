"""Changes a second of an embedded zone, beside dynamic updates of BIND."""

import contextlib
import shutil
import socket

from measure.programs import TOOLS, output, running
from measure.server import CONNECTIONS, EMBEDDED, ROUNDS, SECONDS, update_rate, wait_for_dns
from measure.serving import ZONE, Fleet, private, serving
from measure.table import Table, median, number, promise, spread

HOSTS = 64
NAMED = """\
options {{
  directory "{folder}";
  listen-on port {port} {{ 127.0.0.1; }};
  listen-on-v6 {{ none; }};
  pid-file none;
  session-keyfile none;
  recursion no;
  empty-zones-enable no;
  notify no;
  dnssec-validation no;
}};
controls {{ }};
logging {{ category default {{ null; }}; }};
zone "{zone}" {{ type primary; file "zone"; allow-update {{ 127.0.0.1; }}; }};
"""


def measure(folder):
    fleet = Fleet(HOSTS)
    script = private(folder / "changes.lua", _script(fleet))
    names = private(folder / "names", "".join(f"{host}\n" for host in fleet.hosts))
    ours, bind = [], []
    with (
        serving(fleet.configuration(folder, EMBEDDED)) as (_, http, _),
        _bind(folder / "bind") as name_server,
    ):
        for _ in range(ROUNDS):
            ours.append(update_rate(http, script))
            command = [TOOLS / "updates", name_server, ZONE, names, CONNECTIONS, SECONDS]
            bind.append(output(command)["rate"])
    share = median(ours) / median(bind)
    return [
        Table(
            "Changes",
            f"Changes a second by {CONNECTIONS} clients of {HOSTS} hosts; each waits for a reply, "
            "which comes after the change is on disk. dyn53 over HTTP by wrk, BIND by dynamic "
            "updates over UDP, on the same two cores and the same disk.",
            ["", "a second", "share"],
            [
                ["dyn53 serve, embedded zone", spread(ours, 0), number(share, 2)],
                ["BIND, dynamic updates", spread(bind, 0), "1"],
            ],
            [promise("at least as many as BIND", number(share, 1), share >= 1)],
            [f"{ROUNDS} rounds of {SECONDS} s of each in turn."],
        )
    ]


def _script(fleet):
    """Each request has the next address for the next host."""
    secrets = "".join(f'  "{secret}",\n' for secret in fleet.secrets)
    return (
        f"local secrets = {{\n{secrets}}}\nlocal n = 0\n"
        "request = function()\n"
        "  n = n + 1\n"
        "  local address = string.format('198.51.%d.%d', math.floor(n / 250) % 250, n % 250 + 1)\n"
        "  local headers = { Authorization = 'Bearer ' .. secrets[n % #secrets + 1] }\n"
        "  return wrk.format('GET', '/?newip=' .. address, headers)\n"
        "end\n"
    )


@contextlib.contextmanager
def _bind(folder):
    """BIND with an empty zone, on a free port."""
    folder.mkdir()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (folder / "zone").write_text(
        f"$ORIGIN {ZONE}.\n@ 60 SOA ns1 hostmaster 1 3600 600 86400 60\n"
        "@ 60 NS ns1\nns1 60 A 127.0.0.1\n"
    )
    (folder / "named.conf").write_text(NAMED.format(folder=folder, port=port, zone=ZONE))
    program = shutil.which("named") or "/usr/sbin/named"
    with running([program, "-f", "-c", folder / "named.conf"]):
        wait_for_dns(port, "BIND")
        yield f"127.0.0.1:{port}"
