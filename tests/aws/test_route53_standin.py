"""The two stand-ins for Route 53, ministack and the project's own: what batches they take.

Where both judge, they say the same. The project's own checks more, with the texts seen on AWS.
"""

import uuid

import botocore.exceptions
import emulator as ministack
import pytest
import route53_standin
from route53_standin import ZONE_ID

HOME = "home.example.net."


def simple(value, kind="A", ttl=60, name=HOME):
    values = [value] if isinstance(value, str) else value
    return {
        "Name": name,
        "Type": kind,
        "TTL": ttl,
        "ResourceRecords": [{"Value": one} for one in values],
    }


def alias(kind="A"):
    target = {"HostedZoneId": "Z2FDTNDATAQYW2", "DNSName": "d1.cloudfront.net."}
    return {
        "Name": HOME,
        "Type": kind,
        "AliasTarget": target | {"EvaluateTargetHealth": False},
    }


def weighted(value):
    """Its members in the order that AWS wants."""
    named = {"Name": HOME, "Type": "A", "SetIdentifier": "blue", "Weight": 10}
    return named | simple(value)


def create(*arguments, **named):
    return ("CREATE", simple(*arguments, **named))


def delete(*arguments, **named):
    return ("DELETE", simple(*arguments, **named))


class Zone:
    """A zone of either stand-in."""

    def __init__(self, client, zone_id):
        self.client, self.zone_id = client, zone_id

    def change(self, batch):
        """What a batch is answered: "" or the error's code and text."""
        changes = [{"Action": action, "ResourceRecordSet": one} for action, one in batch]
        try:
            self.client.change_resource_record_sets(
                HostedZoneId=self.zone_id, ChangeBatch={"Changes": changes}
            )
        except botocore.exceptions.ClientError as refused:
            error = refused.response["Error"]
            return f"{error['Code']}: {error['Message']}"
        return ""

    def sets(self):
        """All but the zone's own."""
        listed = self.client.list_resource_record_sets(HostedZoneId=self.zone_id)
        return [one for one in listed["ResourceRecordSets"] if one["Type"] not in ("NS", "SOA")]


@pytest.fixture(scope="module")
def emulator(tmp_path_factory):
    with ministack.run(tmp_path_factory.mktemp("ministack")) as running:
        yield running


@pytest.fixture(scope="module")
def program():
    with route53_standin.run() as running:
        yield running


@pytest.fixture
def own(program):
    zone = Zone(program.client(), ZONE_ID)
    yield zone
    left = [("DELETE", one) for one in zone.sets()]
    assert not left or zone.change(left) == ""


@pytest.fixture
def zones(own, emulator):
    """The same empty zone in both."""
    client = emulator.client("route53")
    made = client.create_hosted_zone(Name="example.net", CallerReference=uuid.uuid4().hex)
    return [own, Zone(client, made["HostedZone"]["Id"].rpartition("/")[2])]


OLD, NEW = "192.0.2.1", "198.51.100.7"


@pytest.mark.parametrize(
    ("batch", "text"),
    [
        ([create(NEW, name="nas.example.net.")], ""),
        ([delete(OLD)], ""),
        ([delete(OLD), create(NEW)], ""),
        ([delete(OLD), create(NEW, ttl=300), create("2001:db8::7", "AAAA")], ""),
        ([delete(OLD), create("elsewhere.example.net.", "CNAME")], ""),
        ([delete(NEW), create(NEW)], "but the values provided do not match the current values"),
        ([delete(OLD, ttl=61)], "but the values provided do not match the current values"),
        ([delete([OLD, NEW])], "but the values provided do not match the current values"),
        ([delete(OLD, "AAAA")], "but it was not found"),
        ([delete(OLD, name="nas.example.net.")], "but it was not found"),
        ([create(NEW)], "but it already exists"),
        ([create(NEW), delete(OLD)], "but it already exists"),
        ([create(NEW, name="a.example.net."), create(NEW)], "but it already exists"),
        ([delete(OLD), create(NEW), delete(NEW, name="a.example.net.")], "but it was not found"),
    ],
)
def test_both_take_the_same_batches(zones, batch, text):
    said = []
    for zone in zones:
        assert zone.change([create(OLD)]) == ""
        before = zone.sets()
        said.append(zone.change(batch))
        if text:
            assert said[-1].startswith("InvalidChangeBatch: ")
            assert zone.sets() == before
        else:
            assert said[-1] == ""
    assert text in said[0]
    assert zones[0].sets() == zones[1].sets()


