"""What a person reads at the end of a load test: an overview of the sweep, what to know of each
point, and where things are; with ``verbose`` every distribution of every point too.

Works from summaries only. Reads well from 60 columns on and without colour: whatever colour says, a
word says too. A table that is too wide goes on below itself; a figure is never cut.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from msgspec.structs import replace
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from perfbench.metrics.definitions import METRICS, figure_title
from perfbench.metrics.percentiles import unsupported
from perfbench.metrics.repeats import figure_of, repeated_loads
from perfbench.reports import objectives, parts, wording
from perfbench.reports.live import make_console
from perfbench.reports.remarks import in_order, remarks, verdict_of
from perfbench.types import Attained, RepeatedLoad, SearchPath, Summary

_LATENCIES = ("ttft_ms", "tpot_ms", "itl_ms", "e2e_ms")
"""In the overview."""
_WIDE = 120
"""Columns from which both sums of a request ledger stand on one line."""
_ARTEFACTS = (
    ("report.html", "report"),
    ("words.html", "words"),
    ("plots", "plots"),
    ("summary.json", "summary"),
    ("run.db", "records"),
    ("run.log", "log"),
)


def print_summary(
    summaries: Sequence[Summary],
    run: Path,
    file: TextIO,
    width: int | None = None,
    verbose: bool = False,
    links: Sequence[str] = (),
) -> None:
    """Print everything a person wants to know at the end of a run.

    Args:
        summaries: One per point, in the order of the sweep.
        run: The results folder; what exists in it is named at the end.
        file: Where to print.
        width: Columns; ``None`` asks the terminal (80 where there is none).
        verbose: Also the distributions of each point.
        links: Lines to stand at the very end: where else the results are.
    """
    console = make_console(file, width)
    labels = wording.load_labels(summaries)
    for summary, label in zip(summaries, labels, strict=True):
        if wording.lost(summary.ledger):
            console.print(Text(f"{label}: {summary.client.reason}", style="bold red"))
    if summaries:
        _print_overview(console, summaries, labels)
        _print_repeats(console, repeated_loads(summaries))
    _print_asked(console, summaries, labels)
    _print_objectives(console, summaries, labels)
    if any(wording.UNSUPPORTED in cell for cell in _cells(summaries, verbose)):
        console.print(Text(f"{wording.UNSUPPORTED} {wording.UNSUPPORTED_NOTE}", style="dim"))
    _print_parts(console, summaries, labels)
    _print_facts(console, summaries, labels, verbose)
    if verbose:
        for summary, label in zip(summaries, labels, strict=True):
            _print_point(console, summary, label)
    console.print()
    _print_places(console, run)
    for link in links:
        console.print(link, soft_wrap=True)


def _cells(summaries: Sequence[Summary], verbose: bool) -> Iterator[str]:
    """The percentiles that are shown."""
    for summary in summaries:
        for name, metric in METRICS.items():
            if verbose or metric.asked or name in _LATENCIES:
                yield from (_figure(summary, name, each).plain for each in ("p50", "p90", "p99"))
        for _, rows in parts.parts_of(summary):
            for _, cells in rows:
                yield from cells


def print_search(path: SearchPath, file: TextIO, width: int | None = None) -> None:
    """Print what a search found, and its trials."""
    console = make_console(file, width)
    _title(console, "search")
    console.print(Text(objectives.search_answer(path), style="bold"))
    table = new_table()
    for name in objectives.SEARCH_HEAD:
        wide = name == "why"
        table.add_column(name, justify="left" if wide else "right", no_wrap=not wide)
    for row in objectives.search_rows(path):
        table.add_row(*row)
    console.print(table)


def _print_asked(console: Console, summaries: Sequence[Summary], labels: Sequence[str]) -> None:
    """The user's own metrics."""
    for name, metric in METRICS.items():
        if metric.asked and any(_measured(summary, name) for summary in summaries):
            table = new_table()
            table.add_column(f"{metric.title} ({metric.unit})" if metric.unit else metric.title)
            figures = ("mean", "p50", "p90", "p99", "max", "count")
            for figure in figures:
                table.add_column(figure, justify="right", no_wrap=True)
            for summary, label in zip(summaries, labels, strict=True):
                table.add_row(label, *(_figure(summary, name, figure) for figure in figures))
            console.print(table)
            console.print()


