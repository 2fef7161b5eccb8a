"""Two evaluation runs against each other, paired by sample: is the difference real?

The first run is A, the second B; differences are B minus A, in shares of 1. Each comparison comes
twice: over the samples scored in both runs, which decides the verdict, and over all samples asked
in both, where an unscored answer counts as 0. Pure functions on scored answers; knows nothing of
stores or displays. Unknown is ``None``.
"""

from __future__ import annotations

import dataclasses
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from perfbench.chance import SIGNIFICANCE, holm
from perfbench.evaluation.figures import paired
from perfbench.evaluation.figures.aggregate import grouped
from perfbench.types import ScoredAnswer

Test = Literal["mcnemar", "sign_flip"]
FlipKind = Literal[
    "right_to_wrong",
    "wrong_to_right",
    "lower",
    "higher",
    "scored_to_unscored",
    "unscored_to_scored",
]
SampleKey = tuple[str, str]
"""Subset and id of a sample."""


@dataclass(frozen=True, slots=True)
class ScoredTask:
    """What one run made of one task."""

    task: str
    rows: Sequence[ScoredAnswer]
    version: str | None = None
    """Hash of all that decides the score."""
    parts: Mapping[str, str] = field(default_factory=dict)
    """What the version is made of (``data``, ``generation``, ``scorer``), each as text or hash."""


@dataclass(frozen=True, slots=True)
class Difference:
    """How far apart two runs are over the same samples."""

    samples: int
    """Pairs compared."""
    a: float | None
    """Mean over samples; of a sample with repeats, their mean."""
    b: float | None
    difference: float | None
    low: float | None
    """Lower end of the 95 % interval of the difference."""
    high: float | None
    p: float | None
    """Two-sided p value of the hypothesis that there is no difference."""
    p_holm: float | None
    """The same, corrected for the number of tasks compared."""
    test: Test | None
    """``mcnemar``: one 0/1 verdict a sample. ``sign_flip``: repeats or partial credit; the interval
    is then a bootstrap."""

    @property
    def real(self) -> bool | None:
        """Whether the difference is shown to be more than chance; ``None`` if nothing is paired."""
        return None if self.p_holm is None else self.p_holm < SIGNIFICANCE


@dataclass(frozen=True, slots=True)
class Flip:
    """A sample that came out otherwise in the second run."""

    sample_id: str
    subset: str
    kind: FlipKind
    """``lower`` and ``higher`` are changes other than between all right and all wrong."""
    a: float | None
    """Mean score of its scored answers; ``None`` if it has none."""
    b: float | None


@dataclass(frozen=True, slots=True)
class TaskComparison:
    """One task in both runs."""

    task: str
    scored: Difference
    """Over the samples scored in both runs."""
    over_all: Difference
    """Over the samples asked in both runs; unscored answers count as 0."""
    flips: tuple[Flip, ...]
    only_a: tuple[SampleKey, ...]
    """Samples that only the first run asked."""
    only_b: tuple[SampleKey, ...]
    warnings: tuple[str, ...]
    verdict: str

    @property
    def flip_counts(self) -> dict[FlipKind, int]:
        """Number of flips of each kind that occurred."""
        return dict(Counter(flip.kind for flip in self.flips))


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two runs, task by task."""

    tasks: tuple[TaskComparison, ...]
    only_a: tuple[str, ...]
    """Tasks that only the first run has."""
    only_b: tuple[str, ...]
    warnings: tuple[str, ...]
    verdict: str

    def table(self) -> list[dict[str, str | int | float | None]]:
        """One row for each task, ready to be printed: column name to value."""
        return [_table_row(each) for each in self.tasks]


Values = Sequence[float | None]
"""The scores of one sample's answers, ``None`` where unscored."""


@dataclass(frozen=True, slots=True)
class _Pair:
    """One sample in both runs; the subset is the first run's."""

    key: SampleKey
    a: Values
    b: Values


def compare(a: Sequence[ScoredTask], b: Sequence[ScoredTask], seed: int = 0) -> Comparison:
    """Compare the tasks that both runs have, sample by sample.

    Args:
        seed: of the bootstrap and of the randomisation test.

    Raises:
        ValueError: a run has a task or an answer twice.
    """
    first, second = _by_name(a), _by_name(b)
    common = [name for name in first if name in second]
    found = _corrected([_task(first[name], second[name], seed) for name in common])
    tested = sum(each.scored.p is not None for each in found)
    tasks = tuple(dataclasses.replace(each, verdict=_verdict(each, tested)) for each in found)
    return Comparison(
        tasks=tasks,
        only_a=tuple(name for name in first if name not in second),
        only_b=tuple(name for name in second if name not in first),
        warnings=tuple(warning for each in tasks for warning in each.warnings),
        verdict=_summing_up(tasks),
    )


