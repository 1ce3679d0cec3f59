"""An emulator that does not come up says why."""

import sys

import emulator
import pytest


def test_the_reason_is_shown(tmp_path, monkeypatch):
    broken = tmp_path / "broken.py"
    broken.write_text("raise SystemExit('the port is taken')\n")
    monkeypatch.setattr(emulator, "ISOLATED", f"exec {sys.executable} {broken}")
    with pytest.raises(AssertionError, match="ended with status 1. Its log:\nthe port is taken"):
        with emulator.run(tmp_path):
            pass
