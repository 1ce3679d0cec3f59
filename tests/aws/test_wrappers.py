"""What is built on the lean template: Terraform's module, the upload."""

import subprocess
import sys
import urllib.parse

import hcl2
import pytest
from cfnlint.decode import decode
from conftest import ROOT
from stack import Stack, records

TERRAFORM = ROOT / "deploy" / "terraform"


@pytest.fixture(scope="module")
def declared(lean_template):
    return decode(str(lean_template))[0]


def module():
    """Every block of the module, by kind."""
    found = {}
    for file in sorted(TERRAFORM.glob("*.tf")):
        for kind, blocks in hcl2.loads(file.read_text()).items():
            found.setdefault(kind, []).extend(blocks)
    return found


def test_the_module_sets_each_parameter_that_has_no_default(declared):
    text = (TERRAFORM / "main.tf").read_text()
    body = text.split("merge(var.parameters, {")[1].split("})")[0]
    set_here = {line.split("=")[0].strip() for line in body.splitlines() if "=" in line}
    required = {name for name, one in declared["Parameters"].items() if "Default" not in one}
    assert set_here == required


def test_every_variable_of_the_module_is_declared_and_used():
    text = "".join(file.read_text() for file in TERRAFORM.glob("*.tf"))
    names = {name.strip('"') for block in module()["variable"] for name in block}
    assert names == {
        "release",
        "bucket",
        "hosted_zone_id",
        "record_name",
        "secret",
        "name",
        "parameters",
    }
    assert not [name for name in names if f"var.{name}" not in text]


def test_the_outputs_of_the_module_are_those_of_the_template(declared):
    text = (TERRAFORM / "outputs.tf").read_text()
    assert all(name in declared["Outputs"] for name in ("FunctionUrl", "SetupPage"))
    assert 'outputs["FunctionUrl"]' in text and '"SetupPage"' in text


def test_a_published_template_becomes_a_stack(emulator, zone_id, lean_template, monkeypatch):
    s3 = emulator.client("s3")
    location = {"LocationConstraint": "eu-central-1"}
    s3.create_bucket(Bucket="mine", CreateBucketConfiguration=location)
    for name, value in {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "eu-central-1",
    }.items():
        monkeypatch.setenv(name, value)
    folder = lean_template.parent
    (folder / "dyn53-lean.yaml").write_bytes(lean_template.read_bytes())
    link = publish("mine", "--endpoint", emulator.endpoint, "--folder", folder)
    assert link.returncode == 0, link.stderr
    url = urllib.parse.urlsplit(link.stdout.strip())
    assert url.netloc == "eu-central-1.console.aws.amazon.com"
    fields = dict(urllib.parse.parse_qsl(url.fragment.partition("?")[2]))
    template = urllib.parse.urlsplit(fields["templateURL"])
    assert template.netloc == "s3.eu-central-1.amazonaws.com"

    stack = Stack(emulator, zone_id)
    request = stack.request(folder / "dyn53-lean.yaml", {"CodeBucket": fields["param_CodeBucket"]})
    request["TemplateURL"] = f"{emulator.endpoint}{template.path}"
    for one in request["Parameters"]:
        if one["ParameterKey"] == "CodeKey":
            one["ParameterValue"] = fields["param_CodeKey"]
    stack.cloudformation.create_stack(**request)
    assert stack.settled() == "CREATE_COMPLETE", stack.reasons()
    assert stack.call("?newip=198.51.100.9") == (200, "OK")
    assert records(emulator, zone_id)[("home.example.com", "A")] == ["198.51.100.9"]
    assert stack.delete() == "DELETE_COMPLETE"


def test_a_bucket_that_is_not_there_is_named(emulator, monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    said = publish("nobodys", "--endpoint", emulator.endpoint)
    assert said.returncode == 1
    assert "may read the location of the bucket nobodys" in said.stderr


def publish(*arguments):
    command = [sys.executable, ROOT / "script/publish_template.py", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)
