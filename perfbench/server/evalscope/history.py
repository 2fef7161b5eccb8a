"""Earlier load tests, and the log of a task, as EvalScope's API answers them.

Reads files of runs and jobs. Unknown is null.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, TextIO

import msgspec

from perfbench.server.listed import Listed

_LONGEST_LINE = 10_000
"""Characters with its end; the rest of a line is left out."""
_LARGEST_PAGE_BYTES = 1 << 20
"""Of lines; those beyond are left for the next page."""


class LogPage(msgspec.Struct, frozen=True):
    """Lines of a log, counted from 0."""

    text: str
    head_line: int
    """The first that is answered."""
    tail_line: int
    """The one behind the last."""
    total_lines: int


class LoadTest(msgspec.Struct, frozen=True, kw_only=True):
    """A load test in the results folder."""

    path: str
    """Name of the run."""
    model: str | None
    api_type: str | None
    dataset: str | None
    alias: str | None
    """What it was called."""
    num_runs: int
    """Loads."""
    total_requests: int
    success_rate: float | None
    """Per cent of the requests that ended."""
    best_rps: float | None
    """Most requests a second of a load."""
    best_latency: float | None
    """Least mean latency of a load, seconds."""
    has_html: bool
    timestamp: str
    concurrency: tuple[int, ...]


class LoadTests(msgspec.Struct, frozen=True):
    """Load tests, the newest first."""

    runs: list[LoadTest]
    total: int


class DeletedLoadTest(msgspec.Struct, frozen=True):
    """A run that was deleted."""

    success: bool
    path: str


class _Point(msgspec.Struct, frozen=True):
    parallel: int | None = None
    completed: int = 0
    failed: int = 0
    request_throughput_rps: float | None = None
    metrics: dict[str, Any] = {}


class _Summary(msgspec.Struct, frozen=True):
    """What is read of ``summary.json``."""

    points: list[_Point] = []
    config: dict[str, Any] = {}


def log_page(path: Path, start: int | None, size: int) -> LogPage:
    """Lines of a log: from ``start`` on, or the last ones. A log that is not there is empty."""
    page: deque[str] = deque()
    held = total = 0
    is_full = False
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            for line in _lines(file):
                total += 1
                if start is not None and (total <= start or is_full):
                    continue
                page.append(line)
                held += len(line.encode())
                while len(page) > size or held > _LARGEST_PAGE_BYTES:
                    is_full = start is not None
                    held -= len((page.pop() if is_full else page.popleft()).encode())
    except OSError:
        pass
    head = total - len(page) if start is None else min(start, total)
    return LogPage("".join(page), head, head + len(page), total)


def _lines(file: TextIO) -> Iterator[str]:
    """The lines of a log, cut to what is answered of them; never more than that is in memory."""
    begins = True
    while part := file.readline(_LONGEST_LINE):
        ends = part.endswith("\n")
        if begins:
            is_cut = not ends and len(part) == _LONGEST_LINE
            yield part[:-1] + "\n" if is_cut else part
        begins = ends


def load_tests(results: Path, runs: Sequence[Listed]) -> LoadTests:
    """Load tests, in the order in which they are given."""
    return LoadTests([_load_test(results / run.name, run) for run in runs], len(runs))


def _load_test(folder: Path, run: Listed) -> LoadTest:
    try:
        found = msgspec.json.decode((folder / "summary.json").read_bytes(), type=_Summary)
    except (OSError, msgspec.DecodeError):
        found = _Summary()  # It has not ended.
    completed = sum(point.completed for point in found.points)
    ended = completed + sum(point.failed for point in found.points)
    rates = [each for point in found.points if (each := point.request_throughput_rps) is not None]
    means = [(point.metrics.get("e2e_ms") or {}).get("mean") for point in found.points]
    latencies = [each / 1000 for each in means if each is not None]
    return LoadTest(
        path=run.name,
        model=run.model,
        api_type=found.config.get("api"),
        dataset=found.config.get("dataset"),
        alias=found.config.get("name"),
        num_runs=len(found.points),
        total_requests=ended,
        success_rate=100 * completed / ended if ended else None,
        best_rps=max(rates, default=None),
        best_latency=min(latencies, default=None),
        has_html=(folder / "report.html").is_file(),
        timestamp=datetime.fromtimestamp(run.started_s).isoformat(timespec="seconds"),
        concurrency=tuple(p.parallel for p in found.points if p.parallel is not None),
    )
