"""The colours of charts, the same in every report: readable on light and on dark ground."""

from __future__ import annotations

FIGURES = {"mean": "#8a94a6", "p50": "#1f9e89", "p90": "#ee9a2f", "p99": "#d1435b"}
"""Colour of a line of means or of one percentile."""

THROUGHPUT = ("#3f7fe8", "#9b51c9")
"""First and second line of a throughput chart."""

ASKED = "#8a94a6"
"""What was asked for, beside what came of it."""

FAILED = "#d1435b"

_RAMP = ("#e0a100", "#ee7733", "#d1435b", "#9b51c9", "#3f7fe8", "#1f9e89")
"""From the first to the last point of a sweep."""


def point_colours(count: int) -> list[str]:
    """One colour for each point, in the order of the sweep, as far apart as they can be."""
    if count == 1:
        return [THROUGHPUT[0]]
    return [_between(place * (len(_RAMP) - 1) / (count - 1)) for place in range(count)]


def _between(place: float) -> str:
    """The colour at ``place`` on the ramp; whole places are its own colours."""
    low = min(int(place), len(_RAMP) - 2)
    ends = (_RAMP[low], _RAMP[low + 1])
    mixed = (round(a + (b - a) * (place - low)) for a, b in zip(*map(_channels, ends), strict=True))
    return "#" + "".join(f"{channel:02x}" for channel in mixed)


def _channels(colour: str) -> list[int]:
    return [int(colour[at : at + 2], 16) for at in (1, 3, 5)]
