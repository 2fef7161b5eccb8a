"""What makes a run fail by its figures: ``--abort-if`` while a point runs, ``--fail-if`` when all
are over.

An ``--abort-if`` is asked about twice a second, of the measured requests of the running point that
have ended, from ``gathered.LEAST`` of them on, and of a percentile from as many as support it; it
must hold, so a figure that cannot be said yet stops nothing. A ``--fail-if`` is a gate: it fails
where it holds, and also where it cannot be said.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from perfbench.config.expressions import Expression
from perfbench.errors import ConfigError
from perfbench.metrics.gathered import Gathered, gatherable
from perfbench.metrics.objectives import Aims, holds, known_expressions, objective
from perfbench.types import Record, SearchPath, Summary


class Abort:
    """Ends a point as soon as one of some expressions holds."""

    def __init__(self, expressions: Sequence[Expression], aims: Aims) -> None:
        self._expressions = expressions
        names = {clause.figure for each in expressions for clause in each.clauses}
        self._gathered = Gathered(sorted(names), aims.limits_ms)

    def hear(self, records: Sequence[Record]) -> None:
        """Take in finished requests."""
        self._gathered.add(records)

    def enough(self) -> str | None:
        """Which expression holds, and of what."""
        figures = self._gathered.figures()
        for expression in self._expressions:
            if holds(expression, figures):
                said = _said({c.figure: figures[c.figure] for c in expression.clauses})
                return (
                    f"--abort-if {expression}: {said} after {self._gathered.ended:,} requests, "
                    "so the run ends here"
                )
        return None


def abort_expressions(texts: Sequence[str]) -> tuple[Expression, ...]:
    """The expressions of ``--abort-if``.

    Raises:
        ConfigError: one is none, or is of a figure that only a finished point has.
    """
    found = known_expressions(texts, "--abort-if")
    for expression in found:
        for clause in expression.clauses:
            if not gatherable(clause.figure):
                raise ConfigError(
                    f"--abort-if: {clause.figure} is known only when a point is over: "
                    "give it to --fail-if"
                )
    return found


def failed_gates(
    expressions: Sequence[Expression], summaries: Sequence[Summary], search: SearchPath | None
) -> list[str]:
    """A line for each point and expression of ``--fail-if`` that it does not pass.

    In a search that is asked of the point of the answer: the others are beyond it on purpose.
    """
    if search is not None and expressions and search.point is None:
        return [f"--fail-if: the search has no answer to hold against {expressions[0]}"]
    points = [each for each in summaries if search is None or each.name == search.point]
    return [line for summary in points for line in _failed(expressions, summary)]


def _failed(expressions: Sequence[Expression], summary: Summary) -> Iterator[str]:
    for expression in expressions:
        found = objective(expression, summary)
        if found.attained != "missed":
            how = "holds" if found.attained == "met" else "cannot be said"
            yield f"{summary.name}: --fail-if {expression} {how}: {_said(found.values)}"


def _said(values: Mapping[str, float | None]) -> str:
    return ", ".join(
        f"{name} is {'unknown' if value is None else f'{value:.5g}'}"
        for name, value in values.items()
    )
