"""What is released for AWS: the Lambda program, and the template that carries it."""

import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent


def bootstrap():
    """The Lambda program as released. It is built if there is none."""
    program = ROOT / "dist/bootstrap"
    if not program.exists():
        subprocess.run([ROOT / "script/bootstrap"], check=True)
    return program


def build(program, output, *options):
    """Writes the template that carries `program`; with --lean, the program goes beside it."""
    command = [ROOT / "script/template", *options, "--bootstrap", program, "--output", output]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout
