"""The life of a stack in an emulator, made from nothing but the template."""

import io
import json
import shutil
import zipfile

import pytest
from stack import SECRET, UPLOADS, Stack, records

ADDRESSES = "?newip=198.51.100.7&newip6=2001:db8::7"
HOME = {("home.example.com", "A"): ["198.51.100.7"], ("home.example.com", "AAAA"): ["2001:db8::7"]}


@pytest.fixture(scope="module", params=["carries the program", "lean"])
def edition(request):
    """Every test is made with both templates."""
    return request.param


@pytest.fixture(scope="module")
def template(edition, template, lean_template):
    return lean_template if edition == "lean" else template


@pytest.fixture(scope="module")
def other_build(edition, other_build, other_lean_build):
    return other_lean_build if edition == "lean" else other_build


@pytest.fixture
def stack(emulator, zone_id):
    """A stack that is gone when its test ends."""
    stack = Stack(emulator, zone_id)
    yield stack
    live = emulator.client("cloudformation").describe_stacks()["Stacks"]
    if any(one["StackStatus"] != "DELETE_COMPLETE" for one in live):
        assert stack.delete() == "DELETE_COMPLETE"


def left_over(emulator):
    """Everything of a stack that would cost or confuse if it stayed."""
    alarms = emulator.client("cloudwatch").describe_alarms()["MetricAlarms"]
    buckets = emulator.client("s3").list_buckets()["Buckets"]
    metric_filters = emulator.client("logs").describe_metric_filters()["metricFilters"]
    return (
        [one["FunctionName"] for one in emulator.client("lambda").list_functions()["Functions"]]
        + [one["Name"] for one in buckets if one["Name"] != UPLOADS]
        + [one["RoleName"] for one in emulator.client("iam").list_roles()["Roles"]]
        + [
            one["logGroupName"]
            for one in emulator.client("logs").describe_log_groups()["logGroups"]
        ]
        + [one["TopicArn"] for one in emulator.client("sns").list_topics()["Topics"]]
        + [one["AlarmName"] for one in alarms]
        + [one["filterName"] for one in metric_filters]
    )


def test_create_call_update_delete(emulator, zone_id, stack, template, other_build):
    assert stack.create(template, AlarmEmail="me@example.com") == "CREATE_COMPLETE", stack.reasons()
    assert (
        stack.output("TryIt")
        == f'curl -H "Authorization: Bearer YOUR-SECRET" "{stack.output("FunctionUrl")}"'
    )
    assert stack.output("SetupPage") == stack.output("FunctionUrl") + "setup"
    assert SECRET not in json.dumps(stack.describe(), default=str)
    first = stack.objects()
    assert len(first) == 1

    assert stack.call(ADDRESSES, secret="wrong-horse-battery-staple")[0] == 403
    assert stack.call(ADDRESSES, secret=None)[0] in (401, 403)
    assert records(emulator, zone_id) == {}
    assert stack.call(ADDRESSES) == (200, "OK")
    assert records(emulator, zone_id) == HOME
    assert stack.call("nowhere")[1].strip() == "notfound"
    url = stack.output("FunctionUrl")

    digest, other_template = other_build
    assert stack.update(other_template, AlarmEmail="me@example.com") == "UPDATE_COMPLETE", (
        stack.reasons()
    )
    assert stack.call("nowhere")[1].strip() == "NOTFOUND"
    assert stack.objects() == [f"{digest}.zip"] != first
    assert stack.output("FunctionUrl") == url
    assert stack.call("?newip=198.51.100.8") == (200, "OK")
    assert records(emulator, zone_id) == HOME | {("home.example.com", "A"): ["198.51.100.8"]}

    assert stack.delete() == "DELETE_COMPLETE"
    assert left_over(emulator) == []
    assert ("home.example.com", "A") in records(emulator, zone_id)


