"""The event loop: sockets and timers, with waits exact to microseconds.

asyncio and uvloop round their waits to milliseconds, which is the size of what is simulated here.
Owns waiting and the order of callbacks; knows nothing of HTTP. Instants are ``perf_counter_ns``.
"""

from __future__ import annotations

import contextlib
import select
import selectors
from collections.abc import Callable
from heapq import heappop, heappush
from time import perf_counter_ns
from typing import Any

READ = selectors.EVENT_READ
WRITE = selectors.EVENT_WRITE

_TIMERS_PER_PASS = 256
"""Due timers run before sockets are looked at again."""
_SOCKETS_PER_PASS = 8
"""Sockets served before due timers are looked at again: a burst of requests takes milliseconds."""
_LONGEST_WAIT_S = 60.0

Timer = Callable[[int, Any], None]
"""Called with the instant it was due at, and its argument."""


class Loop:
    """Runs callbacks when sockets are ready and when instants have come."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        # The selector's own timeouts are whole milliseconds; select() on its descriptor has
        # microseconds, and this descriptor is low enough for select() as long as it is made early.
        self._ready_fd: int = self._selector.fileno()
        self._timers: list[tuple[int, int, Timer, Any]] = []
        self._order = 0
        self._stopped = False
        with contextlib.suppress(OSError), open("/proc/self/timerslack_ns", "w") as slack:
            slack.write("1")

    def at(self, due_ns: int, timer: Timer, argument: Any = None) -> None:
        """Call ``timer(due_ns, argument)`` once ``due_ns`` has come; in order of ``due_ns``."""
        self._order += 1
        heappush(self._timers, (due_ns, self._order, timer, argument))

    def watch(self, fd: int, events: int, ready: Callable[[int], None]) -> None:
        """Call ``ready(events)`` whenever ``fd`` can be read or written."""
        self._selector.register(fd, events, ready)

    def change(self, fd: int, events: int, ready: Callable[[int], None]) -> None:
        """Watch ``fd`` for other events."""
        self._selector.modify(fd, events, ready)

    def forget(self, fd: int) -> None:
        """Stop watching ``fd``."""
        self._selector.unregister(fd)

    def stop(self) -> None:
        """Let ``run`` return after the callback in progress."""
        self._stopped = True

    def run(self) -> None:
        """Run until ``stop`` is called."""
        while not self._stopped:
            if select.select([self._ready_fd], [], [], self._wait_s())[0]:
                self._serve_sockets()
            self._run_timers()

    def close(self) -> None:
        """Let go of the selector and all timers."""
        self._timers.clear()
        self._selector.close()

    def _wait_s(self) -> float:
        if self._stopped:
            return 0.0
        if not self._timers:
            return _LONGEST_WAIT_S
        return min(max(self._timers[0][0] - perf_counter_ns(), 0) / 1e9, _LONGEST_WAIT_S)

    def _serve_sockets(self) -> None:
        for number, (key, events) in enumerate(self._selector.select(0), 1):
            key.data(events)
            if number % _SOCKETS_PER_PASS == 0:
                self._run_timers()

    def _run_timers(self) -> None:
        timers = self._timers
        for _ in range(_TIMERS_PER_PASS):
            if not timers or timers[0][0] > perf_counter_ns():
                return
            due, _, timer, argument = heappop(timers)
            timer(due, argument)
