"""Progress on the console while a run goes on: a table that moves, or plain lines.

Both displays are observers. They read counters only and must stay cheap: the CPU they use is
charged to the client. Knows no records.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Any, TextIO

from rich.console import Console, ConsoleOptions, RenderableType
from rich.live import Live
from rich.segment import Segment
from rich.text import Text

from perfbench import registry
from perfbench.config import PerfConfig
from perfbench.config.facts import facts_of
from perfbench.foreign import one_line, visible
from perfbench.reports.picture import Picture, failures, now, token_rate
from perfbench.reports.sweep import Sweep
from perfbench.reports.wording import compact, number, percentile, span
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

_SAID = {
    *("url", "unix_socket", "model", "api"),
    *("prompt", "dataset", "dataset_path", "max_tokens", "seed"),
}
"""Settings that the first lines name in any case."""
_LONGEST_VALUE = 40
"""Characters of a setting that are shown."""


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


def opening(started: RunStarted) -> tuple[str, str, str]:
    """The first lines of a run: what is measured, with which settings, and where results go."""
    config = started.config
    if started.simulated:
        what = "measuring the built-in simulator (no --url was given)"
    else:
        asked = config.get("url") or config["unix_socket"]
        what = f"measuring {', '.join(asked) if isinstance(asked, list) else asked}"
        if config.get("api") in registry.LOCAL:
            what = f"measuring a server started for this run (--api {config['api']})"
        if config.get("model"):
            what += f", model {config['model']}"
    return f"perfbench: {what}", settings(started), f"results in {started.path}"


def settings(started: RunStarted) -> str:
    """The settings that decide what is measured, then the other given ones, in one line."""
    config = started.config
    said = []
    if config.get("prompt") is not None:
        said.append(f"prompt {_value(config['prompt'])!r}")
    elif config.get("dataset"):
        file = config.get("dataset_path")
        said.append(f"data set {config['dataset']}" + (f" of {file}" if file else ""))
    said.append(f"API {config.get('api', 'openai')}")
    extra = config.get("extra_args") or {}
    most = config.get("max_tokens")
    limited = any(key in extra for key in ("max_tokens", "max_completion_tokens"))
    if not limited and config.get("api") not in ("embeddings", "rerank"):  # These generate nothing.
        said.append(f"max tokens {_value(most)}" if most else "max tokens up to the service")
    if config.get("seed") is not None:
        said.append(f"seed {config['seed']}")
    said += [
        _setting(key, config[key])
        for key in started.given
        if key not in _SAID and key in config and _decides(key)
    ]
    return ", ".join(said)


def _decides(key: str) -> bool:
    """Whether a setting is of what is measured, and not of where the results go."""
    field = PerfConfig.model_fields.get(key)
    facts = None if field is None else facts_of(field)
    return facts is not None and facts.figures


def _setting(key: str, value: Any) -> str:
    name = key.replace("_", " ")
    if isinstance(value, bool):
        return name if value else f"no {name}"
    return f"{name} {_value(value)}"


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return " ".join(f"{name}={_value(each)}" for name, each in value.items())
    if isinstance(value, (list, tuple)):
        return " ".join(map(_value, value))
    return one_line(f"{value:g}" if isinstance(value, float) else str(value), _LONGEST_VALUE)


class LiveDisplay:
    """A table on a terminal, one row per point; finished points stay with their figures.

    An observer, and a context manager that leaves the last picture and puts the cursor back.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._sweep = Sweep()
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
            case PointStarted():
                self._sweep.begin(event.point)
            case Progress():
                self._sweep.row(event.index).advance(event)
                if time.perf_counter() - self._drawn_s >= REFRESH_S:
                    self._draw()
            case PointFinished():
                self._sweep.begin(event.point)  # Of a search that is continued.
                self._sweep.row(event.point.index).summary = event.summary
                self._draw()
            case RunFinished():
                self._stop()

    def _start(self, started: RunStarted) -> None:
        """Print what is measured and draw every point as waiting."""
        what, how, where = opening(started)
        self._console.print(Text(what, style="bold"))
        self._console.print(Text(how))
        self._console.print(Text(where, style="dim"))
        self._sweep = Sweep(started.points, started.config.get("pause") or 0.0)
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
            self._live.update(self._picture(last=True), refresh=True)
            self._live.stop()
            self._live = None

    def _draw(self) -> None:
        self._drawn_s = time.perf_counter()
        if self._live is not None:
            self._live.update(self._picture(), refresh=True)

    def _picture(self, last: bool = False) -> Text:
        utf = self._console.encoding.startswith("utf")
        shape = Picture(self._console.width, self._console.height, utf)
        picture = Text("\n").join(shape.lines(self._sweep, last))
        picture.no_wrap, picture.overflow = True, "ellipsis"
        return picture


