"""The RouterOS script: checked, read back, executed, and its tests tried on faults.

Executed by the model in language.py and device.py, not on a real device.
"""

import shutil
import subprocess
import sys

import pytest
import scenarios
from device import Device
from faults import FAULTS
from language import ParseError, RunError
from routeros_lsp.syntax import ast
from routeros_lsp.syntax.parser import parse
from routeros_lsp.syntax.walk import visit
from scenarios import FRAME, SCRIPT, URL, VERSIONS, Installation
from snippets import ROUTERS, SECRET, fill, mikrotik, snippet

EACH_VERSION = [
    scenarios.first_run,
    scenarios.unchanged_sends_nothing,
    scenarios.changed_address,
    scenarios.pppoe,
    scenarios.dhcp_beside_a_public_lan,
    scenarios.static_address,
    scenarios.named_interface,
    scenarios.ipv6_on_and_off,
    scenarios.ipv6_alone,
    scenarios.behind_nat,
    scenarios.wrong_secret,
    scenarios.server_down,
    scenarios.stranger_in_the_middle,
    scenarios.server_of_ones_own,
    scenarios.clock_not_set,
    scenarios.offline,
    scenarios.one_run_at_a_time,
    scenarios.installed_once,
]
ONCE = [
    scenarios.vpn_in_another_table,
    scenarios.no_ipv6_package,
    scenarios.near_a_private_range,
    scenarios.back_after_a_pause,
    scenarios.not_installed_without_its_root,
    scenarios.distrusted_root_is_trusted_again,
    scenarios.refuses_a_bad_secret,
    scenarios.uninstall,
]


def name_of(value):
    return getattr(value, "__name__", None) or ".".join(map(str, value))


@pytest.mark.parametrize("version", VERSIONS, ids=name_of)
@pytest.mark.parametrize("scenario", EACH_VERSION, ids=name_of)
def test_on_each_version(scenario, version, tmp_path):
    scenario(Installation(tmp_path), version)


@pytest.mark.parametrize("scenario", ONCE, ids=name_of)
def test_once(scenario, tmp_path):
    scenario(Installation(tmp_path))


@pytest.mark.parametrize("version", VERSIONS, ids=name_of)
def test_ipv6_where_unknown_properties_are_errors(version, tmp_path):
    scenarios.ipv6_on_and_off(Installation(tmp_path), version, unknown_property="error")


@pytest.mark.parametrize("address", scenarios.PRIVATE)
def test_private_ranges(address, tmp_path):
    scenarios.behind_nat(Installation(tmp_path), address=address)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_fault_is_noticed(fault, tmp_path):
    script, frame = fault.put_into(SCRIPT, FRAME)
    with pytest.raises((AssertionError, ValueError, RunError, ParseError)) as noticed:
        fault.scenario(Installation(tmp_path, script, frame), **fault.options)
    assert "does not listen" not in str(noticed.value)
    print(f"{fault.name}: {noticed.value!r}"[:300])


