"""What perfbench holds in memory: as points go by, and for each recorded event.

The process tree is sampled from outside, every 10 ms, in /proc (Linux only); samples are assigned
to points by the instants in the store.

  points    resident memory (MiB) of the parent and of all workers together, highest within each of
            --points equal points: from its first send to the first send of the next, so that
            storing and summarising are inside. Growth is the trend of the later half, in bytes
            per recorded event of a point: a program that kept its records would show some ten
  events    highest memory of the tree from the end of the last response to the end of the process,
            for a short and a long run of one point; what the second has more, less its output
            texts, in bytes per event it has more. Plans, records and summaries are inside,
            programs and libraries are not. load is the same for the time of the requests

Takes about 1.5 minutes. With --check the exit status is 1 if a bar is missed.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from common import (
    Bar,
    BenchError,
    Measured,
    Services,
    arguments,
    conclude,
    print_table,
    run_main,
    run_perfbench,
    say,
    services,
)

from perfbench.store import open_run

BYTES_PER_EVENT_LIMIT = 16.0
GROWTH_LIMIT = 1.0
"""Bytes per event of a point. Nothing may grow; allocators are not steadier than this."""
INTERVAL_S = 0.01
MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Sample:
    """Resident memory at an instant, in bytes."""

    at_ns: int
    parent: int
    workers: int

    @property
    def tree(self) -> int:
        return self.parent + self.workers


class Watch:
    """Samples a process and its children in a thread, from ``start`` until it has ended."""

    def __init__(self) -> None:
        self.samples: list[Sample] = []
        self._thread: threading.Thread | None = None

    def start(self, pid: int) -> None:
        """Begin."""
        self._thread = threading.Thread(target=self._run, args=(pid,), daemon=True)
        self._thread.start()

    def join(self) -> list[Sample]:
        """The samples, once the process has ended."""
        assert self._thread is not None
        self._thread.join()
        return self.samples

    def _run(self, pid: int) -> None:
        children = Path(f"/proc/{pid}/task/{pid}/children")
        while True:
            parent = resident(pid)
            if parent is None:
                return
            try:
                known = children.read_text().split()
            except OSError:
                return
            workers = sum(resident(int(child)) or 0 for child in known)
            self.samples.append(Sample(time.perf_counter_ns(), parent, workers))
            time.sleep(INTERVAL_S)


def resident(pid: int) -> int | None:
    """Resident memory of a process in bytes; ``None`` once it has ended."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return None
    line = next((line for line in status.splitlines() if line.startswith("VmRSS:")), None)
    return None if line is None else int(line.split()[1]) * 1024


@dataclass(frozen=True, slots=True)
class Extent:
    """A point as the store has it: first send, last end (ns), events, bytes of output text."""

    begin_ns: int
    end_ns: int
    events: int
    text: int


def extents(measured: Measured) -> list[Extent]:
    """Every point of a run."""
    found = []
    with open_run(measured.folder) as run:
        for point in run.points():
            begins, ends, events, text = [], [], 0, 0
            for record in run.records(point):
                assert record.sent_ns is not None
                assert record.end_ns is not None
                begins.append(record.sent_ns)
                ends.append(record.end_ns)
                events += record.events
                text += sys.getsizeof(record.text) - sys.getsizeof("")
            found.append(Extent(min(begins), max(ends), events, text))
    return found


def watched(
    made: Services, options: argparse.Namespace, load: Sequence[object], folder: Path
) -> tuple[list[Extent], list[Sample]]:
    """Run perfbench under this load, and watch it."""
    watch = Watch()
    words = ["--prompt", "word", "--max-tokens", options.tokens, "--no-report", *load]
    with made.start(0.0, options.itl_ms) as url:
        measured = run_perfbench(["--url", url, *words], folder, watch.start)
    failed = sum(point["failed"] for point in measured.summary["points"])
    if failed:
        raise BenchError(f"{failed} requests failed")
    return extents(measured), watch.join()


