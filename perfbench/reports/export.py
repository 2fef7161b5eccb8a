"""One row per request for other programs: CSV; JSON lines and Parquet, with texts and event times.

Units are in the column names; wall times are ISO 8601 with the local offset, to the microsecond.
Figures are those of ``perfbench.metrics``. A failed request's are what was seen of it before it
failed: filter by ``outcome`` before averaging. An absent value is an empty field or null.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, TextIO, get_args

import msgspec
import numpy as np

from perfbench.errors import ConfigError, StoreError
from perfbench.foreign import cell, json_visible
from perfbench.metrics.columns import Columns
from perfbench.metrics.definitions import METRICS, NS_TO_MS
from perfbench.metrics.requests import CLIENT, plain
from perfbench.reports.parquet import metric_column, write_parquet
from perfbench.store import Run
from perfbench.store.samples import sample_of
from perfbench.types import PHASES, Point, Record

Format = Literal["csv", "jsonl", "parquet"]
FORMATS: tuple[Format, ...] = get_args(Format)


def export(run: Run, format: Format, out: Path | TextIO, raw: bool = False) -> None:
    """Write every request of ``run``, warm-up included, in the order in which they finished.

    Args:
        raw: leave texts in CSV as they came; else each row is one line, and nothing in it acts on
            a terminal or is run by a spreadsheet.

    Raises:
        StoreError: the run cannot be read or ``out`` cannot be written.
        ConfigError: a Parquet table is asked for without a file, or pyarrow is not installed.
    """
    try:
        if format == "parquet":
            if not isinstance(out, Path):
                raise ConfigError("--format parquet needs --out FILE: it is no text")
            return write_parquet(_long_rows(run), out)
        with opened(out) as file:
            if format == "csv":
                _write_csv(run, file, raw)
            else:
                _write_jsonl(run, file)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise StoreError(f"cannot write {out}: {error.strerror or error}") from None


def opened(out: Path | TextIO) -> AbstractContextManager[TextIO]:
    """The file, or what is open already and stays so."""
    if isinstance(out, Path):
        return open(out, "w", encoding="utf-8", errors="replace", newline="")
    return nullcontext(out)


class _Lines:
    """Takes rows that end as the csv module's standard has it, so that the module quotes line ends
    of both kinds, and ends them as everything else here ends a line."""

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def write(self, row: str) -> None:
        self._file.write(row.removesuffix("\r\n") + "\n")


def _write_csv(run: Run, file: TextIO, raw: bool) -> None:
    writer: csv.DictWriter[str] | None = None
    for row, *_ in _rows(run):
        if writer is None:
            writer = csv.DictWriter(_Lines(file), row.keys())
            writer.writeheader()
        writer.writerow(row if raw else {name: cell(value) for name, value in row.items()})


def _write_jsonl(run: Run, file: TextIO) -> None:
    for row in _long_rows(run):
        file.write(json_visible(msgspec.json.encode(row).decode()) + "\n")


def _long_rows(run: Run) -> Iterator[dict[str, Any]]:
    """The rows with what a table of plain cells has no room for: prompt, events and texts."""
    # An evaluation that asks again what is missing has several points of one name.
    asked = {point.index: run.samples.asked(point) for point in run.points()}
    for row, record, point in _rows(run):
        if samples := asked[point.index]:
            sample = sample_of(samples, record)
            row["prompt"] = None if sample is None else sample.input
        stamps = record.event_ns
        row["event_ms"] = (
            None
            if record.sent_ns is None
            else [round((stamp - record.sent_ns) * NS_TO_MS, 6) for stamp in stamps]
        )
        row["event_tokens"] = (
            None
            if record.event_tokens is None
            else np.frombuffer(record.event_tokens, dtype="<u2").tolist()
        )
        row["text"] = record.text
        row["reasoning"] = record.reasoning
        row["tool_calls"] = record.tool_calls
        yield row


def _rows(run: Run) -> Iterator[tuple[dict[str, Any], Record, Point]]:
    for point in run.points():
        to_wall_ns = run.to_wall_ns(point)
        # Of a point that was run on another clock than the run began on, by the wall clock.
        ahead_ns = run.origin_ns + to_wall_ns - run.origin_wall_ns
        for phase in PHASES:
            columns = run.columns(point, phase)
            figures = _figures(columns, ahead_ns)
            for place, record in enumerate(run.records(point, phase)):
                if place == len(columns):
                    break  # the run is still going on: these came after the columns were read
                row = _row(run, point, record, to_wall_ns)
                row |= {name: values[place] for name, values in figures.items()}
                yield row, record, point


def _row(run: Run, point: Point, record: Record, to_wall_ns: int) -> dict[str, Any]:
    usage = record.usage
    return {
        "point": point.name,
        "parallel": point.parallel,
        "rate_rps": point.rate,
        "phase": record.phase,
        "seq": record.seq,
        "repeat": record.repeat,
        "sample_id": record.sample_id,
        "conversation": record.conversation,
        "turn": None if record.conversation is None else record.turn,
        "turns": None if record.conversation is None else record.turns,
        "model": record.model,
        "url": run.about.urls[record.url] if record.url is not None else None,
        "worker": record.worker,
        "outcome": record.outcome,
        "status": record.status,
        "detail": record.detail,
        "finish": record.finish,
        "stream": record.stream,
        "reused_connection": record.reused,
        "sent": _wall(record.sent_ns, to_wall_ns),
        "ended": _wall(record.end_ns, to_wall_ns),
        "reasoning_tokens": usage.reasoning_tokens if usage else None,
        "response_id": record.response_id,
    }


def _wall(stamp_ns: int | None, to_wall_ns: int) -> str | None:
    if stamp_ns is None:
        return None
    wall_s = (stamp_ns + to_wall_ns) / 1e9
    return datetime.fromtimestamp(wall_s).astimezone().isoformat(timespec="microseconds")


def _figures(columns: Columns, ahead_ns: int) -> dict[str, list[float | int | None]]:
    """Column name -> one value per request; stamps count from ``ahead_ns`` after the run began."""
    found = {
        "sent_ms": (columns.sent_ns + ahead_ns) * NS_TO_MS,
        "due_ms": (columns.due_ns + ahead_ns) * NS_TO_MS,
    }
    found |= {name: figure.values(columns) * figure.scale for name, figure in CLIENT.items()}
    found |= {
        metric_column(name): metric.values(columns) * metric.scale
        for name, metric in METRICS.items()
        if not metric.pooled  # JSON lines have the events these are made from
    }
    found["events"] = columns.events.astype(np.float64)
    return {name: plain(values) for name, values in found.items()}
