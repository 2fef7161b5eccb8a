"""A log for each subtask: ``logs/infer/<model>/<data set>.out`` of asking, ``logs/eval/...`` of
scoring, below the folder of the run.

Lines begin with the local time. Logs are a convenience: one that cannot be written ends nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Literal

from perfbench.reports.evaluation import narration
from perfbench.reports.evaluation.state import Tasks
from perfbench.types import Asked, Asking, Event, Progress, RunStarted, Scored, Scoring

PROGRESS_EVERY_S = 10.0

Kind = Literal["infer", "eval"]


class TaskLogs:
    """Writes what happens to each subtask into its own files; an observer."""

    def __init__(self) -> None:
        self._folder = Path()
        self._tasks = Tasks(())
        self._said_s: dict[str, float] = {}

    def __call__(self, event: Event) -> None:
        """Write what belongs into a log. Notes of the whole run are in ``run.log``."""
        if isinstance(event, RunStarted):
            self._folder, self._tasks = Path(event.path) / "logs", Tasks(event.subtasks)
            return
        self._tasks.hear(event)
        match event:
            case Asking():
                self._said_s[event.name] = self._tasks.now()
                self._write(event.name, "infer", self._asking(event))
            case Progress():
                now_s = self._tasks.now()
                if now_s - self._said_s.get(event.name, 0.0) >= PROGRESS_EVERY_S:
                    self._said_s[event.name] = now_s
                    line = narration.progress(self._tasks.of(event.name), now_s)
                    self._write(event.name, "infer", [line])
            case Asked():
                line = narration.asked(self._tasks.of(event.name), event, self._tasks.now())
                self._write(event.name, "infer", [line])
            case Scoring():
                plan = narration.planned(self._tasks.of(event.name).subtask)
                self._write(event.name, "eval", [f"{event.name}: {plan}"])
            case Scored():
                lines = [narration.scored(event), *narration.details(event)]
                self._write(event.name, "eval", lines)

    def _asking(self, lacks: Asking) -> list[str]:
        """What is asked of whom, and what is reused."""
        subtask = self._tasks.of(lacks.name).subtask
        return [
            f"{subtask.name}: {narration.planned(subtask)}",
            f"model {subtask.served_model} at {subtask.url}, {subtask.parallel} in flight",
            f"sampling {subtask.sampling}",
            *subtask.notes,
            narration.asking(lacks),
        ]

    def _write(self, name: str, kind: Kind, lines: Iterable[str]) -> None:
        stamp = datetime.now().astimezone().isoformat(timespec="milliseconds")
        path = self._folder / kind / f"{self._tasks.of(name).place}.out"
        with suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            with open(path, "a", encoding="utf-8", errors="replace") as log:
                log.writelines(f"{stamp} {line}\n" for line in lines)
