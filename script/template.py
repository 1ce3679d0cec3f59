"""Writes dist/dyn53.yaml: the CloudFormation template that carries the program.

Usage: script/template [--bootstrap FILE] [--output FILE]
"""

import argparse
import base64
import hashlib
import lzma
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUDGET = 1_000_000  # bytes; CloudFormation takes 1 MB, cfn-lint means 1,000,000 by it
LINE = 16_000  # characters of payload a line: editors can open the file, line breaks cost 0.1 %
INDENT = " " * 10


def main():
    arguments = read_arguments()
    if arguments.bootstrap is None:
        built = subprocess.run([ROOT / "script" / "bootstrap"], check=False)
        if built.returncode:
            sys.exit(built.returncode)
    program = (arguments.bootstrap or ROOT / "dist" / "bootstrap").read_bytes()
    text = template(program).encode()
    size = f"{len(text):,} of {BUDGET:,} bytes, sha256 {hashlib.sha256(text).hexdigest()}"
    if len(text) > BUDGET:
        arguments.output.unlink(missing_ok=True)
        sys.exit(f"script/template: over budget by {len(text) - BUDGET:,} bytes: {size}")
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    arguments.output.write_bytes(text)
    print(f"{arguments.output.name}: {size}")


def read_arguments():
    parser = argparse.ArgumentParser(
        description="Writes the CloudFormation template that carries the program."
    )
    parser.add_argument(
        "--bootstrap", type=pathlib.Path, help="carry this program; default: build dist/bootstrap"
    )
    parser.add_argument("--output", type=pathlib.Path, default=ROOT / "dist" / "dyn53.yaml")
    return parser.parse_args()


def template(program):
    installer = (ROOT / "deploy" / "installer.py").read_text()
    digest = hashlib.sha256(program).hexdigest()
    installer = put(put(installer, "@digest@", digest), "@payload@", payload(program))
    block = "".join(
        INDENT + line if line.strip() else line for line in installer.splitlines(keepends=True)
    )
    outer = (ROOT / "deploy" / "template.yaml").read_text()
    return put(put(outer, "@digest@", digest), INDENT + "@installer@\n", block)


def put(text, mark, value):
    if text.count(mark) != 1:
        sys.exit(
            f"script/template: {mark.strip()} stands {text.count(mark)} times where it belongs once"
        )
    return text.replace(mark, value)


def payload(program):
    """xz for x86 code, in base85 with comma and dot for $ and {, so that nothing reads ${Name}."""
    attempts = [
        lzma.compress(
            program,
            check=lzma.CHECK_NONE,
            filters=[
                {"id": lzma.FILTER_X86},
                {
                    "id": lzma.FILTER_LZMA2,
                    "preset": 9 | lzma.PRESET_EXTREME,
                    "lc": lc,
                    "lp": 0,
                    "pb": pb,
                    "nice_len": 273,
                },
            ],
        )
        for lc in (3, 4)
        for pb in (0, 1, 2)
    ]
    text = base64.b85encode(min(attempts, key=len)).decode().translate(str.maketrans("${", ",."))
    return "\n".join(text[start : start + LINE] for start in range(0, len(text), LINE))


if __name__ == "__main__":
    main()