class Links:
    """Keeps the notes that say where else results are, to be said again at the very end; an
    observer."""

    def __init__(self) -> None:
        self._said: dict[str, str] = {}

    def __call__(self, event: Event) -> None:
        """Keep the last such note of each who has one."""
        if isinstance(event, Note) and event.place:
            self._said[event.text.partition(":")[0]] = event.text

    @property
    def said(self) -> list[str]:
        """The notes, a line each."""
        return [*self._said.values()]


class PlainDisplay:
    """Lines for logs and pipes: one when a point starts, one now and then, one when it ends."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._console = make_console(file)
        self._sweep = Sweep()
        self._said_s = 0.0

    def __call__(self, event: Event) -> None:
        """A line for what a person should know of; counters every few seconds."""
        match event:
            case RunStarted():
                for line in opening(event):
                    self._say(line)
                self._sweep = Sweep(event.points)
            case Note():
                self._say(f"note: {event.text}")
            case PointStarted():
                self._said_s = time.perf_counter()
                self._sweep.begin(event.point)
                self._tell(event.point.index, _planned(event.point))
            case Progress():
                self._sweep.row(event.index).advance(event)
                if time.perf_counter() - self._said_s >= LINE_EVERY_S:
                    self._said_s = time.perf_counter()
                    self._tell(event.index, self._counted(event))
            case PointFinished():
                self._sweep.begin(event.point)
                self._sweep.row(event.point.index).summary = event.summary
                self._tell(event.point.index, _found(event.summary))

    def _tell(self, index: int, text: str) -> None:
        """A line about one point."""
        number_of = f"[{index + 1}/{len(self._sweep.rows)}]"
        self._say(f"{number_of} {self._sweep.row(index).label}: {text}")

    def _say(self, text: str) -> None:
        self._console.print(text, soft_wrap=True)
        self._file.flush()

    def _counted(self, progress: Progress) -> str:
        failed = sum(progress.failed.values())
        done = f"{progress.done}" + (f"/{progress.planned}" if progress.planned else "")
        text = f"{span(progress.elapsed_s)}: {done} done, {progress.in_flight} in flight"
        text += f", {failed:,} failed"
        if failed:
            text += f" ({failures(progress.failed)})"
        text += f", {compact(progress.request_rate_rps)} req/s, {token_rate(progress)} tok/s"
        text = ", ".join([text, *now(progress)])
        text += f", {span(progress.eta_s)} left"
        if self._sweep.waiting and (left := self._sweep.left_s()):
            text += f", sweep about {span(left)} left"
        return text


def _planned(point: Point) -> str:
    plan = [f"{point.number:,} requests"] if point.number is not None else []
    plan += [f"{point.conversations:,} conversations"] if point.conversations else []
    plan += [f"{point.duration_s:g} s at most"] if point.duration_s is not None else []
    plan += [f"after {point.warmup:,} for warm-up"] if point.warmup else []
    plan += [f"and {point.cooldown:,} for cool-down"] if point.cooldown else []
    return ", ".join(plan)


def _found(summary: Summary) -> str:
    text = f"{summary.completed:,} ok, {summary.failed:,} failed"
    if summary.failed:
        text += f" ({failures(summary.errors)})"
    text += f" in {span(summary.duration_s)}"
    text += f", {number(summary.request_throughput_rps)} req/s"
    text += f", {number(summary.output_throughput_tok_s)} tok/s"
    for title, metric in (("TTFT", "ttft_ms"), ("ITL", "itl_ms")):
        figures, unsupported = summary.metrics.get(metric, {}), summary.unsupported.get(metric, [])
        p50, p99 = (percentile(figures, name, unsupported) for name in ("p50", "p99"))
        text += f", {title} p50 {p50} p99 {p99} ms"
    return f"{'interrupted: ' if summary.interrupted else ''}{text}"
