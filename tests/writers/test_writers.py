"""Several writers of one zone, at small size; `DYN53_WRITERS` says how many changes."""

import os
import pathlib
import subprocess
import uuid

import emulator as ministack
import pytest
import writers
from journal import Update, judge

ROOT = pathlib.Path(__file__).resolve().parents[2]
CHANGES = int(os.environ.get("DYN53_WRITERS", "1000"))


@pytest.fixture(scope="module")
def bootstrap():
    """The Lambda program as released."""
    program = ROOT / "dist/bootstrap"
    if not program.exists():
        subprocess.run([ROOT / "script/bootstrap"], check=True)
    return program


def test_nothing_is_lost_by_the_journal(tmp_path, bootstrap):
    told = writers.by_the_journal(tmp_path, bootstrap, CHANGES)
    assert told.counts["updates"] == CHANGES
    assert told.counts["acknowledged"] > CHANGES / 2
    assert told.counts["foreign changes"] > 10
    assert set(told.faults.values()) == {0}, told


def test_nothing_is_lost_in_ministack(tmp_path, bootstrap):
    with ministack.run(tmp_path) as emulator:
        made = emulator.client("route53").create_hosted_zone(
            Name=writers.ZONE, CallerReference=uuid.uuid4().hex
        )
        zone_id = made["HostedZone"]["Id"].rpartition("/")[2]
        counts, faults = writers.by_the_end(tmp_path, emulator, zone_id, bootstrap, 300)
    assert counts["updates"] == 300
    assert counts["acknowledged"] > 150
    assert counts["foreign records"] > 3
    assert set(faults.values()) == {0}, (counts, faults)


def change(action, value="", special=False, kind="A"):
    values = [value] if value else []
    return {"action": action, "name": "a", "type": kind, "values": values, "special": special}


def batches(*all_changes):
    """Batches with these changes; those with a special set are foreign."""
    return [
        {
            "number": number,
            "changes": changes,
            "comment": "foreign" if any(one["special"] for one in changes) else "",
        }
        for number, changes in enumerate(all_changes)
    ]


ONE, TWO = change("CREATE", "1"), [change("DELETE", "1"), change("CREATE", "2")]


@pytest.mark.parametrize(
    ("fault", "journal"),
    [
        (None, batches([ONE], TWO)),
        ("lost updates", batches([ONE], TWO, [change("DELETE", "2"), change("CREATE", "3")])),
        ("UPSERT", batches([ONE], [change("DELETE", "1"), change("UPSERT", "2")])),
        ("success without a change", batches([ONE])),
        ("newer overtaken by older", batches([change("CREATE", "2")], [change("CREATE", "1")])),
        ("newer overtaken by older", batches([ONE], TWO, [ONE], TWO)),
        ("foreign records overwritten", batches([change("CREATE", "x", kind="CNAME")], [ONE], TWO)),
    ],
)
def test_the_judge_sees_each_fault(fault, journal):
    updates = [Update("w", "a", "1", 0, 1, "OK"), Update("w", "a", "2", 2, 3, "OK")]
    told = judge(updates, journal, [], "foreign")
    faults = {name for name, count in told.faults.items() if count}
    faults.discard("records that the journal does not explain")
    assert fault in faults if fault else not faults


def test_two_of_one_writer_at_once_may_share_a_change():
    updates = [Update("w", "a", "1", 0, 2, "OK"), Update("w", "a", "2", 1, 3, "OK")]
    told = judge(updates, batches([change("CREATE", "2")]), [], "foreign")
    assert told.faults["success without a change"] == 0
    updates[0].writer = "another"
    told = judge(updates, batches([change("CREATE", "2")]), [], "foreign")
    assert told.faults["success without a change"] == 1
