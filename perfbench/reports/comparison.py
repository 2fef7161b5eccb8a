"""Load tests against each other, on the terminal and as a page: what differs by more than chance.

A is the baseline, B each other run. Works from a ``LoadTestComparison`` alone, but for the facts of
the baseline that head the page.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TextIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from perfbench.errors import StoreError
from perfbench.metrics.comparison import (
    Difference,
    LoadComparison,
    LoadTestComparison,
    RunComparison,
)
from perfbench.metrics.definitions import figure_title
from perfbench.reports.console import new_table
from perfbench.reports.frame import About, describe, fill, plain
from perfbench.reports.live import make_console
from perfbench.reports.wording import UNKNOWN, chance, change, number, one_line, share
from perfbench.store import Run

_STYLES = {"worse": "red", "better": "green", "not shown": "", None: "dim"}
_HEADS = ("A", "B", "B − A", "in %", "95 % interval", "p", "could see")
_WIDE = 110
"""Columns from which a table has all it can have."""
_BOUND = 0.25
"""Relative difference at which the bars of the page end, unless one reaches farther."""


def print_load_comparison(
    comparison: LoadTestComparison, file: TextIO, width: int | None = None
) -> None:
    """Print what differs between load tests and whether it is more than chance.

    Args:
        file: where to print.
        width: columns; ``None`` asks the terminal (80 where there is none).
    """
    console = make_console(file, width)
    console.print(f"A  {one_line(comparison.baseline)} (baseline)")
    for run in comparison.runs:
        _print_run(console, run)
    for sentence in assumptions(comparison):
        console.print(Text(sentence, style="dim"))


def _print_run(console: Console, run: RunComparison) -> None:
    console.print(f"B  {one_line(run.run)}")
    console.print()
    if run.settings:
        table = new_table()
        for head in ("differs", "A", "B"):
            table.add_column(head, overflow="fold")
        for name, a, b in run.settings:
            table.add_row(one_line(name), plain(a), plain(b))
        console.print(table)
        console.print()
    for load in run.loads:
        _print_load(console, load)
    for side, names in (("A", run.only_a), ("B", run.only_b)):
        if names:
            console.print(f"only in {side}: {', '.join(map(one_line, names))}")
    console.print(Text(run.verdict, style="bold"))
    console.print()


def _print_load(console: Console, load: LoadComparison) -> None:
    console.print(Text(_title(load), style="bold"))
    if load.why_not is not None:
        console.print(Text(f"  cannot be compared: {one_line(load.why_not)}", style="yellow"))
    for note in load.notes:
        console.print(Text(f"  {one_line(note)}", style="yellow"))
    if load.differences:
        console.print(_table(load.differences, console.width))
    console.print()


def _table(differences: Sequence[Difference], width: int) -> Table:
    table = new_table()
    table.add_column("", overflow="fold", min_width=12)
    # In a narrow terminal what can be worked out from the rest goes first: times are ms.
    narrow = width < _WIDE
    left_out = {"B − A"} if narrow else set()
    for head in _HEADS:
        if head not in left_out:
            table.add_column(head, justify="right", no_wrap=True)
    table.add_column("B is", justify="left", no_wrap=True)
    for each in differences:
        cells = dict(zip(_HEADS, _cells(each), strict=True))
        table.add_row(
            figure_title(each.figure).removesuffix(" (ms)" if narrow else ""),
            *(cell for head, cell in cells.items() if head not in left_out),
            Text(each.change or UNKNOWN, style=_STYLES[each.change]),
        )
    return table


def _cells(each: Difference) -> tuple[str, ...]:
    interval = UNKNOWN
    if each.low is not None:
        interval = f"{change(each.low)} to {change(each.high)}"
    sign = "+" if each.difference > 0 else ""
    return (
        number(each.a),
        number(each.b),
        sign + number(each.difference),
        change(each.relative),
        interval,
        chance(each.p_holm),
        change(each.smallest).removeprefix("+"),
    )


def _title(load: LoadComparison) -> str:
    a, b = load.runs
    return load.load if a == b == 1 else f"{load.load} (run {a} times in A, {b} in B)"


def assumptions(comparison: LoadTestComparison) -> list[str]:
    """What the figures stand on, in sentences."""
    found = [each for run in comparison.runs for load in run.loads for each in load.differences]
    sources = {each.source for each in found}
    said = [
        f"p is corrected for the {comparison.tests:,} figures that were looked at (Holm); "
        "intervals are of one figure each. could see: the least slow-down that would have been "
        "found with 80 % probability."
    ]
    if "within runs" in sources:
        said.append(
            "A single run on each side: intervals are from its requests (autocorrelation "
            f"respected) and an assumed spread between runs of {share(comparison.run_spread)}. "
            "Whatever else differs between two runs of one service is taken for a difference: "
            "--repeat measures it."
        )
    if "between runs" in sources:
        said.append("Repeats: intervals are from the spread between runs of one load.")
    return said


def write_comparison_page(comparison: LoadTestComparison, baseline: Run, path: Path) -> None:
    """Write the page, complete in itself.

    Args:
        baseline: the run that the others are held against, for what is said of it.

    Raises:
        StoreError: it cannot be written.
    """
    about = describe(baseline)
    others = ", ".join(run.run for run in comparison.runs)
    about = replace(
        about,
        title=f"{one_line(comparison.baseline)} against {one_line(others)}",
        facts={"A (baseline)": comparison.baseline, "B": others},
    )
    try:
        path.write_bytes(_page(comparison, about).encode("utf-8", "replace"))
    except OSError as error:
        raise StoreError(f"cannot write {path}: {error.strerror or error}") from None


def _page(comparison: LoadTestComparison, about: About) -> str:
    values = page_values(comparison)
    return fill("comparison.html.j2", about, ("report.css", "comparison.css"), (), values)


def page_values(comparison: LoadTestComparison) -> dict[str, Any]:
    """What a page shows of it: each run with its loads and their rows, heads, assumptions."""
    return {
        "runs": [
            {
                "run": run,
                "settings": [(name, plain(a), plain(b)) for name, a, b in run.settings],
                "loads": [
                    {"load": load, "title": _title(load), "rows": _rows(load.differences)}
                    for load in run.loads
                ],
            }
            for run in comparison.runs
        ],
        "heads": _HEADS,
        "assumptions": assumptions(comparison),
    }


@dataclass(frozen=True, slots=True)
class _Bar:
    """The interval of a difference, drawn: places from 0 to 100."""

    low: float
    value: float
    high: float


def _rows(differences: Sequence[Difference]) -> list[dict[str, Any]]:
    ends = [abs(end) for each in differences for end in (each.low, each.high) if end is not None]
    bound = min(max([*ends, 0.01]), _BOUND)

    def place(relative: float) -> float:
        return round(50 + 50 * min(max(relative / bound, -1.0), 1.0), 2)

    return [
        {
            "title": figure_title(each.figure),
            "cells": _cells(each),
            "change": each.change,
            "bar": None
            if each.low is None or each.high is None
            else _Bar(place(each.low), place(each.relative), place(each.high)),
            "bound": f"±{bound:.0%}",
        }
        for each in differences
    ]
