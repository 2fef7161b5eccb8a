"""The tables at the end of a run, for the eye: latency per point, then an overview of the sweep.

Works from summaries only. Reads well from 80 columns on and without colour: whatever colour
says, a word says too.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from perfbench.metrics.definitions import METRICS
from perfbench.reports import wording
from perfbench.reports.live import make_console
from perfbench.types import Summary, Verdict

VERDICT_STYLE: dict[Verdict | None, str] = {
    "trusted": "green",
    "strained": "yellow",
    "saturated": "bold red",
    None: "dim",
}

_ARTEFACTS = (
    ("report.html", "report"),
    ("plots", "plots"),
    ("summary.json", "summary"),
    ("run.db", "records"),
    ("run.log", "log"),
)


def print_summary(
    summaries: Sequence[Summary], run: Path, file: TextIO, width: int | None = None
) -> None:
    """Print everything a person wants to know at the end of a run.

    Args:
        summaries: One per point, in the order of the sweep.
        run: The results folder; what exists in it is named at the end.
        file: Where to print.
        width: Columns; ``None`` asks the terminal (80 where there is none).
    """
    console = make_console(file, width)
    labels = wording.load_labels(summaries)
    for summary, label in zip(summaries, labels, strict=True):
        if wording.lost(summary.ledger):
            console.print(Text(f"{label}: {summary.client.reason}", style="bold red"))
    for summary, label in zip(summaries, labels, strict=True):
        _print_point(console, summary, label)
    if summaries:
        _print_overview(console, summaries, labels)
    marked = any(percentiles for s in summaries for percentiles in s.unsupported.values())
    if marked:
        console.print(Text(f"{wording.UNSUPPORTED} {wording.UNSUPPORTED_NOTE}", style="dim"))
    _print_places(console, run)


def new_table() -> Table:
    """The look of every table at the end of a run."""
    return Table(box=box.SIMPLE_HEAD, padding=0, show_edge=False)


def _print_point(console: Console, summary: Summary, label: str) -> None:
    console.print()
    console.rule(Text(label, style="bold"), align="left", style="dim")
    console.print(_state(summary))
    if any(_measured(summary, metric) for metric in METRICS):
        console.print()
        console.print(_latency_table(summary))
    console.print()
    facts = Table.grid(padding=(0, 2))
    for kind, count in summary.errors.items():
        if count:
            line = Text(f"{kind} {count:,}", style="red")
            if example := wording.one_line(summary.error_examples.get(kind, "")):
                line.append(f": {example}", style="default")
            facts.add_row("failed", line)
    facts.add_row("requests", wording.ledger_sums(summary.ledger))
    facts.add_row("tokens", wording.token_sentence(summary.tokens))
    client = summary.client.verdict
    verdict = Text(client or wording.UNKNOWN, style=VERDICT_STYLE[client])
    verdict.append(f": {summary.client.reason}", style="default")
    facts.add_row("client", verdict)
    console.print(facts)


def _state(summary: Summary) -> str:
    """What became of the point's requests, in one line."""
    state = f"{summary.completed:,} ok, {summary.failed:,} failed"
    if summary.warmup:
        state += f", {summary.warmup:,} for warm-up"
    state += f" in {wording.span(summary.duration_s)}"
    if summary.interrupted:
        state += "; interrupted before the plan was done"
    if summary.cut_at_end:
        state += f"; {summary.cut_at_end:,} streams cut at the end"
    if summary.drained:
        state += f"; {summary.drained:,} streams let finish after the end"
    return state


def _measured(summary: Summary, metric: str) -> bool:
    return bool(summary.metrics.get(metric, {}).get("count"))


def _latency_table(summary: Summary) -> Table:
    table = new_table()
    table.add_column("", no_wrap=True)
    figures = ("mean", "p50", "p90", "p99", "max")
    for figure in figures:
        table.add_column(figure, justify="right", no_wrap=True, min_width=10)
    for name, metric in METRICS.items():
        if _measured(summary, name):
            table.add_row(f"{metric.title} ({metric.unit})", *_figures(summary, name, figures))
    return table


def _figures(summary: Summary, metric: str, names: Sequence[str]) -> list[str]:
    figures = summary.metrics.get(metric, {})
    unsupported = summary.unsupported.get(metric, [])
    return [wording.percentile(figures, name, unsupported) for name in names]


def _print_overview(console: Console, summaries: Sequence[Summary], labels: Sequence[str]) -> None:
    console.print()
    console.rule(Text("overview", style="bold"), align="left", style="dim")
    console.print(_throughput_table(summaries, labels))
    console.print()
    console.print(_sweep_latency_table(summaries, labels))
    console.print()


def _throughput_table(summaries: Sequence[Summary], labels: Sequence[str]) -> Table:
    table = new_table()
    table.add_column("\nload", min_width=11)
    for head in ("\nok", "\nfailed", "\ntime", "\nreq/s", "output\ntok/s", "total\ntok/s"):
        table.add_column(head, justify="right", no_wrap=True, min_width=8)
    table.add_column("\n client", no_wrap=True)
    for summary, label in zip(summaries, labels, strict=True):
        verdict = summary.client.verdict
        table.add_row(
            label,
            wording.number(summary.completed),
            Text(wording.number(summary.failed), style="red" if summary.failed else ""),
            wording.span(summary.duration_s),
            wording.number(summary.request_throughput_rps),
            wording.number(summary.output_throughput_tok_s),
            wording.number(summary.total_throughput_tok_s),
            Text(f" {verdict or wording.UNKNOWN}", style=VERDICT_STYLE[verdict]),
        )
    return table


def _sweep_latency_table(summaries: Sequence[Summary], labels: Sequence[str]) -> Table:
    table = new_table()
    table.add_column("ms\nload", min_width=11)
    names = ("mean", "p50", "p99")
    metrics = {"TTFT": "ttft_ms", "TPOT": "tpot_ms", "E2E": "e2e_ms"}
    for title in metrics:
        for name in names:
            table.add_column(f"{title}\n{name}", justify="right", no_wrap=True, min_width=6)
    for summary, label in zip(summaries, labels, strict=True):
        cells = [c for metric in metrics.values() for c in _figures(summary, metric, names)]
        table.add_row(label, *cells)
    return table


def _print_places(console: Console, run: Path) -> None:
    for name, what in _ARTEFACTS:
        if (run / name).exists():
            console.print(f"{what:<8}  {run / name}", soft_wrap=True)
