"""Each snippet as a person pastes it: parsed, linted, run or replayed over TLS; then the zone.

Only absolute paths are moved into a folder of the test, and the test's root certificate is added.
"""

import base64
import json
import plistlib
import re
import shutil
import subprocess
import urllib.error
import urllib.parse
import urllib.request
from ssl import create_default_context

import pytest
import serving
import tree_sitter
import tree_sitter_powershell
import yaml
from front import CALLER, certificates, front
from snippets import CERTIFICATES, HOST, INDEX, ROUTERS, SECRET, snippet, write

NAMES = [one["name"] for one in INDEX]
GET_CERTIFICATES = [one["name"] for one in CERTIFICATES]
CERTIFICATE_SHELL = ["lego", "certbot", "certbot-hook", "acme-sh", "nginx-proxy-manager", "proxmox"]
SHELL = ["openwrt", "asuswrt-merlin", "cron", "systemd", "macos", *CERTIFICATE_SHELL]
PREFIX_HOST = '{ name = "nas.example.net", interface_id = "::10" }'
MOVED = re.compile(r"(?<![\w.}])/(etc|usr/local|usr/share|jffs|run|sbin|Library)(?=/)")


@pytest.fixture(scope="session")
def chain(tmp_path_factory):
    return certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def served(tmp_path):
    with serving.serve(
        tmp_path / "server",
        secret=SECRET,
        name="router",
        hosts=[HOST, PREFIX_HOST],
        extra='trusted_proxies = ["127.0.0.1"]\n',
    ) as running:
        yield running


@pytest.fixture
def outside(served, chain):
    with front(served.http, chain[1]) as running:
        yield running


@pytest.fixture
def home(tmp_path, chain):
    """A folder that stands for /, with stand-ins for the commands that only a device has."""
    made = tmp_path / "root"
    for folder in ("etc/cron.d", "etc/init.d", "etc/systemd/system", "run/lock", "sbin", "bin"):
        (made / folder).mkdir(parents=True)
    for folder in ("usr/local/bin", "jffs/configs", "jffs/scripts", "Library/LaunchDaemons"):
        (made / folder).mkdir(parents=True)
    for folder in ("etc/networkd-dispatcher/routable.d", "etc/NetworkManager/dispatcher.d"):
        (made / folder).mkdir(parents=True)
    for name in ("systemctl", "launchctl", "logger", "uci"):
        stand_in(made / "bin" / name, made)
    stand_in(made / "etc/init.d/ddns", made)
    stand_in(made / "sbin/ddns_custom_updated", made)
    return made


def stand_in(path, made):
    """Notes how it was called and what it was given."""
    path.write_text(
        f'#!/bin/sh\necho "{path.name} $*" >> {made}/calls\n[ -t 0 ] || cat >> {made}/calls\n'
    )
    path.chmod(0o755)


def calls(home):
    path = home / "calls"
    return path.read_text() if path.exists() else ""


def environment(home, chain):
    path = f"{home}/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    root = str(chain[0])
    return {"PATH": path, "HOME": str(home), "CURL_CA_BUNDLE": root, "SSL_CERT_FILE": root}


def run(*command, home, chain, **options):
    return subprocess.run(
        [str(word) for word in command],
        env=environment(home, chain),
        cwd=home,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        **options,
    )


def paste(name, url, home, chain, **values):
    text = MOVED.sub(lambda found: f"{home}/{found[1]}", snippet(name, url, **values))
    path = write(home, "pasted", text)
    done = run("sh", path, home=home, chain=chain)
    assert done.returncode == 0, done.stdout + done.stderr
    path.unlink()


def readable_by_owner_only(path):
    return path.stat().st_mode & 0o077 == 0


# --- all of them


def test_index_and_files_agree():
    listed = {one["file"] for one in INDEX}
    parts = {
        "index.toml",
        "mikrotik.py",
        "mikrotik.script",
        "mikrotik.install",
        "amazon-root-ca-1.pem",
        "isrg-root-x1.pem",
    }
    files = [path for path in ROUTERS.rglob("*") if path.is_file()]
    there = {str(path.relative_to(ROUTERS)) for path in files if path.suffix != ".pyc"}
    assert there - parts == listed
    assert len(set(NAMES)) == len(NAMES)


