"""Fixtures: the template as built, an emulator to deploy it into, a zone in it."""

import hashlib
import pathlib
import uuid

import emulator as ministack
import pytest
import released
from released import build

ROOT = pathlib.Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def bootstrap():
    """The Lambda program as released."""
    return released.bootstrap()


@pytest.fixture(scope="session")
def template(bootstrap, tmp_path_factory):
    """The template that carries it."""
    output = tmp_path_factory.mktemp("template") / "dyn53.yaml"
    build(bootstrap, output)
    return output


@pytest.fixture(scope="session")
def lean_template(bootstrap, tmp_path_factory):
    """The template without the program, which is beside it in dyn53.zip."""
    output = tmp_path_factory.mktemp("lean") / "dyn53.yaml"
    build(bootstrap, output, "--lean")
    return output


@pytest.fixture(scope="session")
def other_program(bootstrap, tmp_path_factory):
    """Another build, told by its word for an unknown path."""
    program = tmp_path_factory.mktemp("other") / "bootstrap"
    program.write_bytes(bootstrap.read_bytes().replace(b"notfound", b"NOTFOUND"))
    return program


@pytest.fixture(scope="session")
def other_build(other_program):
    """The digest of the other build, and its template."""
    output = other_program.with_name("dyn53.yaml")
    build(other_program, output)
    return hashlib.sha256(other_program.read_bytes()).hexdigest(), output


@pytest.fixture(scope="session")
def other_lean_build(other_program, tmp_path_factory):
    """The same for the template without the program."""
    output = tmp_path_factory.mktemp("other-lean") / "dyn53.yaml"
    build(other_program, output, "--lean")
    return hashlib.sha256(output.with_name("dyn53.zip").read_bytes()).hexdigest(), output


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
