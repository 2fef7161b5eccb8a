"""Whom to ask, and asking: sends what a subtask still lacks, stores each answer as it comes.

The only part of an evaluation that knows services and their driver. Several subtasks may be asked
at a time, each on a thread that mostly waits. Knows no scorer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import count, product
from typing import Any

from perfbench.config import ServiceConfig, SimulatorConfig
from perfbench.config.evaluation import EvalConfig
from perfbench.driver.crew import Crew
from perfbench.driver.probe import Probe as Probe
from perfbench.driver.probe import probe
from perfbench.driver.rounds import Round, Rounds
from perfbench.driver.schedule import default_workers
from perfbench.driver.service import Service, open_service, worker_spec
from perfbench.evaluation.plan.models import Model, configured, distinct, model_of
from perfbench.store import Run
from perfbench.types import Point, PointFacts, Progress, Question, Request, Subtask

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


def probe_models(served: Sequence[Served]) -> dict[str, Probe]:
    """Ask each model one small thing that counts nowhere; what came of it, by the model's label.

    Raises:
        TargetError: a service cannot be reached, or refuses. One line.
    """
    with Crew() as crew:
        found = [(each.model.label, probe(each.config, each.service, crew)) for each in served]
    return {label: each for label, each in found if each is not None}


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
    """The asking part of an evaluation: subtasks in turn or side by side, until done or stopped.

    Use as a context manager: it holds the worker processes, and in it the first Ctrl-C (or SIGTERM)
    sends nothing more and lets answers drain, the second ends at once.
    """

    def __init__(
        self,
        run: Run,
        served: Sequence[Served],
        on_progress: Callable[[Subtask, Progress], None],
    ) -> None:
        self._run = run
        self._served = {each.model.label: each for each in served}
        self._on_progress = on_progress
        self._crew = Crew()
        self._rounds = Rounds(self._crew, run)
        self._cleanup = ExitStack()
        self._indices = count(len(run.points()))

    def __enter__(self) -> Asking:
        for each in (self._crew, self._rounds.interruptible(), self._rounds.shielded()):
            self._cleanup.enter_context(each)
        return self

    def __exit__(self, *error: Any) -> bool | None:
        return self._cleanup.__exit__(*error)

    @property
    def stopped(self) -> bool:
        """Whether the user asked to stop."""
        return self._rounds.stopped

    def stop(self) -> None:
        """First call: send nothing more and let answers drain; second: end at once."""
        self._rounds.stop()

    def ask(self, subtask: Subtask, requests: Sequence[tuple[Question, int]]) -> PointFacts | None:
        """Ask ``requests`` of ``subtask``; ``None`` if there was nothing to ask or it was stopped.

        Raises:
            PerfbenchError: the service cannot be reached, a worker died, the store is full.
        """
        if not requests or self.stopped:
            return None
        served = self._served[subtask.model]
        parallel = min(subtask.parallel, len(requests))
        point = Point(next(self._indices), subtask.name, parallel, rate=None, number=len(requests))
        asked = [question for question, _ in requests]
        ended = self._rounds.run(
            Round(
                point,
                worker_spec(served.config, served.service),
                _requests(served.service, requests),
                min(default_workers(point), parallel),
                len(requests),
                REPORT_S,
                begun=lambda: self._run.answers.put_questions(point, asked),
                progress=lambda progress: self._on_progress(subtask, progress),
            )
        )
        return None if ended is None else ended.facts


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
