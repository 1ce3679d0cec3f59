"""The status in Chromium: logging in and out, whose hosts are shown, no script, and the policy."""

import base64
import datetime
import json
import re
import signal
import time
import urllib.error
import urllib.request

import jsonschema
import pytest
import serving
from axe_playwright_python.sync_playwright import Axe
from browsing import ADDRESS, DESKTOP, PHONE, artefact

SECRET = "obviously-fake-test-secret_1"
OTHER = "obviously-fake-test-secret_2"
NAME = "<b>router</b>"
HOST = "home.example.net"
EVIL = "Mozilla/5.0 <script>document.title='broken'</script>"
FILE = f"""\
http = "127.0.0.1:0"
dns = "127.0.0.1:0"
trusted_proxies = ["127.0.0.1"]

[[zone]]
name = "example.net"

[[credential]]
name = "{NAME}"
secret = "{SECRET}"
hosts = ["{HOST}", "nas.example.net"]

[[credential]]
name = "other"
secret = "{OTHER}"
hosts = ["other.example.net"]
"""


def past():
    """Lines of a history, as docs/server.md has them: an address each three days or so."""
    now, old = datetime.datetime.now(datetime.UTC), ""
    for day in (31, 28, 24, 23, 17, 12, 9, 3):
        at = (now - datetime.timedelta(days=day)).isoformat(timespec="milliseconds")
        new = f"203.0.113.{100 + day}"
        line = {"at": at.replace("+00:00", "Z"), "host": HOST, "type": "A", "old": old, "new": new}
        yield json.dumps(line | {"caller": new, "dialect": "dyndns2"}) + "\n"
        old = new


def call(server, query, caller=ADDRESS):
    """What a device does."""
    headers = {"User-Agent": EVIL, "X-Forwarded-For": caller}
    request = urllib.request.Request(f"http://{server.http}/{query}", headers=headers)
    try:
        return urllib.request.urlopen(request, timeout=30).read().decode()
    except urllib.error.HTTPError as refused:
        return refused.read().decode()


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """Two logins with a history of weeks, and calls that were refused."""
    folder = tmp_path_factory.mktemp("status")
    (folder / "dyn53-data").mkdir()
    (folder / "dyn53-data" / "history.jsonl").write_text("".join(past()))
    with serving.run(folder, FILE) as server:
        for last in (7, 8, 9):
            assert call(server, f"?secret={SECRET}&newip=203.0.113.{last}") == "OK"
        assert call(server, f"?secret={SECRET}&newip=203.0.113.9&newip6=2001:db8::9") == "OK"
        assert call(server, f"?secret={OTHER}&newip=203.0.113.77") == "OK"
        call(server, f"nic/update?hostname={HOST}&username=%3Cimg%20src=x%3E&password=wrong-one")
        call(server, f"?secret={SECRET}&newip=%3Cscript%3E")
        yield server


def log_in(seen, name=NAME, secret=SECRET):
    seen.response = seen.page.goto(f"{seen.url}/status")
    seen.page.get_by_label("User name").fill(name)
    seen.page.get_by_label("Secret").fill(secret)
    seen.page.get_by_role("button", name="Log in").click()
    return seen


def text(seen):
    return seen.page.locator("main").inner_text()


def test_a_browser_is_led_from_the_root_to_the_status(server, visit):
    seen = visit(server)
    seen.page.goto(seen.url)
    assert seen.page.get_by_role("link", name="Setup").get_attribute("href") == "/setup"
    seen.page.get_by_role("link", name="Status").click()
    seen.page.get_by_role("heading", name="Status").wait_for()
    assert HOST not in text(seen)


def test_one_sees_the_own_hosts_and_no_other_ones(server, visit):
    shown = text(log_in(visit(server, java_script_enabled=False)))
    for one in (
        HOST,
        "nas.example.net",
        "203.0.113.9",
        "2001:db8::9",
        "203.0.113.8",
        "TTL 60",
        "6 days",
    ):
        assert one in shown, one
    assert "other.example.net" not in shown and "203.0.113.77" not in shown
    assert "Load again" in shown and f"You come from {ADDRESS}" in shown
    assert f"The last call came from {ADDRESS}, which is another address." in shown


def test_a_wrong_login_says_so(server, visit):
    seen = log_in(visit(server), secret="another-fake-secret")
    assert seen.page.get_by_role("alert").inner_text() == "The user name or the secret is wrong."
    assert seen.page.context.cookies() == []
    assert HOST not in text(seen)


def test_the_session_is_a_closed_short_cookie_and_ends_with_the_log_out(server, visit):
    seen = log_in(visit(server))
    seen.page.get_by_role("heading", name=HOST).wait_for()
    (cookie,) = seen.page.context.cookies()
    assert (cookie["httpOnly"], cookie["sameSite"], cookie["path"]) == (True, "Strict", "/status")
    assert seen.page.evaluate("Date.now() / 1000 + 1801") > cookie["expires"]
    kept = f"{cookie['name']}={cookie['value']}"
    seen.page.get_by_role("button", name="Log out").click()
    seen.page.get_by_label("Secret").wait_for()
    assert seen.page.context.cookies() == []
    again = urllib.request.Request(f"{seen.url}/status", headers={"Cookie": kept})
    assert HOST not in urllib.request.urlopen(again, timeout=30).read().decode()


