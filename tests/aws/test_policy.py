"""The deployed policies, evaluated: nothing is allowed but what the stack is for."""

import copy
import json
import re

import boto3
import parliament
import pytest
from conftest import ROOT
from ministack.core.iam_evaluator import EvalContext, evaluate, parse_policy_document
from route53_keys import condition_keys
from stack import Stack

GUIDE = ROOT / "docs" / "server.md"
CHANGE = "route53:ChangeResourceRecordSets"
LIST = "route53:ListResourceRecordSets"
OTHER_ZONE = "arn:aws:route53:::hostedzone/Z0OTHER"
SERVICES = ("route53", "s3", "iam", "lambda", "logs", "sts", "dynamodb", "route53domains")


def operations(service):
    return boto3.client(service, region_name="eu-central-1").meta.service_model.operation_names


ROUTE53_TYPES = [
    kind
    for kind in boto3.client("route53", region_name="eu-central-1")
    .meta.service_model.shape_for("RRType")
    .enum
    if kind not in ("A", "AAAA")
]


@pytest.fixture(scope="module")
def stack(emulator, template):
    zone = emulator.client("route53").create_hosted_zone(Name="example.com", CallerReference="1")
    stack = Stack(emulator, zone["HostedZone"]["Id"].rpartition("/")[2])
    names = "home.example.com,*.lan.example.com"
    assert stack.create(template, RecordName=names) == "CREATE_COMPLETE", stack.reasons()
    return stack


@pytest.fixture(scope="module")
def role(stack):
    return stack.policy("Role")


@pytest.fixture(scope="module")
def certifying(stack, role, template):
    """The role with Certificates; afterwards it has none again."""
    names = {"RecordName": "home.example.com,*.lan.example.com"}
    updated = stack.update(template, Certificates="yes", **names)
    assert updated == "UPDATE_COMPLETE", stack.reasons()
    policy = stack.policy("Role")
    assert stack.update(template, **names) == "UPDATE_COMPLETE", stack.reasons()
    assert stack.policy("Role") == role
    return policy


@pytest.fixture(scope="module")
def installer_role(stack):
    return stack.policy("InstallerRole")


@pytest.fixture
def zone(stack):
    return f"arn:aws:route53:::hostedzone/{stack.zone_id}"


@pytest.fixture(params=["the template's", "the server guide's"])
def changer(request):
    """A policy that may change home and *.lan, and the zone that it is for."""
    if request.param == "the template's":
        return request.getfixturevalue("role"), request.getfixturevalue("zone")
    policy = json.loads(re.search(r"^```json\n(.*?)^```$", GUIDE.read_text(), re.M | re.S)[1])
    return policy, "arn:aws:route53:::hostedzone/Z0123456789ABC"


def allowed(policy, action, resource, changes=()):
    keys = {name.lower(): values for name, values in condition_keys(list(changes)).items()}
    context = EvalContext(
        principal_arn="arn:aws:sts::000000000000:assumed-role/home/1",
        principal_type="AssumedRole",
        principal_account="000000000000",
        action=action,
        resource_arn=resource,
        region="eu-central-1",
        service_context=keys,
    )
    return evaluate(context, [parse_policy_document(policy)]).decision == "Allow"


HOME_A = ("CREATE", "home.example.com", "A")
FOREIGN = {
    "another name": [("CREATE", "www.example.com", "A")],
    "the apex": [("CREATE", "example.com", "A")],
    "a name below": [("CREATE", "sub.home.example.com", "A")],
    "a name that ends alike": [("CREATE", "myhome.example.com", "A")],
    "a name that begins alike": [("CREATE", "home.example.com.example.net", "A")],
    "a wildcard not asked for": [("CREATE", "*.home.example.com", "A")],
    "a name that a wildcard would match": [("CREATE", "nas.lan.example.com", "A")],
    "a wildcard as IAM would read it": [("CREATE", "?ome.example.com", "A")],
    "another name beside ours": [HOME_A, ("CREATE", "www.example.com", "A")],
    "another type beside ours": [HOME_A, ("CREATE", "home.example.com", "TXT")],
    "what overwrites unseen": [("UPSERT", "home.example.com", "A")],
    "that beside ours": [HOME_A, ("UPSERT", "home.example.com", "AAAA")],
    "another name removed": [("DELETE", "www.example.com", "A")],
    "another type removed": [("DELETE", "home.example.com", "TXT")],
    "no change at all": [],
} | {f"type {kind}": [("CREATE", "home.example.com", kind)] for kind in ROUTE53_TYPES}


