"""The tarball: what is in it, and that its program runs with the C library of Debian 11."""

import subprocess

import pytest
from artefacts import VERSION
from debian import ROOT, unpack, unpacked
from packaged_server import filled_in, served, update

NEEDED = (
    "README.md LICENSE-MIT LICENSE-APACHE dyn53 dyn53.service dyn53.sysusers dyn53.toml "
    "man/dyn53.1 man/dyn53-serve.1 completions/dyn53.bash completions/_dyn53 completions/dyn53.fish"
)


@pytest.fixture
def folder(tarball, tmp_path):
    unpack(tarball, tmp_path)
    [folder] = tmp_path.iterdir()
    return folder


def test_all_is_in_one_folder(folder, tarball):
    assert f"{folder.name}.tar.gz" == tarball.name
    assert not [name for name in NEEDED.split() if not (folder / name).is_file()]


def test_it_runs_with_the_c_library_of_debian_11(folder, tmp_path):
    configuration = folder / "dyn53.toml"
    configuration.write_text(filled_in(configuration.read_text()))
    with unpacked("debian11") as old:
        libraries = next(old.glob("lib/*-linux-gnu"))
        assert (libraries / "libc-2.31.so").exists()
        loader = [next(libraries.glob("ld-linux-*")), "--library-path", libraries]
        said = subprocess.run(
            [*loader, folder / "dyn53", "--version"], capture_output=True, text=True, check=True
        )
        assert said.stdout.startswith(f"dyn53 {VERSION} (")
        words = [folder / "dyn53", "serve", "--config", configuration, "--data", tmp_path / "data"]
        with served([*loader, *words]) as running:
            update(running, "203.0.113.11")


def test_the_version_names_the_commit(folder):
    said = subprocess.run([folder / "dyn53", "--version"], capture_output=True, text=True)
    commit = said.stdout.split("(")[1].rstrip(")\n")
    known = ["git", "-c", "safe.directory=*", "cat-file", "-t", commit]
    assert subprocess.run(known, cwd=ROOT, capture_output=True, text=True).stdout == "commit\n"
