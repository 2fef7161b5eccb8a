"""What a person sees while an evaluation runs: the board on a terminal, plain lines elsewhere.

Either way each subtask's log is written too. Knows no store and no scores beyond what it is told.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, TextIO

from perfbench.reports.evaluation import narration
from perfbench.reports.evaluation.board import EvalBoard
from perfbench.reports.evaluation.logs import TaskLogs
from perfbench.reports.evaluation.state import Tasks
from perfbench.reports.live import LINE_EVERY_S, make_console

if TYPE_CHECKING:
    from perfbench.errors import PerfbenchError
    from perfbench.evaluation.asking import Missing
    from perfbench.evaluation.evaluate import EvalObserver
    from perfbench.evaluation.grading import SubtaskScores
    from perfbench.types import Progress, Subtask


def make_eval_display(file: TextIO, json_output: bool = False, debug: bool = False) -> EvalObserver:
    """The display for ``file``, with the logs of the subtasks.

    Args:
        file: where to draw; standard error instead with ``json_output``, for standard output then
            belongs to the JSON.
        debug: lines of everything that happens, instead of the board.
    """
    target = sys.stderr if json_output else file
    console = make_console(target)
    if console.is_terminal and not console.is_dumb_terminal and not debug:
        return Together([EvalBoard(console), TaskLogs()])
    return Together([PlainEvalDisplay(target, debug), TaskLogs()])


class Together:
    """Several observers as one; each is told everything, in order."""

    def __init__(self, observers: Sequence[EvalObserver]) -> None:
        self._observers = observers

    def run_started(self, run: str, subtasks: Sequence[Subtask]) -> None:
        """Tell all."""
        for each in self._observers:
            each.run_started(run, subtasks)

    def asking(self, subtask: Subtask, lacking: Missing) -> None:
        """Tell all."""
        for each in self._observers:
            each.asking(subtask, lacking)

    def progress(self, subtask: Subtask, progress: Progress) -> None:
        """Tell all."""
        for each in self._observers:
            each.progress(subtask, progress)

    def asked(self, subtask: Subtask, error: PerfbenchError | None) -> None:
        """Tell all."""
        for each in self._observers:
            each.asked(subtask, error)

    def scoring(self, subtask: Subtask) -> None:
        """Tell all."""
        for each in self._observers:
            each.scoring(subtask)

    def scored(self, scores: SubtaskScores) -> None:
        """Tell all."""
        for each in self._observers:
            each.scored(scores)

    def tick(self) -> None:
        """Tell all."""
        for each in self._observers:
            each.tick()

    def note(self, text: str) -> None:
        """Tell all."""
        for each in self._observers:
            each.note(text)

    def finished(self) -> None:
        """Tell all."""
        for each in self._observers:
            each.finished()


class PlainEvalDisplay:
    """Lines for logs and pipes; with ``debug`` all that the subtasks' logs hold."""

    def __init__(self, file: TextIO, debug: bool = False) -> None:
        self._file = file
        self._debug = debug
        self._console = make_console(file)
        self._tasks = Tasks(())
        self._lock = threading.Lock()
        self._said_s: dict[str, float] = {}

    def run_started(self, run: str, subtasks: Sequence[Subtask]) -> None:
        """Who answers what, and where results go."""
        self._tasks = Tasks(subtasks)
        self._say(*narration.opening(run, subtasks))
        if self._debug:
            self._say(*(f"{each.name}: {narration.planned(each)}" for each in subtasks))

    def asking(self, subtask: Subtask, lacking: Missing) -> None:
        """A line with what is asked."""
        with self._lock:
            self._tasks.asking(subtask, lacking)
        self._said_s[subtask.name] = time.monotonic()
        self._tell(subtask, narration.asking(lacking))

    def progress(self, subtask: Subtask, progress: Progress) -> None:
        """A line of counters every few seconds."""
        state, now_s = self._tasks.of(subtask), time.monotonic()
        with self._lock:
            state.progress = progress
        if now_s - self._said_s.get(subtask.name, 0.0) >= LINE_EVERY_S:
            self._said_s[subtask.name] = now_s
            self._tell(subtask, narration.progress(state, now_s))

    def asked(self, subtask: Subtask, error: PerfbenchError | None) -> None:
        """A line with how asking ended."""
        with self._lock:
            state = self._tasks.asked(subtask, error)
        self._tell(subtask, narration.asked(state, error, self._tasks.now()))

    def scoring(self, subtask: Subtask) -> None:
        """A line for those who want them all."""
        if self._debug:
            self._tell(subtask, "scoring")

    def scored(self, scores: SubtaskScores) -> None:
        """A line with the score."""
        self._tell(scores.subtask, narration.scored(scores))
        if self._debug:
            for line in narration.details(scores):
                self._tell(scores.subtask, line)

    def tick(self) -> None:
        """Lines come with events."""

    def note(self, text: str) -> None:
        """A warning, as a line."""
        self._say(f"note: {text}")

    def finished(self) -> None:
        """Nothing to put back."""

    def _tell(self, subtask: Subtask, text: str) -> None:
        self._say(f"{subtask.name}: {text}")

    def _say(self, *lines: str) -> None:
        with self._lock:
            for line in lines:
                self._console.print(line, soft_wrap=True)
            self._file.flush()
