"""Fixtures: `bootstrap` behind its Function URL, in front of a zone, in an emulator."""

import uuid

import emulator as ministack
import pytest
import released
from endpoint import Endpoint


@pytest.fixture(scope="session")
def program():
    """The Lambda program as released."""
    return released.bootstrap().read_bytes()


@pytest.fixture(scope="module")
def emulator(tmp_path_factory):
    with ministack.run(tmp_path_factory.mktemp("ministack")) as running:
        yield running


@pytest.fixture
def endpoint(emulator, program):
    """A function for home.example.com in a zone of its own."""
    zone = emulator.client("route53").create_hosted_zone(
        Name="example.com", CallerReference=uuid.uuid4().hex
    )
    endpoint = Endpoint(emulator, program, zone["HostedZone"]["Id"].rpartition("/")[2])
    yield endpoint
    endpoint.delete()
