"""The same as `script/torture`, at small size."""

import subprocess

import disk
import pytest
import serving
import torture


def test_kill(tmp_path):
    told = torture.kills(tmp_path, 20)
    assert told["acknowledged"] > 0
    assert told["lost"] == told["half-written"] == told["serial back"] == told["panics"] == 0


def test_terminate(tmp_path):
    told = torture.terminations(tmp_path, 3)
    assert told["acknowledged"] > 0
    assert told["lost"] == told["unclean"] == 0


def test_polls(tmp_path):
    told = torture.polls(tmp_path, hosts=200, rounds=5)
    assert told["polls"] == 1000
    assert told["lost"] == told["panics"] == 0


def test_slow_clients(tmp_path):
    told = torture.slow_clients(tmp_path, 200, requests=40)
    assert told["good requests"] == 40
    assert told["panics"] == 0


def test_full_disk(tmp_path):
    told = torture.full_disk(tmp_path, 5)
    assert told["times full"] == 5
    assert told["refused"] >= 10 and told["acknowledged"] >= 20
    assert told["lost"] == told["bytes of history"] == told["panics"] == 0


def test_a_disk_that_cannot_be_written(tmp_path):
    command = [*disk.on_a_disk(tmp_path / "data", "ro"), serving.DYN53, "serve", "--data"]
    with serving.serve(tmp_path / "good", secret=torture.SECRET):
        refused = subprocess.run(
            [*command, tmp_path / "data", "--config", tmp_path / "good" / "dyn53.toml"],
            capture_output=True,
            text=True,
            timeout=30,
        )
    assert refused.returncode == 1
    assert f"the data folder {tmp_path / 'data'} cannot be used: Read-only file" in refused.stderr


def test_hung_disk(tmp_path):
    told = torture.hung_disk(tmp_path, 8)
    assert told["acknowledged meanwhile"] == told["panics"] == 0
    assert told["911"] == told["clients"] == 16
    assert told["unchanged meanwhile"] == told["answers meanwhile"] == 8
    assert told["there afterwards"] == told["nochg afterwards"] == 8
    assert told["logged as made late"] == 8


def test_files_that_others_meddle_with(tmp_path):
    told = torture.meddled(tmp_path, 8)
    assert told["acknowledged"] > 0
    assert told["lost"] == told["serial back"] == told["panics"] == 0


@pytest.mark.parametrize("clients", [2, 3])
def test_pairs_are_not_mixed(tmp_path, clients):
    told = torture.mixed_pairs(tmp_path, clients, 40)
    assert told["good"] == 40 * clients
    assert told["mixed"] == told["panics"] == 0
