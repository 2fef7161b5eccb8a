"""Sinks: experiment trackers (wandb, SwanLab, ...) that are sent what a run finds.

A sink is an :data:`~perfbench.types.Observer` built as ``(config: RunConfig) -> Observer`` and
named in ``registry.SINKS`` or the entry-point group ``perfbench.sinks``. It runs in a process of
its own (see :mod:`perfbench.reports.sinks.process`), may raise, print, block or exit as it likes,
and may have two things beyond being callable:

- ``location: str | None``: where its data is (a URL, a folder), shown to the user once it is known;
- ``close()``: called at the end, also of a run that ended without ``RunFinished``.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from perfbench.config import RunConfig
from perfbench.errors import ConfigError
from perfbench.reports.sinks.process import BUILD_TIMEOUT_S, CLOSE_TIMEOUT_S, SinkProcess

__all__ = ["SinkProcess", "close_sinks", "open_sinks"]


def open_sinks(
    config: RunConfig, report: Callable[[str], None], tell: Callable[[str], None] | None = None
) -> list[SinkProcess]:
    """Start the sinks that ``config.sinks`` names, and wait a little until they can take events.

    Args:
        report: Takes one line of text for the user: why a sink is out. Only called on the thread
            that calls the sinks, as ``tell`` is.
        tell: The same of where a sink's data is; ``report`` if there is none.

    Raises:
        ConfigError: a sink cannot do with its settings, or a file holds none. For nothing else that
            a sink does.
    """
    sinks = [SinkProcess(name, config, report, tell) for name in dict.fromkeys(config.sinks)]
    deadline = time.monotonic() + BUILD_TIMEOUT_S
    try:
        for sink in sinks:
            sink.await_built(max(0.0, deadline - time.monotonic()))
    except ConfigError:
        close_sinks(sinks)
        raise
    return sinks


def close_sinks(sinks: Sequence[SinkProcess], timeout_s: float = CLOSE_TIMEOUT_S) -> None:
    """Wait until the sinks have sent everything, ``timeout_s`` for all of them together."""
    for sink in sinks:
        sink.ask_to_close()
    deadline = time.monotonic() + timeout_s
    for sink in sinks:
        sink.close(max(0.0, deadline - time.monotonic()))