def test_the_log_tells_accepted_updates_from_the_rest(stack, template):
    """The alarm for a day without updates counts what its filter finds."""
    parameters = {"AlarmEmail": "me@example.com"}
    assert stack.create(template, **parameters) == "CREATE_COMPLETE", stack.reasons()
    [found] = stack.emulator.client("logs").describe_metric_filters()["metricFilters"]
    accepted = '($.status = 200) && ($.hosts[0] = "*")'
    # A challenge says nothing of the router that the alarm watches.
    updates = '($.dialect != "httpreq") && ($.dialect != "acme-dns")'
    assert found["filterPattern"] == f"{{ {accepted} && {updates} }}"
    assert found["logGroupName"] == stack.physical("Log")

    assert [stack.call(ADDRESSES)[0] for _ in range(2)] == [200, 200]
    assert stack.call(ADDRESSES, secret="wrong-horse-battery-staple")[0] == 403
    assert stack.call("?newip=192.168.1.1")[0] == 400
    assert stack.call("nowhere")[0] == 404
    log = stack.log()
    lines = [json.loads(line) for line in log if line.startswith("{")]
    assert sorted(line["status"] for line in lines) == [200, 200, 400, 403, 404]
    assert [line["hosts"] for line in lines if line["status"] == 200] == [["home.example.com"]] * 2
    assert [line["hosts"] for line in lines if line["status"] != 200] == [[]] * 3
    assert SECRET not in "".join(log)


def test_the_program_is_executable(emulator, stack, template, bootstrap):
    assert stack.create(template) == "CREATE_COMPLETE", stack.reasons()
    bucket, [key] = stack.programs()
    body = emulator.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        [entry] = archive.infolist()
        assert (entry.filename, entry.external_attr >> 16) == ("bootstrap", 0o100755)
        assert archive.read(entry) == bootstrap.read_bytes()


def test_names_as_typed_become_names_as_meant(emulator, zone_id, stack, template):
    typed = "Home.Example.com., nas.example.com=::0:10,*.lan.example.com"
    assert (
        stack.create(template, RecordName=typed, AlsoWildcard="yes", Ttl="30") == "CREATE_COMPLETE"
    ), stack.reasons()
    configuration = emulator.client("lambda").get_function_configuration(
        FunctionName=stack.physical("Function")
    )
    servers = emulator.client("route53").get_hosted_zone(Id=zone_id)["DelegationSet"]["NameServers"]
    assert configuration["Environment"]["Variables"] == {
        "HOSTED_ZONE_ID": zone_id,
        "RECORD_NAMES": "home.example.com,*.home.example.com,nas.example.com=::10,"
        "*.nas.example.com=::10,*.lan.example.com",
        "NAME_SERVERS": ",".join(servers),
        "SECRET": SECRET,
        "TTL": "30",
        "CERTIFICATES": "no",
    }
    [change] = [s for s in stack.policy("Role")["Statement"] if s["Sid"] == "SetTheseAddressesOnly"]
    names = change["Condition"]["ForAllValues:StringEquals"][
        "route53:ChangeResourceRecordSetsNormalizedRecordNames"
    ]
    assert names == [
        "home.example.com",
        "\\052.home.example.com",
        "nas.example.com",
        "\\052.nas.example.com",
        "\\052.lan.example.com",
    ]
    assert stack.call("?newip=198.51.100.7") == (200, "OK")
    assert records(emulator, zone_id)[("*.home.example.com", "A")] == ["198.51.100.7"]


CHALLENGE = '{"fqdn":"_acme-challenge.home.example.com.","value":"%s"}'
VALUES = ["LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEuX0", "-" * 43]


def test_certificates_are_off_and_can_be_turned_on(emulator, zone_id, stack, template):
    def present(value, path="present"):
        return stack.post(path, CHALLENGE % value)

    name = ("_acme-challenge.home.example.com", "TXT")
    assert stack.create(template) == "CREATE_COMPLETE", stack.reasons()
    assert present(VALUES[0]) == (403, '{"error":"certificates are off for this login"}')
    assert name not in records(emulator, zone_id)
    on = {"Certificates": "yes"}
    assert stack.update(template, **on) == "UPDATE_COMPLETE", stack.reasons()
    for value in VALUES:
        assert present(value) == (200, CHALLENGE % value)
    assert sorted(records(emulator, zone_id)[name]) == sorted(f'"{value}"' for value in VALUES)
    assert present(VALUES[0], "cleanup")[0] == 200
    assert records(emulator, zone_id)[name] == [f'"{VALUES[1]}"']
    assert present(VALUES[1], "cleanup")[0] == 200
    assert name not in records(emulator, zone_id)
    log = "".join(stack.log())
    assert "_acme-challenge.home.example.com" in log and VALUES[0] not in log


