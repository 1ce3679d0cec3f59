"""The image: what is in it and what is not, and a container of it."""

import hashlib
import re
import ssl
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from artefacts import ARCH, DIST, VERSION
from debian import ROOT
from image import Image, bundle, container


@pytest.fixture(scope="module")
def opened(image):
    return Image(image)


def test_it_says_what_it_is(opened):
    assert opened.entry["platform"] == {"architecture": ARCH, "os": "linux"}
    assert (opened.configuration["architecture"], opened.configuration["os"]) == (ARCH, "linux")
    own = opened.configuration["config"]
    assert own["User"] == "65534:65534"
    assert own["Volumes"] == {"/data": {}}
    assert own["Healthcheck"]["Test"] == ["CMD", "/usr/bin/dyn53", "health"]
    assert own["Labels"]["org.opencontainers.image.version"] == VERSION


def test_the_program_the_c_library_authorities_and_nothing_else(opened):
    files = {one.name for one in opened.members() if one.isfile()}
    libraries = {name for name in files if "linux-gnu/" in name or "/ld-linux" in name}
    assert any(name.endswith("/libc.so.6") for name in libraries)
    assert all(re.search(r"/(lib\w+|ld-linux[\w-]*)\.so\.\d$", name) for name in libraries)
    assert files - libraries == {
        "usr/bin/dyn53",
        "etc/group",
        "etc/nsswitch.conf",
        "etc/passwd",
        "etc/ssl/certs/ca-certificates.crt",
        "usr/share/doc/libc6/copyright",
    }
    assert not [one.name for one in opened.members() if one.mode & 0o7022]


def test_the_authorities_are_those_of_mozilla(opened, tmp_path):
    opened.unpack(tmp_path)
    trusted = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    trusted.load_verify_locations(tmp_path / "etc/ssl/certs/ca-certificates.crt")
    assert trusted.cert_store_stats()["x509_ca"] == len(
        list(Path("/usr/share/ca-certificates/mozilla").glob("*.crt"))
    )


def test_the_same_files_give_the_same_image(image, opened, tmp_path):
    again = tmp_path / "again.tar"
    epoch = next(opened.members()).mtime
    options = {
        "--program": DIST / "dyn53",
        "--version": VERSION,
        "--arch": ARCH,
        "--epoch": epoch,
        "--output": again,
    }
    words = [str(word) for option in options.items() for word in option]
    subprocess.run([sys.executable, ROOT / "packaging/oci.py", *words], check=True)
    digests = [hashlib.sha256(file.read_bytes()).hexdigest() for file in (image, again)]
    assert digests[0] == digests[1]


def test_a_container_of_it_does_what_it_prints(opened):
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        data = folder / "data"
        data.mkdir()
        bundle(opened, folder, data)
        with container(folder) as (process, runc):
            lines = said_until(process, "The setup page:")
            curl = next(line for line in lines if line.startswith("curl "))
            dig = next(line for line in lines if line.startswith("dig "))
            assert shell(curl) == "OK\n"
            assert shell(dig) == "203.0.113.7\n"
            healthy = [*runc, "exec", "dyn53", "/usr/bin/dyn53", "health"]
            assert subprocess.run(healthy, timeout=60).returncode == 0
            elsewhere = [*healthy, "--http", "127.0.0.1:1"]
            assert subprocess.run(elsewhere, capture_output=True, timeout=60).returncode == 1
            without = [*runc, "exec", "dyn53", "/bin/sh", "-c", "true"]
            assert subprocess.run(without, capture_output=True, timeout=60).returncode != 0
            subprocess.run([*runc, "kill", "dyn53", "TERM"], check=True)
            assert process.wait(timeout=60) == 0
        assert (data / "dyn53.toml").stat().st_uid == 65534


def said_until(process, last):
    """The lines that the container prints until one begins with `last`."""
    lines = []
    for line in process.stdout:
        lines.append(line.rstrip("\n"))
        if line.startswith(last):
            return lines
    raise AssertionError(f"it ended: {process.stderr.read()}")


def shell(line):
    return subprocess.run(line, shell=True, capture_output=True, text=True, timeout=60).stdout
