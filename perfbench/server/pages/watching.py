"""The page of a job: how it stands while it runs and after, and the buttons that act on it.

One board is rendered for all who watch a job, at most once a second, and sent to them beside the
events from which their page draws curves.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import msgspec
import yaml

from perfbench.server import process
from perfbench.server.feed import Feed
from perfbench.server.jobs import Jobs
from perfbench.server.outcome import log_tail
from perfbench.server.pages.board import HEADS, KINDS, board_of, summary_of
from perfbench.server.pages.template import rendered
from perfbench.server.queue import ENDED, Job
from perfbench.server.routes import Call, Page, Reply, Route
from perfbench.server.stream import place_of, streaming
from perfbench.server.written import command_line

LOG_BYTES = 16 << 10
"""Of what a job printed, that its page shows: the end."""
_EVERY_S = 1.0
"""Between two boards, and two looks at the log."""
_IDLE = 20
"""So many times as long as a board took to make, none is made."""


class _Screen:
    """What all who watch one job are shown: made once, sent to each."""

    def __init__(self, jobs: Jobs, job: Job) -> None:
        self._log = jobs.folder(job) / process.LOG
        self._due_s = 0.0
        self._made_of: tuple[int, Job] | None = None
        self._logged = -1
        self.job = job
        self.board = b""
        self.log = b""

    def look(self, jobs: Jobs, feed: Feed, changed: bool) -> None:
        """Make anew what is out of date, unless that was done a moment ago."""
        now_s = time.monotonic()
        if now_s < self._due_s and not changed:
            return
        if changed or not self.board:
            self.job = jobs.look(self.job.id)
        made_of = feed.seen.events, self.job
        if made_of != self._made_of:
            self._made_of = made_of
            self.board = _told("board", self._rendered(jobs, feed))
        size = _size(self._log)
        if size != self._logged:
            self._logged = size
            self.log = _told("log", _log(self._log))
        spent_s = time.monotonic() - now_s
        self._due_s = now_s + max(_EVERY_S, _IDLE * spent_s)

    def _rendered(self, jobs: Jobs, feed: Feed) -> dict[str, str]:
        values = board_values(jobs, self.job, feed)
        parts = {name: rendered(f"{name}.html.j2", values) for name in ("board", "findings")}
        return {**parts, "state": self.job.state, "said": values["board"].said}


_screens: WeakKeyDictionary[Feed, _Screen] = WeakKeyDictionary()
"""They know no feed, which would never go then."""


def _told(kind: str, value: object) -> bytes:
    return b"event: %b\ndata: %b\n\n" % (kind.encode(), msgspec.json.encode(value))


def _size(path: Path) -> int:
    try:
        return os.stat(path).st_size
    except OSError:
        return 0


def _log(path: Path) -> str:
    try:
        return log_tail(path, LOG_BYTES)
    except OSError:
        return ""


def board_values(jobs: Jobs, job: Job, feed: Feed) -> dict[str, Any]:
    """What the template of the board needs."""
    board = board_of(job, feed.seen)
    return {
        "board": board,
        "job": job,
        "summary": summary_of(board),
        "ended": job.state in ENDED,
        "ahead": jobs.ahead_of(job) if job.state == "queued" else 0,
        "needs": jobs.needs(job),
        "heads": HEADS[job.command],
    }


async def _page(call: Call) -> Reply:
    jobs = call.server.jobs
    job = jobs.look(call.path["job"])
    feed = await jobs.feed(job)
    job = jobs.look(job.id)
    return Page(
        "job.html.j2",
        {
            **board_values(jobs, job, feed),
            "kind": KINDS[job.command],
            "command": command_line(job.command, job.settings),
            "settings": yaml.safe_dump(job.settings, allow_unicode=True, sort_keys=False),
            "log": _log(jobs.folder(job) / process.LOG),
        },
    )


async def _stream(call: Call) -> Reply:
    jobs = call.server.jobs
    job = jobs.look(call.path["job"])
    feed = await jobs.feed(job)
    if (screen := _screens.get(feed)) is None:
        screen = _screens[feed] = _Screen(jobs, job)
    sent: list[bytes] = [b"", b""]

    def beside(changed: bool) -> bytes:
        screen.look(jobs, feed, changed)
        now = [screen.board, screen.log]
        new = b"".join(part for part, before in zip(now, sent, strict=True) if part is not before)
        sent[:] = now
        return new

    async with streaming(call.request) as stream:
        await stream.follow(
            feed, max(place_of(call.request), call.number("since", 0, 10**15)), beside
        )
    return stream.response


ROUTES = (
    Route("GET", "/jobs/{job}", _page, hidden=True),
    Route("GET", "/jobs/{job}/stream", _stream, hidden=True, streams=True),
)
