"""Fixtures: an emulator with a zone, and the script's modules."""

import pathlib
import subprocess
import sys
import uuid

import emulator as ministack
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "script" / "live_aws"))


@pytest.fixture(scope="module")
def emulator(tmp_path_factory):
    with ministack.run(tmp_path_factory.mktemp("ministack")) as running:
        yield running


@pytest.fixture(scope="module")
def zone_id(emulator):
    zone = emulator.client("route53").create_hosted_zone(
        Name="example.com", CallerReference=uuid.uuid4().hex
    )
    return zone["HostedZone"]["Id"].rpartition("/")[2]


@pytest.fixture(scope="module")
def template():
    """dist/dyn53.yaml, which script/package made; else it is made now."""
    file = ROOT / "dist" / "dyn53.yaml"
    if not file.exists():
        subprocess.run([ROOT / "script/template"], check=True)
    return file
