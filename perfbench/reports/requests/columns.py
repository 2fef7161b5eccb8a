"""The columns of the table of requests: what each is, and what of the store it is made from.

A column is of numbers, of words from a list that the run knows (its place in the list is kept and
sorts), or of texts. Names are those of the exports. Times are in the unit that the name says.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from perfbench.metrics.columns import OUTCOMES, Floats
from perfbench.metrics.requests import FIGURES, Part, needed
from perfbench.store.requests import TEXTS
from perfbench.types import PHASES

Kind = Literal["number", "word", "text"]
_UNKNOWN = -1
SOURCES = ("usage", "tokenizer")
"""Who says how many tokens an answer has."""
WORDS: Mapping[str, tuple[str, ...]] = {
    "phase": PHASES,
    "outcome": OUTCOMES,
    "output_source": SOURCES,
}
"""The words of a column, where they are the same for all runs."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the table."""

    name: str
    title: str
    unit: str
    meaning: str
    kind: Kind
    fields: frozenset[str]
    """Fields of the store that it is made from; none of a text, which is read as it stands."""
    values: Callable[[Any], NDArray[Any]]
    """Numbers, NaN where unknown, or places in the list of words, -1 where unknown."""


def _figure(name: str) -> Column:
    figure = FIGURES[name]
    fields = needed(figure.values)
    return Column(name, figure.title, figure.unit, figure.meaning, "number", fields, figure.of)


def _number(name: str, title: str, meaning: str, field: str | None = None) -> Column:
    def values(part: Any) -> NDArray[Any]:
        return np.asarray(getattr(part, field or name), dtype=np.float64)

    return Column(name, title, "", meaning, "number", frozenset({field or name}), values)


def _word(name: str, title: str, meaning: str, field: str | None = None) -> Column:
    def values(part: Any) -> NDArray[Any]:
        codes = np.asarray(getattr(part, field or name), dtype=np.float64)
        return np.where(np.isnan(codes), _UNKNOWN, codes).astype(np.int32)

    return Column(name, title, "", meaning, "word", frozenset({field or name}), values)


def _text(name: str, title: str, meaning: str) -> Column:
    return Column(name, title, "", meaning, "text", frozenset(), lambda part: np.empty(0))


def _turn(part: Any) -> Floats:
    return np.where(part.turns > 0, part.turn, np.nan)


def _source(part: Any) -> NDArray[Any]:
    stated = ~np.isnan(part.usage_output_tokens)
    counted = ~np.isnan(part.counted_output_tokens)
    codes = np.where(stated, 0, np.where(counted, 1, _UNKNOWN))
    return codes.astype(np.int32)


def _sent_s(part: Any) -> Floats:
    seconds: Floats = np.round(part.sent_wall_ns / 1e9, 6)
    return seconds


_ALL = (
    _number("id", "#", "place in the order of completion, from 1"),
    _word("point", "Point", "the point of the run"),
    _word("phase", "Phase", "warmup, measure or cooldown"),
    _number("seq", "Seq", "place in the plan of the point"),
    _number("repeat", "Repeat", "which time the sample was asked, from 0"),
    _text("sample_id", "Sample", "what was asked, by name"),
    _text("conversation", "Conversation", "the conversation that the request was a turn of"),
    Column(
        "turn",
        "Turn",
        "",
        "place in the conversation, from 0",
        "number",
        frozenset({"turn", "turns"}),
        _turn,
    ),
    _text("model", "Model", "the model that was asked, where the run asks several"),
    _word("url", "URL", "where it was sent, where the run has several URLs"),
    _number("worker", "Worker", "number of the process that sent it"),
    _word("outcome", "Outcome", "ok, or how it failed"),
    _number("status", "Status", "HTTP status"),
    Column(
        "sent_s",
        "Sent",
        "s",
        "first byte to the kernel, since the run began",
        "number",
        frozenset({"sent_wall_ns"}),
        _sent_s,
    ),
    *(_figure(name) for name in FIGURES),
    Column(
        "output_source",
        "Counted by",
        "",
        "who says how many output tokens: the service's usage, or the tokenizer",
        "word",
        frozenset({"usage_output_tokens", "counted_output_tokens"}),
        _source,
    ),
    _number(
        "reasoning_tokens",
        "Reasoning",
        "tokens of the output that are reasoning",
        "usage_reasoning_tokens",
    ),
    _number("resends", "Resends", "how often it was sent again on another connection"),
    _text("finish", "Finish", "why the answer ended, in OpenAI's words"),
    _text("detail", "Detail", "why it failed: the beginning"),
)
COLUMNS: Mapping[str, Column] = {column.name: column for column in _ALL}
"""Name -> column, in the order in which a table shows them."""

assert {column.name for column in _ALL if column.kind == "text"} == TEXTS


def computed(column: Column, fields: Mapping[str, NDArray[Any]]) -> NDArray[Any]:
    """The numbers or places of a column for the rows whose fields these are."""
    return column.values(Part(fields))
