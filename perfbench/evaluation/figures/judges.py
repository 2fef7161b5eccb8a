"""What judges say of answers: from several judgements of one answer to its score, and how far
judges agree with each other, with themselves and with rules.

Pure functions on judgements; knows no store, no prompt and no service. Shares are of 1, intervals
95 %, clustered by question; unknown is ``None``.
"""

from __future__ import annotations

import statistics
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from perfbench.evaluation.figures.agreement import (
    Agreement,
    cohen_kappa,
    confusion,
    krippendorff_alpha,
)
from perfbench.evaluation.figures.intervals import Estimate, Scale, Term, average
from perfbench.types import Aggregate, Judgement, Judging, Score, ScoredAnswer

_SHARE = Scale(True, 0.0, 1.0)


@dataclass(frozen=True, slots=True)
class JudgeFigures:
    """One judge: how often it gave a verdict, and how far it agrees with itself."""

    judge: str
    judgements: int
    """Wanted of it."""
    verdicts: int
    no_verdict: int
    failed: int
    """Requests that failed, or were not sent."""
    score: float | None
    """Mean worth of its verdicts."""
    repeats: Estimate
    """Share of the questions, asked of it several times, to which all its verdicts are the same."""
    orders: Estimate
    """Share of the comparisons on which it says the same in both orders."""
    first: Estimate
    """Share of its decided verdicts, over both orders, for what was shown first: 0.5 is unbiased.
    """


@dataclass(frozen=True, slots=True)
class RuleAgreement:
    """A rule and the judges on the same answers, both saying right or wrong."""

    kappa: Agreement
    """Cohen's."""
    confusion: dict[str, dict[str, int]]
    """By what the rule said, then by what the judges said: ``right``, ``wrong``."""


@dataclass(frozen=True, slots=True)
class PanelFigures:
    """What is known of the judges behind a score."""

    judges: tuple[JudgeFigures, ...]
    alpha: Agreement | None = None
    """Krippendorff's, between judges; ``None`` where there is one."""
    level: str = "nominal"
    rule: RuleAgreement | None = None
    own: tuple[str, ...] = ()
    """Judges that are the model they judge: models tend to prefer their own answers."""


def combined(judgements: Sequence[Judgement], judging: Judging) -> Score:
    """The score of one answer from all that judges said of it.

    A judge counts once, whatever its repeats. Of a comparison it counts if it gave a verdict in
    both orders; where these differ, it says that both are as good.
    """
    own = {judge: _own(said, judging.aggregate) for judge, said in _by_judge(judgements).items()}
    valid = [score for score in own.values() if score is not None]
    if len(valid) < max(1, judging.min_valid):
        return _none(judgements, f"{len(valid)} of {len(own)} judges have a verdict", judging)
    value = _aggregated([score.value for score in valid if score.value is not None], judging)
    if value is None:
        said = ", ".join(f"{name}: {score.value:g}" for name, score in own.items() if score)
        return Score(None, unscored="no_verdict", why=f"no majority ({said})")
    names = {name for score in valid for name in score.metrics}
    metrics = {
        name: statistics.fmean(score.metrics[name] for score in valid if name in score.metrics)
        for name in names
    }
    stated = {each.score.answer for each in judgements if each.score.value is not None}
    return Score(
        value,
        answer=stated.pop() if len(stated) == 1 else None,
        why="; ".join(_told(each) for each in judgements) if len(judgements) > 1 else "",
        scorer="judgement",
        metrics=metrics,
    )


def panel_figures(
    answers: Sequence[ScoredAnswer],
    judging: Judging,
    rules: Mapping[tuple[str, int], Score],
    own: tuple[str, ...] = (),
) -> PanelFigures:
    """What is known of the judges of these answers.

    Args:
        rules: what a rule says of each answer, by its hash and repeat; empty if none was asked.
        own: judges that are the model they judge.
    """
    judges = list(dict.fromkeys(j.judge for each in answers for j in each.judgements))
    rated = any("rating" in j.score.metrics for each in answers for j in each.judgements)
    alpha = None
    if len(judges) > 1:
        units, clusters = [], []
        for each in answers:
            said = _by_judge(each.judgements)
            found = [_own(said.get(judge, []), judging.aggregate) for judge in judges]
            units.append([score.value if score is not None else None for score in found])
            clusters.append(_cluster(each))
        alpha = krippendorff_alpha(units, "interval" if rated else "nominal", clusters)
    return PanelFigures(
        judges=tuple(_judge(name, answers) for name in judges),
        alpha=alpha,
        level="interval" if rated else "nominal",
        rule=_with_rule(answers, rules) if rules else None,
        own=own,
    )


def _by_judge(judgements: Iterable[Judgement]) -> dict[str, list[Judgement]]:
    found: dict[str, list[Judgement]] = defaultdict(list)
    for each in judgements:
        found[each.judge].append(each)
    return found


