"""script/circles.py: which uses of one module by another make a circle."""

import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
CIRCLES = ROOT / "script/circles.py"


def check(folder, files):
    """Writes a crate and looks for its circles: the status and what was said."""
    files = {"Cargo.toml": '[package]\nname = "one"\n'} | files
    for name, text in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    run = subprocess.run([sys.executable, CIRCLES, folder], capture_output=True, text=True)
    return run.returncode, run.stderr


def test_a_crate_without_circles_is_no_news(tmp_path):
    assert check(tmp_path, {"Cargo.toml": "[workspace]\n"}) == (0, "")
    assert check(tmp_path, {"src/lib.rs": "mod a;", "src/a.rs": ""}) == (0, "")


def test_a_circle_is_shown_as_a_path_of_files(tmp_path):
    status, said = check(
        tmp_path,
        {
            "src/lib.rs": "mod a;\nmod b;\nmod c;\n",
            "src/a.rs": "use crate::b::B;\npub struct A(B);\n",
            "src/b.rs": "pub struct B;\nfn f() {\n    let x = crate::c::C;\n}\n",
            "src/c.rs": "pub struct C;\nuse super::a;\n",
        },
    )
    assert status == 1
    assert said.splitlines() == [
        "circle of 3 modules; break it at one of these steps:",
        "  src/a.rs:1 -> src/b.rs (by crate::b::B)",
        "  src/b.rs:3 -> src/c.rs (by crate::c::C)",
        "  src/c.rs:2 -> src/a.rs (by super::a)",
    ]


def circular(one, other, lib="mod a;\nmod b;\n"):
    return {"src/lib.rs": lib, "src/a.rs": one, "src/b.rs": other}


A, B = "pub struct A;\n", "pub struct B;\n"


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (circular(A + "use crate::b::B;", B + "use crate::a::A;"), 1),
        (circular(A + "use crate::b::B;", B), 0),
        (circular(A + "use crate::{b::{B, self as c}};", B + "use crate::{a::{A}};"), 1),
        (circular(A + "use crate::b::*;", B + "use super::a::*;"), 1),
        (circular(A + "use crate::b::B;", B + "fn f(a: crate::a::A) {}"), 1),
        (circular(A + "use crate::b::B;", B + "mod inner { use crate::a::A; }"), 1),
        (circular(A + "use crate::b::B;", B + "mod inner { use super::super::a::A; }"), 1),
        # Comments, texts and tests are no code.
        (circular(A + "use crate::b::B;", B + "// crate::a::A\n/* /* */ crate::a::A */"), 0),
        (
            circular(
                A + "use crate::b::B;", B + '/// [`crate::a::A`]\nconst X: &str = "crate::a::A";'
            ),
            0,
        ),
        (circular(A + "use crate::b::B;", B + 'const X: &str = r#""crate::a::A""#;'), 0),
        (circular(A + "use crate::b::B;", B + "#[cfg(test)]\nmod tests { use crate::a::A; }"), 0),
        (circular(A + "use crate::b::B;", B + "#[cfg(test)]\nuse crate::a::A;"), 0),
        (circular(A + "use crate::b::B;", B + "#[cfg(not(test))]\nuse crate::a::A;"), 1),
        # A name that is passed on leads to where it is defined.
        (
            circular(
                A + "use crate::B;",
                B + "use crate::A;",
                "mod a;\nmod b;\npub use a::A;\npub use b::B;",
            ),
            1,
        ),
        (circular(A + "use crate::B;", B, "mod a;\nmod b;\npub use a::A;\npub use b::B;"), 0),
        (circular(A + "use crate::B;", B, "mod a;\nmod b;\npub use a::A;\npub use b::*;"), 0),
        # The root and a child use each other.
        (
            circular(
                "use crate::ROOT;", B, "mod a;\nmod b;\nconst ROOT: u8 = 0;\nfn f() { a::f() }"
            ),
            1,
        ),
        (circular("use crate::ROOT;", B, "mod a;\nmod b;\nconst ROOT: u8 = 0;"), 0),
        # Other crates' paths are nobody's business, whatever their modules are called.
        (circular(A + "use crate::b::B;", B + "use std::a::A; use other::crate_a::a;"), 0),
    ],
)
def test_what_counts(tmp_path, files, expected):
    status, said = check(tmp_path, files)
    assert (status, said.count("circle of")) == (expected, expected)


def test_each_program_of_a_package_is_looked_at(tmp_path):
    circle = {"a.rs": "use crate::b;", "b.rs": "use crate::a;"}
    files = {"src/main.rs": "mod a;\nmod b;\nfn main() {}"}
    files |= {f"src/{name}": text for name, text in circle.items()}
    assert check(tmp_path, files)[0] == 1


def test_a_module_without_a_file_is_named(tmp_path):
    status, said = check(tmp_path, {"src/lib.rs": "mod lost;"})
    assert status == 1
    assert "mod lost;" in said and "src/lost.rs" in said
