"""The last stage: from stored answers to the scores and load figures of every subtask.

Stands on the store alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from perfbench.errors import PerfbenchError, StoreError
from perfbench.evaluation import telling
from perfbench.evaluation.asking import missing
from perfbench.evaluation.grading import SubtaskScores, grade, stored
from perfbench.evaluation.judging.judged import judged
from perfbench.evaluation.outcome import EvalRun
from perfbench.evaluation.running import Programs
from perfbench.store import Run
from perfbench.store.summaries import summarise_point
from perfbench.types import Note, Observer, Scoring, Subtask

Mode = Literal["all", "infer", "judge", "infer_judge", "eval", "viz"]


def score_all(
    mode: Mode, result: EvalRun, observer: Observer, programs: Programs | None = None
) -> None:
    """Score all that is to be scored, each in turn, and tell of it.

    Args:
        programs: runs the answers that are programs, where there are any.
    """
    summarise(result)
    for place, subtask in enumerate(result.subtasks):
        if subtask.name in result.absent or _counts_elsewhere(subtask, result.subtasks):
            continue
        scores = _score(subtask, mode, result, observer, programs)
        if scores is not None:
            result.scores.append(scores)
            result.subtasks[place] = scores.subtask
            observer(telling.scored(scores, result.performance.get(subtask.name, ())))


def stored_scores(run: Run) -> EvalRun:
    """An evaluation as it was scored last, from its store; nothing is written, and nobody told."""
    result = EvalRun(run, run.answers.subtasks())
    _take_performance(result)
    for subtask in result.subtasks:
        if _counts_elsewhere(subtask, result.subtasks):
            continue
        try:
            is_judged = subtask.judging is not None
            found = judged(subtask, run, again=False) if is_judged else stored(subtask, run)
        except StoreError:
            raise
        except PerfbenchError as error:
            result.failures[subtask.name] = result.shown(error)
        else:
            result.scores.append(found)
    return result


def _counts_elsewhere(subtask: Subtask, others: Sequence[Subtask]) -> bool:
    """Whether what was asked has no score by itself: answers that judges alone score, verdicts that
    a panel takes together."""
    if subtask.judging is not None:
        return not subtask.judging.panel
    judging = (each.judging for each in others if each.judging is not None)
    return any(each.of == subtask.name and each.strategy == "judge" for each in judging)


def summarise(result: EvalRun) -> None:
    """The load figures of every time that each subtask asked, in ``summary.json`` too."""
    _take_performance(result)
    found = result.performance.values()
    result.run.write_summary([each for summaries in found for each in summaries])


def _take_performance(result: EvalRun) -> None:
    run, names = result.run, {subtask.name for subtask in result.subtasks}
    for point in run.points():
        if point.name in names:
            summary = summarise_point(run, point)
            result.performance.setdefault(point.name, []).append(summary)


def _score(
    subtask: Subtask,
    mode: Mode,
    result: EvalRun,
    observer: Observer,
    programs: Programs | None,
) -> SubtaskScores | None:
    """The scores of a subtask; ``None`` if there are none, the reason being told and kept."""
    observer(Scoring(subtask.name))
    try:
        if mode == "eval":
            _expect_answers(subtask, result.run, observer)
        if subtask.judging is not None:
            return judged(subtask, result.run, again=mode != "viz")
        if mode == "viz":
            return stored(subtask, result.run)
        return grade(subtask, result.run, programs)
    except StoreError:
        raise
    except PerfbenchError as error:
        result.failures[subtask.name] = result.shown(error)
        observer(Note(f"{subtask.name}: {error}"))
        return None


def _expect_answers(subtask: Subtask, run: Run, observer: Observer) -> None:
    """Say what a subtask lacks that is to be scored as it is."""
    found = missing(subtask, run.samples.of(subtask.name), run)
    if found.requests:
        total = found.reused + len(found.requests)
        lacks = f"{len(found.requests)} of {total} answers are missing"
        observer(Note(f"{subtask.name}: {lacks}"))
