"""Load tests against each other: which figures differ by more than chance, and by how much.

The first run is the baseline A, every other one a B; differences are B relative to A, on the
logarithmic scale inside (5 % slower is as far off as 1/1.05). How well a difference is known comes
from the runs of the same load on both sides where there are several (the spread between runs),
else from within the two runs and an assumed spread between runs. p values are corrected for all
figures of all loads that were looked at (Holm). Pure; ``docs/comparing.md`` has the formulas.
Unknown is ``None``.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from perfbench.chance import SIGNIFICANCE, holm, student_outside, student_quantile
from perfbench.metrics.repeats import FIGURES, THROUGHPUTS
from perfbench.metrics.uncertainty import Estimate
from perfbench.types import Verdict

RUN_SPREAD = 0.005
"""Standard deviation by which figures of two runs of one service differ for reasons that are not in
the runs, where nothing tells it: relative."""

POWER = 0.8
"""With which the smallest difference that could have been seen is seen."""

Source = Literal["within runs", "between runs"]
Change = Literal["better", "worse", "not shown"]

_EXACT = 1e-9
"""Relative error of what was the same in every run: rounding."""
_BUSY = 0.02
"""Share of the time without a core from which it is said."""
_OTHER_LENGTH = 0.05
"""Relative difference of mean lengths, or difference of shares that were cached, from which it is
said."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What one run made of one load."""

    name: str
    """Of the point."""
    estimates: Mapping[str, Estimate]
    """By name of figure; those that are known."""
    completed: int
    failed: int
    """By themselves: without those that perfbench cut."""
    verdict: Verdict | None
    interrupted: bool = False
    busy: float = 0.0
    """Share of the time in which a worker of ours had no core, because others had them."""
    tokens: tuple[float | None, float | None] = (None, None)
    """Mean input and output tokens of a request."""
    cached: float | None = None
    """Share of the input that came from the service's prefix cache."""


@dataclass(frozen=True, slots=True)
class LoadRun:
    """One run: its loads with their repeats, and the settings that say what was measured."""

    name: str
    settings: Mapping[str, Any]
    workload: Mapping[str, Any]
    """Those of the settings that say what was asked."""
    loads: Mapping[Hashable, Sequence[Reading]]
    """By shape of the load."""
    labels: Mapping[Hashable, str]
    """How each load is called."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One figure of one load in both runs."""

    figure: str
    a: float
    """In the unit of the figure; over repeats their geometric mean."""
    b: float
    difference: float
    """B - A."""
    relative: float
    """(B - A) / A."""
    low: float | None
    """Lower end of the 95 % interval of ``relative``."""
    high: float | None
    p: float | None
    """Two-sided p value of the hypothesis that there is no difference."""
    p_holm: float | None
    """The same, corrected for all that were looked at."""
    smallest: float | None
    """The least slow-down, relative, that would have been found real with 80 % probability."""
    source: Source | None
    """What the interval comes from; ``None`` if there is none."""
    error: float | None
    """Standard error of ln(B / A)."""
    freedom: float | None
    """Its degrees of freedom."""
    change: Change | None
    """What is shown of B; ``None`` if nothing can be said."""


@dataclass(frozen=True, slots=True)
class LoadComparison:
    """One load in both runs."""

    load: str
    runs: tuple[int, int]
    """How often each side ran it."""
    why_not: str | None
    """Why it cannot be compared; ``None`` if it can."""
    notes: tuple[str, ...]
    """What to know of it."""
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class RunComparison:
    """One run against the baseline."""

    run: str
    settings: tuple[tuple[str, Any, Any], ...]
    """Those that differ: name, value in A, value in B."""
    loads: tuple[LoadComparison, ...]
    only_a: tuple[str, ...]
    """Loads that only the baseline has."""
    only_b: tuple[str, ...]
    verdict: str


@dataclass(frozen=True, slots=True)
class LoadTestComparison:
    """A baseline and all that was held against it."""

    baseline: str
    runs: tuple[RunComparison, ...]
    tests: int
    """Figures looked at, over all runs and loads: what p values are corrected for."""
    run_spread: float
    """Assumed spread between runs where there are no repeats, relative."""

    def table(self) -> list[dict[str, Any]]:
        """One row for each figure of each load of each run: column name to value."""
        return [
            {"run": run.run, "load": load.load, **asdict(each)}
            for run in self.runs
            for load in run.loads
            for each in load.differences
        ]


@dataclass(frozen=True, slots=True)
class Contrast:
    """One figure on both sides, as logarithms, and how well their difference is known."""

    a: float
    b: float
    error: float | None
    """Standard error of ``b - a``; ``None`` if nothing tells it."""
    freedom: float
    source: Source

    @property
    def p(self) -> float | None:
        """Two-sided p value of no difference."""
        if self.error is None:
            return None
        return student_outside((self.b - self.a) / self.error, self.freedom)

    def bounds(self, level: float) -> tuple[float, float] | None:
        """The lower and the upper bound of ``b - a``, each one-sided at this level."""
        if self.error is None:
            return None
        half = student_quantile(self.freedom, level) * self.error
        return self.b - self.a - half, self.b - self.a + half

    def smallest(self, tests: int) -> float | None:
        """The least relative slow-down that one of so many tests finds with ``POWER``."""
        if self.error is None:
            return None
        seen = student_quantile(self.freedom, 1 - SIGNIFICANCE / (2 * tests))
        return math.expm1((seen + student_quantile(self.freedom, POWER)) * self.error)


