"""What a measurement hands back: a table, what it shows, and whether the promise is kept."""

import dataclasses
import statistics


@dataclasses.dataclass
class Table:
    title: str
    about: str
    head: list
    rows: list
    promises: list = dataclasses.field(default_factory=list)
    notes: list = dataclasses.field(default_factory=list)

    def markdown(self):
        rule = ["---"] + ["---:"] * (len(self.head) - 1)
        lines = [f"## {self.title}", "", self.about, ""]
        lines += ["| " + " | ".join(map(str, row)) + " |" for row in [self.head, rule, *self.rows]]
        if self.promises:
            lines += ["", *(f"- {promise}" for promise in self.promises)]
        for note in self.notes:
            lines += ["", note]
        return "\n".join(lines) + "\n"


def promise(text, value, kept, unit=""):
    """One line: what was promised, what was measured."""
    return f"{'kept' if kept else '**missed**'}: {text}. Measured: {value}{unit}"


def spread(values, digits=1):
    """The median, and from the 10th to the 90th percentile."""
    values = sorted(values)
    low, high = quantile(values, 0.1), quantile(values, 0.9)
    return f"{number(median(values), digits)} ({number(low, digits)} – {number(high, digits)})"


def median(values):
    return statistics.median(values)


def quantile(values, share):
    return values[round(share * (len(values) - 1))]


def number(value, digits=0):
    return f"{value:,.{digits}f}"
