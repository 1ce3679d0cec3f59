"""The page without a mouse, on a phone, in the dark, and for screen readers."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from browsing import DESKTOP, HOST, PHONE, SECRET, artefact, devices

SCREENS = {"phone": PHONE, "desktop": DESKTOP}
both_screens = pytest.mark.parametrize("screen", SCREENS)
both_schemes = pytest.mark.parametrize("scheme", ["light", "dark"])


def test_everything_is_done_with_the_keyboard(own_server, visit):
    seen = visit(own_server, permissions=["clipboard-read", "clipboard-write"]).open()
    keys, names = seen.page.keyboard, []
    [wanted] = [one for one in devices() if one["name"] == "macos"]

    def tab():
        keys.press("Tab")
        outline = "getComputedStyle(document.activeElement).outlineStyle"
        assert seen.page.evaluate(outline) == "solid", "the focus must be seen"
        names.append(seen.page.evaluate("document.activeElement.id"))

    tab()
    keys.type(wanted["title"])
    tab()
    keys.type(HOST)
    tab()
    keys.type(SECRET)
    keys.press("Enter")
    tab()
    keys.press("Enter")
    assert seen.page.locator("#secret").get_attribute("type") == "text"
    keys.press("Space")
    assert seen.page.locator("#secret").get_attribute("type") == "password"
    tab()
    tab()
    keys.press("Enter")
    seen.page.get_by_text("Copied").wait_for()
    tab()
    assert not [one for one in seen.requests if one.method == "POST"]
    tab()
    keys.press("Enter")
    assert "It works" in seen.result()

    assert names == ["device", "host", "secret", "reveal", "snippet", "copy", "save", "test"]
    assert seen.page.locator("#file").inner_text() == wanted["file"]
    assert seen.page.evaluate("document.activeElement.id") == "test", "the focus must stay"
    assert seen.page.evaluate("navigator.clipboard.readText()") == seen.snippet()


@both_screens
@both_schemes
def test_no_rule_of_axe_is_broken(own_server, visit, screen, scheme):
    """Labels, roles, contrast and the rest, on the empty page, with faults, and with a result."""
    seen = visit(own_server, viewport=SCREENS[screen], color_scheme=scheme).open()
    rules = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}

    def check(state):
        found = Axe().run(seen.page, options=rules).response["violations"]
        told = [(one["id"], [node["html"] for node in one["nodes"]]) for one in found]
        assert told == [], state

    check("empty")
    seen.page.get_by_role("button", name="Copy").click()
    check("faults")
    seen.fill()
    seen.page.get_by_role("button", name="Make one update").click()
    seen.result()
    check("done")
    seen.fill(secret="another-fake-secret")
    seen.page.get_by_role("button", name="Make one update").click()
    seen.page.locator("#result.bad").wait_for()
    check("refused")
    seen.choose("Synology DSM")
    check("form")


CONTRAST = """() => {
    const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
    const rgb = colour => {
        canvas.clearRect(0, 0, 1, 1);
        canvas.fillStyle = colour;
        canvas.fillRect(0, 0, 1, 1);
        return [...canvas.getImageData(0, 0, 1, 1).data];
    };
    const light = colour => rgb(colour).slice(0, 3).map(part => part / 255)
        .map(part => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
        .reduce((sum, part, at) => sum + part * [0.2126, 0.7152, 0.0722][at], 0);
    const ratio = (one, other) => {
        const [dark, bright] = [light(one), light(other)].sort((a, b) => a - b);
        return (bright + 0.05) / (dark + 0.05);
    };
    const behind = node => {
        for (; node; node = node.parentElement) {
            const colour = getComputedStyle(node).backgroundColor;
            if (rgb(colour)[3] === 255) return colour;
        }
        throw 'no background';
    };
    const ratios = {};
    for (const node of document.querySelectorAll('main *')) {
        const style = getComputedStyle(node);
        const text = [...node.childNodes].some(one => one.nodeType === 3 && one.data.trim());
        const name = node.id || node.className || node.localName;
        if (text && node.checkVisibility()) ratios[name] = ratio(style.color, behind(node));
        if (node.matches('input, select, button')) {
            ratios[name + ' border'] = ratio(style.borderTopColor, behind(node.parentElement));
        }
    }
    return [ratios, light(getComputedStyle(document.body).backgroundColor)];
}"""


@both_schemes
def test_contrast(own_server, visit, scheme):
    """WCAG 2.2: text 4.5 to 1 (1.4.3), the outline of a control 3 to 1 (1.4.11)."""
    seen = visit(own_server, color_scheme=scheme, reduced_motion="reduce").open()
    seen.page.get_by_role("button", name="Copy").click()
    ratios, paper = seen.page.evaluate(CONTRAST)
    seen.fill()
    seen.page.get_by_role("button", name="Make one update").click()
    seen.result()
    ratios |= seen.page.evaluate(CONTRAST)[0]
    assert (paper < 0.05) == (scheme == "dark")
    assert len(ratios) > 20
    weak = {
        name: round(ratio, 2)
        for name, ratio in ratios.items()
        if ratio < (3 if name.endswith(" border") else 4.5)
    }
    assert weak == {}


@pytest.mark.parametrize("device", devices(), ids=lambda device: device["name"])
def test_nothing_sticks_out_of_a_phone(visit, server, device):
    seen = visit(server, viewport=PHONE, has_touch=True, is_mobile=True).open()
    seen.choose(device["title"])
    seen.fill(host="a-rather-long-name-" + "x" * 40 + ".home.example.net")
    wide = "[document.documentElement.scrollWidth, visualViewport.width]"
    scroll, width = seen.page.evaluate(wide)
    assert scroll <= width == PHONE["width"]
    for control in seen.page.locator("input, select, button").filter(visible=True).all():
        box = control.bounding_box()
        assert box["height"] >= 44, "a finger needs room"
        assert box["x"] >= 0 and box["x"] + box["width"] <= PHONE["width"]


def test_no_motion_for_those_who_want_none(visit, server):
    moving = """[...document.querySelectorAll('*')].filter(
        one => getComputedStyle(one).transitionDuration !== '0s').length"""
    assert visit(server).open().page.evaluate(moving) > 0
    assert visit(server, reduced_motion="reduce").open().page.evaluate(moving) == 0


def test_without_a_script_the_page_says_so(visit, server):
    seen = visit(server, java_script_enabled=False)
    seen.page.goto(f"{seen.url}/setup")
    assert "needs JavaScript" in seen.page.locator("noscript").inner_text()
    assert seen.page.locator("html").get_attribute("lang") == "en"


@both_screens
@both_schemes
def test_screenshots_to_look_at(own_server, visit, screen, scheme):
    seen = visit(own_server, viewport=SCREENS[screen], color_scheme=scheme).open()
    empty = artefact(f"{screen}-{scheme}-empty.png")
    filled = artefact(f"{screen}-{scheme}-done.png")
    seen.page.screenshot(path=empty, full_page=True)
    seen.fill()
    seen.page.get_by_role("button", name="Make one update").click()
    seen.result()
    seen.page.screenshot(path=filled, full_page=True)
    seen.choose("FRITZ!Box")
    seen.page.screenshot(path=artefact(f"{screen}-{scheme}-form.png"), full_page=True)
    assert empty.read_bytes() != filled.read_bytes()
