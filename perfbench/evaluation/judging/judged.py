"""From the verdicts of judges to the scores of the answers they are about.

Stands on the store alone: questions to judges bring their contract along, and say which answer they
are about.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from itertools import product

import msgspec

from perfbench.errors import ConfigError
from perfbench.evaluation import revision
from perfbench.evaluation.extraction.reasoning import split_reasoning
from perfbench.evaluation.figures.judges import combined, panel_figures
from perfbench.evaluation.grading import SubtaskScores, grade, scores_of, stored
from perfbench.store import Run
from perfbench.types import (
    Judgement,
    Judging,
    Question,
    Record,
    Sample,
    Score,
    ScoredAnswer,
    Subtask,
    Unscored,
    is_answer,
)

ABOUT = "about"
"""In the meta data of a question to a judge: hash and repeat of the answer it is about."""

_Key = tuple[str, int]


def judged(subtask: Subtask, run: Run, again: bool) -> SubtaskScores:
    """The scores that a panel gives to the answers of another subtask, with what is known of it.

    Args:
        again: verdicts are read anew with today's code; else those that were read last.

    Raises:
        ConfigError: the run does not hold what was judged, or has not been graded.
    """
    judging = subtask.judging
    assert judging is not None
    known = {each.name: each for each in run.answers.subtasks()}
    if judging.of not in known:
        raise ConfigError(f"the run does not hold the answers of {judging.of}")
    answered = known[judging.of]
    members = [subtask, *(known[name] for name in judging.panel[1:] if name in known)]
    said: dict[_Key, list[Judgement]] = defaultdict(list)
    for member in members:
        for key, judgement in _judgements(member, run, again):
            said[key].append(judgement)
    rules = {}
    if judging.strategy in ("recall", "both"):
        rules = {(row.hash, row.repeat): row.score for row in run.answers.scores(answered.name)}
    records = dict(run.answers.records(answered.name))
    answers = []
    for question, repeat in product(run.samples.of(answered.name), range(answered.repeats)):
        key = (question.hash, repeat)
        record, judgements = records.get(key), said[key]
        score = _score(record, question, judgements, judging)
        if judging.strategy == "recall" and (rule := rules.get(key)) and rule.value == 1:
            score = rule
        if answered.repeats > 1:  # A verdict is no answer, by which answers could be told apart.
            score = replace(score, answer=None)
        answers.append(_answer(question, repeat, record, score, judgements))
    parts = {**subtask.parts, "panel": panel_told(judging)}
    parts |= revision.scoring(subtask.extractor, subtask.scorer)
    graded = msgspec.structs.replace(subtask, parts=parts, version=revision.version(parts))
    if again:
        run.answers.put_subtask(graded)
    own = tuple(each.judge or "" for each in members if each.served_model == answered.served_model)
    figures = panel_figures(answers, judging, rules if judging.strategy == "both" else {}, own)
    found = scores_of(graded, answers)
    return SubtaskScores(found.subtask, found.answers, found.result, figures)


def unjudged(record: Record | None, sample: Sample, judging: Judging) -> Score | None:
    """Why an answer is not judged; ``None`` if it is to be."""
    reason: Unscored
    if record is None:
        reason, why = "request_failed", "not asked"
    elif not is_answer(record.outcome, record.finish):
        reason, why = "request_failed", record.outcome
    elif record.finish == "length":
        reason, why = "cut_off", "ended at the token limit; not judged"
    elif record.outcome == "empty" or not split_reasoning(record.text)[0].strip():
        reason, why = "no_answer", "there is nothing to judge"
    elif judging.needs_reference and not sample.target:
        reason, why = "no_reference", "the data set has no right answer for this sample"
    else:
        return None
    return Score(None, unscored=reason, why=why)


def panel_told(judging: Judging) -> str:
    """What of a panel decides a score beside its judges, as text."""
    needed = f", {judging.min_valid} or more" if judging.min_valid > 1 else ""
    return f"{judging.strategy}, {judging.aggregate} of {len(judging.panel)}{needed}"


def _judgements(member: Subtask, run: Run, again: bool) -> Iterator[tuple[_Key, Judgement]]:
    """What one judge says, by the answer that it is about."""
    if not run.samples.of(member.name):
        return  # No answer could be judged.
    for each in (grade if again else stored)(member, run).answers:
        if each.sample is None:
            continue
        about, repeat = each.sample.meta[ABOUT]
        yield (
            (about, repeat),
            Judgement(
                judge=member.judge or "",
                score=each.score,
                repeat=each.repeat,
                swapped=bool(each.sample.meta.get("swapped")),
                record=each.record,
            ),
        )


def _score(
    record: Record | None, question: Question, judgements: list[Judgement], judging: Judging
) -> Score:
    if judgements:
        return combined(judgements, judging)
    not_judged = Score(None, unscored="request_failed", why="not judged")
    return unjudged(record, question.sample, judging) or not_judged


def _answer(
    question: Question,
    repeat: int,
    record: Record | None,
    score: Score,
    judgements: list[Judgement],
) -> ScoredAnswer:
    return ScoredAnswer(
        question.sample.id,
        score,
        question.subset,
        question.category,
        repeat,
        question.hash,
        question.sample,
        record,
        tuple(judgements),
    )