@pytest.mark.parametrize("entry", INDEX, ids=lambda entry: entry["name"])
def test_first_line_is_the_title(entry):
    first = (ROUTERS / entry["file"]).read_text().splitlines()[0]
    assert first.lstrip("# ").startswith(f"dyn53 snippet: {entry['title']}")


def test_small_enough_for_the_page():
    """All are in the page, and the page in the template. Two roots for RouterOS are 3 KB of it."""
    assert sum((ROUTERS / one["file"]).stat().st_size for one in INDEX) < 29_000


@pytest.mark.parametrize("name", NAMES)
def test_the_command_prints_it(name):
    url = "https://abc.lambda-url.eu-west-1.on.aws"
    given = ["router", name, "--url", url, "--host", HOST, "--secret-file", "-"]
    done = subprocess.run(
        [serving.DYN53, *given], input=SECRET, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == snippet(name, url)


@pytest.mark.parametrize("name", [name for name in NAMES if name not in GET_CERTIFICATES])
def test_every_device_has_its_page(name):
    page = (
        serving.ROOT
        / "docs/routers"
        / f"{name.removesuffix('-uninstall').removesuffix('-prefix')}.md"
    )
    text = page.read_text()
    assert f"dyn53 router {name}" in text
    assert "real device" in text or "Tried" in text
    assert page.name in (page.parent / "README.md").read_text()


@pytest.mark.parametrize("name", GET_CERTIFICATES)
def test_every_client_of_certificates_has_its_section(name):
    page = (serving.ROOT / "docs/certificates.md").read_text()
    assert f"dyn53 router {name} " in page or f"dyn53 router {name}`" in page


@pytest.mark.parametrize("name", GET_CERTIFICATES)
def test_a_certificate_for_a_wildcard_is_for_the_name_below_it(name):
    text = snippet(name, "https://abc.on.aws", host=f"*.{HOST}")
    assert "*.*." not in text and f"_acme-challenge.*.{HOST}" not in text
    assert f"*.{HOST}" in text


# --- what is pasted into a shell


@pytest.mark.parametrize("name", SHELL)
def test_shellcheck(name, tmp_path):
    path = write(tmp_path, "pasted.sh", snippet(name, "https://abc.on.aws"))
    checked = subprocess.run(
        ["shellcheck", "-s", "sh", path], capture_output=True, text=True, timeout=60
    )
    assert checked.returncode == 0, checked.stdout


@pytest.mark.parametrize("name", ["cron", "systemd", "asuswrt-merlin"])
def test_shellcheck_of_what_it_writes(name, outside, home, chain):
    before = set(home.rglob("*"))
    paste(name, outside.url, home, chain)
    written = [path for path in home.rglob("*") if path.is_file() and path not in before]
    scripts = [path for path in written if path.read_text().startswith("#!/bin/sh")]
    assert scripts
    checked = subprocess.run(["shellcheck", *scripts], capture_output=True, text=True, timeout=60)
    assert checked.returncode == 0, checked.stdout


def test_cron(outside, served, home, chain):
    paste("cron", outside.url, home, chain)
    assert readable_by_owner_only(home / "etc/dyn53.header")
    line = (home / "etc/cron.d/dyn53").read_text()
    found = re.fullmatch(r"\*/5 \* \* \* \* root (flock -n \S+ (\S+))\n", line)
    assert SECRET not in line and SECRET not in open(found[2]).read()
    done = run("sh", "-c", found[1], home=home, chain=chain)
    assert done.returncode == 0, done.stderr
    assert served.lookup(HOST, "A") == [CALLER]
    outside.caller = "2001:db8::7"
    assert run("sh", "-c", found[1], home=home, chain=chain).returncode == 0
    assert served.lookup(HOST, "AAAA") == ["2001:db8::7"]


def test_cron_tells_of_failure(outside, served, home, chain):
    paste("cron", outside.url, home, chain, secret="another-secret-than-that")
    update = home / "usr/local/bin/dyn53-update"
    done = run(update, home=home, chain=chain)
    assert (done.returncode, done.stderr) == (1, "dyn53: not updated: badauth\n")
    update.write_text(update.read_text().replace(outside.authority, "127.0.0.1:1"))
    done = run(update, home=home, chain=chain)
    assert done.returncode == 1 and "does not answer" in done.stderr
    assert served.lookup(HOST, "A") == []


def test_cron_checks_the_certificate(outside, served, home, chain):
    paste("cron", outside.url, home, chain)
    other = certificates(home / "others")
    done = run(home / "usr/local/bin/dyn53-update", home=home, chain=other)
    assert done.returncode == 1
    assert not outside.seen


def test_systemd(outside, served, home, chain):
    paste("systemd", outside.url, home, chain)
    assert readable_by_owner_only(home / "etc/dyn53.header")
    assert "enable --now dyn53.timer" in calls(home)
    units = [home / "etc/systemd/system" / name for name in ("dyn53.service", "dyn53.timer")]
    checked = run("systemd-analyze", "verify", *units, home=home, chain=chain)
    assert checked.returncode == 0 and not checked.stderr, checked.stderr
    commands = re.findall(r"^ExecStart=-?(.*)$", units[0].read_text(), re.M)
    assert len(commands) == 2
    credential = re.search(r"^LoadCredential=header:(.*)$", units[0].read_text(), re.M)[1]
    words = [
        word.replace("${CREDENTIALS_DIRECTORY}/header", credential) for word in commands[0].split()
    ]
    done = run(*words, home=home, chain=chain)
    assert (done.returncode, done.stdout) == (0, "OK"), done.stderr
    assert served.lookup(HOST, "A") == [CALLER]


def test_systemd_hooks(outside, home, chain):
    paste("systemd", outside.url, home, chain)
    start = "systemctl start --no-block dyn53.service"
    assert start not in calls(home)
    run(home / "etc/NetworkManager/dispatcher.d/90-dyn53", "eth0", "down", home=home, chain=chain)
    assert start not in calls(home)
    run(home / "etc/NetworkManager/dispatcher.d/90-dyn53", "eth0", "up", home=home, chain=chain)
    assert calls(home).count(start) == 1
    run(home / "etc/networkd-dispatcher/routable.d/50-dyn53", home=home, chain=chain)
    assert calls(home).count(start) == 2


def test_asuswrt_merlin(outside, served, home, chain):
    paste("asuswrt-merlin", outside.url, home, chain)
    assert readable_by_owner_only(home / "jffs/configs/dyn53.header")
    run(home / "jffs/scripts/ddns-start", "203.0.113.9", home=home, chain=chain)
    assert served.lookup(HOST, "A") == ["203.0.113.9"]
    assert "ddns_custom_updated 1" in calls(home)
    run(home / "jffs/scripts/ddns-start", "192.168.1.2", home=home, chain=chain)
    assert "ddns_custom_updated 0" in calls(home)
    assert served.lookup(HOST, "A") == ["203.0.113.9"]


def test_openwrt(outside, served, home, chain):
    """The service file as ddns-scripts reads it: placeholders filled, the answer searched for."""
    paste("openwrt", outside.url, home, chain)
    settings = dict(re.findall(r"^set ddns\.dyn53_(\d\.\w+)=(.*)$", calls(home), re.M))
    assert settings["4.password"] == settings["6.password"] == SECRET
    assert (settings["4.use_ipv6"], settings["6.use_ipv6"]) == ("0", "1")
    assert settings["4.use_https"] == "1" and settings["4.lookup_host"] == HOST
    assert "ddns restart" in calls(home)
    service = json.loads((home / "usr/share/ddns/custom/dyn53.json").read_text())
    assert service["name"] == settings["4.service_name"]
    for kind, address, record in (("ipv4", CALLER, "A"), ("ipv6", "2001:db8::9", "AAAA")):
        url = service[kind]["url"].replace("[IP]", address).replace("[PASSWORD]", SECRET)
        done = run("curl", "-s", url, home=home, chain=chain)
        assert re.search(service[kind]["answer"], done.stdout, re.I | re.M)
        assert served.lookup(HOST, record) == [address]
        done = run("curl", "-s", url.replace(SECRET, "wrong"), home=home, chain=chain)
        assert not re.search(service[kind]["answer"], done.stdout, re.I | re.M)


def test_openwrt_without_tls(served, home, chain):
    paste("openwrt", f"http://{served.http}", home, chain)
    assert "set ddns.dyn53_4.use_https=0" in calls(home)


def test_macos(outside, served, home, chain):
    paste("macos", outside.url, home, chain)
    assert readable_by_owner_only(home / "usr/local/etc/dyn53.header")
    path = home / "Library/LaunchDaemons/dyn53.update.plist"
    plist = plistlib.loads(path.read_bytes())
    assert (plist["StartInterval"], plist["RunAtLoad"]) == (300, True)
    assert f"launchctl bootstrap system {path}" in calls(home)
    done = run(*plist["ProgramArguments"], home=home, chain=chain)
    assert (done.returncode, done.stdout) == (0, "OK"), done.stderr
    assert served.lookup(HOST, "A") == [CALLER]


@pytest.mark.parametrize("name", SHELL)
def test_no_shell_command_has_the_secret_as_an_argument(name):
    """It is in here-documents only: their lines begin no command."""
    text = snippet(name, "https://abc.on.aws")
    outside_documents = re.sub(r"<<'?END'?\n.*?\nEND\n", "\n", text, flags=re.S)
    assert SECRET in text and SECRET not in outside_documents


# --- real clients


def test_ddclient(outside, served, home, chain):
    config = write(home, "ddclient.conf", snippet("ddclient", outside.url))
    assert ddclient(config, home, chain).returncode == 0
    assert served.lookup(HOST, "A") == [CALLER]
    assert served.lookup("nas.example.net", "A") == []


def ddclient(config, home, chain):
    """One run in place of the daemon."""
    options = ["-daemon=0", "-verbose", "-cache", home / "cache", "-pid", home / "pid"]
    return run("ddclient", "-file", config, *options, home=home, chain=chain)


@pytest.mark.parametrize("name", ["ddclient", "inadyn"])
def test_a_client_of_a_url_without_tls(name, served, home, chain):
    """What the page of a fresh server fills in: nothing in the text may speak TLS to it."""
    url = f"http://{served.http}"
    given = ["router", name, "--url", url, "--host", HOST, "--secret-file", "-"]
    printed = subprocess.run(
        [serving.DYN53, *given], input=SECRET, capture_output=True, text=True, timeout=60
    )
    assert printed.returncode == 0, printed.stderr
    # The address that the server sees is the loopback's, which nobody publishes.
    told = printed.stdout
    if name == "ddclient":
        told = re.sub(r"^use=web.*$", f"use=cmd, cmd='echo {CALLER}'", told, flags=re.M)
    else:
        found = f'    checkip-command = "/bin/echo {CALLER}"\n'
        told = re.sub(r"^ *checkip-.*\n", "", told, flags=re.M).replace("}\n", found + "}\n")
    config = write(home, name, told)
    done = {"ddclient": ddclient, "inadyn": inadyn}[name](config, home, chain)
    assert done.returncode == 0, done.stdout + done.stderr
    assert served.lookup(HOST, "A") == [CALLER]


@pytest.mark.parametrize("name", ["unifi", "edgeos"])
def test_a_device_that_speaks_https_only(name):
    given = ["router", name, "--url", "http://192.0.2.1:8053", "--host", HOST, "--secret-file", "-"]
    done = subprocess.run(
        [serving.DYN53, *given], input=SECRET, capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("dyn53: this device speaks HTTPS only: ")
    assert done.stderr.count("\n") == 1


def test_opnsense_without_tls():
    assert fields(snippet("opnsense", "http://192.0.2.1:8053"))["Force SSL"] == "no"
    assert fields(snippet("opnsense", "https://abc.on.aws"))["Force SSL"] == "yes"


def test_ddclient_checks_the_certificate(outside, home, chain):
    config = write(home, "ddclient.conf", snippet("ddclient", outside.url))
    ddclient(config, home, certificates(home / "others"))
    assert not outside.seen


def test_edgeos(outside, served, home, chain):
    """EdgeOS writes a ddclient.conf of it; so does this."""
    set_lines = re.findall(
        r"^set service dns dynamic interface eth0 service custom-dyn53 (\S+) (.*)$",
        snippet("edgeos", outside.url),
        re.M,
    )
    has = dict(set_lines)
    assert has["options"] == '"ssl=yes"'
    config = write(
        home,
        "ddclient.conf",
        f"ssl=yes\nuse=cmd, cmd='echo {CALLER}'\nserver={has['server']}\n"
        f"protocol={has['protocol']}\nlogin={has['login']}\npassword='{has['password']}'\n"
        f"{has['host-name']}\n",
    )
    done = ddclient(config, home, chain)
    assert f"SUCCESS:  updating {HOST}" in done.stdout + done.stderr
    assert served.lookup(HOST, "A") == [CALLER]


def inadyn(config, home, chain):
    cache = home / "cache"
    cache.mkdir()
    (cache / f"{HOST}.cache").write_text("192.0.2.1")
    config.write_text(f'ca-trust-file = "{chain[0]}"\n' + config.read_text())
    options = ["-1", "--force", "-n", "-l", "debug", "--no-pidfile", "--cache-dir", cache]
    return run("inadyn", *options, "-f", config, home=home, chain=chain)


def test_inadyn(outside, served, home, chain):
    config = write(home, "inadyn.conf", snippet("inadyn", outside.url))
    done = inadyn(config, home, chain)
    assert done.returncode == 0, done.stderr
    assert served.lookup(HOST, "A") == [CALLER]


def test_unifi(outside, served, home, chain):
    """UniFi writes a custom section for inadyn of the form; so does this."""
    form = fields(snippet("unifi", outside.url))
    server, _, path = form["Server"].partition("/")
    config = write(
        home,
        "inadyn.conf",
        f'custom unifi {{\n hostname = "{form["Hostname"]}"\n username = "{form["Username"]}"\n'
        f' password = "{form["Password"]}"\n ddns-server = "{server}"\n ddns-path = "/{path}"\n'
        f' checkip-command = "/bin/echo {CALLER}"\n}}\n',
    )
    done = inadyn(config, home, chain)
    assert done.returncode == 0, done.stderr
    assert served.lookup(HOST, "A") == [CALLER]


# --- forms, replayed as the devices send them


def fields(text):
    return dict(re.findall(r"^([\w /*()?-]+): (.*)$", text, re.M))


def get(url, chain, login=None, headers=()):
    request = urllib.request.Request(url, headers=dict(headers))
    if login:
        basic = base64.b64encode(":".join(login).encode()).decode()
        request.add_header("Authorization", f"Basic {basic}")
    try:
        context = create_default_context(cafile=chain[0])
        with urllib.request.urlopen(request, context=context, timeout=20) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


@pytest.mark.parametrize("address", [CALLER, "2001:db8::9"])
def test_pfsense(address, outside, served, chain):
    """Its Result Match compares the trimmed body with each alternative."""
    form = fields(snippet("pfsense", outside.url))
    url = form["Update URL"].replace("%IP%", address)
    accepted = [one.replace("%IP%", address) for one in form["Result Match"].split("|")]
    for _ in range(2):
        status, body = get(url, chain, (form["Username"], form["Password"]))
        assert (status, body.strip() in accepted) == (200, True), body
    assert served.lookup(HOST, "AAAA" if ":" in address else "A") == [address]
    status, body = get(url, chain, (form["Username"], "wrong"))
    assert body.strip() not in accepted


def test_opnsense(outside, served, chain):
    form = fields(snippet("opnsense", outside.url))
    query = urllib.parse.urlencode({"hostname": form["Hostname(s)"], "myip": CALLER})
    assert (form["Protocol"], form["Force SSL"]) == ("DynDNS2", "yes")
    url = f"https://{form['Server']}/nic/update?{query}&wildcard=NOCHG"
    assert get(url, chain, (form["Username"], form["Password"])) == (200, f"good {CALLER}\n")
    assert served.lookup(HOST, "A") == [CALLER]


def test_synology(outside, served, chain):
    """DSM looks whether the body begins with good or nochg, and sends no Basic."""
    form = fields(snippet("synology", outside.url))
    values = {
        "__HOSTNAME__": form["Hostname"],
        "__MYIP__": CALLER,
        "__USERNAME__": form["Username/Email"],
        "__PASSWORD__": form["Password/Key"],
    }
    url = form["Query URL"]
    for name, value in values.items():
        url = url.replace(name, value)
    assert get(url, chain) == (200, f"good {CALLER}\n")
    assert get(url, chain) == (200, f"nochg {CALLER}\n")
    assert served.lookup(HOST, "A") == [CALLER]


def fritzbox(name, url, **values):
    form = fields(snippet(name, url))
    values |= {"pass": form["Password"], "domain": form["Domain name"]}
    url = form["Update URL"]
    return re.sub(r"<(\w+)>", lambda found: values[found[1]], url)


def test_fritzbox(outside, served, chain):
    url = fritzbox("fritzbox", outside.url, ipaddr=CALLER, ip6addr="2001:db8::7")
    assert get(url, chain) == (200, "OK")
    assert served.lookup(HOST, "A") == [CALLER]
    assert served.lookup(HOST, "AAAA") == ["2001:db8::7"]
    # A family that the box lacks is an empty parameter; the other record stays.
    url = fritzbox("fritzbox", outside.url, ipaddr="203.0.113.9", ip6addr="")
    assert get(url, chain) == (200, "OK")
    assert served.lookup(HOST, "A") == ["203.0.113.9"]
    assert served.lookup(HOST, "AAAA") == ["2001:db8::7"]


def test_fritzbox_prefix(outside, served, chain):
    url = fritzbox("fritzbox-prefix", outside.url, ipaddr=CALLER, ip6lanprefix="2001:db8:9::/64")
    assert get(url, chain) == (200, "OK")
    assert served.lookup("nas.example.net", "AAAA") == ["2001:db8:9::10"]
    assert served.lookup(HOST, "A") == served.lookup("nas.example.net", "A") == [CALLER]
    assert served.lookup(HOST, "AAAA") == []


def test_home_assistant(outside, served, chain):
    """The package as Home Assistant reads it, and the request of its rest_command."""
    package = yaml.safe_load(snippet("home-assistant", outside.url))
    command = package["rest_command"]["dyn53"]
    (automation,) = package["automation"]
    assert automation["action"] == [{"service": "rest_command.dyn53"}]
    assert {one["platform"] for one in automation["trigger"]} == {"homeassistant", "time_pattern"}
    assert get(command["url"], chain, headers=command["headers"]) == (200, "OK")
    assert served.lookup(HOST, "A") == [CALLER]


def powershell(text):
    language = tree_sitter.Language(tree_sitter_powershell.language())
    return tree_sitter.Parser(language).parse(text.encode()).root_node


def test_windows(outside, served, chain):
    """Its grammar, and the request; no PowerShell runs it."""
    text = snippet("windows", outside.url)
    update = re.search(r"@'\n(.*?)\n'@", text, re.S)[1]
    assert not powershell(text).has_error and not powershell(update).has_error
    assert powershell(text.replace("@'\n", "@\n", 1)).has_error
    assert [line for line in text.splitlines() if SECRET in line] == [
        f"Set-Content \"$folder\\secret.txt\" '{SECRET}'"
    ]
    url = re.search(r"Invoke-RestMethod '([^']+)'", update)[1]
    bearer = re.search(r'Authorization = "([^"]+)"', update)[1].replace("$secret", SECRET)
    assert get(url, chain, headers={"Authorization": bearer}) == (200, "OK")
    assert served.lookup(HOST, "A") == [CALLER]


def test_tools_are_there():
    for tool in ("shellcheck", "systemd-analyze", "ddclient", "inadyn", "curl", "openssl"):
        assert shutil.which(tool, path="/usr/sbin:/usr/bin:/sbin:/bin"), tool
