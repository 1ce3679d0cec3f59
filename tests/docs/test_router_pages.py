"""Each router has a page; it starts with the setup page and says where the device shows success."""

import pathlib
import re
import tomllib

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGES = sorted(path for path in (ROOT / "docs/routers").glob("*.md") if path.name != "README.md")
INDEX = tomllib.loads((ROOT / "routers/index.toml").read_text())["routers"]
NAMES = {entry["name"] for entry in INDEX}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_starts_with_the_setup_page_and_names_the_success(page):
    text = page.read_text()
    first = re.search(r"`/setup#([a-z-]+)`", text)
    assert first and first[1] == page.stem and page.stem in NAMES
    assert first.start() < text.index("$ dyn53 router"), "the setup page comes first"
    assert re.search(r"^(\d\. )?Success: ", text, re.MULTILINE)
    assert not set(re.findall(r"`/setup#([a-z-]+)`", text)) - NAMES
