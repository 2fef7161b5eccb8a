"""Prometheus's text format: of a page, the series of the names that are wanted.

Lines of other names are passed over unread, so that a page of thousands of lines costs a few
milliseconds and what is odd in them is of no account (the parser of ``prometheus_client`` reads
every character of every line, and gives up the whole page at the first odd one). Pure.
"""

from __future__ import annotations

import math
import re
from collections.abc import Container

import msgspec

_LINE = re.compile(
    r"""(?P<name>[a-zA-Z_:][\w:]*)[ \t]*(?:\{(?P<labels>.*)\})?[ \t]*
    (?P<value>[+-]?(?:\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?|[iI]nf|[nN]a[nN]))
    (?:[ \t]+-?[\d.]+(?:[eE][+-]?\d+)?)?[ \t]*(?:\#.*)?""",
    re.VERBOSE | re.ASCII,
)
"""A series: its value, then perhaps a time stamp and an exemplar."""
_LABEL = re.compile(r'\s*([a-zA-Z_]\w*)\s*=\s*"((?:[^"\\]|\\.)*)"\s*(?:,|$)', re.ASCII)
_ESCAPED = re.compile(r'\\([\\n"])')
_NAME = re.compile(r"[^\s{]+")
_SHOWN = 80

Labels = dict[str, str]
Series = tuple[Labels, float]


class Page(msgspec.Struct):
    """The wanted series of a page."""

    series: dict[str, list[Series]] = msgspec.field(default_factory=dict)
    """By name."""
    problem: str | None = None
    """The first line of a wanted name that could not be taken, and why."""


def read(text: str, wanted: Container[str]) -> Page:
    """The series of the ``wanted`` names. A name of which one series is no number of 0 or more is
    left out: the sum of the others would be too small."""
    page, odd = Page(), set[str]()
    for line in text.split("\n"):
        if not line or line[0] == "#":
            continue
        found = _NAME.match(line)
        if found is None or found[0] not in wanted:
            continue
        series = _series(line.rstrip())
        if isinstance(series, str):
            page.problem = page.problem or f"{series}: {line[:_SHOWN]}"
            odd.add(found[0])
        else:
            page.series.setdefault(found[0], []).append(series)
    for name in odd:
        page.series.pop(name, None)
    return page


def labels_of(text: str) -> Labels | None:
    """The labels between the braces of a series; ``None`` if they are none."""
    labels: Labels = {}
    at = 0
    while at < len(text):
        found = _LABEL.match(text, at)
        if found is None:
            return None if text[at:].strip() else labels
        value = found[2]
        if "\\" in value:
            value = _ESCAPED.sub(lambda m: "\n" if m[1] == "n" else m[1], value)
        labels[found[1]] = value
        at = found.end()
    return labels


def _series(line: str) -> Series | str:
    """The labels and value of a line, or why it has none."""
    found = _LINE.fullmatch(line)
    labels = None if found is None else labels_of(found["labels"] or "")
    if found is None or labels is None:
        return "not in Prometheus's text format"
    value = float(found["value"])
    if not math.isfinite(value):
        return "not a finite number"
    return (labels, value) if value >= 0 else "below 0"
