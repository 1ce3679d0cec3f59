"""Writes the unit of the packages: deploy/dyn53-server.service with a package's user and places.

Usage: packaging/unit.py OUTPUT
"""

import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
# What DynamicUser= brings along and a user of the package's own would lack.
USER = """\
User=dyn53
Group=dyn53
PrivateTmp=yes
ProtectSystem=strict
RemoveIPC=yes
RestrictSUIDSGID=yes
"""
CHANGES = {
    ": /etc/systemd/system/dyn53-server.service (systemd 250 or newer).": (
        ". Enable it once /etc/dyn53/dyn53.toml is filled in."
    ),
    "# Its configuration is /etc/dyn53.toml, which only root needs to read; its zones are in": (
        "# The zones are in"
    ),
    "ExecStart=/usr/local/bin/dyn53 serve --config %d/dyn53.toml --data %S/dyn53\n": (
        "ExecStart=/usr/bin/dyn53 serve --config /etc/dyn53/dyn53.toml --data /var/lib/dyn53\n"
        # A wrong file is refused before the service hears of it.
        "ExecReload=/usr/bin/dyn53 check-config /etc/dyn53/dyn53.toml\n"
        "ExecReload=/bin/sh -c 'kill -HUP $MAINPID'\n"
    ),
    "LoadCredential=dyn53.toml:/etc/dyn53.toml\n": "",
    "DynamicUser=yes\n": USER,
}


def unit():
    """The text of the unit."""
    text = (ROOT / "deploy" / "dyn53-server.service").read_text()
    for before, after in CHANGES.items():
        if text.count(before) != 1:
            sys.exit(f"packaging/unit.py: {before.strip()!r} is not once in dyn53-server.service")
        text = text.replace(before, after)
    return text


if __name__ == "__main__":
    pathlib.Path(sys.argv[1]).write_text(unit())
