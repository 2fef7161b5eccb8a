"""What is asked of the table of requests, as a page's address or the API's query says it.

Owns the names, the bounds and the errors of a query. Knows columns by name and kind, and no rows.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from perfbench.config.expressions import EXAMPLE, Clause, Limit, read_expression
from perfbench.errors import ConfigError
from perfbench.reports.requests.columns import COLUMNS

MAX_ROWS = 1000
"""Of one page."""
ROWS = 50
"""Of a page, if nothing else is asked."""
_FARTHEST = 1 << 53
NUMBERS = tuple(name for name, column in COLUMNS.items() if column.kind == "number")
_WHERE = "where"
_EXAMPLE = "expected COLUMN OPERATOR NUMBER, such as ttft_ms>200"


class QueryError(ConfigError):
    """A query that cannot be answered; says which parameter is wrong."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field


@dataclass(frozen=True, slots=True)
class Query:
    """Which rows, in which order, and how many of them.

    The rows are those where every column of ``equal`` is so and ``where`` holds; what is unknown
    is neither.
    """

    equal: Mapping[str, str] = field(default_factory=dict)
    """Column -> what it must be. Of words and texts a ``*`` at the end stands for any rest, and
    the outcome ``failed`` for every failure."""
    where: str = ""
    """A condition on columns of numbers, such as ``ttft_ms>200 and output_tokens<10``."""
    sort: str = "id"
    """Column, the smallest first; with ``-`` before it the largest first. What is unknown comes
    last, what is equal in the order of completion."""
    offset: int = 0
    limit: int = ROWS

    @property
    def column(self) -> str:
        """The column that is sorted by."""
        return self.sort.removeprefix("-")

    @property
    def descending(self) -> bool:
        """Whether the largest comes first."""
        return self.sort.startswith("-")

    @property
    def needs(self) -> set[str]:
        """The columns that say which rows, in which order; that of completion needs none."""
        figures = {limit.figure for group in self.limits for limit in group}
        sorted_by = {self.column} - {"id"}
        return {*sorted_by, *self.equal, *figures}

    def number(self, name: str) -> float:
        """What a column of numbers must be.

        Raises:
            QueryError: it is no number.
        """
        try:
            return float(self.equal[name])
        except ValueError:
            text = self.equal[name][:40]
            raise QueryError(name, f"expected a number, not {text!r}") from None

    @property
    def limits(self) -> list[list[Limit]]:
        """``where``: it holds where all limits of one group do. No group if it is empty.

        Raises:
            QueryError: it is no condition, or on other things than columns of numbers.
        """
        if not self.where:
            return []
        try:
            expression = read_expression(self.where)
        except ValueError as error:
            # Figures of a point have parts; columns have none.
            said = str(error).replace(EXAMPLE, _EXAMPLE)
            raise QueryError(_WHERE, said) from None
        return [[_limit(clause) for clause in group] for group in expression.groups]


def read_query(words: Mapping[str, str]) -> Query:
    """The query that these parameters are; an empty one is as if it were not there.

    Raises:
        QueryError: one is unknown or wrong. One line that says what is right.
    """
    given = {name: text.strip() for name, text in words.items() if text.strip()}
    right = (*COLUMNS, _WHERE, "sort", "offset", "limit")
    for name in given:
        if name not in right:
            raise QueryError(name[:60], f"is no filter; there are {', '.join(right)}")
    query = Query(
        equal={name: given[name] for name in COLUMNS if name in given},
        where=given.get(_WHERE, ""),
        sort=given.get("sort", "id"),
        offset=_whole(given, "offset", 0, (0, _FARTHEST)),
        limit=_whole(given, "limit", ROWS, (1, MAX_ROWS)),
    )
    for name in query.equal:
        if name in NUMBERS:
            query.number(name)
    if query.column not in COLUMNS:
        raise QueryError("sort", f"{_unknown(query.column)}: {', '.join(COLUMNS)}")
    _ = query.limits
    return query


def _limit(clause: Clause) -> Limit:
    if not isinstance(clause, Limit):
        raise QueryError(_WHERE, f"'{clause}' compares runs; a request has only figures")
    if clause.figure not in NUMBERS:
        raise QueryError(_WHERE, f"{_unknown(clause.figure)}: {', '.join(NUMBERS)}")
    return clause


def _unknown(name: str) -> str:
    return f"there is no column {name[:60]!r} that this can be done with; there are"


def _whole(given: Mapping[str, str], name: str, default: int, bounds: tuple[int, int]) -> int:
    text = given.get(name)
    if text is None:
        return default
    low, high = bounds
    if re.fullmatch(r"[0-9]{1,16}", text) is None or not low <= int(text) <= high:
        raise QueryError(name, f"expected a whole number from {low} to {high}, not {text[:40]!r}")
    return int(text)
