"""Fixtures: the template as built, an emulator to deploy it into, a zone in it."""

import hashlib
import pathlib
import subprocess
import uuid

import emulator as ministack
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]


def build(program, output):
    """Writes the template that carries `program`."""
    command = [ROOT / "script/template", "--bootstrap", program, "--output", output]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


@pytest.fixture(scope="session")
def bootstrap():
    """The Lambda program as released."""
    program = ROOT / "dist/bootstrap"
    if not program.exists():
        subprocess.run([ROOT / "script/bootstrap"], check=True)
    return program


@pytest.fixture(scope="session")
def template(bootstrap, tmp_path_factory):
    """The template that carries it."""
    output = tmp_path_factory.mktemp("template") / "dyn53.yaml"
    build(bootstrap, output)
    return output


@pytest.fixture(scope="session")
def other_build(bootstrap, tmp_path_factory):
    """Another build, told by its word for an unknown path: its digest and its template."""
    folder = tmp_path_factory.mktemp("other")
    changed = bootstrap.read_bytes().replace(b"notfound", b"NOTFOUND")
    (folder / "bootstrap").write_bytes(changed)
    build(folder / "bootstrap", folder / "dyn53.yaml")
    return hashlib.sha256(changed).hexdigest(), folder / "dyn53.yaml"


@pytest.fixture(scope="module")
def emulator(tmp_path_factory):
    with ministack.run(tmp_path_factory.mktemp("ministack")) as running:
        yield running


@pytest.fixture
def zone_id(emulator):
    """A public zone example.com of its own."""
    zone = emulator.client("route53").create_hosted_zone(
        Name="example.com", CallerReference=uuid.uuid4().hex
    )
    return zone["HostedZone"]["Id"].rpartition("/")[2]
