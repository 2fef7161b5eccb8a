"""Whom to ask, and asking: sends what a subtask still lacks, stores each answer as it comes.

The only part of an evaluation that knows services and their driver. Several subtasks may be asked
at a time, each on a thread that mostly waits. Knows no scorer.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from itertools import count, product
from typing import Any

import msgspec

from perfbench import registry
from perfbench.config import ServiceConfig, SimulatorConfig
from perfbench.config.evaluation import EvalConfig
from perfbench.driver.crew import Crew
from perfbench.driver.probe import Probe as Probe
from perfbench.driver.probe import probe
from perfbench.driver.rounds import Round, Rounds
from perfbench.driver.schedule import default_workers
from perfbench.driver.service import Service, open_service, worker_spec
from perfbench.endpoints.openai_chat import OpenAIChat
from perfbench.errors import TargetError
from perfbench.evaluation import demonstration
from perfbench.evaluation.plan.models import (
    Configured,
    Model,
    configured,
    distinct,
    judges,
    model_of,
)
from perfbench.evaluation.plan.questions import Questions
from perfbench.evaluation.retries import Attempts, pause_s
from perfbench.simulator.answers import tell
from perfbench.store import Run
from perfbench.types import Point, Progress, Question, Request, Subtask

REPORT_S = 0.02
"""An answer is stored about so soon after its end: a kill may cost what takes no longer to ask."""
_LOOK_S = 0.1
"""How soon a pause notices that the user stops."""


@dataclass(frozen=True, slots=True)
class Served:
    """A model under evaluation, and the service that answers for it."""

    model: Model
    config: ServiceConfig
    service: Service


def tell_simulator(served: Sequence[Served], planned: Sequence[Questions]) -> None:
    """Tell the built-in simulator, where it answers, what to say; see ``demonstration``."""
    for each in served:
        if not each.service.simulated:
            continue
        for questions in planned:
            if (questions.subtask.judge or questions.subtask.model) == each.model.label:
                wanted = [(question, 0) for question in questions.asked]
                requests = list(_requests(each.service, wanted))
                tell(each.service.url, demonstration.answers(questions, requests))


def open_models(config: EvalConfig, cleanup: ExitStack) -> list[Served]:
    """The models to evaluate, in order, each with its service.

    Raises:
        ConfigError, TargetError: see ``driver.service.open_service``.
    """
    simulator = SimulatorConfig(port=0)
    found = []
    for each in configured(config):
        service = open_service(each.service, simulator, config.policy, cleanup)
        model = model_of(each, service.model, service.url, service.simulated)
        found.append(Served(model, each.service, service))
    distinct([each.model for each in found])
    return found


def open_judges(
    config: EvalConfig,
    served: Sequence[Served],
    schema: Mapping[str, Any] | None,
    cleanup: ExitStack,
) -> dict[str, Served]:
    """The models that judge, by name, each with its service; one that is under evaluation, too, is
    not opened twice.

    Args:
        schema: of what they are to reply, for services that take one.

    Raises:
        ConfigError, TargetError: see ``driver.service.open_service``.
    """
    models = {each.model.label: each for each in served}
    found: dict[str, Served] = {}
    for name, given in judges(config).items():
        if given is None:
            found |= models
        elif name in models:
            found[name] = models[name]
        else:
            service = open_service(given, SimulatorConfig(port=0), config.policy, cleanup)
            named = Configured(name, given, given.parallel or config.parallel)
            model = model_of(named, service.model, service.url, service.simulated)
            found[name] = Served(model, given, service)
    return {name: _as_judge(each, config, schema) for name, each in found.items()}


def _as_judge(served: Served, config: EvalConfig, schema: Mapping[str, Any] | None) -> Served:
    """A model with what it is given as a judge only."""
    model, service = served.model, served.service
    if config.judge_parallel is not None:
        model = replace(model, parallel=config.judge_parallel)
    if schema is not None and service.endpoint.name == OpenAIChat.name:
        form = {"name": "verdict", "strict": True, "schema": schema}
        extra = {"response_format": {"type": "json_schema", "json_schema": form}}
        generation = msgspec.structs.replace(
            service.generation, extra={**extra, **service.generation.extra}
        )
        model = replace(model, generation=generation)
        endpoint = registry.resolve(registry.ENDPOINTS, model.api)(generation)
        service = msgspec.structs.replace(service, generation=generation, endpoint=endpoint)
    return Served(model, served.config, service)


def keep_server_logs(served: Sequence[Served], run: Run) -> None:
    """Have what servers say that were started for the evaluation written into its folder."""
    started = [each.service.local for each in served if each.service.local is not None]
    for place, server in enumerate(started, 1):
        name = "server.log" if len(started) == 1 else f"server_{place}.log"
        server.keep_log(run.path / name)


def probe_models(served: Sequence[Served]) -> dict[str, Probe]:
    """Ask each model one small thing that counts nowhere; what came of it, by the model's label.

    Raises:
        TargetError: a service cannot be reached, or refuses. One line.
    """
    with Crew() as crew:
        found = {each.model.label: probe(each.config, each.service, crew) for each in served}
    return {label: each[0] for label, each in found.items() if each}


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
    """Stored answers that do not count: to other questions, prompts, models or sampling."""


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
        retries: int = 0,
        judges: Mapping[str, Served] = {},
    ) -> None:
        """``retries``: how often what failed is asked again; ``judges``: by name."""
        self._run = run
        self._served = {each.model.label: each for each in served}
        self._judges = judges
        self._on_progress = on_progress
        self._retries = retries
        self._crew = Crew()
        self._rounds = Rounds(self._crew, run)
        self._cleanup = ExitStack()
        # Not their number: a service that was not reached leaves its place empty.
        self._indices = count(max((point.index for point in run.points()), default=-1) + 1)

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

    def ask(self, subtask: Subtask, requests: Sequence[tuple[Question, int]]) -> None:
        """Ask ``requests`` of ``subtask``, and again what fails in a way that may pass.

        Raises:
            PerfbenchError: the service cannot be reached, a worker died, the store is full.
        """
        attempts = Attempts(requests)
        for retry in range(self._retries + 1):
            if not attempts.left or self.stopped or (retry and not self._pause(pause_s(retry))):
                return
            try:
                self._attempt(subtask, attempts)
            except TargetError:
                if retry in (0, self._retries):
                    raise  # never there, or gone for good

    def _attempt(self, subtask: Subtask, attempts: Attempts[Question]) -> None:
        """Ask once more what is left, as a point of its own."""
        served = (
            self._served[subtask.model] if subtask.judge is None else self._judges[subtask.judge]
        )
        requests = attempts.begin()
        parallel = min(subtask.parallel, len(requests))
        point = Point(next(self._indices), subtask.name, parallel, rate=None, number=len(requests))
        asked = [question for question, _ in requests]
        self._rounds.run(
            Round(
                point,
                worker_spec(served.config, served.service),
                _requests(served.service, requests),
                min(default_workers(point), parallel),
                len(requests),
                REPORT_S,
                begun=lambda: self._run.answers.put_questions(point, asked),
                stored=attempts.ended,
                progress=lambda now: self._on_progress(subtask, attempts.progress(now)),
            )
        )

    def _pause(self, seconds: float) -> bool:
        """Leave the service alone; false if the user stops meanwhile."""
        end_s = time.monotonic() + seconds
        while not self.stopped and (left_s := end_s - time.monotonic()) > 0:
            time.sleep(min(left_s, _LOOK_S))
        return not self.stopped


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
