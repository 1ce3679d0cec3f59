"""Writes the list of parts of an artefact (CycloneDX 1.6, JSON), of what cargo links into it.

Usage: packaging/sbom.py --artefact FILE --crate NAME --commit HASH --output FILE
       [--debian PACKAGE]...
"""

import argparse
import hashlib
import pathlib
import re
import subprocess
import tomllib
import uuid

from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.license import DisjunctiveLicense, LicenseExpression
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

ROOT = pathlib.Path(__file__).resolve().parent.parent
OURS = "dyn53-"


def main():
    parser = argparse.ArgumentParser(description="Writes the list of parts of an artefact.")
    parser.add_argument("--artefact", type=pathlib.Path, required=True)
    parser.add_argument("--crate", required=True, help="the crate whose program is inside")
    parser.add_argument("--commit", required=True)
    parser.add_argument("--debian", action="append", default=[], help="a package of this machine")
    parser.add_argument("--output", type=pathlib.Path, required=True)
    arguments = parser.parse_args()
    parts = [*linked(arguments.crate), *map(from_debian, arguments.debian)]
    bom = Bom(components=parts)
    bom.metadata.component = whole(arguments.artefact, arguments.commit)
    bom.register_dependency(bom.metadata.component, parts)
    # The same parts give the same bytes: the number is one of the content, and no time is written.
    bom.serial_number = uuid.uuid5(uuid.NAMESPACE_URL, digest(arguments.artefact))
    bom.metadata.timestamp = None
    arguments.output.write_text(JsonV1Dot6(bom).output_as_string(indent=1) + "\n")


def whole(artefact, commit):
    component = Component(
        name=artefact.name,
        version=commit,
        type=ComponentType.FILE,
        bom_ref=artefact.name,
    )
    component.hashes.add(HashType(alg=HashAlgorithm.SHA_256, content=digest(artefact)))
    return component


def linked(crate):
    """The crates that are linked into the program of `crate`, with the checksums of Cargo.lock."""
    said = subprocess.run(
        "cargo tree --locked --edges normal --prefix none --no-dedupe --package".split()
        + [crate, "--format", "{p}|{l}"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    locked = tomllib.loads((ROOT / "Cargo.lock").read_text())["package"]
    sums = {(one["name"], one["version"]): one.get("checksum") for one in locked}
    for line in sorted(set(said.splitlines())):
        found = re.match(r"(\S+) v(\S+)[^|]*\|(.*)", line)
        yield part(*found.groups(), sums[found[1], found[2]])


def part(name, version, license_text, checksum):
    purl = PackageURL("cargo", name=name, version=version)
    if name.startswith(OURS):
        purl = None
    component = Component(
        name=name,
        version=version,
        type=ComponentType.LIBRARY,
        purl=purl,
        bom_ref=f"{name}@{version}",
    )
    if license_text:
        # Some crates still write MIT/Apache-2.0 as it was usual once.
        component.licenses.add(LicenseExpression(license_text.replace("/", " OR ")))
    if checksum:
        component.hashes.add(HashType(alg=HashAlgorithm.SHA_256, content=checksum))
    return component


def from_debian(package):
    """A package whose files are in the artefact, in this machine's version."""
    version = subprocess.run(
        ["dpkg-query", "--show", "--showformat=${Version}", package],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    component = Component(
        name=package,
        version=version,
        type=ComponentType.LIBRARY,
        purl=PackageURL("deb", "debian", package, version),
        bom_ref=f"{package}@{version}",
    )
    component.licenses.add(DisjunctiveLicense(name=f"see /usr/share/doc/{package}/copyright"))
    return component


def digest(file):
    return hashlib.sha256(file.read_bytes()).hexdigest()


if __name__ == "__main__":
    main()
