"""Asking several subtasks: so many side by side, each told of when it begins and ends.

Knows no service and no data set, and not what is asked.
"""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Any

from perfbench.errors import PerfbenchError, StoreError
from perfbench.evaluation import telling
from perfbench.evaluation.asking import Asking, Missing
from perfbench.evaluation.outcome import EvalRun
from perfbench.types import Asked, Observer, Subtask


def ask_all(
    work: Iterable[tuple[Subtask, Missing]],
    asking: Asking,
    at_a_time: int,
    result: EvalRun,
    observer: Observer,
) -> None:
    """Ask what each subtask lacks, until all is asked or the user stops; what fails is kept in
    ``result``.

    Raises:
        StoreError: an answer could not be stored.
    """
    waiting = list(work)
    with ThreadPoolExecutor(at_a_time, thread_name_prefix="subtask") as pool:
        running: dict[Future[Any], Subtask] = {}
        while (waiting and not asking.stopped) or running:
            while waiting and not asking.stopped and len(running) < at_a_time:
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
        result.failures[subtask.name] = result.shown(error)
        if isinstance(error, StoreError):
            asking.stop()
    observer(Asked(subtask.name, None if error is None else str(error)))
