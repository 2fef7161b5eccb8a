"""One row per request as a Parquet table, with the type, the unit and the meaning of each column.

The columns are those of the other exports, all of them in every file. Wall times are UTC to the
microsecond, latencies float64 milliseconds; unknown is null. Unit and meaning stand in the metadata
of each field (``unit``, ``meaning``), where readers of Arrow find them.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec

from perfbench import __version__, registry
from perfbench.errors import ConfigError
from perfbench.metrics.definitions import METRICS

_ROWS = 5_000
"""Of a row group, and held at a time."""

_FACTS: dict[str, tuple[str, str, str]] = {
    "point": ("string", "", "name of the point"),
    "parallel": ("int64", "requests", "most requests in flight"),
    "rate_rps": ("float64", "1/s", "planned arrivals"),
    "phase": ("string", "", "warmup, measure or cooldown"),
    "seq": ("int64", "", "place in the plan of the point"),
    "repeat": ("int64", "", "which time the sample was asked, from 0"),
    "sample_id": ("string", "", "what was asked, by name"),
    "conversation": ("string", "", "conversation that the request was a turn of"),
    "turn": ("int64", "", "place in the conversation, from 0"),
    "turns": ("int64", "", "turns that the conversation was planned to have"),
    "model": ("string", "", "model that was asked, where the run asks several"),
    "url": ("string", "", "where it was sent, where the run has several URLs"),
    "worker": ("int64", "", "number of the process that sent it"),
    "outcome": ("string", "", "ok, or how it failed"),
    "status": ("int64", "", "HTTP status"),
    "detail": ("string", "", "why it failed"),
    "finish": ("string", "", "why the answer ended, in OpenAI's words"),
    "stream": ("bool_", "", "whether the answer was streamed"),
    "reused_connection": ("bool_", "", "whether a connection was there already"),
    "sent": ("time", "", "wall time of the first byte to the kernel"),
    "ended": ("time", "", "wall time of the last byte, or of the failure"),
    "reasoning_tokens": ("int64", "tokens", "of the output, by the service's usage"),
    "response_id": ("string", "", "the service's name of the answer"),
    "sent_ms": ("float64", "ms", "sent, since the run began"),
    "due_ms": ("float64", "ms", "planned arrival, since the run began"),
    "send_lag_ms": ("float64", "ms", "sent - planned arrival"),
    "headers_ms": ("float64", "ms", "first byte of the answer's head - sent"),
    "lasted_ms": ("float64", "ms", "last byte, or the failure - sent"),
    "read_delay_ms": ("float64", "ms", "worst delay between a read's arrival and its handling"),
}
_OUTPUT: dict[str, tuple[str, str, str]] = {
    "events": ("int64", "events", "events of the answer that carry tokens"),
    "prompt": ("string", "", "what was asked; JSON where it is no text"),
    "event_ms": ("times", "ms", "each event that carries tokens - sent"),
    "event_tokens": ("counts", "tokens", "of each of these events, where the server says so"),
    "text": ("string", "", "the answer"),
    "reasoning": ("string", "", "its reasoning"),
    "tool_calls": ("string", "", "its tool calls, as JSON"),
}


def write_parquet(rows: Iterable[Mapping[str, Any]], path: Path) -> None:
    """Write rows with the columns of ``reports.export`` to ``path``.

    Raises:
        ConfigError: pyarrow is not installed.
        OSError: the file cannot be written.
    """
    try:
        arrow, parquet = map(importlib.import_module, ("pyarrow", "pyarrow.parquet"))
    except ModuleNotFoundError:
        hint = registry.installation("pyarrow")
        raise ConfigError(f"Parquet needs the package pyarrow{hint}") from None
    schema = _schema(arrow)
    texts = {field.name for field in schema if field.type == arrow.string()}
    floats = {field.name for field in schema if field.type == arrow.float64()}
    plain = (
        {name: _cell(name, row.get(name), texts, floats) for name in schema.names} for row in rows
    )
    with open(path, "wb") as file, parquet.ParquetWriter(file, schema) as writer:
        for some in _chunks(plain):
            writer.write_table(arrow.Table.from_pylist(some, schema=schema))


def _schema(arrow: Any) -> Any:
    types = {
        "time": arrow.timestamp("us", tz="UTC"),
        "times": arrow.list_(arrow.float64()),
        "counts": arrow.list_(arrow.uint16()),
    }
    columns = {**_FACTS}
    for name, metric in METRICS.items():
        if not metric.pooled:
            # A user's metric in tokens need not be a count: a mean, a share.
            counts = metric.unit == "tokens" and not metric.asked
            kind = "int64" if counts else "float64"
            columns[metric_column(name)] = (kind, metric.unit, metric.meaning)
    fields = [
        arrow.field(
            name,
            types.get(kind) or getattr(arrow, kind)(),
            metadata={"unit": unit, "meaning": meaning} if unit else {"meaning": meaning},
        )
        for name, (kind, unit, meaning) in (columns | _OUTPUT).items()
    ]
    return arrow.schema(fields, metadata={"perfbench_version": __version__})


def metric_column(name: str) -> str:
    """The column of a metric: a user's may have the name of a column that is there already."""
    return f"metric_{name}" if name in _FACTS or name in _OUTPUT else name


def _cell(name: str, value: Any, texts: set[str], floats: set[str]) -> Any:
    if value is None:
        return None
    if name in ("sent", "ended"):
        return datetime.fromisoformat(value)
    if name in floats:
        return float(value)  # Arrow takes no whole number that a float cannot hold exactly.
    if name not in texts:
        return value
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _chunks(rows: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    while some := list(islice(rows, _ROWS)):
        yield some
