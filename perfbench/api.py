"""The Python API of the load test, which the command line is a thin coat over.

Joins what the layers below must not know of each other: the run, its reports and its sinks.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from perfbench.config import PerfConfig
from perfbench.perf import PerfRun, execute
from perfbench.types import Observer, Summary


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
        if config.report and result.summaries:
            from perfbench.reports.write import write_report

            write_report(result.run, result.summaries)
        for observer in (*observers, *sinks):
            observer.run_finished(result.summaries)
    finally:
        if config.sinks:
            close_sinks(opened)
    return result
