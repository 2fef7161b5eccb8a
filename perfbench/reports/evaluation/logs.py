"""A log for each subtask: ``logs/infer/<model>/<data set>.out`` of asking, ``logs/eval/...`` of
scoring, below the folder of the run.

Lines begin with the local time. Logs are a convenience: one that cannot be written ends nothing.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from perfbench.reports.evaluation import narration
from perfbench.reports.evaluation.state import Tasks, TaskState

if TYPE_CHECKING:
    from perfbench.errors import PerfbenchError
    from perfbench.evaluation.asking import Missing
    from perfbench.evaluation.grading import SubtaskScores
    from perfbench.types import Progress, Subtask

PROGRESS_EVERY_S = 10.0

Kind = Literal["infer", "eval"]


class TaskLogs:
    """Writes what happens to each subtask into its own files."""

    def __init__(self) -> None:
        self._folder = Path()
        self._tasks = Tasks(())
        self._lock = threading.Lock()
        self._said_s: dict[str, float] = {}

    def run_started(self, run: str, subtasks: Sequence[Subtask]) -> None:
        """Know where to write."""
        self._folder, self._tasks = Path(run) / "logs", Tasks(subtasks)

    def asking(self, subtask: Subtask, lacking: Missing) -> None:
        """What is asked of whom, and what is reused."""
        state = self._tasks.asking(subtask, lacking)
        lines = [
            f"{subtask.name}: {narration.planned(subtask)}",
            f"model {subtask.served_model} at {subtask.url}, {subtask.parallel} in flight",
            f"generation {subtask.sent()}",
            *subtask.notes,
            narration.asking(lacking),
        ]
        self._write(state, "infer", lines)
        self._said_s[subtask.name] = time.monotonic()

    def progress(self, subtask: Subtask, progress: Progress) -> None:
        """A line of counters now and then."""
        state = self._tasks.of(subtask)
        state.progress = progress
        now_s = time.monotonic()
        if now_s - self._said_s.get(subtask.name, 0.0) >= PROGRESS_EVERY_S:
            self._said_s[subtask.name] = now_s
            self._write(state, "infer", [narration.progress(state, now_s)])

    def asked(self, subtask: Subtask, error: PerfbenchError | None) -> None:
        """How asking ended."""
        state = self._tasks.asked(subtask, error)
        self._write(state, "infer", [narration.asked(state, error, self._tasks.now())])

    def scoring(self, subtask: Subtask) -> None:
        """What is scored, and how."""
        state = self._tasks.scoring(subtask)
        self._write(state, "eval", [f"{subtask.name}: {narration.planned(subtask)}"])

    def scored(self, scores: SubtaskScores) -> None:
        """Figures, counts and every unscored answer with its reason."""
        state = self._tasks.scored(scores)
        self._write(state, "eval", [narration.scored(scores), *narration.details(scores)])

    def tick(self) -> None:
        """Nothing is drawn."""

    def note(self, text: str) -> None:
        """Notes of the whole run are in ``run.log``."""

    def finished(self) -> None:
        """Every line is on disk already."""

    def _write(self, state: TaskState, kind: Kind, lines: Iterable[str]) -> None:
        stamp = datetime.now().astimezone().isoformat(timespec="milliseconds")
        path = self._folder / kind / f"{state.place}.out"
        with self._lock, suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            with open(path, "a", encoding="utf-8", errors="replace") as log:
                log.writelines(f"{stamp} {line}\n" for line in lines)
