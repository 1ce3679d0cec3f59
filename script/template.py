"""Writes dist/dyn53.yaml: the CloudFormation template that carries the program.

With --lean it writes dyn53-lean.yaml, the same stack without the program, and beside it dyn53.zip,
the program.

Usage: script/template [--lean] [--bootstrap FILE] [--output FILE]
"""

import argparse
import base64
import hashlib
import io
import lzma
import pathlib
import re
import subprocess
import sys
import zipfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
ZIP = "dyn53.zip"
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
    text = (lean() if arguments.lean else template(program)).encode()
    size = f"{len(text):,} of {BUDGET:,} bytes, sha256 {hashlib.sha256(text).hexdigest()}"
    if len(text) > BUDGET:
        arguments.output.unlink(missing_ok=True)
        sys.exit(f"script/template: over budget by {len(text) - BUDGET:,} bytes: {size}")
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    arguments.output.write_bytes(text)
    print(f"{arguments.output.name}: {size}")
    if arguments.lean:
        packed = package(program)
        arguments.output.with_name(ZIP).write_bytes(packed)
        print(f"{ZIP}: {len(packed):,} bytes, sha256 {hashlib.sha256(packed).hexdigest()}")


def read_arguments():
    parser = argparse.ArgumentParser(
        description="Writes the CloudFormation template that carries the program."
    )
    parser.add_argument(
        "--bootstrap", type=pathlib.Path, help="carry this program; default: build dist/bootstrap"
    )
    parser.add_argument(
        "--lean", action="store_true", help="write dyn53-lean.yaml and dyn53.zip instead"
    )
    parser.add_argument("--output", type=pathlib.Path, help="default: in dist")
    arguments = parser.parse_args()
    name = "dyn53-lean.yaml" if arguments.lean else "dyn53.yaml"
    arguments.output = arguments.output or ROOT / "dist" / name
    return arguments


def template(program):
    digest = hashlib.sha256(program).hexdigest()
    installer = put(
        put(read("installer.py", "full"), "@digest@", digest), "@payload@", payload(program)
    )
    outer = put(read("template.yaml", "full"), "@digest@", digest)
    return put(outer, INDENT + "@installer@\n", indented(installer))


def lean():
    """The template without the program, which stays out of it in dyn53.zip."""
    installer = indented(read("installer.py", "lean"))
    return put(read("template.yaml", "lean"), INDENT + "@installer@\n", installer)


def read(name, edition):
    return select((ROOT / "deploy" / name).read_text(), edition)


def select(text, edition):
    """The lines of one edition.

    `# [full]` or `# [lean]` begins lines of that edition alone, `# [end]` ends them; such a mark
    at the end of a line is for that line. What has no mark belongs to both.
    """
    kept, block = [], None
    for line in text.splitlines():
        if mark := re.fullmatch(r" *# \[(full|lean|end)\]", line):
            block = None if mark[1] == "end" else mark[1]
            continue
        own = re.fullmatch(r"(.*?)(?: +#)? \[(full|lean)\]", line)
        if (own[2] if own else block) in (None, edition):
            kept.append(own[1] if own else line)
    if block:
        sys.exit(f"script/template: a block [{block}] has no end")
    return "".join(line.rstrip() + "\n" for line in kept)


def indented(text):
    return "".join(
        INDENT + line if line.strip() else line for line in text.splitlines(keepends=True)
    )


def package(program):
    """The program as Lambda takes it, byte for byte as the installer packs it."""
    entry = zipfile.ZipInfo("bootstrap")
    entry.create_system = 3
    entry.external_attr = 0o100755 << 16
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(entry, program, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def put(text, mark, value):
    if text.count(mark) != 1:
        sys.exit(f"script/template: {mark.strip()} is there {text.count(mark)} times, not once")
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
