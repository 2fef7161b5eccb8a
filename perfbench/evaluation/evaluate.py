"""An evaluation from settings to figures: plan, ask, score. Each step stands on the store alone, so
it can be done again by itself (``--mode``), and continued (``--reuse``).
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import FrameType
from typing import Any, Protocol

from perfbench.config import Scrubber, public, scrubber
from perfbench.config.evaluation import EvalConfig
from perfbench.errors import ConfigError, PerfbenchError, StoreError
from perfbench.evaluation.asking import Asking, Missing, missing
from perfbench.evaluation.grading import SubtaskScores, grade, stored
from perfbench.evaluation.subtask import Model, Subtask, open_models, plan_subtasks
from perfbench.store import Run, open_run
from perfbench.store.summaries import summarise_point
from perfbench.types import Progress, Summary

_TICK_S = 0.25


class EvalObserver(Protocol):
    """What displays of an evaluation implement. Called on one thread, but for ``progress``."""

    def run_started(self, run: str, subtasks: Sequence[Subtask]) -> None: ...

    def asking(self, subtask: Subtask, lacking: Missing) -> None:
        """A subtask begins to ask (or, if nothing is lacking, has all its answers)."""
        ...

    def progress(self, subtask: Subtask, progress: Progress) -> None:
        """Counters of a running subtask, about twice a second, from the thread that asks."""
        ...

    def asked(self, subtask: Subtask, error: PerfbenchError | None) -> None:
        """A subtask has asked all it could."""
        ...

    def scoring(self, subtask: Subtask) -> None: ...

    def scored(self, scores: SubtaskScores) -> None: ...

    def tick(self) -> None:
        """Four times a second while subtasks ask: a moment to draw and to read keys."""
        ...

    def note(self, text: str) -> None: ...

    def finished(self) -> None:
        """Nothing more will come; leaves the terminal as it was."""
        ...


@dataclass(slots=True)
class EvalRun:
    """What an evaluation leaves. ``run`` is open: the caller closes it."""

    run: Run
    subtasks: list[Subtask]
    scores: list[SubtaskScores] = field(default_factory=list)
    performance: dict[str, list[Summary]] = field(default_factory=dict)
    """By subtask: the load figures of each time it asked."""
    failures: dict[str, PerfbenchError] = field(default_factory=dict)
    """By subtask: why it could not ask all, or has no scores."""
    interrupted: bool = False


def execute(config: EvalConfig, observer: EvalObserver) -> EvalRun:
    """Run an evaluation in ``config.mode``.

    Raises:
        PerfbenchError: settings, data, service or store are at fault before anything was asked.
    """
    scrub = scrubber(config)
    with ExitStack() as cleanup:
        run = _reused(config, scrub)
        try:
            asks = run is None or config.mode in ("all", "infer")
            known = None if asks or run is None else _served_models(run)
            models = open_models(config, cleanup, known)
            if run is not None and not asks:
                models = [_as_asked(model, run) for model in models]
            subtasks = plan_subtasks(config, models)
            if run is None:
                run = Run.create(
                    config.outputs_dir,
                    config.name or "_".join(model.label for model in models),
                    public(config),
                    _facts(config, subtasks),
                    scrub,
                )
            elif config.mode != "viz":
                run.change_config(public(config))
        except BaseException:
            if run is not None:
                run.close()
            raise
        result = EvalRun(run, subtasks)
        observer.run_started(str(run.path), subtasks)
        try:
            _carry_out(config, result, observer)
        except BaseException:
            observer.finished()
            run.close()
            raise
        observer.finished()
        return result


def plan(config: EvalConfig) -> list[Subtask]:
    """What would be asked, without asking anything (``--dry-run``): a model that is not named is
    not known.

    Raises:
        PerfbenchError: see :func:`execute`.
    """
    with ExitStack() as cleanup:
        return plan_subtasks(config, open_models(config, cleanup, {}))


def _carry_out(config: EvalConfig, result: EvalRun, observer: EvalObserver) -> None:
    run = result.run
    for note in dict.fromkeys(note for subtask in result.subtasks for note in subtask.notes):
        run.note(note)
        observer.note(run.scrub(note))
    for subtask in result.subtasks:
        run.answers.put_subtask(subtask.name, subtask.spec())
    if config.mode in ("all", "infer"):
        _ask_all(config, result, observer)
    if config.mode != "infer":
        for subtask in result.subtasks:
            _score(subtask, config, result, observer)
    names = {subtask.name for subtask in result.subtasks}
    for point in run.points():
        if point.name in names:
            summary = summarise_point(run, point)
            result.performance.setdefault(point.name, []).append(summary)
    run.write_summary([each for summaries in result.performance.values() for each in summaries])


def _score(subtask: Subtask, config: EvalConfig, result: EvalRun, observer: EvalObserver) -> None:
    observer.scoring(subtask)
    try:
        if config.mode == "eval":
            _expect_answers(subtask, result.run, observer)
        scores = (stored if config.mode == "viz" else grade)(subtask, result.run)
    except StoreError:
        raise
    except PerfbenchError as error:
        result.failures[subtask.name] = _shown(error, result)
        result.run.note(f"{subtask.name}: {error}")
        observer.note(f"{subtask.name}: {error}")
        return
    result.scores.append(scores)
    observer.scored(scores)


def _expect_answers(subtask: Subtask, run: Run, observer: EvalObserver) -> None:
    """Say what a subtask lacks that is to be scored as it is.

    Raises:
        ConfigError: it lacks everything.
    """
    found = missing(subtask, run)
    if not found.requests:
        return
    lacks = f"{len(found.requests)} of {found.reused + len(found.requests)} answers are missing"
    if found.changed:
        lacks += f"; {found.changed} stored ones are for another prompt, model or sampling"
    if not found.reused and not found.failed_before:
        raise ConfigError(f"{lacks}: give the settings with which they were asked")
    observer.note(f"{subtask.name}: {lacks}")


def _ask_all(config: EvalConfig, result: EvalRun, observer: EvalObserver) -> None:
    asking = Asking(result.run, observer.progress)
    with (
        _interruptible(asking),
        ThreadPoolExecutor(config.max_num_workers, thread_name_prefix="subtask") as pool,
    ):
        lacking = {subtask.name: missing(subtask, result.run) for subtask in result.subtasks}
        waiting = list(result.subtasks)
        running: dict[Future[Any], Subtask] = {}
        while (waiting and not asking.stopped) or running:
            while waiting and not asking.stopped and len(running) < config.max_num_workers:
                subtask = waiting.pop(0)
                found = lacking[subtask.name]
                observer.asking(subtask, found)
                running[pool.submit(asking.ask, subtask, found.requests)] = subtask
            done, _ = wait(running, _TICK_S, FIRST_COMPLETED)
            for future in done:
                _ended(running.pop(future), future, result, observer, asking)
            observer.tick()
    result.interrupted = asking.stopped


def _ended(
    subtask: Subtask,
    future: Future[Any],
    result: EvalRun,
    observer: EvalObserver,
    asking: Asking,
) -> None:
    error = future.exception()
    if error is not None and not isinstance(error, PerfbenchError):
        asking.stop()
        raise error
    if error is not None:
        result.failures[subtask.name] = _shown(error, result)
        result.run.note(f"{subtask.name}: {error}")
        if isinstance(error, StoreError):
            asking.stop()
    observer.asked(subtask, error)


def _shown(error: PerfbenchError, result: EvalRun) -> PerfbenchError:
    """The error without secrets, as displays and files may have it."""
    error.args = tuple(result.run.scrub(arg) for arg in error.args)
    return error


def _reused(config: EvalConfig, scrub: Scrubber) -> Run | None:
    """The run that ``--reuse`` names: a folder, its name, or the newest of an evaluation."""
    if config.reuse is None:
        return None
    if config.reuse == "latest":
        folders = sorted(config.outputs_dir.glob("*/run.db"), key=lambda file: file.parent.name)
        for file in reversed(folders):
            run = open_run(file.parent, scrub)
            if run.about.get("kind") == "evaluation":
                return run
            run.close()
        raise ConfigError(f"--reuse: no evaluation is in {config.outputs_dir}")
    for path in (Path(config.reuse), config.outputs_dir / config.reuse):
        if path.is_dir():
            return _evaluation(path, scrub)
    found = sorted(config.outputs_dir.glob(f"{config.reuse}*/run.db"))
    if len(found) == 1:
        return _evaluation(found[0].parent, scrub)
    what = "several runs begin so" if found else "there is no such run"
    raise ConfigError(f"--reuse {config.reuse}: {what} in {config.outputs_dir}")


def _evaluation(path: Path, scrub: Scrubber) -> Run:
    run = open_run(path, scrub)
    if run.about.get("kind") != "evaluation":
        run.close()
        raise ConfigError(f"--reuse: {path} is a load test, not an evaluation")
    return run


def _served_models(run: Run) -> dict[str, str]:
    return {spec["model"]: spec["served_model"] for spec in run.answers.subtasks().values()}


def _as_asked(model: Model, run: Run) -> Model:
    simulated = bool(run.about.get("simulator"))
    return replace(model, service=replace(model.service, simulated=simulated))


def _facts(config: EvalConfig, subtasks: Sequence[Subtask]) -> dict[str, Any]:
    services = {subtask.model.label: subtask.model.service for subtask in subtasks}
    first = next(iter(services.values()))
    return {
        "kind": "evaluation",
        "url": public(config)["url"] or first.url,
        "model": ", ".join(services),
        "api": config.api,
        "simulator": any(service.simulated for service in services.values()),
        "datasets": list(dict.fromkeys(subtask.data_set for subtask in subtasks)),
    }


@contextmanager
def _interruptible(asking: Asking) -> Iterator[None]:
    """First Ctrl-C (or SIGTERM): send nothing more and drain; second: end at once."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        asking.stop()

    before = [(number, signal.getsignal(number)) for number in (signal.SIGINT, signal.SIGTERM)]
    for number, _ in before:
        signal.signal(number, on_signal)
    try:
        yield
    finally:
        for number, handler in before:
            signal.signal(number, handler)
