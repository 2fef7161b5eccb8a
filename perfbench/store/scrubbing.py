"""What goes through a scrub before it is stored: whatever a server or a data set has said."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from perfbench.types import Record

Scrub = Callable[[Any], Any]
"""From text, or lists and mappings of it, to the same without secrets."""


def as_is(value: Any) -> Any:
    """Scrubs nothing: for what is known to hold no secret."""
    return value


def without_secrets(record: Record, scrub: Scrub) -> Record:
    """The record, or a copy where a server said a secret in it."""
    if scrub is as_is:
        return record
    said = {name: value for name in _SAID if (value := getattr(record, name))}
    cut = {name: kept for name, value in said.items() if (kept := scrub(value)) != value}
    return msgspec.structs.replace(record, **cut) if cut else record


_SAID = (
    *("sample_id", "conversation", "detail", "text", "reasoning", "tool_calls"),
    *("finish", "response_id", "more_texts"),
)
"""What a server or a data set has a word in."""
