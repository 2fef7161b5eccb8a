"""From stored answers to scores, and from scores to the figures of a subtask.

Stands on the store alone: needs no server, no data set and no settings.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product

import msgspec

from perfbench.errors import ConfigError
from perfbench.evaluation import revision
from perfbench.evaluation.figures.aggregate import TaskResult, aggregate
from perfbench.evaluation.figures.judges import PanelFigures
from perfbench.evaluation.grader import extracted, verdicts, votes
from perfbench.evaluation.running import Programs, is_run, verdict_counts
from perfbench.evaluation.voting import Ballot
from perfbench.store import Run
from perfbench.types import Question, Score, ScoredAnswer, Subtask


@dataclass(frozen=True, slots=True)
class SubtaskScores:
    """Every answer of a subtask, scored, and the figures they make."""

    subtask: Subtask
    answers: Sequence[ScoredAnswer]
    result: TaskResult
    panel: PanelFigures | None = None
    """What is known of the judges, where the scores are theirs."""

    @property
    def verdicts(self) -> dict[str, int]:
        """How many of the programs that were run ended how; empty where none was."""
        return verdict_counts(self.answers)


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
            ScoredAnswer(
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


def grade(subtask: Subtask, run: Run, programs: Programs | None = None) -> SubtaskScores:
    """Score every answer of a subtask, and store the scores.

    Extractor and scorer are those it was asked for, in today's code: its version becomes today's.

    Args:
        programs: runs the answers that are programs; verdicts of judges never are.

    Raises:
        ConfigError: extractor or scorer are gone, the run does not hold what was asked, or there is
            no sandbox for programs.
    """
    asked = run.samples.of(subtask.name)
    if not asked and subtask.samples:
        raise ConfigError(
            "the run was made by an older perfbench, which did not store its questions; "
            "perfbench eval --reuse RUN with the settings of then adds them and asks nothing twice"
        )
    records = dict(run.answers.records(subtask.name))
    found = [
        (question, repeat, records.get((question.hash, repeat)))
        for question, repeat in product(asked, range(subtask.repeats))
    ]
    given = [(record, question.sample) for question, _, record in found if record is not None]
    runs = is_run(subtask.scorer)
    if runs:
        assert programs is not None
        read = extracted(subtask.extractor, given)
        samples = (sample for _, sample in given)
        scores = programs.scores(subtask.scorer, zip(read, samples, strict=True))
    else:
        scores = verdicts(subtask.extractor, subtask.scorer, given)
    if subtask.judge is not None:
        scores = map(_of_a_judge, scores)
    elif subtask.repeats > 1 and not runs:
        questions = [question for question, _, record in found if record is not None]
        scores = iter(_with_votes(subtask, questions, list(scores)))
    not_asked = Score(None, unscored="request_failed", why="not asked", scorer=subtask.scorer)
    answers = [
        ScoredAnswer(
            question.sample.id,
            next(scores) if record is not None else not_asked,
            question.subset,
            question.category,
            repeat,
            question.hash,
            question.sample,
            record,
        )
        for question, repeat, record in found
    ]
    parts = {**subtask.parts, **revision.scoring(subtask.extractor, subtask.scorer)}
    if programs is not None and runs:
        parts |= programs.parts()
    graded = msgspec.structs.replace(subtask, parts=parts, version=revision.version(parts))
    run.answers.put_subtask(graded)
    run.answers.put_scores(subtask.name, answers)
    return scores_of(graded, answers)


def _of_a_judge(score: Score) -> Score:
    """A judge's text that was cut off, or is empty, holds no verdict: neither is the answer's."""
    if score.unscored in ("cut_off", "no_answer"):
        return replace(score, unscored="no_verdict")
    return score


def _with_votes(
    subtask: Subtask, questions: Sequence[Question], scores: Sequence[Score]
) -> list[Score]:
    """The scores, each knowing which equal answer to its question it votes for."""
    spelled: dict[str, dict[str, float]] = defaultdict(dict)
    samples = {question.hash: question.sample for question in questions}
    for question, score in zip(questions, scores, strict=True):
        if score.answer is not None and score.value is not None:
            spelled[question.hash][score.answer] = score.value
    several = {key: tuple(given.items()) for key, given in spelled.items() if len(given) > 1}
    ballots = (Ballot(samples[key], given) for key, given in several.items())
    told = votes(subtask.extractor, subtask.scorer, ballots)
    equal = {
        (key, answer): vote
        for (key, given), found in zip(several.items(), told, strict=True)
        for (answer, _), vote in zip(given, found, strict=True)
        if vote != answer
    }
    return [
        replace(score, vote=equal.get((question.hash, score.answer or "")))
        for question, score in zip(questions, scores, strict=True)
    ]


def scores_of(subtask: Subtask, answers: Sequence[ScoredAnswer]) -> SubtaskScores:
    """ScoredAnswer answers with the figures they make."""
    result = aggregate(answers, subtask.metric, subtask.ks or None, weights=subtask.weights)
    return SubtaskScores(subtask, answers, result)


def amounts(scores: SubtaskScores) -> frozenset[str]:
    """The metrics that are no shares of 1: numbers of parts that others are weighed by, and what
    scorers count beyond 1. They are shown as plain numbers."""
    found = set(scores.subtask.weights.values())
    for each in scores.answers:
        found.update(name for name, value in each.score.metrics.items() if not 0 <= value <= 1)
    return frozenset(found)
