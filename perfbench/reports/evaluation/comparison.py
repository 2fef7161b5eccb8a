"""Two evaluation runs against each other, as a table: the difference, its interval, the flips.

A is the first run, B the second; differences are B minus A in points of per cent. Works from a
``Comparison`` alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TextIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from perfbench.evaluation.figures.compare import (
    Comparison,
    Difference,
    Flip,
    FlipKind,
    TaskComparison,
)
from perfbench.reports.console import new_table
from perfbench.reports.evaluation.figures import percent
from perfbench.reports.live import make_console
from perfbench.reports.wording import UNKNOWN, chance, one_line

FLIP_WORDS: Mapping[FlipKind, str] = {
    "right_to_wrong": "right to wrong",
    "wrong_to_right": "wrong to right",
    "lower": "lower",
    "higher": "higher",
    "scored_to_unscored": "scored to unscored",
    "unscored_to_scored": "unscored to scored",
}


def print_comparison(
    comparison: Comparison, file: TextIO, flips: bool = False, width: int | None = None
) -> None:
    """Print what differs between two runs and whether it is more than chance.

    Args:
        file: where to print.
        flips: list every sample that came out otherwise.
        width: columns; ``None`` asks the terminal (80 where there is none).
    """
    console = make_console(file, width)
    if comparison.tasks:
        console.print(_table(comparison))
        console.print(
            Text(
                "per cent of the samples scored in both; B − A in points, with its 95 % interval; "
                "p corrected for the number of tasks (Holm)",
                style="dim",
            )
        )
        console.print()
    for each in comparison.tasks:
        _print_task(console, each)
    for side, names in (("A", comparison.only_a), ("B", comparison.only_b)):
        if names:
            console.print(f"only in {side}: {', '.join(map(one_line, names))}")
    if flips:
        _print_flips(console, comparison)
    console.print(Text(comparison.verdict, style="bold"))


def _table(comparison: Comparison) -> Table:
    table = new_table()
    table.add_column("task", overflow="fold", min_width=8)
    for head in ("n", "A", "B", "B − A", "95 % interval", "p", "better", "worse"):
        table.add_column(head, justify="right", no_wrap=True)
    table.add_column("real", justify="right")
    for each in comparison.tasks:
        found, counts = each.scored, each.flip_counts
        table.add_row(
            each.task,
            *difference_cells(each),
            str(counts.get("wrong_to_right", 0) + counts.get("higher", 0)),
            str(counts.get("right_to_wrong", 0) + counts.get("lower", 0)),
            "cannot be compared" if found.real is None else "yes" if found.real else "not shown",
        )
    return table


def difference_cells(task: TaskComparison) -> tuple[str, ...]:
    """Samples, both scores, their difference, its interval and p: as tables show them."""
    found = task.scored
    return (
        f"{found.samples:,}",
        percent(found.a),
        percent(found.b),
        points(found.difference),
        interval_in_points(found),
        chance(found.p_holm),
    )


def _print_task(console: Console, each: TaskComparison) -> None:
    console.print(each.verdict)
    counts = [f"{number:,} {FLIP_WORDS[kind]}" for kind, number in each.flip_counts.items()]
    console.print(f"  flipped: {', '.join(counts) or 'none'}")
    for side, samples in (("A", each.only_a), ("B", each.only_b)):
        if samples:
            console.print(f"  {len(samples):,} samples were asked in {side} only: not compared")
    for warning in each.warnings:
        console.print(Text(f"  warning: {warning}", style="yellow"))
    console.print()


def _print_flips(console: Console, comparison: Comparison) -> None:
    table = new_table()
    for head in ("task", "subset", "sample"):
        table.add_column(head, overflow="fold", min_width=8)
    table.add_column("flip", no_wrap=True)
    for head in ("A", "B"):
        table.add_column(head, justify="right", no_wrap=True)
    order = list(FLIP_WORDS)
    for each in comparison.tasks:
        for flip in sorted(each.flips, key=lambda flip: order.index(flip.kind)):
            table.add_row(each.task, *_flip_cells(flip))
    if table.row_count:
        console.print(table)
        console.print()


def _flip_cells(flip: Flip) -> list[str]:
    return [
        one_line(flip.subset),
        one_line(flip.sample_id),
        FLIP_WORDS[flip.kind],
        percent(flip.a),
        percent(flip.b),
    ]


def points(difference: float | None) -> str:
    """A difference of shares as points of per cent."""
    return UNKNOWN if difference is None else f"{difference * 100:+.2f}"


def interval_in_points(found: Difference) -> str:
    """The 95 % interval of a difference."""
    if found.low is None or found.high is None:
        return UNKNOWN
    return f"{points(found.low)} to {points(found.high)}"
