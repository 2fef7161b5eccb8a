"""Which answers to one question are one vote: those that the scorer takes for equal.

``1/2``, ``0.5`` and ``50%`` are one answer if the scorer says so, however they are spelled. Knows
scorers by their interface alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from perfbench.evaluation.task import Scorer
from perfbench.types import Sample


@dataclass(frozen=True)
class Ballot:
    """The answers to one question, each spelling once, with the score that it got."""

    sample: Sample
    answers: tuple[tuple[str, float], ...]


def votes(ballot: Ballot, scorer: Scorer) -> Iterator[str]:
    """What each answer votes for, in order: the first answer that is equal to it.

    Two answers are equal if they got the same score and one is right where the other is the right
    answer. Where nothing is compared with a right answer, each spelling is a vote of its own.
    """
    leaders: list[tuple[str, float]] = []
    for answer, value in ballot.answers:
        rivals = [leader for leader, worth in leaders if worth == value]
        if ballot.sample.target is None:
            rivals = []
        found = next((each for each in rivals if _equal(answer, each, ballot.sample, scorer)), None)
        if found is None:
            leaders.append((answer, value))
        yield answer if found is None else found


def _equal(one: str, other: str, sample: Sample, scorer: Scorer) -> bool:
    return _right(one, other, sample, scorer) or _right(other, one, sample, scorer)


def _right(answer: str, target: str, sample: Sample, scorer: Scorer) -> bool:
    """Whether an answer would be right if ``target`` were; a target that the scorer cannot read is
    equal to nothing."""
    try:
        return scorer(answer, replace(sample, target=target)).value == 1
    except Exception:
        return False