def lsp(text, scope, folder, *options):
    path = folder / "checked.rsc"
    path.write_text(text)
    program = shutil.which("routeros-lsp", path=str(ROUTERS.parent / ".venv/bin"))
    command = [program] if program else [sys.executable, "-m", "routeros_lsp"]
    return subprocess.run(
        [*command, "check", "--strict", "--scope", scope, *options, path],
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.mark.parametrize("name", ["mikrotik", "mikrotik-uninstall"])
def test_installers_are_clean(name, tmp_path):
    checked = lsp(snippet(name, URL), "import", tmp_path)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_script_is_clean(tmp_path):
    checked = lsp(mikrotik.compact(SCRIPT), "script", tmp_path)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_code_in_strings_is_clean(tmp_path):
    """What :parse is given, caught while it runs; v6 has none of 7's words outside of these."""
    with Installation(tmp_path).serve() as served:
        device = Installation(tmp_path).device(served)
        scenarios.dhcp(device)
        device.minutes()
    code = [text for text in device.interpreter.parsed if text != installed(snippet_text())]
    assert len(code) == 4
    for text in code:
        variables = [
            word for name in ("ddI", "ddU", "ddH") for word in ("--context-variable", name)
        ]
        checked = lsp(text, "script", tmp_path, *variables)
        assert checked.returncode == 0, checked.stdout + checked.stderr


def snippet_text():
    return snippet("mikrotik", URL)


def installed(text):
    """The script that the installer holds, as the parser reads it."""
    found = []

    def look(node, _above):
        if isinstance(node, ast.Statement) and node.prefix == ":":
            words = node.elements
            if isinstance(words[0], ast.Word) and words[0].text == "local":
                if words[1].text == "ddCode":
                    found.append("".join(part.text for part in words[2].parts))

    visit(parse(text).script, look)
    (source,) = found
    return source


def test_installer_reads_back_as_the_script():
    assert installed((ROUTERS / "mikrotik.rsc").read_text()) == mikrotik.compact(SCRIPT)


def test_committed_installer_is_up_to_date():
    written = mikrotik.installer(SCRIPT, FRAME)
    assert (ROUTERS / "mikrotik.rsc").read_text() == written, "run python3 routers/mikrotik.py"


def test_size_with_the_longest_values():
    longest = fill(mikrotik.compact(SCRIPT), URL + "x" * 20, secret="s" * 128)
    assert len(longest) < 4096


def test_portable_text():
    """ASCII, no tabs, no help key, and lines that a terminal takes."""
    text = (ROUTERS / "mikrotik.rsc").read_text()
    assert text.isascii() and "\t" not in text and "\r" not in text
    assert "?" not in text
    assert max(map(len, text.splitlines())) < 200


def test_model_knows_the_limits_of_version_6():
    """The model itself: these stop a script on RouterOS 6."""
    for text in (":onerror e in={} do={}", "/tool/fetch url=x", ':put "a?b"', ":retry command={}"):
        with pytest.raises(Exception, match="bad command name|help"):
            Device((6, 49)).interpreter.run(text)
    with pytest.raises(Exception, match="bad command name"):
        Device((6, 49), ipv6=False).interpreter.run("/ipv6 address print")


def test_secret_is_nowhere_but_in_the_header(tmp_path):
    with Installation(tmp_path).serve() as served:
        device = Installation(tmp_path).device(served)
        scenarios.dhcp(device)
        device.minutes()
        assert not any(SECRET in str(value) for value in device.globals.values())
        assert not any(SECRET in line for line in served.log)
        assert not any(SECRET in line for line in device.printed)


MEANINGS = [
    ('[:put (1.2.3.4 = "1.2.3.4")]', "false"),
    (":put (5 + 2 * 3 . 1)", None),
    (':put ("a" . 1 . 2s)', "a100:00:02"),
    (":put (1d2h + 1m)", "1d02:01:00"),
    (':put [:pick "abc" 1 99]', "bc"),
    (':put [:typeof [:find "abc" "x"]]', "nothing"),
    (":local a 1; :local f do={:put $a}; $f", None),
    (':local a 1; :local f [:parse ":put [:typeof \\$a]"]; $f', "nothing"),
    (':local f [:parse ":return (\\$a . \\$a)"]; :put [$f a=4]', "44"),
    (":do {:error no} on-error={:put caught}", "caught"),
    (':do {[:parse ":nosuch"]} on-error={:put caught}', "caught"),
    (":onerror e in={:error why} do={:put $e}", "why"),
    (":do {:if (true || [:error both]) do={:put left}} on-error={:put both}", "both"),
    (":if (1) do={:put yes}", None),
    (":put [:len {1;2;3}]", "3"),
    (':put ("x" ~ "^[xy]$")', None),
]


@pytest.mark.parametrize(("text", "printed"), MEANINGS, ids=lambda value: value)
def test_meaning_of_the_language(text, printed):
    """The model itself; None: it must be refused, as it fails or as this model does not know it."""
    device = Device()
    if printed is None:
        with pytest.raises((RunError, ParseError)):
            device.interpreter.run(text)
    else:
        device.interpreter.run(text)
        assert device.printed == [printed]


def test_a_line_of_an_imported_file_is_a_scope():
    device = Device()
    device.interpreter.run(":local a 1\n:put [:typeof $a]\n{\n:local a 1\n:put $a\n}\n", "import")
    assert device.printed == ["nothing", "1"]


def test_without_policy_no_globals():
    device = Device()
    device.policy = frozenset({"read", "write", "test"})
    device.interpreter.run(":global a; :set a 1")
    assert device.globals == {}
