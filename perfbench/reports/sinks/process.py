"""Runs one sink in a process of its own, so that it can change nothing but its own data.

Owns the parent's end: what is sent, what is skipped, what is reported, how long is waited. Knows
no tracker. A process rather than a thread because trackers print to standard output (which may
carry ``--json``), hook exits, exceptions and signals, ask for passwords, and hang at exit.

Calls return at once. Events cross the pipe from a thread of their own; while one is unanswered no
``Progress`` is sent, and of each point or subtask at most one a second otherwise, so that a slow
sink holds a bounded backlog: the few events that begin and end points and subtasks, and
``MAX_NOTES`` notes.
"""

from __future__ import annotations

import atexit
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from queue import SimpleQueue
from threading import Thread
from typing import Any

from perfbench.config import RunConfig
from perfbench.errors import ConfigError
from perfbench.reports.sinks.child import FOLDER, short
from perfbench.types import Asked, Event, Note, PointFinished, Progress, RunFinished, RunStarted

BUILD_TIMEOUT_S = 10.0
"""How long a run waits for its sinks to be built before it begins: what they import takes a
processor for seconds, which the first point would miss."""
CLOSE_TIMEOUT_S = 60.0
"""How long the end of a run waits for uploads."""
ABORT_TIMEOUT_S = 2.0
"""How long it waits when the run itself did not finish."""
EXIT_TIMEOUT_S = 2.0
"""How long a sink's process may take to exit once all is sent."""
PROGRESS_INTERVAL_NS = 1_000_000_000
MAX_NOTES = 100

_STATUS_TIMEOUT_S = 0.5
_SINK = (
    "import sys; sys.path[:] = sys.argv[2:]; "
    "from perfbench.reports.sinks.child import main; main(int(sys.argv[1]))"
)
"""With this process's path, so that third-party sinks are found and a file in the working
directory that is named like a library is not taken for it."""


class SinkProcess:
    """An observer that passes each event on to a sink in another process.

    ``tell`` gets one line when the sink's location is known, ``report`` one when the sink is lost
    (it raised, exited, could not start, or was given up at the end); after that, calls do nothing.
    A setting that it refuses is raised where it is waited for.
    """

    def __init__(
        self,
        name: str,
        config: RunConfig,
        report: Callable[[str], None],
        tell: Callable[[str], None] | None = None,
    ) -> None:
        self._name = short(name)
        self._report = report
        self._tell = tell or report
        self._outbox: SimpleQueue[Any] = SimpleQueue()
        self._unanswered = 0
        self._built = False
        self._held: dict[str, Progress] = {}
        """Skipped so far, by point or subtask: its last counters are sent when it ends."""
        self._next_progress_ns: dict[str, int] = {}
        self._run = ""
        self._complete = False
        self._asked_to_close = False
        self._location: str | None = None
        self._listening = True
        self._child: subprocess.Popen[bytes] | None = None
        ours, theirs = socket.socketpair()
        self._link = Connection(ours.detach())
        self._feeder = Thread(target=_feed, args=(self._outbox, self._link), daemon=True)
        try:
            with theirs:
                self._child = _start(theirs.fileno())
        except OSError as error:
            self._link.close()
            self._lose(f"could not be started: {error.strerror or error}")
            return
        self._outbox.put((name, config))
        self._feeder.start()
        # A caller that forgets to close loses nothing.
        atexit.register(self.close)

    def await_built(self, timeout_s: float) -> None:
        """Wait until the sink can take events, has failed, or the time is up.

        Raises:
            ConfigError: it cannot do with a setting.
        """
        deadline = time.monotonic() + timeout_s
        while self._listening and not self._built:
            if not self._link.poll(max(0.0, deadline - time.monotonic())):
                return
            if (refusal := self._hear()) is not None:
                raise ConfigError(refusal)

    def __call__(self, event: Event) -> None:
        """Pass an event on, or hold it back; listen to what the sink has answered."""
        match event:
            case Progress():
                self._progress(event)
            case Note():
                if self._unanswered < MAX_NOTES:
                    self._send(event)
            case PointFinished(point):
                self._send_held(point.name)
                self._send(event)
            case Asked(name):
                self._send_held(name)
                self._send(event)
            case RunStarted():
                self._run = event.path
                self._send(event)
            case RunFinished():
                self._complete = True
                self._send(event)
            case _:
                self._send(event)

    def _progress(self, progress: Progress) -> None:
        self._listen()
        now_ns = time.perf_counter_ns()
        if self._unanswered or now_ns < self._next_progress_ns.get(progress.name, 0):
            self._held[progress.name] = progress
            return
        self._next_progress_ns[progress.name] = now_ns + PROGRESS_INTERVAL_NS
        self._held.pop(progress.name, None)
        self._send(progress)

    def _send_held(self, name: str) -> None:
        if (progress := self._held.pop(name, None)) is not None:
            self._send(progress)

    def ask_to_close(self) -> None:
        """Tell the sink that nothing more will come, without waiting for it."""
        if self._listening and not self._asked_to_close:
            self._asked_to_close = True
            self._outbox.put(None)

    def close(self, timeout_s: float = CLOSE_TIMEOUT_S) -> None:
        """Wait until the sink has sent everything, then end its process; later calls do nothing.

        Reports if that took longer than ``timeout_s`` (``ABORT_TIMEOUT_S`` at most when the run
        did not reach ``RunFinished``) and the sink had to be given up.
        """
        atexit.unregister(self.close)
        if self._child is None or self._link.closed:
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
                self._listen()
            with suppress(subprocess.TimeoutExpired):
                self._child.wait(EXIT_TIMEOUT_S)
        finally:
            self._child.kill()
            self._child.wait()
            self._outbox.put(None)
            self._feeder.join(EXIT_TIMEOUT_S)
            self._link.close()

    def _send(self, event: Event) -> None:
        self._listen()
        if self._listening:
            self._unanswered += 1
            self._outbox.put(event)

    def _listen(self) -> None:
        while self._listening and self._link.poll():
            if (refusal := self._hear()) is not None:
                self._lose(refusal)

    def _hear(self) -> str | None:
        """One answer; returned is why the sink refuses, which whoever listens makes of it what the
        moment allows."""
        try:
            answer, text = self._link.recv()
        except (EOFError, OSError):
            self._lose(f"its process ended unexpectedly{self._status()}")
            return None
        if answer == "refused":
            self._listening = False
            return str(text)
        if answer == "failed":
            self._lose(text)
            return None
        if answer == "built":
            self._built = True
            return None
        self._unanswered -= 1
        if text is not None and text != self._location:
            self._location = text
            self._tell(f"{self._name}: {text}")
        if answer == "closed":
            self._listening = False
        return None

    def _status(self) -> str:
        with suppress(subprocess.TimeoutExpired):
            if self._child is not None:
                return f" (status {self._child.wait(_STATUS_TIMEOUT_S)})"
        return ""

    def _lose(self, reason: str) -> None:
        self._listening = False
        going_on = "" if self._asked_to_close else "; the run goes on without it"
        self._report(f"{self._name}: {reason}{going_on}")


def _start(descriptor: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", _SINK, str(descriptor), *filter(None, sys.path)],
        pass_fds=[descriptor],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # Neither the terminal nor its signals are for a sink.
    )


def _feed(outbox: SimpleQueue[Any], link: Connection) -> None:
    """Move events into the pipe, which blocks when a sink does not read; ``None`` is the last."""
    while True:
        event = outbox.get()
        try:
            link.send(event)
        except OSError:
            return
        if event is None:
            return
