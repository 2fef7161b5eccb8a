"""An evaluation from settings to figures: plan, ask, score. Each step leaves all that the next one
needs in the store, so it can be done again by itself (``--mode``), and continued (``--reuse``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from perfbench.config import flag_of, public
from perfbench.config.base import group_of
from perfbench.config.evaluation import EvalConfig
from perfbench.errors import ConfigError, PerfbenchError, StoreError
from perfbench.evaluation.asking import Asking, Missing, missing, open_models
from perfbench.evaluation.grading import SubtaskScores, grade, stored
from perfbench.evaluation.plan.models import unasked
from perfbench.evaluation.plan.questions import Questions
from perfbench.evaluation.plan.questions import plan as plan_questions
from perfbench.store import Run, open_run
from perfbench.store.summaries import summarise_point
from perfbench.types import Progress, Subtask, Summary

_TICK_S = 0.25
_ASKING = ("model", "api", "repeats", "generation_config")
"""Settings that say what is asked, beside those of data and sampling."""


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
    run = _reused(config)
    if run is None or config.mode in ("all", "infer"):
        return _ask_and_score(config, run, observer)
    try:
        result = EvalRun(run, _chosen(config, run))
        with _watched(result, observer):
            if names := _not_used(config, run):
                observer.note(f"{names} not used: stored questions are scored as they were asked")
            _score_all(config, result, observer)
    except BaseException:
        run.close()
        raise
    return result


def plan(config: EvalConfig) -> list[Questions]:
    """What would be asked, without asking anything (``--dry-run``): a model that is not named is
    not known.

    Raises:
        PerfbenchError: see :func:`execute`.
    """
    return plan_questions(config, unasked(config))


def _ask_and_score(config: EvalConfig, run: Run | None, observer: EvalObserver) -> EvalRun:
    with ExitStack() as cleanup:
        try:
            served = open_models(config, cleanup)
            planned = plan_questions(config, [each.model for each in served])
            if run is None:
                name = config.name or "_".join(each.model.label for each in served)
                facts = _facts(config, planned)
                run = Run.create(config.outputs_dir, name, public(config), facts)
            else:
                run.change_config(public(config))
            for each in planned:
                run.answers.put_subtask(each.subtask)
                run.samples.put(each.subtask.name, each.asked)
            result = EvalRun(run, [each.subtask for each in planned])
            with _watched(result, observer):
                _ask_all(config, result, Asking(run, served, observer.progress), planned, observer)
                if config.mode != "infer":
                    _score_all(config, result, observer)
                else:
                    _summarise(result)
        except BaseException:
            if run is not None:
                run.close()
            raise
        return result


@contextmanager
def _watched(result: EvalRun, observer: EvalObserver) -> Iterator[None]:
    """Tell the observer of the beginning, what is to be known of the data, and the end."""
    observer.run_started(str(result.run.path), result.subtasks)
    try:
        for note in dict.fromkeys(note for subtask in result.subtasks for note in subtask.notes):
            result.run.note(note)
            observer.note(note)
        yield
    finally:
        observer.finished()


def _score_all(config: EvalConfig, result: EvalRun, observer: EvalObserver) -> None:
    for place, subtask in enumerate(result.subtasks):
        scores = _score(subtask, config, result, observer)
        if scores is not None:
            result.scores.append(scores)
            result.subtasks[place] = scores.subtask
            observer.scored(scores)
    _summarise(result)


def _summarise(result: EvalRun) -> None:
    """The load figures of every time that each subtask asked."""
    run, names = result.run, {subtask.name for subtask in result.subtasks}
    for point in run.points():
        if point.name in names:
            summary = summarise_point(run, point)
            result.performance.setdefault(point.name, []).append(summary)
    run.write_summary([each for summaries in result.performance.values() for each in summaries])


def _score(
    subtask: Subtask, config: EvalConfig, result: EvalRun, observer: EvalObserver
) -> SubtaskScores | None:
    """The scores of a subtask; ``None`` if there are none, the reason being told and kept."""
    observer.scoring(subtask)
    try:
        if config.mode == "eval":
            _expect_answers(subtask, result.run, observer)
        return (stored if config.mode == "viz" else grade)(subtask, result.run)
    except StoreError:
        raise
    except PerfbenchError as error:
        result.failures[subtask.name] = error
        result.run.note(f"{subtask.name}: {error}")
        observer.note(f"{subtask.name}: {error}")
        return None


def _expect_answers(subtask: Subtask, run: Run, observer: EvalObserver) -> None:
    """Say what a subtask lacks that is to be scored as it is."""
    found = missing(subtask, run.samples.of(subtask.name), run)
    if found.requests:
        total = found.reused + len(found.requests)
        observer.note(f"{subtask.name}: {len(found.requests)} of {total} answers are missing")


def _chosen(config: EvalConfig, run: Run) -> list[Subtask]:
    """The subtasks of a run that ``--datasets`` and ``--models`` name; all if they name none.

    Raises:
        ConfigError: the run has none of that name, or none at all.
    """
    known = run.answers.subtasks()
    if not known:
        raise ConfigError(f"{run.path} was left before anything was asked")
    for flag, wanted, has in (
        ("--datasets", config.datasets, [n for s in known for n in (s.data_set, s.asked_as)]),
        ("--models", config.models, [subtask.model for subtask in known]),
    ):
        for name in wanted:
            if name not in has:
                there = ", ".join(dict.fromkeys(has))
                raise ConfigError(f"{flag}: {run.path} has no {name!r}; it has: {there}")
    return [
        each
        for each in known
        if (not config.datasets or {each.data_set, each.asked_as} & set(config.datasets))
        and (not config.models or each.model in config.models)
    ]


def _not_used(config: EvalConfig, run: Run) -> str:
    """Flags that say what is asked, where they are other than when it was asked."""
    given = public(config)
    return ", ".join(
        flag_of(name)
        for name in type(config).model_fields
        if name in config.model_fields_set - {"datasets"}
        and (name in _ASKING or group_of(config, name) in ("Data", "Sampling"))
        and given[name] != run.config.get(name)
    )


def _ask_all(
    config: EvalConfig,
    result: EvalRun,
    asking: Asking,
    planned: Sequence[Questions],
    observer: EvalObserver,
) -> None:
    with (
        asking,
        ThreadPoolExecutor(config.max_num_workers, thread_name_prefix="subtask") as pool,
    ):
        waiting = [
            (each.subtask, missing(each.subtask, each.asked, result.run)) for each in planned
        ]
        running: dict[Future[Any], Subtask] = {}
        while (waiting and not asking.stopped) or running:
            while waiting and not asking.stopped and len(running) < config.max_num_workers:
                subtask, found = waiting.pop(0)
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
        result.failures[subtask.name] = error
        result.run.note(f"{subtask.name}: {error}")
        if isinstance(error, StoreError):
            asking.stop()
    observer.asked(subtask, error)


def _reused(config: EvalConfig) -> Run | None:
    """The run that ``--reuse`` names: a folder, its name, or the newest of an evaluation."""
    if config.reuse is None:
        return None
    if config.reuse == "latest":
        folders = sorted(config.outputs_dir.glob("*/run.db"), key=lambda file: file.parent.name)
        for file in reversed(folders):
            run = open_run(file.parent)
            if run.about.get("kind") == "evaluation":
                return run
            run.close()
        raise ConfigError(f"--reuse: no evaluation is in {config.outputs_dir}")
    for path in (Path(config.reuse), config.outputs_dir / config.reuse):
        if path.is_dir():
            return _evaluation(path)
    found = sorted(config.outputs_dir.glob(f"{config.reuse}*/run.db"))
    if len(found) == 1:
        return _evaluation(found[0].parent)
    what = "several runs begin so" if found else "there is no such run"
    raise ConfigError(f"--reuse {config.reuse}: {what} in {config.outputs_dir}")


def _evaluation(path: Path) -> Run:
    run = open_run(path)
    if run.about.get("kind") != "evaluation":
        run.close()
        raise ConfigError(f"--reuse: {path} is a load test, not an evaluation")
    return run


def _facts(config: EvalConfig, planned: Sequence[Questions]) -> dict[str, Any]:
    subtasks = [each.subtask for each in planned]
    return {
        "kind": "evaluation",
        "url": public(config)["url"] or subtasks[0].url,
        "model": ", ".join(dict.fromkeys(each.model for each in subtasks)),
        "api": config.api,
        "simulator": any(each.simulated for each in subtasks),
        "datasets": list(dict.fromkeys(each.data_set for each in subtasks)),
    }
