"""A running `dyn53 serve`, and what is needed to start one: a configuration, a fleet of routers."""

import base64
import contextlib
import hashlib
import secrets
import subprocess

from measure.programs import DYN53, clean_environment, listening, running

ZONE = "example.net"


class Fleet:
    """Routers, each with one host, a name and a secret of its own."""

    def __init__(self, count):
        self.hosts = [f"h{index:05}.{ZONE}" for index in range(count)]
        self.secrets = [secrets.token_hex(16) for _ in range(count)]

    def configuration(self, folder, store):
        """Writes the configuration file; `store` are the lines that say where the zone is."""
        lines = [
            'http = "127.0.0.1:0"',
            'dns = "127.0.0.1:0"',
            f'data = "{folder / "data"}"',
            "[[zone]]",
            f'name = "{ZONE}"',
            *store,
        ]
        for host, secret in zip(self.hosts, self.secrets, strict=True):
            digest = hashlib.sha256(secret.encode()).hexdigest()
            name = host.split(".")[0]
            lines += [
                "[[credential]]",
                f'name = "{name}"',
                f'secret_sha256 = "{digest}"',
                f'hosts = ["{host}"]',
            ]
        return private(folder / "dyn53.toml", "\n".join(lines) + "\n")

    def updates(self, path, network):
        """Writes a line `host authorization address` for each router; `network` is 10.x or so."""
        lines = []
        for index, (host, secret) in enumerate(zip(self.hosts, self.secrets, strict=True)):
            login = f"{host.split('.')[0]}:{secret}".encode()
            address = f"{network}.{index // 250}.{index % 250 + 1}"
            lines.append(f"{host} {base64.b64encode(login).decode()} {address}")
        return private(path, "\n".join(lines) + "\n")


def private(path, text):
    path.touch(mode=0o600)
    path.write_text(text)
    return path


@contextlib.contextmanager
def serving(configuration, names=("http", "dns"), **environment):
    """Yields the process and the addresses it listens on; its log goes to a file."""
    log = _log(configuration)
    with (
        log.open("w") as stderr,
        running(
            [DYN53, "serve", "--config", configuration],
            stdin=subprocess.DEVNULL,
            stderr=stderr,
            env=clean_environment(**environment),
        ) as process,
    ):
        yield process, *listening(process, *names)


def _log(configuration):
    return configuration.with_suffix(".log")