def test_a_lasting_proof_is_a_record_of_the_stack(emulator, zone_id, stack, template):
    proof = "letsencrypt.org; accounturi=https://acme.example/acct/1; policy=wildcard"
    given = {"RecordName": "*.home.example.com", "ValidationPersist": proof}
    assert stack.create(template, **given) == "CREATE_COMPLETE", stack.reasons()
    name = ("_validation-persist.home.example.com", "TXT")
    assert records(emulator, zone_id)[name] == [f'"{proof}"']
    assert stack.update(template, ValidationPersist="") == "UPDATE_COMPLETE", stack.reasons()
    assert name not in records(emulator, zone_id)


def test_the_secret_is_changed_without_a_gap(stack, template):
    new = "new-" + SECRET
    assert stack.create(template) == "CREATE_COMPLETE", stack.reasons()
    assert stack.update(template, Secret=f"{new} {SECRET}") == "UPDATE_COMPLETE", stack.reasons()
    assert [stack.call(ADDRESSES, secret=one)[0] for one in (new, SECRET)] == [200, 200]
    assert stack.update(template, Secret=new) == "UPDATE_COMPLETE", stack.reasons()
    assert [stack.call(ADDRESSES, secret=one)[0] for one in (new, SECRET)] == [200, 403]


def test_a_wrong_name_fails_the_stack_with_a_sentence(emulator, stack, template):
    assert stack.create(template, RecordName="home.example.org") == "ROLLBACK_COMPLETE"
    assert any(
        "home.example.org is not in zone example.com" in reason for reason in stack.reasons()
    )
    assert stack.delete() == "DELETE_COMPLETE"
    assert left_over(emulator) == []


def test_a_failed_update_leaves_what_was(emulator, zone_id, stack, template, other_build):
    assert stack.create(template) == "CREATE_COMPLETE", stack.reasons()
    before = stack.objects()
    assert stack.update(other_build[1], RecordName="evilexample.com") == "UPDATE_ROLLBACK_COMPLETE"
    assert any("evilexample.com is not in zone example.com" in reason for reason in stack.reasons())
    assert stack.call("nowhere")[1].strip() == "notfound"
    assert stack.call(ADDRESSES) == (200, "OK")
    assert stack.objects() == before


def test_an_update_that_fails_after_the_new_program_finds_the_old_one(
    stack, template, other_build, tmp_path
):
    assert stack.create(template) == "CREATE_COMPLETE", stack.reasons()
    before = stack.objects()
    broken = tmp_path / "broken.yaml"
    broken.write_text(
        other_build[1].read_text().replace("!GetAtt Url.FunctionUrl", "!GetAtt Url.Nothing")
    )
    for program in other_build[1].parent.glob("dyn53.zip"):
        shutil.copy(program, tmp_path)
    assert stack.update(broken) == "UPDATE_ROLLBACK_COMPLETE"
    assert stack.call("nowhere")[1].strip() == "notfound"
    assert stack.call(ADDRESSES) == (200, "OK")
    assert before[0] in stack.objects()


def test_a_program_that_turned_bad_cannot_set_another_name(emulator, zone_id, stack, template):
    """Names other than the stack's are refused by the role, not only by the program."""
    assert stack.create(template) == "CREATE_COMPLETE", stack.reasons()
    functions, name = emulator.client("lambda"), stack.physical("Function")
    variables = functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
    for stolen in ("www.example.com", "*.home.example.com"):
        functions.update_function_configuration(
            FunctionName=name, Environment={"Variables": variables | {"RECORD_NAMES": stolen}}
        )
        assert stack.call(ADDRESSES)[0] == 503
    assert records(emulator, zone_id) == {}
    functions.update_function_configuration(FunctionName=name, Environment={"Variables": variables})
    assert stack.call(ADDRESSES) == (200, "OK")
    assert records(emulator, zone_id) == HOME


@pytest.mark.parametrize(
    "parameters",
    [
        {"Secret": "too-short"},
        {"Secret": "no/slash-in-a-secret-please"},
        {"Secret": f"{SECRET} {SECRET} {SECRET}"},
        {"RecordName": ""},
        {"RecordName": "häuschen.example.com"},
        {"AlarmEmail": "nobody"},
    ],
)
def test_the_form_refuses(stack, template, parameters):
    with pytest.raises(stack.cloudformation.exceptions.ClientError) as refused:
        stack.create(template, **parameters)
    assert refused.value.response["Error"]["Code"] == "ValidationError"
    assert next(iter(parameters)) in str(refused.value)
