"""The template as a file: its size, its text, what it declares."""

import hashlib
import pathlib
import random
import re
import subprocess
import sys

import pytest
from cfnlint.decode import decode
from conftest import ROOT
from released import build

CFN_LINT = pathlib.Path(sys.executable).parent / "cfn-lint"
# Some of those with function URLs, one a continent.
REGIONS = ("us-east-1", "eu-central-1", "ap-southeast-2", "sa-east-1", "af-south-1", "me-south-1")
THREE = ["HostedZoneId", "RecordName", "Secret"]


@pytest.fixture(scope="module")
def declared(template):
    parsed, problems = decode(str(template))
    assert problems == []
    return parsed


def lint(file):
    command = [CFN_LINT, "--regions", *REGIONS, "--", file]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def walk(node):
    """Every (key, value) below a node."""
    pairs = node.items() if isinstance(node, dict) else enumerate(node)
    for key, value in pairs:
        yield key, value
        if isinstance(value, dict | list):
            yield from walk(value)


def statements(declared):
    return [
        statement
        for resource in declared["Resources"].values()
        for policy in resource["Properties"].get("Policies", [])
        for written in policy["PolicyDocument"]["Statement"]
        for statement in [written.get("Fn::If", [None, written])[1]]
    ]


def as_list(value):
    return value if isinstance(value, list) else [value]


def test_two_builds_are_the_same_file_within_the_budget(bootstrap, template, tmp_path):
    said = build(bootstrap, tmp_path / "again.yaml")
    text = (tmp_path / "again.yaml").read_bytes()
    assert text == template.read_bytes()
    assert len(text) <= 1_000_000
    assert f"{len(text):,} of 1,000,000 bytes" in said
    assert hashlib.sha256(text).hexdigest() in said


def test_over_budget_there_is_no_file(tmp_path):
    program = tmp_path / "program"
    program.write_bytes(random.Random(1).randbytes(790_000))
    output = tmp_path / "dyn53.yaml"
    output.write_text("an older one")
    with pytest.raises(subprocess.CalledProcessError) as failed:
        build(program, output)
    assert "over budget by" in failed.value.stderr
    assert not output.exists()


def test_cfn_lint_has_nothing_to_say(template):
    found = lint(template)
    assert (found.returncode, found.stdout) == (0, "")


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("MemorySize: 128", "MemorySize: 5"),
        ("AuthType: !Ref AuthType", "AuthType: FOO"),
        ("FunctionUrlAuthType: NONE", "FunctionUrlAuth: NONE"),
    ],
)
def test_cfn_lint_would_notice(template, tmp_path, right, wrong):
    text = template.read_text()
    assert text.count(right) == 1
    (tmp_path / "wrong.yaml").write_text(text.replace(right, wrong))
    assert lint(tmp_path / "wrong.yaml").returncode != 0


def test_the_payload_has_no_character_with_a_meaning(template):
    payload = template.read_text().split('PAYLOAD = """\n')[1].split('"""')[0]
    assert len(payload) > 500_000
    assert not set("\"'\\${:[]") & set(payload)


def test_nothing_is_fetched_from_elsewhere(template):
    text = template.read_text()
    carried = text.split('PAYLOAD = """\n')[1].split('"""')[0]
    assert "://" not in text.replace(carried, "")


def test_yaml_as_cloudformation_reads_it(template):
    """CloudFormation documents that it does not take aliases and merges."""
    source = (ROOT / "deploy/template.yaml").read_text()
    assert not re.search(r":\s+[&*][A-Za-z]|<<:", source)


def test_three_parameters_have_to_be_filled_in(declared):
    parameters = declared["Parameters"]
    assert [name for name, one in parameters.items() if "Default" not in one] == THREE
    interface = declared["Metadata"]["AWS::CloudFormation::Interface"]
    first, second = (group["Parameters"] for group in interface["ParameterGroups"])
    assert first == THREE
    assert set(first + second) == set(parameters) == set(interface["ParameterLabels"])
    assert parameters["HostedZoneId"]["Type"] == "AWS::Route53::HostedZone::Id"
    assert parameters["Secret"]["NoEcho"] is True
    for name, one in parameters.items():
        assert one["Description"].endswith("."), name
        assert "AllowedPattern" not in one or one["ConstraintDescription"], name


def test_outputs(declared):
    assert set(declared["Outputs"]) == {"FunctionUrl", "TryIt", "SetupPage"}


def test_the_secret_reaches_the_function_only(declared):
    variables = declared["Resources"]["Function"]["Properties"]["Environment"]["Variables"]
    assert variables["SECRET"] == {"Ref": "Secret"}
    assert [value for _, value in walk(declared) if value == {"Ref": "Secret"}] == [
        {"Ref": "Secret"}
    ]
    assert "${Secret}" not in str(declared)


