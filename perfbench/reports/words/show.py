"""Terms as rows that people read, and the tables of a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TextIO

from rich.text import Text

from perfbench.reports.console import new_table
from perfbench.reports.live import make_console
from perfbench.reports.wording import UNKNOWN, number, one_line
from perfbench.reports.words.term import Sheet, Term, Tool, rounded


@dataclass(frozen=True, slots=True)
class Row:
    """One figure of a tool beside ours, in words."""

    name: str
    unit: str
    theirs: str
    ours: str
    figure: str
    """Our name for it."""
    difference: str
    causes: tuple[str, ...]
    """What the difference is made of, each with its part."""
    definition: str
    source: str

    differs: bool
    """Whether more than rounding makes it another figure than ours."""


def rows(sheet: Sheet) -> list[Row]:
    """A row for each term of a sheet."""
    return [_row(term) for term in sheet.terms]


def _row(term: Term) -> Row:
    return Row(
        name=term.name,
        unit="" if f"({term.unit})" in term.name else term.unit,
        theirs=number(term.value),
        ours=number(term.ours),
        figure=term.figure or "",
        difference=_difference(term),
        causes=tuple(f"{_signed(part, term)}: {because}" for because, part in term.causes),
        definition=term.definition,
        source=term.source,
        differs=any(because not in _ROUNDINGS for because, _ in term.causes),
    )


_ROUNDINGS = {rounded(digits) for digits in range(10)}


def _difference(term: Term) -> str:
    if term.value is None:
        return "not known"
    if term.difference is None:
        return UNKNOWN if term.figure else "we have none"
    if term.difference == 0:
        return "the same"
    return _signed(term.difference, term)


def _signed(part: float, term: Term) -> str:
    sign = "+" if part > 0 else "−"
    size = number(part) if isinstance(part, int) else f"{abs(part):.3g}"
    said = f"{sign}{size.lstrip('-')}"
    if term.ours:
        percent = abs(part / term.ours) * 100
        said += f" ({sign}{f'{percent:.2g}' if percent < 99.5 else number(round(percent))} %)"
    return said


def print_words(
    words: Mapping[str, Sequence[Sheet]],
    tools: Mapping[str, Tool],
    file: TextIO,
    width: int | None = None,
) -> None:
    """Print, for each tool and point, what is not as we have it, and why.

    Args:
        words: the points in the words of each tool, by its name.
        tools: the tools, by name.
        file: where to print.
        width: columns; ``None`` asks the terminal (80 where there is none).
    """
    console = make_console(file, width)
    for name, sheets in words.items():
        for sheet in sheets:
            console.print()
            console.rule(
                Text(f"{tools[name].title}: {sheet.label}", style="bold"),
                align="left",
                style="dim",
            )
            found = rows(sheet)
            table = new_table()
            for head in (name, "theirs", "ours", "difference"):
                table.add_column(head, justify="left" if head == name else "right", overflow="fold")
            for row in found:
                if row.differs:
                    said = f"{row.name} ({row.unit})" if row.unit else row.name
                    table.add_row(one_line(said), row.theirs, row.ours, row.difference)
            if table.row_count:
                console.print(table)
            same = sum(not row.differs and row.ours != UNKNOWN != row.theirs for row in found)
            console.print(Text(f"{same} figures are ours, but for rounding", style="dim"))
            reasons = (because for term in sheet.terms for because, _ in term.causes)
            for because in dict.fromkeys(reasons):
                if because not in _ROUNDINGS:
                    console.print(Text(f"· {because}"))
            for note in sheet.notes:
                console.print(Text(f"· {note}", style="yellow"))
