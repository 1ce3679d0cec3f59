"""The same as `script/torture`, at small size."""

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
    assert told["refused"] == told["panics"] == 0


def test_slow_clients(tmp_path):
    told = torture.slow_clients(tmp_path, 200, requests=40)
    assert told["good requests"] == 40
    assert told["panics"] == 0
