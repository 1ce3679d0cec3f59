"""What a router's request does to a zone, from the Function URL to the record."""

import json

import pytest
from endpoint import HOST, SECRET

BOTH = "newip=198.51.100.7&newip6=2001:db8::7"
WANTED = {"A": ["198.51.100.7"], "AAAA": ["2001:db8::7"]}


def test_creates_replaces_and_leaves_alone(endpoint):
    assert endpoint.call(BOTH) == (200, "OK")
    assert endpoint.values() == WANTED
    assert {one["TTL"] for one in endpoint.records()} == {60}
    assert endpoint.call("newip=198.51.100.8") == (200, "OK")
    assert endpoint.values() == WANTED | {"A": ["198.51.100.8"]}
    before = endpoint.records()
    assert endpoint.call("newip=198.51.100.8&newip6=2001:DB8:0::7") == (200, "OK")
    assert endpoint.records() == before
    created, replaced, left_alone = endpoint.log()
    assert [change["old"] for change in created["changes"]] == ["", ""]
    assert replaced["changes"] == [
        {"host": HOST, "type": "A", "old": "198.51.100.7", "new": "198.51.100.8"}
    ]
    assert left_alone["changes"] == []


def test_the_callers_address_and_a_form(endpoint):
    assert endpoint.call(path="myip", secret=None) == (200, "127.0.0.1")
    assert endpoint.call() == (400, "badip")
    form = {"secret": SECRET, "newip": "198.51.100.7"}
    assert endpoint.call(form=form, secret=None) == (200, "OK")
    assert endpoint.values() == {"A": ["198.51.100.7"]}


@pytest.mark.parametrize(
    ("record", "sentence"),
    [
        (
            {
                "Type": "A",
                "AliasTarget": {
                    "HostedZoneId": "Z2FDTNDATAQYW2",
                    "DNSName": "d111111abcdef8.cloudfront.net.",
                    "EvaluateTargetHealth": False,
                },
            },
            "an alias",
        ),
        (
            {
                "Type": "A",
                "SetIdentifier": "blue",
                "Weight": 10,
                "TTL": 60,
                "ResourceRecords": [{"Value": "192.0.2.1"}],
            },
            "a weighted record",
        ),
    ],
    ids=["alias", "weighted"],
)
def test_what_is_not_simple_is_left_alone(endpoint, record, sentence):
    endpoint.put(**record)
    before = endpoint.records()
    assert endpoint.call("newip=198.51.100.7") == (503, "911")
    assert endpoint.call(BOTH) == (503, "911")
    assert endpoint.records() == before
    lines = endpoint.log()
    assert [line["level"] for line in lines] == ["ERROR", "ERROR"]
    assert all(sentence in line["reason"] and HOST in line["reason"] for line in lines)


def test_a_wrong_secret_changes_nothing(endpoint):
    assert endpoint.call(BOTH) == (200, "OK")
    before = endpoint.records()
    for secret in (SECRET + "r", SECRET[:-1], SECRET.upper(), "x", None):
        assert endpoint.call("newip=198.51.100.9", secret=secret) == (403, "badauth")
        assert endpoint.call("newip=0", secret=secret)[0] in (400, 403)
    assert endpoint.records() == before
    text = json.dumps(endpoint.log())
    assert "the secret or the user name is wrong" in text
    assert SECRET not in text


def test_another_zones_role_is_refused_in_words(endpoint):
    """The signature is checked and the role is in force: without it the client hears 911."""
    endpoint.iam.put_role_policy(
        RoleName=endpoint.name,
        PolicyName="zone",
        PolicyDocument=json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Action": "route53:*",
                        "Resource": "arn:aws:route53:::hostedzone/ZOTHER",
                    }
                ],
            }
        ),
    )
    assert endpoint.call(BOTH) == (503, "911")
    assert endpoint.records() == []
    [line] = endpoint.log()
    assert line["level"] == "ERROR"
