#!/usr/bin/env python3
"""Fails on a circle between the modules of a crate: `circles.py [FOLDER]`.

Each source file is a module. A module uses another one when a path in its code leads there:
through `crate::`, `super::`, `self::` or the name of a child, in `use` lines and in the code
itself. A name that a module only passes on with `use` leads to the module that defines it, so a
re-export is no use. Tests are left out.

Prints each circle as a path of files, with the line and the path that make each step. Status 1:
there is one.
"""

import sys
import tomllib
from collections import deque
from pathlib import Path

from modules import Module, Reader, Written


class Crate:
    """The modules below one root file, and who uses whom."""

    def __init__(self, root):
        self.modules = {}
        self.load(root, (), root.parent)

    def load(self, file, place, folder):
        module = Module(file, place)
        self.modules[place] = module
        reader = Reader(module, file.read_text())
        reader.read()
        for name, inside in reader.declared:
            below = folder.joinpath(*inside)
            candidates = (below / f"{name}.rs", below / name / "mod.rs")
            child = next((file for file in candidates if file.is_file()), None)
            if child is None:
                sys.exit(f"{file}: no file for `mod {name};`: expected {candidates[0]}")
            self.load(child, (*place, *inside, name), below / name)

    def module_at(self, place):
        """The module whose file holds this place, and how much of the place names modules."""
        length = len(place)
        while place[:length] not in self.modules:
            length -= 1
        return self.modules[place[:length]], length

    def absolute(self, module, written):
        """The path from the root of the crate; `None`: it leads out of the crate."""
        here = [*module.place, *written.inside]
        rest = list(written.segments)
        if not rest:
            return None
        if rest[0] == "crate":
            return tuple(rest[1:])
        if rest[0] not in ("super", "self"):
            child = (*here, rest[0])
            return (*here, *rest) if child in self.modules else None
        while rest and rest[0] in ("super", "self"):
            if rest.pop(0) == "super" and here:
                here.pop()
        return (*here, *rest)

    def target(self, module, written, seen=frozenset()):
        """The module that defines what a path names."""
        place = self.absolute(module, written)
        if place is None or (module.place, written.segments) in seen:
            return None
        found, length = self.module_at(place)
        if length == len(place):
            return found
        name, seen = place[length], seen | {(module.place, written.segments)}
        if name in found.defined:
            return found
        if passed := found.imports.get(name):
            further = (*passed.segments, *place[length + 1 :])
            return self.target(found, Written(further, passed.line, passed.inside), seen)
        for passed in found.globs:
            further = (*passed.segments, *place[length:])
            target = self.target(found, Written(further, passed.line, passed.inside), seen)
            if target is not None and name in target.defined:
                return target
        return found

    def edges(self):
        """For each module the modules that it uses, with the first path that leads there."""
        edges = {}
        for module in self.modules.values():
            used = {}
            for written in module.used:
                target = self.target(module, written)
                if target is not None and target is not module:
                    used.setdefault(target.place, written)
            edges[module.place] = used
        return edges


def shortest_circle(edges, start):
    """The shortest way from a module back to itself."""
    before, queue = {}, deque([start])
    while queue:
        here = queue.popleft()
        for there in edges[here]:
            if there == start:
                way = [here]
                while way[-1] != start:
                    way.append(before[way[-1]])
                return way[::-1]
            if there not in before:
                before[there] = here
                queue.append(there)
    return None


def circles(crate):
    """The shortest circles, none of them with a step of another one."""
    edges, shown = crate.edges(), set()
    found = [circle for place in sorted(edges) if (circle := shortest_circle(edges, place))]
    for circle in sorted(found, key=len):
        own = set(steps(circle))
        if not own & shown:
            shown |= own
            yield [(crate.modules[here], edges[here][there]) for here, there in steps(circle)]


def steps(circle):
    """Each member of a circle with the one after it."""
    return zip(circle, circle[1:] + circle[:1], strict=True)


def roots(folder):
    """The root files of all packages below a folder."""
    for manifest in sorted(folder.rglob("Cargo.toml")):
        if {"target", ".venv"} & set(manifest.relative_to(folder).parts):
            continue
        package = tomllib.loads(manifest.read_text())
        named = [package.get("lib", {}), *package.get("bin", [])]
        files = [manifest.parent / table["path"] for table in named if "path" in table]
        source = manifest.parent / "src"
        files += [source / "lib.rs", source / "main.rs", *sorted(source.glob("bin/*.rs"))]
        yield from dict.fromkeys(file for file in files if file.is_file())


def main():
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent.parent)
    count = 0
    for root in roots(folder):
        for circle in circles(Crate(root)):
            count += 1
            print(
                f"circle of {len(circle)} modules; break it at one of these steps:", file=sys.stderr
            )
            for (module, written), (after, _) in steps(circle):
                step = "::".join(written.segments)
                here, there = (file.relative_to(folder) for file in (module.file, after.file))
                print(f"  {here}:{written.line} -> {there} (by {step})", file=sys.stderr)
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())