def _own(judgements: Sequence[Judgement], aggregate: Aggregate) -> Score | None:
    """What one judge says of one answer, its repeats and both orders taken together."""
    orders = {each.swapped for each in judgements}
    by_repeat: dict[int, list[Score]] = defaultdict(list)
    for each in judgements:
        if each.score.value is not None:
            by_repeat[each.repeat].append(each.score)
    whole = [scores for scores in by_repeat.values() if len(scores) == len(orders)]
    if not whole:
        return None
    values = [statistics.fmean(score.value or 0.0 for score in scores) for scores in whole]
    value = _majority(values) if aggregate == "majority" else statistics.fmean(values)
    if value is None:
        return None
    scores = [score for found in whole for score in found]
    metrics = {
        name: statistics.fmean(score.metrics[name] for score in scores)
        for name in scores[0].metrics
    }
    return replace(scores[0], value=value, metrics=metrics)


def _aggregated(values: Sequence[float], judging: Judging) -> float | None:
    if judging.aggregate == "majority":
        return _majority(values)
    if judging.aggregate == "median":
        return statistics.median(values)
    return statistics.fmean(values)


def _majority(values: Sequence[float]) -> float | None:
    """The value that most are; ``None`` where two are as frequent."""
    counts = Counter(values).most_common(2)
    return None if len(counts) > 1 and counts[0][1] == counts[1][1] else counts[0][0]


def _none(judgements: Sequence[Judgement], why: str, judging: Judging) -> Score:
    if len(judgements) == 1:
        why = judgements[0].score.why
    elif judging.min_valid > 1:
        why = f"{why}, {judging.min_valid} are needed"
    reasons = {each.score.unscored for each in judgements} - {None}
    failed = bool(reasons) and reasons <= {"request_failed"}
    return Score(None, unscored="request_failed" if failed else "no_verdict", why=why)


def _told(each: Judgement) -> str:
    told = each.judge
    if each.repeat:
        told += f" ({each.repeat + 1})"
    if each.swapped:
        told += " swapped"
    return f"{told}: {each.score.answer or each.score.unscored}"


def _cluster(answer: ScoredAnswer) -> Hashable:
    return answer.subset, answer.sample_id


def _judge(name: str, answers: Sequence[ScoredAnswer]) -> JudgeFigures:
    said = [(each, [j for j in each.judgements if j.judge == name]) for each in answers]
    every = [j for _, found in said for j in found]
    values = [j.score.value for j in every if j.score.value is not None]
    reasons = Counter(j.score.unscored for j in every)
    repeats, orders, first = [], [], []
    for answer, found in said:
        by_order: dict[bool, list[Score]] = defaultdict(list)
        by_repeat: dict[int, dict[bool, float]] = defaultdict(dict)
        for j in found:
            if j.score.value is not None:
                by_order[j.swapped].append(j.score)
                by_repeat[j.repeat][j.swapped] = j.score.value
        several = [{s.answer for s in scores} for scores in by_order.values() if len(scores) > 1]
        repeats.append((answer, [len(stated) == 1 for stated in several]))
        both = [shown for shown in by_repeat.values() if len(shown) == 2]
        orders.append((answer, [shown[False] == shown[True] for shown in both]))
        decided = [
            (value > 0.5) != swapped
            for shown in both
            for swapped, value in shown.items()
            if value != 0.5
        ]
        first.append((answer, decided))
    return JudgeFigures(
        judge=name,
        judgements=len(every),
        verdicts=len(values),
        no_verdict=reasons["no_verdict"] + reasons["grading_failed"],
        failed=reasons["request_failed"],
        score=statistics.fmean(values) if values else None,
        repeats=_share(repeats),
        orders=_share(orders),
        first=_share(first),
    )


def _share(found: Iterable[tuple[ScoredAnswer, Sequence[bool]]]) -> Estimate:
    """The share that is true, all of one question together."""
    clusters: dict[Hashable, list[bool]] = defaultdict(list)
    for answer, values in found:
        clusters[_cluster(answer)] += values
    terms = [Term(sum(values), len(values), len(values)) for values in clusters.values() if values]
    return average(terms, _SHARE)


_WORDS = {1.0: "right", 0.0: "wrong"}


def _with_rule(
    answers: Sequence[ScoredAnswer], rules: Mapping[tuple[str, int], Score]
) -> RuleAgreement:
    pairs, clusters = [], []
    for each in answers:
        rule = rules.get((each.hash, each.repeat))
        if rule is None or rule.value not in _WORDS or each.score.value not in _WORDS:
            continue
        pairs.append((_WORDS[rule.value or 0.0], _WORDS[each.score.value or 0.0]))
        clusters.append(_cluster(each))
    table = {first: dict.fromkeys(_WORDS.values(), 0) for first in _WORDS.values()}
    for first, row in confusion(pairs).items():
        for second, count in row.items():
            table[str(first)][str(second)] = count
    return RuleAgreement(cohen_kappa(pairs, clusters), table)
