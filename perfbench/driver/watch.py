"""Notices when a worker did not run: its event loop (the process was stopped or had no core, a call
took long), the process by its machine, the machine by its host. Durations are seconds."""

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


class Withheld:
    """What Linux counts of cores that were wanted and not had, since this was made."""

    def __init__(self) -> None:
        self._waited_s = _waited_s()
        self._ticks = _ticks()

    def sched_delay_s(self) -> float | None:
        """Seconds this process has stood runnable without a core; ``None`` where unknown."""
        before, after = self._waited_s, _waited_s()
        return None if before is None or after is None else after - before

    def steal_share(self) -> float | None:
        """Share of all cores' time that the host of a virtual machine gave to others while this
        machine wanted it; ``None`` where unknown, and before the kernel's counters have moved."""
        before, after = self._ticks, _ticks()
        if before is None or after is None or after[1] <= before[1]:
            return None
        return max(0, after[0] - before[0]) / (after[1] - before[1])


def _waited_s() -> float | None:
    try:
        with open("/proc/self/schedstat", "rb") as file:
            return int(file.read().split()[1]) / 1e9
    except (OSError, IndexError, ValueError):
        return None


def _ticks() -> tuple[int, int] | None:
    """Steal, and time of any kind (a guest's is inside user time), of all cores."""
    try:
        with open("/proc/stat", "rb") as file:
            kinds = [int(field) for field in file.readline().split()[1:9]]
    except (OSError, ValueError):
        return None
    return (kinds[7], sum(kinds)) if len(kinds) == 8 else None
