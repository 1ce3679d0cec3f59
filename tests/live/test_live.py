"""script/live from start to report in an emulator; each of its checks fails where it should."""

import os
import re
import subprocess
import sys

import pytest
from conftest import ROOT
from observations import ALL, measured

# Without certificates, name servers, real durations and limits of calls.
NOT_HERE = {
    "durations at 128 MB",
    "certificate chains",
    "UDP to the name servers",
    "words of throttling",
}
OK = (200, "OK")
WORDS = {
    "there already": "InvalidChangeBatch: it already exists",
    "other value": "InvalidChangeBatch: the values provided do not match the current values",
    "not there": "InvalidChangeBatch: it was not found",
}
RIGHT = {
    "the template is accepted": {"bytes": 968_163, "status": "CREATE_COMPLETE"},
    "its events can be listed": {"events": 40, "largest": 960_000, "failed": []},
    "both permissions of the URL": {
        "actions": ["lambda:InvokeFunction", "lambda:InvokeFunctionUrl"],
        "call": OK,
    },
    "condition keys are in force": {"another name": 503, "its record": [], "own name": OK},
    "old clients": {"HTTP/1.0": OK, "wrong secret": 403, "record": ["198.51.100.7"]},
    "certificate chains": {"a": "Amazon", "b": "Amazon"},
    "UDP to the name servers": {"ns": [True, 20]},
    "durations at 128 MB": {"start": [80.5], "call": [300.0, 40.0], "memory": [24.0]},
    "words of throttling": {"words": ["Throttling: Rate exceeded"]},
    "words of a refused batch": WORDS,
    "alarms": {"alarms": {"Url5xxCount": "OK", "x-updates": "OK"}, "filters": ["{ … }"]},
    "update, rollback, delete": {
        "states": ["UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "DELETE_COMPLETE"],
        "after the rollback": OK,
    },
}
WRONG = [
    ("the template is accepted", {"status": "ROLLBACK_COMPLETE"}),
    ("the template is accepted", {"bytes": 1_000_001}),
    ("its events can be listed", {"failed": ["Url"]}),
    ("its events can be listed", {"events": 3}),
    ("both permissions of the URL", {"actions": ["lambda:InvokeFunctionUrl"]}),
    ("both permissions of the URL", {"call": (403, '{"Message":"Forbidden"}')}),
    ("condition keys are in force", {"another name": 200}),
    ("condition keys are in force", {"its record": ["198.51.100.8"]}),
    ("old clients", {"HTTP/1.0": (505, "")}),
    ("old clients", {"wrong secret": 200}),
    ("certificate chains", {"b": "Somebody"}),
    ("UDP to the name servers", {"ns": [False, 20]}),
    ("UDP to the name servers", {"ns": [True, 900]}),
    ("durations at 128 MB", {"start": []}),
    ("durations at 128 MB", {"call": [14_000.0]}),
    ("words of throttling", {"words": []}),
    ("words of throttling", {"words": ["TooManyRequests: no"]}),
    ("words of a refused batch", {"other value": "carried out"}),
    ("words of a refused batch", {"not there": "InvalidChangeBatch: other words"}),
    ("alarms", {"alarms": {"Url5xxCount": "OK"}}),
    ("alarms", {"filters": []}),
    ("update, rollback, delete", {"states": ["UPDATE_COMPLETE", "UPDATE_COMPLETE"]}),
    ("update, rollback, delete", {"after the rollback": (503, "911")}),
]


@pytest.fixture(scope="module")
def made(emulator, zone_id, template, tmp_path_factory):
    """The report of a run, and how the run ended."""
    report = tmp_path_factory.mktemp("live") / "report.md"
    ended = subprocess.run(
        [sys.executable, ROOT / "script/live_aws/run.py"]
        + ["--zone", zone_id, "--endpoint", emulator.endpoint]
        + ["--template", template, "--report", report],
        env=os.environ
        | {
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": "eu-central-1",
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert report.exists(), ended.stderr
    return ended, report.read_text()


def test_every_observation_has_its_line(made):
    ended, report = made
    assert ended.returncode == 0, report
    lines = re.findall(r"^- ([\w ]+): (\d+)\. (.*)$", report, re.M)
    assert [int(number) for _, number, _ in lines] == list(range(1, 13))
    words = {title: word for word, _, title in lines}
    assert list(words) == [one.title for one in ALL]
    not_here = {title for title, word in words.items() if word == "not here"}
    assert not_here == NOT_HERE
    assert set(words.values()) == {"as expected", "not here"}, report
    for part in ("command: `", "expected: ", "seen: "):
        assert report.count(f"  - {part}") == 12


def test_nothing_is_left(made, emulator, zone_id):
    assert "At the end nothing is left behind." in made[1]
    assert emulator.client("s3").list_buckets()["Buckets"] == []
    found = emulator.client("route53").list_resource_record_sets(HostedZoneId=zone_id)
    assert {one["Type"] for one in found["ResourceRecordSets"]} == {"NS", "SOA"}
    stacks = emulator.client("cloudformation").list_stacks()["StackSummaries"]
    assert {one["StackStatus"] for one in stacks} == {"DELETE_COMPLETE"}


def test_the_report_can_be_posted(made, zone_id):
    assert zone_id not in made[1]
    assert not re.search(r"\b[0-9a-f]{32}\b|\b\d{12}\b", made[1])


def test_durations_are_read_as_lambda_writes_them():
    start = (
        "REPORT RequestId: 3f8a Duration: 213.40 ms Billed Duration: 290 ms "
        "Memory Size: 128 MB Max Memory Used: 24 MB Init Duration: 75.91 ms"
    )
    call = start.partition(" Init")[0].replace("213.40", "2.90")
    seen = measured([start, call])
    assert seen == {"start": [75.91], "call": [213.4, 2.9], "memory": [24.0, 24.0]}


def right(title, seen):
    [one] = [one for one in ALL if one.title == title]
    return one.right(seen)


@pytest.mark.parametrize("title", RIGHT)
def test_what_is_right_is_as_expected(title):
    assert right(title, RIGHT[title])


@pytest.mark.parametrize(("title", "spoiled"), WRONG)
def test_what_is_wrong_is_seen(title, spoiled):
    assert not right(title, RIGHT[title] | spoiled)


def test_every_check_is_seen_failing():
    assert {title for title, _ in WRONG} == set(RIGHT) == {one.title for one in ALL}


@pytest.mark.parametrize(("dollars", "typed", "agreed"), [(0.09, "", True), (0.2, "n", False)])
def test_more_than_ten_cents_are_asked_for(monkeypatch, dollars, typed, agreed):
    import run

    monkeypatch.setattr("builtins.input", lambda _: typed)
    assert run.agreed(dollars, yes=False) == agreed
