"""Games: the questions that a judge is asked about a bout, and the verdicts read from the answers.

A bout has a game for each order in which the two answers are shown, for each judge and each of its
repeats. Owns what a judge is asked and how a game is known again; the prompt and how a verdict is
read are the rubric's.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from perfbench import registry
from perfbench.config import Scrubber
from perfbench.errors import ConfigError
from perfbench.evaluation.arena.contenders import Roster, question_text
from perfbench.evaluation.arena.pairing import Bout
from perfbench.evaluation.judging.rubrics import Rubric, Texts, shown
from perfbench.evaluation.plan.models import Model
from perfbench.types import Question, Score, ScoredAnswer

Key = tuple[str, int]
"""Hash of a question to a judge, and its repeat."""


@dataclass(frozen=True, slots=True)
class Game:
    """One judge on one bout, in one order."""

    judge: str
    first: str
    """Of the bout."""
    second: str
    question: str
    swapped: bool
    """The bout's second was shown first."""
    hash: str
    """Of the question to the judge."""
    label: str | None = None
    """The verdict as stated; ``None`` if there is none."""
    score: float | None = None
    """Of the bout's first."""
    strong: bool = False
    """The verdict was "much better"."""
    missing: str | None = None
    """Why there is no verdict: ``no_verdict``, ``cut_off``, ``request_failed``, ..."""
    repeat: int = 0
    """Which time of asking the same, from 0."""

    @property
    def shown_first_won(self) -> bool | None:
        """Whether the answer that was shown first is the better; ``None`` for a tie."""
        if self.score is None or self.score == 0.5:
            return None
        return (self.score > 0.5) != self.swapped


def orders(bout: Bout, both: bool) -> tuple[bool, ...]:
    """In which orders a bout is shown, the second first or not: in both, or in one that its
    question decides, whichever of the two is called the first."""
    if both:
        return (False, True)
    names = sorted([bout.first, bout.second])
    digest = hashlib.sha256("\0".join([bout.question, *names]).encode("utf-8", "replace")).digest()
    return (names[digest[0] & 1] != bout.first,)


class Asker:
    """Makes the questions to one judge."""

    def __init__(self, judge: Model, rubric: Rubric, scrub: Scrubber) -> None:
        """Raises ``ConfigError`` if the judge's API gives no text, or the rubric compares none."""
        if not rubric.is_pairwise:
            what = f"--judge-prompt {rubric.name}"
            raise ConfigError(f"{what} judges one answer; battles compare two")
        self._endpoint = registry.resolve(registry.ENDPOINTS, judge.api)(judge.generation)
        if not getattr(self._endpoint, "generates", True):
            raise ConfigError(f"--api {judge.api} gives no text, which verdicts are read from")
        self._rubric, self._scrub = rubric, scrub

    def questions(
        self, roster: Roster, bouts: Iterable[Bout], both: bool, start: int = 0
    ) -> Iterator[Question]:
        """What is asked about each bout, numbered from ``start``."""
        seq = start
        for bout in bouts:
            for swapped in orders(bout, both):
                yield self._question(seq, roster, bout, swapped)
                seq += 1

    def _question(self, seq: int, roster: Roster, bout: Bout, swapped: bool) -> Question:
        asked = roster.questions[bout.question]
        answers = [
            shown(roster.contenders[name].answers[bout.question].text, self._rubric)
            for name in (bout.first, bout.second)
        ]
        reference = asked.reference if self._rubric.needs_reference else None
        texts = Texts(question_text(asked), answers[0], answers[1], reference, swapped)
        meta = {"bout": [bout.first, bout.second, bout.question]}
        # By what is shown, so that it is known again where the two have changed places.
        names = (bout.second, bout.first) if swapped else (bout.first, bout.second)
        name = f"{asked.sample_id}: {names[0]}, then {names[1]}"
        sample = self._rubric.sample(name, texts, meta)
        plain = self._scrub.text(self._endpoint.build(sample).decode("utf-8", "surrogateescape"))
        known = f"{bout.question}\0{name}\0{self._endpoint.name}\0{self._rubric.digest}\0{plain}"
        digest = hashlib.sha256(known.encode("utf-8", "surrogateescape")).hexdigest()[:32]
        return Question(seq, sample, digest, asked.subset)


def games_of(
    judge: str, asked: Sequence[Question], repeats: int, scores: Mapping[Key, Score]
) -> Iterator[Game]:
    """The games of a judge.

    Args:
        scores: of the answers, by hash and repeat; those not asked are absent.
    """
    for question, repeat in product(asked, range(repeats)):
        first, second, key = question.sample.meta["bout"]
        score = scores.get((question.hash, repeat))
        label = score.answer or "" if score is not None and score.value is not None else None
        yield Game(
            judge,
            first,
            second,
            key,
            bool(question.sample.meta["swapped"]),
            question.hash,
            label,
            score.value if score is not None else None,
            strong=label is not None and ">>" in label,
            missing=None if label is not None else _missing(score),
            repeat=repeat,
        )


def _missing(score: Score | None) -> str:
    return "not_asked" if score is None else score.unscored or "no_verdict"


def scored(
    asked: Sequence[Question], repeats: int, scores: Mapping[Key, Score]
) -> Iterator[ScoredAnswer]:
    """The verdicts as the store keeps them."""
    not_asked = Score(None, unscored="request_failed", why="not asked", scorer="judgement")
    for question, repeat in product(asked, range(repeats)):
        yield ScoredAnswer(
            question.sample.id,
            scores.get((question.hash, repeat), not_asked),
            question.subset,
            repeat=repeat,
            hash=question.hash,
        )