def _print_objectives(
    console: Console, summaries: Sequence[Summary], labels: Sequence[str]
) -> None:
    """What the figures were held against."""
    rows = objectives.objective_rows(summaries, labels)
    if rows:
        table = new_table()
        for name in ("load", "objective", "attained", "value"):
            table.add_column(name, justify="right" if name == "value" else "left")
        for row in rows:
            said = Text(row.said, style=_ATTAINED_STYLE[row.attained])
            table.add_row(row.load, row.objective, said, row.values)
        console.print(table)
        console.print()
    good = objectives.goodput_rows(summaries, labels)
    if good:
        console.print(Text(f"good requests: {objectives.limits_said(summaries)}"))
        table = new_table()
        for name in objectives.GOODPUT_HEAD:
            table.add_column(name, justify="left" if name == "load" else "right")
        for cells in good:
            table.add_row(*cells)
        console.print(table)
        console.print()


_ATTAINED_STYLE: dict[Attained, str] = {"met": "green", "missed": "bold red", "unknown": "yellow"}


def new_table() -> Table:
    """The look of every table at the end of a run."""
    return Table(box=box.SIMPLE_HEAD, padding=0, show_edge=False)


def _title(console: Console, text: str) -> None:
    console.print()
    console.rule(Text(text, style="bold"), align="left", style="dim")


@dataclass(slots=True)
class _Column:
    """One figure of every point."""

    head: tuple[str, str]
    cells: list[Text]
    extra: int = 0
    """Above 0: only where its table stays in one piece with it, and with the extras below it."""
    width: int = field(init=False)
    """With the space before it."""

    def __post_init__(self) -> None:
        self.width = 1 + max(6, *map(len, self.head), *map(len, self.cells))


