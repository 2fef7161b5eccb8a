"""What a job tells while it runs, passed on to everybody who watches it.

Follows the file of a job's events; each line goes to all watchers as one server-sent event, encoded
once. The number of an event is the place in the file behind it, so that a watcher who comes late or
again goes on where it was. Knows what the kinds of events are, and keeps the last state.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

MAX_BEHIND = 1000
"""Events that a watcher may lag behind before it is let go; it can come again."""
REPLAYED_PROGRESS = 600
"""Events of progress, about, that who comes late is told of the time before."""
_READ_BYTES = 4 << 20
_PROGRESS = b'"event":"progress"'


@dataclass(slots=True)
class Seen:
    """The last state: what a job has told, without the way there."""

    started: dict[str, Any] | None = None
    """Its ``run_started``."""
    progress: dict[str, dict[str, Any]] = field(default_factory=dict)
    """By point or subtask: the latest."""
    begun: list[str] = field(default_factory=list)
    """Points or subtasks that have begun, in order."""
    ended: dict[str, dict[str, Any]] = field(default_factory=dict)
    """By point or subtask: its ``point_finished`` or ``asked``."""
    scored: dict[str, dict[str, Any]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    finished: dict[str, Any] | None = None
    """Its ``run_finished``."""
    events: int = 0

    def hear(self, event: dict[str, Any]) -> None:
        """Take up an event; what is not known is passed over."""
        self.events += 1
        kind, name = event.get("event"), str(event.get("name") or "")
        match kind:
            case "run_started":
                self.started, self.finished = event, None
            case "point_started":
                self.begun.append(str(event["point"]["name"]))
            case "asking":
                self.begun.append(name)
            case "progress":
                self.progress[name] = event
            case "point_finished":
                self.ended[str(event["point"]["name"])] = event
            case "asked":
                self.ended[name] = event
            case "scored":
                self.scored[name] = event
            case "note":
                self.notes = [*self.notes[-99:], str(event.get("text", ""))]
            case "run_finished":
                self.finished = event


class Feed:
    """The events of one job, for any number of watchers."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offset = 0
        self._watchers: set[asyncio.Queue[bytes | None]] = set()
        self.seen = Seen()

    def read(self) -> bool:
        """Take up what was written since, and pass it on; whether there was anything."""
        try:
            with open(self._path, "rb") as file:
                file.seek(self._offset)
                found = file.read(_READ_BYTES)
        except OSError:
            return False
        whole = found[: found.rfind(b"\n") + 1]
        for line in whole.splitlines(keepends=True):
            self._offset += len(line)
            self._take(line.rstrip())
        return bool(whole)

    def read_all(self) -> None:
        """Take up all that was written."""
        while self.read():
            pass

    def _take(self, line: bytes) -> None:
        try:
            self.seen.hear(msgspec.json.decode(line))
        except (msgspec.DecodeError, KeyError, TypeError, AttributeError):
            return  # A line that was cut by a full disk.
        told = _block(self._offset, line)
        for watcher in list(self._watchers):
            if watcher.qsize() >= MAX_BEHIND:
                self._watchers.discard(watcher)
                watcher.put_nowait(None)
            else:
                watcher.put_nowait(told)

    def join(self) -> tuple[asyncio.Queue[bytes | None], int]:
        """A watcher's queue of what is told from now on (``None`` ends it), and the place in the
        file up to which it was told before."""
        watcher: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._watchers.add(watcher)
        return watcher, self._offset

    def leave(self, watcher: asyncio.Queue[bytes | None]) -> None:
        """Tell a watcher nothing more."""
        self._watchers.discard(watcher)

    def end(self) -> None:
        """Nothing more will be told."""
        for watcher in self._watchers:
            watcher.put_nowait(None)
        self._watchers.clear()

    def before(self, start: int, stop: int) -> Iterator[bytes]:
        """What was told between two places in the file: everything but progress, and of that as
        much as draws the same curves."""
        with open(self._path, "rb") as file:
            size = min(stop, os.fstat(file.fileno()).st_size)
            file.seek(start)
            lines = file.read(max(0, size - start)).splitlines(keepends=True)
        progress = sum(_PROGRESS in line[:100] for line in lines)
        step, at, met = max(1, progress // REPLAYED_PROGRESS), start, 0
        for line in lines:
            at += len(line)
            if _PROGRESS in line[:100]:
                met += 1
                if met % step and met != progress:
                    continue
            yield _block(at, line.rstrip())


def _block(place: int, line: bytes) -> bytes:
    return b"id: %d\ndata: %b\n\n" % (place, line)
