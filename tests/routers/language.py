"""Runs the part of the RouterOS script language that dyn53's script is written in.

routeros-lsp parses and checks; this gives the tree its meaning. Where versions differ or the manual
is silent it takes the meaning that is harder on the script, and what it does not know is an error.
"""

import dataclasses
import ipaddress
import re
from datetime import timedelta

from routeros_lsp import analyze as analysis
from routeros_lsp.syntax import ast
from routeros_lsp.syntax.walk import visit


class ParseError(Exception):
    """The script does not start."""


class RunError(Exception):
    """What on-error= and :onerror catch."""


class Return(Exception):
    def __init__(self, value):
        self.value = value


class Nothing:
    """The value of a variable that has none."""

    def __repr__(self):
        return "nothing"


NOTHING = Nothing()


class Id(str):
    """An item number such as *1."""


@dataclasses.dataclass
class Code:
    """What :parse and do={} give."""

    statements: list


@dataclasses.dataclass
class Scope:
    """Names of one block; `globals` are those that were declared to be."""

    parent: "Scope | None"
    names: dict
    globals: set

    def inner(self):
        return Scope(self, {}, set())


# Since which version: before it, the word stops the script that has it.
SINCE = {
    "retry": (7, 4),
    "convert": (7, 11),
    "jobname": (7, 12),
    "tonsec": (7, 12),
    "onerror": (7, 13),
    "serialize": (7, 13),
    "deserialize": (7, 13),
    "tolf": (7, 14),
    "exit": (7, 22),
    "break": (7, 22),
    "continue": (7, 22),
}
DURATION = re.compile(r"(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?")


def literal(word):
    """The value of an unquoted word."""
    if re.fullmatch(r"-?\d+", word):
        return int(word)
    if word in ("yes", "true"):
        return True
    if word in ("no", "false"):
        return False
    found = DURATION.fullmatch(word)
    if found and word:
        weeks, days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
        return timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)
    for kind in (ipaddress.ip_address, ipaddress.ip_network):
        try:
            return kind(word)
        except ValueError:
            pass
    return word


def text_of(value):
    """What :tostr and concatenation make of a value."""
    if value is NOTHING:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, timedelta):
        seconds = int(value.total_seconds())
        days, seconds = divmod(seconds, 86400)
        clock = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
        return f"{days}d{clock}" if days else clock
    if isinstance(value, list):
        return ";".join(text_of(one) for one in value)
    return str(value)


def type_of(value):
    kinds = {Nothing: "nothing", bool: "bool", int: "num", timedelta: "time", Id: "id", str: "str"}
    kinds |= {list: "array", dict: "array", Code: "code"}
    if type(value) in kinds:
        return kinds[type(value)]
    prefix = "-prefix" if hasattr(value, "prefixlen") else ""
    return ("ip" if value.version == 4 else "ip6") + prefix


def same(left, right):
    """Equality; values of different types are never equal, not even 1.2.3.4 and "1.2.3.4"."""
    return type_of(left) == type_of(right) and left == right


def ordered(left, right):
    if type_of(left) != type_of(right) or type_of(left) not in ("num", "time", "ip", "str"):
        raise RunError(f"cannot compare {type_of(left)} with {type_of(right)}")
    return left, right


def truth(value):
    if not isinstance(value, bool):
        raise RunError("conditional not boolean")
    return value


def matches(text, pattern):
    """POSIX extended expressions; the ones in use mean the same in Python."""
    if not isinstance(pattern, str) or "(?" in pattern or "\\" in pattern.replace("\\.", ""):
        raise RunError(f"not a portable regular expression: {pattern}")
    return re.search(pattern, text_of(text)) is not None


