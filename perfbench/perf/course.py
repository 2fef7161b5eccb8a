"""Which points a run goes through: a course is asked for the next one, and hears what came of it.

A sweep knows all its points before the first; a search makes each of what it heard of those before.
Whoever repeats, resumes or searches is a course. Knows no store, no service and no display.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from perfbench.endpoints.fields import said
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

    def recall(self, summary: Summary) -> bool:
        """Take the figures that the point that was given last has already, in place of running it;
        ``False`` where it is to be run all the same: by it the course had ended early."""
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

    def recall(self, summary: Summary) -> bool:
        """Whatever it was, but the failure that ended the sweep: it may have been mended."""
        return failed_alike(summary) is None


class Resumed:
    """A course of which some points are done already: it goes on with the first that is not."""

    def __init__(
        self, course: Course, done: Mapping[int, Summary], keep: Callable[[Point, Summary], None]
    ) -> None:
        """
        Args:
            done: figures of points by their index.
            keep: hears of each that need not be run again, in its turn; of the first ones at once.
        """
        self._course = course
        self._done = dict(done)
        self._keep = keep
        self.missing = self._missing()
        """The first point to run, until it is given; ``None`` at the start: there is none."""

    @property
    def planned(self) -> Sequence[Point]:
        """All points of the course, also those that are done."""
        return self._course.planned

    @property
    def heaviest(self) -> Sequence[Point]:
        """As of the course."""
        return self._course.heaviest

    @property
    def stopped(self) -> str | None:
        """As of the course."""
        return self._course.stopped

    @property
    def path(self) -> SearchPath | None:
        """How far the search has come, with what it had done."""
        return self._course.path

    def next(self) -> Point | None:
        """The next point that is missing."""
        point, self.missing = self.missing, None
        return point or self._missing()

    def keep_the_rest(self) -> None:
        """Of a course that ends before its end: what is done of the points that were to come."""
        for point in self._course.planned:
            if (summary := self._done.pop(point.index, None)) is not None:
                self._keep(point, summary)

    def watch(self) -> Watch | None:
        """Who follows it."""
        return self._course.watch()

    def heard(self, summary: Summary) -> None:
        """The figures of the point that was given last."""
        self._course.heard(summary)

    def recall(self, summary: Summary) -> bool:
        """As the course does."""
        return self._course.recall(summary)

    def _missing(self) -> Point | None:
        while (point := self._course.next()) is not None:
            summary = self._done.pop(point.index, None)
            if summary is None or not self._course.recall(summary):
                return point
            self._keep(point, summary)
        return None


def failed_alike(summary: Summary) -> str | None:
    """How every request of a point failed, if all did in one way; more load will not mend it."""
    kinds = [kind for kind, count in summary.errors.items() if count]
    if summary.completed or summary.abandoned or len(kinds) != 1 or kinds == ["cancelled"]:
        return None
    words = one_line(said(summary.error_examples.get(kinds[0], "")))
    how = f"{kinds[0]}: {words}" if words else kinds[0]
    return f"{summary.name}: every request failed ({how})"
