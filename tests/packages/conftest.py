"""Fixtures: the artefacts of script/package."""

import pytest
from artefacts import artefact


@pytest.fixture(scope="session")
def deb():
    return artefact("dyn53_{version}_{arch}.deb")


@pytest.fixture(scope="session")
def rpm_file():
    return artefact("dyn53-{version}-1.{machine}.rpm")


@pytest.fixture(scope="session")
def tarball():
    return artefact("dyn53-{version}-{machine}-linux.tar.gz")


@pytest.fixture(scope="session")
def image():
    return artefact("dyn53-{version}-oci-{arch}.tar")
