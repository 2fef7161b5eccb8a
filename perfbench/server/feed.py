"""What a job tells while it runs, passed on to everybody who watches it.

Follows the file of a job's events; each line goes to all watchers as one server-sent event, encoded
once. The number of an event is the place in the file behind it, so that a watcher who comes again
goes on where it was. Who comes late is told what was before from memory: everything but progress,
and of that as much as draws the same curves. Knows what the kinds of events are, and keeps the last
state. Runs in the server's event loop, a few milliseconds at a time.
"""

from __future__ import annotations

import asyncio
import os
from bisect import bisect_right
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from perfbench.types import Point, Summary

MAX_BEHIND = 1000
"""Events that a watcher may lag behind before it is let go; it can come again."""
REPLAYED_PROGRESS = 600
"""Events of progress that who comes late is told of the time before: so many to twice as many."""
LONGEST_LINE_BYTES = 8 << 20
"""A longer line is no event, and passed over."""
CHANGED = b""
"""What a watcher is told when the job itself has changed, and not what it says."""
_READ_BYTES = 256 << 10
"""Taken up at a time: a few milliseconds."""
_NOTES = 100
_LONGEST_NOTE = 2000
_PAST = 8
"""Jobs that have ended whose events are kept at hand."""
_BEAT = b": still there\n\n"


@dataclass(slots=True)
class Seen:
    """The last state: what a job has told, without the way there."""

    started: dict[str, Any] | None = None
    """Its ``run_started``."""
    progress: dict[str, dict[str, Any]] = field(default_factory=dict)
    """By point or subtask: the latest since it began to ask."""
    begun: list[str] = field(default_factory=list)
    """Points or subtasks that have begun, in order."""
    points: dict[str, Point] = field(default_factory=dict)
    """By name: every point of a load test that has been told of."""
    summaries: dict[str, Summary] = field(default_factory=dict)
    """By point: its figures."""
    asking: dict[str, dict[str, Any]] = field(default_factory=dict)
    """By subtask: its latest ``asking``."""
    ended: dict[str, dict[str, Any]] = field(default_factory=dict)
    """By point or subtask: its ``point_finished``, without the figures, or ``asked``."""
    scoring: set[str] = field(default_factory=set)
    scored: dict[str, dict[str, Any]] = field(default_factory=dict)
    notes: deque[str] = field(default_factory=lambda: deque(maxlen=_NOTES))
    finished: dict[str, Any] | None = None
    """Its ``run_finished``."""
    latest: dict[str, Any] | None = None
    """The last event of all."""
    events: int = 0

    def hear(self, event: dict[str, Any]) -> None:
        """Take up an event; what is not known is passed over."""
        self.events += 1
        self.latest = event
        kind, name = event.get("event"), str(event.get("name") or "")
        match kind:
            case "run_started":
                self.started, self.finished = event, None
                for each in event.get("points", ()):
                    self._point(each)
            case "point_started":
                self._begin(self._point(event["point"]))
            case "asking":
                self.asking[name] = event
                self.ended.pop(name, None)
                self._begin(name)
            case "progress":
                self.progress[name] = event
            case "point_finished":
                point = self._point(event["point"])
                self.summaries[point] = msgspec.convert(event.pop("summary"), Summary)
                self.ended[point] = event
            case "asked":
                self.ended[name] = event
            case "scoring":
                self.scoring.add(name)
            case "scored":
                self.scored[name] = event
            case "note":
                self.notes.append(str(event.get("text", ""))[:_LONGEST_NOTE])
            case "run_finished":
                self.finished = event

    def _point(self, told: dict[str, Any]) -> str:
        point = msgspec.convert(told, Point)
        self.points[point.name] = point
        return point.name

    def _begin(self, name: str) -> None:
        self.progress.pop(name, None)
        if name not in self.begun:
            self.begun.append(name)


@dataclass(frozen=True, slots=True)
class _Told:
    place: int
    block: bytes
    number: int | None = None
    """Of progress: which of its point or subtask, from 0."""


class History:
    """What is told again to who comes late: all but progress, of that every n-th of each point or
    subtask and the last. Points and subtasks are few; what is kept does not grow with time."""

    def __init__(self) -> None:
        self._kept: list[_Told] = []
        self._last: dict[str, _Told] = {}
        """The latest progress, by point or subtask."""
        self._counts: dict[str, int] = {}
        self._step = 1
        self._progress = 0
        self._room = 2 * REPLAYED_PROGRESS
        self._whole: list[_Told] | None = None

    def add(self, place: int, block: bytes, progress_of: str | None) -> None:
        """Keep an event, if only for now.

        Args:
            progress_of: the point or subtask whose progress it is; ``None`` if it is another.
        """
        self._whole = None
        if progress_of is None:
            self._kept.append(_Told(place, block))
            return
        number = self._counts.get(progress_of, 0)
        self._counts[progress_of] = number + 1
        told = self._last[progress_of] = _Told(place, block, number)
        if number % self._step == 0:
            self._kept.append(told)
            self._progress += 1
            if self._progress > self._room:
                self._thin()

    def since(self, place: int) -> list[bytes]:
        """What was told behind a place, in order."""
        if self._whole is None:
            every = {told.place: told for told in (*self._kept, *self._last.values())}
            self._whole = [every[at] for at in sorted(every)]
        first = bisect_right(self._whole, place, key=lambda told: told.place)
        return [told.block for told in self._whole[first:]]

    def _thin(self) -> None:
        self._step *= 2
        self._kept = [t for t in self._kept if t.number is None or t.number % self._step == 0]
        self._progress = sum(told.number is not None for told in self._kept)
        self._room = max(self._room, 2 * self._progress)


