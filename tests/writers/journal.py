"""What may be said of a zone that many write, judged by the journal of the stand-in."""

from dataclasses import dataclass, field


@dataclass
class Update:
    """One request of a client: who asked, for what, when, and what came back."""

    writer: str
    name: str
    value: str
    begin: float
    end: float
    said: str

    @property
    def acknowledged(self):
        return self.said == "OK"


@dataclass
class Judgement:
    """What was counted, and what must not be."""

    counts: dict = field(default_factory=dict)
    faults: dict = field(
        default_factory=lambda: {
            "foreign records overwritten": 0,
            "UPSERT": 0,
            "success without a change": 0,
            "newer overtaken by older": 0,
            "lost updates": 0,
            "records that the journal does not explain": 0,
        }
    )


class Journal:
    """The changes that the zone took, as far as A records of clients and foreign records go."""

    def __init__(self, batches, foreign_comment):
        self.batches, self.foreign_comment = batches, foreign_comment
        self.created = {}  # name, value -> the numbers of the batches that created it
        self.last = {}  # name -> (number, value) of the last change; a foreign one has no value
        self.held = {}  # name, type -> values, special

    def replay(self, told):
        foreign_changes = 0
        for batch in self.batches:
            foreign = batch["comment"] == self.foreign_comment
            foreign_changes += foreign
            for change in batch["changes"]:
                self._change(batch["number"], change, foreign, told)
        told.counts |= {
            "batches": len(self.batches) - foreign_changes,
            "foreign changes": foreign_changes,
        }

    def _change(self, number, change, foreign, told):
        name, created = change["name"], change["action"] != "DELETE"
        is_foreign = change["special"] or change["type"] == "CNAME"
        told.faults["UPSERT"] += change["action"] == "UPSERT"
        told.faults["foreign records overwritten"] += is_foreign and not foreign
        if created:
            self.held[name, change["type"]] = change["values"], change["special"]
        else:
            self.held.pop((name, change["type"]), None)
        if foreign:
            self.last[name] = number, None
        elif created:
            [value] = change["values"]
            self.created.setdefault((name, value), []).append(number)
            self.last[name] = number, value

    def place(self, update):
        """The number of the batch that made an update; `None`: none did."""
        return self.created.get((update.name, update.value), [None])[-1]


def judge(updates, batches, records, foreign_comment):
    """Judges all updates by the journal; `records` is what the zone holds after quiet.

    Each update wants a value of its own, so the journal tells them apart.
    """
    told = Judgement()
    journal = Journal(batches, foreign_comment)
    journal.replay(told)
    acknowledged = [one for one in updates if one.acknowledged]
    told.counts |= {"updates": len(updates), "acknowledged": len(acknowledged)}
    _successes(told, acknowledged, journal)
    by_name = {}
    for one in acknowledged:
        if journal.place(one) is not None:
            by_name.setdefault(one.name, []).append(one)
    for own in by_name.values():
        _order(told, own, journal)
    _end(told, updates, by_name, journal)
    there = {
        (one["name"], one["type"]): (one["values"], one["special"])
        for one in records
        if one["type"] not in ("NS", "SOA")
    }
    keys = there.keys() | journal.held
    told.faults["records that the journal does not explain"] = sum(
        there.get(key) != journal.held.get(key) for key in keys
    )
    return told


def _successes(told, acknowledged, journal):
    """Each success word has its change.

    Or another update of the same name and writer was under way at the same time and took its place:
    the two went together in one batch.
    """
    made = {}
    for one in acknowledged:
        if journal.place(one) is not None:
            made.setdefault((one.writer, one.name), []).append(one)
    superseded = false = 0
    for one in acknowledged:
        if journal.place(one) is None:
            others = made.get((one.writer, one.name), [])
            together = any(o.begin < one.end and one.begin < o.end for o in others)
            superseded += together
            false += not together
    told.counts["superseded in their batch"] = superseded
    told.faults["success without a change"] = false


def _order(told, own, journal):
    """What began after another's success is later in the journal; no value comes twice."""
    ended = sorted(own, key=lambda one: one.end)
    newest, place = -1, 0
    for one in sorted(own, key=lambda one: one.begin):
        while ended[place].end < one.begin:
            newest = max(newest, journal.place(ended[place]))
            place += 1
        twice = len(journal.created[one.name, one.value]) > 1
        told.faults["newer overtaken by older"] += twice or journal.place(one) < newest


def _end(told, updates, by_name, journal):
    """The last change of each name is its last acknowledged update.

    Unless somebody else came later: a foreign writer, or an update that was carried out but not
    acknowledged.
    """
    refused = {(one.name, one.value) for one in updates if not one.acknowledged}
    unheard = {key for key in journal.created if key in refused}
    told.counts["carried out but not acknowledged"] = len(unheard)
    for name, own in by_name.items():
        latest = max(journal.place(one) for one in own)
        number, value = journal.last[name]
        may = number == latest or value is None or (name, value) in unheard
        told.faults["lost updates"] += not may
