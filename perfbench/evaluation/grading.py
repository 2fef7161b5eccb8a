"""From stored answers to scores, and from scores to the figures of a subtask. Needs no server."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from perfbench.errors import ConfigError
from perfbench.evaluation.aggregate import Graded, TaskResult, aggregate
from perfbench.evaluation.grader import verdicts
from perfbench.evaluation.subtask import Asked, Subtask, questions
from perfbench.store import Run
from perfbench.store.answers import Scored
from perfbench.types import Record, Score


@dataclass(frozen=True, slots=True)
class Answer:
    """One request of a subtask with what came of it."""

    asked: Asked
    repeat: int
    record: Record | None
    """``None`` if it has not been asked, or never ended."""
    score: Score


@dataclass(frozen=True, slots=True)
class SubtaskScores:
    """Every answer of a subtask, scored, and the figures they make."""

    subtask: Subtask
    answers: list[Answer]
    result: TaskResult


def stored(subtask: Subtask, run: Run) -> SubtaskScores:
    """The figures of a subtask from the scores that were stored when it was last graded.

    Raises:
        ConfigError: it has not been graded with these settings.
    """
    records = dict(run.answers.records(subtask.name))
    scores = {each.key: each.score for each in run.answers.scores(subtask.name)}
    wanted = list(questions(subtask))
    if any((asked.hash, repeat) not in scores for asked, repeat in wanted):
        what = "other settings were scored last" if scores else "no scores yet"
        raise ConfigError(f"{what}: perfbench eval --mode eval --reuse {run.path}")
    answers = [
        Answer(asked, repeat, records.get(key), scores[key])
        for asked, repeat in wanted
        for key in [(asked.hash, repeat)]
    ]
    return _figures(subtask, answers)


def grade(subtask: Subtask, run: Run) -> SubtaskScores:
    """Score every answer of a subtask with today's extractor and scorer, and store the scores."""
    task = subtask.resolved.task
    records = dict(run.answers.records(subtask.name))
    found = [
        (asked, repeat, records.get((asked.hash, repeat))) for asked, repeat in questions(subtask)
    ]
    given = ((record, asked.sample) for asked, _, record in found if record is not None)
    scores = verdicts(task.extractor, task.scorer, given)
    not_asked = Score(None, unscored="request_failed", why="not asked", scorer=task.scorer)
    answers = [
        Answer(asked, repeat, record, next(scores) if record is not None else not_asked)
        for asked, repeat, record in found
    ]
    run.answers.put_scores(subtask.name, map(_scored, answers))
    return _figures(subtask, answers)


def _scored(answer: Answer) -> Scored:
    asked = answer.asked
    key = (asked.hash, answer.repeat)
    return Scored(key, asked.sample.id, asked.subset, asked.category, answer.score)


def _figures(subtask: Subtask, answers: list[Answer]) -> SubtaskScores:
    task = subtask.resolved.task
    weights = dict(task.metric_weights)
    return SubtaskScores(subtask, answers, aggregate(graded(answers), task.metric, weights=weights))


def graded(answers: list[Answer]) -> Iterator[Graded]:
    """The rows that figures are made of."""
    for each in answers:
        record = each.record
        usage = record.usage if record is not None else None
        latency = None
        if record is not None and record.sent_ns is not None and record.end_ns is not None:
            latency = (record.end_ns - record.sent_ns) / 1e6
        yield Graded(
            sample_id=each.asked.sample.id,
            score=each.score,
            subset=each.asked.subset,
            category=each.asked.category,
            repeat=each.repeat,
            output_tokens=usage.output_tokens if usage is not None else None,
            latency_ms=latency,
        )


def amounts(scores: SubtaskScores) -> frozenset[str]:
    """The metrics that are no shares of 1: numbers of parts that others are weighed by, and what
    scorers count beyond 1. They are shown as plain numbers."""
    found = set(scores.subtask.resolved.task.metric_weights.values())
    for each in scores.answers:
        found.update(name for name, value in each.score.metrics.items() if not 0 <= value <= 1)
    return frozenset(found)
