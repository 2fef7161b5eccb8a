"""The charts of a sweep: throughput against latency, and every figure against the load.

The page's script and matplotlib draw the same definitions: what stands on which axis, which scale
it has, and which values are hollow because too few requests support them. Knows no chart library.
Latencies are ms, rates per second; unknown values are ``None``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from perfbench.metrics.definitions import METRICS
from perfbench.metrics.filling import fills
from perfbench.metrics.knee import Knee, find_knee
from perfbench.reports import wording
from perfbench.reports.palette import ASKED, FAILED, FIGURES, THROUGHPUT
from perfbench.types import Summary

LOG_SPAN = 20.0
"""An axis whose values span more than this is logarithmic."""


@dataclass(frozen=True, slots=True)
class Line:
    """One figure at each load."""

    name: str
    values: list[float | None]
    hollow: list[bool]
    """Whether the sample is too small for the figure."""
    colour: str
    dashed: bool = False


@dataclass(frozen=True, slots=True)
class SweepChart:
    """Points of a sweep in the order of their load."""

    key: str
    title: str
    x_title: str
    y_title: str
    unit: str
    """Of the values of its lines, beside each of them."""
    xs: list[float]
    lines: list[Line]
    labels: list[str]
    """The load of each place in full."""
    marks: list[str]
    """The load of each place in a word, to stand beside it; empty where x is the load itself."""
    mark_title: str
    """What the marks are."""
    knee: int | None
    """The place of the knee."""
    marked: list[tuple[int, str]] = field(default_factory=list)
    """Further places with a word for each."""

    @property
    def upright(self) -> list[tuple[int, str]]:
        """Places at which a line stands, and what it is called."""
        return self.marked if self.knee is None else [(self.knee, "knee"), *self.marked]

    @property
    def x_log(self) -> bool:
        """Whether the x axis is logarithmic."""
        return wide(self.xs)

    @property
    def y_log(self) -> bool:
        """Whether the y axis is logarithmic."""
        return wide([value for line in self.lines for value in line.values])


@dataclass(frozen=True, slots=True)
class Sweep:
    """The points of a run with successes, in the order of their load."""

    summaries: list[Summary]
    labels: list[str]
    title: str
    """What the sweep varies."""
    places: list[float]
    knee: Knee
    """Its ``place`` is one in these lists."""


def wide(values: Sequence[float | None]) -> bool:
    """Whether values want a logarithmic axis; never if one of them could not stand on it."""
    known = [value for value in values if value is not None]
    return bool(known) and min(known) > 0 and max(known) > LOG_SPAN * min(known)


def sweep_of(summaries: Sequence[Summary]) -> Sweep:
    """The points that have anything to show, and where throughput bends."""
    labels = wording.load_labels(summaries)
    title, places = wording.load_axis(summaries)
    shown = [i for i in range(len(summaries)) if summaries[i].completed]
    order = sorted(shown, key=places.__getitem__)
    ordered = [summaries[i] for i in order]
    return Sweep(
        summaries=ordered,
        labels=[labels[i] for i in order],
        title=title,
        places=[places[i] for i in order],
        knee=find_knee(
            [_load(s) for s in ordered],
            [
                done if fills(s) else None
                for s, done in zip(ordered, throughputs(ordered)[1], strict=True)
            ],
        ),
    )


def throughputs(summaries: Sequence[Summary]) -> tuple[str, list[float | None]]:
    """What a service got done, with its unit: output tokens, or requests if tokens are unknown."""
    tokens = [s.output_throughput_tok_s for s in summaries]
    if any(value is not None for value in tokens):
        return "output tok/s", tokens
    return "requests/s", [s.request_throughput_rps for s in summaries]


def best_place(sweep: Sweep) -> int:
    """Where a service got most done, as a place in the lists of a sweep that is not empty."""
    done = throughputs(sweep.summaries)[1]
    return max(range(len(done)), key=lambda place: done[place] or 0.0)


def waits(summaries: Sequence[Summary]) -> str | None:
    """The metric that says how long users wait: TTFT where answers stream, else E2E."""
    each = (name for name, metric in METRICS.items() if metric.charted and not metric.pooled)
    measured = (n for n in each if any(s.metrics.get(n, {}).get("count") for s in summaries))
    return next(measured, None)


def tradeoffs(sweep: Sweep) -> list[SweepChart]:
    """Throughput against what it costs a user; dots carry their load."""
    summaries = sweep.summaries
    speeds = ("tok/s per user", _figure(summaries, "output_tok_s", "p50"))
    total = _plain("all users", [s.total_throughput_tok_s for s in summaries], THROUGHPUT[0])
    charts = [
        _chart(
            sweep, "speed", "Throughput against speed", ("total tok/s", "tok/s", [total]), speeds
        )
    ]
    if (wait := waits(summaries)) is not None:
        name, unit = METRICS[wait].title, METRICS[wait].unit
        y = (f"{name} ({unit})", unit, _percentiles(summaries, wait, ("p50", "p99")))
        title = f"{name} against throughput"
        charts.append(_chart(sweep, f"{wait}_cost", title, y, throughputs(summaries)))
    return [chart for chart in charts if chart is not None]


def against_load(sweep: Sweep) -> list[SweepChart]:
    """Every figure of the sweep against its load."""
    summaries, (first, second) = sweep.summaries, THROUGHPUT
    output = _plain("output", [s.output_throughput_tok_s for s in summaries], first)
    total = _plain("with input", [s.total_throughput_tok_s for s in summaries], second)
    charts = [
        _chart(sweep, "requests", "Request rate", ("requests/s", "requests/s", _rates(summaries))),
        _chart(sweep, "output", "Output throughput", ("output tok/s", "tok/s", [output])),
        _chart(sweep, "total", "Total throughput", ("input and output tok/s", "tok/s", [total])),
    ]
    if any(s.rate is not None for s in summaries):
        held = _plain("mean", [s.mean_in_flight for s in summaries], first)
        charts.append(_chart(sweep, "in_flight", "Requests in flight", ("requests", "", [held])))
    if any(map(wording.failed, summaries)):
        shares = [wording.error_rate([s]) for s in summaries]
        lost = _plain("failed", [share and share * 100 for share in shares], FAILED)
        charts.append(_chart(sweep, "failed", "Failed requests", ("% of requests", "%", [lost])))
    for name, metric in METRICS.items():
        if metric.charted:
            lines = _percentiles(summaries, name, tuple(FIGURES))
            charts.append(_chart(sweep, name, metric.title, (metric.unit, metric.unit, lines)))
    return [chart for chart in charts if chart is not None]


def _chart(
    sweep: Sweep,
    key: str,
    title: str,
    y: tuple[str, str, Sequence[Line]],
    x: tuple[str, Sequence[float | None]] | None = None,
) -> SweepChart | None:
    """A chart of the places where something is known; ``None`` if that is fewer than two.

    Args:
        y: title of the axis, unit of the values, and the lines.
        x: title and values of the axis; ``None`` is the load.
    """
    x_title, xs = x or (sweep.title, sweep.places)
    y_title, unit, drawn = y
    kept = [
        i
        for i, at in enumerate(xs)
        if at is not None and any(line.values[i] is not None for line in drawn)
    ]
    if len(kept) < 2:
        return None
    lines = [
        replace(one, values=[one.values[i] for i in kept], hollow=[one.hollow[i] for i in kept])
        for one in drawn
        if any(one.values[i] is not None for i in kept)
    ]
    knee = sweep.knee.place
    return SweepChart(
        key=key,
        title=title,
        x_title=x_title,
        y_title=y_title,
        unit=unit,
        xs=[at for i in kept if (at := xs[i]) is not None],
        lines=lines,
        labels=[sweep.labels[i] for i in kept],
        marks=[f"{sweep.places[i]:g}" for i in kept] if x else [],
        mark_title=sweep.title,
        knee=kept.index(knee) if knee in kept else None,
    )


def _rates(summaries: Sequence[Summary]) -> list[Line]:
    """In an open loop what was asked for and sent too: in a closed one they follow what is done."""
    done = _plain("done", [s.request_throughput_rps for s in summaries], THROUGHPUT[0])
    if all(s.rate is None for s in summaries):
        return [done]
    asked = _plain("asked", [s.rate for s in summaries], ASKED)
    sent = _plain("sent", [s.sent_rate_rps for s in summaries], THROUGHPUT[1])
    return [replace(asked, dashed=True), sent, done]


def _percentiles(summaries: Sequence[Summary], metric: str, names: Sequence[str]) -> list[Line]:
    return [
        Line(
            name,
            _figure(summaries, metric, name),
            [name in s.unsupported.get(metric, []) for s in summaries],
            FIGURES[name],
        )
        for name in names
    ]


def _figure(summaries: Sequence[Summary], metric: str, name: str) -> list[float | None]:
    return [s.metrics.get(metric, {}).get(name) for s in summaries]


def _plain(name: str, values: list[float | None], colour: str) -> Line:
    return Line(name, values, [False] * len(values), colour)


def _load(summary: Summary) -> float | None:
    return summary.rate if summary.rate is not None else summary.parallel
