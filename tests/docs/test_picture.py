"""The picture of the README is what the program does, and the README prints the same lines."""

import re
import subprocess
import xml.etree.ElementTree as ElementTree

from serving import DYN53, ROOT

PICTURE = ROOT / "docs/first-minute.svg"


def test_the_picture_is_what_the_program_does(tmp_path):
    """Server and commands run with the default ports, in a network of their own."""
    drawn = tmp_path / "drawn.svg"
    command = [ROOT / "script/offline", "python3", ROOT / "script/picture.py", DYN53, drawn]
    subprocess.run(command, check=True, timeout=120)
    assert drawn.read_text() == PICTURE.read_text(), "run script/picture"


def test_the_readme_prints_the_same_commands_and_replies():
    texts = [element.text for element in ElementTree.parse(PICTURE).iter() if element.text]
    blocks = re.findall(r"^```console\n(.*?)^```$", (ROOT / "README.md").read_text(), re.M | re.S)
    tried = next(block for block in blocks if "$ dig " in block)
    assert texts[-4:] == tried.splitlines()