@dataclass(frozen=True, slots=True)
class _Pair:
    """One load on both sides, before anything is corrected."""

    load: str
    a: Sequence[Reading]
    b: Sequence[Reading]
    why_not: str | None
    contrasts: Mapping[str, Contrast]


def compare_load_tests(
    baseline: LoadRun, others: Sequence[LoadRun], run_spread: float = RUN_SPREAD
) -> LoadTestComparison:
    """Hold every other run against the baseline, load by load and figure by figure."""
    paired = [_pairs(baseline, other, run_spread) for other in others]
    p_values = [each.p for pairs in paired for pair in pairs for each in pair.contrasts.values()]
    corrected = iter(holm(p_values))
    tests = sum(p is not None for p in p_values)
    runs = []
    for other, pairs in zip(others, paired, strict=True):
        loads = tuple(_load(pair, corrected, tests) for pair in pairs)
        runs.append(
            RunComparison(
                run=other.name,
                settings=tuple(_differing(baseline.settings, other.settings)),
                loads=loads,
                only_a=tuple(_missing(baseline, other)),
                only_b=tuple(_missing(other, baseline)),
                verdict=_verdict(loads),
            )
        )
    return LoadTestComparison(baseline.name, tuple(runs), tests, run_spread)


def contrast(
    figure: str, a: Sequence[Reading], b: Sequence[Reading], run_spread: float = RUN_SPREAD
) -> Contrast | None:
    """One figure on both sides; ``None`` if one side does not know it.

    Several runs on either side show how far runs of one service differ: that spread, pooled over
    both sides, is what a difference is held against (Student 1908). A single run on each side knows
    its figure as well as its requests tell, and ``run_spread`` is added for each.
    """
    sides = [
        [each.estimates[figure] for each in side if figure in each.estimates] for side in (a, b)
    ]
    if not all(sides):
        return None
    logs = [[math.log(each.value) for each in side] for side in sides]
    mean_a, mean_b = (math.fsum(side) / len(side) for side in logs)
    freedom = len(logs[0]) + len(logs[1]) - 2
    if freedom:
        squares = math.fsum((x - mean_a) ** 2 for x in logs[0])
        squares += math.fsum((x - mean_b) ** 2 for x in logs[1])
        error = math.sqrt(squares / freedom * (1 / len(logs[0]) + 1 / len(logs[1])))
        return Contrast(mean_a, mean_b, max(error, _EXACT), freedom, "between runs")
    known = [(each.error, each.freedom) for side in sides for each in side]
    variance, uncertain = 0.0, 0.0
    for own, its_freedom in known:
        if own is None or its_freedom is None:
            return Contrast(mean_a, mean_b, None, 0, "within runs")
        variance += own**2 + run_spread**2
        uncertain += own**4 / its_freedom
    error = max(math.sqrt(variance), _EXACT)
    # Satterthwaite's degrees of freedom; the assumed spread has no error of its own.
    freedom_within = variance**2 / uncertain if uncertain else math.inf
    return Contrast(mean_a, mean_b, error, freedom_within, "within runs")


def _pairs(baseline: LoadRun, other: LoadRun, run_spread: float) -> list[_Pair]:
    workload = other_work(baseline, other)
    pairs = []
    for shape, a in baseline.loads.items():
        if shape not in other.loads:
            continue
        b = other.loads[shape]
        why_not = incomparable(a, b, workload)
        contrasts = {}
        if why_not is None:
            a, b = ([each for each in side if each.estimates] for side in (a, b))
            found = {name: contrast(name, a, b, run_spread) for name in FIGURES}
            contrasts = {name: each for name, each in found.items() if each is not None}
        pairs.append(_Pair(baseline.labels[shape], a, b, why_not, contrasts))
    return pairs


def other_work(a: LoadRun, b: LoadRun) -> list[str]:
    """Names of the settings by which other work was asked for."""
    return [name for name, _, _ in _differing(a.workload, b.workload)]


def incomparable(a: Sequence[Reading], b: Sequence[Reading], workload: Sequence[str]) -> str | None:
    """Why the readings of one load cannot be compared; ``None`` if they can.

    Args:
        workload: what :func:`other_work` names.
    """
    if workload:
        return f"other work was asked for: {', '.join(workload)} not the same"
    for side, readings in (("A", a), ("B", b)):
        if not any(each.completed for each in readings):
            return f"nothing succeeded in {side}"
        limited = [each.name for each in readings if each.verdict == "saturated"]
        if limited:
            return f"the client was saturated in {side}: its figures are the client's own"
    return None


