"""What a run tells while it goes on, to displays and sinks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from perfbench.types.figure import Summary
from perfbench.types.load import Point, Progress


class Observer(Protocol):
    """What displays and sinks implement. Called from the parent process, never a worker.

    Calls must return quickly: a slow consumer keeps its own queue. ``run`` is the path of the
    results folder.
    """

    def run_started(self, run: str, config: Mapping[str, Any], points: Sequence[Point]) -> None: ...

    def point_started(self, point: Point) -> None: ...

    def progress(self, progress: Progress) -> None: ...

    def point_finished(self, point: Point, summary: Summary) -> None: ...

    def note(self, text: str) -> None:
        """Something the user should know: a warning, a fallback, a repeated data set."""
        ...

    def run_finished(self, summaries: Sequence[Summary]) -> None:
        """After reports are written, so that they can be uploaded."""
        ...
