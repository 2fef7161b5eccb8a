"""An evaluation from settings to figures: plan, ask, score. Each step stands on the store alone, so
it can be done again by itself (``--mode``), and continued (``--reuse``).
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import Any

from perfbench.config import public
from perfbench.config.evaluation import EvalConfig
from perfbench.driver.crew import Crew
from perfbench.errors import ConfigError, PerfbenchError, StoreError
from perfbench.evaluation import telling
from perfbench.evaluation.asking import Asking, missing
from perfbench.evaluation.grading import SubtaskScores, grade, stored
from perfbench.evaluation.subtask import Model, Subtask, open_models, plan_subtasks
from perfbench.store import Run, find, open_run
from perfbench.store.summaries import summarise_point
from perfbench.types import (
    Asked,
    Note,
    Observer,
    Progress,
    RunStarted,
    Scoring,
    Summary,
    together,
)


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


def execute(config: EvalConfig, observer: Observer) -> EvalRun:
    """Run an evaluation in ``config.mode``.

    The observer hears everything but ``RunFinished``, which is for the caller to say once reports
    are written.

    Raises:
        PerfbenchError: settings, data, service or store are at fault before anything was asked.
    """
    with ExitStack() as cleanup:
        run = _reused(config)
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
                )
            elif config.mode != "viz":
                run.change_config(public(config))
        except BaseException:
            if run is not None:
                run.close()
            raise
        result = EvalRun(run, subtasks)
        tell = together([run.hear, observer])
        try:
            tell(
                RunStarted(
                    kind="evaluation",
                    path=str(run.path),
                    simulated=any(subtask.model.service.simulated for subtask in subtasks),
                    config=public(config),
                    subtasks=tuple(map(telling.facts, subtasks)),
                )
            )
            _carry_out(config, result, tell)
        except BaseException:
            run.close()
            raise
        return result


def plan(config: EvalConfig) -> list[Subtask]:
    """What would be asked, without asking anything (``--dry-run``): a model that is not named is
    not known.

    Raises:
        PerfbenchError: see :func:`execute`.
    """
    with ExitStack() as cleanup:
        return plan_subtasks(config, open_models(config, cleanup, {}))


def _carry_out(config: EvalConfig, result: EvalRun, observer: Observer) -> None:
    run = result.run
    for note in dict.fromkeys(note for subtask in result.subtasks for note in subtask.notes):
        observer(Note(note))
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


def _score(subtask: Subtask, config: EvalConfig, result: EvalRun, observer: Observer) -> None:
    observer(Scoring(subtask.name))
    try:
        if config.mode == "eval":
            _expect_answers(subtask, result.run, observer)
        scores = (stored if config.mode == "viz" else grade)(subtask, result.run)
    except StoreError:
        raise
    except PerfbenchError as error:
        result.failures[subtask.name] = error
        observer(Note(f"{subtask.name}: {error}"))
        return
    result.scores.append(scores)
    observer(telling.scored(scores))


def _expect_answers(subtask: Subtask, run: Run, observer: Observer) -> None:
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
    observer(Note(f"{subtask.name}: {lacks}"))


def _ask_all(config: EvalConfig, result: EvalRun, observer: Observer) -> None:
    def on_progress(_subtask: Subtask, progress: Progress) -> None:
        observer(progress)

    with (
        Crew() as crew,
        (asking := Asking(result.run, crew, on_progress)).interruptible(),
        ThreadPoolExecutor(config.max_num_workers, thread_name_prefix="subtask") as pool,
    ):
        lacking = {subtask.name: missing(subtask, result.run) for subtask in result.subtasks}
        waiting = list(result.subtasks)
        running: dict[Future[Any], Subtask] = {}
        while (waiting and not asking.stopped) or running:
            while waiting and not asking.stopped and len(running) < config.max_num_workers:
                subtask = waiting.pop(0)
                found = lacking[subtask.name]
                observer(telling.asking(subtask, found))
                running[pool.submit(asking.ask, subtask, found.requests)] = subtask
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                _ended(running.pop(future), future, result, observer, asking)
    result.interrupted = asking.stopped


def _ended(
    subtask: Subtask,
    future: Future[Any],
    result: EvalRun,
    observer: Observer,
    asking: Asking,
) -> None:
    error = future.exception()
    if error is not None and not isinstance(error, PerfbenchError):
        asking.stop()
        raise error
    if error is not None:
        result.failures[subtask.name] = error
        if isinstance(error, StoreError):
            asking.stop()
    observer(Asked(subtask.name, None if error is None else str(error)))


def _reused(config: EvalConfig) -> Run | None:
    """The run that ``--reuse`` names."""
    if config.reuse is None:
        return None
    try:
        return open_run(find(config.outputs_dir, config.reuse, "evaluation"))
    except StoreError as error:
        raise StoreError(f"--reuse: {error}") from error


def _served_models(run: Run) -> dict[str, str]:
    return {spec["model"]: spec["served_model"] for spec in run.answers.subtasks().values()}


def _as_asked(model: Model, run: Run) -> Model:
    simulated = bool(run.about.simulator)
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
