"""Runs a load test from settings to summaries, and ends it in good order whatever happens.

What has been measured is in the store within a second, and stays there when the run is stopped.
"""

from __future__ import annotations

import platform
import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from types import FrameType
from typing import Any, Literal

from perfbench import __version__
from perfbench.config import PerfConfig, public
from perfbench.driver.fleet import Fleet, Standing
from perfbench.driver.progress import Tracker
from perfbench.driver.schedule import default_workers
from perfbench.driver.service import Service, open_service, worker_spec
from perfbench.errors import PerfbenchError, StoreError, WorkerError
from perfbench.perf.plan import Plan, repetition_note
from perfbench.perf.points import plan_points
from perfbench.store import Run
from perfbench.store.summaries import preload, summarise_point
from perfbench.types import Observer, Point, PointFacts, Question, Record, Summary
from perfbench.workloads import Tokenizer, load_tokenizer, load_workload

DRAIN_S = 5.0
"""How long streams may go on after the first Ctrl-C."""


@dataclass(slots=True)
class PerfRun:
    """What a load test leaves. ``run`` is open: the caller closes it."""

    run: Run
    summaries: list[Summary] = field(default_factory=list)
    interrupted: bool = False
    failure: PerfbenchError | None = None
    """Why the sweep ended early, when it was not the user."""


def execute(config: PerfConfig, observers: Sequence[Observer] = ()) -> PerfRun:
    """Run every point of a load test.

    Observers hear everything but ``run_finished``, which is for the caller to say once reports
    are written.

    Raises:
        PerfbenchError: before anything was measured: settings, data or service are at fault.
    """
    points = plan_points(config)
    teams = [_team(config, point) for point in points]
    with ExitStack() as cleanup:
        fleet = cleanup.enter_context(Fleet(max(teams)))
        service = open_service(config, config.simulator, cleanup)
        fleet.greet(worker_spec(config, service))
        tokenizer = load_tokenizer(config.tokenizer_path) if config.tokenizer_path else None
        workload = load_workload(config, tokenizer)
        session = _Session(config, observers, service, fleet, workload, tokenizer)
        return session.run(points, teams)


def _team(config: PerfConfig, point: Point) -> int:
    workers = config.workers or default_workers(point)
    return min(workers, point.parallel or workers)


def _facts(config: PerfConfig, service: Service) -> dict[str, Any]:
    return {
        "url": public(config)["url"] or service.target.unix_socket or service.url,
        "model": service.model,
        "api": config.api,
        "transport": config.transport,
        "simulator": service.simulated,
        "host": platform.node(),
        "platform": platform.platform(),
        "python": platform.python_version(),
        "perfbench": __version__,
    }


