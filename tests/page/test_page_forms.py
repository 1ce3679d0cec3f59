"""A device with a form: each field has a row of its own, and a button that copies its value."""

import pytest
from browsing import HOST, SECRET, devices

FORMS = [device for device in devices() if device.get("action") == "form"]


def fill(text, url, host, secret):
    values = {"URL": url, "URL_HOST": url.split("://")[1], "HOST": host, "SECRET": secret}
    values["DOMAIN"] = host
    values["TLS"] = "yes" if url.startswith("https:") else "no"
    for name, value in values.items():
        text = text.replace("{{" + name + "}}", value)
    return text


@pytest.mark.parametrize("device", FORMS, ids=lambda device: device["name"])
def test_each_field_of_a_form_has_a_row_and_a_button_that_copies_its_value(visit, server, device):
    seen = visit(server, permissions=["clipboard-read", "clipboard-write"])
    if device.get("https_only"):
        as_https(seen)
    seen.open()
    seen.choose(device["title"])
    seen.fill()
    template = device["path"].read_text()
    fields = [line.split(": ", 1) for line in template.splitlines()[1:] if is_field(line)]
    assert len(fields) >= 4
    rows = seen.page.locator("#form dl > div")
    assert rows.locator("dt").all_inner_texts() == [name for name, _ in fields]
    for row, (name, given) in zip(rows.all(), fields, strict=True):
        row.get_by_role("button", name=f"Copy {name}", exact=True).click()
        row.get_by_text("Copied").wait_for()
        url = device.get("https_only") and seen.url.replace("http:", "https:") or seen.url
        copied = seen.page.evaluate("navigator.clipboard.readText()")
        assert copied == fill(given, url, HOST, SECRET)
        assert SECRET not in row.inner_text(), "what is copied is not shown"
    assert not seen.page.get_by_role("button", name="Save").is_visible()


def is_field(line):
    """Whether a line of a form's text is a field: a short name of plain words before the colon."""
    name = line.partition(": ")[0]
    return name != line and len(name) <= 30 and not set(name) & set("<>;,.")


def as_https(visit):
    """Serves the page's script as if it had come by https."""

    def changed(route):
        text = route.fetch().text()
        told = "const tls = location.protocol === 'https:';"
        assert told in text
        server = "URL: location.origin"
        text = text.replace(told, "const tls = true;")
        text = text.replace(server, "URL: location.origin.replace('http:', 'https:')")
        route.fulfill(body=text, content_type="text/html")

    visit.page.route("**/setup", changed)
