"""From scored answers to the figures of a task: overall, by category and by subset.

Every figure comes twice: over the scored answers, and over all that were asked, where an unscored
answer counts as 0. Pure functions on scores; knows nothing of servers, stores or displays. Scores
are shares of 1, tokens are counts, latencies milliseconds; unknown is ``None``.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

import msgspec

from perfbench.evaluation.figures import repeats
from perfbench.evaluation.figures.intervals import (
    UNBOUNDED,
    Estimate,
    Scale,
    Term,
    average,
    mean_of,
)
from perfbench.evaluation.figures.repeats import Draws
from perfbench.types import Score, ScoredAnswer, Unscored

REASONS: tuple[Unscored, ...] = get_args(Unscored)
"""Why answers are unscored, in the order reports list them."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One averaged figure."""

    scored: Estimate
    """Over the scored answers."""
    over_all: Estimate
    """Over all answers asked for, where unscored counts as 0."""


@dataclass(frozen=True, slots=True)
class Counts:
    """How answers ended."""

    samples: int
    asked: int
    """Answers: samples times repeats. The sum of those scored and unscored."""
    scored: int
    request_failed: int
    cut_off: int
    no_answer: int
    no_reference: int
    grading_failed: int
    no_verdict: int
    sandbox_failed: int
    right: int | None
    """ScoredAnswer answers with value 1; ``None`` where the task gives partial credit."""


@dataclass(frozen=True, slots=True)
class Group:
    """The figures of a whole task, a category or a subset."""

    name: str
    category: str | None
    """Category of a subset."""
    counts: Counts
    coverage: float | None
    """Share of the answers that are scored."""
    figures: dict[str, Figure]
    """Averages over samples (micro), the task's metric first."""
    macro: dict[str, Figure]
    """Unweighted means of the subsets' averages; empty unless the group has several subsets."""
    ties: dict[str, float]
    """Mean probability of a tied vote among the scored answers, for each ``cons@k``."""
    mean_output_tokens: float | None
    """Over the answers whose tokens are known."""
    mean_latency_ms: float | None
    """Over the answers whose latency is known."""


@dataclass(frozen=True, slots=True)
class TaskResult:
    """Every figure of one task and one model."""

    metric: str
    """Name of the figure that ``Score.value`` averages to."""
    repeats: int
    ks: tuple[int, ...]
    overall: Group
    categories: tuple[Group, ...]
    subsets: tuple[Group, ...]


def aggregate(
    rows: Iterable[ScoredAnswer],
    metric: str = "accuracy",
    ks: Sequence[int] | None = None,
    thresholds: Sequence[float] = repeats.THRESHOLDS,
    weights: Mapping[str, str] | None = None,
) -> TaskResult:
    """Average the verdicts on answers; their order does not matter.

    Args:
        ks: the k of the figures of repeats; by default 1 and the number of repeats.
        thresholds: the shares of right answers that G-Pass@k asks for.
        weights: metric of ``Score.metrics`` to the metric that is its weight, for ratios over the
            parts of answers, such as instructions followed of instructions given.

    Raises:
        ConfigError: a k or a threshold is impossible.
        ValueError: an answer is there twice, or a score breaks its contract.
    """
    samples = grouped(rows)
    number = max((len(sample) for sample in samples), default=1)
    draws = Draws.of(number, ks, thresholds)
    plan = _Plan(metric, draws, *_kinds(samples), weights or {})
    portions = [_portion(sample, plan) for sample in samples]
    by_subset: dict[str, list[_Portion]] = defaultdict(list)
    by_category: dict[str, list[_Portion]] = defaultdict(list)
    for portion in portions:
        by_subset[portion.subset].append(portion)
        if portion.category is not None:
            by_category[portion.category].append(portion)
    return TaskResult(
        metric=metric,
        repeats=number,
        ks=draws.ks,
        overall=_group("overall", None, portions, plan),
        categories=tuple(
            _group(name, None, by_category[name], plan) for name in sorted(by_category)
        ),
        subsets=tuple(
            _group(name, members[0].category, members, plan) for name, members in by_subset.items()
        ),
    )