def test_without_its_cookie_a_page_is_out_of_date(server, visit):
    """As when the browser's time for the cookie is over."""
    seen = log_in(visit(server))
    seen.page.get_by_role("heading", name=HOST).wait_for()
    seen.page.context.clear_cookies()
    seen.page.locator("article", has_text=HOST).get_by_role("button").click()
    assert "log in again" in seen.page.get_by_role("alert").inner_text()
    assert server.lookup(HOST, "A") == ["203.0.113.9"]


def test_a_new_secret_ends_the_session(tmp_path, visit):
    with serving.run(tmp_path, FILE) as own:
        seen = log_in(visit(own))
        seen.page.get_by_role("heading", name=HOST).wait_for()
        (tmp_path / "dyn53.toml").write_text(FILE.replace(SECRET, SECRET + "-new"))
        own.process.send_signal(signal.SIGHUP)
        deadline = time.monotonic() + 30
        while HOST in text(seen) and time.monotonic() < deadline:
            seen.page.reload()
        assert HOST not in text(seen)


def test_the_button_sets_the_record(tmp_path, visit):
    with serving.run(tmp_path, FILE) as own:
        seen = log_in(visit(own, java_script_enabled=False))
        seen.page.locator("article", has_text=HOST).get_by_role("button").click()
        seen.page.get_by_text("Everything is as it should be.").wait_for()
        assert own.lookup(HOST, "A") == [ADDRESS] and own.lookup("nas.example.net", "A") == []
        assert ADDRESS in seen.page.locator("article").first.inner_text()


def test_nothing_that_a_stranger_sends_becomes_markup(server, visit):
    seen = log_in(visit(server))
    seen.page.get_by_role("heading", name="Last calls").wait_for()
    assert "badauth" in text(seen) and "the secret or the user name is wrong" in text(seen)
    assert seen.page.locator("script, img, b").count() == 0
    assert seen.page.title() == "Status - dyn53"
    assert "Mozilla" not in seen.page.content()
    assert seen.console == []


def test_the_policy_lets_no_script_run_and_nothing_come_from_elsewhere(server, visit):
    seen = log_in(visit(server))
    for path in ("/", "/status"):
        policy = seen.page.goto(f"{seen.url}{path}").all_headers()["content-security-policy"]
        assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy
        assert "script-src" not in policy and "unsafe" not in policy
    assert seen.hosts_asked() == {seen.url}
    assert seen.page.evaluate("getComputedStyle(document.body).margin") == "0px", "no style"
    assert seen.console == []
    seen.page.evaluate(
        "document.body.append(Object.assign(document.createElement('img'), {src: '/x'}))"
    )
    seen.page.wait_for_function("document.images.length == 1")
    assert any("Content Security Policy" in said for said in seen.console)


@pytest.mark.parametrize(("screen", "scheme"), [(DESKTOP, "light"), (PHONE, "dark")])
def test_no_rule_of_axe_is_broken(server, visit, screen, scheme):
    rules = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
    seen = visit(server, viewport=screen, color_scheme=scheme)

    def check(state):
        seen.page.screenshot(
            path=artefact(f"status-{state}-{screen['width']}-{scheme}.png"), full_page=True
        )
        found = Axe().run(seen.page, options=rules).response["violations"]
        told = [(one["id"], [node["html"] for node in one["nodes"]]) for one in found]
        assert told == [], state
        wide = "[document.documentElement.scrollWidth, innerWidth]"
        scroll, width = seen.page.evaluate(wide)
        assert scroll <= width, f"{state} sticks out"

    seen.page.goto(seen.url)
    check("root")
    log_in(seen, secret="another-fake-secret")
    check("refused")
    log_in(seen)
    seen.page.get_by_role("heading", name=HOST).wait_for()
    check("shown")


def test_everything_is_reached_with_the_keyboard(server, visit):
    seen = log_in(visit(server))
    seen.page.get_by_role("heading", name=HOST).wait_for()
    reached = []
    for _ in range(6):
        seen.page.keyboard.press("Tab")
        outline = "getComputedStyle(document.activeElement).outlineStyle"
        assert seen.page.evaluate(outline) == "solid", "the focus must be seen"
        reached.append(seen.page.evaluate("document.activeElement.textContent"))
    assert reached[0] == "Load again"
    assert reached[1:3] == [f"Set to my address now: {one}" for one in (HOST, "nas.example.net")]
    assert reached[3].startswith("When") and reached[4].startswith("When")
    assert reached[5] == "Log out"
    seen.page.keyboard.press("Enter")
    seen.page.get_by_label("Secret").wait_for()


def test_the_json_is_as_documented(server):
    """The schema is the one in the guide."""
    guide = (serving.ROOT / "docs" / "status.md").read_text()
    schema = json.loads(re.search(r"^```json\n(.*?)^```$", guide, re.M | re.S)[1])
    login = base64.b64encode(f"{NAME}:{SECRET}".encode()).decode()
    headers = {"Authorization": f"Basic {login}"}
    request = urllib.request.Request(f"http://{server.http}/status.json", headers=headers)
    status = json.loads(urllib.request.urlopen(request, timeout=30).read())
    jsonschema.validate(status, schema)
    assert set(status) == set(schema["properties"])
    for name in ("hosts", "history", "calls"):
        known = set(schema["properties"][name]["items"]["properties"])
        assert status[name] and all(set(one) == known for one in status[name])
    assert status["hosts"][0]["records"][0]["addresses"] == ["203.0.113.9"]
