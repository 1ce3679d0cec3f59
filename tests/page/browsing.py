"""One visit to the setup page: its requests and the complaints of its console are kept."""

import contextlib
import pathlib
import tomllib
import urllib.parse

import serving

CHROMIUM = "/usr/bin/chromium"
# No sandbox: tests run as root. The rest keeps Chromium from calling home.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP ddns.example.net 127.0.0.1",
]
HOST = "home.example.net"
SECRET = "obviously-fake-test-secret_0"
ADDRESS = "198.51.100.7"
ARTEFACTS = serving.ROOT / "tests" / ".artefacts" / "page"
PHONE = {"width": 360, "height": 740}
DESKTOP = {"width": 1280, "height": 900}


def devices():
    """What routers/index.toml lists, those that get certificates last."""
    index = tomllib.loads((serving.ROOT / "routers" / "index.toml").read_text())
    folders = {"routers": "", "certificates": "certificates/"}
    return [
        {**entry, "path": serving.ROOT / "routers" / (folder + entry["file"])}
        for group, folder in folders.items()
        for entry in index[group]
    ]


class Visit:
    """One open page, with the requests it made and what its console said."""

    def __init__(self, context, url):
        self.url = url
        self.requests = []
        self.console = []
        self.page = context.new_page()
        self.page.set_default_timeout(15_000)
        self.page.on("request", lambda request: self.requests.append(request))
        self.page.on("console", lambda said: self.console.append(f"{said.type}: {said.text}"))
        self.page.on("pageerror", lambda error: self.console.append(f"uncaught: {error}"))

    def open(self, fragment=""):
        """Opens the page and waits until it knows the caller's address."""
        with self.page.expect_response("**/myip"):
            self.response = self.page.goto(f"{self.url}/setup{fragment}")
        return self

    def fill(self, host=HOST, secret=SECRET):
        self.page.get_by_label("Host name").fill(host)
        self.page.get_by_label("Secret", exact=True).fill(secret)

    def choose(self, title):
        self.page.get_by_label("Router or program").select_option(title)

    def snippet(self):
        """The text that is shown, once the secret is shown too."""
        if self.page.locator("#secret").get_attribute("type") == "password":
            self.page.locator("#reveal").click()
        if self.page.locator("#snippet").is_visible():
            return self.page.locator("#snippet").evaluate("one => one.textContent")
        return self.page.locator("#form").evaluate(
            """form => [...form.querySelectorAll('p, dl > div')].map(one => one.localName === 'p'
                ? one.textContent
                : `${one.children[0].textContent}: ${one.querySelector('code').textContent}`
            ).join('\\n')"""
        )

    def result(self):
        """What the page says of an update, once it is there."""
        self.page.locator("#result.good, #result.bad").wait_for()
        return self.page.locator("#result").inner_text()

    def hosts_asked(self):
        """Scheme, host and port of every request that left the page."""
        urls = [urllib.parse.urlsplit(one.url) for one in self.requests]
        return {
            f"{url.scheme}://{url.netloc}" for url in urls if url.scheme not in ("data", "blob")
        }


@contextlib.contextmanager
def run_server(folder):
    trusting = 'trusted_proxies = ["127.0.0.1"]'
    with serving.serve(folder, secret=SECRET, hosts=(HOST,), extra=trusting) as server:
        yield server


def artefact(name):
    """Where a screenshot is kept."""
    ARTEFACTS.mkdir(parents=True, exist_ok=True)
    return pathlib.Path(ARTEFACTS / name)
