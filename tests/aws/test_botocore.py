"""The released `bootstrap`, judged by what botocore, aws-sam-translator and certifi carry."""

import base64
import os
import pathlib
import re

import bootstrap_running
import certifi
import pytest
from botocore_judge import KEY, ZONE_ID, Judge, error, serve
from botocore_model import Model, example
from cfnlint.decode import decode
from conftest import ROOT
from samtranslator.translator.transform import transform

HOST = "home.example.com."
TTL = 60
PLAIN = {"Name", "Type", "TTL", "ResourceRecords"}
# A member that AWS adds: look whether it makes a set special, then name it here.
KNOWN = PLAIN | {
    "SetIdentifier",
    "Weight",
    "Region",
    "GeoLocation",
    "Failover",
    "MultiValueAnswer",
    "AliasTarget",
    "HealthCheckId",
    "TrafficPolicyInstanceId",
    "CidrRoutingConfig",
    "GeoProximityLocation",
}
# Members that this botocore does not know: one that AWS documents, two that it could.
TOMORROW = {
    "AZAffinity": {"shape": "ResourceRecordSetMultiValueAnswer"},
    "TomorrowsText": {"shape": "ResourceRecordSetIdentifier"},
    "TomorrowsPlace": {"shape": "GeoLocation"},
}
MODEL = Model()
LATER = Model(TOMORROW)


def simple(kind, value, ttl=TTL, name=HOST):
    return {"Name": name, "Type": kind, "TTL": ttl, "ResourceRecords": [{"Value": value}]}


@pytest.fixture
def judge():
    return Judge(LATER)


@pytest.fixture
def function(judge, bootstrap):
    environment = {
        "HOSTED_ZONE_ID": ZONE_ID,
        "RECORD_NAMES": HOST,
        # Nobody listens there: the zone is known by the API alone.
        "NAME_SERVERS": "127.0.0.1:1",
        "AWS_REGION": "eu-central-1",
        "AWS_ACCESS_KEY_ID": KEY[0],
        "AWS_SECRET_ACCESS_KEY": KEY[1],
        "AWS_SESSION_TOKEN": KEY[2],
        "PATH": os.environ["PATH"],
    }
    with (
        serve(judge) as url,
        bootstrap_running.run(bootstrap, environment | {"AWS_ENDPOINT_URL_ROUTE_53": url}) as run,
    ):
        yield run
    assert judge.problems == []


def test_the_model_has_the_members_that_are_known_here():
    assert set(MODEL.record_set.members) == KNOWN


def test_each_request_is_botocores(judge, function):
    """Creates, leaves alone, exchanges: signature, parameters and bytes as boto3 makes them."""
    judge.sets = [simple("NS", "ns-1.example.org.", name="example.com.")]
    first = {"newip": "198.51.100.7", "newip6": "2001:db8::7"}
    assert function.call(**first) == (200, "OK")
    assert function.call(**first) == (200, "OK")
    assert function.call(**first | {"newip": "198.51.100.8"}) == (200, "OK")
    old, new = (simple("A", f"198.51.100.{last}") for last in (7, 8))
    created, exchanged = [comparable(batch) for batch in judge.accepted]
    both = [("CREATE", old), ("CREATE", simple("AAAA", "2001:db8::7"))]
    assert sorted(created, key=str) == sorted(both, key=str)
    assert exchanged == [("DELETE", old), ("CREATE", new)]


def test_what_stands_there_is_stated_whole(judge, function):
    """Another TTL and more values than one: a DELETE has to state all of it."""
    old = simple("A", "192.0.2.1", ttl=3600)
    old["ResourceRecords"].append({"Value": "192.0.2.2"})
    judge.sets = [old]
    assert function.call(newip="198.51.100.7") == (200, "OK")
    new = simple("A", "198.51.100.7")
    assert [comparable(batch) for batch in judge.accepted] == [[("DELETE", old), ("CREATE", new)]]


def special(model, member):
    """A set with this member, filled as far as the model goes; an alias has no values."""
    record_set = simple("A", "192.0.2.1")
    if member == "AliasTarget":
        record_set = {"Name": HOST, "Type": "A"}
    return record_set | {member: example(model.record_set.members[member])}


@pytest.mark.parametrize("member", sorted(set(LATER.record_set.members) - PLAIN))
def test_a_set_with_any_other_member_is_left_alone(judge, function, member):
    judge.sets = [special(LATER, member)]
    before = list(judge.sets)
    assert function.call(newip="198.51.100.7") == (503, "911")
    assert function.call(newip="192.0.2.1") == (503, "911")
    assert (judge.sets, judge.accepted) == (before, [])


