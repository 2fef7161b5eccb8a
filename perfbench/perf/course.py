"""Which points a run goes through: a course is asked for the next one, and hears what came of it.

A sweep knows all its points before the first; a search makes each of what it heard of those before.
Whoever repeats, resumes or searches is a course. Knows no store, no service and no display.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from perfbench.foreign import one_line
from perfbench.types import Point, Record, SearchPath, Summary


class Watch(Protocol):
    """Follows a point while it runs, and may end it; called about twice a second, and never by
    what measures."""

    def hear(self, records: Sequence[Record]) -> None:
        """Requests that have finished, warm-up included."""
        ...

    def enough(self) -> str | None:
        """Why the point need not go on; ``None`` as long as it must."""
        ...


class Course(Protocol):
    """The points of a run, one after the other."""

    @property
    def planned(self) -> Sequence[Point]:
        """The points that are known to come, as a run says at its start."""
        ...

    @property
    def heaviest(self) -> Sequence[Point]:
        """Points of which each that may come is no heavier than one: workers are made for them."""
        ...

    @property
    def stopped(self) -> str | None:
        """Why points were left out, if any were."""
        ...

    @property
    def path(self) -> SearchPath | None:
        """How far it has come, where it is a search."""
        ...

    def next(self) -> Point | None:
        """The next point to run; ``None`` when the course is over."""
        ...

    def watch(self) -> Watch | None:
        """Who follows the point that was given last; asked once, before it starts."""
        ...

    def heard(self, summary: Summary) -> None:
        """The figures of the point that was given last."""
        ...


class Sweep:
    """The points of a list, in order; ends where every request of one failed alike."""

    def __init__(self, points: Sequence[Point]) -> None:
        self.planned = points
        self.heaviest = points
        self.stopped: str | None = None
        self.path: SearchPath | None = None
        self._left = list(points)

    def next(self) -> Point | None:
        """The next of the list."""
        return self._left.pop(0) if self._left and self.stopped is None else None

    def watch(self) -> Watch | None:
        """Nobody: its points are as long as they were planned."""
        return None

    def heard(self, summary: Summary) -> None:
        """Go no further where more load cannot mend it."""
        if self._left and (why := failed_alike(summary)):
            names = ", ".join(point.name for point in self._left)
            self.stopped = f"{why}: the sweep ends; not run: {names}"


def failed_alike(summary: Summary) -> str | None:
    """How every request of a point failed, if all did in one way; more load will not mend it."""
    kinds = [kind for kind, count in summary.errors.items() if count]
    if summary.completed or len(kinds) != 1 or kinds == ["cancelled"]:
        return None
    words = one_line(summary.error_examples.get(kinds[0], ""))
    how = f"{kinds[0]}: {words}" if words else kinds[0]
    return f"{summary.name}: every request failed ({how})"
