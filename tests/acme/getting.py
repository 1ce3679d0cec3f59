"""ACME clients, each set up with the text that `dyn53 router` prints, if there is one for it.

Every client is a function: machine -> (chain, key), the files of a certificate for the names of the
machine's household. A file that is not there means that it got none.
"""

import base64
import json
import pathlib
import time

import yaml
from authority import DIRECTORY

HERE = pathlib.Path(__file__).resolve().parent


def lego(machine):
    machine.write("bin/lego", f'#!/bin/sh\nexec /usr/bin/lego --server {DIRECTORY} "$@"\n', 0o755)
    machine.paste(machine.printed("lego"))
    kept = machine.folder / "etc/lego/certificates"
    return kept / f"{machine.household.host}.crt", kept / f"{machine.household.host}.key"


def traefik(machine):
    """The service of the compose file, with its secret where Docker puts it."""
    service = yaml.safe_load(machine.household.printed("traefik"))["services"]["traefik"]
    machine.write("run/secrets/dyn53", machine.household.secret)
    router = {"rule": f"Host(`{machine.household.host}`)", "service": "none"}
    served = {"services": {"none": {"loadBalancer": {"servers": [{"url": "http://127.0.0.1:9"}]}}}}
    dynamic = {"http": {"routers": {"home": {**router, "entryPoints": ["websecure"]}}, **served}}
    file = machine.write("dynamic.yaml", yaml.safe_dump(dynamic))
    words = [machine.moved(one).replace("=:443", "=127.0.0.1:0") for one in service["command"]]
    words += [f"--providers.file.filename={file}", "--global.checknewversion=false"]
    words += [f"--certificatesresolvers.dyn53.acme.caserver={DIRECTORY}", "--log.level=DEBUG"]
    environment = {name: machine.moved(one) for name, one in service["environment"].items()}
    process = machine.start("traefik", *words, **environment)
    try:
        return from_store(machine, machine.folder / "letsencrypt/acme.json", process)
    finally:
        process.terminate()
        process.wait(timeout=30)


def from_store(machine, store, process):
    """Chain and key, once Traefik has put them into its store."""
    chain, key = machine.folder / "chain.pem", machine.folder / "key.pem"
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and process.poll() is None:
        text = store.read_text() if store.exists() else ""
        if '"certificate"' in text:
            [kept] = json.loads(text)["dyn53"]["Certificates"]
            chain.write_bytes(base64.b64decode(kept["certificate"]))
            key.write_bytes(base64.b64decode(kept["key"]))
            break
        time.sleep(0.2)
    return chain, key


def certbot_httpreq(machine):
    return certbot(machine, machine.printed("certbot"))


def certbot_raw(machine):
    """lego's raw mode: the key authorization is sent, not its digest."""
    mode = "HTTPREQ_MODE = RAW\n"
    text = machine.printed("certbot").replace("HTTPREQ_USERNAME", mode + "HTTPREQ_USERNAME")
    return certbot(machine, text)


def certbot_acme_dns(machine):
    """lego's provider for acme-dns, with the account file that cert-manager gets."""
    secret = next(yaml.safe_load_all(machine.household.printed("cert-manager")))
    url = machine.household.url
    accounts = json.loads(secret["stringData"]["accounts.json"])
    # lego keeps with each account the server that it is of.
    kept = {name: {**account, "server_url": url} for name, account in accounts.items()}
    kept = machine.write("accounts.json", json.dumps(kept))
    settings = [
        "dns_multi_provider = acme-dns",
        f"ACME_DNS_API_BASE = {url}",
        f"ACME_DNS_STORAGE_PATH = {kept}",
    ]
    head, _, rest = machine.printed("certbot").partition("dns_multi_provider = httpreq\n")
    _, end, command = rest.partition("END\n")
    return certbot(machine, head + "\n".join(settings) + "\n" + end + command)


def certbot_npm(machine):
    """The plugin, the account file and the form of Nginx Proxy Manager."""
    text = machine.printed("nginx-proxy-manager")
    form = [line.removeprefix("#   ") for line in text.splitlines() if line.startswith("#   dns_")]
    kept = machine.write("npm.ini", machine.moved("\n".join(form) + "\n"))
    names = " ".join(f"-d '{name}'" for name in machine.household.names)
    options = f"--agree-tos --register-unsafely-without-email --dns-acmedns-credentials {kept}"
    wait = "--dns-acmedns-propagation-seconds 1"
    command = f"certbot certonly {options} {wait} --authenticator dns-acmedns {names}\n"
    return certbot(machine, text + command)


def certbot_hook(machine):
    return certbot(machine, machine.printed("certbot-hook"))


def certbot(machine, text):
    machine.use_certbot()
    machine.paste(text)
    live = machine.folder / "config/live" / machine.household.host
    return live / "fullchain.pem", live / "privkey.pem"


def hook(machine):
    """The hook alone, without certbot's command."""
    text, _, _ = machine.printed("certbot-hook").partition("\ncertbot certonly")
    assert machine.paste(text), machine.said()
    return machine.folder / "usr/local/bin/dyn53-challenge"


def dehydrated(machine):
    told = f"CA={DIRECTORY}\nBASEDIR={machine.folder}\nCHALLENGETYPE=dns-01\n"
    config = machine.write("config", f"{told}HOOK={hook(machine)}\n")
    machine.write("domains.txt", " ".join(machine.household.names) + "\n")
    machine.run("dehydrated", "--config", config, "--register", "--accept-terms")
    machine.run("dehydrated", "--config", config, "--cron")
    kept = machine.folder / "certs" / machine.household.host
    return kept / "fullchain.pem", kept / "privkey.pem"


def uacme(machine):
    command = ["uacme", "--acme-url", DIRECTORY, "--confdir", machine.folder / "uacme", "--yes"]
    called = ["--hook", hook(machine), "--type", "EC"]
    machine.run(*command, "new")
    machine.run(*command, *called, "issue", *machine.household.names)
    kept, host = machine.folder / "uacme", machine.household.host
    return kept / host / "cert.pem", kept / "private" / host / "key.pem"


def acme_client(machine):
    """npm's acme-client."""
    home = machine.household
    told = {"DIRECTORY": DIRECTORY, "URL": home.url, "HOST": home.host, "SECRET": home.secret}
    machine.run("node", HERE / "acme-client.js", **told)
    return machine.folder / "chain.pem", machine.folder / "key.pem"


HTTPREQ = [
    lego,
    traefik,
    certbot_httpreq,
    certbot_raw,
    certbot_hook,
    dehydrated,
    uacme,
    acme_client,
]
ACME_DNS = [certbot_acme_dns, certbot_npm]
ALL = HTTPREQ + ACME_DNS
