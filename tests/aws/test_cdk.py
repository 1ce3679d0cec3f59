"""CDK's example: the stack that it makes is the one of dyn53-lean.yaml, with these names in it."""

import json
import os
import pathlib
import re
import subprocess
import sys

import pytest
from cfnlint.decode import decode
from conftest import ROOT

EXAMPLE = ROOT / "deploy" / "cdk"
GIVEN = {"HostedZoneId": "Z0123456789ABC", "RecordName": "home.example.com"}
# What CDK adds to every stack, and what it calls the bucket of its assets.
OF_CDK = "BootstrapVersion"
BUCKET = {"Fn::Sub": "cdk-hnb659fds-assets-${AWS::AccountId}-${AWS::Region}"}


def synthesise(folder, **context):
    """Runs the application as `cdk` runs it."""
    node = pathlib.Path(sys.executable).with_name("node")
    environment = os.environ | {
        "CDK_OUTDIR": str(folder),
        "CDK_CONTEXT_JSON": json.dumps(context),
    }
    return subprocess.run(
        [node, "dyn53.js"],
        cwd=EXAMPLE,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.fixture(scope="module")
def release(lean_template):
    """dyn53-lean.yaml and dyn53.zip in one folder, as a release has them."""
    folder = lean_template.parent
    (folder / "dyn53-lean.yaml").write_bytes(lean_template.read_bytes())
    return folder


@pytest.fixture(scope="module")
def made(release, tmp_path_factory):
    """The folder that the application is synthesised into."""
    folder = tmp_path_factory.mktemp("cdk")
    done = synthesise(
        folder, release=str(release), zone=GIVEN["HostedZoneId"], record=GIVEN["RecordName"]
    )
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    return folder


@pytest.fixture(scope="module")
def stack(made):
    return json.loads((made / "dyn53.template.json").read_text())


@pytest.fixture(scope="module")
def program(made):
    """What CDK calls the program in the bucket, and the file that it uploads."""
    manifest = json.loads((made / "dyn53.assets.json").read_text())
    names = {one["displayName"]: name for name, one in manifest["files"].items()}
    name = names["ProgramFile"]
    return f"{name}.zip", made / manifest["files"][name]["source"]["path"]


def put_in(value, given):
    """The template's value with what is given in the place of the parameters."""
    if isinstance(value, list):
        return [put_in(one, given) for one in value]
    if not isinstance(value, dict):
        return value
    if value.get("Ref") in given:
        return given[value["Ref"]]
    if isinstance(value.get("Fn::Sub"), str):
        named = re.compile("[$][{](" + "|".join(GIVEN) + ")[}]")
        return {"Fn::Sub": named.sub(lambda found: GIVEN[found[1]], value["Fn::Sub"])}
    # CDK writes `Log.Arn`, which means the same as [Log, Arn].
    if isinstance(value.get("Fn::GetAtt"), list):
        return {"Fn::GetAtt": ".".join(value["Fn::GetAtt"])}
    return {name: put_in(one, given) for name, one in value.items()}


def test_the_stack_is_that_of_the_template(lean_template, stack, program):
    declared = decode(str(lean_template))[0]
    given = GIVEN | {"CodeBucket": BUCKET, "CodeKey": program[0]}
    expected = put_in(
        {part: declared[part] for part in ("Conditions", "Resources", "Outputs")}, given
    )
    assert {part: stack[part] for part in expected} == expected
    left = {name: one for name, one in declared["Parameters"].items() if name not in given}
    assert {name: one for name, one in stack["Parameters"].items() if name != OF_CDK} == left
    assert stack["Parameters"]["Secret"]["NoEcho"] is True


def test_what_it_uploads_is_the_program(release, program):
    assert program[1].read_bytes() == (release / "dyn53.zip").read_bytes()


def test_what_is_missing_is_named(release, tmp_path):
    done = synthesise(tmp_path, release=str(release), zone="Z0123456789ABC")
    assert done.returncode != 0
    assert "-c record=… is missing" in done.stderr


def test_every_package_is_pinned_by_its_digest_and_no_registry_is_named():
    lock = json.loads((EXAMPLE / "package-lock.json").read_text())
    bundled = {name for name, one in lock["packages"].items() if one.get("inBundle")}
    fetched = {name: one for name, one in lock["packages"].items() if name and name not in bundled}
    assert {"node_modules/aws-cdk-lib", "node_modules/constructs"} <= set(fetched)
    assert not [name for name, one in fetched.items() if "integrity" not in one]
    assert "://" not in re.sub(r'"(url|funding)": "[^"]*"', "", json.dumps(lock))
