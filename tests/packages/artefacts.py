"""What script/package made in dist."""

import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
DIST = ROOT / "dist"
VERSION = re.search(r'^version = "(.*)"', (ROOT / "Cargo.toml").read_text(), re.M)[1]
MACHINE = subprocess.run(["uname", "-m"], capture_output=True, text=True).stdout.strip()
ARCH = {"x86_64": "amd64", "aarch64": "arm64"}[MACHINE]


def artefact(name):
    """A file of dist; script/package makes it."""
    file = DIST / name.format(version=VERSION, arch=ARCH, machine=MACHINE)
    assert file.exists(), f"{file} is missing: run script/package first"
    return file


def newer(packager, folder):
    """The same package, in a version that follows."""
    suffix, release = ("deb", "") if packager == "deb" else ("rpm", "1")
    target = folder / f"newer.{suffix}"
    subprocess.run(
        [ROOT / ".tools/packaging/bin/nfpm", "package", "--config", "target/package/nfpm.yaml"]
        + ["--packager", packager, "--target", target],
        cwd=ROOT,
        check=True,
        capture_output=True,
        env={"VERSION": "999.0.0", "RELEASE": release, "GOARCH": ARCH},
    )
    return target
