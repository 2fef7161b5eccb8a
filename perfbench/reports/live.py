"""Progress on the console while a run goes on: a table that moves, or plain lines.

Both displays are observers, called from the parent process about twice a second. They read
counters only and must stay cheap: the CPU they use is charged to the client. Knows no records.
"""

from __future__ import annotations

import atexit
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TextIO

from rich.console import Console, ConsoleOptions, RenderableType
from rich.live import Live
from rich.segment import Segment
from rich.text import Text

from perfbench.foreign import visible
from perfbench.reports.wording import compact, load_labels, number, span
from perfbench.types import Observer, Point, Progress, Summary

REFRESH_S = 0.5
"""Shortest time between two pictures of the table."""
LINE_EVERY_S = 5.0
"""Time between two progress lines where there is no terminal."""

_COLUMNS = (
    ("done", 9),
    ("flight", 6),
    ("failed", 6),
    ("req/s", 6),
    ("tok/s", 6),
    ("TTFT ms", 7),
    ("TPOT ms", 7),
    ("left", 6),
)
"""Title and width in characters; the label and the bar take what is left."""


def make_display(file: TextIO, json_output: bool = False) -> Observer:
    """The display for ``file``: a live table on a terminal, plain lines elsewhere.

    With ``json_output`` standard output belongs to the JSON, so all goes to standard error.
    """
    target = sys.stderr if json_output else file
    console = make_console(target)
    if console.is_terminal and not console.is_dumb_terminal:
        return LiveDisplay(console)
    return PlainDisplay(target)


def make_console(file: TextIO, width: int | None = None) -> Console:
    """A console that writes our own text: no markup, no highlighting, no crash on old encodings."""
    encoding = (getattr(file, "encoding", None) or "utf-8").lower()
    if not encoding.startswith("utf") and hasattr(file, "reconfigure"):
        file.reconfigure(errors="replace")
    return _Console(file=file, width=width, markup=False, highlight=False, emoji=False)


class _Console(Console):
    """Shows texts with what would act on the terminal made visible, and leaves it to the command
    line what a closed pipe means; Rich would exit with status 1."""

    def render_str(self, text: str, **looks: Any) -> Text:
        """Strings become texts here, to be measured and to be drawn."""
        return super().render_str(visible(text), **looks)

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterator[Segment]:
        """Every text passes here, whatever it is part of."""
        if isinstance(renderable, Text) and visible(renderable.plain) != renderable.plain:
            renderable = renderable.copy()
            renderable.plain = visible(renderable.plain)
        yield from super().render(renderable, options)

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


def opening(run: str, config: Mapping[str, Any]) -> tuple[str, str]:
    """The first two lines of a run: what is measured, and where results go."""
    if config.get("url") is None and config.get("unix_socket") is None:
        what = "measuring the built-in simulator (no --url was given)"
    else:
        what = f"measuring {config.get('url') or config['unix_socket']}"
        if config.get("model"):
            what += f", model {config['model']}"
    return f"perfbench: {what}", f"results in {run}"


def failures(errors: Mapping[str, int]) -> str:
    """Failures by kind, those that occurred: ``http_5xx 3, timeout 1``."""
    return ", ".join(f"{kind} {count:,}" for kind, count in errors.items() if count)


@dataclass(slots=True)
class _Row:
    """What is known of one point so far."""

    point: Point
    label: str
    progress: Progress | None = None
    summary: Summary | None = None
    lines: list[Text] | None = None
    """The finished picture, drawn once."""


