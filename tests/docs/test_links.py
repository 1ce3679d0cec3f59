"""Every relative link of every document leads to a file, and to a heading if it names one."""

import pathlib
import re
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
FENCED = re.compile(r"^ *```.*?^ *```$", re.MULTILINE | re.DOTALL)
# The destination of [text](destination); spans of code hold no links.
LINK = re.compile(r"`[^`\n]*`|\]\(\s*([^)\s]+)\s*\)")


def documents():
    """All documents of the repository, also those that are not committed yet."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split()
    return [ROOT / name for name in listed if (ROOT / name).exists()]


def prose(document):
    return FENCED.sub("", document.read_text())


def links(document):
    """The relative ones."""
    found = [destination for destination in LINK.findall(prose(document)) if destination]
    return [link for link in found if not re.match(r"[a-z][a-z0-9+.-]*:", link)]


def anchors(document):
    """The headings as GitHub names them: lower case, hyphens for spaces, no other punctuation."""
    names = []
    for title in re.findall(r"^#+ (.*)$", prose(document), re.MULTILINE):
        text = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", title).replace("`", "").strip().lower()
        name = re.sub(r"[^\w\- ]", "", text).replace(" ", "-")
        names.append(f"{name}-{names.count(name)}" if name in names else name)
    return names


@pytest.mark.parametrize("document", documents(), ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(document):
    for link in links(document):
        path, _, anchor = link.partition("#")
        target = (document.parent / path).resolve() if path else document
        assert target.exists(), f"{link}: there is no such file"
        assert not anchor or anchor in anchors(target), f"{link}: there is no such heading"


def test_documents_link_to_each_other():
    """A pattern that found nothing would let everything pass."""
    assert len(documents()) > 20
    assert sum(len(links(document)) for document in documents()) > 50
    assert "behind-a-function-url" in anchors(ROOT / "docs/clients.md")
