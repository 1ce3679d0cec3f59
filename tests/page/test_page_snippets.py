"""The page writes what the command prints; copying and saving take all of it."""

import subprocess

import pytest
import serving
from browsing import ADDRESS, HOST, SECRET, devices

DEVICES = devices()


def printed(name, url, host=HOST):
    """What `dyn53 router` prints."""
    given = ["--url", url, "--host", host, "--secret-file", "-"]
    done = subprocess.run(
        [serving.DYN53, "router", name, *given],
        input=SECRET,
        capture_output=True,
        text=True,
        timeout=60,
    )
    if "speaks HTTPS only" in done.stderr:
        return done.stderr.removeprefix("dyn53: ")
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_device_is_offered_in_the_order_of_the_index(visit, server):
    options = visit(server).open().page.locator("#device option").all_inner_texts()
    assert options == [device["title"] for device in DEVICES]


def test_what_gets_certificates_is_a_group_of_its_own_and_makes_no_update(visit, server):
    seen = visit(server).open()
    groups = seen.page.locator("#device optgroup").all()
    names = [group.get_attribute("label") for group in groups]
    assert names == ["Keep a name on an address", "Get certificates for it"]
    titles = groups[1].locator("option").all_inner_texts()
    assert titles[0] == "lego" and titles == [one["title"] for one in DEVICES[-len(titles) :]]
    button = seen.page.get_by_role("button", name="Make one update")
    assert button.is_visible()
    seen.choose("lego")
    assert not button.is_visible()
    seen.choose(DEVICES[0]["title"])
    assert button.is_visible()


def test_a_certificate_for_a_wildcard_is_for_the_name_below_it(visit, server):
    seen = visit(server).open()
    seen.choose("Traefik")
    seen.fill(host=f"*.{HOST}")
    assert seen.snippet() == printed("traefik", seen.url, f"*.{HOST}")
    assert f"sans=*.{HOST}" in seen.snippet() and "*.*" not in seen.snippet()


@pytest.mark.parametrize("device", DEVICES, ids=lambda device: device["name"])
def test_the_page_writes_what_the_command_prints(visit, server, device):
    seen = visit(server).open()
    seen.choose(device["title"])
    seen.fill()
    text = printed(device["name"], seen.url)
    if device.get("action") == "form" and "HTTPS only" not in text:
        lines = text.strip().splitlines()[1:]
        text = "\n".join(line for line in lines if line)
    assert seen.snippet() == text
    assert seen.page.locator("#note").inner_text().split() == device["note"].split()
    assert seen.page.locator("#success").inner_text() == device["success"]
    assert seen.console == []


BUTTONS = {"save": "Save as", "paste": "Copy"}


def test_the_first_button_is_the_one_that_the_step_names(visit, server):
    seen = visit(server).open()
    for device in DEVICES:
        seen.choose(device["title"])
        action = device.get("action", "paste")
        main = seen.page.locator("button.main").filter(visible=True).all_inner_texts()
        if action == "form":
            assert not main or device.get("https_only")
            continue
        [button] = main
        assert button.startswith(BUTTONS[action])
        assert seen.page.locator("#actions button").first.inner_text() == button
        assert action != "save" or device["note"].startswith("Save as ")


def test_the_secret_is_hidden_in_the_text_until_it_is_shown(visit, server):
    seen = visit(server, permissions=["clipboard-read", "clipboard-write"]).open()
    seen.fill()
    for title in ("MikroTik RouterOS 6.45 to 7", "FRITZ!Box"):
        seen.choose(title)
        assert SECRET not in seen.page.locator("main").inner_text()
        assert "••••••••••" in seen.page.locator("main").inner_text()
        seen.page.get_by_role("button", name="Show").click()
        assert SECRET in seen.page.locator("main").inner_text()
        seen.page.get_by_role("button", name="Hide").click()
        assert SECRET not in seen.page.locator("main").inner_text()


@pytest.mark.parametrize(
    ("host", "words"),
    [
        ("127.0.0.1", "127.0.0.1 is this computer itself: no router can call it."),
        ("localhost", "localhost is this computer itself"),
        ("192.168.1.5", "192.168.1.5 is in your own network"),
        ("172.20.1.5", "172.20.1.5 is in your own network"),
        ("100.64.0.9", "100.64.0.9 is in your own network"),
        ("nas.local", "nas.local is in your own network"),
        ("[::1]", "[::1] is this computer itself"),
        ("[fd00::5]", "[fd00::5] is in your own network"),
        ("172.32.1.5", ""),
        ("[2001:db8::5]", ""),
        ("10.example.com", ""),
        ("ddns.example.net", ""),
    ],
)
def test_an_address_that_a_router_cannot_call_is_named(visit, server, host, words):
    seen = visit(server)
    local = seen.url
    seen.url = local.replace("127.0.0.1", host)
    seen.page.route(
        "**/setup", lambda route: route.fulfill(response=route.fetch(url=local + "/setup"))
    )
    seen.page.route("**/myip", lambda route: route.fulfill(body=ADDRESS))
    seen.open()
    assert words in seen.page.locator("#reach").inner_text()
    assert bool(words) == bool(seen.page.locator("#reach").inner_text())


