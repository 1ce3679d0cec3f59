"""Draws a first run of `dyn53 serve`, which really runs: script/picture.py PROGRAM PICTURE"""

import pathlib
import re
import subprocess
import sys
import tempfile
from xml.sax.saxutils import escape

LINE = 22  # pixels, of letters of 14 pixels
CHARACTER = 8.45
EDGE = 24
COLOURS = {"typed": "#e6edf3", "reply": "#7ee787", "said": "#8b949e"}


def record(program):
    """Each line with its kind: what the server says, what is typed then, and what comes of it."""
    with (
        tempfile.TemporaryDirectory() as folder,
        subprocess.Popen(
            [pathlib.Path(program).resolve(), "serve"],
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        ) as server,
    ):
        try:
            said = []
            for line in server.stdout:
                said.append(line.rstrip("\n"))
                if "/setup" in line:
                    break
            lines = [("typed", "$ dyn53 serve"), *(("said", line) for line in said), ("said", "")]
            for command in [line for line in said if line.startswith(("curl ", "dig "))]:
                reply = subprocess.run(
                    command, shell=True, check=True, capture_output=True, text=True, timeout=30
                )
                lines += [("typed", f"$ {command}"), ("reply", reply.stdout.rstrip("\n"))]
        finally:
            server.terminate()
    secret = re.search(r"secret=([^&]+)", "\n".join(said))[1]
    return [(kind, line.replace(secret, "…")) for kind, line in lines]


def draw(lines):
    """The lines as a terminal shows them."""
    width = round(max(len(text) for _, text in lines) * CHARACTER) + 2 * EDGE
    height = len(lines) * LINE + 2 * EDGE
    rows = "\n".join(
        f'<text x="{EDGE}" y="{EDGE + 16 + row * LINE}" fill="{COLOURS[kind]}">'
        f"{escape(text)}</text>"
        for row, (kind, text) in enumerate(lines)
    )
    size = f'width="{width}" height="{height}"'
    font = "ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace"
    return f"""\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" {size} role="img">
<title>dyn53 serve: a first run, an update with curl, and the new record with dig</title>
<rect {size} rx="10" fill="#0d1117"/>
<g font-family="{font}" font-size="14" xml:space="preserve">
{rows}
</g>
</svg>
"""


if __name__ == "__main__":
    pathlib.Path(sys.argv[2]).write_text(draw(record(sys.argv[1])))
