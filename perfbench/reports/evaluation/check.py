"""What is shown of a judge that was held against the labels of people: tables, and JSON.

Shares are shown as per cent and are of 1 in JSON; unknown is an en dash, and null.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import msgspec
from rich.text import Text

from perfbench.reports import wording
from perfbench.reports.console import new_table
from perfbench.reports.evaluation.figures import interval, percent
from perfbench.reports.live import make_console
from perfbench.reports.written import write_whole

if TYPE_CHECKING:
    from perfbench.evaluation.figures.agreement import Agreement
    from perfbench.evaluation.figures.calibration import Calibration
    from perfbench.evaluation.figures.intervals import Estimate
    from perfbench.evaluation.judge_check import Check

SCHEMA = "perfbench.judge-check/1"
FILE = "judge_check.json"


def json_of(check: Check) -> dict[str, Any]:
    """All figures as JSON types."""
    found: dict[str, Any] = {
        "schema": SCHEMA,
        "run": {"path": str(check.run.path.absolute())},
        "prompt": check.rubric.name,
        "interrupted": check.interrupted,
        "judges": [
            {"judge": name, **msgspec.to_builtins(each)}
            for name, each in check.calibrations.items()
        ],
        "failures": {name: str(error) for name, error in check.result.failures.items()},
    }
    return check.run.scrub(found)  # type: ignore[no-any-return]


def write_check(check: Check) -> Path:
    """Write the figures into the run's folder.

    Raises:
        StoreError: it cannot be written.
    """
    path = check.run.path / FILE
    return write_whole(path, [msgspec.json.format(msgspec.json.encode(json_of(check)), indent=2)])


def print_check(check: Check, file: TextIO, width: int | None = None) -> None:
    """Print what a person wants to know of each judge."""
    console = make_console(file, width)
    for name, found in check.calibrations.items():
        console.print()
        console.rule(
            Text(f"judge {name}: {check.rubric.name}", style="bold"), align="left", style="dim"
        )
        table = new_table()
        for title in ("figure", "value", "95 % interval", "questions"):
            justify: Any = "left" if title == "figure" else "right"
            table.add_column(title, justify=justify, overflow="fold")
        for what, value, between, questions in _rows(check, found):
            table.add_row(what, value, between, questions)
        console.print(table)
        lacking = found.labels - found.verdicts
        said = f"verdicts on {found.verdicts:,} of {found.labels:,} labels"
        console.print(Text(f"{said}{f'; {lacking:,} without' if lacking else ''}"))
        _print_confusion(console, found)
    for name, error in check.result.failures.items():
        console.print(Text(f"{name} failed: {wording.one_line(str(error), 1000)}", style="red"))
    console.print()
    console.print(f"records      {check.run.path / 'run.db'}", soft_wrap=True)
    console.print(f"figures      {check.run.path / FILE}", soft_wrap=True)


def _rows(check: Check, found: Calibration) -> list[tuple[str, str, str, str]]:
    scale, pairwise = check.rubric.contract.is_scale, check.rubric.is_pairwise
    rows = [_share("says the same as people", found.accuracy)]
    if pairwise:
        rows.append(_share("the same where neither says tie", found.decided))
    rows.append(_agreement("Krippendorff's alpha" if scale else "Cohen's kappa", found.kappa))
    length = found.length
    if pairwise:
        rows += [
            _share("the same in both orders", found.same_swapped),
            _share("what is shown first wins (50: no bias)", found.first_wins),
            _share("the longer answer wins, by the judge", length.judge),
            _share("the longer answer wins, by people", length.human),
            _share("difference of the two", length.difference),
        ]
    else:
        rows += [
            _share("over people on the longer half of answers", length.judge),
            _share("over people on the shorter half", length.human),
            _share("difference of the two", length.difference),
        ]
    return rows


def _share(what: str, estimate: Estimate) -> tuple[str, str, str, str]:
    return what, percent(estimate.value), interval(estimate), f"{estimate.samples:,}"


def _agreement(what: str, found: Agreement) -> tuple[str, str, str, str]:
    value = wording.UNKNOWN if found.value is None else f"{found.value:.3f}"
    between = wording.UNKNOWN
    if found.low is not None and found.high is not None:
        between = f"{found.low:.3f}–{found.high:.3f}"
    return what, value, between, f"{found.clusters:,}"


_LARGEST = 6
"""Labels with which a table of confusions is still read."""


def _print_confusion(console: Any, found: Calibration) -> None:
    labels = list(found.confusion)
    if not labels or len(labels) > _LARGEST:
        return
    table = new_table()
    table.add_column("people", justify="left")
    for label in labels:
        table.add_column(f"judge {label}", justify="right")
    for human, row in found.confusion.items():
        table.add_row(human, *(f"{row.get(label, 0):,}" for label in labels))
    console.print(table)