def plain(result: TaskResult) -> dict[str, Any]:
    """The result as JSON types; unknown is null, nothing is NaN."""
    built: dict[str, Any] = msgspec.to_builtins(result)
    return built


def grouped(rows: Iterable[ScoredAnswer]) -> list[list[ScoredAnswer]]:
    """The answers of each sample in the order of their repeats; samples sorted by subset and id.

    Raises:
        ValueError: an answer is there twice, or a score breaks its contract.
    """
    samples: dict[tuple[str, str], dict[int, ScoredAnswer]] = defaultdict(dict)
    for row in rows:
        answers = samples[row.subset, row.sample_id]
        if row.repeat in answers:
            raise ValueError(f"{row.subset}/{row.sample_id} has two answers {row.repeat}")
        _check(row)
        answers[row.repeat] = row
    return [[row for _, row in sorted(answers.items())] for _, answers in sorted(samples.items())]


@dataclass(frozen=True, slots=True)
class _Plan:
    metric: str
    draws: Draws
    verdicts: bool
    metrics: dict[str, Scale]
    """Every metric of ``Score.metrics`` that occurs."""
    weights: Mapping[str, str]

    def scales(self) -> dict[str, Scale]:
        """Every figure in the order it is shown, and what is known of its values."""
        scale = Scale(self.verdicts, 0.0, 1.0)
        found = {self.metric: scale} | {name: self.metrics[name] for name in sorted(self.metrics)}
        if self.draws.repeats > 1:
            found[f"avg@{self.draws.repeats}"] = scale
            found |= dict.fromkeys(repeats.names(self.draws, self.verdicts), scale)
        return found


@dataclass(frozen=True, slots=True)
class _Portion:
    """What one sample adds to every average: a term over its scored answers, one over all."""

    subset: str
    category: str | None
    rows: Sequence[ScoredAnswer]
    terms: dict[str, tuple[Term, Term | None]]
    ties: dict[str, float]


_NO_TERM = Term(0.0, 0.0, 0)


def _check(row: ScoredAnswer) -> None:
    score, where = row.score, f"{row.subset}/{row.sample_id}"
    if (score.value is None) != (score.unscored is not None):
        raise ValueError(f"{where}: a score has either a value or a reason why not")
    if score.value is not None and not 0 <= score.value <= 1:
        raise ValueError(f"{where}: a score lies in 0 to 1, not at {score.value}")
    for name, value in score.metrics.items():
        if not math.isfinite(value):
            raise ValueError(f"{where}: {name} is {value}")


def _kinds(samples: Sequence[Sequence[ScoredAnswer]]) -> tuple[bool, dict[str, Scale]]:
    """Whether scores are verdicts, and what is known of every further metric: one that never leaves
    0 to 1 is a share."""
    mixed: dict[str, bool] = {}
    beyond: set[str] = set()
    for sample in samples:
        for row in sample:
            for name, value in row.score.metrics.items():
                mixed[name] = mixed.get(name, False) or value not in (0, 1)
                if not 0 <= value <= 1:
                    beyond.add(name)
    metrics = {
        name: UNBOUNDED if name in beyond else Scale(not partial, 0.0, 1.0)
        for name, partial in mixed.items()
    }
    verdicts = all(row.score.value in (None, 0, 1) for sample in samples for row in sample)
    return verdicts, metrics