def _by_name(tasks: Sequence[ScoredTask]) -> dict[str, ScoredTask]:
    found = {each.task: each for each in tasks}
    if len(found) < len(tasks):
        raise ValueError("a run has the same task twice")
    return found


def _task(a: ScoredTask, b: ScoredTask, seed: int) -> TaskComparison:
    first, second = _by_sample(a.rows), _by_sample(b.rows)
    name_a, name_b = _names(first, second)
    twins = {name: key for key, name in name_b.items()}
    pairs = [
        _Pair(key, values, second[twins[name_a[key]]])
        for key, values in first.items()
        if name_a[key] in twins
    ]
    known = {name_a[pair.key] for pair in pairs}
    single = all(len(pair.a) == len(pair.b) == 1 for pair in pairs)
    verdicts = single and _all_verdicts(first) and _all_verdicts(second)
    kept = [(_mean(pair.a), _mean(pair.b)) for pair in pairs]
    scored = [(x, y) for x, y in kept if x is not None and y is not None]
    over_all = [(_mean_of_all(pair.a), _mean_of_all(pair.b)) for pair in pairs]
    return TaskComparison(
        task=a.task,
        scored=_difference(scored, verdicts, seed),
        over_all=_difference(over_all, verdicts, seed),
        flips=tuple(flip for pair in pairs if (flip := _flip(pair)) is not None),
        only_a=tuple(key for key in first if name_a[key] not in known),
        only_b=tuple(key for key in second if name_b[key] not in known),
        warnings=tuple(_warnings(a, b)),
        verdict="",
    )


def _by_sample(rows: Sequence[ScoredAnswer]) -> dict[SampleKey, Values]:
    return {
        (sample[0].subset, sample[0].sample_id): [row.score.value for row in sample]
        for sample in grouped(rows)
    }


def _names(*sides: Mapping[SampleKey, Values]) -> list[dict[SampleKey, SampleKey]]:
    """By what each side's samples are paired: the id alone if that is unique in every run.

    Then a run whose subsets were merged pairs with one whose subsets were not.
    """
    unique = all(len({sample_id for _, sample_id in side}) == len(side) for side in sides)
    return [{key: ("", key[1]) if unique else key for key in side} for side in sides]


def _all_verdicts(side: Mapping[SampleKey, Values]) -> bool:
    return all(value in (None, 0, 1) for values in side.values() for value in values)


def _mean(values: Values) -> float | None:
    known = [value for value in values if value is not None]
    return math.fsum(known) / len(known) if known else None


def _mean_of_all(values: Values) -> float:
    return math.fsum(value or 0.0 for value in values) / len(values)


def _difference(pairs: Sequence[tuple[float, float]], verdicts: bool, seed: int) -> Difference:
    samples = len(pairs)
    if not samples:
        return Difference(0, None, None, None, None, None, None, None, None)
    interval: paired.Interval | None
    test: Test
    if verdicts:
        lost, gained = sum(x > y for x, y in pairs), sum(x < y for x, y in pairs)
        interval, p = paired.bonett_price(lost, gained, samples), paired.mcnemar(lost, gained)
        test = "mcnemar"
    else:
        differences = [y - x for x, y in pairs]
        interval, p = paired.bootstrap(differences, seed), paired.sign_flip(differences, seed)
        test = "sign_flip"
    low, high = interval if interval is not None else (None, None)
    return Difference(
        samples=samples,
        a=math.fsum(x for x, _ in pairs) / samples,
        b=math.fsum(y for _, y in pairs) / samples,
        difference=math.fsum(y - x for x, y in pairs) / samples,
        low=low,
        high=high,
        p=p,
        p_holm=p,
        test=test,
    )


def _flip(pair: _Pair) -> Flip | None:
    a, b = _mean(pair.a), _mean(pair.b)
    if a == b:
        return None
    kind: FlipKind
    if b is None:
        kind = "scored_to_unscored"
    elif a is None:
        kind = "unscored_to_scored"
    elif (a, b) == (1, 0):
        kind = "right_to_wrong"
    elif (a, b) == (0, 1):
        kind = "wrong_to_right"
    else:
        kind = "lower" if b < a else "higher"
    subset, sample_id = pair.key
    return Flip(sample_id, subset, kind, a, b)


