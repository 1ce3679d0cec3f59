"""`dyn53 serve` as docs/server.md says to run it: under systemd, behind Caddy."""

import contextlib
import http.client
import json
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import time

import pytest
import serving

UNIT = serving.ROOT / "deploy" / "dyn53-server.service"
GUIDE = serving.ROOT / "docs" / "server.md"
PROGRAM = "/usr/local/bin/dyn53"
SECRET = "s3cret-of-the-router"
TIME = 30
CLIENTS = 300


@pytest.fixture
def unit(tmp_path):
    """The unit with the program of this build."""
    unit = tmp_path / UNIT.name
    text = UNIT.read_text()
    assert text.count(PROGRAM) == 1
    unit.write_text(text.replace(PROGRAM, str(serving.DYN53)))
    return unit


@pytest.fixture
def packaged_unit(tmp_path):
    """The unit of the packages, with the program of this build."""
    unit = tmp_path / "dyn53.service"
    subprocess.run([sys.executable, serving.ROOT / "packaging/unit.py", unit], check=True)
    text = unit.read_text()
    assert text.count("/usr/bin/dyn53") >= 1
    unit.write_text(text.replace("/usr/bin/dyn53", str(serving.DYN53)))
    return unit


@pytest.mark.parametrize("name", ["unit", "packaged_unit"])
def test_a_unit_is_valid_and_closed(name, request):
    unit = request.getfixturevalue(name)
    beside = unit.with_suffix(".service.d")
    beside.mkdir()
    (beside / "override.conf").write_text(example("ini"))
    checked = analyze("verify", unit)
    assert checked.returncode == 0 and not checked.stderr, checked.stderr
    exposure = analyze("security", "--offline=yes", "--threshold=20", unit)
    assert exposure.returncode == 0, exposure.stdout


def analyze(*words):
    return subprocess.run(
        ["systemd-analyze", "--no-pager", *words], capture_output=True, text=True, timeout=TIME
    )


def test_its_command_runs_with_the_documented_file(unit, tmp_path):
    credential = re.search(r"^LoadCredential=(\S+):/etc/dyn53.toml$", unit.read_text(), re.M)
    command = re.search(r"^ExecStart=(.*)$", unit.read_text(), re.M)[1]
    file = re.sub(r"^secret_sha256 = .*$", f'secret = "{SECRET}"', example("toml"), flags=re.M)
    file = re.sub(r"^(http|dns) = .*$", r'\1 = "127.0.0.1:0"', file, flags=re.M)
    (tmp_path / credential[1]).write_text(file)
    state = tmp_path / "state"
    state.mkdir(mode=0o700)
    words = command.replace("%d", str(tmp_path)).replace("%S", str(state)).split()
    with started(words) as process:
        served = serving.Served(process)
        update = f"/nic/update?username=router&password={SECRET}&hostname=home.dyn.example.net&"
        assert ask(served.http, update + "myip=203.0.113.7")[1] == "good 203.0.113.7\n"
        assert served.lookup("home.dyn.example.net", "A") == ["203.0.113.7"]
        served.stop()
        assert process.returncode == 0
    assert list((state / "dyn53").iterdir())


def example(language):
    """The first block of this language in the guide."""
    return re.search(rf"^```{language}\n(.*?)^```$", GUIDE.read_text(), re.M | re.S)[1]


