"""Conditions on figures as people write them: ``ttft_ms.p99<=200 and error_rate<1%``.

    expression = group { "or" group }
    group      = clause { "and" clause }
    clause     = FIGURE OPERATOR NUMBER         OPERATOR is one of <= < >= > == != (also ≤ ≥ ≠)
               | FIGURE "worse" "than" RUN "by" NUMBER%

A clause is told by what follows its figure, so that further kinds have room beside the operators.
Numbers may have units: ``1%`` is 0.01, ``2.5k`` is 2500, and for a figure in ms or s ``0.2s`` is a
duration. Owns the grammar; knows no figure, so that any name is well formed here.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Literal, get_args

import msgspec

from perfbench.config.quantities import plain

Relation = Literal["<=", "<", ">=", ">", "==", "!="]

_HOLDS: Mapping[Relation, Callable[[float, float], bool]] = {
    "<=": operator.le,
    "<": operator.lt,
    ">=": operator.ge,
    ">": operator.gt,
    "==": operator.eq,
    "!=": operator.ne,
}
_SPELLED = {"≤": "<=", "≥": ">=", "≠": "!="}
_TOKEN = re.compile(r"\s*(<=|>=|==|!=|[<>≤≥≠]|[^\s<>=!≤≥≠]+)")
_FIGURE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z0-9_]+)*")
_JOINTS = ("and", "or")
_NO_SHARES = ("_ms", "_s", "_rps", "_tokens", "_usd")
"""How the names of figures end that are an amount of something."""
EXAMPLE = "expected FIGURE OPERATOR NUMBER, such as ttft_ms.p99<=200"
"""How an error begins that is about the form of a clause."""


class Limit(msgspec.Struct, frozen=True):
    """A figure held against a number, which is in the unit of the figure."""

    figure: str
    relation: Relation
    value: float

    def holds(self, found: float) -> bool:
        """Whether a figure of this value is as the limit says."""
        return _HOLDS[self.relation](found, self.value)

    def __str__(self) -> str:
        return f"{self.figure}{self.relation}{_written(self.value)}"


class Worse(msgspec.Struct, frozen=True):
    """A figure held against the same of another run."""

    figure: str
    run: str
    """Folder of a run, its name, or the beginning of it."""
    percent: float
    """By how much it may be worse."""

    def __str__(self) -> str:
        return f"{self.figure} worse than {self.run} by {self.percent:g}%"


Clause = Limit | Worse


class Expression(msgspec.Struct, frozen=True):
    """Groups of clauses: it holds where all of one group do."""

    groups: tuple[tuple[Clause, ...], ...]

    @property
    def clauses(self) -> tuple[Clause, ...]:
        """All of them, in order."""
        return tuple(clause for group in self.groups for clause in group)

    @property
    def limits(self) -> tuple[Limit, ...]:
        """The clauses that hold a figure against a number."""
        return tuple(clause for clause in self.clauses if isinstance(clause, Limit))

    @property
    def comparisons(self) -> tuple[Worse, ...]:
        """The clauses that hold a figure against another run's."""
        return tuple(clause for clause in self.clauses if isinstance(clause, Worse))

    def holds(self, of: Callable[[Clause], bool | None]) -> bool | None:
        """Whether it is true, by whether each clause is; ``None`` where that decides and nobody
        knows (Kleene's logic: unknown *or* true is true, unknown *and* false is false).
        """
        groups = [_all([of(clause) for clause in group]) for group in self.groups]
        if True in groups:
            return True
        return None if None in groups else False

    def __str__(self) -> str:
        return " or ".join(" and ".join(map(str, group)) for group in self.groups)


def read_expression(text: str) -> Expression:
    """The expression that a text is; written again it is read as the same.

    Raises:
        ValueError: it is none. One line.
    """
    tokens = _tokens(text)
    return Expression(
        tuple(
            tuple(_clause(clause) for clause in _parted(group, "and"))
            for group in _parted(tokens, "or")
        )
    )


def parted(text: str) -> list[str]:
    """The texts of the expressions that stand one after the other in a text, apart by a blank, a
    comma or a semicolon: a figure before an operator begins one, unless a joint stands before it.
    """
    found: list[list[str]] = []
    for part in re.split(r"[,;]", text):
        try:
            tokens = _tokens(part)
        except ValueError:
            return [text]  # To be complained of as a whole.
        for place, token in enumerate(tokens):
            follows = place > 0 and tokens[place - 1].lower() in _JOINTS
            begins = tokens[place + 1 : place + 2] and tokens[place + 1] in get_args(Relation)
            if place == 0 or (begins and not follows):
                found.append([])
            found[-1].append(token)
    return [" ".join(tokens) for tokens in found]


def _tokens(text: str) -> list[str]:
    found, place = [], 0
    text = text.rstrip()
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            raise ValueError(f"{EXAMPLE}, not {text!r}")
        found.append(_SPELLED.get(match[1], match[1]))
        place = match.end()
    return found


def _parted(tokens: Sequence[str], joint: str) -> Iterator[list[str]]:
    part: list[str] = []
    for token in tokens:
        if token.lower() == joint:
            yield part
            part = []
        else:
            part.append(token)
    yield part


def _clause(tokens: Sequence[str]) -> Clause:
    shown = " ".join(tokens)
    if len(tokens) > 1 and tokens[1].lower() == "worse":
        return _worse(tokens, shown)
    if len(tokens) != 3 or tokens[1] not in get_args(Relation):
        raise ValueError(f"{EXAMPLE}, not {shown!r}")
    figure, relation, number = tokens
    if _FIGURE.fullmatch(figure) is None:
        raise ValueError(f"{figure!r} in {shown!r} is no name of a figure")
    return Limit(figure, relation, _number(number, figure))  # type: ignore[arg-type]


def _worse(tokens: Sequence[str], shown: str) -> Worse:
    words = tuple(word.lower() for word in tokens)
    if len(tokens) != 6 or (words[2], words[4]) != ("than", "by") or tokens[5][-1:] != "%":
        raise ValueError(f"expected FIGURE worse than RUN by NUMBER%, not {shown!r}")
    try:
        percent = float(tokens[5][:-1])
    except ValueError:
        percent = math.nan
    if not 0 <= percent < 100:
        raise ValueError(f"{tokens[5]!r} in {shown!r} is no per cent from 0 to below 100")
    return Worse(tokens[0], tokens[3], percent)


def _number(word: str, figure: str) -> float:
    bare, share = (word[:-1], 0.01) if word.endswith("%") else (word, 1.0)
    if share != 1.0 and any(part.endswith(_NO_SHARES) for part in figure.split(".")):
        raise ValueError(f"{word!r}: {figure} is no share, and has no per cent")
    try:
        value = float(plain(bare, _unit(figure))) * share
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise ValueError(f"{word!r} is no number to hold {figure} against")
    return value


def _unit(figure: str) -> str | None:
    """What a figure is counted in, as far as it is a time: the names say it."""
    for part in figure.split("."):
        if part.endswith("_ms"):
            return "ms"
        if part.endswith("_s") and not part.endswith("_tok_s"):
            return "s"
    return None


def _written(value: float) -> str:
    return repr(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)


def _all(values: Sequence[bool | None]) -> bool | None:
    if False in values:
        return False
    return None if None in values else True