def highest(
    samples: Sequence[Sample], begin_ns: int, end_ns: float, of: Callable[[Sample], int]
) -> int:
    """The highest sample of a period.

    Raises:
        BenchError: there is none.
    """
    inside = [of(sample) for sample in samples if begin_ns <= sample.at_ns < end_ns]
    if not inside:
        raise BenchError("a point was over before memory could be sampled: use a longer one")
    return max(inside)


def over_points(made: Services, options: argparse.Namespace, folder: Path) -> float:
    """Print memory point by point; returns the growth in bytes per event of a point."""
    parallel = [options.parallel] * options.points
    load = ["--parallel", *parallel, "--number", options.number]
    found, samples = watched(made, options, load, folder)
    nexts = [*(extent.begin_ns for extent in found[1:]), float("inf")]
    rows, tree = [], []
    for number, (extent, end_ns) in enumerate(zip(found, nexts, strict=True), 1):
        period = (samples, extent.begin_ns, end_ns)
        parent = highest(*period, lambda sample: sample.parent)
        workers = highest(*period, lambda sample: sample.workers)
        tree.append(highest(*period, lambda sample: sample.tree))
        rows.append([number, extent.events, parent / MIB, workers / MIB, tree[-1] / MIB])
    print("Resident memory by point, MiB")
    print_table(["point", "events", "parent", "workers", "tree"], rows)
    later = tree[len(tree) // 2 :]
    slope = np.polyfit(range(len(later)), later, 1)[0]
    return float(slope) / found[-1].events


def over_events(made: Services, options: argparse.Namespace, folder: Path) -> float:
    """Print memory of a short and a long run; returns the bytes per event at the end."""
    rows = []
    for number in (options.parallel * 4, options.long):
        load = ["--parallel", options.parallel, "--number", number]
        (extent,), samples = watched(made, options, load, folder)
        inside = highest(samples, extent.begin_ns, extent.end_ns, lambda sample: sample.tree)
        after = highest(samples, extent.end_ns, float("inf"), lambda sample: sample.tree)
        rows.append((number, extent.events, extent.text, inside, after))
    (_, events, text, *levels), (_, more_events, more_text, *more_levels) = rows
    per_event = [
        (high - low - (more_text - text)) / (more_events - events)
        for low, high in zip(levels, more_levels, strict=True)
    ]
    table = [[number, count, *(value / MIB for value in sizes)] for number, count, *sizes in rows]
    table.append(["bytes per event", None, None, *per_event])
    print("Resident memory of the tree by number of events, MiB")
    print_table(["requests", "events", "output text", "load", "end"], table)
    return per_event[1]


def parse() -> argparse.Namespace:
    """The command line."""
    parser = arguments(__doc__ or "")
    parser.add_argument("--points", type=int, default=8)
    parser.add_argument("--parallel", type=int, default=100)
    parser.add_argument("--number", type=int, default=1000, help="requests of each point")
    parser.add_argument("--long", type=int, default=10_000, help="requests of the long run")
    parser.add_argument("--tokens", type=int, default=100, help="output tokens per request")
    parser.add_argument("--itl-ms", type=float, default=4.0)
    options = parser.parse_args()
    if options.points < 4 or options.long <= options.parallel * 4:
        parser.error("--points must be 4 or more, --long above 4 times --parallel")
    return options


def main() -> int:
    """Measure and print."""
    options = parse()
    if not Path("/proc/self/status").exists():
        raise BenchError("memory is sampled in /proc: Linux only")
    with tempfile.TemporaryDirectory(prefix="perfbench_bench_") as name:
        folder = Path(name)
        made = services(options, folder)
        say("points")
        growth = over_points(made, options, folder)
        say("events")
        per_event = over_events(made, options, folder)
    bars = [
        Bar("growth per point, bytes per event of a point", growth, GROWTH_LIMIT, ""),
        Bar("bytes per event at the end of a point", per_event, BYTES_PER_EVENT_LIMIT, ""),
    ]
    return conclude(bars, options.check)


if __name__ == "__main__":
    run_main(main)
