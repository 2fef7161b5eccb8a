"""Batches as they are now: what was asked for, joined with jobs and runs.

Knows no HTTP and decides nothing; ``rules`` does. For the server's event loop: runs are read in
threads.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from perfbench.evaluation.figures.compare import TaskComparison
from perfbench.server.flageval import rules
from perfbench.server.flageval.answers import Detail
from perfbench.server.flageval.register import Batch, Evaluation, Register
from perfbench.server.flageval.results import comparison, standings
from perfbench.server.flageval.rules import Standing, Status, Verdict
from perfbench.server.queue import ENDED, Job, State
from perfbench.server.refusal import Refusal

if TYPE_CHECKING:
    from perfbench.server.app import Server


@dataclass(frozen=True, slots=True)
class View:
    """An evaluation as it is now."""

    evaluation: Evaluation
    job: Job | None
    """Its latest; ``None`` if that was deleted."""
    path: Path | None
    """Of its run, once the job has ended."""
    found: Mapping[str, Standing]
    """What the run holds, by data set."""

    @property
    def state(self) -> State | None:
        """Of its job."""
        return None if self.job is None else self.job.state

    def status_of(self, data_set: str) -> Status:
        """Of one of its data sets."""
        return rules.status_of_data_set(self.state, self.found.get(data_set))

    @property
    def status(self) -> Status:
        """Of all of them."""
        statuses = [self.status_of(name) for name in self.evaluation.data_sets]
        return rules.status_of_model(self.state, statuses)

    @property
    def error(self) -> str | None:
        """Why it has not come to its end."""
        if self.job is None:
            return "its job was deleted"
        if self.status == "OOR":
            failed = {name: each.ended - each.answered for name, each in self.found.items()}
            parts = [f"{n} of {self.found[name].wanted} of {name}" for name, n in failed.items()]
            return f"requests without an answer after the last retry: {', '.join(parts)}"
        return self.job.error


@dataclass(frozen=True, slots=True)
class Held:
    """An evaluation against its baseline."""

    baseline: str | None
    details: list[Detail]
    release: bool | None


class Desk:
    """What one request needs of batches, jobs and runs."""

    def __init__(self, server: Server) -> None:
        self.config = server.config
        self.jobs = server.jobs
        self._library = server.library
        self.register = Register(server.jobs.queue.db)
        self.known = self.register.evaluations()
        """All evaluations, in the order in which they were asked for."""

    def batch(self, request_id: str) -> tuple[Batch, list[Evaluation]]:
        """A batch and its evaluations.

        Raises:
            Refusal: there is none.
        """
        batch = self.register.batch(request_id)
        if batch is None:
            raise Refusal(404, f"request_id: there is no evaluation {request_id[:60]!r}")
        return batch, [each for each in self.known if each.request_id == request_id]

    def job(self, evaluation: Evaluation) -> Job | None:
        """The latest job of an evaluation."""
        found = self.jobs.queue.batch(evaluation.request_id)
        return next((job for job in reversed(found) if job.label == evaluation.name), None)

    def run(self, job: Job | None) -> Path | None:
        """The results of a job that has ended."""
        name = None if job is None or job.state not in ENDED else job.run or job.resumes
        try:
            return None if name is None else self._library.path(name)
        except Refusal:
            return None

    def source(self, evaluation: Evaluation) -> tuple[Evaluation, Path] | None:
        """The latest evaluation whose answers may count for another that is among those known, and
        its run."""
        for each in rules.sources_of(evaluation, self.known):
            run = self.run(self.job(each))
            if run is not None:
                return each, run
        return None

    async def view(self, evaluation: Evaluation) -> View:
        """An evaluation as it is now."""
        job = self.job(evaluation)
        path = self.run(job)
        found = {} if path is None else await asyncio.to_thread(standings, path)
        return View(evaluation, job, path, found)

    async def held(self, view: View, beside: Sequence[str] = ()) -> Held:
        """An evaluation against its baseline.

        Args:
            beside: further batches that are looked at together with its own.
        """
        baseline = rules.baseline_of(view.evaluation, self.known, beside)
        base = None
        compared: Mapping[str, TaskComparison] = {}
        if baseline is not None and baseline.name == view.evaluation.name:
            base = view
        elif baseline is not None:
            base = await self.view(baseline)
            if base.path is not None and view.path is not None:
                compared = await asyncio.to_thread(comparison, base.path, view.path)
        details, verdicts = [], []
        for name in view.evaluation.data_sets:
            found = compared.get(name)
            verdicts.append(self._verdict(name, view, base, found))
            tolerance = self.config.tolerance_of(name)
            details.append(_detail(name, view, base, found, (tolerance, verdicts[-1].reason)))
        release = rules.release_of(view.status, verdicts)
        return Held(None if baseline is None else baseline.name, details, release)

    def _verdict(
        self, name: str, view: View, base: View | None, found: TaskComparison | None
    ) -> Verdict:
        status = view.status_of(name)
        if status != "S":
            return Verdict(None if status == "R" else False, f"its status is {status}")
        if base is None:
            return Verdict(None, "it has no baseline")
        if base is view:
            return Verdict(True, "it is the baseline")
        if (status := base.status_of(name)) != "S":
            return Verdict(None, f"the status of the baseline is {status}")
        if rules.shares_answers(view.evaluation, base.evaluation, self.known):
            return Verdict(None, "it and the baseline rest on the same answers")
        if found is None:
            return Verdict(None, "it cannot be compared with the baseline")
        tolerance = self.config.tolerance_of(name)
        return rules.verdict_on(found, tolerance, base.found[name], view.found[name])


def _detail(
    name: str,
    view: View,
    base: View | None,
    found: TaskComparison | None,
    said: tuple[float, str],
) -> Detail:
    accuracy = base_acc = diff = None
    if name in view.found:
        accuracy = view.found[name].accuracy
    if base is not None and name in base.found:
        base_acc = base.found[name].accuracy
    both = base is not None and view.status_of(name) == base.status_of(name) == "S"
    if both and accuracy is not None and base_acc is not None:
        diff = accuracy - base_acc
    scored = found.scored if both and found is not None else None
    interval = None
    if scored is not None and scored.low is not None and scored.high is not None:
        interval = scored.low, scored.high
    return Detail(
        dataset=name,
        status=view.status_of(name),
        accuracy=accuracy,
        base_acc=base_acc,
        diff=diff,
        interval=interval,
        tolerance=said[0],
        reason=said[1],
    )
