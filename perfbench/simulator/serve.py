"""Runs the simulator in this process until a signal ends it.

Owns the listening socket, signals and limits of the process. Knows nothing of requests.
"""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from perfbench.errors import TargetError
from perfbench.simulator.loop import READ, Loop
from perfbench.simulator.options import Options, options_of
from perfbench.simulator.service import Service

if TYPE_CHECKING:
    from perfbench.config import SimulatorConfig

_BACKLOG = 4096


def main(config: SimulatorConfig, ready: Callable[[str], None] | None = None) -> None:
    """Serve until SIGTERM or SIGINT, then tell on standard error how late events were sent.

    Args:
        config: Its settings.
        ready: Called once with the service's URL, when it listens.

    Raises:
        TargetError: it cannot listen there, or cannot write its log.
    """
    lateness = run(options_of(config), ready or (lambda url: None))
    print(f"simulator: {lateness}", file=sys.stderr)


def run(options: Options, ready: Callable[[str], None], watched_fd: int | None = None) -> str:
    """Serve until SIGTERM, and until ``watched_fd`` ends or, without one, SIGINT.

    Returns how late events were sent, in words.

    Raises:
        TargetError: as :func:`main`.
    """
    loop = Loop()
    listener = _listen(options.host, options.port)
    try:
        service = Service(options, listener, loop)
    except OSError as error:
        listener.close()
        loop.close()
        raise TargetError(f"cannot write the log {options.log}: {error.strerror}") from None
    if watched_fd is not None:
        loop.watch(watched_fd, READ, lambda events: loop.stop())
    _raise_descriptor_limit()
    # Who holds the other end of watched_fd decides when to stop: Ctrl-C lets it drain first.
    signals = [signal.SIGTERM] if watched_fd is not None else [signal.SIGTERM, signal.SIGINT]
    with _stopped_by(signals, loop), _without_gc():
        ready(_url(listener))
        loop.run()
        service.close()
    listener.close()
    loop.close()
    return service.book.lateness.sentence()


def _listen(host: str, port: int) -> socket.socket:
    listener: socket.socket | None = None
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setblocking(False)
        listener.bind(address)
        listener.listen(_BACKLOG)
    except UnicodeError:
        raise TargetError(
            f"the simulator cannot listen on {host}:{port}: not a valid host name"
        ) from None
    except OSError as error:
        if listener is not None:
            listener.close()
        reason = os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror
        raise TargetError(
            f"the simulator cannot listen on {host}:{port}: {(reason or str(error)).lower()}"
        ) from None
    return listener


def _url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


@contextlib.contextmanager
def _stopped_by(signals: list[signal.Signals], loop: Loop) -> Iterator[None]:
    """Turn signals into the end of the loop, also while it waits."""
    reader, writer = socket.socketpair()
    writer.setblocking(False)
    loop.watch(reader.fileno(), READ, lambda events: loop.stop())
    wakeup = signal.set_wakeup_fd(writer.fileno())
    before = {number: signal.signal(number, lambda number, frame: None) for number in signals}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(wakeup)
        loop.forget(reader.fileno())
        reader.close()
        writer.close()


@contextlib.contextmanager
def _without_gc() -> Iterator[None]:
    """No collection pauses: nothing that is made for a request is left in a reference cycle."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _raise_descriptor_limit() -> None:
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
