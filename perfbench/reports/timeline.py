"""One row per second for other programs: the load, what came of it, and the service's side of it.

Owns the columns. Seconds count from the first send of each point; figures are those of
``perfbench.metrics``, of measured requests. An absent value is an empty field or null.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, TextIO

import msgspec
import numpy as np

from perfbench.errors import ConfigError, StoreError
from perfbench.metrics.columns import Columns, Floats
from perfbench.metrics.server import Track, rates, tracks
from perfbench.metrics.timeline import over_time
from perfbench.reports.export import Format, opened
from perfbench.store import Run
from perfbench.types import QUANTITIES, Point

_NS = 1e9
_SERVER = (
    *(name for name, quantity in QUANTITIES.items() if quantity.kind == "gauge"),
    *("output_tok_s", "requests_rps", "prefix_hit_rate"),
)
"""Of the service's side: gauges, and rates of counters between two looks."""


def export_timeline(run: Run, format: Format, out: Path | TextIO) -> None:
    """Write every second of every point of a load test.

    Raises:
        ConfigError: a Parquet table is asked for.
        StoreError: the run cannot be read or ``out`` cannot be written.
    """
    if format == "parquet":
        raise ConfigError("--timeline is written as csv or jsonl, not as parquet")
    try:
        with opened(out) as file:
            if format == "jsonl":
                for row in _rows(run):
                    file.write(msgspec.json.encode(row).decode() + "\n")
                return
            writer: csv.DictWriter[str] | None = None
            for row in _rows(run):
                if writer is None:
                    writer = csv.DictWriter(file, row.keys(), lineterminator="\n")
                    writer.writeheader()
                writer.writerow(row)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise StoreError(f"cannot write {out}: {error.strerror or error}") from None


def _rows(run: Run) -> Iterator[dict[str, Any]]:
    for point in run.points():
        columns = run.columns(point)
        sent = columns.select(~np.isnan(columns.sent_ns) & ~np.isnan(columns.end_ns))
        if len(sent):
            yield from _seconds(run, point, sent)


def _seconds(run: Run, point: Point, sent: Columns) -> Iterator[dict[str, Any]]:
    start, end = float(sent.sent_ns.min()), float(sent.end_ns.max())
    edges = np.asarray(start + np.arange(int((end - start) // _NS) + 2) * _NS, dtype=np.float64)
    found = over_time(sent, edges)
    ours: dict[str, Floats] = {
        "in_flight": found.in_flight,
        "in_flight_max": found.in_flight_max,
        "sent_rps": found.sent_rps,
        "done_rps": found.done_rps,
        "failed": found.failures.astype(np.float64),
        "output_tok_s": found.output_tok_s,
        "ttft_p50_ms": found.ttft_p50_ms,
        "ttft_p99_ms": found.ttft_p99_ms,
    }
    told = tracks(run.scrapes.of(point), sent.origin_ns)
    told = {**told, **rates(told)}
    theirs = {f"server_{name}": _means(told.get(name), edges) for name in _SERVER}
    for second in range(edges.size - 1):
        begins = datetime.fromtimestamp((edges[second] + sent.origin_wall_ns) / _NS).astimezone()
        yield {
            "point": point.name,
            "second": second,
            "begins": begins.isoformat(timespec="milliseconds"),
            **{name: _plain(values[second]) for name, values in (ours | theirs).items()},
        }


def _means(track: Track | None, edges: Floats) -> Floats:
    """The mean of the looks in each second; NaN where nobody looked."""
    if track is None:
        return np.full(edges.size - 1, np.nan)
    counts, _ = np.histogram(track.times_ns, edges)
    sums, _ = np.histogram(track.times_ns, edges, weights=track.values)
    means: Floats = np.divide(sums, counts, out=np.full(len(sums), np.nan), where=counts > 0)
    return means


def _plain(value: float) -> float | int | None:
    number = float(value)
    if number != number:
        return None
    return int(number) if number.is_integer() else round(number, 6)
