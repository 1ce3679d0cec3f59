"""The sums and the lists of parts."""

import hashlib
import json

import pytest
from artefacts import DIST
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator


def sums():
    lines = (DIST / "SHA256SUMS").read_text().splitlines()
    return {name: digest for digest, name in (line.split() for line in lines)}


ARTEFACTS = [name for name in sums() if not name.endswith(".cdx.json")] if DIST.exists() else []


def test_every_artefact_is_there_with_its_sum():
    kinds = {name.rpartition(".")[2] for name in ARTEFACTS}
    assert kinds == {"deb", "rpm", "gz", "tar", "yaml", "zip"}
    assert len(ARTEFACTS) == 7
    for name, digest in sums().items():
        assert hashlib.sha256((DIST / name).read_bytes()).hexdigest() == digest, name


@pytest.mark.parametrize("name", ARTEFACTS)
def test_each_has_a_valid_list_of_parts(name):
    text = (DIST / f"{name}.cdx.json").read_text()
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    bom = json.loads(text)
    whole = bom["metadata"]["component"]
    assert whole["hashes"] == [{"alg": "SHA-256", "content": sums()[name]}]
    parts = {one["name"] for one in bom["components"]}
    server = "lean" not in name and not name.startswith("dyn53.")
    assert ("hickory-server" in parts) == server
    assert {"rustls", "ring", "dyn53-core"} <= parts
    assert "rstest" not in parts
    assert ("libc6" in parts) == ("oci" in name)
