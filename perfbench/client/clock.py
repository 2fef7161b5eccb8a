"""Time for the measuring client: one monotonic clock, the kernel's receive stamps on it, and a
timer fine enough to pace requests.

All instants are ``time.perf_counter_ns()`` (``CLOCK_MONOTONIC`` on Linux). The event loop's own
clock is not used: uvloop's counts whole milliseconds, and so do its sleeps.
"""

from __future__ import annotations

import asyncio
import ctypes
import os
import sys
import time
from typing import Protocol

now_ns = time.perf_counter_ns

_FINE_NS = 1_500_000
"""Below this the coarse timer of a platform without timerfd is not trusted."""
_EARLIEST_NS = 250_000
"""How long a core is kept busy at most for a timer to be in time."""
_SOONER_NS, _LATER_NS = 20_000, 1_000
"""How far a timer is moved after it came too late, and after it came in time: it settles where one
of 21 is too late."""


def realtime_offset_ns(samples: int = 5) -> int:
    """``CLOCK_REALTIME`` minus the monotonic clock, from the tightest of some bracketed reads."""
    best, offset = 1 << 62, 0
    for _ in range(samples):
        before = now_ns()
        wall = time.time_ns()
        after = now_ns()
        if after - before < best:
            best, offset = after - before, wall - (before + after) // 2
    return offset


class Alarm(Protocol):
    """Wakes one waiter at an absolute instant."""

    async def until(self, due_ns: int) -> None:
        """Return at ``due_ns`` or as soon after as can be; at once if it has passed."""
        ...

    def close(self) -> None: ...


def open_alarm(loop: asyncio.AbstractEventLoop) -> Alarm:
    """The finest alarm this platform has: a kernel timer on Linux, else sleep and re-check."""
    if sys.platform == "linux":
        try:
            return TimerfdAlarm(loop)
        except (OSError, AttributeError):
            pass
    return SleepAlarm()


class SleepAlarm:
    """Sleeps coarsely, then yields to the event loop until the instant has come."""

    async def until(self, due_ns: int) -> None:
        while (left := due_ns - now_ns()) > 0:  # noqa: ASYNC110 - an instant, not an event
            await asyncio.sleep((left - _FINE_NS) / 1e9 if left > 2 * _FINE_NS else 0)

    def close(self) -> None:
        pass


class _Timespec(ctypes.Structure):
    _fields_ = (("tv_sec", ctypes.c_long), ("tv_nsec", ctypes.c_long))


class _Itimerspec(ctypes.Structure):
    _fields_ = (("it_interval", _Timespec), ("it_value", _Timespec))


class Earliness:
    """How early to set a timer for its waiter to run in time, learnt from how late it did: a
    quantile by stochastic approximation (Robbins and Monro, 1951)."""

    __slots__ = ("ns",)

    def __init__(self) -> None:
        self.ns = 0

    def learn(self, late_ns: int) -> None:
        """Take in how long after its instant the waiter ran; 0 or less: in time.

        What no earliness could have made up for says nothing: another process had the core.
        """
        if late_ns <= 0:
            self.ns = max(self.ns - _LATER_NS, 0)
        elif late_ns < _EARLIEST_NS:
            self.ns = min(self.ns + _SOONER_NS, _EARLIEST_NS)


class TimerfdAlarm:
    """A ``timerfd`` in the event loop, set early by what it takes to wake up.

    A sleeping core takes 0.1 to 0.2 ms until it runs again, in a virtual machine above all, and
    then a cold one half as long until the waiter is called. How long, the alarm learns from its own
    wake-ups; what is left after one is spent looking at the clock.
    """

    _MONOTONIC = 1
    _ABSTIME = 1

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        libc = ctypes.CDLL(None, use_errno=True)
        self._settime = libc.timerfd_settime
        self._fd: int = libc.timerfd_create(self._MONOTONIC, os.O_NONBLOCK | os.O_CLOEXEC)
        if self._fd < 0:
            raise OSError(ctypes.get_errno(), "timerfd_create")
        self._spec = _Itimerspec()
        self._earliness = Earliness()
        self._waiter: asyncio.Future[None] | None = None
        loop.add_reader(self._fd, self._fired)

    async def until(self, due_ns: int) -> None:
        wake_ns = due_ns - self._earliness.ns
        if now_ns() < wake_ns:
            await self._sleep_until(wake_ns)
            self._earliness.learn(now_ns() - due_ns)
        while now_ns() < due_ns:
            pass

    async def _sleep_until(self, wake_ns: int) -> None:
        while wake_ns > now_ns():
            value = self._spec.it_value
            value.tv_sec, value.tv_nsec = divmod(wake_ns, 1_000_000_000)
            self._waiter = self._loop.create_future()
            if self._settime(self._fd, self._ABSTIME, ctypes.byref(self._spec), None):
                raise OSError(ctypes.get_errno(), "timerfd_settime")
            await self._waiter

    def _fired(self) -> None:
        try:
            os.read(self._fd, 8)
        except BlockingIOError:
            return
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def close(self) -> None:
        if self._fd >= 0:
            self._loop.remove_reader(self._fd)
            os.close(self._fd)
            self._fd = -1
