"""Notices when a worker's event loop did not run: a process that was stopped or had no core,
a call that took long. Durations are seconds."""

from __future__ import annotations

import asyncio

from perfbench.client.clock import now_ns

_TICK_S = 0.05
_STALL_S = 0.025
"""A tick later than this is a stall; less is the usual wait for a turn."""


class Watch:
    """Ticks from :meth:`start` to :meth:`stop`, and adds up how late the ticks were."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._timer: asyncio.TimerHandle | None = None
        self._expected_ns = 0
        self.stalled_s = 0.0
        """Sum of the stalls."""
        self.longest_s = 0.0
        """The longest stall."""

    def start(self) -> None:
        """Begin anew."""
        self.stalled_s = self.longest_s = 0.0
        self._expected_ns = now_ns() + round(_TICK_S * 1e9)
        self._timer = self._loop.call_later(_TICK_S, self._tick)

    def stop(self) -> None:
        """Take in a stall that goes on at this moment, and end."""
        self._look()
        if self._timer is not None:
            self._timer.cancel()

    def _tick(self) -> None:
        self._look()
        self._expected_ns = now_ns() + round(_TICK_S * 1e9)
        self._timer = self._loop.call_later(_TICK_S, self._tick)

    def _look(self) -> None:
        late_s = (now_ns() - self._expected_ns) / 1e9
        if late_s > _STALL_S:
            self.stalled_s += late_s
            self.longest_s = max(self.longest_s, late_s)
