"""The Python API, which the command line is a thin coat over.

Joins what the layers below must not know of each other: runs, their reports and their sinks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from perfbench.config import PerfConfig
from perfbench.errors import ConfigError
from perfbench.perf import PerfRun, execute
from perfbench.types import Observer, Summary

if TYPE_CHECKING:
    from perfbench.config.evaluation import EvalConfig
    from perfbench.evaluation.evaluate import EvalObserver, EvalRun
    from perfbench.evaluation.figures.aggregate import TaskResult
    from perfbench.evaluation.figures.compare import Comparison


@dataclass(frozen=True, slots=True)
class SubtaskResult:
    """What one model made of one data set."""

    model: str
    dataset: str
    version: str
    """Hash of all that decides the score: where two are equal, scores can be compared."""
    result: TaskResult | None
    """Scores and counts; ``None`` if nothing was scored (``mode="infer"``, or see ``error``)."""
    performance: tuple[Summary, ...]
    """Load figures of each time it asked."""
    error: str | None
    """Why it could not ask all, or has no scores."""


@dataclass(frozen=True, slots=True)
class EvalResult:
    """What an evaluation found; all of it can be read again from ``path``."""

    path: Path
    """The results folder."""
    subtasks: tuple[SubtaskResult, ...]
    """Every model with every data set, in the order given."""
    interrupted: bool


def run_perf(config: PerfConfig, observers: Sequence[Observer] = ()) -> list[Summary]:
    """Run a load test and return the summary of each point.

    Everything it leaves is in a new folder under ``config.outputs_dir``: the store,
    ``summary.json`` and, unless ``config.report`` is false, the report and plots. Nothing is
    printed; give an observer to follow the run.

    Raises:
        PerfbenchError: settings, data or service are at fault, or results cannot be written.
    """
    result = measure(config, observers, lambda text: None)
    result.run.close()
    if result.failure is not None:
        raise result.failure
    return result.summaries


def measure(
    config: PerfConfig, observers: Sequence[Observer], note: Callable[[str], None]
) -> PerfRun:
    """Run a load test with its reports and sinks; the caller closes ``PerfRun.run``.

    Args:
        note: takes one line of text for the user from the sinks.

    Raises:
        PerfbenchError: as :func:`run_perf`, but an error after a finished point is kept in
            ``PerfRun.failure``.
    """
    sinks: Sequence[Observer] = ()
    if config.sinks:
        from perfbench.reports.sinks import close_sinks, open_sinks

        opened = open_sinks(config, note)
        sinks = opened
    try:
        result = execute(config, [*observers, *sinks])
        try:
            if config.report and result.summaries:
                from perfbench.reports.write import write_report

                write_report(result.run, result.summaries)
            for observer in (*observers, *sinks):
                observer.run_finished(result.summaries)
        except BaseException:
            result.run.close()
            raise
    finally:
        if config.sinks:
            close_sinks(opened)
    return result


def run_task(
    task: EvalConfig | Mapping[str, Any] | str | Path | Sequence[Any],
) -> list[EvalResult]:
    """Run one evaluation or several in turn; the way EvalScope's users know.

    Args:
        task: settings, a mapping of them (EvalScope's names for them are understood), the path of
            a YAML, TOML or JSON file with them, or a list of such.

    Raises:
        PerfbenchError: see :func:`run_eval`.
    """
    if isinstance(task, Sequence) and not isinstance(task, str):
        return [result for each in task for result in run_task(each)]
    return [run_eval(_settings(task))]


def run_eval(config: EvalConfig, observer: EvalObserver | None = None) -> EvalResult:
    """Run an evaluation in ``config.mode`` and return what it found.

    Everything it leaves is in a folder under ``config.outputs_dir``. Nothing is printed; give an
    observer to follow the run.

    Raises:
        PerfbenchError: settings, data, service or store are at fault before anything was asked.
            What goes wrong later in one subtask is the ``error`` of its result.
    """
    from perfbench.reports.evaluation.display import Together
    from perfbench.reports.evaluation.logs import TaskLogs

    result = carry_out(config, Together([TaskLogs(), *([observer] if observer else [])]))
    with result.run:
        found = {scores.subtask.name: scores.result for scores in result.scores}
        subtasks = tuple(
            SubtaskResult(
                model=subtask.model,
                dataset=subtask.data_set,
                version=subtask.version,
                result=found.get(subtask.name),
                performance=tuple(result.performance.get(subtask.name, ())),
                error=str(result.failures[subtask.name])
                if subtask.name in result.failures
                else None,
            )
            for subtask in result.subtasks
        )
        return EvalResult(result.run.path, subtasks, result.interrupted)


def carry_out(config: EvalConfig, observer: EvalObserver) -> EvalRun:
    """Run an evaluation and write its outputs; the caller closes ``EvalRun.run``.

    Raises:
        PerfbenchError: as :func:`run_eval`.
    """
    from perfbench.evaluation.evaluate import execute as evaluate
    from perfbench.reports.evaluation import write_outputs

    result = evaluate(config, observer)
    try:
        write_outputs(result, config.report)
    except BaseException:
        result.run.close()
        raise
    return result


def rewrite_outputs(path: Path) -> list[Path]:
    """Write again, from stored scores, what the last evaluation into a results folder wrote.

    Raises:
        PerfbenchError: the folder holds no evaluation, or none that has been scored.
    """
    from perfbench.config.evaluation import EvalConfig
    from perfbench.evaluation.evaluate import execute as evaluate
    from perfbench.reports.evaluation import write_outputs
    from perfbench.reports.evaluation.logs import TaskLogs

    result = evaluate(EvalConfig(mode="viz", reuse=str(path)), TaskLogs())
    with result.run:
        if not result.scores:
            raise next(iter(result.failures.values()))
        return write_outputs(result)


def compare(a: str | Path, b: str | Path) -> Comparison:
    """Compare the evaluations in two results folders, paired by sample; differences are B - A.

    Raises:
        PerfbenchError: a folder holds no evaluation, or one without scores.
    """
    from perfbench.evaluation.opposed import compare_runs

    return compare_runs(Path(a), Path(b))


def _settings(task: EvalConfig | Mapping[str, Any] | str | Path) -> EvalConfig:
    from pydantic import ValidationError

    from perfbench.config import explain, read_settings
    from perfbench.config.evaluation import EvalConfig

    if isinstance(task, EvalConfig):
        return task
    values = read_settings(Path(task)) if isinstance(task, (str, Path)) else dict(task)
    try:
        return EvalConfig.model_validate(values)
    except ValidationError as error:
        raise ConfigError(explain(error, None, EvalConfig)) from None
