"""What every sink sends, whatever the tracker: names, series, the summary table, the files.

Owns the names of the series. Knows no tracker. Unknown figures are left out of series and are
``None`` in the table. Units are in the names, as in ``summary.json``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any, Literal

from perfbench import registry
from perfbench.config import PerfConfig, scrubber
from perfbench.config.secrets import masked
from perfbench.types import ClientAudit, Point, Progress, Summary, TokenLedger

LOAD = "load"
"""The axis of the per-point series: the setting that the run sweeps, see :func:`load_axis`."""
TIME = "time_s"
"""The axis of the live series: seconds under load, see :class:`LiveClock`."""

_TABLE_STATS = ("mean", "p50", "p90", "p99", "max")


def init_args(config: PerfConfig, name: str) -> dict[str, Any]:
    """What ``--sink-args`` says for the sink called ``name``.

    Keys that are names of sinks hold settings of that sink alone; all others are for every sink.
    """
    sinks = registry.names(registry.SINKS)
    shared = {key: value for key, value in config.sink_args.items() if key not in sinks}
    args = {**shared, **config.sink_args.get(name, {})}
    scrub = scrubber(config)
    # The settings are how the tracker is reached, with a key of its own; the rest it stores.
    plain = {key: value for key, value in args.items() if key != "settings"}
    return {**args, **scrub(masked(plain))}


LoadAxis = Literal["rate", "parallel", "input_length", "index"]


def load_axis(points: Sequence[Point]) -> LoadAxis:
    """The field of the points that is known and different in each: what the run sweeps.

    ``index`` when there is none (the same load twice), so that no two points fall on each other.
    """
    candidates: tuple[LoadAxis, ...] = ("rate", "parallel", "input_length")
    for name in candidates:
        values = {getattr(point, name) for point in points}
        if len(values) == len(points) and None not in values:
            return name
    return "index"


def metric_series(summary: Summary) -> dict[str, float]:
    """A point's figures by name, for example ``ttft_ms/p99`` or ``throughput/output_tok_s``."""
    series: dict[str, float | int | None] = {
        "requests/parallel": summary.parallel,
        "requests/rate_rps": summary.rate,
        "requests/completed": summary.completed,
        "requests/failed": summary.failed,
        "requests/duration_s": summary.duration_s,
        "throughput/requests_rps": summary.request_throughput_rps,
        "throughput/output_tok_s": summary.output_throughput_tok_s,
        "throughput/total_tok_s": summary.total_throughput_tok_s,
    }
    groups: dict[str, Mapping[str, Any]] = {
        "errors": summary.errors,
        "steady_state": summary.steady_state,
        **summary.metrics,
        "tokens": _numbers(summary.tokens),
        "client": _numbers(summary.client),
        "send_lag_ms": summary.client.send_lag_ms,
        "read_delay_ms": summary.client.read_delay_ms,
    }
    for group, figures in groups.items():
        series |= {f"{group}/{name}": value for name, value in figures.items()}
    return {name: value for name, value in series.items() if value is not None}


def _numbers(facts: TokenLedger | ClientAudit) -> dict[str, float]:
    values = {field.name: getattr(facts, field.name) for field in fields(facts)}
    return {
        name: value
        for name, value in values.items()
        if isinstance(value, (int, float)) and not isinstance(value, bool)
    }


class LiveClock:
    """Joins the elapsed times of successive points to one axis: seconds under load."""

    def __init__(self) -> None:
        self._point: int | None = None
        self._before_s = 0.0
        self._elapsed_s = 0.0

    def time_s(self, progress: Progress) -> float:
        """Where ``progress`` stands on the axis."""
        if progress.point.index != self._point:
            self._point = progress.point.index
            self._before_s += self._elapsed_s
        self._elapsed_s = progress.elapsed_s
        return self._before_s + progress.elapsed_s


def live_series(progress: Progress, time_s: float) -> dict[str, float]:
    """The counters of a running point, at ``time_s`` seconds under load."""
    series: dict[str, float | int | None] = {
        TIME: time_s,
        "live/point": progress.point.index,
        "live/in_flight": progress.in_flight,
        "live/sent": progress.sent,
        "live/done": progress.done,
        "live/failed": sum(progress.failed.values()),
        "live/events": progress.events,
        "live/output_tokens": progress.output_tokens,
        "live/requests_rps": progress.request_rate_rps,
        "live/events_per_s": progress.event_rate_eps,
        "live/ttft_ms": progress.ttft_ms,
        "live/tpot_ms": progress.tpot_ms,
    }
    return {name: value for name, value in series.items() if value is not None}


def summary_table(summaries: Sequence[Summary]) -> tuple[list[str], list[list[Any]]]:
    """Column names and one row for each point; metrics that no point has are left out."""
    metrics = dict.fromkeys(name for summary in summaries for name in summary.metrics)
    known = [
        name for name in metrics if any(s.metrics.get(name, {}).get("count") for s in summaries)
    ]
    plain = [
        *("name", "parallel", "rate", "input_length", "completed", "failed", "duration_s"),
        *("request_throughput_rps", "output_throughput_tok_s", "total_throughput_tok_s"),
    ]
    columns = [*plain, *(f"{name} {stat}" for name in known for stat in _TABLE_STATS), "client"]
    rows = [
        [
            *(getattr(summary, name) for name in plain),
            *(summary.metrics.get(name, {}).get(stat) for name in known for stat in _TABLE_STATS),
            summary.client.verdict,
        ]
        for summary in summaries
    ]
    return columns, rows


def plots(run: Path) -> list[Path]:
    """The plots of a results folder, in order of name."""
    return sorted(run.glob("plots/*.png"))


def artefacts(run: Path) -> list[Path]:
    """The files of a results folder that sinks keep; records stay where they are."""
    named = [run / name for name in ("summary.json", "report.html")]
    return [*(path for path in named if path.is_file()), *plots(run)]
