"""How long a large stored run takes to summarise.

Builds a run of ``--requests`` requests of ``--events`` events in a temporary folder through the
store itself, then reads it back in a fresh process: from opening the database to the summary.
Target: 1,000,000 requests of 100 events in under 20 s.
"""

from __future__ import annotations

import argparse
import multiprocessing
import random
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from perfbench.store import Run, open_run
from perfbench.types import Point, PointFacts, Record, Usage, WorkerFacts, pack_gaps

BATCH = 5_000
MS = 1_000_000


def records(requests: int, events: int, origin_ns: int) -> Iterator[Record]:
    """A closed loop of 1000 streams, TTFT about 50 ms, gaps about 20 ms, 1 % failures."""
    random.seed(1)
    shapes = []
    for _ in range(64):
        gaps = [round(random.gauss(20, 1) * MS) for _ in range(events - 1)]
        shapes.append((sum(gaps), *pack_gaps(gaps)))
    for seq in range(requests):
        duration, gaps, width = shapes[seq % 64]
        sent = origin_ns + (seq // 1000) * 2100 * MS + (seq % 1000) * 50_000
        first = sent + round(random.gauss(50, 2) * MS)
        failed = seq % 100 == 99
        yield Record(
            seq=seq,
            sample_id=str(seq),
            sent_ns=sent,
            headers_ns=first - MS,
            first_ns=first,
            first_content_ns=first,
            gaps=gaps,
            gap_width=width,
            end_ns=first + duration + MS,
            read_delay_ns=random.randrange(4 * MS),
            reused=True,
            status=200,
            outcome="truncated" if failed else "ok",
            detail="closed before [DONE]" if failed else "",
            text="An answer.",
            finish=None if failed else "stop",
            usage=None if failed else Usage(input_tokens=512, output_tokens=events),
        )


def build(folder: Path, requests: int, events: int) -> tuple[Path, float]:
    """Store the run. Returns its folder and the µs that ``append`` took per record."""
    point = Point(
        index=0, name="parallel_1000", parallel=1000, rate=None, number=requests, warmup=0
    )
    spent = 0.0
    with Run.create(folder, "summarise", {}, {"simulator": None}) as run:
        run.begin_point(point)
        made = records(requests, events, run.origin_ns)
        while batch := [record for _, record in zip(range(BATCH), made, strict=False)]:
            begun = time.perf_counter()
            run.append(point, batch)
            spent += time.perf_counter() - begun
        facts = WorkerFacts(
            worker=0, wall_s=100.0, cpu_s=40.0, sched_delay_s=1.0, kernel_stamps=True
        )
        run.end_point(point, PointFacts(workers=[facts], parent_cpu_s=5.0))
        return run.path, spent / requests * 1e6


def measure(path: Path) -> None:
    """Open, read and summarise the run, and print the time of each step."""
    resident = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    begun = time.perf_counter()
    from perfbench.metrics.accounts import request_ledger
    from perfbench.metrics.audit import audit
    from perfbench.metrics.summary import summarize

    imported = time.perf_counter()
    with open_run(path) as run:
        (point,) = run.points()
        columns = run.columns(point)
        read = time.perf_counter()
        facts = run.facts(point)
        requests = request_ledger(columns, facts)
        verdict = audit(point, columns, facts, requests)
        judged = time.perf_counter()
        summary = summarize(point, columns, facts, requests, verdict)
        done = time.perf_counter()
    events = summary.client.events
    peak = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - resident) * 1024
    print(f"{'import numpy and metrics':<28}{imported - begun:8.2f} s")
    print(f"{'read columns':<28}{read - imported:8.2f} s")
    print(f"{'audit':<28}{judged - read:8.2f} s")
    print(f"{'summarise':<28}{done - judged:8.2f} s")
    print(f"{'total':<28}{done - begun:8.2f} s")
    print(
        f"{'peak memory':<28}{peak / 2**30:8.2f} GiB ({peak / max(events, 1):.1f} bytes per event)"
    )
    print(
        f"{summary.completed} ok, {summary.failed} failed, {events} events, "
        f"TTFT p50 {summary.metrics['ttft_ms']['p50']:.2f} ms, "
        f"ITL p99 {summary.metrics['itl_ms']['p99']:.2f} ms, client {verdict.verdict}"
    )


def main() -> None:
    """Build, measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--requests", type=int, default=1_000_000)
    parser.add_argument("--events", type=int, default=100, help="events per request")
    settings = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="perfbench_bench_") as folder:
        path, append_us = build(Path(folder), settings.requests, settings.events)
        size = sum(file.stat().st_size for file in path.iterdir())
        print(f"{settings.requests} requests of {settings.events} events, {size / 2**20:.0f} MiB")
        print(f"{'append, per record':<28}{append_us:8.1f} µs")
        sys.stdout.flush()
        reader = multiprocessing.get_context("spawn").Process(target=measure, args=(path,))
        reader.start()
        reader.join()
    sys.exit(reader.exitcode)


if __name__ == "__main__":
    main()
