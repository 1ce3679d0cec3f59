"""Name servers of Debian, each with zone files of its own on one address."""

import contextlib
import pathlib

from running import answers, program

NSD = """\
server:
  ip-address: {address}
  port: 53
  username: ""
  chroot: ""
  zonesdir: "{folder}"
  database: ""
  pidfile: ""
  xfrdfile: ""
  zonelistfile: ""
  xfrdir: "{folder}"
  rrl-ratelimit: 0
  server-count: 1
  hide-version: yes
remote-control:
  control-enable: no
"""
KNOT = """\
server:
  rundir: {folder}
  listen: {address}@53
  udp-workers: 1
  tcp-workers: 1
  background-workers: 1
  identity: ''
  version: ''
database:
  storage: {folder}
{modules}
template:
  - id: default
    storage: {folder}
    journal-content: none
    zonefile-sync: -1
    semantic-checks: off
    {module}
zone:
"""
BIND = """\
options {{
  directory "{folder}";
  listen-on {{ {address}; }};
  listen-on-v6 {{ none; }};
  pid-file none;
  session-keyfile none;
  recursion no;
  version none;
  hostname none;
  server-id none;
  minimal-responses no-auth-recursive;
  minimal-any yes;
  empty-zones-enable no;
  allow-transfer {{ none; }};
  dnssec-validation no;
  notify no;
}};
controls {{ }};
logging {{ category default {{ null; }}; }};
"""


def _prepare(folder, name, zones):
    """Writes the zones' files; returns the folder and each zone's file."""
    folder = pathlib.Path(folder) / name
    folder.mkdir(parents=True, exist_ok=True)
    files = {}
    for number, (apex, text) in enumerate(zones.items()):
        files[apex] = folder / f"zone{number}"
        files[apex].write_text(text)
    return folder, files


def _run(folder, name, command, address, zones):
    apex = next(iter(zones))
    return program(folder, name, command, answers(address, apex))


@contextlib.contextmanager
def nsd(folder, address, zones, name="nsd"):
    """NSD."""
    folder, files = _prepare(folder, name, zones)
    text = NSD.format(address=address, folder=folder)
    for apex, file in files.items():
        text += f'zone:\n  name: "{apex}"\n  zonefile: "{file}"\n'
    config = folder / "nsd.conf"
    config.write_text(text)
    with _run(folder, name, ["nsd", "-d", "-c", config], address, zones) as process:
        yield process


@contextlib.contextmanager
def knotd(folder, address, zones, modules="", name="knotd"):
    """Knot DNS; `modules` are lines that configure `mod-rrl/default`, which then counts."""
    folder, files = _prepare(folder, name, zones)
    module = "global-module: mod-rrl/default" if modules else ""
    text = KNOT.format(address=address, folder=folder, modules=modules, module=module)
    for apex, file in files.items():
        text += f"  - domain: {apex}\n    file: {file}\n"
    config = folder / "knot.conf"
    config.write_text(text)
    with _run(folder, name, ["knotd", "-c", config], address, zones) as process:
        yield process


@contextlib.contextmanager
def named(folder, address, zones, name="named"):
    """BIND, for its own zones only."""
    folder, files = _prepare(folder, name, zones)
    text = BIND.format(address=address, folder=folder)
    for apex, file in files.items():
        text += f'zone "{apex}" {{ type primary; file "{file}"; check-names ignore; }};\n'
    config = folder / "named.conf"
    config.write_text(text)
    command = ["named", "-f", "-n", "1", "-c", config]
    with _run(folder, name, command, address, zones) as process:
        yield process
