"""The rows of recorded traces: when a request came, and how long it and its answer were.

Owns the formats (Mooncake, Azure LLM inference, BurstGPT, and one of our own); a format is a
function from a file's rows to :class:`Row`. Knows no prompts and no speed. Instants are seconds on
the trace's own clock, lengths tokens.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import msgspec

from perfbench.errors import WorkloadError
from perfbench.rows import DataFile
from perfbench.types import Input
from perfbench.workloads.prompts import json_name, parse_prompt

_DATE = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(\.\d+)?(Z|[+-]\d\d:?\d\d)?")


class Row(msgspec.Struct, frozen=True):
    """One recorded request."""

    id: str
    at_s: float
    input_tokens: int | None = None
    """``None`` where the prompt itself is there."""
    output_tokens: int | None = None
    blocks: tuple[int, ...] = ()
    """What each block of the prompt is, in order: where numbers are equal, the tokens were."""
    input: Input | None = None
    """The recorded prompt or body, where there is one."""


class Rows(msgspec.Struct, frozen=True):
    """The requests of a trace in the order of their arrival."""

    rows: tuple[Row, ...]
    failed: int = 0
    """Rows left out, as the recorded service had no answer for them."""
    sorted: bool = False
    """Whether the file had them in another order."""


Format = Callable[[Mapping[str, Any]], dict[str, Any] | None]
"""The fields of a :class:`Row` from a row by its fields, without ``id``; ``None`` for a request
that failed. Raises ``ValueError`` that says what is wrong and what would be right."""


def read_rows(file: DataFile, form: Format) -> Rows:
    """All requests of a trace.

    Raises:
        WorkloadError: a row is malformed (with its place), or all of them failed.
    """
    rows, failed = [], 0
    for place, row in file.rows():
        try:
            if not isinstance(row, dict):
                raise ValueError(f"a row has its fields by name, it is not {json_name(row)}")
            found = form(row)
        except ValueError as error:
            raise WorkloadError(f"{place}: {error}") from None
        if found is None:
            failed += 1
        else:
            rows.append(Row(place.short, **found))
    if not rows:
        raise WorkloadError(f"{file.path}: the trace has no request that was answered")
    ordered = sorted(rows, key=lambda row: row.at_s)
    return Rows(tuple(ordered), failed, ordered != rows)


def mooncake(row: Mapping[str, Any]) -> dict[str, Any]:
    """``{"timestamp": 27482, "input_length": 6955, "output_length": 52, "hash_ids": [46, 47]}``:
    milliseconds, and a number for each block of 512 tokens of the prompt."""
    blocks = row.get("hash_ids", [])
    if not isinstance(blocks, list) or not all(type(block) is int for block in blocks):
        raise ValueError('"hash_ids" is a list of whole numbers')
    return {
        "at_s": _amount(row, "timestamp") / 1000,
        "input_tokens": _count(row, "input_length"),
        "output_tokens": _count(row, "output_length"),
        "blocks": tuple(blocks),
    }


def azure_llm(row: Mapping[str, Any]) -> dict[str, Any]:
    """``TIMESTAMP,ContextTokens,GeneratedTokens``: a date, and lengths in tokens."""
    return {
        "at_s": _instant(row, "TIMESTAMP"),
        "input_tokens": _count(row, "ContextTokens"),
        "output_tokens": _count(row, "GeneratedTokens"),
    }


def burstgpt(row: Mapping[str, Any]) -> dict[str, Any] | None:
    """``Timestamp,Model,Request tokens,Response tokens,Total tokens,Log Type``: seconds, and
    lengths in tokens. A response of no tokens is one that failed."""
    output = _count(row, "Response tokens")
    if output == 0:
        return None
    return {
        "at_s": _amount(row, "Timestamp"),
        "input_tokens": _count(row, "Request tokens"),
        "output_tokens": output,
    }


def generic(row: Mapping[str, Any]) -> dict[str, Any]:
    """``timestamp`` (seconds, or a date; ``timestamp_ms``: milliseconds), ``output_length``, and
    one of ``input_length`` (with ``hash_ids`` as Mooncake has them), ``body``, ``messages`` and
    ``prompt``."""
    found: dict[str, Any] = {
        "at_s": _amount(row, "timestamp_ms") / 1000
        if "timestamp_ms" in row
        else _instant(row, "timestamp")
    }
    for name in ("output_length", "completion_tokens"):
        if row.get(name) is not None:
            found["output_tokens"] = _count(row, name)
    if "body" in row:
        return {**found, "input": _body(row["body"])}
    if "messages" in row or "prompt" in row:
        return {**found, "input": parse_prompt(row, bodies=False)}
    if "input_length" not in row:
        raise ValueError(
            'no prompt in it; a row has "input_length", "body", "messages" or "prompt"'
        )
    lengths = mooncake({"output_length": 0, **row, "timestamp": 0})
    return {**found, "input_tokens": lengths["input_tokens"], "blocks": lengths["blocks"]}


def _body(value: Any) -> dict[str, Any]:
    try:
        body = json.loads(value) if isinstance(value, str) else value
    except ValueError:
        body = value
    if not isinstance(body, dict) or not body:
        raise ValueError('"body" is the JSON object of a whole request')
    return body


def _field(row: Mapping[str, Any], name: str) -> Any:
    if row.get(name) in (None, ""):
        raise ValueError(f"no {name!r} in it; it has {', '.join(map(str, row)) or 'nothing'}")
    return row[name]


def _amount(row: Mapping[str, Any], name: str) -> float:
    value = _field(row, name)
    try:
        amount = float(value)
    except (TypeError, ValueError):
        amount = math.nan
    if isinstance(value, bool) or not math.isfinite(amount):
        raise ValueError(f"{name!r} is a number, not {value!r}")
    return amount


def _count(row: Mapping[str, Any], name: str) -> int:
    amount = _amount(row, name)
    if amount < 0 or amount != int(amount):
        raise ValueError(f"{name!r} is a number of tokens, not {row[name]!r}")
    return int(amount)


def _instant(row: Mapping[str, Any], name: str) -> float:
    """Seconds: as they stand, or since 1970 of a date with any number of decimals."""
    value = _field(row, name)
    date = _DATE.fullmatch(value.strip()) if isinstance(value, str) else None
    if date is None:
        return _amount(row, name)
    day, time, decimals, zone = date.groups()
    zone = "+00:00" if zone in (None, "Z") else f"{zone[:3]}:{zone[-2:]}"
    try:
        whole = datetime.fromisoformat(f"{day}T{time}{zone}").timestamp()
    except ValueError as error:
        raise ValueError(f"{name!r} is no date: {error}") from None
    return whole + float(decimals or 0)