def _print_overview(console: Console, summaries: Sequence[Summary], labels: Sequence[str]) -> None:
    _title(console, "overview")
    label_width = min(max(map(len, labels)), max(12, console.width // 4))
    throughput = [_throughput(summaries), _amounts(summaries)]
    for corner, groups in (("", throughput), ("ms", _latencies(summaries))):
        for piece in _pieces(groups, console.width - label_width):
            table = new_table()
            table.add_column(f"{corner}\nload", width=label_width)
            for column in piece:
                title = "\n".join(column.head)
                table.add_column(title, justify="right", no_wrap=True, min_width=column.width - 1)
            for label, *cells in zip(labels, *(column.cells for column in piece), strict=True):
                table.add_row(label, *cells)
            console.print(table)
            console.print()


_OVER_REPEATS = (
    *("request_throughput_rps", "output_throughput_tok_s", "ttft_ms.mean", "ttft_ms.p99"),
    *("tpot_ms.mean", "itl_ms.p99", "e2e_ms.mean", "e2e_ms.p99"),
)


def _print_repeats(console: Console, loads: Sequence[RepeatedLoad]) -> None:
    """What the repeats of each load tell together."""
    if not loads:
        return
    _title(console, "over repeats: mean, and the spread between runs")
    names = [load.name for load in loads]
    width = min(max(map(len, names)), max(12, console.width // 4))
    columns = [
        _Column(
            (title.rsplit(" ", 1)[0] if " (" in title else title, title[title.find("(") :]),
            [Text(wording.spread(load.figures.get(figure))) for load in loads],
        )
        for figure in _OVER_REPEATS
        for title in [figure_title(figure)]
        if any(figure in load.figures for load in loads)
    ]
    for piece in _pieces([columns], console.width - width):
        table = new_table()
        table.add_column("\nload", width=width, overflow="fold")
        for column in piece:
            table.add_column("\n".join(column.head), justify="right", no_wrap=True)
        for name, *cells in zip(names, *(column.cells for column in piece), strict=True):
            table.add_row(name, *cells)
        console.print(table)
        console.print()


def _intervals(summary: Summary) -> Table:
    """How well this one run knows its figures."""
    table = new_table()
    table.add_column("95 % intervals")
    for head in ("figure", "low", "high"):
        table.add_column(head, justify="right", no_wrap=True)
    for name, (low, high) in (summary.intervals or {}).items():
        value = wording.number(figure_of(summary, name))
        table.add_row(figure_title(name), value, wording.number(low), wording.number(high))
    return table


def _pieces(groups: Sequence[Sequence[_Column]], room: int) -> list[list[_Column]]:
    """The columns of one table, or of as many as there must be. Groups are parted only where one
    alone is too wide."""
    columns = sorted((column for group in groups for column in group), key=lambda c: c.extra)
    left, kept = room, set()
    for column in columns:
        left -= column.width
        if left >= 0 or not column.extra:
            kept.add(id(column))
    pieces: list[list[_Column]] = [[]]
    taken = 0
    for group in groups:
        chosen = [column for column in group if id(column) in kept]
        whole = sum(column.width for column in chosen)
        for place, column in enumerate(chosen):
            needed = whole if place == 0 and whole <= room else column.width
            if pieces[-1] and taken + needed > room:
                pieces.append([])
                taken = 0
            pieces[-1].append(column)
            taken += column.width
    return pieces


def _column(
    head: tuple[str, str],
    summaries: Sequence[Summary],
    of: Callable[[Summary], float | None],
    extra: int = 0,
) -> _Column:
    return _Column(head, [Text(wording.number(of(summary))) for summary in summaries], extra)


def _throughput(summaries: Sequence[Summary]) -> list[_Column]:
    """What the service did, and how far that can be believed."""
    rates = [_column(("", "req/s"), summaries, lambda s: s.request_throughput_rps)]
    if any(summary.rate is not None for summary in summaries):
        rates = [
            _column(("asked", "req/s"), summaries, lambda s: s.rate),
            _column(("sent", "req/s"), summaries, lambda s: s.sent_rate_rps),
            _column(("done", "req/s"), summaries, lambda s: s.request_throughput_rps),
        ]
    failed = _column(("", "failed"), summaries, lambda s: s.failed)
    for cell, summary in zip(failed.cells, summaries, strict=True):
        cell.stylize("red" if summary.failed else "")
    return [
        _column(("", "ok"), summaries, lambda s: s.completed),
        failed,
        _Column(("", "time"), [Text(wording.span(s.duration_s)) for s in summaries]),
        *rates,
        _column(("output", "tok/s"), summaries, lambda s: s.output_throughput_tok_s),
        _column(("total", "tok/s"), summaries, lambda s: s.total_throughput_tok_s),
        _Column(("", "client"), [verdict_of(summary) for summary in summaries]),
    ]


def _amounts(summaries: Sequence[Summary]) -> list[_Column]:
    """What the requests were like, and the load they made."""
    shares = [Text(wording.share(summary.tokens.cached_share)) for summary in summaries]
    steady = [summary.steady_state for summary in summaries]
    return [
        _Column(("input", "tokens"), _figures(summaries, "input_tokens", "mean")),
        _Column(("output", "tokens"), _figures(summaries, "output_tokens", "mean")),
        _Column(("input", "cached"), shares),
        _column(("mean in", "flight"), summaries, lambda s: s.mean_in_flight, extra=1),
        _Column(("tok/s a", "request"), _figures(summaries, "output_tok_s", "mean"), extra=2),
        _Column(
            ("steady", "tok/s"),
            [Text(wording.number(each.get("output_throughput_tok_s"))) for each in steady],
            extra=3,
        ),
    ]


def _latencies(summaries: Sequence[Summary]) -> list[list[_Column]]:
    """How long requests and their tokens took."""
    ranks = {"mean": 0, "p50": 0, "p90": 1, "p99": 0, "max": 2}
    return [
        [
            _Column(
                (METRICS[metric].title, name),
                _figures(summaries, metric, name),
                max(rank, 1) if metric == "itl_ms" else rank,
            )
            for name, rank in ranks.items()
        ]
        for metric in _LATENCIES
    ]


def _figures(summaries: Sequence[Summary], metric: str, name: str) -> list[Text]:
    return [_figure(summary, metric, name) for summary in summaries]


def _figure(summary: Summary, metric: str, name: str) -> Text:
    unsupported = summary.unsupported.get(metric, [])
    return Text(wording.percentile(summary.metrics.get(metric, {}), name, unsupported))


def _print_point(console: Console, summary: Summary, label: str) -> None:
    """Every distribution of a point."""
    _title(console, label)
    if not any(_measured(summary, metric) for metric in METRICS):
        console.print("nothing was measured")
        return
    console.print(_distributions(summary))
    if summary.steady and summary.steady.requests:
        console.print()
        console.print(f"of these the {summary.steady.requests:,} requests of the steady state")
        found = summary.steady.metrics
        few = {name: unsupported(int(values["count"] or 0)) for name, values in found.items()}
        console.print(_distributions(replace(summary, metrics=found, unsupported=few)))
    if summary.intervals:
        console.print()
        console.print(_intervals(summary))


def _print_parts(console: Console, summaries: Sequence[Summary], labels: Sequence[str]) -> None:
    """The figures of each model and each URL, where a run asked several."""
    for summary, label in zip(summaries, labels, strict=True):
        for kind, rows in parts.parts_of(summary):
            _title(console, f"{label}: by {kind} (latencies in ms)")
            table = new_table()
            table.add_column(kind, overflow="fold")
            for head in parts.HEADS:
                head = head.replace(" ", "\n")
                table.add_column(head, justify="right", no_wrap=True, min_width=6)
            for name, cells in rows:
                table.add_row(Text(name), *cells)
            console.print(table)
            console.print()


def _print_facts(
    console: Console, summaries: Sequence[Summary], labels: Sequence[str], verbose: bool
) -> None:
    """What should be known of each point beside its figures."""
    grid = Table.grid(padding=(0, 2))
    grid.add_column(max_width=max(12, console.width // 4))
    for summary, label in zip(summaries, labels, strict=True):
        for place, line in enumerate(remarks(summary, console.width >= _WIDE, verbose)):
            grid.add_row(Text("" if place else label, style="bold"), line)
    if summaries and not verbose:
        head = "otherwise" if grid.row_count else "all points" if len(labels) > 1 else labels[0]
        for place, line in enumerate(in_order(summaries, labels)):
            grid.add_row(Text("" if place else head, style="bold"), line)
    console.print(grid)


def _measured(summary: Summary, metric: str) -> bool:
    return bool(summary.metrics.get(metric, {}).get("count"))


def _distributions(summary: Summary) -> Table:
    table = new_table()
    table.add_column("", no_wrap=True)
    figures = ("mean", "p50", "p90", "p99", "max")
    for figure in figures:
        table.add_column(figure, justify="right", no_wrap=True, min_width=7)
    for name, metric in METRICS.items():
        if _measured(summary, name):
            cells = [_figure(summary, name, figure) for figure in figures]
            table.add_row(f"{metric.title} ({metric.unit})", *cells)
    return table


def _print_places(console: Console, run: Path) -> None:
    for name, what in _ARTEFACTS:
        if (run / name).exists():
            console.print(f"{what:<8}  {run / name}", soft_wrap=True)
