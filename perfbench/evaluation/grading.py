"""From stored answers to scores, and from scores to the figures of a subtask. Needs no server."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from perfbench import registry
from perfbench.evaluation.aggregate import Graded, TaskResult, aggregate
from perfbench.evaluation.subtask import Asked, Subtask, questions
from perfbench.evaluation.verdict import verdict
from perfbench.store import Run
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
    """The figures of a subtask from the scores that were stored when it was last graded."""
    records = dict(run.answers.records(subtask.name))
    scores = run.answers.scores(subtask.name)
    ungraded = Score(None, unscored="request_failed", why="not scored yet")
    answers = [
        Answer(asked, repeat, records.get(key), scores.get(key, ungraded))
        for asked, repeat in questions(subtask)
        for key in [(asked.hash, repeat)]
    ]
    return _figures(subtask, answers)


def grade(subtask: Subtask, run: Run) -> SubtaskScores:
    """Score every answer of a subtask with today's extractor and scorer, and store the scores."""
    task = subtask.resolved.task
    extract = registry.resolve(registry.EXTRACTORS, task.extractor)
    score = registry.resolve(registry.SCORERS, task.scorer)
    records = dict(run.answers.records(subtask.name))
    answers = []
    for asked, repeat in questions(subtask):
        record = records.get((asked.hash, repeat))
        found = (
            Score(None, unscored="request_failed", why="not asked", scorer=task.scorer)
            if record is None
            else verdict(record, asked.sample, extract, score)
        )
        answers.append(Answer(asked, repeat, record, found))
    run.answers.put_scores(
        subtask.name, (((each.asked.hash, each.repeat), each.score) for each in answers)
    )
    return _figures(subtask, answers)


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