class Interpreter:
    """Runs scripts on a device, which has the menus, the log, the globals and the version."""

    def __init__(self, device):
        self.device = device
        #: Everything that :parse was given, to be checked like any other script.
        self.parsed = []
        self.compiled = {}

    # --- reading

    def compile(self, text, scope="script"):
        key = (text, scope)
        if key not in self.compiled:
            self.compiled[key] = self.check(text, scope)
        return self.compiled[key]

    def check(self, text, scope):
        found = analysis.analyze(text, scope=scope, schema=self.device.schema)
        harmless = ("vars/undeclared-read", "vars/local-out-of-scope")
        wrong = [one for one in found.findings if one.rule not in harmless]
        if wrong:
            raise ParseError(f"{wrong[0].message} [{wrong[0].rule}] {text[wrong[0].start :][:60]}")
        self.check_version(text, found.script)
        return Code(found.script.statements)

    def check_version(self, text, script):
        def look(node, _above):
            if isinstance(node, ast.Statement):
                self.check_words(node)
            if isinstance(node, ast.StringLit) and self.device.version < (7, 1):
                if re.search(r"(?<!\\)\?", text[node.start : node.end]):
                    raise ParseError("a bare ? asks for help")

        visit(script, look)

    def check_words(self, statement):
        words = [one.text for one in statement.elements if isinstance(one, ast.Word)]
        since = SINCE.get(words[0]) if statement.prefix == ":" and words else None
        if since and self.device.version < since:
            raise ParseError(f"bad command name {words[0]}")
        if statement.prefix == "/" and words:
            if "/" in words[0] and self.device.version < (7,):
                raise ParseError(f"bad command name {words[0]}")
            if words[0] not in self.device.packages:
                raise ParseError(f"bad command name {words[0]}")

    # --- running

    def run(self, text, scope="script"):
        """Runs a script; in an imported file each line is a scope of its own."""
        code = self.compile(text, scope)
        outer = Scope(None, {}, set())
        try:
            for statement in code.statements:
                self.statement(statement, outer.inner() if scope == "import" else outer)
        except Return as ended:
            return ended.value
        return NOTHING

    def call(self, code, arguments):
        """A function sees its arguments and no name of its caller."""
        if not isinstance(code, Code):
            raise RunError("not a function")
        scope = Scope(None, dict(arguments), set())
        try:
            self.block(code.statements, scope)
        except Return as ended:
            return ended.value
        return NOTHING

    def block(self, statements, scope):
        result = NOTHING
        for statement in statements:
            result = self.statement(statement, scope)
        return result

    def statement(self, node, scope, menu=()):
        first = node.elements[0]
        if node.prefix == ":":
            return self.command(first.text, node.elements[1:], scope)
        if isinstance(first, ast.Brace):
            return self.block(first.body, scope.inner())
        if isinstance(first, ast.Variable):
            arguments = self.named(node.elements[1:], scope)
            return self.call(self.variable(first.name, scope), arguments)
        if isinstance(first, ast.Group | ast.StringLit | ast.Subst):
            return self.value(first, scope)
        return self.device_command(node, scope, () if node.prefix == "/" else menu)

    def device_command(self, node, scope, menu):
        elements = list(node.elements)
        path = list(menu)
        while elements and isinstance(elements[0], ast.Word):
            word = elements.pop(0).text
            if self.device.has_command((*path, *word.split("/")[:-1]), word.split("/")[-1]):
                path += word.split("/")
                break
            path += word.split("/")
        *where_at, command = path
        where_at = tuple(where_at)
        if command == "find":
            return self.find(where_at, elements, scope)
        plain = [
            self.word_or_value(one, scope, where_at)
            for one in elements
            if not isinstance(one, ast.Named)
        ]
        return self.device.execute(where_at, command, plain, self.named(elements, scope, where_at))

    def find(self, menu, elements, scope):
        """Items for which every condition holds."""
        conditions = []
        rest = [one for one in elements if not (isinstance(one, ast.Word) and one.text == "where")]
        while rest:
            one = rest.pop(0)
            if isinstance(one, ast.Named):
                conditions.append((one.name.text, "=", self.word_or_value(one.value, scope, menu)))
            elif isinstance(one, ast.Word) and one.text.endswith("~"):
                conditions.append((one.text[:-1], "~", self.value(rest.pop(0), scope)))
            elif isinstance(one, ast.Word):
                conditions.append((one.text, "=", True))
            else:
                raise RunError(f"not known in find: {one}")
        return self.device.find(menu, conditions)

    def named(self, elements, scope, menu=()):
        return {
            one.name.text: self.word_or_value(one.value, scope, menu)
            for one in elements
            if isinstance(one, ast.Named)
        }

    def word_or_value(self, node, scope, menu):
        if isinstance(node, ast.Subst):
            return self.inside(node, scope, menu)
        return self.value(node, scope)

    def inside(self, node, scope, menu=()):
        """The value of [ ... ]; a command in it is looked for in the menu around it."""
        result = NOTHING
        for statement in node.body:
            result = self.statement(statement, scope, menu)
        return result

    # --- variables

    def holder(self, name, scope):
        while scope:
            if name in scope.globals:
                return self.device.globals_for_script()
            if name in scope.names:
                return scope.names
            scope = scope.parent
        return None

    def variable(self, name, scope):
        holder = self.holder(name, scope)
        return NOTHING if holder is None else holder.get(name, NOTHING)

    # --- values

    def value(self, node, scope):
        match node:
            case ast.Word():
                return literal(node.text)
            case ast.StringLit():
                return self.string(node, scope)
            case ast.Variable():
                return self.variable(node.name, scope)
            case ast.Subst():
                return self.inside(node, scope)
            case ast.Group():
                if len(node.exprs) != 1:
                    raise RunError("operands without an operator")
                return self.value(node.exprs[0], scope)
            case ast.Brace():
                return [self.value(one.elements[0], scope) for one in node.body]
            case ast.Unary(op="!"):
                return not truth(self.value(node.operand, scope))
            case ast.Binary():
                left, right = self.value(node.left, scope), self.value(node.right, scope)
                return self.operate(node.op, left, right)
        raise RunError(f"not known: {node.kind}")

    def string(self, node, scope):
        out = []
        for part in node.parts:
            match part:
                case ast.TextPart() | ast.EscapePart():
                    out.append(part.text)
                case ast.VariablePart():
                    out.append(text_of(self.variable(part.name, scope)))
                case ast.ExpressionPart():
                    out.append(text_of(self.value(part.group, scope)))
                case ast.CommandPart():
                    out.append(text_of(self.inside(part.subst, scope)))
        return "".join(out)

    def operate(self, op, left, right):
        """Both sides were evaluated: RouterOS has no short circuit."""
        if op in ("&&", "and"):
            return truth(left) and truth(right)
        if op in ("||", "or"):
            return truth(left) or truth(right)
        if op in ("=", "!="):
            return same(left, right) == (op == "=")
        if op == "~":
            return matches(left, right)
        if op == ".":
            return text_of(left) + text_of(right)
        if op == "->":
            return left.get(right, NOTHING) if isinstance(left, dict) else NOTHING
        if op in ("<", ">", "<=", ">="):
            left, right = ordered(left, right)
            return {"<": left < right, ">": left > right, "<=": left <= right, ">=": left >= right}[
                op
            ]
        if (
            op in ("+", "-")
            and type_of(left) == type_of(right)
            and type_of(left) in ("num", "time")
        ):
            return left + right if op == "+" else left - right
        raise RunError(f"cannot do {type_of(left)} {op} {type_of(right)}")

    # --- commands that begin with a colon

    def command(self, name, elements, scope):
        plain = [one for one in elements if not isinstance(one, ast.Named)]
        named = {one.name.text: one.value for one in elements if isinstance(one, ast.Named)}
        action = getattr(self, "do_" + name, None)
        if action is None:
            raise RunError(f"this model has no :{name}")
        return action(plain, named, scope)

    def do_local(self, plain, _named, scope):
        scope.names[plain[0].text] = self.value(plain[1], scope) if plain[1:] else NOTHING

    def do_global(self, plain, _named, scope):
        scope.globals.add(plain[0].text)

    def do_set(self, plain, _named, scope):
        holder = self.holder(plain[0].text, scope)
        if holder is None:
            raise RunError(f"no variable {plain[0].text}")
        holder[plain[0].text] = self.value(plain[1], scope)

    def do_if(self, plain, named, scope):
        branch = "do" if truth(self.value(plain[0], scope)) else "else"
        if branch in named:
            self.block(named[branch].body, scope.inner())

    def do_foreach(self, plain, named, scope):
        for one in self.value(named["in"], scope):
            inner = scope.inner()
            inner.names[plain[0].text] = one
            self.block(named["do"].body, inner)

    def do_do(self, plain, named, scope):
        try:
            self.block(plain[0].body, scope.inner())
        except RunError:
            if "on-error" not in named:
                raise
            self.block(named["on-error"].body, scope.inner())

    def do_onerror(self, plain, named, scope):
        try:
            self.block(named["in"].body, scope.inner())
        except RunError as error:
            inner = scope.inner()
            inner.names[plain[0].text] = str(error)
            self.block(named["do"].body, inner)

    def do_parse(self, plain, _named, scope):
        text = self.value(plain[0], scope)
        self.parsed.append(text)
        try:
            return self.compile(text)
        except ParseError as error:
            raise RunError(str(error)) from None

    def do_return(self, plain, _named, scope):
        raise Return(self.value(plain[0], scope))

    def do_error(self, plain, _named, scope):
        raise RunError(text_of(self.value(plain[0], scope)))

    def do_log(self, plain, _named, scope):
        self.device.say("script," + plain[0].text, text_of(self.value(plain[1], scope)))

    def do_put(self, plain, _named, scope):
        self.device.printed.append(text_of(self.value(plain[0], scope)))

    def do_delay(self, plain, _named, scope):
        self.device.uptime += self.value(plain[0], scope)

    def do_len(self, plain, _named, scope):
        value = self.value(plain[0], scope)
        return len(value) if isinstance(value, list | dict) else len(text_of(value))

    def do_typeof(self, plain, _named, scope):
        return type_of(self.value(plain[0], scope))

    def do_tostr(self, plain, _named, scope):
        return text_of(self.value(plain[0], scope))

    def do_toip(self, plain, _named, scope):
        value = literal(text_of(self.value(plain[0], scope)))
        return value if type_of(value) == "ip" else NOTHING

    def do_find(self, plain, _named, scope):
        text, part = (self.value(one, scope) for one in plain)
        at = text_of(text).find(part)
        return at if at >= 0 else NOTHING

    def do_pick(self, plain, _named, scope):
        text, start, end = (self.value(one, scope) for one in plain)
        if not isinstance(start, int) or not isinstance(end, int):
            raise RunError("pick wants numbers")
        return text_of(text)[start:end]
