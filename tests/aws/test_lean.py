"""dyn53-lean.yaml as a file: the same stack as dyn53.yaml, with the program outside."""

import io
import zipfile

import pytest
from cfnlint.decode import decode
from test_template import THREE, lint

OWN = {"CodeBucket", "CodeKey"}


@pytest.fixture(scope="module")
def declared(lean_template):
    parsed, problems = decode(str(lean_template))
    assert problems == []
    return parsed


@pytest.fixture(scope="module")
def full(template):
    return decode(str(template))[0]


def test_cfn_lint_has_nothing_to_say(lean_template):
    found = lint(lean_template)
    assert (found.returncode, found.stdout) == (0, "")


def test_it_needs_no_bucket_to_be_deployed_from(lean_template):
    """CloudFormation takes up to 51,200 bytes in the call itself."""
    assert len(lean_template.read_bytes()) < 51_200


def test_the_same_resources_but_for_the_bucket_of_the_program(declared, full):
    assert set(full["Resources"]) - set(declared["Resources"]) == {"Bucket"}
    assert set(declared["Resources"]) <= set(full["Resources"])
    different = {
        name for name, one in declared["Resources"].items() if one != full["Resources"][name]
    }
    assert different == {"Installer", "InstallerRole", "Program", "Function"}
    function = declared["Resources"]["Function"]["Properties"]
    assert function["Code"] == {"S3Bucket": {"Ref": "CodeBucket"}, "S3Key": {"Ref": "CodeKey"}}
    same = full["Resources"]["Function"]["Properties"] | {"Code": function["Code"]}
    assert function == same


def test_the_installer_may_do_less(declared):
    [policy] = declared["Resources"]["InstallerRole"]["Properties"]["Policies"]
    statements = policy["PolicyDocument"]["Statement"]
    assert [one["Sid"] for one in statements] == ["ReadTheZone", "WriteOwnLog"]


def test_the_same_outputs_and_parameters(declared, full):
    assert declared["Outputs"] == full["Outputs"]
    assert {name: one for name, one in declared["Parameters"].items() if name not in OWN} == full[
        "Parameters"
    ]
    required = {name for name, one in declared["Parameters"].items() if "Default" not in one}
    assert required == {*THREE, *OWN}
    interface = declared["Metadata"]["AWS::CloudFormation::Interface"]
    groups = {name for group in interface["ParameterGroups"] for name in group["Parameters"]}
    assert groups == set(declared["Parameters"]) == set(interface["ParameterLabels"])


@pytest.mark.parametrize("name", ["template", "lean_template"])
def test_no_mark_of_an_edition_is_left(name, request):
    text = request.getfixturevalue(name).read_text()
    assert not [mark for mark in ("[full]", "[lean]", "[end]", "@digest@") if mark in text]


def test_the_installer_is_whole(declared):
    code = declared["Resources"]["Installer"]["Properties"]["Code"]["ZipFile"]
    compile(code, "installer.py", "exec")
    assert "PAYLOAD" not in code and "import lzma" not in code


def test_the_program_is_packed_as_the_installer_packs_it(lean_template, bootstrap):
    packed = lean_template.with_name("dyn53.zip").read_bytes()
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        [entry] = archive.infolist()
        assert (entry.filename, entry.external_attr >> 16) == ("bootstrap", 0o100755)
        assert archive.read(entry) == bootstrap.read_bytes()
