"""Another machine's monotonic clock as this one sees it: looked at, and followed.

A look is many round trips, of which the tightest counts: the other clock was read somewhere within
it, so the middle is off by half of it at most. Between two looks the clock is taken to run on a
straight line. Pure: the round trips are made by whoever has the connection. Instants and offsets
are ns; an offset is what the other clock is ahead.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from perfbench.driver.crew import Clock

CLOSE = 200
"""Round trips of a close look, before and after a point."""
GLANCE = 10
"""Those of a look in between."""
_NS_PER_PPM = 1e6


class Trip(msgspec.Struct, frozen=True):
    """One round trip: said and heard here, heard and answered there, each on its own clock."""

    said_ns: int
    there_heard_ns: int
    there_said_ns: int
    heard_ns: int

    @property
    def on_the_way_ns(self) -> int:
        """The time that it took, without what it waited there."""
        return (self.heard_ns - self.said_ns) - (self.there_said_ns - self.there_heard_ns)


class Look(msgspec.Struct, frozen=True):
    """What some round trips say of the clock."""

    at_ns: int
    offset_ns: int
    bound_ns: int
    """The offset is off by so much at most."""
    slowest_ns: int
    """The longest of the round trips."""


def look(trip: Callable[[], Trip], times: int) -> Look:
    """Make round trips and keep what the tightest says."""
    trips = [trip() for _ in range(times)]
    best = min(trips, key=lambda each: each.on_the_way_ns)
    here = (best.said_ns + best.heard_ns) // 2
    there = (best.there_heard_ns + best.there_said_ns) // 2
    return Look(
        at_ns=here,
        offset_ns=there - here,
        bound_ns=max(best.on_the_way_ns, 1) // 2 + 1,
        slowest_ns=max(each.heard_ns - each.said_ns for each in trips),
    )


class Line:
    """The clock as a straight line that looks correct."""

    def __init__(self) -> None:
        self._first: Look | None = None
        self._at_ns = self._offset_ns = 0
        self._rate = 0.0
        self._error_ns = 0
        self._drift_ppm: float | None = None

    def begin(self, look: Look) -> None:
        """A close look at the beginning of a point: what is said of errors starts anew."""
        self._first = look
        self._at_ns, self._offset_ns = look.at_ns, look.offset_ns
        self._error_ns = look.bound_ns

    def follow(self, look: Look) -> None:
        """A look in between: the line is corrected where it lies outside of what the look allows,
        and was wrong by so much until now."""
        off_ns = abs(look.offset_ns - self.offset_ns(look.at_ns))
        if off_ns > look.bound_ns:
            self._error_ns = max(self._error_ns, off_ns + look.bound_ns)
            self._rate = self._slope(look)
            self._at_ns, self._offset_ns = look.at_ns, look.offset_ns

    def end(self, look: Look) -> None:
        """A close look at the end of a point: says how far off the line is, and the drift."""
        off_ns = abs(look.offset_ns - self.offset_ns(look.at_ns))
        self._error_ns = max(self._error_ns, off_ns + look.bound_ns)
        slope = self._slope(look)
        self._drift_ppm = slope * _NS_PER_PPM
        first = self._first
        told_apart = first is not None and (
            abs(look.offset_ns - first.offset_ns) > look.bound_ns + first.bound_ns
        )
        self._rate = slope if told_apart else 0.0
        self._at_ns, self._offset_ns = look.at_ns, look.offset_ns

    def offset_ns(self, now_ns: int) -> int:
        """What the other clock is ahead at an instant of ours."""
        return self._offset_ns + round(self._rate * (now_ns - self._at_ns))

    def clock(self, now_ns: int) -> Clock:
        """What is known of it at an instant of ours."""
        return Clock(self.offset_ns(now_ns), self._error_ns, self._drift_ppm)

    def _slope(self, look: Look) -> float:
        if self._first is None or look.at_ns <= self._first.at_ns:
            return 0.0
        return (look.offset_ns - self._first.offset_ns) / (look.at_ns - self._first.at_ns)
