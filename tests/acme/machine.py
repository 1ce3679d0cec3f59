"""A machine on which an ACME client runs: its files, and its view of names and roots."""

import re
import subprocess

from authority import ADDRESS, DIRECTORY, NAME
from serving import ROOT

BIN = ROOT / ".venv" / "bin"
# The client sees the authority's name, our name server, and the authority's root.
VIEW = """\
mount --bind "$1/hosts" /etc/hosts
mount --bind "$1/resolv.conf" /etc/resolv.conf
mount --bind "$1/roots.pem" /etc/ssl/certs/ca-certificates.crt
shift
exec "$@"
"""
MOVED = re.compile(r"(?<![\w.}])/(etc|usr/local|data|letsencrypt|run|root)(?=/)")


class Machine:
    """One folder that stands for /, in which one client is set up and run."""

    def __init__(self, folder, household, authority):
        self.folder, self.household, self.authority = folder, household, authority
        for made in ("etc", "usr/local/bin", "data", "letsencrypt", "run/secrets", "root", "bin"):
            (folder / made).mkdir(parents=True)
        self.write("hosts", f"127.0.0.1 localhost\n{ADDRESS} {NAME}\n")
        self.write("resolv.conf", f"nameserver {ADDRESS}\n")
        self.write("roots.pem", authority.root.read_text())

    def write(self, name, text, mode=0o600):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(mode)
        return path

    def know(self, address, *names):
        """Lets this machine find names that no name server tells."""
        with open(self.folder / "hosts", "a") as hosts:
            hosts.write(f"{address} {' '.join(names)}\n")

    def moved(self, text):
        """The text with its absolute paths moved into the folder."""
        return MOVED.sub(lambda found: f"{self.folder}/{found[1]}", text)

    def printed(self, name):
        """What `dyn53 router` prints for a client, moved into the folder."""
        return self.moved(self.household.printed(name))

    def start(self, *command, **variables):
        """Starts a program as this machine's root; what it says goes into `said.txt`."""
        roots = str(self.authority.root)
        environment = {
            "PATH": f"{self.folder}/bin:{BIN}:/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME": str(self.folder),
            "REQUESTS_CA_BUNDLE": roots,
            "NODE_EXTRA_CA_CERTS": roots,
        }
        view = ["unshare", "--map-root-user", "--mount", "sh", "-ec", VIEW, "sh", self.folder]
        with open(self.folder / "said.txt", "ab") as said:
            return subprocess.Popen(
                [str(word) for word in (*view, *command)],
                env=environment | variables,
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
            )

    def run(self, *command, **variables):
        """Runs a program to its end: whether it went well."""
        process = self.start(*command, **variables)
        try:
            return process.wait(timeout=150) == 0
        finally:
            process.kill()
            process.wait()

    def paste(self, text):
        """Runs a text as a person pastes it into a shell: whether its last command went well."""
        return self.run("sh", self.write("pasted", text))

    def said(self):
        return (self.folder / "said.txt").read_text(errors="replace")

    def use_certbot(self):
        """What the printed commands leave to certbot's own file: the authority, and folders."""
        names = ("config", "work", "logs")
        folders = "".join(f"{name}-dir = {self.folder}/{name}\n" for name in names)
        file = f"server = {DIRECTORY}\nnon-interactive = true\n{folders}"
        self.write(".config/letsencrypt/cli.ini", file)