def _load(pair: _Pair, corrected: Iterator[float | None], tests: int) -> LoadComparison:
    differences = tuple(
        _difference(name, each, next(corrected), tests) for name, each in pair.contrasts.items()
    )
    return LoadComparison(
        load=pair.load,
        runs=(len(pair.a), len(pair.b)),
        why_not=pair.why_not,
        notes=() if pair.why_not else tuple(_notes(pair.a, pair.b)),
        differences=differences,
    )


def _difference(figure: str, found: Contrast, p_holm: float | None, tests: int) -> Difference:
    a, b = math.exp(found.a), math.exp(found.b)
    ends = found.bounds(0.975)
    low, high = (None, None) if ends is None else map(math.expm1, ends)
    return Difference(
        figure=figure,
        a=a,
        b=b,
        difference=b - a,
        relative=math.expm1(found.b - found.a),
        low=low,
        high=high,
        p=found.p,
        p_holm=p_holm,
        smallest=found.smallest(tests),
        source=None if found.error is None else found.source,
        error=found.error,
        freedom=None if found.error is None or math.isinf(found.freedom) else found.freedom,
        change=_change(figure, found.b - found.a, p_holm),
    )


def _change(figure: str, difference: float, p_holm: float | None) -> Change | None:
    if p_holm is None:
        return None
    if p_holm >= SIGNIFICANCE:
        return "not shown"
    return "worse" if is_worse(figure, difference) else "better"


def is_worse(figure: str, difference: float) -> bool:
    """Whether a difference of this sign is to the worse: less of a throughput, more of a time."""
    return (difference < 0) if figure in THROUGHPUTS else (difference > 0)


def _notes(a: Sequence[Reading], b: Sequence[Reading]) -> Iterator[str]:
    strained = [s for s, side in (("A", a), ("B", b)) if any(r.verdict == "strained" for r in side)]
    if strained:
        yield (
            f"the client was strained in {' and '.join(strained)}: part of a difference may be its "
            "own"
        )
    busy = max(each.busy for each in (*a, *b))
    if busy > _BUSY and len(a) == len(b) == 1:
        yield (
            f"other work had the cores for up to {busy:.0%} of the time: percentiles of ITL are "
            "only known as well as that allows"
        )
    if any(each.interrupted for each in (*a, *b)):
        yield "interrupted before the plan was done: what had finished is compared"
    failed = [(sum(r.failed for r in side), sum(r.completed for r in side)) for side in (a, b)]
    if any(count for count, _ in failed):
        said = (
            f"{count:,} of {count + ok:,} in {s}"
            for s, (count, ok) in zip("AB", failed, strict=True)
        )
        yield f"failed: {', '.join(said)}; the figures are of the requests that succeeded"
    shares = [[r.cached for r in side if r.cached is not None] for side in (a, b)]
    if all(shares):
        first, second = (math.fsum(side) / len(side) for side in shares)
        if abs(second - first) > _OTHER_LENGTH:
            yield (
                f"from the service's prefix cache: {first:.0%} of the input in A, {second:.0%} in "
                "B, so that the two did not do the same work before the first token"
            )
    for place, what in enumerate(("input", "output")):
        known = [[t for r in side if (t := r.tokens[place]) is not None] for side in (a, b)]
        if all(known):
            first, second = (math.fsum(side) / len(side) for side in known)
            if abs(second - first) > _OTHER_LENGTH * first:
                yield f"{what} tokens of a request: {first:,.1f} in A, {second:,.1f} in B"


def _differing(a: Mapping[str, Any], b: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    """What both say, and otherwise: what one version has no word for is no difference."""
    for name in a:
        if name in b and a[name] != b[name]:
            yield name, a[name], b[name]


def _missing(run: LoadRun, other: LoadRun) -> list[str]:
    return [run.labels[shape] for shape in run.loads if shape not in other.loads]


def _verdict(loads: Sequence[LoadComparison]) -> str:
    compared = [load for load in loads if load.why_not is None]
    if not compared:
        return "No load can be compared."
    changes: dict[Change, list[str]] = {"worse": [], "better": []}
    for load in compared:
        where = f" at {load.load}" if len(compared) > 1 else ""
        for change, found in changes.items():
            real = [each for each in load.differences if each.change == change]
            if real:
                most = max(real, key=lambda each: abs(each.relative))
                also = f" and {len(real) - 1} more" if len(real) > 1 else ""
                found.append(f"{most.figure} {most.relative:+.1%}{also}{where}")
    said = [f"B is {change}: {'; '.join(found)}" for change, found in changes.items() if found]
    if not said:
        known = [
            each for load in compared for each in load.differences if each.smallest is not None
        ]
        if not known:
            return "Too few requests to show a difference."
        best = min(known, key=lambda each: each.smallest or math.inf)
        said = [
            "No difference is shown; of the figures, "
            f"{best.figure} would have shown one of {best.smallest or 0:.1%}"
        ]
    return ". ".join(said) + "."