@contextlib.contextmanager
def started(words, **options):
    process = subprocess.Popen(
        words,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate(timeout=TIME)


def ask(server, path, context=None, source="127.0.0.1", headers=None):
    kind = http.client.HTTPSConnection if context else http.client.HTTPConnection
    more = {"context": context} if context else {}
    connection = kind(server, timeout=TIME, source_address=(source, 0), **more)
    with contextlib.closing(connection):
        connection.request("GET", path, headers=headers or {})
        response = connection.getresponse()
        return response.status, response.read().decode()


@pytest.fixture
def caddy(tmp_path):
    """Caddy with the file of the guide, on a free port, with a certificate of its own."""
    with serving.serve(
        tmp_path / "server", secret=SECRET, extra='trusted_proxies = ["127.0.0.1"]\n'
    ) as served:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        file = example("caddyfile")
        assert file.count("ddns.example.net") == 1 and file.count("127.0.0.1:8053") == 1
        file = file.replace("ddns.example.net {", f"https://localhost:{port} {{\n\ttls internal")
        file = file.replace("127.0.0.1:8053", served.http)
        options = "{\n\tadmin off\n\tskip_install_trust\n\tauto_https disable_redirects\n}\n"
        (tmp_path / "Caddyfile").write_text(options + file)
        home = os.environ | {"HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path / "share")}
        log = (tmp_path / "caddy.log").open("w")
        command = ["caddy", "run", "--config", tmp_path / "Caddyfile", "--adapter", "caddyfile"]
        process = subprocess.Popen(command, env=home, stdin=subprocess.DEVNULL, stderr=log)
        try:
            yield f"localhost:{port}", authority(tmp_path / "share", process), served
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=TIME)
            log.close()


def authority(folder, process):
    """What trusts Caddy's own authority, once it has made one."""
    root = folder / "caddy" / "pki" / "authorities" / "local" / "root.crt"
    end = time.monotonic() + TIME
    while True:
        with contextlib.suppress(OSError, ssl.SSLError):
            return ssl.create_default_context(cafile=root)
        assert process.poll() is None and time.monotonic() < end, "Caddy does not start"
        time.sleep(0.05)


def test_behind_caddy_the_callers_address_counts_and_a_forged_one_does_not(caddy):
    server, context, served = caddy
    forged = {"X-Forwarded-For": "198.51.100.66"}
    assert patiently(ask, server, "/myip", context, "127.0.0.2") == (200, "127.0.0.2")
    assert ask(server, "/myip", context, "127.0.0.3", forged) == (200, "127.0.0.3")
    bearer = {"Authorization": f"Bearer {SECRET}"}
    assert ask(server, "/?newip=203.0.113.9", context, headers=bearer) == (200, "OK")
    assert served.lookup("home.example.net", "A") == ["203.0.113.9"]


def test_a_client_that_is_killed_behind_caddy_leaves_its_line(caddy, tmp_path):
    """Each change's old address is the new one of the change before: none is missing."""
    server, context, served = caddy
    bearer = {"Authorization": f"Bearer {SECRET}"}
    first = patiently(ask, server, "/?newip=203.0.113.1", context, "127.0.0.1", bearer)
    assert first == (200, "OK")
    secret = tmp_path / "curlrc"
    secret.write_text(f'header = "Authorization: Bearer {SECRET}"\n')
    for number in range(CLIENTS):
        url = f"https://{server}/?newip=198.51.{100 + number // 250}.{1 + number % 250}"
        client = subprocess.Popen(
            ["curl", "-sk", "-K", secret, url],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        # From the time in which curl only starts to the time in which it is done.
        time.sleep(0.005 + number % 30 / 1000)
        client.kill()
        client.wait()
    served.stop()
    lines = [json.loads(line) for line in served.log]
    changes = [one for line in lines for one in line.get("changes", []) if one["type"] == "A"]
    changes = [one for one in changes if one["host"] == "home.example.net"]
    assert [one["old"] for one in changes] == ["", *[one["new"] for one in changes[:-1]]]
    assert 10 < len(changes) <= CLIENTS + 1
    config = tmp_path / "server" / "dyn53.toml"
    assert held(config, tmp_path) == [changes[-1]["new"]]


def held(config, folder):
    """What the zone holds when the server starts again."""
    with started([serving.DYN53, "serve", "--config", config]) as process:
        served = serving.Served(process)
        try:
            return served.lookup("home.example.net", "A")
        finally:
            served.stop()


def patiently(call, *arguments):
    """Until the port is open, and the certificate issued."""
    end = time.monotonic() + TIME
    while True:
        try:
            return call(*arguments)
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)
