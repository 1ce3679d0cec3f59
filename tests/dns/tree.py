"""A root and a parent that delegates `example.net` to dyn53."""

import contextlib

from authorities import nsd

ROOT = """\
. 86400 SOA a.root. hostmaster.root. 1 3600 600 86400 60
. 86400 NS a.root.
a.root. 86400 A 192.0.2.1
net. 86400 NS ns.net.
ns.net. 86400 A 192.0.2.2
"""
#: The delegation outlives its glue, as where a parent has long TTLs for NS and short ones for A.
PARENT = """\
net. 86400 SOA ns.net. hostmaster.net. 1 3600 600 86400 60
net. 86400 NS ns.net.
ns.net. 86400 A 192.0.2.2
example.net. 300 NS ns1.example.net.
ns1.example.net. 1 A 192.0.2.53
"""


@contextlib.contextmanager
def root_and_parent(folder):
    """Runs both, at 192.0.2.1 and 192.0.2.2."""
    with (
        nsd(folder, "192.0.2.1", {".": ROOT}, name="root"),
        nsd(folder, "192.0.2.2", {"net.": PARENT}, name="parent"),
    ):
        yield
