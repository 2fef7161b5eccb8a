"""What a person sees while an evaluation runs: the board on a terminal, plain lines elsewhere.

Knows no store and no scores beyond what it is told.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import TextIO

from perfbench.reports.evaluation import narration
from perfbench.reports.evaluation.board import EvalBoard
from perfbench.reports.evaluation.state import Tasks
from perfbench.reports.live import LINE_EVERY_S, make_console
from perfbench.types import (
    Asked,
    Asking,
    Event,
    Note,
    Observer,
    Progress,
    RunStarted,
    Scored,
    Scoring,
)


def eval_display(file: TextIO, debug: bool = False) -> AbstractContextManager[Observer]:
    """The display for ``file``; leaving it puts the terminal back as it was.

    Args:
        debug: lines of everything that happens, instead of the board.
    """
    console = make_console(file)
    if console.is_terminal and not console.is_dumb_terminal and not debug:
        return EvalBoard(console)
    return nullcontext(PlainEvalDisplay(file, debug))


class PlainEvalDisplay:
    """Lines for logs and pipes; with ``debug`` all that the subtasks' logs hold."""

    def __init__(self, file: TextIO, debug: bool = False) -> None:
        self._file = file
        self._debug = debug
        self._console = make_console(file)
        self._tasks = Tasks(())
        self._said_s: dict[str, float] = {}

    def __call__(self, event: Event) -> None:
        """A line for what a person should know of, more for those who want it all."""
        self._tasks.hear(event)
        match event:
            case RunStarted():
                self._start(event)
            case Note():
                self._say(f"note: {event.text}")
            case Asking():
                self._said_s[event.name] = self._tasks.now()
                self._tell(event.name, narration.asking(event))
            case Progress():
                self._progress(event)
            case Asked():
                state = self._tasks.of(event.name)
                self._tell(event.name, narration.asked(state, event, self._tasks.now()))
            case Scoring() if self._debug:
                self._tell(event.name, "scoring")
            case Scored():
                more = narration.details(event) if self._debug else ()
                self._tell(event.name, narration.scored(event), *more)

    def _start(self, started: RunStarted) -> None:
        self._tasks = Tasks(started.subtasks)
        self._say(*narration.opening(started))
        if self._debug:
            self._say(*(f"{each.name}: {narration.planned(each)}" for each in started.subtasks))

    def _progress(self, progress: Progress) -> None:
        """A line of counters every few seconds."""
        now_s = self._tasks.now()
        if now_s - self._said_s.get(progress.name, 0.0) >= LINE_EVERY_S:
            self._said_s[progress.name] = now_s
            self._tell(progress.name, narration.progress(self._tasks.of(progress.name), now_s))

    def _tell(self, name: str, *lines: str) -> None:
        self._say(*(f"{name}: {line}" for line in lines))

    def _say(self, *lines: str) -> None:
        for line in lines:
            self._console.print(line, soft_wrap=True)
        self._file.flush()
