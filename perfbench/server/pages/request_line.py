"""The time line of a request as a drawing: what it waited for, and every gap between its events.

Lengths are those of the drawing, times ms after the request was sent.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from perfbench.reports import wording
from perfbench.reports.requests import RequestDetail

WIDTH = 1000
_LEFT, _RIGHT = 10, 990
_GAPS_HIGH = 80
"""Of the longest gap."""
_TICKS = 6
_SPANS = (
    ("lag", "due", "sent", "planned, not sent yet"),
    ("connect", "connecting", "sent", "connecting"),
    ("wait", "sent", "first", "waiting for the first token"),
    ("stream", "first", "last", "tokens arriving"),
    ("end", "last", "end", "until the end of the response"),
)
_MARKS = {
    "due": "planned arrival",
    "connecting": "began to connect",
    "sent": "sent",
    "headers": "head of the answer",
    "first": "first token",
    "first_content": "first token that is not reasoning",
    "last": "last token",
    "end": "end",
}


@dataclass(frozen=True, slots=True)
class Span:
    """A part of the time line."""

    name: str
    x: float
    width: float
    words: str


@dataclass(frozen=True, slots=True)
class Gap:
    """The gap before an event, or the longest of several that stand too close to be told apart."""

    x: float
    height: float


@dataclass(frozen=True, slots=True)
class Line:
    """All of the drawing."""

    spans: list[Span]
    gaps: list[Gap]
    ticks: list[tuple[float, str]]
    marks: list[tuple[str, str]]
    """What happened, and when, in words."""
    longest: str
    """The gap that is the highest."""


def drawn(found: RequestDetail) -> Line | None:
    """The time line of a request; ``None`` if nothing is known of it."""
    known = {name: ms for name, ms in found.line.items() if ms is not None}
    if not known:
        return None
    start, stop = min(known.values()), max(known.values())
    scale = (_RIGHT - _LEFT) / ((stop - start) or 1.0)

    def x(ms: float) -> float:
        return round(_LEFT + (ms - start) * scale, 2)

    spans = []
    for name, begin, end, words in _SPANS:
        if begin in known and end in known and known[end] > known[begin]:
            width = round(max(x(known[end]) - x(known[begin]), 0.5), 2)
            span = wording.number(known[end] - known[begin])
            spans.append(Span(name, x(known[begin]), width, f"{words}: {span} ms"))
    longest = max((event.gap_ms or 0.0 for event in found.events), default=0.0)
    highest: dict[float, float] = {}
    for event in found.events:
        if event.gap_ms is not None:
            at = float(round(x(event.ms)))
            highest[at] = max(highest.get(at, 0.0), event.gap_ms)
    gaps = [
        Gap(at, round(max(gap / longest * _GAPS_HIGH, 1.0), 2) if longest else 1.0)
        for at, gap in highest.items()
    ]
    return Line(
        spans=spans,
        gaps=gaps,
        ticks=[(x(ms), _moment(ms)) for ms in _steps(start, stop)],
        marks=[
            (words, f"{known[name]:,.3f} ms") for name, words in _MARKS.items() if name in known
        ],
        longest=wording.number(longest),
    )


def _steps(start: float, stop: float) -> list[float]:
    """Round times within the line."""
    rough = (stop - start) / _TICKS
    if rough <= 0:
        return [start]
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough)
    first = math.ceil(start / step)
    return [number * step for number in range(first, math.floor(stop / step) + 1)]


def _moment(ms: float) -> str:
    return f"{ms / 1000:g} s" if abs(ms) >= 1000 else f"{ms:g} ms"
