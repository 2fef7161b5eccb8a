"""How a load changes over time: stages, each held or climbing to its end, and the exact arithmetic
of their sum.

Pure: no clock, no chance. Times are seconds after the start of the point; a level is requests per
second (open loop) or requests in flight (closed loop), an amount is its integral.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import Literal

import msgspec

Law = Literal["linear", "exponential"]

_NEVER_S = 1e15


class Stage(msgspec.Struct, frozen=True):
    """A stretch of load that goes from one level to another; as text ``60s@10..50:exponential``."""

    seconds: float
    start: float
    end: float
    law: Law = "linear"
    """How it gets from ``start`` to ``end``: by equal steps, or by equal factors (both above 0)."""
    burstiness: float | None = None
    """Shape of gamma arrivals in this stage; ``None`` is the law of the point."""

    def __str__(self) -> str:
        held = self.start == self.end
        text = f"{self.seconds:g}s@{self.start:g}" + ("" if held else f"..{self.end:g}")
        if self.law == "exponential" and not held:
            text += ":exponential"
        return text if self.burstiness is None else f"{text}:burstiness={self.burstiness:g}"

    @property
    def total(self) -> float:
        """The amount of the whole stage."""
        return self.amount(self.seconds)

    def level(self, seconds: float) -> float:
        """The level so long after its beginning."""
        if self._growth is not None:
            return self.start * math.exp(self._growth * seconds)
        return self.start + (self.end - self.start) * (seconds / self.seconds)

    def amount(self, seconds: float) -> float:
        """The integral of the level over its first ``seconds``."""
        if (growth := self._growth) is not None:
            return self.start * math.expm1(growth * seconds) / growth
        return seconds * (self.start + (self.end - self.start) * (seconds / self.seconds) / 2)

    def when(self, amount: float) -> float:
        """The inverse of :meth:`amount`, up to ``total``."""
        if amount <= 0:
            return 0.0
        if (growth := self._growth) is not None:
            return math.log1p(amount * growth / self.start) / growth
        slope = (self.end - self.start) / self.seconds
        # The root that loses no digits where the slope is small.
        root = math.sqrt(max(0.0, self.start * self.start + 2 * slope * amount))
        if self.start + root == 0:  # from nothing, and less than a product of floats can hold
            return math.sqrt(2 * amount / slope)
        return 2 * amount / (self.start + root)

    def crosses(self, level: float) -> float:
        """When it is at ``level``, which lies between its ends and is not both of them."""
        if self._growth is not None:
            return math.log(level / self.start) / self._growth
        return self.seconds * ((level - self.start) / (self.end - self.start))

    @property
    def _growth(self) -> float | None:
        """Of an exponential stage, per second; ``None`` where the level is a straight line."""
        if self.law == "linear" or self.start == self.end:
            return None
        return math.log(self.end / self.start) / self.seconds


class Profile:
    """Stages one after another; what comes after the last is held at its end."""

    def __init__(self, stages: Sequence[Stage], held: float) -> None:
        """``held`` is the level where there are no stages."""
        self.stages = tuple(stages)
        self.begins = [0.0, *accumulate(stage.seconds for stage in stages)]
        """Where each stage begins, and the end of the last."""
        self._amounts = [0.0, *accumulate(stage.total for stage in stages)]
        self._held = stages[-1].end if stages else held

    @property
    def peak(self) -> float:
        """The highest level."""
        return max((level for s in self.stages for level in (s.start, s.end)), default=self._held)

    def steady(self, end: float) -> tuple[float, float]:
        """The longest stretch at one level before ``end`` (the later of two that are equal): its
        beginning and its end, which are the same if there is none."""
        held = Stage(max(0.0, end - self.begins[-1]), self._held, self._held)
        best, since, before = (0.0, 0.0), 0.0, None
        for begin, stage in zip(self.begins, (*self.stages, held), strict=True):
            if stage.start != stage.end:
                before = None
                continue
            since = since if stage.start == before else begin
            before, over = stage.end, min(end, begin + stage.seconds)
            if over - since >= best[1] - best[0]:
                best = (since, over)
        return best

    def stage_at(self, seconds: float) -> Stage | None:
        """The stage at an instant; ``None`` after the last."""
        place = self._place(seconds)
        return self.stages[place] if place < len(self.stages) else None

    def level(self, seconds: float) -> float:
        """The level at an instant; where a stage begins, that stage's."""
        place = self._place(seconds)
        if place == len(self.stages):
            return self._held
        return self.stages[place].level(seconds - self.begins[place])

    def amount(self, seconds: float) -> float:
        """The integral of the level from 0 on."""
        place = self._place(seconds)
        spent = seconds - self.begins[place]
        more = self.stages[place].amount(spent) if place < len(self.stages) else self._held * spent
        return self._amounts[place] + more

    def when(self, amount: float) -> float | None:
        """The inverse of :meth:`amount`; ``None`` if it is never reached."""
        place = bisect_right(self._amounts, amount) - 1
        more = amount - self._amounts[place]
        if place < len(self.stages):
            return self.begins[place] + self.stages[place].when(more)
        if more <= 0 and self.stages:
            return self.begins[-1]
        after = more / self._held if self._held > 0 else math.inf
        return self.begins[-1] + after if after < _NEVER_S else None

    def _place(self, seconds: float) -> int:
        """Of the stage at an instant; that after the last is their number."""
        return max(0, bisect_right(self.begins, seconds) - 1)


def in_words(stages: Sequence[Stage], most: int = 3) -> str:
    """Stages as they are written; of many, how many and between which levels."""
    if len(stages) <= most:
        return ", ".join(map(str, stages))
    levels = [level for stage in stages for level in (stage.start, stage.end)]
    return f"{len(stages)} stages, {min(levels):g} to {max(levels):g}"