def test_a_set_with_all_members_is_left_alone(judge, function):
    judge.sets = [example(LATER.record_set) | {"Name": HOST, "Type": "A"}]
    assert function.call(newip="198.51.100.7") == (503, "911")
    assert judge.accepted == []


def test_special_neighbours_do_no_harm(judge, function):
    """Another name, and another type of the same name, may be as special as they like."""
    every = example(LATER.record_set)
    judge.sets = [
        simple("A", "192.0.2.1"),
        every | {"Name": HOST, "Type": "MX"},
        every | {"Name": "zzz.example.com.", "Type": "A"},
    ]
    assert function.call(newip="198.51.100.7") == (200, "OK")
    assert simple("A", "198.51.100.7") in judge.sets
    assert len(judge.sets) == 3


def test_answers_may_have_members_of_tomorrow(judge, function):
    judge.further = "<Tomorrow><ResourceRecordSet>x</ResourceRecordSet></Tomorrow><Later/>"
    judge.sets = [simple("A", "192.0.2.1")]
    assert function.call(newip="198.51.100.7") == (200, "OK")
    assert judge.sets == [simple("A", "198.51.100.7")]


@pytest.mark.parametrize(
    "name", [one.name for one in MODEL.operation("ChangeResourceRecordSets").error_shapes]
)
def test_errors_of_the_model_are_no_success(judge, function, name):
    body = error(name, "what AWS says")
    read = MODEL.parsed("ChangeResourceRecordSets", 400, body)["Error"]
    judge.sets = [simple("A", "192.0.2.1")]
    judge.refusals = [(400, body)] * 100
    function.api.seconds = 6
    assert function.call(newip="198.51.100.7") == (503, "911")
    assert judge.sets == [simple("A", "192.0.2.1")]
    assert read == {"Type": "Sender", "Code": name, "Message": "what AWS says"}
    assert read["Code"] in function.log.get(timeout=60)["reason"]


def comparable(batch):
    """Names with their final dot, as the API shows them."""
    return [(action, one | {"Name": one["Name"].rstrip(".") + "."}) for action, one in batch]


class NoPolicies:
    """The managed policies of AWS, which this template does not name."""

    def load(self):
        return {}


def permissions(resources, function_id):
    """What each permission says, with the function called the same everywhere."""
    found = []
    for resource in resources.values():
        if resource["Type"] == "AWS::Lambda::Permission":
            said = dict(resource["Properties"])
            name = said.pop("FunctionName")
            assert function_id in str(name)
            found.append(said)
    return sorted(found, key=str)


def test_the_permissions_of_the_url_are_those_of_sam(template, monkeypatch):
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    sam = {
        "Transform": "AWS::Serverless-2016-10-31",
        "Resources": {
            "Function": {
                "Type": "AWS::Serverless::Function",
                "Properties": {
                    "Runtime": "provided.al2023",
                    "Handler": "bootstrap",
                    "CodeUri": "s3://bucket/key",
                    "FunctionUrlConfig": {"AuthType": "NONE"},
                },
            }
        },
    }

    theirs = transform(sam, {}, NoPolicies())["Resources"]
    declared, problems = decode(str(template))
    assert problems == []
    ours = permissions(declared["Resources"], "Function")
    assert len(ours) == 2
    assert ours == permissions(theirs, "Function")


def test_all_roots_of_amazon_are_built_in(bootstrap):
    """Those that certifi has: Amazon's own, and Starfield Services, which vouches for them."""
    certificates = pathlib.Path(certifi.where()).read_text().split("# Issuer: ")[1:]
    needed = {}
    for text in certificates:
        subject = re.search("# Subject: (.*)", text)[1]
        body = re.search("-----BEGIN CERTIFICATE-----(.*?)-----END", text, re.DOTALL)[1]
        if "O=Amazon" in subject or "Starfield Services" in subject:
            needed[subject] = base64.b64decode(body)
    assert len(needed) >= 5
    built_in = {file.read_bytes() for file in (ROOT / "crates/aws").rglob("*.der")}
    assert [subject for subject, der in needed.items() if der not in built_in] == []
    program = bootstrap.read_bytes()
    assert [subject for subject, der in needed.items() if der not in program] == []