@pytest.mark.parametrize(
    "changes",
    [
        [HOME_A],
        [("DELETE", "home.example.com", "A")],
        [("DELETE", "home.example.com", "A"), HOME_A],
        [("CREATE", "home.example.com", "AAAA")],
        [HOME_A, ("CREATE", "home.example.com", "AAAA")],
        [("CREATE", "HOME.Example.com.", "A")],
        [("CREATE", "*.lan.example.com", "A")],
        [("CREATE", "\\052.lan.example.com.", "AAAA"), HOME_A],
    ],
)
def test_the_records_of_the_stack_may_be_set(changer, changes):
    policy, zone = changer
    assert allowed(policy, CHANGE, zone, changes)


@pytest.mark.parametrize("what", FOREIGN)
def test_nothing_else_may_be_changed(changer, what):
    policy, zone = changer
    assert not allowed(policy, CHANGE, zone, FOREIGN[what])


PROOF = "_acme-challenge.home.example.com"
PROOF_TXT = ("CREATE", PROOF, "TXT")
NO_CHALLENGES = {
    "a text at the name of an address": [("CREATE", "home.example.com", "TXT")],
    "a text at a wildcard": [("CREATE", "*.lan.example.com", "TXT")],
    "a text at another name": [("CREATE", "www.example.com", "TXT")],
    "the challenge of another name": [("CREATE", "_acme-challenge.www.example.com", "TXT")],
    "the challenge of the zone": [("CREATE", "_acme-challenge.example.com", "TXT")],
    "a challenge below a wildcard": [("CREATE", "_acme-challenge.nas.lan.example.com", "TXT")],
    "a challenge for a wildcard itself": [("CREATE", "_acme-challenge.*.lan.example.com", "TXT")],
    "another proof": [("CREATE", "_validation-persist.home.example.com", "TXT")],
    "an address at a challenge": [("CREATE", PROOF, "A")],
    "an alias of a challenge": [("CREATE", PROOF, "CNAME")],
    "a name server for a challenge": [("CREATE", PROOF, "NS")],
    "a challenge that overwrites unseen": [("UPSERT", PROOF, "TXT")],
    "a challenge and an address in one": [PROOF_TXT, HOME_A],
    "a challenge and a text of another name": [PROOF_TXT, ("CREATE", "www.example.com", "TXT")],
}


@pytest.mark.parametrize("name", [PROOF, "_acme-challenge.lan.example.com"])
@pytest.mark.parametrize("action", ["CREATE", "DELETE"])
def test_challenges_with_certificates_alone(role, certifying, zone, name, action):
    assert allowed(certifying, CHANGE, zone, [(action, name, "TXT")])
    assert not allowed(role, CHANGE, zone, [(action, name, "TXT")])
    assert not allowed(certifying, CHANGE, OTHER_ZONE, [(action, name, "TXT")])


@pytest.mark.parametrize("what", NO_CHALLENGES | FOREIGN)
def test_nothing_but_challenges_with_certificates(certifying, zone, what):
    assert not allowed(certifying, CHANGE, zone, (NO_CHALLENGES | FOREIGN)[what])
    assert allowed(certifying, CHANGE, zone, [HOME_A])


def test_each_condition_of_challenges_is_needed(certifying, zone):
    """Without any one of the lists of the statement for challenges something foreign passes."""
    place = [one.get("Sid") for one in certifying["Statement"]].index("AnswerTheseChallengesOnly")
    lists = certifying["Statement"][place]["Condition"]["ForAllValues:StringEquals"]
    assert len(lists) == 3
    for key in lists:
        weaker = copy.deepcopy(certifying)
        del weaker["Statement"][place]["Condition"]["ForAllValues:StringEquals"][key]
        assert any(allowed(weaker, CHANGE, zone, changes) for changes in NO_CHALLENGES.values())


def test_the_role_without_certificates_knows_no_texts(role):
    assert "TXT" not in json.dumps(role) and "_acme-challenge" not in json.dumps(role)