def _portion(sample: Sequence[ScoredAnswer], plan: _Plan) -> _Portion:
    scored = [row.score for row in sample if row.score.value is not None]
    asked = len(sample)
    total = math.fsum(score.value for score in scored if score.value is not None)
    main: tuple[Term, Term | None] = (
        Term(total, len(scored), len(scored)),
        Term(total, asked, asked),
    )
    terms = {name: _metric(name, scored, asked, plan) for name in plan.metrics}
    terms[plan.metric] = main
    ties: dict[str, float] = {}
    if plan.draws.repeats > 1:
        terms[f"avg@{plan.draws.repeats}"] = main
        told = repeats.told(scored, plan.draws, plan.verdicts)
        over_all = repeats.told([row.score for row in sample], plan.draws, plan.verdicts)
        ties = told.ties
        for name in repeats.names(plan.draws, plan.verdicts):
            terms[name] = (
                _single(told.figures.get(name), len(scored)),
                _single(over_all.figures.get(name), asked),
            )
    return _Portion(sample[0].subset, sample[0].category, sample, terms, ties)


def _single(value: float | None, answers: int) -> Term:
    return _NO_TERM if value is None else Term(value, 1.0, answers)


def _metric(
    name: str, scored: Sequence[Score], asked: int, plan: _Plan
) -> tuple[Term, Term | None]:
    """A further metric of one sample. A scored answer without it does not count."""
    having = [score.metrics for score in scored if name in score.metrics]
    weight = plan.weights.get(name)
    if weight is None:
        total = math.fsum(metrics[name] for metrics in having)
        known, of = len(having), len(having) + asked - len(scored)
        return Term(total, known, known), Term(total, of, of)
    total = math.fsum(metrics[name] * metrics[weight] for metrics in having)
    term = Term(total, math.fsum(metrics[weight] for metrics in having), len(having))
    return term, term if len(scored) == asked else None


def _group(name: str, category: str | None, portions: Sequence[_Portion], plan: _Plan) -> Group:
    by_subset: dict[str, list[_Portion]] = defaultdict(list)
    for portion in portions:
        by_subset[portion.subset].append(portion)
    figures, macro = {}, {}
    for figure, scale in plan.scales().items():
        scored, over_all = _columns(portions, figure)
        figures[figure] = Figure(average(scored, scale), average(over_all, scale))
        if len(by_subset) > 1:
            columns = [_columns(members, figure) for members in by_subset.values()]
            macro[figure] = Figure(
                mean_of([scored for scored, _ in columns], scale),
                mean_of([over_all for _, over_all in columns], scale),
            )
    counts = _counts(portions, plan.verdicts)
    rows = [row for portion in portions for row in portion.rows]
    return Group(
        name=name,
        category=category,
        counts=counts,
        coverage=counts.scored / counts.asked if counts.asked else None,
        figures=figures,
        macro=macro,
        ties=_ties(portions),
        mean_output_tokens=_known_mean(row.output_tokens for row in rows),
        mean_latency_ms=_known_mean(row.latency_ms for row in rows),
    )


def _columns(portions: Sequence[_Portion], figure: str) -> tuple[list[Term], list[Term]]:
    """The terms of a figure over the scored answers, and those over all.

    There are none over all if an unscored answer has a weight that cannot be known.
    """
    terms = [portion.terms[figure] for portion in portions]
    over_all = [term for _, term in terms if term is not None]
    return [term for term, _ in terms], over_all if len(over_all) == len(terms) else []


def _counts(portions: Sequence[_Portion], verdicts: bool) -> Counts:
    scores = [row.score for portion in portions for row in portion.rows]
    unscored = {reason: 0 for reason in REASONS}
    for score in scores:
        if score.unscored is not None:
            unscored[score.unscored] += 1
    right = sum(score.value == 1 for score in scores)
    return Counts(
        samples=len(portions),
        asked=len(scores),
        scored=len(scores) - sum(unscored.values()),
        right=right if verdicts else None,
        **unscored,
    )


def _ties(portions: Sequence[_Portion]) -> dict[str, float]:
    found: dict[str, list[float]] = defaultdict(list)
    for portion in portions:
        for name, chance in portion.ties.items():
            found[name].append(chance)
    return {name: math.fsum(chances) / len(chances) for name, chances in found.items()}


def _known_mean(values: Iterator[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return math.fsum(known) / len(known) if known else None