def test_no_statement_with_a_star(declared):
    found = statements(declared)
    assert len(found) == 8
    for statement in found:
        assert statement["Effect"] == "Allow"
        assert all("*" not in action for action in as_list(statement["Action"]))
        for resource in as_list(statement["Resource"]):
            assert set(resource) <= {"Fn::Sub", "Fn::GetAtt"}
            target = resource.get("Fn::Sub", "")
            assert target in ("", "${Bucket.Arn}/*.zip") or "*" not in target


def test_arns_name_no_partition(template):
    assert "arn:aws:" not in template.read_text()


def test_changes_are_bound_to_names_types_and_action(declared):
    changing = [one for one in statements(declared) if "ChangeResource" in str(one["Action"])]
    prefix = "route53:ChangeResourceRecordSets"
    lists = [("PolicyNames", ["A", "AAAA"]), ("ChallengeNames", ["TXT"])]
    for change, (names, types) in zip(changing, lists, strict=True):
        assert change["Action"] == prefix
        assert change["Condition"] == {
            "ForAllValues:StringEquals": {
                f"{prefix}NormalizedRecordNames": {
                    "Fn::Split": [",", {"Fn::GetAtt": ["Program", names]}]
                },
                f"{prefix}RecordTypes": types,
                f"{prefix}Actions": ["CREATE", "DELETE"],
            },
            "Null": {
                f"{prefix}{key}": "false"
                for key in ("NormalizedRecordNames", "RecordTypes", "Actions")
            },
        }


def test_without_certificates_there_is_no_right_to_texts(declared):
    policy = declared["Resources"]["Role"]["Properties"]["Policies"][0]["PolicyDocument"]
    [choice] = [one["Fn::If"] for one in policy["Statement"] if "Fn::If" in one]
    assert (choice[0], choice[2]) == ("Challenges", {"Ref": "AWS::NoValue"})
    assert declared["Conditions"]["Challenges"] == {"Fn::Equals": [{"Ref": "Certificates"}, "yes"]}
    assert declared["Parameters"]["Certificates"]["Default"] == "no"


@pytest.mark.parametrize(
    ("value", "right"),
    [
        ("", True),
        ("letsencrypt.org; accounturi=https://acme.example/acct/1", True),
        (
            "ca.example; accounturi=https://a.example/1; policy=wildcard; persistUntil=1790000000",
            True,
        ),
        ("ca.example", False),
        ("ca.example; accounturi=http://a.example/1", False),
        ("ca.example; accounturi=https://a.example/1;", False),
        ("ca.example; accounturi=https://a.example/1; ", False),
        ("ca.example; accounturi=https://a.example/1; policy=", False),
        ('ca.example; accounturi=https://a.example/1" "v=spf1', False),
        ("v=spf1 include:example.net -all", False),
    ],
)
def test_a_lasting_proof_is_nothing_else(declared, value, right):
    pattern = declared["Parameters"]["ValidationPersist"]["AllowedPattern"]
    assert bool(re.fullmatch(pattern, value)) == right


def test_both_permissions_of_a_public_url(declared):
    resources = declared["Resources"].values()
    permissions = [one for one in resources if one["Type"] == "AWS::Lambda::Permission"]
    function = {"FunctionName": {"Fn::GetAtt": ["Function", "Arn"]}, "Principal": "*"}
    through_url = {"Action": "lambda:InvokeFunctionUrl", "FunctionUrlAuthType": "NONE"}
    through_invoke = {"Action": "lambda:InvokeFunction", "InvokedViaFunctionUrl": True}
    assert [one["Properties"] for one in permissions] == [
        function | through_url,
        function | through_invoke,
    ]
    assert [one["Condition"] for one in permissions] == ["Public", "Public"]
    assert declared["Conditions"]["Public"] == {"Fn::Equals": [{"Ref": "AuthType"}, "NONE"]}


def test_the_function(declared):
    function = declared["Resources"]["Function"]["Properties"]
    assert function["Runtime"] == "provided.al2023"
    assert function["Architectures"] == ["x86_64"]
    assert function["MemorySize"] == 128
    assert function["ReservedConcurrentExecutions"] == {
        "Fn::If": ["Reserved", {"Ref": "ReservedConcurrency"}, {"Ref": "AWS::NoValue"}]
    }
    assert declared["Parameters"]["ReservedConcurrency"]["Default"] == 0


def test_logs_and_the_bucket_go_with_the_stack(declared):
    for name, one in declared["Resources"].items():
        assert one.get("DeletionPolicy", "Delete") == "Delete", name
    for name in ("Log", "InstallerLog"):
        assert declared["Resources"][name]["Properties"]["RetentionInDays"] == {"Ref": "LogDays"}


def test_descriptions_within_the_limits_of_cloudformation_and_lambda(declared):
    assert len(declared["Description"]) <= 1024
    for name, one in declared["Resources"].items():
        assert len(str(one["Properties"].get("Description", ""))) <= 180, name
