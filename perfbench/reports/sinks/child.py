"""The child's end of a sink process: builds the sink, hands it events, says how it went.

Owns what surrounds the sink: no terminal, no standard input, output to a log file, low priority.
Knows no tracker, and nothing of the parent but the pipe.
"""

from __future__ import annotations

import contextlib
import os
import select
import sys
import time
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Thread

from perfbench import registry
from perfbench.config import RunConfig
from perfbench.errors import ConfigError, PerfbenchError, SinkError
from perfbench.types import Event, Observer, RunStarted

FOLDER = "sinks"
"""Where in the results folder sinks keep their data and their logs."""
ORPHAN_GRACE_S = 60.0
"""How long a sink may go on to save what it has after the run was killed."""
_LONGEST_REASON = 400


def short(name: str) -> str:
    """A sink as people and files call it: one of the user's is named by its file."""
    return Path(name.partition(":")[0]).stem if registry.is_users(registry.SINKS, name) else name


def main(descriptor: int) -> None:
    """Run a sink until the parent closes it, dies, or the sink fails.

    The pipe at ``descriptor`` brings the sink's name and settings, then events, then ``None``.
    That it is built is answered with ``("built", None)``, each event with ``("done", location)``,
    the end with ``("closed", location)``; any exception of the sink with ``("failed", one line)``,
    which ends the process, and a setting that it cannot do with with ``("refused", one line)``.
    """
    # Trackers store the command line.
    sys.argv = sys.argv[:1]
    os.nice(10)
    Thread(target=_end_with_parent, args=(descriptor,), daemon=True).start()
    link = Connection(descriptor)
    try:
        name, config = link.recv()
        try:
            sink = _built(name, config)
        except ConfigError as error:
            _answer(link, "refused", _one_line(error))
            return
        _answer(link, "built", None)
        _relay(link, name, sink)
    except BaseException as error:
        _answer(link, "failed", _one_line(error))


def _built(name: str, config: RunConfig) -> Observer:
    """The sink.

    Raises:
        ConfigError: there is no such class in the user's file, the file fails, or a setting is
            wrong. What else goes wrong, a library that is not installed among it, comes as it is,
            and as a ``SinkError`` where it would be taken for that.
    """
    users = registry.is_users(registry.SINKS, name)
    try:
        sink = registry.resolve(registry.SINKS, name)
    except ConfigError as error:
        raise error if users else SinkError(str(error)) from None
    try:
        built: Observer = sink(config)
    except ConfigError as error:
        # A class of the user's has errors of its own as these.
        raise SinkError(str(error)) if users else error from None
    return built


def _relay(link: Connection, name: str, sink: Observer) -> None:
    while (event := _next_event(link)) is not None:
        if isinstance(event, RunStarted):
            _log_to(Path(event.path) / FOLDER, short(name))
        sink(event)
        _answer(link, "done", getattr(sink, "location", None))
    if hasattr(sink, "close"):
        sink.close()
    _answer(link, "closed", getattr(sink, "location", None))


def _next_event(link: Connection) -> Event | None:
    try:
        event: Event | None = link.recv()
    except (EOFError, OSError):
        return None
    return event


def _answer(link: Connection, answer: str, text: str | None) -> None:
    """Tell the parent; that it is gone is found out when the next event is read."""
    with contextlib.suppress(OSError):
        link.send((answer, text))


def _log_to(folder: Path, name: str) -> None:
    folder.mkdir(exist_ok=True)
    log = os.open(folder / f"{name}.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    for descriptor in (1, 2):
        os.dup2(log, descriptor)
    os.close(log)


def _end_with_parent(descriptor: int) -> None:
    """Wait for the parent's end of the pipe to close, whatever the sink is doing meanwhile."""
    hung_up = select.poll()
    hung_up.register(descriptor, 0)  # A hang-up is told whatever one asks for.
    hung_up.poll()
    time.sleep(ORPHAN_GRACE_S)
    os._exit(1)


def _one_line(error: BaseException) -> str:
    text = " ".join(str(error).split())[:_LONGEST_REASON]
    if isinstance(error, PerfbenchError):
        return text
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
