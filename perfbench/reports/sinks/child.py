"""The child's end of a sink process: builds the sink, hands it events, says how it went.

Owns what surrounds the sink: no terminal, no standard input, output to a log file, low priority.
Knows no tracker, and nothing of the parent but the pipe.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import sys
import time
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Thread
from typing import Any

from perfbench import registry
from perfbench.config import PerfConfig
from perfbench.errors import PerfbenchError
from perfbench.types import Observer

FOLDER = "sinks"
"""Where in the results folder sinks keep their data and their logs."""
ORPHAN_GRACE_S = 60.0
"""How long a sink may go on to save what it has after the load test was killed."""
_LONGEST_REASON = 400

Event = tuple[str, tuple[Any, ...]]
"""Name and arguments of an Observer's method, or ``close``."""


def serve(link: Connection, name: str, config: PerfConfig) -> None:
    """Run the sink called ``name`` until the parent closes it, dies, or the sink fails.

    Each event is answered with ``("done", location)``, the last one with ``("closed", location)``;
    any exception of the sink with ``("failed", one line)``, which ends the process.
    """
    _detach()
    try:
        sink = registry.resolve(registry.SINKS, name)(config)
        _relay(link, name, sink)
    except BaseException as error:
        _answer(link, "failed", _one_line(error))


def _relay(link: Connection, name: str, sink: Observer) -> None:
    complete = False
    while True:
        method, args = _next_event(link)
        if method == "close":
            if not complete and hasattr(sink, "abort"):
                sink.abort()
        else:
            if method == "run_started":
                _log_to(Path(args[0]) / FOLDER, name)
            getattr(sink, method)(*args)
            complete = complete or method == "run_finished"
        location = getattr(sink, "location", None)
        if method == "close":
            _answer(link, "closed", location)
            return
        _answer(link, "done", location)


def _next_event(link: Connection) -> Event:
    try:
        event: Event = link.recv()
    except (EOFError, OSError):
        return "close", ()
    return event


def _answer(link: Connection, answer: str, text: str | None) -> None:
    """Tell the parent; that it is gone is found out when the next event is read."""
    with contextlib.suppress(OSError):
        link.send((answer, text))


def _detach() -> None:
    """Leave the terminal and its signals, and give way to the processes that measure."""
    os.setsid()
    os.nice(10)
    # Trackers store the command line, and an API key may be on it.
    sys.argv = sys.argv[:1]
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(null, descriptor)
    os.close(null)
    Thread(target=_end_with_parent, daemon=True).start()


def _log_to(folder: Path, name: str) -> None:
    folder.mkdir(exist_ok=True)
    log = os.open(folder / f"{name}.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    for descriptor in (1, 2):
        os.dup2(log, descriptor)
    os.close(log)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        time.sleep(ORPHAN_GRACE_S)
        os._exit(1)


def _one_line(error: BaseException) -> str:
    text = " ".join(str(error).split())[:_LONGEST_REASON]
    if isinstance(error, PerfbenchError):
        return text
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
