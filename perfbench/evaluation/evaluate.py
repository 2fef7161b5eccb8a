"""An evaluation from settings to figures: plan, ask, score. Each step leaves all that the next one
needs in the store, so it can be done again by itself (``--mode``), and continued (``--reuse``).
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

from perfbench.config import command_of, flag_of, given_settings, public, scrubber
from perfbench.config.evaluation import EvalConfig
from perfbench.config.facts import facts_of
from perfbench.config.secrets import masked_settings
from perfbench.errors import PerfbenchError, StoreError
from perfbench.evaluation import demonstration, reuse, telling
from perfbench.evaluation.asking import (
    Asking,
    Probe,
    Served,
    keep_server_logs,
    missing,
    open_models,
    probe_models,
    tell_simulator,
)
from perfbench.evaluation.grading import SubtaskScores, grade, stored
from perfbench.evaluation.plan.models import unasked
from perfbench.evaluation.plan.questions import Questions
from perfbench.evaluation.plan.questions import plan as plan_questions
from perfbench.evaluation.running import Programs, is_run
from perfbench.store import Run
from perfbench.store.again import files_of, refuse_other_work
from perfbench.store.summaries import summarise_point
from perfbench.types import (
    Asked,
    Note,
    Observer,
    RunStarted,
    Scoring,
    Subtask,
    Summary,
    together,
)

_ASKING = ("model", "api", "repeats", "generation_config")
"""Settings that say what is asked, beside those of data and sampling."""


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
    absent: set[str] = field(default_factory=set)
    """Names of the subtasks that failed for want of data: nothing is known of them but the name."""
    interrupted: bool = False


def execute(config: EvalConfig, observer: Observer) -> EvalRun:
    """Run an evaluation in ``config.mode``.

    The observer hears everything but ``RunFinished``, which is for the caller to say once reports
    are written.

    Raises:
        PerfbenchError: settings, data, service or store are at fault before anything was asked.
    """
    run = reuse.named(config)
    if run is None or config.mode in ("all", "infer"):
        return _ask_and_score(config, run, observer)
    try:
        result = EvalRun(run, reuse.chosen(config, run))
        tell = _begun(config, result, observer)
        if names := _not_used(config, run):
            tell(Note(f"{names} not used: stored questions are scored as they were asked"))
        with Programs(config) as programs:
            _score_all(config, result, programs, tell)
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


def _ask_and_score(config: EvalConfig, run: Run | None, observer: Observer) -> EvalRun:
    with ExitStack() as cleanup:
        try:
            served = open_models(config, cleanup)
            planned = plan_questions(config, [each.model for each in served])
            present = [each for each in planned if each.absent is None]
            programs = cleanup.enter_context(Programs(config))
            if config.mode != "infer" and any(is_run(each.subtask.scorer) for each in present):
                programs.box()
            if run is None and config.reuse is not None:
                run = reuse.newest(config, present)
            if run is not None:
                run.claim()
                if config.resume is not None:
                    refuse_other_work(run, config, f"--resume {config.resume}")
            probes = _probed(config, served, present, run)
            if run is None:
                name = config.name or "_".join(each.model.label for each in served)
                facts = _facts(config, planned)
                if probes:
                    facts["probes"] = {label: probe.facts() for label, probe in probes.items()}
                run = Run.create(config.outputs_dir, name, public(config), facts, scrubber(config))
            else:
                run.change_config(public(config))
            for each in present:
                run.answers.put_subtask(each.subtask)
                run.samples.put(each.subtask.name, each.asked)
            keep_server_logs(served, run)
            result = EvalRun(run, [each.subtask for each in planned])
            tell = _begun(config, result, observer)
            for label, probe in probes.items():
                if probe.note:
                    tell(Note(f"{label}: {probe.note}"))
            for each in planned:
                if each.absent is not None:
                    result.absent.add(each.subtask.name)
                    result.failures[each.subtask.name] = error = _shown(each.absent, result)
                    tell(Asked(each.subtask.name, str(error)))
            tell_simulator(served, present)
            asking = Asking(run, served, lambda _, progress: tell(progress), config.retries)
            _ask_all(config, result, asking, present, tell)
            if config.mode != "infer":
                _score_all(config, result, programs, tell)
            else:
                _summarise(result)
        except BaseException:
            if run is not None:
                run.close()
            raise
        return result


def _probed(
    config: EvalConfig, served: Sequence[Served], planned: Sequence[Questions], run: Run | None
) -> dict[str, Probe]:
    """A probe of each model that is going to be asked something."""
    if not config.probe:
        return {}
    lacking = {
        each.subtask.model
        for each in planned
        if run is None or missing(each.subtask, each.asked, run).requests
    }
    return probe_models([each for each in served if each.model.label in lacking])


def _begun(config: EvalConfig, result: EvalRun, observer: Observer) -> Observer:
    """Tell of the beginning and what is to be known of the data; returns whom to tell the rest."""
    tell = together([result.run.hear, observer])
    tell(
        RunStarted(
            kind="evaluation",
            path=str(result.run.path),
            simulated=any(subtask.simulated for subtask in result.subtasks),
            config=public(config),
            subtasks=tuple(map(telling.facts, result.subtasks)),
        )
    )
    if any(subtask.simulated for subtask in result.subtasks):
        tell(Note(demonstration.NOTE))
    for note in dict.fromkeys(note for subtask in result.subtasks for note in subtask.notes):
        tell(Note(note))
    return tell


def _score_all(config: EvalConfig, result: EvalRun, programs: Programs, observer: Observer) -> None:
    _summarise(result)
    for place, subtask in enumerate(result.subtasks):
        if subtask.name in result.absent:
            continue
        scores = _score(subtask, config, result, programs, observer)
        if scores is not None:
            result.scores.append(scores)
            result.subtasks[place] = scores.subtask
            observer(telling.scored(scores, result.performance.get(subtask.name, ())))


def _summarise(result: EvalRun) -> None:
    """The load figures of every time that each subtask asked."""
    run, names = result.run, {subtask.name for subtask in result.subtasks}
    for point in run.points():
        if point.name in names:
            summary = summarise_point(run, point)
            result.performance.setdefault(point.name, []).append(summary)
    run.write_summary([each for summaries in result.performance.values() for each in summaries])


def _score(
    subtask: Subtask,
    config: EvalConfig,
    result: EvalRun,
    programs: Programs,
    observer: Observer,
) -> SubtaskScores | None:
    """The scores of a subtask; ``None`` if there are none, the reason being told and kept."""
    observer(Scoring(subtask.name))
    try:
        if config.mode == "viz":
            return stored(subtask, result.run)
        if config.mode == "eval":
            _expect_answers(subtask, result.run, observer)
        return grade(subtask, result.run, programs)
    except StoreError:
        raise
    except PerfbenchError as error:
        result.failures[subtask.name] = _shown(error, result)
        observer(Note(f"{subtask.name}: {error}"))
        return None


def _expect_answers(subtask: Subtask, run: Run, observer: Observer) -> None:
    """Say what a subtask lacks that is to be scored as it is."""
    found = missing(subtask, run.samples.of(subtask.name), run)
    if found.requests:
        total = found.reused + len(found.requests)
        lacks = f"{len(found.requests)} of {total} answers are missing"
        observer(Note(f"{subtask.name}: {lacks}"))


def _not_used(config: EvalConfig, run: Run) -> str:
    """Flags that say what is asked, where they are other than when it was asked."""
    given = public(config)
    names = []
    for name, setting in type(config).model_fields.items():
        facts = facts_of(setting)
        asks = name in _ASKING or (facts is not None and facts.group in ("Data", "Sampling"))
        asks = asks and name not in ("datasets", "dataset_args")
        if asks and name in config.model_fields_set and given[name] != run.config.get(name):
            names.append(flag_of(EvalConfig, name))
    return ", ".join(names)


def _ask_all(
    config: EvalConfig,
    result: EvalRun,
    asking: Asking,
    planned: Sequence[Questions],
    observer: Observer,
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
                observer(telling.asking(subtask, found))
                running[pool.submit(asking.ask, subtask, found.requests)] = subtask
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                _ended(running.pop(future), future, result, observer, asking)
    for error in result.failures.values():
        if isinstance(error, StoreError):
            raise error  # It stopped the others; nobody pressed Ctrl-C.
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
        result.failures[subtask.name] = _shown(error, result)
        if isinstance(error, StoreError):
            asking.stop()
    observer(Asked(subtask.name, None if error is None else str(error)))


def _shown(error: PerfbenchError, result: EvalRun) -> PerfbenchError:
    """The error without secrets, as displays and files may have it."""
    error.args = tuple(result.run.scrub(arg) for arg in error.args)
    return error


def _facts(config: EvalConfig, planned: Sequence[Questions]) -> dict[str, Any]:
    subtasks = [each.subtask for each in planned]
    shown = public(config)
    return {
        "kind": "evaluation",
        "given": given_settings(config, shown),
        "command": command_of(config, shown, "perfbench eval"),
        "url": shown["url"] or ", ".join(dict.fromkeys(each.url for each in subtasks)),
        "model": ", ".join(dict.fromkeys(each.model for each in subtasks)),
        "api": config.api,
        "simulator": any(each.simulated for each in subtasks),
        "datasets": list(dict.fromkeys(each.data_set for each in subtasks)),
        "masked": masked_settings(config),
        **({"files": files} if (files := files_of(config)) else {}),
    }
