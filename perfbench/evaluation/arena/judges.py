"""The judges of an arena: what they are asked, what they still owe, and the verdicts so far.

Judges are asked by the evaluation's own engine, and what they say is stored and known again by its
content; verdicts are graded from the store alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import product

import msgspec

from perfbench.evaluation import revision
from perfbench.evaluation.arena.games import Game, games_of, scored
from perfbench.evaluation.asking import Missing
from perfbench.evaluation.grader import verdicts
from perfbench.evaluation.judging.rubrics import Rubric
from perfbench.evaluation.plan import version
from perfbench.evaluation.plan.models import Model
from perfbench.store import Run
from perfbench.types import Question, Sample, Score, Subtask

DATA_SET = "arena"
_JURY = "jury"
"""Name under which the arena keeps who judges it."""
_EXTRACTOR, _SCORER = "verdict", "judgement"
_SILENT = ("no_verdict", "no_answer", "cut_off")
"""A judge answered, and stated no verdict."""

_ANSWERED = ("ok", "empty")

Request = tuple[Question, int]


@dataclass(slots=True)
class Docket:
    """All that one judge is asked in an arena, and the verdicts that are known."""

    subtask: Subtask
    asked: list[Question] = field(default_factory=list)
    scores: dict[tuple[str, int], Score] = field(default_factory=dict)
    """By hash and repeat, of all requests that have ended."""

    def grade(self, run: Run) -> None:
        """Read the verdicts of the answers that count now."""
        samples = {question.hash: question.sample for question in self.asked}
        found = [
            (key, record)
            for key, record in run.answers.records(self.subtask.name)
            if key[0] in samples and not self._stated(key)
        ]
        given = ((record, samples[key[0]]) for key, record in found)
        for (key, _), score in zip(found, verdicts(_EXTRACTOR, _SCORER, given), strict=True):
            silent = score.unscored in _SILENT
            self.scores[key] = replace(score, unscored="no_verdict") if silent else score

    def missing(self, again: bool, start: int) -> list[Request]:
        """What has no answer yet from the question at ``start``; or, ``again``, all from there."""
        return [
            (question, repeat)
            for question, repeat in product(self.asked[start:], range(self.subtask.repeats))
            if again or not self._answered(question.hash, repeat)
        ]

    def forget(self, requests: list[Request]) -> None:
        """Let the next answers count in place of what is known of ``requests``."""
        for question, repeat in requests:
            self.scores.pop((question.hash, repeat), None)

    def silent(self, run: Run, start: int, retries: int | None) -> list[Request]:
        """Where the judge stated no verdict from the question at ``start``, and was not asked again
        ``retries`` times before; ``None``: however often it was."""
        tried = run.answers.attempts(self.subtask.name)
        found = []
        for question, repeat in product(self.asked[start:], range(self.subtask.repeats)):
            score = self.scores.get((question.hash, repeat))
            if score is not None and score.unscored == "no_verdict":
                ended = tried.get((question.hash, repeat), [])
                answered = sum(outcome in _ANSWERED for outcome in ended)
                if retries is None or answered <= retries:
                    found.append((question, repeat))
        return found

    def lacking(self, requests: list[Request]) -> Missing:
        """``requests`` as what the judge is to be asked next."""
        known = [self.scores.get((question.hash, repeat)) for question, repeat in requests]
        failed = sum(each is not None and each.unscored == "request_failed" for each in known)
        total = len(self.asked) * self.subtask.repeats
        return Missing(requests, total - len(requests), failed, 0)

    def _stated(self, key: tuple[str, int]) -> bool:
        score = self.scores.get(key)
        return score is not None and score.value is not None

    def _answered(self, key: str, repeat: int) -> bool:
        score = self.scores.get((key, repeat))
        return score is not None and score.unscored != "request_failed"

    def games(self) -> Iterator[Game]:
        """What this judge said of each bout."""
        return games_of(self.subtask.model, self.asked, self.subtask.repeats, self.scores)

    def store(self, run: Run) -> None:
        """Store what is asked."""
        self.subtask = msgspec.structs.replace(self.subtask, samples=len(self.asked))
        run.answers.put_subtask(self.subtask)
        run.samples.put(self.subtask.name, self.asked)

    def store_scores(self, run: Run) -> None:
        """Store the verdicts."""
        run.answers.put_scores(
            self.subtask.name, scored(self.asked, self.subtask.repeats, self.scores)
        )


def docket_of(judge: str, model: Model, rubric: Rubric, repeats: int) -> Docket:
    """What is known of a judge before it is asked anything."""
    shown = model.generation
    parts = {
        "rubric": f"{rubric.name} {rubric.digest}",
        "judge": json.dumps([shown.model, model.api, version.plain(shown)], sort_keys=True),
        **revision.scoring(_EXTRACTOR, _SCORER),
    }
    return Docket(
        Subtask(
            model=judge,
            judge=judge,
            served_model=shown.model,
            data_set=DATA_SET,
            asked_as=DATA_SET,
            version=revision.version(parts),
            parts=parts,
            metric="winrate",
            mode="gen",
            extractor=_EXTRACTOR,
            scorer=_SCORER,
            prompt=rubric.name,
            samples=0,
            repeats=repeats,
            api=model.api,
            generation=shown,
            url=model.url,
            simulated=model.simulated,
            parallel=model.parallel,
        )
    )


def keep_jury(run: Run, dockets: Iterable[Docket]) -> None:
    """Store who judges, in place of who did before."""
    names = [each.subtask.name for each in dockets]
    run.samples.put(_JURY, [Question(0, Sample(_JURY, "", meta={"judges": names}), _JURY)])


def stored_dockets(run: Run) -> list[Docket]:
    """The judges that a stored arena had last, with what they were asked last."""
    known = {each.name: each for each in run.answers.subtasks()}
    names = [name for each in run.samples.of(_JURY) for name in each.sample.meta["judges"]]
    return [Docket(known[name], run.samples.of(name)) for name in names if name in known]
