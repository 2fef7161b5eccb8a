"""The picture of a load test that runs, for a width of the screen: a row each point, and below them
what goes on now.

A figure is shown whole or not at all: columns that have no room are left out, the least wanted
first, and what the running point would have shown in them is said below. Draws from counters only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from rich.text import Text

from perfbench.reports.sweep import Row, Sweep, tokens_per_event, tokens_so_far
from perfbench.reports.wording import UNKNOWN, compact, number, percentile, share, span
from perfbench.types import Progress, Summary

_LONGEST_LABEL = 40
_LONGEST_BAR = 30
_SHORTEST_BAR = 8
_TREND_WIDTH = 12
_LEVELS = " ▁▂▃▄▅▆▇█"
_PLAIN_LEVELS = " _.-:=+*#"
_GAP = 3
"""Between two things that are said on one line."""


@dataclass(frozen=True, slots=True)
class _Column:
    """One figure of every point."""

    head: tuple[str, str]
    width: int
    """At least; a longer figure widens it."""
    wanted: int
    """Columns of lower numbers are the last to be left out."""
    running: Callable[[Progress], str]
    final: Callable[[Summary], str]

    @property
    def key(self) -> str:
        """Its name."""
        return " ".join(self.head).strip()


def _latency(title: str, metric: str, name: str, field: str, wanted: int) -> _Column:
    def final(summary: Summary) -> str:
        unsupported = summary.unsupported.get(metric, [])
        return percentile(summary.metrics.get(metric, {}), name, unsupported)

    return _Column(
        (title, name), 7, wanted, lambda progress: number(getattr(progress, field)), final
    )


_COLUMNS = (
    _Column(
        ("", "done"),
        9,
        0,
        lambda p: f"{p.done}" if p.planned is None else f"{p.done}/{p.planned}",
        lambda s: f"{s.completed + s.failed}",
    ),
    _Column(("in", "flight"), 6, 4, lambda p: compact(p.in_flight), lambda s: compact(0)),
    _Column(
        ("", "failed"),
        6,
        1,
        lambda p: compact(sum(p.failed.values())),
        lambda s: compact(s.failed),
    ),
    _Column(
        ("", "req/s"),
        6,
        3,
        lambda p: compact(p.request_rate_rps),
        lambda s: compact(s.request_throughput_rps),
    ),
    _Column(
        ("output", "tok/s"),
        6,
        1,
        lambda p: token_rate(p),
        lambda s: compact(s.output_throughput_tok_s),
    ),
    _Column(
        ("output", "tokens"),
        6,
        7,
        lambda p: tokens(p),
        lambda s: compact(s.tokens.output_tokens),
    ),
    _latency("TTFT ms", "ttft_ms", "p50", "ttft_p50_ms", 2),
    _latency("TTFT ms", "ttft_ms", "p99", "ttft_p99_ms", 5),
    _latency("ITL ms", "itl_ms", "p50", "itl_p50_ms", 5),
    _latency("ITL ms", "itl_ms", "p99", "itl_p99_ms", 6),
    _Column(
        ("TPOT ms", "mean"),
        7,
        9,
        lambda p: number(p.tpot_ms),
        lambda s: number(s.metrics.get("tpot_ms", {}).get("mean")),
    ),
    _Column(("", "time"), 6, 8, lambda p: span(p.elapsed_s), lambda s: span(s.duration_s)),
    _Column(
        ("", "left"),
        6,
        0,
        lambda p: "warm" if p.phase == "warmup" else span(p.eta_s),
        lambda s: "cut" if s.interrupted else "done",
    ),
)


def token_rate(progress: Progress) -> str:
    """Tokens per second; events per second (``ev``) while nobody has counted tokens."""
    each = tokens_per_event(progress)
    if progress.event_rate_eps is None or each is not None:
        return compact(None if each is None else (progress.event_rate_eps or 0.0) * each)
    return compact(round(progress.event_rate_eps)) + "ev"


def tokens(progress: Progress) -> str:
    """Output tokens so far, also of requests that still run; events as above."""
    counted = tokens_so_far(progress)
    if counted is not None:
        return compact(round(counted))
    events = progress.events + progress.running_events
    return compact(events) + "ev" if events else UNKNOWN


def failures(errors: Mapping[str, int]) -> str:
    """Failures by kind, those that occurred: ``http_5xx 3, timeout 1``."""
    return ", ".join(f"{kind} {count:,}" for kind, count in errors.items() if count)


def now(progress: Progress, shown: Iterable[str] = ()) -> list[str]:
    """What is to be said of a running point that does not stand in one of the columns ``shown``."""
    there = set(shown)
    said = []
    for title, p50, p99 in (
        ("TTFT", progress.ttft_p50_ms, progress.ttft_p99_ms),
        ("ITL", progress.itl_p50_ms, progress.itl_p99_ms),
    ):
        if not {f"{title} ms p50", f"{title} ms p99"} <= there:
            said.append(f"{title} p50 {number(p50)} p99 {number(p99)} ms")
    if "output tokens" not in there:
        counted = tokens_so_far(progress)
        events = progress.events + progress.running_events
        said.append(f"{events:,} events" if counted is None else f"{round(counted):,} tokens")
    for name in ("running", "waiting"):
        if (value := (progress.server or {}).get(name)) is not None:
            said.append(f"{name} {value:,.0f}")
    if (usage := (progress.server or {}).get("kv_usage")) is not None:
        said.append(f"KV {share(usage)}")
    return said


class Picture:
    """The layout for one size of the screen."""

    def __init__(self, width: int, height: int, utf: bool) -> None:
        """``utf``: whether the screen has more than ASCII."""
        self._width = width
        self._height = height
        self._full, self._empty = ("━", "─") if utf else ("#", "-")
        self._levels = _LEVELS if utf else _PLAIN_LEVELS

    def lines(self, sweep: Sweep, last: bool = False) -> list[Text]:
        """The whole picture; of the ``last`` one, which stays, only the rows."""
        if not sweep.rows:
            return []
        label_width = min(max(len(row.label) for row in sweep.rows), _LONGEST_LABEL)
        rows = self._visible(sweep.rows)
        cells = {row.point.index: self._cells(row) for row in rows}
        columns, widths = self._chosen(list(cells.values()), self._width - label_width)
        room = self._width - label_width - sum(width + 1 for width in widths)
        bar = min(_LONGEST_BAR, room - 1) if room > _SHORTEST_BAR else 0
        lines = [
            Text(
                (" " * (label_width + (bar + 1 if bar else 0)))
                + "".join(
                    f" {_COLUMNS[place].head[level]:>{width}}"
                    for place, width in zip(columns, widths, strict=True)
                ),
                style="dim",
            )
            for level in (0, 1)
        ]
        for row in rows:
            line = Text(f"{row.label[:label_width]:<{label_width}}")
            lines.append(line)
            if not cells[row.point.index]:
                line.append(" not run" if last else " waiting", style="dim")
                continue
            self._append_bar(line, row, bar)
            for place, width in zip(columns, widths, strict=True):
                cell = cells[row.point.index][place]
                bad = _COLUMNS[place].key == "failed" and cell != "0"
                line.append(f" {cell:>{width}}", style="red" if bad else "")
            if why := failures(row.failed):
                lines.append(Text(f"{'':{label_width}} {why}", style="red"))
        if last:
            return lines
        return [*lines, *self._below(sweep, [_COLUMNS[place].key for place in columns])]

    def _visible(self, rows: Sequence[Row]) -> Sequence[Row]:
        """All rows, or those around the running one when the screen is too low for all."""
        room = max(3, (self._height - 7) // 2)
        if len(rows) <= room:
            return rows
        over = sum(row.summary is not None for row in rows)
        first = max(0, min(over - room + 2, len(rows) - room))
        return rows[first : first + room]

    def _cells(self, row: Row) -> list[str]:
        """The figures of every column; none for a point that waits."""
        if row.summary is not None:
            return [column.final(row.summary) for column in _COLUMNS]
        if row.progress is not None:
            return [column.running(row.progress) for column in _COLUMNS]
        return []

    def _chosen(self, rows: Sequence[Sequence[str]], room: int) -> tuple[list[int], list[int]]:
        """Which columns there is room for, and how wide they are."""
        widths = [
            max([column.width, *(len(row[place]) for row in rows if row)])
            for place, column in enumerate(_COLUMNS)
        ]
        chosen: set[int] = set()
        for place in sorted(range(len(_COLUMNS)), key=lambda place: _COLUMNS[place].wanted):
            if widths[place] + 1 > room:
                break
            chosen.add(place)
            room -= widths[place] + 1
        return sorted(chosen), [widths[place] for place in sorted(chosen)]

    def _append_bar(self, line: Text, row: Row, width: int) -> None:
        if not width:
            return
        style = "cyan"
        if row.summary is not None:
            style = "green" if row.summary.completed else "red"
        elif row.progress is not None and row.progress.phase == "warmup":
            style = "yellow"
        filled = round(width * (row.part() or 0.0))
        line.append(" ").append(self._full * filled, style=style)
        line.append(self._empty * (width - filled), style="dim")

    def _below(self, sweep: Sweep, shown: Sequence[str]) -> list[Text]:
        """What the running point does now, and how long all will take."""
        said: list[str] = []
        row = sweep.running
        if row is not None and row.progress is not None:
            said += now(row.progress, shown)
            said.append(f"tok/s {self._trend(list(row.trend))}")
        if sweep.finished:
            said.append("writing the reports")
        elif sweep.waiting and (left := sweep.left_s()):
            said.append(f"sweep about {span(left)} left")
        lines: list[str] = []
        for words in said:
            if lines and len(lines[-1]) + _GAP + len(words) <= self._width:
                lines[-1] += " " * _GAP + words
            else:
                lines.append(words)
        return [Text(line, style="dim") for line in lines]

    def _trend(self, rates: Sequence[float]) -> str:
        """The latest token rates as a little curve from 0."""
        latest = rates[-_TREND_WIDTH:]
        most = max(latest, default=0.0)
        if not most:
            return UNKNOWN
        steps = len(self._levels) - 1
        return "".join(self._levels[max(1, round(steps * rate / most))] for rate in latest)
