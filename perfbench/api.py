"""The Python API, which the command line is a thin coat over: what runs; of stored runs see
``perfbench.stored``.

Joins what the layers below must not know of each other: runs, their reports and their sinks.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from perfbench.config import PerfConfig, RunConfig, Scrubber, scrubber
from perfbench.errors import ConfigError, PerfbenchError
from perfbench.perf import PerfRun, execute
from perfbench.types import Asked, Event, Note, Observer, RunFinished, Summary, together

if TYPE_CHECKING:
    from perfbench.config.arena import ArenaConfig
    from perfbench.config.evaluation import EvalConfig
    from perfbench.evaluation.arena.result import ArenaRun
    from perfbench.evaluation.arena.standing import Arena
    from perfbench.evaluation.figures.aggregate import TaskResult
    from perfbench.evaluation.judge_check import Check
    from perfbench.evaluation.outcome import EvalRun
    from perfbench.reports.result import PerfResult


_Settings = TypeVar("_Settings", bound=RunConfig)
_Found = TypeVar("_Found", "EvalRun", "Check", "ArenaRun")


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

    @property
    def score(self) -> float | None:
        """The main figure over the scored answers, a share of 1 for most data sets; ``None`` if
        nothing was scored. Its interval and its counts are in ``result``."""
        if self.result is None:
            return None
        return self.result.overall.figures[self.result.metric].scored.value

    def __repr__(self) -> str:
        """One line: :attr:`result` and :attr:`performance` have the rest."""
        score = "no score" if self.score is None else f"score {self.score:.4g}"
        error = f", {self.error}" if self.error else ""
        return f"SubtaskResult({self.model}/{self.dataset}: {score}{error})"


@dataclass(frozen=True, slots=True)
class EvalResult:
    """What an evaluation found; all of it can be read again from ``path``."""

    path: Path
    """The results folder."""
    subtasks: tuple[SubtaskResult, ...]
    """Every model with every data set, in the order given."""
    interrupted: bool


def run_perf(
    config: PerfConfig | Mapping[str, Any] | str | Path,
    observers: Sequence[Observer] = (),
    progress: bool = False,
) -> PerfResult:
    """Run a load test and return what it found: the summaries of its points, its folder, tables.

    Everything it leaves is in a new folder under ``config.outputs_dir``: the store,
    ``summary.json`` and, unless ``config.report`` is false, the report and plots. Nothing is
    printed but with ``progress``.

    Args:
        config: settings, a mapping of them, or the path of a YAML, TOML or JSON file with them.
        observers: who hears of the run while it goes on.
        progress: show on standard output how far it is: a live table on a terminal, lines
            elsewhere.

    Raises:
        PerfbenchError: settings, data or service are at fault, or results cannot be written.
    """
    settings = _settings(PerfConfig, config)
    with _display(progress) as display:
        result = measure(settings, [*display, *observers])
    result.run.close()
    if result.failure is not None:
        raise result.failure
    from perfbench.reports.result import PerfResult

    return PerfResult(
        result.run.path,
        tuple(result.summaries),
        result.interrupted,
        tuple(result.failed_gates),
        result.search,
    )


@contextmanager
def _display(wanted: bool) -> Iterator[list[Observer]]:
    if not wanted:
        yield []
        return
    from perfbench.reports.live import load_display

    with load_display(sys.stdout) as display:
        yield [display]


def measure(config: PerfConfig, observers: Sequence[Observer]) -> PerfRun:
    """Run a load test with its reports and sinks; the caller closes ``PerfRun.run``.

    Raises:
        PerfbenchError: as :func:`run_perf`, but an error after a finished point is kept in
            ``PerfRun.failure``.
    """
    with ExitStack() as unless_returned:
        with _audience(config, observers) as tell:
            told = _use_own_metrics(config, tell)
            result = execute(config, tell)
            unless_returned.callback(result.run.close)
            if result.summaries:
                try:
                    _write_pages(config, result)
                except PerfbenchError as unwritten:
                    # The figures are stored and can be shown: a full disk takes the pages only.
                    result.failure = result.failure or unwritten
            ended = result.stopped or "; ".join(result.failed_gates) or None
            error = ended if result.failure is None else str(result.failure)
            for text in told:
                result.run.note(text)
            tell(RunFinished(result.interrupted, error))
        unless_returned.pop_all()
    return result


def _use_own_metrics(config: RunConfig, tell: Observer) -> list[str]:
    """Put the user's metrics to use; what comes to be told of them, for the run's log."""
    told: list[str] = []
    # Costs the import of numpy.
    if config.metrics or "perfbench.metrics.own" in sys.modules:
        from perfbench.metrics.own import use

        def report(text: str) -> None:
            told.append(text)
            tell(Note(text))

        use(config.metrics, report)
    return told


def _write_pages(config: PerfConfig, result: PerfRun) -> None:
    if config.report:
        from perfbench.reports.write import write_report

        write_report(result.run, result.summaries)
    if config.metrics_as:
        from perfbench.reports.words import load_tools, write_words

        write_words(result.run, result.summaries, load_tools(config.metrics_as))


@contextmanager
def _audience(config: RunConfig, observers: Sequence[Observer]) -> Iterator[Observer]:
    """All who hear of a run, as one: ``observers``, the stream of events and the sinks.

    Nobody hears a secret, and no error shows one. What stream and sinks have to say themselves is
    told to the others. Leaving waits until the sinks have sent everything.
    """
    heard = list(observers)
    turn = threading.RLock()
    scrub = scrubber(config)
    with ExitStack() as cleanup:
        cleanup.enter_context(scrub.errors())
        people = together(observers, turn)
        if config.events is not None:
            from perfbench.reports.stream import open_stream

            stream = open_stream(
                config.events,
                lambda text: people(Note(scrub.text(text))),
                more=config.resume is not None,
            )
            heard.append(cleanup.enter_context(stream))
        if config.sinks:
            from perfbench.reports.sinks import close_sinks, open_sinks

            without_sinks = together(heard, turn)

            def report(text: str, place: bool = False) -> None:
                without_sinks(Note(scrub.text(text), place))

            sinks = open_sinks(config, report, lambda text: report(text, place=True))
            cleanup.callback(close_sinks, sinks)
            heard += sinks
        everybody = together(heard, turn)
        yield lambda event: everybody(_without_secrets(event, scrub))


def _without_secrets(event: Event, scrub: Scrubber) -> Event:
    """The event with what others said in it scrubbed; figures and settings have been before."""
    match event:
        case Note(text, place):
            return Note(scrub.text(text), place)
        case Asked(name, error):
            return Asked(name, None if error is None else scrub.text(error))
        case RunFinished(interrupted, error):
            return RunFinished(interrupted, None if error is None else scrub.text(error))
    return event


def run_task(
    task_cfg: EvalConfig | Mapping[str, Any] | str | Path | Sequence[Any],
) -> list[EvalResult | ArenaResult]:
    """Run one evaluation or several in turn; the way EvalScope's users know. One of
    ``general_arena`` is an arena, and has an arena's result.

    Args:
        task_cfg: settings, a mapping of them (EvalScope's names for them are understood), the path
            of a YAML, TOML or JSON file with them, or a list of such.

    Raises:
        PerfbenchError: see :func:`run_eval`.
    """
    if isinstance(task_cfg, Sequence) and not isinstance(task_cfg, str):
        return [result for each in task_cfg for result in run_task(each)]
    from perfbench.config.arena import arena_of
    from perfbench.config.evaluation import EvalConfig

    config = _settings(EvalConfig, task_cfg)
    arena = arena_of(config)
    return [run_eval(config) if arena is None else run_arena(arena)]


def run_eval(config: EvalConfig, observers: Sequence[Observer] = ()) -> EvalResult:
    """Run an evaluation in ``config.mode`` and return what it found.

    Everything it leaves is in a folder under ``config.outputs_dir``. Nothing is printed; give an
    observer to follow the run.

    Raises:
        PerfbenchError: settings, data, service or store are at fault before anything was asked.
            What goes wrong later in one subtask is the ``error`` of its result.
    """
    result = carry_out(_settings(type(config), config), observers)
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


def carry_out(config: EvalConfig, observers: Sequence[Observer]) -> EvalRun:
    """Run an evaluation, keep its logs and write its outputs; the caller closes ``EvalRun.run``.

    Raises:
        PerfbenchError: as :func:`run_eval`.
    """
    from perfbench.evaluation.evaluate import execute as evaluate
    from perfbench.reports.evaluation import write_outputs

    def outputs(result: EvalRun) -> None:
        write_outputs(result, config.report)

    return _scored(config, observers, lambda tell: evaluate(config, tell), outputs)


def check_judges(config: EvalConfig, labels: Path, observers: Sequence[Observer] = ()) -> Check:
    """Hold judges against the labels of people and keep what came of it; the caller closes
    ``Check.run``.

    Raises:
        PerfbenchError: settings, file, service or store are at fault.
    """
    from perfbench.evaluation.judge_check import check
    from perfbench.reports.evaluation import write_outputs
    from perfbench.reports.evaluation.check import write_check

    def outputs(found: Check) -> None:
        write_outputs(found.result, config.report)
        write_check(found)

    return _scored(config, observers, lambda tell: check(config, labels, tell), outputs)


def _scored(
    config: RunConfig,
    observers: Sequence[Observer],
    work: Callable[[Observer], _Found],
    write_outputs: Callable[[_Found], None],
) -> _Found:
    """Do scoring work, keep its logs and write its outputs; the run stays open if that succeeds."""
    from perfbench.reports.evaluation.logs import TaskLogs

    with ExitStack() as unless_returned:
        with _audience(config, [*observers, TaskLogs()]) as tell:
            _use_own_metrics(config, tell)
            found = work(tell)
            unless_returned.callback(found.run.close)
            write_outputs(found)
            tell(RunFinished(found.interrupted))
        unless_returned.pop_all()
    return found


@dataclass(frozen=True, slots=True)
class ArenaResult:
    """What an arena found; all of it can be read again from ``path``."""

    path: Path
    """The results folder."""
    arena: Arena | None
    """Leaderboards, ratings, judges, battles; ``None`` if nothing was judged."""
    failures: Mapping[str, str]
    """By who was asked: why that is not all."""
    interrupted: bool


def run_arena(
    config: ArenaConfig | Mapping[str, Any] | str | Path, observers: Sequence[Observer] = ()
) -> ArenaResult:
    """Let models meet in pairs before judges, and return how they stand.

    Args:
        config: settings, a mapping of them, or the path of a YAML, TOML or JSON file with them.
        observers: who hears of it while it goes on.

    Raises:
        PerfbenchError: settings, data, services or stores are at fault before anything was asked.
    """
    from perfbench.config.arena import ArenaConfig

    found = hold_arena(_settings(ArenaConfig, config), observers)
    with found.run:
        failures = {name: str(error) for name, error in found.failures.items()}
        return ArenaResult(found.run.path, found.arena, failures, found.interrupted)


def hold_arena(config: ArenaConfig, observers: Sequence[Observer]) -> ArenaRun:
    """Hold an arena, keep its logs and write its outputs; the caller closes ``ArenaRun.run``.

    Raises:
        PerfbenchError: as :func:`run_arena`.
    """
    from perfbench.evaluation.arena.meeting import execute as meet
    from perfbench.reports.arena import write_outputs

    def outputs(found: ArenaRun) -> None:
        write_outputs(found, config.report)

    return _scored(config, observers, lambda tell: meet(config, tell), outputs)


def _settings(
    model: type[_Settings], given: _Settings | Mapping[str, Any] | str | Path
) -> _Settings:
    from perfbench.config import in_our_names, read_settings, validated

    values: Mapping[str, Any]
    if isinstance(given, model):
        if given.resume is None:
            return given
        values = {key: getattr(given, key) for key in given.model_fields_set}
    elif isinstance(given, (str, Path)):
        values = read_settings(Path(given))
    else:
        if not isinstance(given, Mapping):
            kind = type(given).__name__
            raise ConfigError(f"expected settings, a mapping or the path of a file, not {kind}")
        values = given
    values = in_our_names(model, values)
    if values.get("resume") is not None:
        from perfbench.store.again import resumed_settings

        return resumed_settings(model, values, environment={})
    return validated(model, values)