@pytest.mark.parametrize(
    ("before", "batch", "text"),
    [
        ([create(OLD)], [delete(OLD), delete(OLD)], "invalid set of changes"),
        ([create(OLD)], [delete(OLD), create(NEW), delete(NEW)], "invalid set of changes"),
        ([], [create(NEW), delete(NEW)], "invalid set of changes"),
        ([], [("UPSERT", simple(OLD)), ("UPSERT", simple(NEW))], "invalid set of changes"),
        (
            [create("x.example.net.", "CNAME")],
            [create(NEW)],
            "a conflicting RRSet of type CNAME with the same DNS name already exists",
        ),
        ([create("x.example.net.", "CNAME")], [delete("x.example.net.", "CNAME"), create(NEW)], ""),
        ([("CREATE", alias())], [delete(NEW), create(OLD)], "do not match the current values"),
        ([("CREATE", alias())], [create(OLD)], "but it already exists"),
        ([("CREATE", alias())], [("DELETE", alias()), create(OLD)], ""),
        (
            [("CREATE", weighted(OLD))],
            [create(NEW)],
            "cannot be created as other RRSets exist with the same name and type",
        ),
        (
            [("CREATE", weighted(OLD))],
            [delete(OLD), create(NEW)],
            "but it was not found",
        ),
    ],
)
def test_the_own_one_takes_no_more_than_aws(own, before, batch, text):
    for one in before:
        assert own.change([one]) == ""
    there = own.sets()
    said = own.change(batch)
    assert (text in said) if text else said == ""
    assert not text or own.sets() == there


def hosts(count, octet, letters=0):
    """So many sets of one value."""
    name = "x" * letters
    return [
        simple(f"198.51.{octet}.{n % 250}", name=f"{name}h{n}.example.net.") for n in range(count)
    ]


def test_a_batch_has_a_thousand_elements_and_an_upsert_counts_twice(own):
    assert own.change([("CREATE", one) for one in hosts(500, 100)]) == ""
    exchange = [("DELETE", one) for one in hosts(500, 100)]
    exchange += [("CREATE", one) for one in hosts(500, 101)]
    one_more = create(NEW, name="one-more.example.net.")
    assert "Number of records limit of 1000 exceeded" in own.change([*exchange, one_more])
    assert own.change(exchange) == ""
    upserts = [("UPSERT", one) for one in hosts(500, 102)]
    assert "Number of records limit of 1000 exceeded" in own.change([*upserts, one_more])
    assert own.change(upserts) == ""


def texts(count):
    """TXT sets of 252 characters a value with the quotation marks."""
    return [simple(f'"{"t" * 250}"', "TXT", name=f"t{n}.example.net.") for n in range(count)]


def test_a_batch_has_so_many_characters_and_an_upsert_counts_twice(own):
    assert own.change([("CREATE", one) for one in texts(126)]) == ""
    assert own.change([("DELETE", one) for one in texts(126)]) == ""
    too_long = own.change([("CREATE", one) for one in texts(127)])
    assert "RDATA character limit of 32000 exceeded" in too_long
    assert own.change([("UPSERT", one) for one in texts(63)]) == ""
    too_long = own.change([("UPSERT", one) for one in texts(64)])
    assert "RDATA character limit of 32000 exceeded" in too_long


def test_a_refusal_names_as_many_of_the_bad_as_it_is_told():
    bad = [delete(NEW, name=f"h{n}.example.net.") for n in range(4)]
    for options, named in (([], 4), (["--named", "2"], 2), (["--named", "0"], 0)):
        with route53_standin.run(*options) as running:
            said = Zone(running.client(), ZONE_ID).change(bad)
            assert said.count("but it was not found") == named


def test_the_journal_has_what_was_accepted_in_order():
    with route53_standin.run() as running:
        zone = Zone(running.client(), ZONE_ID)
        assert zone.change([create(OLD)]) == ""
        assert zone.change([create(NEW)]) != ""
        assert zone.change([delete(OLD), ("CREATE", alias())]) == ""
        assert zone.change([delete(OLD)]) != ""
        first, second = running.shown("journal")
        assert (first["number"], second["number"], second["by"]) == (0, 1, "caller")
        [change] = first["changes"]
        assert (change["action"], change["name"], change["values"]) == (
            "CREATE",
            "home.example.net",
            [OLD],
        )
        told = [(one["action"], one["special"]) for one in second["changes"]]
        assert told == [("DELETE", False), ("CREATE", True)]
        assert running.shown("journal", **{"from": 1}) == [second]
