"""Terms as rows that people read, and the tables of a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TextIO

from rich.text import Text

from perfbench.reports.console import new_table
from perfbench.reports.live import make_console
from perfbench.reports.words.term import Sheet, Term, Tool
from perfbench.reports.wording import UNKNOWN, number, one_line


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

    @property
    def differs(self) -> bool:
        """Whether it is not the same as ours."""
        return bool(self.causes)


def rows(sheet: Sheet) -> list[Row]:
    """A row for each term of a sheet."""
    return [_row(term) for term in sheet.terms]


def _row(term: Term) -> Row:
    return Row(
        name=term.name,
        unit=term.unit,
        theirs=number(term.value),
        ours=number(term.ours),
        figure=term.figure or "",
        difference=_difference(term),
        causes=tuple(f"{_signed(part, term)}: {because}" for because, part in term.causes),
        definition=term.definition,
        source=term.source,
    )


def _difference(term: Term) -> str:
    if term.value is None:
        return "not known"
    if term.difference is None:
        return UNKNOWN if term.figure else "we have none"
    return "the same" if term.difference == 0 else _signed(term.difference, term)


def _signed(part: float, term: Term) -> str:
    sign = "+" if part > 0 else "−"
    said = f"{sign}{number(abs(part))}"
    if term.ours:
        said += f" ({sign}{abs(part / term.ours) * 100:.2g} %)"
    return said


def print_words(words: Mapping[str, Sequence[Sheet]], tools: Mapping[str, Tool], file: TextIO,
                width: int | None = None) -> None:
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
                table.add_column(
                    head, justify="left" if head == name else "right", overflow="fold"
                )
            for row in found:
                if row.differs:
                    said = f"{row.name} ({row.unit})" if row.unit else row.name
                    table.add_row(one_line(said), row.theirs, row.ours, row.difference)
            if table.row_count:
                console.print(table)
            same = sum(row.difference == "the same" for row in found)
            console.print(Text(f"{same} figures are the same as ours", style="dim"))
            for because in dict.fromkeys(c for term in sheet.terms for c, _ in term.causes):
                console.print(f"· {because}")
            for note in sheet.notes:
                console.print(Text(f"· {note}", style="yellow"))
