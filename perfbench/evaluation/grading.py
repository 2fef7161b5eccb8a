"""From stored answers to scores, and from scores to the figures of a subtask.

Stands on the store alone: needs no server, no data set and no settings.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import msgspec

from perfbench import registry
from perfbench.errors import ConfigError
from perfbench.evaluation import revision
from perfbench.evaluation.figures.aggregate import TaskResult, aggregate
from perfbench.evaluation.verdict import verdict
from perfbench.store import Run
from perfbench.types import Score, Scored, Subtask


@dataclass(frozen=True, slots=True)
class SubtaskScores:
    """Every answer of a subtask, scored, and the figures they make."""

    subtask: Subtask
    answers: Sequence[Scored]
    result: TaskResult


def stored(subtask: Subtask, run: Run) -> SubtaskScores:
    """The figures of a subtask from the scores that were stored when it was last graded.

    Raises:
        ConfigError: what it asks has not been graded.
    """
    records = dict(run.answers.records(subtask.name))
    scores = {(each.hash, each.repeat): each for each in run.answers.scores(subtask.name)}
    asked = {question.hash: question for question in run.samples.of(subtask.name)}
    # An older perfbench stored no questions: what was scored is then all that is known.
    wanted = list(product(asked, range(subtask.repeats))) or list(scores)
    if not scores or any(key not in scores for key in wanted):
        what = "other settings were scored last" if scores else "no scores yet"
        raise ConfigError(f"{what}: perfbench eval --mode eval --reuse {run.path}")
    answers = []
    for key in wanted:
        question, row = asked.get(key[0]), scores[key]
        answers.append(
            Scored(
                row.sample_id,
                row.score,
                row.subset,
                row.category,
                row.repeat,
                row.hash,
                question.sample if question is not None else None,
                records.get(key),
            )
        )
    return scores_of(subtask, answers)


def grade(subtask: Subtask, run: Run) -> SubtaskScores:
    """Score every answer of a subtask, and store the scores.

    Extractor and scorer are those it was asked for, in today's code: its version becomes today's.

    Raises:
        ConfigError: extractor or scorer are gone, or the run does not hold what was asked.
    """
    extract = registry.resolve(registry.EXTRACTORS, subtask.extractor)
    score = registry.resolve(registry.SCORERS, subtask.scorer)
    asked = run.samples.of(subtask.name)
    if not asked and subtask.samples:
        raise ConfigError(
            "the run was made by an older perfbench, which did not store its questions; "
            "perfbench eval --reuse RUN with the settings of then adds them and asks nothing twice"
        )
    records = dict(run.answers.records(subtask.name))
    answers = []
    for question, repeat in product(asked, range(subtask.repeats)):
        sample, record = question.sample, records.get((question.hash, repeat))
        found = (
            Score(None, unscored="request_failed", why="not asked", scorer=subtask.scorer)
            if record is None
            else verdict(record, sample, extract, score)
        )
        subset, category = question.subset, question.category
        answers.append(
            Scored(sample.id, found, subset, category, repeat, question.hash, sample, record)
        )
    parts = {**subtask.parts, **revision.scoring(subtask.extractor, subtask.scorer)}
    graded = msgspec.structs.replace(subtask, parts=parts, version=revision.version(parts))
    run.answers.put_subtask(graded)
    run.answers.put_scores(subtask.name, answers)
    return scores_of(graded, answers)


def scores_of(subtask: Subtask, answers: Sequence[Scored]) -> SubtaskScores:
    """Scored answers with the figures they make."""
    result = aggregate(answers, subtask.metric, weights=subtask.weights)
    return SubtaskScores(subtask, answers, result)
