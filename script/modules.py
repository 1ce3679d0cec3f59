"""Reads source files of a crate: which modules they declare, pass on and use, but for tests."""

import re
from dataclasses import dataclass, field
from pathlib import Path

TOKEN = re.compile(
    r"""
    (?P<skip> \s+ | //[^\n]* )
  | (?P<raw> b?r(?P<hashes>\#*)".*?"(?P=hashes) )
  | (?P<text> [bc]?"(?:\\.|[^"\\])*" )
  | (?P<char> b?'(?:\\(?:u\{[^}]*\}|x[0-9a-fA-F]{2}|.)|[^'\\])' )
  | (?P<word> (?:r\#)?[A-Za-z_][A-Za-z_0-9]* )
  | (?P<mark> :: | . )
    """,
    re.VERBOSE | re.DOTALL,
)
DEFINES = {
    "fn",
    "struct",
    "enum",
    "union",
    "trait",
    "type",
    "const",
    "static",
    "mod",
    "macro_rules",
}
PAIRS = {"(": ")", "[": "]", "{": "}"}


@dataclass
class Token:
    text: str
    line: int
    is_word: bool = False


@dataclass
class Written:
    """A path as written: its segments, where it is written, and the inline modules around it."""

    segments: tuple
    line: int
    inside: tuple


@dataclass
class Module:
    """A file: its place in the crate, what it declares, passes on and uses."""

    file: Path
    place: tuple
    children: dict = field(default_factory=dict)
    defined: set = field(default_factory=set)
    imports: dict = field(default_factory=dict)
    globs: list = field(default_factory=list)
    used: list = field(default_factory=list)


def tokens_of(text):
    """Words and marks, each with its line; comments, texts and characters are left out."""
    tokens, place, line = [], 0, 1
    while place < len(text):
        if text.startswith("/*", place):
            end = end_of_comment(text, place)
        else:
            found = TOKEN.match(text, place)
            end = found.end()
            if found["word"] or found["mark"]:
                tokens.append(Token(found.group().removeprefix("r#"), line, bool(found["word"])))
        line += text.count("\n", place, end)
        place = end
    return tokens


def end_of_comment(text, place):
    """The place behind a block comment, which may hold others."""
    depth = 0
    for found in re.compile(r"/\*|\*/").finditer(text, place):
        depth += 1 if found.group() == "/*" else -1
        if depth == 0:
            return found.end()
    return len(text)


def end_of_group(tokens, start):
    """The place after the bracket that closes the one at `start`."""
    depth, place = 0, start
    while place < len(tokens):
        depth += (tokens[place].text in PAIRS) - (tokens[place].text in PAIRS.values())
        place += 1
        if depth == 0:
            break
    return place


def end_of_item(tokens, start):
    """The place after an item, its semicolon or closing brace; attributes belong to it."""
    place = start
    while place < len(tokens):
        text = tokens[place].text
        if text in "([{":
            place = end_of_group(tokens, place)
            if text == "{":
                return place
        elif text in ";,":
            return place + 1
        else:
            place += 1
    return place


def without_tests(tokens):
    """Leaves out what follows `#[cfg(test)]`."""
    kept, place = [], 0
    while place < len(tokens):
        if [token.text for token in tokens[place : place + 7]] == [
            "#",
            "[",
            "cfg",
            "(",
            "test",
            ")",
            "]",
        ]:
            place = end_of_item(tokens, place + 7)
        else:
            kept.append(tokens[place])
            place += 1
    return kept


def use_tree(tokens, place, prefix):
    """What a `use` names from `place` on: pairs of path and new name, and the place behind it."""
    path, found = list(prefix), []
    while place < len(tokens):
        token = tokens[place]
        if token.text == "{":
            place += 1
            while place < len(tokens) and tokens[place].text != "}":
                inner, place = use_tree(tokens, place, path)
                found += inner
                place += tokens[place].text == ","
            return found, place + 1
        if token.text == "*":
            return [(tuple(path), "*")], place + 1
        if token.is_word and token.text == "as":
            return [(tuple(path), tokens[place + 1].text)], place + 2
        if token.is_word:
            path.append(token.text)
        elif token.text != "::":
            break
        place += 1
    if path[-1:] == ["self"] and len(path) > 1:
        path.pop()
    return [(tuple(path), path[-1] if path else "")], place


class Reader:
    """Reads one file from its first token to its last."""

    def __init__(self, module, text):
        self.module, self.tokens = module, without_tests(tokens_of(text))
        self.inside, self.ends = [], []
        self.declared = []

    def read(self):
        place = 0
        while place < len(self.tokens):
            while self.ends and place >= self.ends[-1]:
                self.ends.pop()
                self.inside.pop()
            place = self.step(place)

    def at(self, place):
        return self.tokens[place].text if place < len(self.tokens) else ""

    def step(self, place):
        token = self.tokens[place]
        if not token.is_word:
            return place + 1
        if token.text == "use" and self.at(place - 1) not in ("<", ","):
            return self.use(place)
        if token.text == "mod" and self.at(place + 2) in (";", "{"):
            return self.declaration(place)
        if token.text in DEFINES:
            name = place + (2 if token.text == "macro_rules" else 1)
            if not self.inside:
                self.module.defined.add(self.at(name))
            return place + 1
        return self.path(place)

    def use(self, place):
        line = self.tokens[place].line
        start = place + 1 + (self.at(place + 1) == "::")
        found, end = use_tree(self.tokens, start, ())
        for segments, name in found:
            written = Written(segments, line, tuple(self.inside))
            if self.inside:
                self.module.used.append(written)
            elif name == "*":
                self.module.globs.append(written)
            else:
                self.module.imports[name] = written
        passes_on = self.at(place - 1) == "pub" or self.at(place - 1) == ")"
        if not passes_on:
            self.module.used += [
                Written(segments, line, tuple(self.inside)) for segments, _ in found
            ]
        return end

    def declaration(self, place):
        name = self.at(place + 1)
        if self.at(place + 2) == ";":
            self.declared.append((name, tuple(self.inside)))
        else:
            self.inside.append(name)
            self.ends.append(end_of_group(self.tokens, place + 2))
        return place + 3

    def path(self, place):
        first, segments, end = place, [self.at(place)], place + 1
        while self.at(end) == "::" and end + 1 < len(self.tokens) and self.tokens[end + 1].is_word:
            segments.append(self.at(end + 1))
            end += 2
        relative = self.at(first - 1) not in (".", "::")
        if len(segments) > 1 and relative:
            written = Written(tuple(segments), self.tokens[first].line, tuple(self.inside))
            self.module.used.append(written)
        return end
