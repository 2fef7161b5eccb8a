"""The board of a running evaluation on a terminal: one row a subtask, pages, pause.

``progress`` may come from any thread, all else from one. Draws at most twice a second, and from
counters only: the CPU it uses is charged to the client.
"""

from __future__ import annotations

import atexit
import os
import sys
import threading
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from rich.console import Console
from rich.live import Live
from rich.text import Text

from perfbench.reports.evaluation import narration
from perfbench.reports.evaluation.keys import Keys
from perfbench.reports.evaluation.state import Status, Tasks, TaskState
from perfbench.reports.live import REFRESH_S
from perfbench.reports.wording import UNKNOWN, compact

if TYPE_CHECKING:
    from perfbench.errors import PerfbenchError
    from perfbench.evaluation.asking import Missing
    from perfbench.evaluation.grading import SubtaskScores
    from perfbench.types import Progress, Subtask

_HEAD_LINES = 5
_CELLS = 42
"""Columns of done, rate, time and status, with the spaces between."""
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
    """An evaluation's table on a terminal, in the manner of AISBench."""

    def __init__(self, console: Console, keys: Keys | None = None) -> None:
        self._console = console
        self._keys = Keys() if keys is None else keys
        self._lock = threading.Lock()
        self._tasks = Tasks(())
        self._run = ""
        self._live: Live | None = None
        self._drawn_s = 0.0
        self._page = 0
        self._paused = False

    def run_started(self, run: str, subtasks: Sequence[Subtask]) -> None:
        """Say what is evaluated and draw every subtask as waiting."""
        what, _ = narration.opening(run, subtasks)
        self._console.print(Text(what, style="bold"))
        self._run, self._tasks = run, Tasks(subtasks)
        self._keys.open()
        self._live = Live(
            self._picture(),
            console=self._console,
            auto_refresh=False,
            redirect_stdout=False,
            redirect_stderr=sys.stderr.isatty(),
        )
        self._live.start(refresh=True)
        atexit.register(self.finished)

    def asking(self, subtask: Subtask, lacking: Missing) -> None:
        """Show the subtask as running; say so where stored answers are not used."""
        with self._lock:
            self._tasks.asking(subtask, lacking)
        if lacking.changed:
            self.note(f"{subtask.name}: {narration.asking(lacking)}")
        self._draw()

    def progress(self, subtask: Subtask, progress: Progress) -> None:
        """Keep the counters for the next picture."""
        with self._lock:
            self._tasks.of(subtask).progress = progress

    def asked(self, subtask: Subtask, error: PerfbenchError | None) -> None:
        """Show how asking ended."""
        with self._lock:
            state = self._tasks.asked(subtask, error)
        if error is not None:
            self.note(f"{subtask.name}: {narration.asked(state, error, self._tasks.now())}")
        self._draw()

    def scoring(self, subtask: Subtask) -> None:
        """Show the subtask as being scored."""
        with self._lock:
            self._tasks.scoring(subtask)
        self._draw()

    def scored(self, scores: SubtaskScores) -> None:
        """Show the subtask as finished."""
        with self._lock:
            self._tasks.scored(scores)
        self._draw()

    def tick(self) -> None:
        """Act on keys; draw if the last picture is old enough and the screen is not paused."""
        pressed = self._keys.read()
        for key in pressed:
            if key == "pause":
                self._paused = not self._paused
            else:
                self._page += 1 if key == "down" else -1
        if pressed or (not self._paused and time.perf_counter() - self._drawn_s >= REFRESH_S):
            self._draw(even_paused=bool(pressed))

    def note(self, text: str) -> None:
        """Print a line above the table."""
        self._console.print(Text(f"note: {text}", style="yellow"))

    def finished(self) -> None:
        """Leave the last picture on the screen and the terminal as it was."""
        if self._live is not None:
            live, self._live = self._live, None
            self._paused = False
            try:
                with self._lock:
                    self._tasks.finished()
                live.update(self._picture(), refresh=True)
            finally:
                live.stop()
                self._keys.close()
                atexit.unregister(self.finished)

    def _draw(self, even_paused: bool = False) -> None:
        self._drawn_s = time.perf_counter()
        if self._live is not None and (even_paused or not self._paused):
            self._live.update(self._picture(), refresh=True)

    def _picture(self) -> Text:
        with self._lock:
            states, now_s = list(self._tasks), self._tasks.now()
            rows = _Rows(self._console.width, states)
        room = max(1, (self._console.height - _HEAD_LINES - 1) // (1 if rows.one_line else 2))
        pages = max(1, -(-len(self._tasks) // room))
        self._page = min(max(self._page, 0), pages - 1)
        updated = f"{datetime.now():%Y-%m-%d %H:%M:%S}" + (", PAUSED" if self._paused else "")
        lines = [
            Text(f"Base path of results and logs: {self._run}"),
            Text(f"Updated at {updated}. Page {self._page + 1}/{pages}, {len(self._tasks)} tasks"),
            Text("Up/Down arrows page, P pauses the screen, Ctrl-C stops", style="dim"),
            Text(""),
            Text(rows.head(), style="dim"),
        ]
        with self._lock:
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
        if not self.one_line:
            self._name = max(4, min(longest, 26))
            taken = self._name + _CELLS
        self._bar = min(30, max(0, width - taken))

    def head(self) -> str:
        """Titles of the columns."""
        text = f"{'Task':<{self._name}} "
        if self.one_line:
            text += f"{'Process':>7} "
        text += f"{'Progress':<{self._bar}} {'':>11} {'':>11} {'Time':>7} {'Status':<8}"
        return f"{text} {'Requests':<{_COUNTS}} Log" if self.one_line else text

    def lines(self, state: TaskState, now_s: float) -> list[Text]:
        """One subtask."""
        name = state.subtask.name
        if len(name) > self._name:
            name = name[: self._name - 1] + "…"
        line = Text(f"{name:<{self._name}} ")
        if self.one_line:
            line.append(f"{os.getpid():>7} ")
        share = 0.0 if not state.done or not state.total else min(state.done / state.total, 1.0)
        filled = round(self._bar * share)
        line.append("#" * filled, style=_STYLES[state.status])
        line.append("." * (self._bar - filled), style="dim")
        done = UNKNOWN if state.done is None else str(state.done)
        rate, spent = state.rate(now_s), state.spent(now_s)
        line.append(f" {f'{done}/{state.total}':>11} {f'[{compact(rate)} it/s]':>11}")
        time_cost = UNKNOWN if spent is None else str(timedelta(seconds=int(spent)))
        line.append(f" {time_cost:>7} ")
        line.append(f"{state.status:<8}", style=_STYLES[state.status])
        traffic = state.traffic
        counts = Text(
            f"{traffic.sent:,} sent, {traffic.received:,} received, {traffic.finished:,} finished, "
        )
        counts.append(f"{traffic.failed:,} failed", style="red" if traffic.failed else "")
        if self.one_line:
            counts.pad_right(max(0, _COUNTS - len(counts)))
            return [line.append(" ").append(counts).append(f" {_log(state)}")]
        below = Text(f"  pid {os.getpid()}; ", style="dim").append(counts)
        return [line, below.append(f"; {_log(state)}")]


def _log(state: TaskState) -> str:
    """The log that is being written, in the run's folder."""
    kind = "eval" if state.answered is not None or state.status == "scoring" else "infer"
    return f"logs/{kind}/{state.place}.out"
