"""What a figure in another tool's words is: a name, a definition, a value, and the way to ours.

Owns these nouns and how a difference is taken apart. Knows no tool. Values are in the tool's unit,
ours beside them too; unknown is ``None``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from numpy.typing import NDArray

from perfbench.metrics.percentiles import distribution
from perfbench.reports.words.material import Material, per
from perfbench.types import Point

Figures = Mapping[str, float | None]
"""Statistics of a sample by our names for them: ``mean``, ``p50``."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that the tool does otherwise, and the figure once it is done its way."""

    because: str
    value: float | None


@dataclass(frozen=True, slots=True)
class Term:
    """One figure of a tool."""

    name: str
    """As its own file has it; parts of a path are joined with dots."""
    value: float | None
    unit: str
    definition: str
    source: str
    """File and function that it was read from."""
    figure: str | None = None
    """Our figure of the same thing; ``None`` where we have none."""
    ours: float | None = None
    steps: tuple[Step, ...] = ()
    """From our figure to theirs, in order; the last has their value."""

    @property
    def difference(self) -> float | None:
        """Theirs - ours; 0 where they differ by less than a float can tell."""
        if self.value is None or self.ours is None:
            return None
        return 0.0 if _same(self.value, self.ours) else self.value - self.ours

    @property
    def causes(self) -> list[tuple[str, float]]:
        """What the difference is made of: each reason with its part. The parts sum to it."""
        found, before = [], self.ours
        for step in self.steps:
            if before is None or step.value is None:
                return []
            if not _same(step.value, before):
                found.append((step.because, step.value - before))
            before = step.value
        return found


@dataclass(frozen=True, slots=True)
class Method:
    """How a tool makes statistics of a sample, where it is not as we do."""

    of: Callable[[NDArray[Any]], Figures]
    because: str


OURS = Method(distribution, "")
"""Mean, deviation divided by n, percentiles interpolated linearly: numpy's defaults."""


@dataclass(frozen=True, slots=True)
class Spread:
    """A metric of which a tool gives several statistics."""

    metric: str | None
    """Ours of the same thing; ``None`` where we have none."""
    unit: str
    definition: str
    source: str
    stages: Sequence[tuple[str, NDArray[Any]]]
    """What each step makes of the values, in the tool's unit: ours first, theirs last. The first
    needs no reason."""
    method: Method = OURS
    digits: int | None = None
    """Decimals that the tool rounds to."""

    def terms(self, names: Mapping[str, str]) -> list[Term]:
        """One term for each statistic: the tool's name for it -> ours."""
        found = [distribution(values) for _, values in self.stages]
        theirs = self.method.of(self.stages[-1][1])
        terms = []
        for name, key in names.items():
            ours = found[0].get(key) if self.metric else None
            steps = [
                Step(because, each.get(key))
                for (because, _), each in zip(self.stages[1:], found[1:], strict=True)
            ]
            value = theirs.get(key)
            steps.append(Step(self.method.because, value))
            if self.digits is not None and value is not None:
                value = round(value, self.digits)
                steps.append(Step(rounded(self.digits), value))
            figure = f"{self.metric}.{key}" if self.metric and ours is not None else None
            terms.append(
                Term(
                    name, value, self.unit, self.definition, self.source, figure, ours, tuple(steps)
                )
            )
        return terms


@dataclass(frozen=True, slots=True)
class Clock:
    """How long a tool says that a point lasted."""

    duration_s: float
    because: str
    """Why that is not what we say."""


@dataclass(frozen=True, slots=True)
class Rate:
    """An amount over the time of a whole point."""

    name: str
    unit: str
    definition: str
    source: str
    figure: str
    """Ours: a field of the summary."""
    amount: float | None
    because: str = ""
    """Why the amount is not ours."""
    digits: int | None = None

    def term(self, material: Material, clock: Clock) -> Term:
        """The rate by the tool's clock, and how it comes from ours."""
        ours: float | None = getattr(material.summary, self.figure)
        value = per(self.amount, clock.duration_s)
        steps = [
            Step(self.because, per(self.amount, material.summary.duration_s or 0.0)),
            Step(clock.because, value),
        ]
        if self.digits is not None and value is not None:
            value = round(value, self.digits)
            steps.append(Step(rounded(self.digits), value))
        return Term(
            *(self.name, value, self.unit, self.definition, self.source, self.figure, ours),
            steps=tuple(steps),
        )


def rounded(digits: int) -> str:
    """The reason of a step that rounds."""
    return f"it is rounded to {digits} decimals"


def along(*steps: tuple[str, float | None]) -> tuple[Step, ...]:
    """Steps from pairs of reason and value."""
    return tuple(Step(because, value) for because, value in steps)


@dataclass(frozen=True, slots=True)
class Sheet:
    """One point in the words of one tool."""

    point: Point
    label: str
    """The point as our reports call it."""
    terms: Sequence[Term]
    """What a page shows of it."""
    document: Any
    """What the tool would write of it, as JSON types."""
    name: str = ""
    """Of the tool's file, where it follows from the load."""
    notes: Sequence[str] = ()
    """What the records of this point cannot tell."""


@dataclass(frozen=True, slots=True)
class Tool:
    """Another tool, and how its words are made."""

    title: str
    """As people call it, with the version whose source was read."""
    read: Callable[[Material], Sheet]
    files: Callable[[Sequence[Sheet]], Mapping[str, Any]]
    """Paths in the tool's folder -> what to write there: text, or JSON types."""
    notes: tuple[str, ...] = field(default=())
    """What holds for every run: where its way of measuring leaves no trace in our records."""


def _same(one: float, other: float) -> bool:
    return abs(one - other) <= 1e-9 * max(abs(one), abs(other))
