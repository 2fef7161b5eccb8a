"""What can be made of stored runs: read again, held against each other, done again, continued.

The part of the Python API that starts from results folders; ``perfbench.api`` runs what is new.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from perfbench.api import ArenaResult, EvalResult, run_arena, run_eval, run_perf
from perfbench.config import PerfConfig
from perfbench.errors import ConfigError
from perfbench.types import Observer

if TYPE_CHECKING:
    from perfbench.evaluation.arena.differing import Meeting
    from perfbench.evaluation.arena.result import ArenaRun
    from perfbench.evaluation.figures.compare import Comparison
    from perfbench.evaluation.outcome import EvalRun
    from perfbench.metrics.comparison import LoadTestComparison
    from perfbench.reports.result import PerfResult


def stored_evaluation(path: Path) -> EvalRun:
    """The last evaluation into a results folder, from its stored scores; the caller closes its run.

    Raises:
        PerfbenchError: the folder holds no evaluation, or none that has been scored.
    """
    from perfbench.config.evaluation import EvalConfig
    from perfbench.evaluation.evaluate import execute as evaluate
    from perfbench.reports.evaluation.logs import TaskLogs

    result = evaluate(EvalConfig(mode="viz", reuse=str(path)), TaskLogs())
    if not result.scores:
        result.run.close()
        raise next(iter(result.failures.values()))
    return result


def stored_arena(path: Path, read_only: bool = False) -> ArenaRun:
    """A stored arena with its figures, by the rules it was held with; the caller closes its run.

    Args:
        read_only: change nothing in its folder.

    Raises:
        PerfbenchError: the folder holds no arena, or none in which anything was judged.
    """
    from perfbench.config.arena import ArenaConfig
    from perfbench.evaluation.arena.result import rated, rules_of
    from perfbench.store import open_run

    run = open_run(path, read_only=read_only)
    return rated(run, rules_of(ArenaConfig(), run))


def compare(*runs: str | Path) -> Comparison | LoadTestComparison | Meeting:
    """Compare runs in results folders with the first of them: two evaluations, paired by sample
    (differences are B - A), two arenas, paired by battle, or load tests, paired by load.

    Raises:
        PerfbenchError: the folders hold no runs of one kind, or evaluations without scores.
    """
    from perfbench.store import open_run

    paths = [Path(each) for each in runs]
    if len(paths) < 2:
        raise ConfigError("a comparison takes two runs or more")
    with open_run(paths[0]) as first:
        kind = first.kind
    if kind == "load test":
        return compare_load_tests(paths)
    if len(paths) > 2:
        raise ConfigError(f"{kind}s are compared two at a time")
    return compare_arenas(*paths) if kind == "arena" else compare_evaluations(*paths)


def compare_evaluations(a: str | Path, b: str | Path) -> Comparison:
    """Compare the evaluations in two results folders, paired by sample; differences are B - A.

    Raises:
        PerfbenchError: a folder holds no evaluation, or one without scores.
    """
    from perfbench.evaluation.opposed import compare_runs

    return compare_runs(Path(a), Path(b))


def compare_arenas(a: str | Path, b: str | Path) -> Meeting:
    """What the arenas in two results folders say of the battles that both held.

    Raises:
        PerfbenchError: a folder holds no arena, or one in which nothing was judged.
    """
    *_, battles = opposed_arenas(Path(a), Path(b))
    return battles


def opposed_arenas(a: Path, b: Path) -> tuple[ArenaRun, ArenaRun, Meeting]:
    """Two stored arenas with their figures, and what they say of the battles that both held; their
    runs are closed.

    Raises:
        PerfbenchError: as :func:`compare_arenas`.
    """
    from perfbench.evaluation.arena.differing import met_in_both

    with ExitStack() as opened:
        found = []
        for path in (a, b):
            found.append(stored_arena(path, read_only=True))
            opened.enter_context(found[-1].run)
    bouts = [() if each.arena is None else each.arena.bouts for each in found]
    return found[0], found[1], met_in_both(*bouts)


def compare_load_tests(
    runs: Sequence[str | Path], run_spread: float | None = None
) -> LoadTestComparison:
    """Hold load tests in results folders against the first of them, load by load.

    Args:
        run_spread: relative standard deviation by which figures of two runs of one service differ
            beyond chance, where there are no repeats to tell it; default 0.005.

    Raises:
        PerfbenchError: a folder holds no load test.
    """
    from perfbench.metrics.comparison import RUN_SPREAD
    from perfbench.perf.opposed import compare_runs

    spread = RUN_SPREAD if run_spread is None else run_spread
    return compare_runs([Path(each) for each in runs], spread)


def rerun(
    run: str | Path, observers: Sequence[Observer] = (), **settings: Any
) -> PerfResult | EvalResult | ArenaResult:
    """Do a stored load test, evaluation or arena again exactly, in a folder of its own.

    Args:
        run: its results folder.
        settings: secrets, which the store keeps masked, and whatever cannot change a figure
            (``outputs_dir``, ``sinks``, ...).

    Raises:
        PerfbenchError: as :func:`run_perf` and :func:`run_eval`; a setting is another than in the
            run, or a file that one names has changed.
    """
    from perfbench.store.again import settings_again

    config = settings_again(Path(run), settings, f"rerun {run}", environment={})
    if isinstance(config, PerfConfig):
        return run_perf(config, observers)
    from perfbench.config.arena import ArenaConfig

    if isinstance(config, ArenaConfig):
        return run_arena(config, observers)
    return run_eval(config, observers)


def resume(
    run: str | Path, observers: Sequence[Observer] = (), **settings: Any
) -> PerfResult | EvalResult | ArenaResult:
    """Continue a stored load test, evaluation or arena: only what is missing is asked.

    The same as to run settings with ``resume`` set to its folder. Arguments and errors are those
    of :func:`rerun`.
    """
    from perfbench.store import open_run

    with open_run(run) as stored:
        kind = stored.kind
    given = {**settings, "resume": str(run)}
    if kind == "load test":
        return run_perf(given, observers)
    if kind == "arena":
        return run_arena(given, observers)
    from perfbench.config.evaluation import EvalConfig
    from perfbench.store.again import resumed_settings

    return run_eval(resumed_settings(EvalConfig, given, environment={}), observers)
