#!/usr/bin/env python3
"""Writes mikrotik.rsc: mikrotik.install with mikrotik.script and the root certificates in it."""

import base64
import hashlib
import pathlib

HERE = pathlib.Path(__file__).resolve().parent


def compact(source):
    """What is installed: no indentation, no `##` comments, to stay under 4096 bytes."""
    lines = [line.strip() for line in source.splitlines()]
    return "".join(f"{line}\n" for line in lines if line and not line.startswith("##"))


def quoted(text):
    """A RouterOS string as /export writes it: one line of text a line, joined by backslashes."""
    for plain, escaped in (("\\", "\\\\"), ('"', '\\"'), ("$", "\\$"), ("?", "\\3F")):
        text = text.replace(plain, escaped)
    return '"' + text.replace("\n", "\\n\\\n") + '"'


def fingerprint(pem):
    """The SHA-256 that RouterOS shows as the fingerprint of a certificate."""
    body = "".join(line for line in pem.splitlines() if not line.startswith("-"))
    return hashlib.sha256(base64.b64decode(body)).hexdigest()


def installer(script, frame):
    text = frame.replace("@SCRIPT@", quoted(compact(script)))
    for name, file in (("AMAZON", "amazon-root-ca-1.pem"), ("ISRG", "isrg-root-x1.pem")):
        pem = (HERE / file).read_text()
        text = text.replace(f"@{name}@", quoted(pem)).replace(f"@{name}-PRINT@", fingerprint(pem))
    return text


def sources():
    """The script, and the installer around it."""
    return [(HERE / name).read_text() for name in ("mikrotik.script", "mikrotik.install")]


if __name__ == "__main__":
    (HERE / "mikrotik.rsc").write_text(installer(*sources()))
