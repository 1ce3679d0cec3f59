"""docs/attacks.md names a test for each attack; every one of them is there."""

import re
import subprocess

import pytest
from serving import ROOT

CONVERSATIONS = ROOT / "crates/core/tests/conversations"


def rows():
    """Attack, what happens, tests: of every table of the page."""
    lines = (ROOT / "docs/attacks.md").read_text().splitlines()
    cells = [line.strip("|").split(" | ") for line in lines if line.startswith("| ")]
    return [row for row in cells if row[0].strip() != "attack"]


def named(row):
    """Tests and conversations of a row."""
    return re.findall(r"`([^`]+)`", row[2])


def all_tests():
    """The names of all test functions, of files that belong to the repository."""
    files = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.rs", "*.py"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split()
    found = set()
    for file in files:
        text = (ROOT / file).read_text()
        # A test of Rust: an attribute, perhaps more of them and cases, then the function.
        attribute = r"^[ ]*#\[(?:test|rstest)\]\n(?:[ ]*#\[.*?\]\n|[ ]*///.*\n)*?"
        found |= set(re.findall(attribute + r"[ ]*fn (\w+)", text, re.MULTILINE | re.DOTALL))
        found |= set(re.findall(r"^def (test_\w+)", text, re.MULTILINE))
    return found


@pytest.fixture(scope="module")
def existing():
    return all_tests()


def test_the_page_has_its_tables():
    assert len(rows()) > 35
    assert all(len(row) == 3 for row in rows())


@pytest.mark.parametrize("row", rows(), ids=lambda row: row[0].strip()[:40])
def test_every_attack_has_its_tests(row, existing):
    assert named(row)
    for name in named(row):
        assert name in existing or (CONVERSATIONS / f"{name}.txt").exists(), name


def test_every_test_of_an_attack_is_on_the_page():
    files = sorted((ROOT / "crates/server/tests/strangers").glob("*.rs"))
    text = "".join(file.read_text() for file in files)
    own = re.findall(r"^#\[test\]\nfn (\w+)", text, re.MULTILINE)
    listed = {name for row in rows() for name in named(row)}
    assert own
    assert set(own) <= listed
