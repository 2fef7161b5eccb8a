"""Is a figure worse than a baseline's by more than a margin: a test for builds that must not pass.

A difference that is not shown is not shown to be absent: a short run shows nothing and would pass
every test of a difference. So both are asked: whether B is worse by more than the margin, and
whether it is not (non-inferiority; Wellek 2010, "Testing Statistical Hypotheses of Equivalence and
Noninferiority"), each at 5 % one-sided, and there is a third answer where the runs tell neither.
Pure.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from perfbench.metrics.comparison import RUN_SPREAD, Reading, contrast, is_worse
from perfbench.metrics.repeats import THROUGHPUTS

LEVEL = 0.95
"""Of each of the two one-sided tests."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is known of ``FIGURE worse than BASELINE by MARGIN``."""

    answer: Literal["worse", "not worse", "cannot be said"]
    """``worse``: by more than the margin, shown. ``not worse``: by no more than it, shown."""
    figure: str
    margin: float
    a: float | None
    """The baseline's figure; ``None`` if it does not know it."""
    b: float | None
    relative: float | None
    """(B - A) / A."""
    low: float | None
    """Lower bound of ``relative``, one-sided 95 %."""
    high: float | None

    def __str__(self) -> str:
        if self.relative is None:
            return f"{self.figure}: not known on both sides"
        text = f"{self.figure} {self.a:.4g} to {self.b:.4g}, {self.relative:+.1%}"
        if self.low is not None and self.high is not None:
            text += f" (90 % interval {self.low:+.1%} to {self.high:+.1%})"
        words = {
            "worse": f"worse by more than {self.margin:g}%",
            "not worse": f"not worse by {self.margin:g}%",
            "cannot be said": f"whether it is worse by {self.margin:g}% cannot be said",
        }
        return f"{text}: {words[self.answer]}"


def worse_than(
    figure: str,
    baseline: Sequence[Reading],
    candidate: Sequence[Reading],
    margin_percent: float,
    run_spread: float = RUN_SPREAD,
) -> Judgement:
    """Whether ``figure`` (one of ``metrics.repeats.FIGURES``) of one load is worse than before.

    Args:
        baseline: the runs of the load on the one side.
        candidate: those on the other.
        margin_percent: by how much it may be worse: 5 lets a time be 1.05 times as long, a
            throughput 0.95 times as high.
    """
    found = contrast(figure, baseline, candidate, run_spread)
    if found is None:
        return Judgement("cannot be said", figure, margin_percent, None, None, None, None, None)
    bounds = found.bounds(LEVEL)
    a, b = math.exp(found.a), math.exp(found.b)
    relative = math.expm1(found.b - found.a)
    if bounds is None:
        return Judgement("cannot be said", figure, margin_percent, a, b, relative, None, None)
    margin = margin_percent / 100
    limit = math.log1p(-margin if figure in THROUGHPUTS else margin)
    low, high = bounds
    best, worst = (high, low) if figure in THROUGHPUTS else (low, high)
    answer: Literal["worse", "not worse", "cannot be said"] = "cannot be said"
    if is_worse(figure, best - limit):
        answer = "worse"
    elif not is_worse(figure, worst - limit):
        answer = "not worse"
    return Judgement(
        answer, figure, margin_percent, a, b, relative, math.expm1(low), math.expm1(high)
    )
