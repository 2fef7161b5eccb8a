"""The tables at the end of an evaluation, for the eye: scores, summary, service, where things are.

Reads well from 60 columns on and without colour: whatever colour says, a word says too.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal, TextIO

from rich.console import Console
from rich.text import Text

from perfbench.evaluation.demonstration import NOTE
from perfbench.reports import wording
from perfbench.reports.console import new_table
from perfbench.reports.evaluation import judges
from perfbench.reports.evaluation.figures import answered, coverage, percent, programs
from perfbench.reports.evaluation.tables import (
    SUMMARY_COLUMNS,
    ReportRow,
    missing_rows,
    report_rows,
    summary_table,
)
from perfbench.reports.live import make_console
from perfbench.reports.remarks import VERDICT_STYLE

if TYPE_CHECKING:
    from perfbench.evaluation.outcome import EvalRun
    from perfbench.types import Summary

WIDE = 110
"""Columns from which the model stands in a column of its own, not above its rows."""
_NARROW = 72
"""Columns below which what the others tell as well, or the page, is left out."""

_ARTEFACTS = (
    ("report.html", "report"),
    ("predictions", "predictions"),
    ("results", "results"),
    ("summary", "summary"),
    ("logs", "logs"),
    ("run.db", "records"),
)


def print_evaluation(eval_run: EvalRun, file: TextIO, width: int | None = None) -> None:
    """Print everything a person wants to know at the end of an evaluation.

    Args:
        file: where to print.
        width: columns; ``None`` asks the terminal (80 where there is none).
    """
    console = make_console(file, width)
    if eval_run.scores:
        _print_report(console, eval_run)
        _print_programs(console, eval_run)
        _print_unscored(console, eval_run)
        _print_judges(console, eval_run)
        _print_summary(console, eval_run)
    if any(subtask.simulated for subtask in eval_run.subtasks):
        console.print(Text(f"note: {NOTE}", style="yellow"))
    if any(eval_run.performance.values()):
        _print_performance(console, eval_run)
    for name, error in eval_run.failures.items():
        line = Text(f"{name} failed: ", style="red")
        console.print(line.append(wording.one_line(str(error), 1000), style="default"))
    if eval_run.interrupted:
        console.print(
            Text("interrupted: scores are of what was answered; --resume continues", style="yellow")
        )
    console.print()
    _print_places(console, eval_run.run.path)


def _title(console: Console, text: str) -> None:
    console.print()
    console.rule(Text(text, style="bold"), align="left", style="dim")


def _print_report(console: Console, eval_run: EvalRun) -> None:
    _title(console, "scores")
    rows = [row for scores in eval_run.scores for row in report_rows(scores)]
    rows += missing_rows(eval_run.missing)
    if console.width >= WIDE:
        _print_report_table(console, rows, with_model=True)
        return
    for place, model in enumerate(dict.fromkeys(row.model for row in rows)):
        console.print(Text(f"\n{model}" if place else model, style="bold"))
        _print_report_table(console, [row for row in rows if row.model == model], with_model=False)


def _print_report_table(console: Console, rows: list[ReportRow], with_model: bool) -> None:
    table = new_table()
    if with_model:
        table.add_column("Model", overflow="fold", min_width=8)
    table.add_column("Dataset", overflow="fold", min_width=8)
    table.add_column("Metric", overflow="fold", min_width=8)
    table.add_column("Subset", overflow="fold", min_width=9)
    narrow = console.width < _NARROW
    heads = ("Num", "Score", "95 %\ninterval", "Scored")
    for title in heads if narrow else ("Num", "Score", "± SE", "95 % interval", "Scored"):
        table.add_column(title, justify="right", no_wrap=True)
    for row in rows:
        cells = [row.model] if with_model else []
        cells += [row.dataset, row.metric, row.subset, wording.number(row.number), row.score]
        cells += [row.interval] if narrow else [row.standard_error, row.interval]
        cells.append(row.scored)
        table.add_row(*cells, style="bold" if row.subset.startswith("OVERALL") else None)
    console.print(table)


def _print_programs(console: Console, eval_run: EvalRun) -> None:
    """How programs ended, where answers are programs."""
    for scores in eval_run.scores:
        if said := programs(scores):
            console.print(Text(f"{scores.subtask.name}: programs: {said}"))


def _print_unscored(console: Console, eval_run: EvalRun) -> None:
    """Which answers have no score, and what the score is with them."""
    lacking = [s for s in eval_run.scores if s.result.overall.coverage != 1]
    if lacking:
        console.print()
    for scores in lacking:
        overall = scores.result.overall
        line = Text(f"{scores.subtask.name}: ")
        line.append(coverage(scores), style="yellow")
        main = overall.figures[scores.result.metric]
        line.append(
            f"; {scores.result.metric} {percent(main.scored.value)} % of the scored, "
            f"{percent(main.over_all.value)} % of all asked"
        )
        console.print(line)


def _print_judges(console: Console, eval_run: EvalRun) -> None:
    """Who judged, and how far they are to be believed: columns that say something, for each."""
    judged = [scores for scores in eval_run.scores if scores.panel is not None]
    if not judged:
        return
    _title(console, "judges")
    said = False
    for scores in judged:
        name = Text(f"{scores.subtask.name}: {scores.subtask.prompt}", style="bold")
        console.print(name)
        found = judges.rows(eval_run, scores)
        telling = [
            place
            for place in range(len(judges.COLUMNS))
            if any(row[place] not in ("", wording.UNKNOWN) for row in found)
        ]
        said = said or any(judges.COLUMNS[place] in judges.NOTE for place in telling)
        table = new_table()
        for place in telling:
            justify: Literal["left", "right"] = "right" if place else "left"
            table.add_column(judges.COLUMNS[place], justify=justify, overflow="fold")
        for row in found:
            table.add_row(*(row[place] for place in telling))
        console.print(table)
        assert scores.panel is not None
        for line in judges.lines(scores.panel):
            console.print(Text(line))
    if said:
        console.print(Text(judges.NOTE, style="dim"))


def _print_summary(console: Console, eval_run: EvalRun) -> None:
    _title(console, "summary")
    summary = summary_table(eval_run.scores, subsets=False, absent=eval_run.missing)
    table = new_table()
    for title in SUMMARY_COLUMNS:
        table.add_column(title, overflow="fold", min_width=min(len(title), 6))
    for model in summary.models:
        table.add_column(model, justify="right", overflow="fold", min_width=6)
    for row in summary.rows:
        table.add_row(*row)
    console.print(table)
    for note in summary.notes:
        console.print(Text(note, style="dim"))


def _print_performance(console: Console, eval_run: EvalRun) -> None:
    _title(console, "service")
    table = new_table()
    table.add_column("\nTask", overflow="fold", min_width=12)
    left_out = ("\ntime", "\nreq/s") if console.width < _NARROW else ()
    shown = [place for place, head in enumerate(_SERVICE) if head not in left_out]
    for place in shown:
        table.add_column(_SERVICE[place], justify="right", no_wrap=True)
    table.add_column("\n client", no_wrap=True)
    marked = False
    for name, summaries in eval_run.performance.items():
        for each, summary in enumerate(summaries, 1):
            cells = _service_cells(summary)
            marked = marked or any(cell.endswith(wording.UNSUPPORTED) for cell in cells)
            verdict = summary.client.verdict
            table.add_row(
                name if len(summaries) == 1 else f"{name} ({each} of {len(summaries)})",
                *(cells[place] for place in shown),
                Text(f" {verdict or wording.UNKNOWN}", style=VERDICT_STYLE[verdict]),
            )
    console.print(table)
    for name, summaries in eval_run.performance.items():
        for summary in summaries:
            if summary.client.verdict != "trusted":
                verdict = summary.client.verdict
                said = f"{name}: client {verdict or wording.UNKNOWN}: "
                line = Text(said, style=VERDICT_STYLE[verdict])
                console.print(line.append(summary.client.reason, style="default"))
    if marked:
        console.print(Text(f"{wording.UNSUPPORTED} {wording.UNSUPPORTED_NOTE}", style="dim"))


_SERVICE = (
    *("\nok", "\nfailed", "\ntime", "\nreq/s", "output\ntok/s", "TTFT ms\np50", "TTFT ms\np99"),
)


def _service_cells(summary: Summary) -> list[str]:
    ttft = summary.metrics.get("ttft_ms", {})
    unsupported = summary.unsupported.get("ttft_ms", [])
    return [
        *map(wording.number, answered(summary)),
        wording.span(summary.duration_s),
        wording.number(summary.request_throughput_rps),
        wording.number(summary.output_throughput_tok_s),
        wording.percentile(ttft, "p50", unsupported),
        wording.percentile(ttft, "p99", unsupported),
    ]


def _print_places(console: Console, run: Path) -> None:
    for name, what in _ARTEFACTS:
        if (run / name).exists():
            console.print(f"{what:<11}  {run / name}", soft_wrap=True)