class LiveDisplay:
    """A table on a terminal, one row per point; finished points stay with their figures."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._rows: list[_Row] = []
        self._live: Live | None = None
        self._drawn_s = 0.0

    def run_started(self, run: str, config: Mapping[str, Any], points: Sequence[Point]) -> None:
        """Print what is measured and draw every point as waiting."""
        what, where = opening(run, config)
        self._console.print(Text(what, style="bold"))
        self._console.print(Text(where, style="dim"))
        labels = load_labels(points)
        self._rows = [_Row(point, label) for point, label in zip(points, labels, strict=True)]
        self._live = Live(
            self._picture(),
            console=self._console,
            auto_refresh=False,
            redirect_stdout=False,
            redirect_stderr=sys.stderr.isatty(),
        )
        self._live.start(refresh=True)
        atexit.register(self._stop)

    def point_started(self, point: Point) -> None:
        """Nothing is known yet: the first progress draws it."""

    def progress(self, progress: Progress) -> None:
        """Note the counters; draw if the last picture is old enough."""
        self._row(progress.point).progress = progress
        if time.perf_counter() - self._drawn_s >= REFRESH_S:
            self._draw()

    def point_finished(self, point: Point, summary: Summary) -> None:
        """Put the final figures into the point's row."""
        self._row(point).summary = summary
        self._draw()
        if all(row.summary is not None for row in self._rows):
            self._stop()

    def note(self, text: str) -> None:
        """Print a line above the table."""
        self._console.print(Text(f"note: {text}", style="yellow"))

    def run_finished(self, summaries: Sequence[Summary]) -> None:
        """Leave the last picture on the screen."""
        self._stop()

    def _stop(self) -> None:
        if self._live is not None:
            self._draw()
            self._live.stop()
            self._live = None
            atexit.unregister(self._stop)

    def _row(self, point: Point) -> _Row:
        return next(row for row in self._rows if row.point.index == point.index)

    def _draw(self) -> None:
        self._drawn_s = time.perf_counter()
        if self._live is not None:
            self._live.update(self._picture(), refresh=True)

    def _picture(self) -> Text:
        width = self._console.width
        label_width = min(max((len(row.label) for row in self._rows), default=4), 24)
        bar_width = min(30, width - 1 - label_width - 1 - sum(w + 1 for _, w in _COLUMNS))
        head = " " * (label_width + 1 + max(bar_width, 0))
        head += "".join(f" {title:>{w}}" for title, w in _COLUMNS)
        lines = [Text(head, style="dim")]
        for row in self._visible():
            lines += self._lines(row, label_width, bar_width)
        picture = Text("\n", no_wrap=True, overflow="ellipsis").join(lines)
        picture.no_wrap, picture.overflow = True, "ellipsis"
        return picture

    def _visible(self) -> list[_Row]:
        """All rows, or those around the running one when the screen is too low for all."""
        room = max(3, (self._console.height - 3) // 2)
        if len(self._rows) <= room:
            return self._rows
        running = sum(row.summary is not None for row in self._rows)
        first = max(0, min(running - room + 2, len(self._rows) - room))
        return self._rows[first : first + room]

    def _lines(self, row: _Row, label_width: int, bar_width: int) -> list[Text]:
        if row.lines is not None and len(row.lines[0]) <= self._console.width:
            return row.lines
        label = f"{row.label[:label_width]:<{label_width}} "
        if row.summary is not None:
            part: float | None = 1.0
            style = "green" if row.summary.completed else "red"
            cells, failed = _final_cells(row.summary), row.summary.errors
        elif row.progress is not None:
            part, style = _part(row.progress), "cyan"
            cells, failed = _running_cells(row.progress), dict(row.progress.failed)
            if row.progress.phase == "warmup":
                style = "yellow"
        else:
            return [Text(label + "waiting", style="dim")]
        line = Text(label)
        self._append_bar(line, part, bar_width, style)
        for (title, width), cell in zip(_COLUMNS, cells, strict=True):
            bad = title == "failed" and cell != "0"
            line.append(f" {cell:>{width}}", style="red" if bad else "")
        lines = [line]
        if any(failed.values()):
            lines.append(Text(f"{'':{label_width}} {failures(failed)}", style="red"))
        if row.summary is not None:
            row.lines = lines
        return lines

    def _append_bar(self, line: Text, part: float | None, width: int, style: str) -> None:
        if width < 3:
            return
        full, empty = ("━", "─") if self._console.encoding.startswith("utf") else ("#", "-")
        filled = round(width * (part or 0.0))
        line.append(full * filled, style=style)
        line.append(empty * (width - filled), style="dim")


def _part(progress: Progress) -> float | None:
    """How far a point is, 0 to 1: by requests, or by time when only time bounds it."""
    parts = []
    if progress.planned:
        parts.append(progress.done / progress.planned)
    if progress.point.duration_s:
        parts.append(progress.elapsed_s / progress.point.duration_s)
    return min(max(parts), 1.0) if parts else None


def _token_rate(progress: Progress) -> str:
    """Tokens per second; events per second (``ev``) where nobody has counted tokens."""
    if progress.event_rate_eps is None:
        return compact(None)
    if progress.output_tokens is None or not progress.events:
        return compact(progress.event_rate_eps) + "ev"
    return compact(progress.event_rate_eps * progress.output_tokens / progress.events)


def _running_cells(progress: Progress) -> list[str]:
    done = str(progress.done)
    if progress.planned is not None:
        done += f"/{progress.planned}"
    return [
        done,
        compact(progress.in_flight),
        compact(sum(progress.failed.values())),
        compact(progress.request_rate_rps),
        _token_rate(progress),
        number(progress.ttft_ms),
        number(progress.tpot_ms),
        "warm" if progress.phase == "warmup" else span(progress.eta_s),
    ]


def _final_cells(summary: Summary) -> list[str]:
    return [
        str(summary.completed + summary.failed),
        compact(0),
        compact(summary.failed),
        compact(summary.request_throughput_rps),
        compact(summary.output_throughput_tok_s),
        number(mean(summary, "ttft_ms")),
        number(mean(summary, "tpot_ms")),
        "cut" if summary.interrupted else "done",
    ]


def mean(summary: Summary, metric: str) -> float | None:
    """Mean of one metric of a point; ``None`` if it was not measured."""
    return summary.metrics.get(metric, {}).get("mean")


class PlainDisplay:
    """Lines for logs and pipes: one when a point starts, one now and then, one when it ends."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._console = make_console(file)
        self._labels: dict[int, str] = {}
        self._said_s = 0.0

    def run_started(self, run: str, config: Mapping[str, Any], points: Sequence[Point]) -> None:
        """Say what is measured and where results go."""
        for line in opening(run, config):
            self._say(line)
        labels = load_labels(points)
        self._labels = {p.index: label for p, label in zip(points, labels, strict=True)}

    def point_started(self, point: Point) -> None:
        """One line with the point's plan."""
        plan = [f"{point.number:,} requests"] if point.number is not None else []
        plan += [f"{point.duration_s:g} s at most"] if point.duration_s is not None else []
        plan += [f"after {point.warmup:,} for warm-up"] if point.warmup else []
        self._say(f"{self._head(point)}: {', '.join(plan)}")
        self._said_s = time.perf_counter()

    def progress(self, progress: Progress) -> None:
        """A line of counters, every few seconds."""
        if time.perf_counter() - self._said_s < LINE_EVERY_S:
            return
        self._said_s = time.perf_counter()
        cells = dict(zip((title for title, _ in _COLUMNS), _running_cells(progress), strict=True))
        failed = sum(progress.failed.values())
        text = f"{cells['done']} done, {progress.in_flight} in flight, {failed:,} failed"
        if failed:
            text += f" ({failures(progress.failed)})"
        text += f", {cells['req/s']} req/s, {cells['tok/s']} tok/s"
        text += f", TTFT {cells['TTFT ms']} ms, TPOT {cells['TPOT ms']} ms, left {cells['left']}"
        self._say(f"{self._head(progress.point)}: {span(progress.elapsed_s)}: {text}")

    def point_finished(self, point: Point, summary: Summary) -> None:
        """A line of final figures."""
        text = f"{summary.completed:,} ok, {summary.failed:,} failed"
        if summary.failed:
            text += f" ({failures(summary.errors)})"
        text += f" in {span(summary.duration_s)}"
        text += f", {number(summary.request_throughput_rps)} req/s"
        text += f", {number(summary.output_throughput_tok_s)} tok/s"
        text += f", TTFT {number(mean(summary, 'ttft_ms'))} ms"
        text += f", TPOT {number(mean(summary, 'tpot_ms'))} ms"
        self._say(f"{self._head(point)}: {'interrupted: ' if summary.interrupted else ''}{text}")

    def note(self, text: str) -> None:
        """A warning, as a line."""
        self._say(f"note: {text}")

    def run_finished(self, summaries: Sequence[Summary]) -> None:
        """Nothing to add: every point has had its line."""

    def _head(self, point: Point) -> str:
        label = self._labels.get(point.index, point.name)
        return f"[{point.index + 1}/{max(len(self._labels), 1)}] {label}"

    def _say(self, text: str) -> None:
        self._console.print(text, soft_wrap=True)
        self._file.flush()