def test_another_zone_is_out_of_reach(changer):
    policy, _ = changer
    for resource in (OTHER_ZONE, "*", "arn:aws:route53:::hostedzone/*"):
        assert not allowed(policy, CHANGE, resource, [HOME_A])
        assert not allowed(policy, LIST, resource)


def test_the_zone_may_be_read(changer):
    policy, zone = changer
    assert allowed(policy, LIST, zone)


@pytest.mark.parametrize("service", SERVICES)
def test_no_other_action(stack, role, zone, service):
    """Every operation of these services, on the zone, on the stack's bucket, on anything."""
    bucket = f"arn:aws:s3:::{stack.physical('Bucket')}"
    own = {(CHANGE, zone), (LIST, zone)}
    for operation in operations(service):
        for resource in (zone, bucket, f"{bucket}/x.zip", "*"):
            action = f"{service}:{operation}"
            assert allowed(role, action, resource, [HOME_A]) == ((action, resource) in own), action


@pytest.mark.parametrize(("logical", "log"), [("Role", "Log"), ("InstallerRole", "InstallerLog")])
def test_each_writes_its_own_log(stack, logical, log):
    policy = stack.policy(logical)
    groups = {name: stack.physical(name) for name in ("Log", "InstallerLog")} | {"": "/aws/other"}
    for name, group in groups.items():
        stream = f"arn:aws:logs:eu-central-1:000000000000:log-group:{group}:log-stream:1"
        for operation in operations("logs"):
            write = operation in ("CreateLogStream", "PutLogEvents")
            assert allowed(policy, f"logs:{operation}", stream) == (write and name == log)


def test_the_installer_reaches_its_bucket_and_the_zone(stack, installer_role, zone):
    bucket = f"arn:aws:s3:::{stack.physical('Bucket')}"
    own = {
        ("s3:PutObject", f"{bucket}/x.zip"),
        ("s3:DeleteObject", f"{bucket}/x.zip"),
        ("s3:ListBucket", bucket),
        ("route53:GetHostedZone", zone),
    }
    resources = (zone, OTHER_ZONE, bucket, f"{bucket}/x.zip", "arn:aws:s3:::other/x.zip", "*")
    actions = {
        f"{service}:{operation}" for service in SERVICES for operation in operations(service)
    }
    for action in actions | {"s3:ListBucket"}:
        for resource in resources:
            assert allowed(installer_role, action, resource, [HOME_A]) == (
                (action, resource) in own
            )


def guards(policy):
    """Where the conditions of the changing statement are: (operator, key)."""
    [change] = [one for one in policy["Statement"] if one["Action"] == CHANGE]
    return [(operator, key) for operator, keys in change["Condition"].items() for key in keys]


def test_each_condition_is_needed(changer):
    """Without any one of the three lists a foreign change passes; so the cases above can fail."""
    policy, zone = changer
    lists = [guard for guard in guards(policy) if guard[0] == "ForAllValues:StringEquals"]
    assert len(lists) == 3
    for operator, key in lists:
        weaker = copy.deepcopy(policy)
        [change] = [one for one in weaker["Statement"] if one["Action"] == CHANGE]
        del change["Condition"][operator][key]
        assert any(allowed(weaker, CHANGE, zone, changes) for changes in FOREIGN.values())


def test_a_request_without_the_keys_is_stopped_by_the_null_guards(changer):
    policy, zone = changer
    weaker = copy.deepcopy(policy)
    [change] = [one for one in weaker["Statement"] if one["Action"] == CHANGE]
    assert not allowed(weaker, CHANGE, zone)
    del change["Condition"]["Null"]
    assert allowed(weaker, CHANGE, zone)


def findings(policy):
    found = parliament.analyze_policy_string(json.dumps(policy))
    return [str(one) for one in found.findings]


def test_parliament_has_nothing_to_say(changer, installer_role):
    policy, _ = changer
    assert findings(policy) == [] and findings(installer_role) == []


def test_parliament_has_nothing_to_say_of_certificates(certifying):
    assert findings(certifying) == []


def test_parliament_would_notice_a_misspelled_key(role):
    text = json.dumps(role).replace("NormalizedRecordNames", "NormalisedRecordNames")
    assert findings(json.loads(text))
