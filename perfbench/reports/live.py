"""Progress on the console while a run goes on: a table that moves, or plain lines.

Both displays are observers. They read counters only and must stay cheap: the CPU they use is
charged to the client. Knows no records.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, TextIO

from rich.console import Console, ConsoleOptions, RenderableType
from rich.live import Live
from rich.segment import Segment
from rich.text import Text

from perfbench.foreign import visible
from perfbench.reports.wording import compact, load_labels, number, span
from perfbench.types import (
    Event,
    Note,
    Observer,
    Point,
    PointFinished,
    PointStarted,
    Progress,
    RunFinished,
    RunStarted,
    Summary,
)

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


def load_display(file: TextIO) -> AbstractContextManager[Observer]:
    """The display for ``file``: a live table on a terminal, plain lines elsewhere.

    Leaving it puts the terminal back as it was.
    """
    console = make_console(file)
    if console.is_terminal and not console.is_dumb_terminal:
        return LiveDisplay(console)
    return nullcontext(PlainDisplay(file))


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


def opening(started: RunStarted) -> tuple[str, str]:
    """The first two lines of a run: what is measured, and where results go."""
    config = started.config
    if started.simulated:
        what = "measuring the built-in simulator (no --url was given)"
    else:
        what = f"measuring {config.get('url') or config['unix_socket']}"
        if config.get("model"):
            what += f", model {config['model']}"
    if config.get("seed") is not None:
        what += f", seed {config['seed']}"
    return f"perfbench: {what}", f"results in {started.path}"


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
    """A table on a terminal, one row per point; finished points stay with their figures.

    An observer, and a context manager that leaves the last picture and puts the cursor back.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._rows: list[_Row] = []
        self._live: Live | None = None
        self._drawn_s = 0.0

    def __enter__(self) -> LiveDisplay:
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()

    def __call__(self, event: Event) -> None:
        """Show what has happened; the table is drawn when the last picture is old enough."""
        match event:
            case RunStarted():
                self._start(event)
            case Note():
                self._console.print(Text(f"note: {event.text}", style="yellow"))
            case Progress():
                self._row(event.index).progress = event
                if time.perf_counter() - self._drawn_s >= REFRESH_S:
                    self._draw()
            case PointFinished():
                self._row(event.point.index).summary = event.summary
                self._draw()
                if all(row.summary is not None for row in self._rows):
                    self._stop()
            case RunFinished():
                self._stop()

    def _start(self, started: RunStarted) -> None:
        """Print what is measured and draw every point as waiting."""
        what, where = opening(started)
        self._console.print(Text(what, style="bold"))
        self._console.print(Text(where, style="dim"))
        labels = load_labels(started.points)
        self._rows = [
            _Row(point, label) for point, label in zip(started.points, labels, strict=True)
        ]
        self._live = Live(
            self._picture(),
            console=self._console,
            auto_refresh=False,
            redirect_stdout=False,
            redirect_stderr=sys.stderr.isatty(),
        )
        self._live.start(refresh=True)

    def _stop(self) -> None:
        if self._live is not None:
            self._draw()
            self._live.stop()
            self._live = None

    def _row(self, index: int) -> _Row:
        return next(row for row in self._rows if row.point.index == index)

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
            part, style = _part(row.progress, row.point), "cyan"
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


def _part(progress: Progress, point: Point) -> float | None:
    """How far a point is, 0 to 1: by requests, or by time when only time bounds it."""
    parts = []
    if progress.planned:
        parts.append(progress.done / progress.planned)
    if point.duration_s:
        parts.append(progress.elapsed_s / point.duration_s)
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

    def __call__(self, event: Event) -> None:
        """A line for what a person should know of; counters every few seconds."""
        match event:
            case RunStarted():
                for line in opening(event):
                    self._say(line)
                labels = load_labels(event.points)
                self._labels = {p.index: x for p, x in zip(event.points, labels, strict=True)}
            case Note():
                self._say(f"note: {event.text}")
            case PointStarted():
                self._said_s = time.perf_counter()
                self._tell(event.point.index, _planned(event.point))
            case Progress():
                if time.perf_counter() - self._said_s >= LINE_EVERY_S:
                    self._said_s = time.perf_counter()
                    self._tell(event.index, _counted(event))
            case PointFinished():
                self._tell(event.point.index, _found(event.summary))

    def _tell(self, index: int, text: str) -> None:
        """A line about one point."""
        number_of = f"[{index + 1}/{max(len(self._labels), 1)}]"
        self._say(f"{number_of} {self._labels.get(index, '')}: {text}")

    def _say(self, text: str) -> None:
        self._console.print(text, soft_wrap=True)
        self._file.flush()


def _planned(point: Point) -> str:
    plan = [f"{point.number:,} requests"] if point.number is not None else []
    plan += [f"{point.duration_s:g} s at most"] if point.duration_s is not None else []
    plan += [f"after {point.warmup:,} for warm-up"] if point.warmup else []
    return ", ".join(plan)


def _counted(progress: Progress) -> str:
    cells = dict(zip((title for title, _ in _COLUMNS), _running_cells(progress), strict=True))
    failed = sum(progress.failed.values())
    text = f"{span(progress.elapsed_s)}: {cells['done']} done, {progress.in_flight} in flight"
    text += f", {failed:,} failed"
    if failed:
        text += f" ({failures(progress.failed)})"
    text += f", {cells['req/s']} req/s, {cells['tok/s']} tok/s"
    return f"{text}, TTFT {cells['TTFT ms']} ms, TPOT {cells['TPOT ms']} ms, left {cells['left']}"


def _found(summary: Summary) -> str:
    text = f"{summary.completed:,} ok, {summary.failed:,} failed"
    if summary.failed:
        text += f" ({failures(summary.errors)})"
    text += f" in {span(summary.duration_s)}"
    text += f", {number(summary.request_throughput_rps)} req/s"
    text += f", {number(summary.output_throughput_tok_s)} tok/s"
    text += f", TTFT {number(mean(summary, 'ttft_ms'))} ms"
    text += f", TPOT {number(mean(summary, 'tpot_ms'))} ms"
    return f"{'interrupted: ' if summary.interrupted else ''}{text}"
