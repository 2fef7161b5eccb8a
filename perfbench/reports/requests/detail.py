"""One request whole: its time line, what was asked and what was answered.

Times are ms after it was sent, negative before; unknown is ``None``. Texts are as they came: who
shows them makes them safe.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from perfbench.metrics.definitions import NS_TO_MS
from perfbench.store import Run
from perfbench.store.samples import sample_of
from perfbench.types import Record


@dataclass(frozen=True, slots=True)
class TokenEvent:
    """One token-bearing event of the answer."""

    ms: float
    gap_ms: float | None
    """After the event before it; ``None`` of the first."""
    tokens: int | None
    """That it carries, where the service says so."""


@dataclass(frozen=True, slots=True)
class RequestDetail:
    """All that is known of a request."""

    row: Mapping[str, Any]
    """As the table shows it."""
    detail: str
    """Why it failed, whole."""
    line: Mapping[str, float | None]
    """When it was due, connecting (the beginning, if it had to), sent, when the head of the answer
    came, the first event, the first that is not reasoning, the last, and the end."""
    events: list[TokenEvent]
    usage: Mapping[str, int | None] | None
    """As the service states it."""
    counted_output_tokens: int | None
    """By the tokenizer."""
    stream: bool
    reused_connection: bool
    restamped: bool
    """The wall clock stepped while it ran: the stamps concerned are the event loop's."""
    response_id: str | None
    prompt: Any
    """What was asked: text, messages, token ids or a body; ``None`` where it is not kept."""
    prompt_kept: bool
    text: str
    reasoning: str
    tool_calls: list[dict[str, Any]] | None
    more_texts: list[str] | None
    """Texts of the choices after the first."""


def detail(run: Run, key: int, row: Mapping[str, Any]) -> RequestDetail | None:
    """All that is known of the request with this id, which the table shows as ``row``."""
    found = run.requests.one(key)
    if found is None:
        return None
    record = found.record
    point = next((each for each in run.points() if each.index == found.point), None)
    sample = None if point is None else sample_of(run.samples.by_seq(point), record)
    return RequestDetail(
        row=row,
        detail=record.detail,
        line=_line(record),
        events=_events(record),
        usage=None if record.usage is None else _fields(record.usage),
        counted_output_tokens=found.counted_output_tokens,
        stream=record.stream,
        reused_connection=record.reused,
        restamped=record.restamped,
        response_id=record.response_id,
        prompt=None if sample is None else sample.input,
        prompt_kept=sample is not None,
        text=record.text,
        reasoning=record.reasoning,
        tool_calls=record.tool_calls,
        more_texts=record.more_texts,
    )


def _line(record: Record) -> dict[str, float | None]:
    sent, stamps = record.sent_ns, record.event_ns
    connecting = None
    if sent is not None and record.connect_ns is not None and not record.reused:
        connecting = sent - record.connect_ns
    instants = {
        "due": record.due_ns,
        "connecting": connecting,
        "sent": sent,
        "headers": record.headers_ns,
        "first": record.first_ns,
        "first_content": record.first_content_ns,
        "last": stamps[-1] if stamps else None,
        "end": record.end_ns,
    }
    return {name: _after(sent, stamp) for name, stamp in instants.items()}


def _events(record: Record) -> list[TokenEvent]:
    if record.sent_ns is None:
        return []
    stamps = [round((stamp - record.sent_ns) * NS_TO_MS, 6) for stamp in record.event_ns]
    said: list[int | None] = [None] * len(stamps)
    if record.event_tokens is not None:
        said = np.frombuffer(record.event_tokens, dtype="<u2").tolist()
    gaps = [None, *(round(b - a, 6) for a, b in pairwise(stamps))]
    return [TokenEvent(*each) for each in zip(stamps, gaps, said, strict=False)]


def _after(sent: int | None, stamp: int | None) -> float | None:
    return None if sent is None or stamp is None else round((stamp - sent) * NS_TO_MS, 6)


def _fields(usage: Any) -> dict[str, int | None]:
    return {name: getattr(usage, name) for name in usage.__struct_fields__}
