"""What an evaluation tells of its subtasks: from its own objects to the plain data of events.

Holds no prompt and no answer but a few unscored ones, cut short.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Literal

from perfbench.evaluation.asking import Missing
from perfbench.evaluation.figures.aggregate import REASONS, Counts, Figure, Group
from perfbench.evaluation.grading import SubtaskScores, amounts
from perfbench.types import (
    Asking,
    Average,
    Part,
    Scored,
    ScoredAnswer,
    Subtask,
    SubtaskFacts,
    Summary,
    UnscoredAnswer,
)

MAX_EXAMPLES = 200
"""Unscored answers that are listed one by one."""
_LONGEST_TEXT = 400


def facts(subtask: Subtask) -> SubtaskFacts:
    """What is to be asked of whom, secrets masked."""
    generation = subtask.generation
    return SubtaskFacts(
        name=subtask.name,
        model=subtask.model,
        served_model=subtask.served_model,
        url=subtask.url,
        parallel=subtask.parallel,
        dataset=subtask.data_set,
        variant=subtask.asked_as,
        version=subtask.version,
        prompt=subtask.prompt,
        extractor=subtask.extractor,
        scorer=subtask.scorer,
        metric=subtask.metric,
        samples=subtask.samples,
        repeats=subtask.repeats,
        sampling={} if generation is None else {**generation.sampling, **generation.extra},
        notes=subtask.notes,
    )


def asking(subtask: Subtask, lacking: Missing) -> Asking:
    """What a subtask lacks."""
    return Asking(
        name=subtask.name,
        missing=len(lacking.requests),
        reused=lacking.reused,
        failed_before=lacking.failed_before,
        changed=lacking.changed,
    )


def scored(scores: SubtaskScores, performance: Sequence[Summary]) -> Scored:
    """The figures of a subtask, its categories and subsets, and what has no score."""
    result, overall = scores.result, scores.result.overall
    plain = amounts(scores)
    lacking = [each for each in scores.answers if each.score.value is None]
    ended = [each.record for each in lacking if each.record is not None]
    outcomes = Counter[str](record.outcome for record in ended if not record.answered)
    not_asked = sum(each.record is None for each in scores.answers)
    unscored = {**_unscored(overall.counts), "not_asked": not_asked}
    unscored["request_failed"] -= not_asked
    parts = [_part("category", group, result.metric) for group in result.categories]
    parts += [_part("subset", group, result.metric) for group in result.subsets]
    return Scored(
        name=scores.subtask.name,
        metric=result.metric,
        figures={name: _average(found, name in plain) for name, found in overall.figures.items()},
        answers=overall.counts.asked,
        unscored=unscored,
        failed=dict(outcomes),
        parts=tuple(parts),
        examples=tuple(map(_example, lacking[:MAX_EXAMPLES])),
        performance=tuple(performance),
    )


def _average(figure: Figure, amount: bool) -> Average:
    found = figure.scored
    return Average(found.value, found.low, found.high, figure.over_all.value, amount)


def _unscored(counts: Counts) -> dict[str, int]:
    return {reason: getattr(counts, reason) for reason in REASONS}


def _part(kind: Literal["category", "subset"], group: Group, metric: str) -> Part:
    return Part(
        kind=kind,
        name=group.name,
        scored=group.figures[metric].scored.value,
        answers=group.counts.asked,
        unscored=_unscored(group.counts),
    )


def _example(answer: ScoredAnswer) -> UnscoredAnswer:
    record = answer.record
    return UnscoredAnswer(
        id=answer.sample_id,
        subset=answer.subset,
        repeat=answer.repeat,
        reason=str(answer.score.unscored),
        why=(answer.score.why or "")[:_LONGEST_TEXT],
        outcome=None if record is None else record.outcome,
        detail="" if record is None else record.detail[:_LONGEST_TEXT],
    )