def test_a_host_is_written_the_same_way_however_it_is_typed(visit, server):
    seen = visit(server).open()
    seen.fill(host=" Home.Example.NET. ")
    assert seen.snippet() == printed(DEVICES[0]["name"], seen.url, "Home.Example.NET.")


def test_a_link_names_a_device(visit, server):
    seen = visit(server).open("#" + DEVICES[-1]["name"])
    assert seen.page.locator("#file").inner_text() == DEVICES[-1]["file"]


def test_copying_takes_the_whole_text(visit, server):
    seen = visit(server, permissions=["clipboard-read", "clipboard-write"]).open()
    seen.fill()
    seen.page.get_by_role("button", name="Copy").click()
    seen.page.get_by_text("Copied").wait_for()
    assert seen.page.evaluate("navigator.clipboard.readText()") == seen.snippet()


def test_a_server_without_https(visit, server):
    """Its name is in the text, the browser gives no clipboard interface, and the page warns."""
    seen = visit(server, permissions=["clipboard-read", "clipboard-write"])
    local = seen.url
    seen.url = local.replace("127.0.0.1", "ddns.example.net")
    seen.open()
    seen.fill()
    assert seen.page.evaluate("navigator.clipboard === undefined")
    assert "without https" in seen.page.locator("#insecure").inner_text()
    assert seen.snippet() == printed(DEVICES[0]["name"], seen.url)
    text = seen.snippet()
    seen.page.get_by_role("button", name="Copy").click()
    seen.page.get_by_text("Copied").wait_for()
    assert SECRET in text
    seen.url = local
    seen.open()
    assert seen.page.evaluate("navigator.clipboard.readText()") == text
    assert seen.page.locator("#insecure").inner_text() == ""


def test_saving_gives_the_file_its_name_and_text(visit, server):
    seen = visit(server).open()
    seen.fill()
    with seen.page.expect_download() as saved:
        seen.page.get_by_role("button", name="Save").click()
    assert saved.value.suggested_filename == DEVICES[0]["file"]
    assert saved.value.path().read_bytes().decode() == seen.snippet()


@pytest.mark.parametrize(
    ("host", "secret", "field", "complaint"),
    [
        ("", SECRET, "host", "Type the host name"),
        ("home", SECRET, "host", "needs its domain"),
        ("192.0.2.1", SECRET, "host", "not an address"),
        ("bücher.example", SECRET, "host", "xn--"),
        ("a b.example.net", SECRET, "host", "no host name"),
        ("-a.example.net", SECRET, "host", "no host name"),
        ("a..example.net", SECRET, "host", "no host name"),
        (HOST, "", "secret", "Type the secret"),
        (HOST, "with space", "secret", "A-Z a-z 0-9"),
        (HOST, "with$dollar", "secret", "A-Z a-z 0-9"),
    ],
)
def test_nothing_is_copied_or_sent_with_a_wrong_value(
    visit, server, host, secret, field, complaint
):
    seen = visit(server, permissions=["clipboard-read", "clipboard-write"]).open()
    seen.fill(host, secret)
    seen.page.evaluate("navigator.clipboard.writeText('untouched')")
    for button in ("Copy", "Make one update"):
        seen.page.get_by_role("button", name=button).click()
        assert complaint in seen.page.locator(f"#{field}-fault").inner_text()
        assert seen.page.evaluate("document.activeElement.id") == field
        assert seen.page.locator(f"#{field}").get_attribute("aria-invalid") == "true"
    assert seen.page.evaluate("navigator.clipboard.readText()") == "untouched"
    assert not [one for one in seen.requests if one.method == "POST"]


def test_the_callers_address_is_shown_with_its_family(visit, server):
    seen = visit(server).open()
    seen.page.get_by_text(f"You come from {ADDRESS} (IPv4).").wait_for()
    seen = visit(server, caller="2001:db8::7").open()
    seen.page.get_by_text("You come from 2001:db8::7 (IPv6).").wait_for()


def test_a_fault_is_said_while_typing_only_if_more_typing_cannot_mend_it(visit, server):
    seen = visit(server).open()
    seen.fill("home", "s")
    assert seen.page.locator("[id$=-fault]").all_inner_texts() == ["", ""]
    seen.fill("home example", "a b")
    assert all(seen.page.locator("[id$=-fault]").all_inner_texts())
    seen.fill()
    assert seen.page.locator("[id$=-fault]").all_inner_texts() == ["", ""]


def test_a_text_without_a_secret_is_copied_without_one(visit, server):
    seen = visit(server, permissions=["clipboard-read", "clipboard-write"]).open()
    seen.choose("MikroTik RouterOS, uninstall")
    seen.page.get_by_role("button", name="Copy").click()
    seen.page.get_by_text("Copied.").wait_for()
    assert seen.page.evaluate("navigator.clipboard.readText()") == seen.snippet()


def test_before_anything_is_typed_the_page_shows_what_the_command_shows_without_a_secret(
    visit, server
):
    seen = visit(server).open()
    command = [serving.DYN53, "router", DEVICES[0]["name"], "--url", seen.url]
    done = subprocess.run(
        [*command, "--host", "home.example.com"], capture_output=True, text=True, timeout=60
    )
    assert seen.snippet() == done.stdout
