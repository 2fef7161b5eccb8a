"""What makes a run fail by its figures: ``--abort-if`` while a point runs, ``--fail-if`` when all
are over.

An ``--abort-if`` is asked about twice a second, of the measured requests of the running point that
have ended, from ``gathered.LEAST`` of them on, and of a percentile from as many as support it; it
must hold, so a figure that cannot be said yet stops nothing. A ``--fail-if`` is a gate: it fails
where it holds, and also where it cannot be said.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from pathlib import Path

from perfbench.config.expressions import Expression, Worse
from perfbench.errors import ConfigError
from perfbench.metrics.comparison import LoadRun, incomparable, other_work
from perfbench.metrics.figures import figure
from perfbench.metrics.gathered import Gathered, gatherable
from perfbench.metrics.noninferiority import Judgement, worse_than
from perfbench.metrics.objectives import Aims, holds, known_expressions
from perfbench.perf.opposed import load_run_of, read_load_run
from perfbench.store import Run, find
from perfbench.types import Record, SearchPath, Summary

Judged = Mapping[str, Mapping[Worse, Judgement | str]]
"""By point and clause, what a comparison says, or why there is none."""


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


class Baselines:
    """The runs that ``--fail-if`` holds figures against."""

    def __init__(self, expressions: Sequence[Expression], outputs_dir: Path) -> None:
        """Find them, before there is any load.

        Raises:
            StoreError: there is no such run, or it is no load test.
            ConfigError: it holds no point.
        """
        names = [each.run for one in expressions for each in one.comparisons]
        self._found = {
            name: read_load_run(find(outputs_dir, name, "load test"))
            for name in dict.fromkeys(names)
        }

    def judged(self, expressions: Sequence[Expression], run: Run) -> Judged:
        """What each clause is of each point of a finished run, by the name of the point."""
        if not self._found:
            return {}
        own = load_run_of(run)
        clauses = [each for one in expressions for each in one.comparisons]
        return {
            reading.name: {clause: self._judge(clause, own, shape) for clause in clauses}
            for shape, readings in own.loads.items()
            for reading in readings
        }

    def _judge(self, clause: Worse, own: LoadRun, shape: Hashable) -> Judgement | str:
        baseline = self._found[clause.run]
        if shape not in baseline.loads:
            return f"{clause.run} has no such load"
        a, b = baseline.loads[shape], own.loads[shape]
        if why_not := incomparable(a, b, other_work(baseline, own)):
            return f"{why_not} (A is {clause.run})"
        return worse_than(clause.figure, a, b, clause.percent)


def failed_gates(
    expressions: Sequence[Expression],
    summaries: Sequence[Summary],
    search: SearchPath | None,
    judged: Judged,
) -> list[str]:
    """A line for each point and expression of ``--fail-if`` that it does not pass.

    In a search that is asked of the point of the answer: the others are beyond it on purpose.
    """
    if search is not None and expressions and search.point is None:
        return [f"--fail-if: the search has no answer to hold against {expressions[0]}"]
    points = [each for each in summaries if search is None or each.name == search.point]
    return [
        line
        for summary in points
        for line in _failed(expressions, summary, judged.get(summary.name, {}))
    ]


def _failed(
    expressions: Sequence[Expression],
    summary: Summary,
    judged: Mapping[Worse, Judgement | str],
) -> Iterator[str]:
    worse = {
        clause: None if isinstance(found, str) else _ANSWERS[found.answer]
        for clause, found in judged.items()
    }
    for expression in expressions:
        values = {each.figure: figure(summary, each.figure) for each in expression.limits}
        holding = holds(expression, values, worse)
        if holding is not False:
            how = "holds" if holding else "cannot be said"
            said = [str(judged[each]) for each in expression.comparisons if each in judged]
            facts = "; ".join(filter(None, (_said(values), *said)))
            yield f"{summary.name}: --fail-if {expression} {how}: {facts}"


_ANSWERS = {"worse": True, "not worse": False, "cannot be said": None}


def _said(values: Mapping[str, float | None]) -> str:
    return ", ".join(
        f"{name} is {'unknown' if value is None else f'{value:.5g}'}"
        for name, value in values.items()
    )
