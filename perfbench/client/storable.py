"""Makes what a service said fit to be kept: every field of a ``Record`` that came from outside.

A record travels as msgpack and rests in SQLite: both refuse a surrogate without its other half and
an integer beyond 64 bits, and a third party's endpoint may hand over anything. Knows no transport.
"""

from __future__ import annotations

import json

from perfbench.types import Record, Usage

_MOST_TOKENS = 1 << 40
"""A count above it is no count of tokens, and sums of such counts stay far below 64 bits."""
_NO_USAGE = Usage()


def storable(record: Record) -> Record:
    """The record, with texts that can be encoded and counts that can be counts.

    Halves of a character that came in two events are one; a lone one becomes ``?``. A count that is
    negative, absurdly large or no integer becomes unknown.
    """
    record.text = text_of(record.text)
    record.reasoning = text_of(record.reasoning)
    record.finish = _optional(record.finish)
    record.response_id = _optional(record.response_id)
    if record.more_texts is not None:
        record.more_texts = [text_of(each) for each in record.more_texts]
    if record.usage is not None:
        record.usage = _usage(record.usage)
    return record


def text_of(value: object) -> str:
    """The value as a text that UTF-8 can carry; what is not a string is written as JSON."""
    if not isinstance(value, str):
        try:
            value = json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=repr)
        except (ValueError, TypeError, RecursionError):
            value = f"<{type(value).__name__}>"
    if value.isascii():
        return value
    try:
        value.encode()
    except UnicodeEncodeError:
        # Surrogates that stand side by side are one character of UTF-16.
        halves = value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
        return halves.encode("utf-8", "replace").decode()
    return value


def _optional(value: object) -> str | None:
    return None if value is None else text_of(value)


def _usage(usage: Usage) -> Usage | None:
    kept = Usage(
        _count(usage.input_tokens),
        _count(usage.output_tokens),
        _count(usage.cached_tokens),
        _count(usage.reasoning_tokens),
    )
    return None if kept == _NO_USAGE else kept


def _count(value: object) -> int | None:
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return value if 0 <= value <= _MOST_TOKENS else None
