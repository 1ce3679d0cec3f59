"""Lays the documents out for mdBook: script/book.py FOLDER.

They keep their places, so that links between them stay right. docs/SUMMARY.md says which ones are
pages, and moves to the top, where mdBook looks for it. A link to a file that is no page leads to
the repository.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
SUMMARY = ROOT / "docs/SUMMARY.md"
REPOSITORY = "https://github.com/dyn53/dyn53"
FENCED = re.compile(r"(^ *```.*?^ *```$)", re.MULTILINE | re.DOTALL)
# A span of code, or the destination of [text](destination) without its heading.
LINK = re.compile(r"(`[^`\n]*`)|(?<=\]\()([^)\s#]+)(?=[)#])")
PICTURES = {".svg", ".png"}


def pages():
    """The documents that the summary names, README.md first."""
    links = re.findall(r"\]\(([^)]+)\)", SUMMARY.read_text())
    return [(SUMMARY.parent / link).resolve() for link in links]


def place(path):
    """Where a page is in the site: a README is the first page of its folder."""
    return path.with_name("index.md") if path.name == "README.md" else path


def moved(link, document, folder, kept):
    """Where the link of a document leads once the document is in `folder`."""
    if re.match(r"[a-z][a-z0-9+.-]*:", link):
        return link
    target = (document.parent / link).resolve()
    if target in kept or target.suffix in PICTURES:
        return os.path.relpath(place(target), folder)
    kind = "tree" if target.is_dir() else "blob"
    return f"{REPOSITORY}/{kind}/main/{target.relative_to(ROOT)}"


def rewritten(document, folder, kept):
    """The text of a document for `folder`."""

    def change(found):
        return found[1] or moved(found[2], document, folder, kept)

    parts = FENCED.split(document.read_text())
    return "".join(
        part if position % 2 else LINK.sub(change, part) for position, part in enumerate(parts)
    )


def pictures():
    """The pictures of the documents, also those that are not committed yet."""
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "docs"]
    names = subprocess.run(listed, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return [name for name in names.split() if pathlib.Path(name).suffix in PICTURES]


def lay_out(book):
    kept = set(pages())
    sources = book / "src"
    for page in sorted(kept):
        laid = sources / place(page).relative_to(ROOT)
        laid.parent.mkdir(parents=True, exist_ok=True)
        laid.write_text(rewritten(page, page.parent, kept))
    (sources / "SUMMARY.md").write_text(rewritten(SUMMARY, ROOT, kept))
    for name in pictures():
        shutil.copy(ROOT / name, sources / name)
    shutil.copy(ROOT / "docs/book.toml", book / "book.toml")


if __name__ == "__main__":
    lay_out(pathlib.Path(sys.argv[1]))
