"""How much processor time the judging of one answer may take, as the process that judges keeps it.

Two bounds, for what answers a signal and what does not: a timer that raises ``TimeIsUp`` in Python
code, and the system's own limit a little above it, which ends the process where Python is not asked
(a product of huge integers). Both count processor time, not time on the wall, so that a busy
machine changes no verdict. Owns SIGPROF and RLIMIT_CPU of its process; knows nothing of answers.
Seconds.
"""

from __future__ import annotations

import contextlib
import resource
import signal
from collections.abc import Callable, Iterator
from types import FrameType
from typing import TypeVar

_Result = TypeVar("_Result")

_MARGIN_S = 2
"""From the timer to the system's limit."""
_armed = False


class TimeIsUp(BaseException):
    """The time is used up. Not an ``Exception``, so that no library swallows it."""


def within(limit_s: float, call: Callable[[], _Result]) -> _Result:
    """What ``call`` returns. For the main thread of a process that may be ended by its limit.

    Raises:
        TimeIsUp: it took more than ``limit_s``.
    """
    global _armed
    signal.signal(signal.SIGPROF, _stop)
    _allow(limit_s)
    _armed = True
    try:
        signal.setitimer(signal.ITIMER_PROF, limit_s)
        return call()
    finally:
        _armed = False
        signal.setitimer(signal.ITIMER_PROF, 0)
        _unlimited()


@contextlib.contextmanager
def off_the_clock() -> Iterator[None]:
    """A block that counts towards no limit: what is done once and for all, such as an import."""
    left_s, _ = signal.setitimer(signal.ITIMER_PROF, 0) if _armed else (0.0, 0.0)
    if left_s:
        _unlimited()
    try:
        yield
    finally:
        if left_s:
            _allow(left_s)
            signal.setitimer(signal.ITIMER_PROF, left_s)


def _stop(signal_number: int, frame: FrameType | None) -> None:
    if _armed:  # else it came just after the end
        raise TimeIsUp


def _allow(more_s: float) -> None:
    """Let the system end this process after so much more processor time."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    used_s = usage.ru_utime + usage.ru_stime
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    soft = int(used_s + more_s) + 1 + _MARGIN_S
    resource.setrlimit(resource.RLIMIT_CPU, (soft if hard < 0 else min(soft, hard), hard))


def _unlimited() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (hard, hard))
