"""Ctrl-C at a moment that can bear it. Knows nothing of what is interrupted."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_AGAIN_S = 0.02


def interrupt(number: int, frame: FrameType | None) -> None:
    """A signal handler: raises ``KeyboardInterrupt``, but never in the middle of an import.

    Extension modules (numpy, matplotlib) that are interrupted while they are loaded turn it into an
    ``ImportError``, or take the process down: then the signal comes again in a moment.
    """
    while frame is not None:
        if frame.f_code.co_filename == "<frozen importlib._bootstrap>":
            again = threading.Timer(_AGAIN_S, os.kill, (os.getpid(), number))
            again.daemon = True
            again.start()
            return
        frame = frame.f_back
    raise KeyboardInterrupt


@contextmanager
def considerate() -> Iterator[None]:
    """In here Ctrl-C is :func:`interrupt`, unless somebody handles or ignores it already."""
    main = threading.current_thread() is threading.main_thread()
    if not main or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield
        return
    signal.signal(signal.SIGINT, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
