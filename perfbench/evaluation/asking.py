"""Sends what a subtask still lacks and stores each answer as it comes.

Several subtasks may be asked at a time, each on a thread that mostly waits. Knows no scorer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count

from perfbench.driver.crew import Crew
from perfbench.driver.rounds import Round, Rounds
from perfbench.driver.schedule import default_workers
from perfbench.driver.service import worker_spec
from perfbench.evaluation.subtask import Asked, Subtask, questions
from perfbench.store import Run
from perfbench.store.answers import Question
from perfbench.types import Point, PointFacts, Progress, Request

REPORT_S = 0.02
"""An answer is stored about so soon after its end: a kill may cost what takes no longer to ask."""


@dataclass(frozen=True, slots=True)
class Missing:
    """What a subtask lacks, and how that came."""

    requests: Sequence[tuple[Asked, int]]
    reused: int
    """Requests whose stored answer counts."""
    failed_before: int
    """Of the missing: asked earlier without success."""
    changed: int
    """Stored answers that do not count: another prompt, model or sampling was asked then."""


def missing(subtask: Subtask, run: Run) -> Missing:
    """Compare what would be asked today with what is stored, by content."""
    answered = run.answers.answered(subtask.name)
    ended = run.answers.asked(subtask.name)
    wanted = [(asked, repeat) for asked, repeat in questions(subtask)]
    keys = {(asked.hash, repeat) for asked, repeat in wanted}
    lacking = [pair for pair in wanted if (pair[0].hash, pair[1]) not in answered]
    return Missing(
        requests=lacking,
        reused=len(wanted) - len(lacking),
        failed_before=sum((asked.hash, repeat) in ended for asked, repeat in lacking),
        changed=len(answered - keys),
    )


class Asking:
    """The asking part of an evaluation: subtasks in turn or side by side, until done or stopped."""

    def __init__(
        self, run: Run, crew: Crew, on_progress: Callable[[Subtask, Progress], None]
    ) -> None:
        self._run = run
        self._on_progress = on_progress
        self._rounds = Rounds(crew, run)
        self._indices = count(len(run.points()))

    @property
    def stopped(self) -> bool:
        """Whether the user asked to stop."""
        return self._rounds.stopped

    def stop(self) -> None:
        """First call: send nothing more and let answers drain; second: end at once."""
        self._rounds.stop()

    @contextmanager
    def interruptible(self) -> Iterator[None]:
        """First Ctrl-C (or SIGTERM): send nothing more and drain; second: end at once."""
        with self._rounds.interruptible(), self._rounds.shielded():
            yield

    def ask(self, subtask: Subtask, requests: Sequence[tuple[Asked, int]]) -> PointFacts | None:
        """Ask ``requests`` of ``subtask``; ``None`` if there was nothing to ask or it was stopped.

        Raises:
            PerfbenchError: the service cannot be reached, a worker died, the store is full.
        """
        if not requests or self.stopped:
            return None
        parallel = min(subtask.model.parallel, len(requests))
        point = Point(next(self._indices), subtask.name, parallel, rate=None, number=len(requests))
        questions = [Question(asked.seq, asked.hash, asked.sample.id) for asked, _ in requests]
        ended = self._rounds.run(
            Round(
                point,
                worker_spec(subtask.model.config, subtask.model.service),
                _requests(subtask, requests),
                min(default_workers(point), parallel),
                len(requests),
                REPORT_S,
                begun=lambda: self._run.answers.put_questions(point, questions),
                progress=lambda progress: self._on_progress(subtask, progress),
            )
        )
        return ended.facts


def _requests(subtask: Subtask, wanted: Sequence[tuple[Asked, int]]) -> list[Request]:
    service, stream = subtask.model.service, subtask.model.config.stream
    return [
        Request(
            seq=asked.seq,
            sample_id=asked.sample.id,
            repeat=repeat,
            phase="measure",
            body=asked.body,
            path=service.path,
            stream=stream,
        )
        for asked, repeat in wanted
    ]
