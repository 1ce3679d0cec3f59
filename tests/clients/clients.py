"""Real clients, each with a configuration of its own and judged by its own verdict.

Every client is a function (endpoint, login, hosts, addresses, folder) -> bool: whether it says that
it set `addresses` for `hosts`. `endpoint` is HOST:PORT.
"""

import dataclasses
import ipaddress
import json
import os
import pathlib
import subprocess
import sys
import threading


@dataclasses.dataclass(frozen=True)
class Login:
    name: str
    secret: str


def query(hosts, addresses):
    return f"/nic/update?hostname={','.join(hosts)}&myip={','.join(addresses)}"


def run(*command, folder, env=None, stdin=None):
    """Runs a client to its end; its output is kept for the message of a failing test."""
    ended = subprocess.run(
        [str(word) for word in command],
        cwd=folder,
        env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": str(folder), **(env or {})},
        input=stdin,
        capture_output=True,
        text=True,
        timeout=60,
    )
    said = ended.stdout + ended.stderr
    (folder / "said.txt").write_text(f"exit {ended.returncode}\n{said}")
    assert ended.returncode >= 0, f"{command[0]} was ended by signal {-ended.returncode}"
    return ended.returncode, said


def run_until(last_word, *command, folder):
    """Runs a client to its end, or until it says that it would now wait for minutes."""
    client = subprocess.Popen(
        [str(word) for word in command],
        cwd=folder,
        env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": str(folder)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    watchdog = threading.Timer(60, client.kill)
    watchdog.start()
    lines = []
    for line in client.stdout:
        lines.append(line)
        if last_word in line:
            client.terminate()
    status = client.wait()
    watchdog.cancel()
    said = "".join(lines)
    (folder / "said.txt").write_text(f"exit {status}\n{said}")
    return (1 if last_word in said else status), said


def script(folder, name, text):
    path = folder / name
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o700)
    return path


def curl(endpoint, login, hosts, addresses, folder):
    config = folder / "curlrc"
    config.write_text(f'user = "{login.name}:{login.secret}"\n')
    url = f"http://{endpoint}{query(hosts, addresses)}"
    status, said = run("curl", "-fsS", "--max-time", 20, "-K", config, url, folder=folder)
    return status == 0 and said.startswith(("good", "nochg"))


def wget(endpoint, login, hosts, addresses, folder):
    """Sends nothing unasked: it answers the challenge of a 401."""
    config = folder / "wgetrc"
    config.write_text(f"http_user = {login.name}\nhttp_password = {login.secret}\ntries = 1\n")
    url = f"http://{endpoint}{query(hosts, addresses)}"
    status, said = run(
        "wget", "-q", "-T", 20, "-O", "-", url, folder=folder, env={"WGETRC": str(config)}
    )
    return status == 0 and said.startswith(("good", "nochg"))


def busybox_wget(endpoint, login, hosts, addresses, folder):
    """Without -T, with which Debian's 1.35 crashes."""
    url = f"http://{login.name}:{login.secret}@{endpoint}{query(hosts, addresses)}"
    status, said = run("busybox", "wget", "-q", "-O", "-", url, folder=folder)
    return status == 0 and said.startswith(("good", "nochg"))


def ddclient(endpoint, login, hosts, addresses, folder):
    """Debian's 3.10 knows one address a run."""
    return all([ddclient_once(endpoint, login, hosts, one, folder) for one in addresses])


def ddclient_once(endpoint, login, hosts, address, folder):
    found = script(folder, "address", f"echo {address}")
    cache = folder / "ddclient.cache"
    cache.unlink(missing_ok=True)
    config = folder / "ddclient.conf"
    config.write_text(
        f"ssl=no\ncache={cache}\npid={folder}/ddclient.pid\nverbose=yes\n"
        f"use=cmd, cmd={found}\n"
        f"protocol=dyndns2\nserver={endpoint}\nscript=/nic/update\n"
        f"login={login.name}\npassword='{login.secret}'\n{','.join(hosts)}\n"
    )
    config.chmod(0o600)
    status, said = run("ddclient", "-file", config, "-cache", cache, "-verbose", folder=folder)
    done = [f"SUCCESS:  updating {host}:" in said for host in hosts]
    same = [f"updating {host}: nochg: No update required" in said for host in hosts]
    good = all(one or other for one, other in zip(done, same, strict=True))
    return status == 0 and "FAILED" not in said and good


def inadyn(endpoint, login, hosts, addresses, folder):
    """One section for each family, as UniFi and others write them."""
    cache = folder / "inadyn"
    cache.mkdir(exist_ok=True)
    for host in hosts:
        (cache / f"{host}.cache").write_text("192.0.2.255")
    sections = [
        inadyn_section(f"ddns{number}", endpoint, login, hosts, address)
        for number, address in enumerate(addresses)
    ]
    config = folder / "inadyn.conf"
    head = "period = 300\nallow-ipv6 = true\nverify-address = false\n"
    config.write_text(head + "".join(sections))
    config.chmod(0o600)
    command = "inadyn -1 --force -n -l debug --no-pidfile".split() + [f"--cache-dir={cache}"]
    status, said = run_until("Will retry again", *command, "-f", config, folder=folder)
    return status == 0 and said.count("Successful alias table update") >= len(sections)


def inadyn_section(name, endpoint, login, hosts, address):
    return (
        f"custom {name} {{\n"
        f'  username = "{login.name}"\n'
        f'  password = "{login.secret}"\n'
        f"  hostname = {{ {', '.join(hosts)} }}\n"
        "  ssl = false\n"
        f'  ddns-server = "{endpoint}"\n'
        '  ddns-path = "/nic/update?hostname=%h&myip=%i"\n'
        f'  checkip-command = "/bin/echo {address}"\n'
        "}\n"
    )


def ddns(endpoint, login, hosts, addresses, folder):
    """Its No-IP provider, which sends nothing unasked either."""
    options = {"endpoint": f"http://{endpoint}", "id": login.name, "token": login.secret}
    return ddns_run("noip", options, hosts, addresses, folder)


def ddns_callback(endpoint, login, hosts, addresses, folder):
    """Its callback provider, which takes any 2xx, 404 and 429 for a success."""
    there = f"http://{login.name}:{login.secret}@{endpoint}"
    url = there + "/nic/update?hostname=__DOMAIN__&myip=__IP__"
    return ddns_run("callback", {"id": url, "token": ""}, hosts, addresses, folder)


def ddns_run(provider, options, hosts, addresses, folder):
    by_version = {ipaddress.ip_address(address).version: address for address in addresses}
    settings = {"dns": provider, "cache": False, **options}
    for version in (4, 6):
        address = by_version.get(version)
        found = script(folder, f"address{version}", f"echo {address}")
        settings[f"ipv{version}"] = list(hosts) if address else []
        settings[f"index{version}"] = [f"cmd:{found}"]
    config = folder / "ddns.json"
    config.write_text(json.dumps(settings))
    config.chmod(0o600)
    command = pathlib.Path(sys.executable).with_name("ddns")
    status, said = run(command, "-c", config, folder=folder, env={"PATH": os.environ["PATH"]})
    return status == 0 and "ERROR" not in said and "fail" not in said.lower()


ALL = [curl, wget, busybox_wget, ddclient, inadyn, ddns, ddns_callback]
