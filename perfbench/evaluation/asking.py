"""Sends what a subtask still lacks and stores each answer as it comes.

Every subtask has a fleet of its own, so several may run at a time, each on a thread that mostly
waits; the store has one lock. Knows no scorer.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from perfbench.driver.fleet import Fleet, Standing
from perfbench.driver.progress import Tracker
from perfbench.driver.schedule import default_workers
from perfbench.driver.service import worker_spec
from perfbench.evaluation.subtask import Asked, Subtask, questions
from perfbench.store import Run
from perfbench.store.answers import Question
from perfbench.types import Point, PointFacts, Progress, Record, Request

DRAIN_S = 5.0
"""How long answers may go on after the first Ctrl-C."""
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

    def __init__(self, run: Run, on_progress: Callable[[Subtask, Progress], None]) -> None:
        self._run = run
        self._on_progress = on_progress
        self._lock = threading.Lock()
        self._fleets: set[Fleet] = set()
        self._points = len(run.points())
        self._stops = 0

    @property
    def stopped(self) -> bool:
        """Whether the user asked to stop."""
        return self._stops > 0

    def stop(self) -> None:
        """First call: send nothing more and let answers drain; second: end at once."""
        self._stops += 1
        for fleet in list(self._fleets):
            fleet.stop(DRAIN_S if self._stops == 1 else 0)

    def ask(self, subtask: Subtask, requests: Sequence[tuple[Asked, int]]) -> PointFacts | None:
        """Ask ``requests`` of ``subtask``; ``None`` if there was nothing to ask or it was stopped.

        Raises:
            PerfbenchError: the service cannot be reached, a worker died, the store is full.
        """
        if not requests or self.stopped:
            return None
        point = self._new_point(subtask, len(requests))
        workers = min(default_workers(point), point.parallel or 1)
        tracker = Tracker(point, len(requests))

        def on_records(records: list[Record]) -> None:
            with self._lock:
                self._run.append(point, records)
            tracker.add(records)

        def on_tick(standing: Standing) -> None:
            self._on_progress(subtask, tracker.progress(standing))

        with Fleet(workers) as fleet:
            fleet.greet(worker_spec(subtask.model.config, subtask.model.service))
            fleet.load(point, _requests(subtask, requests), workers)
            fleet.prepare(point, None)
            fleet.await_ready()
            self._begin(point, requests)
            self._fleets.add(fleet)
            try:
                if self._stops:
                    fleet.stop(0)
                facts = fleet.run(point, on_records, on_tick, REPORT_S)
            finally:
                self._fleets.discard(fleet)
        with self._lock:
            facts = replace(facts, interrupted=facts.interrupted or self.stopped)
            self._run.end_point(point, facts)
        return facts

    def _new_point(self, subtask: Subtask, number: int) -> Point:
        with self._lock:
            index = self._points
            self._points += 1
        parallel = min(subtask.model.parallel, number)
        return Point(index, subtask.name, parallel=parallel, rate=None, number=number)

    def _begin(self, point: Point, requests: Sequence[tuple[Asked, int]]) -> None:
        with self._lock:
            self._run.begin_point(point)
            self._run.answers.put_questions(
                point,
                (Question(asked.seq, asked.hash, asked.sample.id) for asked, _ in requests),
            )


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
