"""How fast the table of requests opens on a large stored run, and shows a page of it.

Builds a run of ``--requests`` requests of 50 to 200 events in four points through the store
(or takes the ``--run`` that an earlier call left by ``--keep``), and opens it in fresh processes.

  opens         from opening the folder to the first page, in the order of completion, when nothing
                has been read of the run before (the system may have the file in memory)
  first sorted  a page sorted by TTFT, and by E2E, asked in that same process: reads those columns
  read ahead    all columns, in the background of a server, and keeping them in a file
  opens again   in a new process: to the first page, sorted by TTFT and filtered
  pages         then: each column both ways at several offsets, and filters of all kinds, each asked
                several times: the worst and the median
  memory        that the columns take, and that the process has at most

Takes about 3 minutes. With --check the exit status is 1 if a bar is missed.
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from common import Bar, arguments, conclude, print_table, run_main, say

from perfbench.store import Run
from perfbench.types import Outcome, Point, PointFacts, Record, Usage

OPENS_S, PAGE_MS = 2.0, 200.0
TRIES = 3
"""Of each page, of which the median counts: other programs take the processor away now and then."""
POINTS, BATCH, MS = 4, 2_000, 1_000_000
FAILURES: tuple[Outcome, ...] = ("truncated", "http_5xx", "timeout", "connect")


def records(number: int, zero_ns: int, draw: np.random.Generator) -> Iterator[Record]:
    """Requests with answers of 50 to 200 events; every fiftieth fails."""
    lengths = draw.integers(50, 201, number).tolist()
    ttft_ns = (draw.lognormal(4, 0.5, number) * MS).astype(np.int64).tolist()
    for seq, (length, ttft) in enumerate(zip(lengths, ttft_ns, strict=True)):
        outcome = FAILURES[seq // 50 % len(FAILURES)] if seq % 50 == 0 else "ok"
        answered = outcome not in ("http_5xx", "connect")
        gaps = (draw.lognormal(3, 0.4, length - 1) * MS).astype("<u4")
        sent = zero_ns + seq * 20_000
        first = sent + ttft if answered else None
        yield Record(
            seq=seq,
            sample_id=f"openqa-{seq % 30_000}",
            worker=seq % 4,
            due_ns=sent - 200_000 + seq % 1000,
            sent_ns=sent,
            headers_ns=first,
            first_ns=first,
            first_content_ns=first,
            gaps=gaps.tobytes() if answered else b"",
            end_ns=sent + ttft + int(gaps.sum()),
            read_delay_ns=seq * 7919 % (4 * MS),
            reused=True,
            status=None if outcome == "connect" else 503 if outcome == "http_5xx" else 200,
            outcome=outcome,
            detail="" if outcome == "ok" else f"the service said {outcome}, request {seq % 1000}",
            text="An answer of some words that goes on. " * (length // 10) if answered else "",
            finish="stop" if outcome == "ok" else None,
            usage=Usage(20 + seq % 2000, length) if outcome == "ok" else None,
            response_id=f"chatcmpl-{seq:032x}",
        )


def build(folder: Path, requests: int) -> Path:
    """Store the run; its folder."""
    draw = np.random.default_rng(1)
    each = requests // POINTS
    with Run.create(folder, "requests", {}, {"simulator": None}) as run:
        for index in range(POINTS):
            parallel = 10 * 4**index
            name = f"parallel_{parallel}_number_{each}"
            point = Point(index=index, name=name, parallel=parallel, rate=None, number=each)
            run.begin_point(point)
            made = records(each, run.origin_ns + index * 10**11, draw)
            while batch := [record for _, record in zip(range(BATCH), made, strict=False)]:
                run.append(point, batch)
            run.end_point(point, PointFacts(workers=[], parent_cpu_s=0.0))
        return run.path


def look(path: Path, again: bool) -> dict[str, Any]:
    """Open the run and ask; called in a process of its own. Seconds and bytes."""
    from perfbench.reports.requests import COLUMNS, RequestTable, read_query

    found: dict[str, Any] = {}

    def timed(name: str, tries: int = 1, **words: str) -> None:
        taken = []
        for _ in range(tries):
            begun = time.perf_counter()
            table.page(read_query(words))
            taken.append(time.perf_counter() - begun)
        found.setdefault(name, []).append(median(taken))

    begun = time.perf_counter()
    with RequestTable(path) as table:
        words = {"sort": "-ttft_ms", "outcome": "ok"} if again else {}
        table.page(read_query(words))
        found["opens"] = [time.perf_counter() - begun]
        if not again:
            timed("turn", offset="500000")
            timed("by TTFT", sort="-ttft_ms")
            timed("by E2E", sort="e2e_ms")
        begun = time.perf_counter()
        table.prepare()
        found["prepare"] = [time.perf_counter() - begun]
        for name in COLUMNS if again else ():
            for sort in (name, f"-{name}"):
                timed("pages", TRIES, sort=sort)
                timed("pages", TRIES, sort=sort, offset="400000", outcome="ok")
        for where in ("ttft_ms>100", "ttft_ms>0.1s and output_tokens<100 or status==503"):
            for sample in ("openqa-1*", "openqa-77"):
                words = {"where": where, "sample_id": sample, "point": "parallel_40*"}
                timed("pages", TRIES, sort="-itl_max_ms", **words)
        found["columns"] = table.nbytes
    found["memory"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return found


def looked(path: Path, again: bool) -> dict[str, Any]:
    """The same from a fresh process."""
    words = [sys.executable, __file__, "--look", str(path), *(["--again"] if again else [])]
    done = subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def measure(path: Path) -> list[Bar]:
    """Ask, and print what was found."""
    (path / ".requests.cache").unlink(missing_ok=True)
    first, again = looked(path, again=False), looked(path, again=True)
    pages = again["pages"]
    rows = [
        ("opens", first["opens"][0], "s"),
        ("page at 500,000, then", first["turn"][0] * 1e3, "ms"),
        ("first sorted by TTFT", first["by TTFT"][0], "s"),
        ("first sorted by E2E", first["by E2E"][0], "s"),
        ("read ahead: the rest, and kept", first["prepare"][0], "s"),
        ("opens again, sorted and filtered", again["opens"][0], "s"),
        (f"pages: median of {len(pages)}", median(pages) * 1e3, "ms"),
        ("pages: worst", max(pages) * 1e3, "ms"),
        ("columns in memory", again["columns"] / 2**20, "MiB"),
        ("process at most, first and again", max(first["memory"], again["memory"]) / 2**20, "MiB"),
        ("run.db", (path / "run.db").stat().st_size / 2**20, "MiB"),
        ("kept columns", (path / ".requests.cache").stat().st_size / 2**20, "MiB"),
    ]
    print_table(["", "figure", "unit"], rows)
    return [
        Bar("opens", first["opens"][0], OPENS_S, "s"),
        Bar("opens again, sorted", again["opens"][0], OPENS_S, "s"),
        Bar("page in the order of completion", first["turn"][0] * 1e3, PAGE_MS, "ms"),
        Bar("worst page", max(pages) * 1e3, PAGE_MS, "ms"),
    ]


def main() -> int:
    """Build, measure and print."""
    parser = arguments(__doc__ or "")
    parser.add_argument("--requests", type=int, default=1_000_000)
    parser.add_argument("--run", type=Path, help="folder of a run to take instead of building one")
    parser.add_argument("--keep", type=Path, help="folder to build the run in, and to leave it in")
    parser.add_argument("--look", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--again", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.look:
        print(json.dumps(look(options.look, options.again)))
        return 0
    folder = options.keep or Path(tempfile.mkdtemp(prefix="perfbench_bench_"))
    try:
        if options.run is None:
            say(f"building a run of {options.requests:,} requests")
        path = options.run or build(folder, options.requests)
        say(f"measuring {path}")
        return conclude(measure(path), options.check)
    finally:
        if options.keep is None:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    run_main(main)
