"""What became of a job whose process has ended: by its last word, its exit status, what it printed,
and whether its results folder holds what it told. Changes nothing."""

from __future__ import annotations

import signal
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from perfbench.errors import PerfbenchError
from perfbench.server.feed import Feed, Seen
from perfbench.server.queue import Job, State
from perfbench.store import open_run

_ERROR = "perfbench: "
"""Before what a command says that ends with an error."""
_FAILED = 1
"""Exit status of a command that did all and found nothing."""
_TOLD_BYTES = 4096
"""Of the log's end, where a command says what it ended of."""


def outcome(job: Job, seen: Seen, log: Path) -> tuple[State, str | None]:
    """The state that a job ends in, and why if that is to be said.

    Args:
        job: with its exit status, where that is known: negative is a signal.
        log: what it printed.
    """
    finished, status = seen.finished, job.exit_status
    if finished is not None:
        if finished.get("interrupted"):
            return "stopped", finished.get("error")
        if status or finished.get("error"):
            return "failed", finished.get("error") or _why(job, log)
        return "done", None
    if job.state == "stopping":
        return "stopped", None
    if status == 0:
        return "done", None
    if status is None:
        return "interrupted", "its process ended without a word"
    if status < 0:
        return "interrupted", f"its process was ended by {_signal(-status)}"
    return "failed", _why(job, log)


def difference(job: Job, feed: Feed, outputs_dir: Path) -> str | None:
    """How what a job told and what its results folder holds do not agree: counted at both ends.

    Reads the folder: not for the event loop.
    """
    seen = feed.seen
    said = []
    if feed.cut:
        said.append("its last event is cut")
    if seen.finished is None and job.exit_status == 0:
        said.append("it did not tell its end: some of its events are missing")
    if job.run is not None and seen.finished is not None:
        try:
            with open_run(outputs_dir / job.run, read_only=True) as run:
                said += _differences(seen, run.summaries())
        except (PerfbenchError, OSError) as error:
            said.append(f"its results cannot be read: {error}")
    return "; ".join(said) or None


def _differences(seen: Seen, stored: Sequence[Any]) -> Iterator[str]:
    """Of points that were told to have ended: a folder may have others of an earlier session."""
    kept = {summary.name: (summary.completed, summary.failed) for summary in stored}
    for name, told in seen.summaries.items():
        counts = told.completed, told.failed
        if name not in kept:
            yield f"{name} was told, and is not in the results"
        elif kept[name] != counts:
            yield (
                f"{name}: {counts[0]:,} ok and {counts[1]:,} failed were told, "
                f"{kept[name][0]:,} and {kept[name][1]:,} are in the results"
            )


def log_tail(path: Path, limit: int) -> str:
    """The last bytes of a file, from the beginning of a line on where there is one, as text.

    Raises:
        OSError: it cannot be read.
    """
    with open(path, "rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - limit))
        found = file.read(limit)
    if size > limit:
        found = found.partition(b"\n")[2] or found
    return found.decode("utf-8", "replace")


def _last_line(log: Path) -> str | None:
    """The last thing that a command says: where it ends with an error, what that is."""
    try:
        lines = [line for line in log_tail(log, _TOLD_BYTES).splitlines() if line.strip()]
    except OSError:
        return None
    return lines[-1] if lines else None


def _why(job: Job, log: Path) -> str:
    """Why a job has failed that told its end without an error, or told nothing."""
    last = _last_line(log)
    if last is not None and last.startswith(_ERROR):
        return last.removeprefix(_ERROR)
    if job.exit_status == _FAILED:
        return "no request succeeded" if job.command == "perf" else "a part of it has no result"
    return last or "it said nothing"


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
