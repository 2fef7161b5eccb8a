"""Whom to ask, and asking: sends what a subtask still lacks, stores each answer as it comes.

The only part of an evaluation that knows services and their driver. Every subtask has a fleet of
its own, so several may run at a time, each on a thread that mostly waits; the store has one lock.
Knows no scorer.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from itertools import product

from perfbench.config import ServiceConfig, SimulatorConfig
from perfbench.config.evaluation import EvalConfig
from perfbench.driver.fleet import Fleet, Standing
from perfbench.driver.progress import Tracker
from perfbench.driver.schedule import default_workers
from perfbench.driver.service import Service, open_service, worker_spec
from perfbench.evaluation.plan.models import Model, configured, distinct, model_of
from perfbench.store import Run
from perfbench.types import Point, PointFacts, Progress, Question, Record, Request, Subtask

DRAIN_S = 5.0
"""How long answers may go on after the first Ctrl-C."""
REPORT_S = 0.02
"""An answer is stored about so soon after its end: a kill may cost what takes no longer to ask."""


@dataclass(frozen=True, slots=True)
class Served:
    """A model under evaluation, and the service that answers for it."""

    model: Model
    config: ServiceConfig
    service: Service


def open_models(config: EvalConfig, cleanup: ExitStack) -> list[Served]:
    """The models to evaluate, in order, each with its service.

    Raises:
        ConfigError, TargetError: see ``driver.service.open_service``.
    """
    simulator = SimulatorConfig(port=0)
    found = []
    for each in configured(config):
        service = open_service(each.service, simulator, cleanup)
        model = model_of(each, service.model, service.url, service.simulated)
        found.append(Served(model, each.service, service))
    distinct([each.model for each in found])
    return found


@dataclass(frozen=True, slots=True)
class Missing:
    """What a subtask lacks, and how that came."""

    requests: Sequence[tuple[Question, int]]
    """Each with its repeat."""
    reused: int
    """Requests whose stored answer counts."""
    failed_before: int
    """Of the missing: asked earlier without success."""
    changed: int
    """Stored answers that do not count: another prompt, model or sampling was asked then."""


def missing(subtask: Subtask, asked: Sequence[Question], run: Run) -> Missing:
    """Compare what is to be asked with what is stored, by content."""
    answered = run.answers.answered(subtask.name)
    ended = run.answers.asked(subtask.name)
    wanted = list(product(asked, range(subtask.repeats)))
    keys = {(question.hash, repeat) for question, repeat in wanted}
    lacking = [pair for pair in wanted if (pair[0].hash, pair[1]) not in answered]
    return Missing(
        requests=lacking,
        reused=len(wanted) - len(lacking),
        failed_before=sum((question.hash, repeat) in ended for question, repeat in lacking),
        changed=len(answered - keys),
    )


class Asking:
    """The asking part of an evaluation: subtasks in turn or side by side, until done or stopped."""

    def __init__(
        self,
        run: Run,
        served: Sequence[Served],
        on_progress: Callable[[Subtask, Progress], None],
    ) -> None:
        self._run = run
        self._served = {each.model.label: each for each in served}
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

    def ask(self, subtask: Subtask, requests: Sequence[tuple[Question, int]]) -> PointFacts | None:
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

        served = self._served[subtask.model]
        with Fleet(workers) as fleet:
            fleet.greet(worker_spec(served.config, served.service))
            fleet.load(point, _requests(served.service, requests), workers)
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
        parallel = min(subtask.parallel, number)
        return Point(index, subtask.name, parallel=parallel, rate=None, number=number)

    def _begin(self, point: Point, requests: Sequence[tuple[Question, int]]) -> None:
        with self._lock:
            self._run.begin_point(point)
            self._run.answers.put_questions(point, (question for question, _ in requests))


def _requests(service: Service, wanted: Sequence[tuple[Question, int]]) -> Iterator[Request]:
    for question, repeat in wanted:
        yield Request(
            seq=question.seq,
            sample_id=question.sample.id,
            repeat=repeat,
            phase="measure",
            body=service.endpoint.build(question.sample),
            path=service.path,
            stream=service.generation.stream,
        )
