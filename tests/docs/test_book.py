"""The site of the documents: every page is in it, and every link of every page leads somewhere."""

import html.parser
import pathlib
import re
import subprocess
import urllib.parse

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SITE = ROOT / "dist/book"
REPOSITORY = "https://github.com/dyn53/dyn53"


class Page(html.parser.HTMLParser):
    """The links and the anchors of a page."""

    def __init__(self, path):
        super().__init__()
        self.links, self.anchors = [], set()
        self.feed(path.read_text())

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        self.anchors |= {given[name] for name in ("id", "name") if given.get(name)}
        wanted = "href" if tag in ("a", "link") else "src" if tag in ("img", "script") else None
        if given.get(wanted):
            self.links.append(given[wanted])


@pytest.fixture(scope="module")
def site():
    """Every page by its path. The page for what is not found has links from the top of a host."""
    done = subprocess.run([ROOT / "script/book"], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert "WARN" not in done.stderr and "ERROR" not in done.stderr, done.stderr
    return {path: Page(path) for path in SITE.rglob("*.html") if path.name != "404.html"}


def fault(page, link, site):
    """Why a link leads nowhere; nothing for one that does, or that leaves the project."""
    url = urllib.parse.urlsplit(link)
    if link.startswith(f"{REPOSITORY}/blob/main/") or link.startswith(f"{REPOSITORY}/tree/main/"):
        path = ROOT / url.path.split("/main/", 1)[1]
        return "" if path.exists() else "the repository has no such file"
    if url.scheme:
        return ""
    target = (page.parent / urllib.parse.unquote(url.path)).resolve() if url.path else page
    target = target / "index.html" if target.is_dir() else target
    if not target.is_file():
        return "there is no such file"
    anchor = urllib.parse.unquote(url.fragment)
    return "" if not anchor or anchor in site[target].anchors else "there is no such heading"


def test_every_link_of_every_page_leads_somewhere(site):
    faults = {
        f"{page.relative_to(SITE)}: {link}": why
        for page, read in site.items()
        for link in read.links
        if (why := fault(page, link, site))
    }
    assert faults == {}
    assert sum(len(read.links) for read in site.values()) > 500


def test_every_document_is_a_page(site):
    for document in (ROOT / "docs").rglob("*.md"):
        if document.name == "SUMMARY.md":
            continue
        name = "index.html" if document.name == "README.md" else f"{document.stem}.html"
        assert SITE / document.parent.relative_to(ROOT) / name in site, document


def test_the_readme_is_the_first_page(site):
    first = (SITE / "index.html").read_text()
    [bold] = re.findall(r"\*\*(dyn53 gives[^*]*)\*\*", (ROOT / "README.md").read_text())
    assert " ".join(bold.split()) in " ".join(first.split())
    assert [link for link in site[SITE / "index.html"].links if link == "docs/first-minute.svg"]
