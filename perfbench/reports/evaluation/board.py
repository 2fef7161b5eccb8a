"""The board of a running evaluation on a terminal: one row a subtask, pages, pause.

A thread of its own looks at the clock and the keyboard while the board is on the screen; one lock
keeps it apart from the events. Draws at most twice a second, and from counters only: the CPU it
uses is charged to the client.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Sequence
from datetime import datetime, timedelta

from rich.console import Console
from rich.live import Live
from rich.text import Text

from perfbench.reports.evaluation import narration
from perfbench.reports.evaluation.keys import Keys
from perfbench.reports.evaluation.state import Status, Tasks, TaskState
from perfbench.reports.live import REFRESH_S
from perfbench.reports.wording import UNKNOWN, compact
from perfbench.types import (
    Asked,
    Asking,
    Event,
    Note,
    RunFinished,
    RunStarted,
    Scored,
    Scoring,
)

TICK_S = 0.25
"""How often the keyboard is looked at."""
_HEAD_LINES = 5
_CELLS = 51
"""Columns of done, rate, time, time left and status, with the spaces between."""
_RATE = 13
"""Columns of the rate, which a narrow screen has no room for."""
_COUNTS = 56
"""Columns of the counts of requests."""
_STYLES: dict[Status, str] = {
    "waiting": "dim",
    "asking": "cyan",
    "reused": "green",
    "scoring": "cyan",
    "finished": "green",
    "failed": "bold red",
    "stopped": "yellow",
}


class EvalBoard:
    """An evaluation's table on a terminal, in the manner of AISBench; an observer.

    As a context manager it leaves the last picture on the screen and the terminal as it was.
    """

    def __init__(self, console: Console, keys: Keys | None = None) -> None:
        self._console = console
        self._keys = Keys() if keys is None else keys
        self._lock = threading.RLock()
        self._over = threading.Event()
        self._ticker = threading.Thread(target=self._tick_on, name="board", daemon=True)
        self._tasks = Tasks(())
        self._run = ""
        self._live: Live | None = None
        self._drawn_s = 0.0
        self._page = 0
        self._paused = False

    def __enter__(self) -> EvalBoard:
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        if self._ticker.is_alive():
            self._ticker.join()
        with self._lock:
            self._close()

    def __call__(self, event: Event) -> None:
        """Show what has happened; counters wait for the next picture."""
        with self._lock:
            self._tasks.hear(event)
            match event:
                case RunStarted():
                    self._start(event)
                case Note():
                    self._note(event.text)
                case Asking():
                    if event.changed:
                        self._note(f"{event.name}: {narration.asking(event)}")
                    self._draw()
                case Asked():
                    if event.error is not None:
                        state = self._tasks.of(event.name)
                        said = narration.asked(state, event, self._tasks.now())
                        self._note(f"{event.name}: {said}")
                    self._draw()
                case Scoring() | Scored():
                    self._draw()
                case RunFinished():
                    self._close()

    def tick(self) -> None:
        """Act on keys; draw if the last picture is old enough and the screen is not paused."""
        with self._lock:
            pressed = self._keys.read()
            for key in pressed:
                if key == "pause":
                    self._paused = not self._paused
                else:
                    self._page += 1 if key == "down" else -1
            if pressed or (not self._paused and time.perf_counter() - self._drawn_s >= REFRESH_S):
                self._draw(even_paused=bool(pressed))

    def _tick_on(self) -> None:
        while not self._over.wait(TICK_S):
            try:
                self.tick()
            except OSError:
                return  # The terminal has gone; who tells the next event hears of it.

    def _start(self, started: RunStarted) -> None:
        """Say what is evaluated and draw every subtask as waiting."""
        what, _ = narration.opening(started)
        self._console.print(Text(what, style="bold"))
        self._run, self._tasks = started.path, Tasks(started.subtasks)
        self._keys.open()
        self._live = Live(
            self._picture(),
            console=self._console,
            auto_refresh=False,
            redirect_stdout=False,
            redirect_stderr=sys.stderr.isatty(),
        )
        self._live.start(refresh=True)
        self._ticker.start()

    def _note(self, text: str) -> None:
        """Print a line above the table."""
        self._console.print(Text(f"note: {text}", style="yellow"))

    def _close(self) -> None:
        if self._live is not None:
            live, self._live = self._live, None
            self._over.set()
            self._paused = False
            self._tasks.end()
            try:
                live.update(self._picture(), refresh=True)
            finally:
                live.stop()
                self._keys.close()

    def _draw(self, even_paused: bool = False) -> None:
        self._drawn_s = time.perf_counter()
        if self._live is not None and (even_paused or not self._paused):
            self._live.update(self._picture(), refresh=True)

    def _picture(self) -> Text:
        states, now_s = list(self._tasks), self._tasks.now()
        rows = _Rows(self._console.width, states)
        room = max(1, (self._console.height - _HEAD_LINES - 1) // (1 if rows.one_line else 2))
        pages = max(1, -(-len(self._tasks) // room))
        self._page = min(max(self._page, 0), pages - 1)
        left = self._tasks.left(now_s)
        ahead = "" if left is None else f", about {_clock(left)} left"
        page = f"Page {self._page + 1}/{pages}, {len(states)} tasks"
        updated = f"{datetime.now():%Y-%m-%d %H:%M:%S}" + (", PAUSED" if self._paused else "")
        lines = [
            Text(f"Base path of results and logs: {self._run}"),
            Text(f"Updated at {updated}. {page}{ahead}"),
            Text("Up/Down arrows page, P pauses the screen, Ctrl-C stops", style="dim"),
            Text(""),
            Text(rows.head(), style="dim"),
        ]
        for state in states[self._page * room : (self._page + 1) * room]:
            lines += rows.lines(state, now_s)
        picture = Text("\n").join(lines)
        picture.no_wrap, picture.overflow = True, "ellipsis"
        return picture


class _Rows:
    """How rows are laid out for a width of the screen: on one line each if that fits, else two."""

    def __init__(self, width: int, states: Sequence[TaskState]) -> None:
        longest = max((len(state.subtask.name) for state in states), default=4)
        log = max((len(f"logs/infer/{state.place}.out") for state in states), default=4)
        self._name = max(4, min(longest, 40))
        taken = self._name + _CELLS + 8 + _COUNTS + 2 + log
        self.one_line = width - taken >= 10
        self._with_rate = True
        if not self.one_line:
            self._with_rate = width - _CELLS >= min(longest, 16)
            cells = _CELLS if self._with_rate else _CELLS - _RATE
            self._name = max(4, min(longest, 26, width - cells))
            taken = self._name + cells
        self._bar = min(30, max(0, width - taken))

    def head(self) -> str:
        """Titles of the columns."""
        text = f"{'Task':<{self._name}} "
        if self.one_line:
            text += f"{'Process':>7} "
        rate = f"{'':>{_RATE}}" if self._with_rate else ""
        text += f"{'Progress':<{self._bar}.{self._bar}} {'':>11}{rate}"
        text += f" {'Time':>7} {'Left':>7} {'Status':<8}"
        return f"{text} {'Requests':<{_COUNTS}} Log" if self.one_line else text

    def lines(self, state: TaskState, now_s: float) -> list[Text]:
        """One subtask."""
        name = state.subtask.name
        if len(name) > self._name:  # What tells tasks apart is how their names end.
            name = "…" + name[1 - self._name :]
        line = Text(f"{name:<{self._name}} ")
        if self.one_line:
            line.append(f"{os.getpid():>7} ")
        share = 0.0 if not state.done or not state.total else min(state.done / state.total, 1.0)
        filled = round(self._bar * share)
        line.append("#" * filled, style=_STYLES[state.status])
        line.append("." * (self._bar - filled), style="dim")
        done = UNKNOWN if state.done is None else str(state.done)
        rate, spent = state.rate(now_s), state.spent(now_s)
        line.append(f" {f'{done}/{state.total}':>11}")
        if self._with_rate:
            line.append(f" {f'[{compact(rate)} it/s]':>{_RATE - 1}}")
        line.append(f" {_clock(spent):>7} {_clock(state.left(now_s)):>7} ")
        line.append(f"{state.status:<8}", style=_STYLES[state.status])
        traffic = state.traffic
        again = f" ({traffic.retried:,} again)" if traffic.retried else ""
        counts = Text(
            f"{traffic.sent:,} sent{again}, {traffic.received:,} received, "
            f"{traffic.finished:,} finished, "
        )
        counts.append(f"{traffic.failed:,} failed", style="red" if traffic.failed else "")
        if self.one_line:
            counts.pad_right(max(0, _COUNTS - len(counts)))
            return [line.append(" ").append(counts).append(f" {_log(state)}")]
        below = Text(f"  pid {os.getpid()}; ", style="dim").append(counts)
        return [line, below.append(f"; {_log(state)}")]


def _clock(seconds: float | None) -> str:
    """``0:02:05``."""
    return UNKNOWN if seconds is None else str(timedelta(seconds=int(seconds)))


def _log(state: TaskState) -> str:
    """The log that is being written, in the run's folder."""
    kind = "eval" if state.answered is not None or state.status == "scoring" else "infer"
    return f"logs/{kind}/{state.place}.out"