class _Session:
    """One load test under way."""

    def __init__(
        self,
        config: PerfConfig,
        observers: Sequence[Observer],
        service: Service,
        fleet: Fleet,
        workload: Any,
        tokenizer: Tokenizer | None,
    ) -> None:
        self._config = config
        self._observers = observers
        self._service = service
        self._fleet = fleet
        self._workload = workload
        self._tokenizer = tokenizer
        self._noted: set[str] = set()
        self._stops = 0
        self._stage: Literal["preparing", "measuring", "finishing"] = "preparing"
        name = config.name or service.model
        facts = _facts(config, service)
        self._result = PerfRun(Run.create(config.outputs_dir, name, public(config), facts))

    def run(self, points: Sequence[Point], teams: Sequence[int]) -> PerfRun:
        try:
            self._run_points(points, teams)
        except BaseException:
            self._result.run.close()
            raise
        return self._result

    def _run_points(self, points: Sequence[Point], teams: Sequence[int]) -> None:
        result = self._result
        shown = public(self._config) | {"model": self._service.model}
        for observer in self._observers:
            observer.run_started(str(result.run.path), shown, points)
        with self._interruptible():
            for point, workers in zip(points, teams, strict=True):
                try:
                    self._run_point(point, workers)
                except PerfbenchError as error:
                    if not result.summaries or isinstance(error, StoreError):
                        raise
                    result.failure = error
                    break
                except KeyboardInterrupt:
                    pass  # Only on_signal raises it, and it counts.
                if self._stops:
                    result.interrupted = True
                    break

    def _run_point(self, point: Point, workers: int) -> None:
        self._stage = "preparing"
        run, service = self._result.run, self._service
        asked: list[Question] = []
        plan = Plan(
            point,
            self._workload,
            service.endpoint,
            service.path,
            self._config.stream,
            asked.append if self._config.keep_prompts else None,
        )
        loaded = self._fleet.load(point, plan.requests(), workers)
        if asked:
            run.answers.put_questions(point, asked)
            run.samples.put(point.name, asked)
        for text in getattr(self._workload, "notes", ()):
            self._note(text)
        if plan.distinct is not None and plan.total is not None:
            self._note(repetition_note(plan.distinct, loaded))
        different = loaded if plan.distinct is None else plan.distinct
        self._fleet.prepare(point, None if plan.total is not None else loaded)
        preload()  # While the workers connect, not while they measure.
        self._fleet.await_ready()
        run.begin_point(point)
        for observer in self._observers:
            observer.point_started(point)
        tracker = Tracker(point, plan.total)

        def on_records(records: list[Record]) -> None:
            run.append(point, records)
            tracker.add(records)

        def on_tick(standing: Standing) -> None:
            progress = tracker.progress(standing)
            for observer in self._observers:
                observer.progress(progress)

        self._stage = "measuring"
        facts = self._fleet.run(point, on_records, on_tick)
        self._stage = "finishing"
        if self._stops:
            facts = replace(facts, interrupted=True)
        run.end_point(point, facts)
        # How often a plan that only time bounds started over is known only now; that a --prompt
        # is always the same has been said.
        if plan.total is None and tracker.done > different and self._config.prompt is None:
            self._note(repetition_note(different, tracker.done))
        self._note_losses(point, facts)
        self._finish_point(point)
        if all(worker.died for worker in facts.workers):
            raise WorkerError(f"no worker is left: {facts.workers[0].why}")

    def _finish_point(self, point: Point) -> None:
        run = self._result.run
        if self._tokenizer is not None:
            _count_tokens(run, point, self._tokenizer)
        summary = summarise_point(run, point)
        self._result.summaries.append(summary)
        run.write_summary(self._result.summaries)
        for observer in self._observers:
            observer.point_finished(point, summary)

    def _note_losses(self, point: Point, facts: PointFacts) -> None:
        for worker in facts.workers:
            if worker.died:
                why = f"worker {worker.worker} died ({worker.why})"
                self._note(f"{why}: its finished requests are kept")
        if facts.unsent:
            self._note(
                f"{point.name}: {facts.unsent:,} planned requests had found no slot when the "
                "duration was over, and were not sent"
            )

    def _note(self, text: str) -> None:
        """Tell the user once, and the log."""
        if text in self._noted:
            return
        self._noted.add(text)
        self._result.run.note(text)
        for observer in self._observers:
            observer.note(text)

    @contextmanager
    def _interruptible(self) -> Iterator[None]:
        """First Ctrl-C (or SIGTERM): stop sending and drain; second: end at once. Before a point
        has begun there is nothing to drain, and while it is summed up nothing to stop.
        """
        if threading.current_thread() is not threading.main_thread():
            yield
            return

        def on_signal(_number: int, _frame: FrameType | None) -> None:
            self._stops += 1
            if self._stage == "measuring" and self._stops < 3:
                self._fleet.stop(DRAIN_S if self._stops == 1 else 0)
            elif self._stage != "finishing" or self._stops > 1:
                raise KeyboardInterrupt

        before = [(number, signal.getsignal(number)) for number in (signal.SIGINT, signal.SIGTERM)]
        for number, _ in before:
            signal.signal(number, on_signal)
        try:
            yield
        finally:
            for number, handler in before:
                signal.signal(number, handler)


def _count_tokens(run: Run, point: Point, tokenizer: Tokenizer, batch: int = 512) -> None:
    """Count the output of every request with the tokenizer, after the clock has stopped."""
    keys: list[tuple[int, int]] = []
    texts: list[str] = []
    counts: list[tuple[int, int, int]] = []

    def flush() -> None:
        for key, count in zip(keys, tokenizer.count(texts), strict=True):
            counts.append((*key, count))
        keys.clear()
        texts.clear()

    for seq, repeat, text in run.texts(point):
        keys.append((seq, repeat))
        texts.append(text)
        if len(keys) == batch:
            flush()
    if keys:
        flush()
    run.update_output_tokens(point, counts)