Watcher = asyncio.Queue[bytes | None]
"""What one watcher is yet to be told: events, :data:`CHANGED`, and ``None`` at the end."""


class Feed:
    """The events of one job, for any number of watchers."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._watchers: set[Watcher] = set()
        self._over = False
        self._inode: int | None = None
        self._begin_anew()
        self.ready = asyncio.Event()
        """Set once all that was written before has been taken up."""

    def _begin_anew(self) -> None:
        self._read_to = 0
        self._rest = b""
        self._skips = False
        self.seen = Seen()
        self.history = History()

    def read(self) -> bool:
        """Take up a piece of what was written since, and pass it on; whether there was anything."""
        try:
            with open(self._path, "rb") as file:
                found_now = os.fstat(file.fileno())
                if found_now.st_ino != self._inode or found_now.st_size < self._read_to:
                    self._begin_anew()  # Another file, or its beginning was cut off.
                    self._inode = found_now.st_ino
                file.seek(self._read_to)
                found = file.read(_READ_BYTES)
        except OSError:
            return False
        place = self._read_to - len(self._rest)
        self._read_to += len(found)
        *lines, self._rest = (self._rest + found).split(b"\n")
        for line in lines:
            place += len(line) + 1
            if not self._skips:
                self._take(place, line)
            self._skips = False
        if len(self._rest) > LONGEST_LINE_BYTES:
            self._rest, self._skips = b"", True
        return bool(found)

    async def read_all(self) -> None:
        """Take up all that was written, in turns with whatever else there is to do."""
        while self.read():  # noqa: ASYNC110 - a file, not an event
            await asyncio.sleep(0)
        self.ready.set()

    async def read_to_end(self) -> None:
        """Take up all that a job told which has ended."""
        await self.read_all()
        self.end()

    @property
    def cut(self) -> bool:
        """Whether what was read ends amid a line."""
        return bool(self._rest) or self._skips

    def _take(self, place: int, line: bytes) -> None:
        try:
            event = msgspec.json.decode(line)
            self.seen.hear(event)
        except (msgspec.DecodeError, KeyError, TypeError, AttributeError, RecursionError):
            return  # A line that was cut by a full disk.
        told = b"id: %d\ndata: %b\n\n" % (place, line)
        progress = event.get("event") == "progress"
        self.history.add(place, told, str(event.get("name")) if progress else None)
        self._tell(told)

    def _tell(self, told: bytes) -> None:
        for watcher in list(self._watchers):
            if watcher.qsize() >= MAX_BEHIND:
                self._watchers.discard(watcher)
                watcher.put_nowait(None)
            else:
                watcher.put_nowait(told)

    def beat(self) -> None:
        """Let watchers and what lies between know that the connection stands."""
        self._tell(_BEAT)

    def nudge(self) -> None:
        """Let watchers know that the job itself has changed."""
        self._tell(CHANGED)

    def join(self, place: int = 0) -> tuple[list[bytes], Watcher]:
        """What was told behind a place of the file, and a queue of what is told from now on."""
        watcher: Watcher = asyncio.Queue()
        if self._over:
            watcher.put_nowait(None)
        else:
            self._watchers.add(watcher)
        # A place beyond what was read is one of another file.
        return self.history.since(place if place <= self._read_to else 0), watcher

    def leave(self, watcher: Watcher) -> None:
        """Tell a watcher nothing more."""
        self._watchers.discard(watcher)

    def end(self) -> None:
        """Nothing more will be told."""
        self._over = True
        self.ready.set()
        for watcher in self._watchers:
            watcher.put_nowait(None)
        self._watchers.clear()


class Feeds:
    """The feeds of all jobs that have not ended, and of a few that have."""

    def __init__(self) -> None:
        self._running: dict[str, Feed] = {}
        self._past: dict[str, Feed] = {}
        """The latest asked for last."""

    def running(self, name: str) -> Feed | None:
        """That of a job which has not ended."""
        return self._running.get(name)

    def begin(self, name: str, path: Path) -> Feed:
        """One for a job that has not ended."""
        feed = self._running[name] = Feed(path)
        return feed

    def past(self, name: str, path: Path) -> tuple[Feed, bool]:
        """That of a job which has ended, and whether it is new and has yet to be read."""
        known = self._past.pop(name, None)
        feed = Feed(path) if known is None else known
        self._keep(name, feed)
        return feed, known is None

    def end(self, name: str) -> None:
        """A job has ended."""
        if (feed := self._running.pop(name, None)) is not None:
            feed.end()
            self._keep(name, feed)

    def forget(self, name: str) -> None:
        """Keep nothing of a job that has ended."""
        self._past.pop(name, None)

    def beat(self) -> None:
        """Give a sign of life to all watchers."""
        for feed in self._running.values():
            feed.beat()

    def close(self) -> None:
        """Let all watchers go."""
        for feed in self._running.values():
            feed.end()

    def _keep(self, name: str, feed: Feed) -> None:
        self._past[name] = feed
        if len(self._past) > _PAST:
            del self._past[next(iter(self._past))]
