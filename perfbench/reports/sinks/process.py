"""Runs one sink in a process of its own, so that it can change nothing but its own data.

Owns the parent's end: what is sent, what is skipped, what is reported, how long is waited. Knows
no tracker. A process rather than a thread because trackers print to standard output (which may
carry ``--json``), hook exits, exceptions and signals, ask for passwords, and hang at exit.

Calls return at once. Events cross the pipe from a thread of their own; while one is unanswered no
``progress`` is sent, and at most one a second otherwise, so that a slow sink holds a bounded
backlog: the lifecycle events, of which there are two for each point, and ``MAX_NOTES`` notes.
"""

from __future__ import annotations

import atexit
import multiprocessing
import time
from collections.abc import Callable, Mapping, Sequence
from multiprocessing.connection import Connection
from queue import SimpleQueue
from threading import Thread
from typing import Any

from perfbench.config import PerfConfig
from perfbench.reports.sinks.child import FOLDER, Event, serve
from perfbench.types import Point, Progress, Summary

CLOSE_TIMEOUT_S = 60.0
"""How long the end of a run waits for uploads."""
ABORT_TIMEOUT_S = 2.0
"""How long it waits when the load test itself did not finish."""
EXIT_TIMEOUT_S = 2.0
"""How long a sink's process may take to exit once all is sent."""
PROGRESS_INTERVAL_NS = 1_000_000_000
MAX_NOTES = 100

_STATUS_TIMEOUT_S = 0.5
_SPAWN = multiprocessing.get_context("spawn")


class SinkProcess:
    """An Observer that passes each event on to a sink in another process.

    ``report`` gets one line when the sink's location is known and one when the sink is lost
    (it raised, exited, could not start, or was given up at the end); after that, calls do nothing.
    """

    def __init__(self, name: str, config: PerfConfig, report: Callable[[str], None]) -> None:
        self._name = name
        self._report = report
        self._outbox: SimpleQueue[Event | None] = SimpleQueue()
        self._unanswered = 0
        self._held: Progress | None = None
        self._next_progress_ns = 0
        self._run = ""
        self._complete = False
        self._asked_to_close = False
        self._location: str | None = None
        self._listening = True
        self._link, theirs = _SPAWN.Pipe()
        self._child = _SPAWN.Process(
            target=serve, args=(theirs, name, config), name=f"sink-{name}", daemon=True
        )
        self._feeder = Thread(target=_feed, args=(self._outbox, self._link), daemon=True)
        try:
            self._child.start()
        except OSError as error:
            self._lose(f"could not be started: {error.strerror or error}")
            return
        finally:
            theirs.close()
        self._feeder.start()
        # A caller that forgets to close loses nothing.
        atexit.register(self.close)

    def run_started(self, run: str, config: Mapping[str, Any], points: Sequence[Point]) -> None:
        self._run = run
        self._send("run_started", run, dict(config), list(points))

    def point_started(self, point: Point) -> None:
        self._send("point_started", point)

    def progress(self, progress: Progress) -> None:
        self._listen()
        now_ns = time.perf_counter_ns()
        if self._unanswered or now_ns < self._next_progress_ns:
            self._held = progress
            return
        self._next_progress_ns = now_ns + PROGRESS_INTERVAL_NS
        self._held = None
        self._send("progress", progress)

    def point_finished(self, point: Point, summary: Summary) -> None:
        # The last state of a point is not skipped: its counters are the final ones.
        if self._held is not None:
            self._send("progress", self._held)
            self._held = None
        self._send("point_finished", point, summary)

    def note(self, text: str) -> None:
        if self._unanswered < MAX_NOTES:
            self._send("note", text)

    def run_finished(self, summaries: Sequence[Summary]) -> None:
        self._complete = True
        self._send("run_finished", list(summaries))

    def ask_to_close(self) -> None:
        """Tell the sink that nothing more will come, without waiting for it."""
        if self._listening and not self._asked_to_close:
            self._asked_to_close = True
            self._outbox.put(("close", ()))

    def close(self, timeout_s: float = CLOSE_TIMEOUT_S) -> None:
        """Wait until the sink has sent everything, then end its process; later calls do nothing.

        Reports if that took longer than ``timeout_s`` (``ABORT_TIMEOUT_S`` at most when the load
        test did not reach ``run_finished``) and the sink had to be given up.
        """
        atexit.unregister(self.close)
        if self._child.pid is None or self._link.closed:
            return
        self.ask_to_close()
        timeout_s = timeout_s if self._complete else min(timeout_s, ABORT_TIMEOUT_S)
        deadline = time.monotonic() + timeout_s
        try:
            while self._listening:
                if not self._link.poll(max(0.0, deadline - time.monotonic())):
                    kept = f"; what was not sent is in {self._run}/{FOLDER}" if self._run else ""
                    self._lose(f"gave up waiting for it at the end of the run{kept}")
                    self._child.kill()
                    break
                self._hear()
            self._child.join(EXIT_TIMEOUT_S)
        finally:
            self._child.kill()
            self._child.join()
            self._outbox.put(None)
            self._feeder.join(EXIT_TIMEOUT_S)
            self._link.close()

    def _send(self, method: str, *args: Any) -> None:
        self._listen()
        if self._listening:
            self._unanswered += 1
            self._outbox.put((method, args))

    def _listen(self) -> None:
        while self._listening and self._link.poll():
            self._hear()

    def _hear(self) -> None:
        try:
            answer, text = self._link.recv()
        except (EOFError, OSError):
            self._child.join(_STATUS_TIMEOUT_S)
            self._lose(f"its process ended unexpectedly (status {self._child.exitcode})")
            return
        if answer == "failed":
            self._lose(text)
            return
        self._unanswered -= 1
        if text is not None and text != self._location:
            self._location = text
            self._report(f"{self._name}: {text}")
        if answer == "closed":
            self._listening = False

    def _lose(self, reason: str) -> None:
        self._listening = False
        going_on = "" if self._asked_to_close else "; the load test goes on without it"
        self._report(f"{self._name}: {reason}{going_on}")


def _feed(outbox: SimpleQueue[Event | None], link: Connection) -> None:
    """Move events into the pipe, which blocks when a sink does not read; ends with the sink."""
    while (event := outbox.get()) is not None:
        try:
            link.send(event)
        except OSError:
            return
