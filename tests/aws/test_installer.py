"""The installer gives CloudFormation one answer, whatever goes wrong, with the reason in words."""

import hashlib
import importlib.util
import io
import json
import types
import zipfile

import pytest
import standin as aws
from conftest import ROOT

PROGRAM = b"\x7fELF a program that is long enough to be packed " * 200
DIGEST = hashlib.sha256(PROGRAM).hexdigest()
KEY = f"{DIGEST}.zip"
OLD_KEY = f"{'0' * 64}.zip"


def script_template():
    spec = importlib.util.spec_from_file_location("template", ROOT / "script/template.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def load(payload, digest=DIGEST):
    """The installer as the template carries it."""
    source = script_template().read("installer.py", "full")
    module = types.ModuleType("installer")
    exec(
        compile(
            source.replace("@digest@", digest).replace("@payload@", payload), "installer.py", "exec"
        ),
        vars(module),
    )
    module.PAUSES = (0, 0)
    return module


@pytest.fixture(scope="module")
def payload():
    return script_template().payload(PROGRAM)


@pytest.fixture
def standin(monkeypatch):
    with aws.run() as running:
        for name, value in {
            "AWS_ENDPOINT_URL": running.url,
            "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
            "AWS_SECRET_ACCESS_KEY": "example",
            "AWS_DEFAULT_REGION": "eu-central-1",
            "AWS_CONFIG_FILE": "/dev/null",
            "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        }.items():
            monkeypatch.setenv(name, value)
        yield running


@pytest.fixture
def installer(payload):
    return load(payload)


class Context:
    def __init__(self, milliseconds=120_000):
        self.milliseconds = milliseconds

    def get_remaining_time_in_millis(self):
        return self.milliseconds


def event(standin, kind, physical=None, **properties):
    wanted = {
        "Digest": DIGEST,
        "Bucket": "bucket",
        "HostedZoneId": "Z1",
        "RecordName": "home.example.com",
        "AlsoWildcard": "no",
        "Certificates": "no",
    }
    sent = {
        "RequestType": kind,
        "StackId": "arn:aws:cloudformation:eu-central-1:000000000000:stack/home/1",
        "RequestId": "request-1",
        "LogicalResourceId": "Program",
        "ResponseURL": f"{standin.url}/answer",
        "ResourceProperties": wanted | properties,
    }
    return sent | ({"PhysicalResourceId": physical} if physical else {})


def failure(standin):
    """The reason of the one answer, which is a failure and complete."""
    [answer] = standin.answers
    assert answer["Status"] == "FAILED"
    assert answer["RequestId"] == "request-1"
    assert answer["LogicalResourceId"] == "Program"
    assert answer["PhysicalResourceId"]
    return answer["Reason"]


def test_create(standin, installer):
    installer.handler(event(standin, "Create"), Context())
    [answer] = standin.answers
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", KEY)
    assert answer["Data"] == {
        "Key": KEY,
        "RecordNames": "home.example.com",
        "PolicyNames": "home.example.com",
        "ChallengeNames": "",
        "FirstName": "home.example.com",
        "NameServers": "ns-1.example.net,ns-2.example.org",
    }
    with zipfile.ZipFile(io.BytesIO(standin.objects[KEY])) as archive:
        assert archive.read("bootstrap") == PROGRAM
        assert archive.getinfo("bootstrap").external_attr >> 16 == 0o100755


def test_a_challenge_for_each_name_and_its_wildcard(standin, installer):
    typed = "*.Home.example.com, home.example.com, nas.example.com=::10"
    installer.handler(event(standin, "Create", RecordName=typed, Certificates="yes"), Context())
    [answer] = standin.answers
    names = "_acme-challenge.home.example.com,_acme-challenge.nas.example.com"
    assert answer["Data"]["ChallengeNames"] == names
    assert answer["Data"]["FirstName"] == "home.example.com"


def test_no_challenge_beyond_the_length_of_a_name(standin, installer):
    label = "a" * 60
    long = f"{label}.{label}.{label}.{label[:47]}.example.com"
    assert len(long) < 253 < len("_acme-challenge." + long)
    installer.handler(event(standin, "Create", RecordName=long, Certificates="yes"), Context())
    assert "is longer than 253 characters: no certificate for this name" in failure(standin)
    standin.answers.clear()
    installer.handler(event(standin, "Create", RecordName=long), Context())
    assert standin.answers[0]["Status"] == "SUCCESS"


def test_a_challenge_is_no_name_to_update(standin, installer):
    typed = "home.example.com,_ACME-challenge.home.example.com"
    installer.handler(event(standin, "Create", RecordName=typed), Context())
    assert "_acme-challenge.home.example.com is for certificates" in failure(standin)


def test_the_same_program_is_packed_to_the_same_bytes(installer):
    assert installer.package() == installer.package() == script_template().package(PROGRAM)


def test_an_update_to_another_program_is_a_replacement(standin, installer):
    standin.objects[OLD_KEY] = b"old"
    installer.handler(event(standin, "Update", OLD_KEY), Context())
    installer.handler(event(standin, "Delete", OLD_KEY, Digest="0" * 64), Context())
    assert [one["Status"] for one in standin.answers] == ["SUCCESS", "SUCCESS"]
    assert [one["PhysicalResourceId"] for one in standin.answers] == [KEY, OLD_KEY]
    assert list(standin.objects) == [KEY]


def test_a_failed_update_keeps_the_resource_it_had(standin, installer):
    installer.handler(event(standin, "Update", OLD_KEY, RecordName="home.example.org"), Context())
    assert failure(standin) == "home.example.org is not in zone example.com"
    assert standin.answers[0]["PhysicalResourceId"] == OLD_KEY
    assert standin.calls == []


def test_delete_empties_the_bucket(standin, installer):
    standin.objects = {KEY: b"", OLD_KEY: b"", "something": b""}
    installer.handler(event(standin, "Delete", KEY), Context())
    assert standin.answers[0]["Status"] == "SUCCESS"
    assert standin.objects == {}


@pytest.mark.parametrize("physical", [KEY, "home-Program-1ABCDEF"])
def test_delete_after_a_failed_create(standin, installer, physical):
    standin.objects = {KEY: b"uploaded before it failed"}
    installer.handler(event(standin, "Delete", physical, RecordName="home.example.org"), Context())
    [answer] = standin.answers
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", physical)
    assert standin.objects == {}


def test_delete_of_a_bucket_that_is_gone(standin, installer):
    standin.refusals["GET"] = (404, "NoSuchBucket", "The specified bucket does not exist", 9)
    installer.handler(event(standin, "Delete", KEY), Context())
    assert [one["Status"] for one in standin.answers] == ["SUCCESS"]


def test_delete_works_with_a_damaged_program(standin, payload):
    load("garbage").handler(event(standin, "Delete", KEY), Context())
    assert [one["Status"] for one in standin.answers] == ["SUCCESS"]


@pytest.mark.parametrize("kind", ["cut", "changed", "foreign", "other"])
def test_a_damaged_program_is_not_installed(standin, payload, kind):
    middle = len(payload) // 2
    damaged = {
        "cut": payload[:middle],
        "changed": payload[:middle]
        + ("a" if payload[middle] != "a" else "b")
        + payload[middle + 1 :],
        "foreign": payload[:middle] + "ä" + payload[middle + 1 :],
        "other": script_template().payload(PROGRAM + b"!"),
    }[kind]
    load(damaged).handler(event(standin, "Create"), Context())
    assert failure(standin).startswith(
        "the program in this template is damaged: download the file again"
    )
    assert standin.objects == {}


def test_template_and_installer_of_different_versions(standin, installer):
    installer.handler(event(standin, "Create", Digest="f" * 64), Context())
    assert "different versions" in failure(standin)


def test_a_rollback_before_the_installer_is_rolled_back_finds_the_old_program(standin, installer):
    standin.objects = {OLD_KEY: b"old", KEY: b"new"}
    installer.handler(event(standin, "Update", KEY, Digest="0" * 64), Context())
    [answer] = standin.answers
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", OLD_KEY)
    assert answer["Data"]["Key"] == OLD_KEY
    assert standin.objects == {OLD_KEY: b"old", KEY: b"new"}


def test_an_unknown_zone(standin, installer):
    installer.handler(event(standin, "Create", HostedZoneId="Z9"), Context())
    assert failure(standin) == "there is no hosted zone Z9 in this account"


def test_a_private_zone(standin, installer):
    standin.zone["private"] = "true"
    installer.handler(event(standin, "Create"), Context())
    assert (
        failure(standin) == "the zone example.com is private: choose the public zone of that name"
    )
    assert standin.objects == {}


@pytest.mark.parametrize(
    ("kind", "method", "physical"),
    [
        ("Create", "PUT", None),
        ("Update", "PUT", OLD_KEY),
        ("Delete", "DELETE", KEY),
        ("Delete", "GET", KEY),
    ],
)
def test_s3_refuses(standin, installer, kind, method, physical):
    standin.objects = {KEY: b""}
    standin.refusals[method] = (403, "AccessDenied", "no identity-based policy allows it", 99)
    installer.handler(event(standin, kind, physical), Context())
    operation = {"PUT": "PutObject", "DELETE": "DeleteObject", "GET": "ListObjectsV2"}[method]
    assert failure(standin) == f"AWS refused {operation}: no identity-based policy allows it"


def test_a_role_that_is_not_known_everywhere_yet(standin, installer):
    standin.refusals["zone"] = (403, "AccessDenied", "not yet", 2)
    standin.refusals["PUT"] = (403, "AccessDenied", "not yet", 2)
    installer.handler(event(standin, "Create"), Context())
    assert [one["Status"] for one in standin.answers] == ["SUCCESS"]


def test_a_fault_nobody_thought_of(standin, installer):
    broken = event(standin, "Create")
    del broken["ResourceProperties"]
    installer.handler(broken, Context())
    assert failure(standin) == "KeyError: 'ResourceProperties'"


def test_s3_stalls_until_lambda_would_end_the_installer(standin, installer):
    standin.released.clear()
    installer.MARGIN = 0.4
    answered = standin.take_answer

    def answer_and_release(body):
        reply = answered(body)
        standin.released.set()
        return reply

    standin.take_answer = answer_and_release
    installer.handler(event(standin, "Create"), Context(milliseconds=500))
    assert "no result after" in failure(standin)


def test_an_answer_that_does_not_arrive_is_sent_again(standin, installer, monkeypatch):
    monkeypatch.setattr(installer.time, "sleep", lambda _: None)
    standin.unanswered = 2
    installer.handler(event(standin, "Create"), Context())
    assert [one["Status"] for one in standin.answers] == ["SUCCESS"]


def test_cloudformation_cannot_be_reached(standin, installer, monkeypatch):
    """Lambda then runs the installer again, because it failed."""
    monkeypatch.setattr(installer.time, "sleep", lambda _: None)
    standin.unanswered = 99
    with pytest.raises(OSError):
        installer.handler(event(standin, "Create"), Context())


def test_more_names_than_an_answer_holds(standin, installer):
    names = ",".join(f"host-number-{number}.example.com" for number in range(80))
    installer.handler(event(standin, "Create", RecordName=names), Context())
    assert failure(standin).startswith("the record names are too long together")


def test_as_many_names_as_the_form_takes_fit_into_an_answer(standin, installer):
    names = ",".join(f"host-number-{number:03}.example.com" for number in range(57))
    assert len(names) <= 1600
    installer.handler(event(standin, "Create", RecordName=names), Context())
    assert standin.answers[0]["Status"] == "SUCCESS"
    assert len(json.dumps(standin.answers[0])) <= 4096


@pytest.mark.parametrize(
    ("typed", "records", "policy"),
    [
        ("HOME.Example.COM.", "home.example.com", "home.example.com"),
        ("example.com", "example.com", "example.com"),
        ("*.home.example.com", "*.home.example.com", "\\052.home.example.com"),
        (
            " a.example.com ,b.example.com, ",
            "a.example.com,b.example.com",
            "a.example.com,b.example.com",
        ),
        ("a.example.com,A.example.com.", "a.example.com", "a.example.com"),
        ("nas.example.com = ::0:10", "nas.example.com=::10", "nas.example.com"),
        ("_a-b.example.com", "_a-b.example.com", "_a-b.example.com"),
    ],
)
def test_names_as_meant(standin, installer, typed, records, policy):
    installer.handler(event(standin, "Create", RecordName=typed), Context())
    assert standin.answers[0]["Data"]["RecordNames"] == records
    assert standin.answers[0]["Data"]["PolicyNames"] == policy


def test_also_the_wildcard(standin, installer):
    typed = "home.example.com,nas.example.com=::10,*.lan.example.com"
    installer.handler(event(standin, "Create", RecordName=typed, AlsoWildcard="yes"), Context())
    assert standin.answers[0]["Data"]["RecordNames"] == (
        "home.example.com,*.home.example.com,nas.example.com=::10,*.nas.example.com=::10,*.lan.example.com"
    )


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        (" , ", "the record name is empty"),
        ("home.example.org", "home.example.org is not in zone example.com"),
        ("evilexample.com", "evilexample.com is not in zone example.com"),
        ("example.com.example.org", "is not in zone"),
        ("home.example.com,www.example.net", "www.example.net is not in zone example.com"),
        ("home..example.com", "is not a host name"),
        ("-home.example.com", "is not a host name"),
        ("ho me.example.com", "is not a host name"),
        ("home.example.com..", "is not a host name"),
        (f"{'a' * 64}.example.com", "is not a host name"),
        (".".join(["a" * 60] * 4 + ["example.com"]), "is longer than 253 characters"),
        ("home.*.example.com", "* may only be the whole first part"),
        ("a*.example.com", "* may only be the whole first part"),
        ("häuschen.example.com", "Punycode"),
        ("nas.example.com=", "an IPv6 interface id"),
        ("nas.example.com=192.0.2.1", "an IPv6 interface id"),
        ("nas.example.com=::10%eth0", "an IPv6 interface id"),
        ("nas.example.com=::1,nas.example.com=::2", "twice with different interface ids"),
    ],
)
def test_names_that_cannot_be(standin, installer, typed, reason):
    installer.handler(event(standin, "Create", RecordName=typed), Context())
    assert reason in failure(standin)
    assert standin.calls == []
