"""What figures were held against, and what came of it: objectives, goodput, a search's path.

Plain data, made in ``perfbench.metrics`` and ``perfbench.perf``. Latencies are ms, rates per
second; unknown is ``None``.
"""

from __future__ import annotations

from typing import Literal

import msgspec

Attained = Literal["met", "missed", "unknown"]
"""``unknown``: a figure that decides is not known, so it cannot be said."""


class Objective(msgspec.Struct, frozen=True):
    """One expression held against the figures of a point."""

    expression: str
    attained: Attained
    values: dict[str, float | None]
    """Each figure in it, as it was."""


class Goodput(msgspec.Struct, frozen=True):
    """The requests of a point that kept every limit of a request."""

    limits_ms: dict[str, float]
    """By metric."""
    met: int
    missed: int
    """A limit was not kept, or the request failed."""
    unknown: int
    """Neither can be said: a metric with a limit is not known, or we cut the request ourselves."""
    attainment: float | None
    """Share of those of which it can be said; ``None`` if there is none."""
    request_goodput_rps: float | None
    """Good requests per second of the point's duration."""
    output_goodput_tok_s: float | None
    """Their output tokens per second; ``None`` where a length is unknown."""


Decision = Literal["met", "missed", "undecided"]


class Evidence(msgspec.Struct, frozen=True):
    """What a trial saw of one objective."""

    objective: str
    kind: Literal["share", "mean"]
    seen: float | None
    """Share of requests beyond the limit, or the mean of a metric."""
    allowed: float
    """The share or the mean that the objective allows."""
    attained: float | None
    """Share of requests within the limit; of a mean how much of the way to its limit was kept, at
    most 1."""
    decision: Decision


class Trial(msgspec.Struct, frozen=True):
    """One point of a search: a load, what was decided of it and why."""

    point: str
    """Its name."""
    load: float
    demand: Literal["glance", "lean", "certain"]
    """How sure it was to be before the load counted as met: as far as the first requests show, more
    likely than not, or with the search's confidence."""
    decision: Decision
    requests: int
    """Sent, warm-up included."""
    judged: int
    """Requests on which the decision stands."""
    evidence: list[Evidence]
    why: str
    """Why it ended."""


class SearchPath(msgspec.Struct, frozen=True):
    """A search for the largest load that meets the objectives, as far as it has gone."""

    variable: Literal["parallel", "rate"]
    confidence: float
    tolerance: float
    trials: list[Trial] = msgspec.field(default_factory=list)
    answer: float | None = None
    """The largest load that was found to meet the objectives; ``None``: none was, or not yet."""
    point: str | None = None
    """The trial that showed it."""
    upper: float | None = None
    """The smallest load found to miss them; ``None``: none was."""
    requests: int = 0
    """Sent in all trials."""
    stopped: str = ""
    """Why the search ended; empty while it goes on."""