def _warnings(a: ScoredTask, b: ScoredTask) -> list[str]:
    """Why the two runs were not asked the same."""
    if a.version == b.version and a.version is not None:
        return []
    parts = {**a.parts, **b.parts}
    differing = [name for name in parts if a.parts.get(name) != b.parts.get(name)]
    if differing:
        what = f"{', '.join(differing)} not the same in both runs"
    elif a.version is None or b.version is None:
        return [f"{a.task}: the version of the task is unknown, so it may not be the same question"]
    else:
        what = "data, prompt, few-shot examples, extraction, scorer or sampling not the same"
    versions = f"versions {a.version or '–'} and {b.version or '–'}"
    return [f"{a.task}: {what} ({versions}): the difference may be theirs, not the model's"]


def _corrected(tasks: Sequence[TaskComparison]) -> list[TaskComparison]:
    """With Holm's correction for the number of tasks, of each of the two differences."""
    scored = holm([each.scored.p for each in tasks])
    over_all = holm([each.over_all.p for each in tasks])
    return [
        dataclasses.replace(
            each,
            scored=dataclasses.replace(each.scored, p_holm=p),
            over_all=dataclasses.replace(each.over_all, p_holm=q),
        )
        for each, p, q in zip(tasks, scored, over_all, strict=True)
    ]


def _verdict(each: TaskComparison, tasks: int) -> str:
    """One sentence, and a second one where the unscored answers change the picture."""
    if each.scored.real is None:
        text = f"{each.task}: cannot be compared: no sample is scored in both runs."
    else:
        text = f"{each.task}: {_finding(each.scored, tasks)}"
    if bool(each.over_all.real) != bool(each.scored.real):
        text += f" With unscored answers counted as not right, {_finding(each.over_all, tasks)}"
    return text


def _finding(found: Difference, tasks: int) -> str:
    difference, p = found.difference or 0.0, found.p_holm or 0.0
    words = f"{abs(difference) * 100:.2f} points {'above' if difference > 0 else 'below'} A"
    facts = []
    if found.low is not None and found.high is not None:
        facts.append(f"95 % interval {found.low * 100:+.2f} to {found.high * 100:+.2f}")
    chance = f"p = {p:.2g}" if p >= 1e-4 else "p < 0.0001"
    facts.append(f"{chance} corrected for {tasks} tasks" if tasks > 1 else chance)
    facts.append(f"{found.samples} samples")
    end = "the difference is real" if found.real else "a difference is not shown"
    return f"B is {words if difference else 'level with A'} ({', '.join(facts)}): {end}."


def _summing_up(tasks: Sequence[TaskComparison]) -> str:
    if not tasks:
        return "The runs have no task in common."
    better = [each.task for each in tasks if each.scored.real and (each.scored.difference or 0) > 0]
    worse = [each.task for each in tasks if each.scored.real and (each.scored.difference or 0) < 0]
    found = []
    if better:
        found.append(f"B is better on {', '.join(better)}")
    if worse:
        found.append(f"B is worse on {', '.join(worse)}")
    level = [each.task for each in tasks if each.scored.real is False]
    if level:
        found.append(f"no difference is shown on {len(level)} of {len(tasks)} tasks")
    unpaired = [each.task for each in tasks if each.scored.real is None]
    if unpaired:
        found.append(f"nothing was scored in both on {', '.join(unpaired)}: cannot be compared")
    return f"{'; '.join(found)}."


def _table_row(each: TaskComparison) -> dict[str, str | int | float | None]:
    row: dict[str, str | int | float | None] = {"task": each.task}
    for name in ("samples", "a", "b", "difference", "low", "high", "p", "p_holm", "test"):
        row[name] = getattr(each.scored, name)
    counts = each.flip_counts
    better = counts.get("wrong_to_right", 0) + counts.get("higher", 0)
    worse = counts.get("right_to_wrong", 0) + counts.get("lower", 0)
    row |= {
        "better": better,
        "worse": worse,
        "scored_to_unscored": counts.get("scored_to_unscored", 0),
        "unscored_to_scored": counts.get("unscored_to_scored", 0),
        "only_a": len(each.only_a),
        "only_b": len(each.only_b),
        "difference_over_all": each.over_all.difference,
        "p_holm_over_all": each.over_all.p_holm,
        "verdict": None
        if each.scored.real is None
        else "real"
        if each.scored.real
        else "not shown",
    }
    return row
