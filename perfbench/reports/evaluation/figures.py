"""How scores, coverage and their uncertainty are written for people; where a task's files are.

Scores are shares of 1 and are shown as per cent with two decimals, their errors and intervals too.
Amounts are plain numbers. Unknown is ``None`` and is written as an en dash.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from perfbench.evaluation.figures.aggregate import Counts, Group
from perfbench.evaluation.figures.intervals import Estimate
from perfbench.reports.wording import UNKNOWN, number
from perfbench.types import Average, Summary

if TYPE_CHECKING:
    from perfbench.evaluation.grading import SubtaskScores

REASON_WORDS: Mapping[str, str] = {
    "request_failed": "request failed",
    "cut_off": "cut off",
    "no_answer": "no answer found",
    "no_reference": "no reference",
    "grading_failed": "grading failed",
    "no_verdict": "no verdict",
    "sandbox_failed": "sandbox failed",
}
"""Why an answer is unscored, in words."""


def percent(value: float | None) -> str:
    """A share of 1 as per cent with two decimals, without the sign: ``56.70``."""
    return UNKNOWN if value is None else f"{value * 100:.2f}"


def interval(estimate: Estimate | Average, amount: bool = False) -> str:
    """The 95 % interval in the unit of its figure: ``52.00–61.30``."""
    if estimate.low is None or estimate.high is None:
        return UNKNOWN
    return f"{figure(estimate.low, amount)}–{figure(estimate.high, amount)}"


def unscored(counts: Counts, not_asked: int = 0) -> dict[str, int]:
    """How many answers lack a score, by the words for the reason; zeros included.

    Args:
        not_asked: those of the failed requests that were never sent, or never ended.
    """
    found = {words: getattr(counts, reason) for reason, words in REASON_WORDS.items()}
    found[REASON_WORDS["request_failed"]] -= not_asked
    return {**found, "not asked": not_asked}


def in_words(counted: Mapping[str, int]) -> str:
    """Reasons that occurred: ``2 cut off, 1 no answer found``; empty if none did."""
    return ", ".join(f"{count:,} {words}" for words, count in counted.items() if count)


def lacking(scores: SubtaskScores) -> dict[str, int]:
    """What lacks a score in a whole subtask, by the words for the reason."""
    not_asked = sum(each.record is None for each in scores.answers)
    return unscored(scores.result.overall.counts, not_asked)


def reason_words(reasons: Mapping[str, int]) -> dict[str, int]:
    """Counts by reason, by the words for it; zeros included."""
    return {REASON_WORDS.get(name, name.replace("_", " ")): n for name, n in reasons.items()}


def coverage(scores: SubtaskScores) -> str:
    """How many answers are scored, and why the others are not: ``scored 9/10; 1 cut off``."""
    counts = scores.result.overall.counts
    text = f"scored {counts.scored:,}/{counts.asked:,}"
    return f"{text}; {words}" if (words := in_words(lacking(scores))) else text


def programs(scores: SubtaskScores) -> str:
    """How the programs ended that were run: ``150 passed, 9 failed``; empty if none was."""
    return in_words({kind.replace("_", " "): count for kind, count in scores.verdicts.items()})


def figure(value: float | None, amount: bool) -> str:
    """An average as per cent; as a plain number where it is an amount."""
    return number(value) if amount else percent(value)


def answered(summary: Summary) -> tuple[int, int]:
    """Requests that brought an answer, and those that failed. An empty answer is one: what it lacks
    is in the scores."""
    empty = summary.errors.get("empty", 0)
    return summary.completed + empty, summary.failed - empty


def several_subsets(groups: Sequence[Group]) -> bool:
    """Whether subsets deserve rows of their own."""
    return len(groups) > 1


def places(subtasks: Iterable[tuple[str, str, str]]) -> dict[str, PurePosixPath]:
    """``model/data set`` of each subtask as a path below ``predictions``, ``results`` or ``logs``.

    Subtasks are given as name, model, data set. Characters that no file name should have become
    ``_``; where two would then be one, the later is numbered.
    """
    found: dict[str, PurePosixPath] = {}
    taken: set[PurePosixPath] = set()
    for subtask, model, data_set in subtasks:
        folder, name = _file_name(model), _file_name(data_set)
        place, count = PurePosixPath(folder, name), 1
        while place in taken:
            count += 1
            place = PurePosixPath(folder, f"{name}-{count}")
        taken.add(place)
        found[subtask] = place
    return found


def _file_name(name: str) -> str:
    return re.sub(r"[^\w.+-]+", "_", name).lstrip(".")[:120] or "_"
