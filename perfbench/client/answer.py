"""Folds what the events of one response said, and when they came, into the facts of a record.

Knows the nouns ``Delta`` and ``Record`` but no transport, no framing and no API. Stamps are
monotonic ns.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from itertools import pairwise
from typing import Any

from perfbench.types import Delta, Record, Usage, pack_gaps


class Answer:
    """The answer of one request as its deltas arrive."""

    __slots__ = (
        "_counted",
        "_output_so_far",
        "_reasoning",
        "_stamps",
        "_texts",
        "_tokens",
        "_tool_calls",
        "done",
        "error",
        "finish",
        "first_content_ns",
        "response_id",
        "usage",
    )

    def __init__(self) -> None:
        self._texts: dict[int, list[str]] = {}
        self._reasoning: list[str] = []
        self._tool_calls: dict[tuple[int, int], dict[str, Any]] = {}
        self._stamps: list[int] = []
        self._tokens: list[int] = []
        self._counted = True
        self._output_so_far = 0
        self.done = False
        """A ``[DONE]`` event was seen."""
        self.error: str | None = None
        self.finish: str | None = None
        self.first_content_ns: int | None = None
        self.response_id: str | None = None
        self.usage: Usage | None = None

    @property
    def has_tokens(self) -> bool:
        """Whether anything token-bearing came."""
        return bool(self._stamps)

    def add(self, deltas: Iterable[Delta], stamps: Iterable[int]) -> None:
        """Fold deltas in order; ``stamps`` gives the arrival of each."""
        texts = self._texts
        for delta, stamp in zip(deltas, stamps, strict=True):
            text = delta.text
            if text or delta.reasoning or delta.tool_calls:
                self._stamps.append(stamp)
                if text:
                    if delta.choice in texts:
                        texts[delta.choice].append(text)
                    else:
                        texts[delta.choice] = [text]
                if delta.reasoning:
                    self._reasoning.append(delta.reasoning)
                if self.first_content_ns is None and (text or delta.tool_calls):
                    self.first_content_ns = stamp
                if delta.tool_calls:
                    self._merge_tool_calls(delta)
                if self._counted:
                    self._count(delta)
            if delta.usage is not None:
                self._take_usage(delta.usage)
            if delta.finish:
                self.finish = delta.finish
            if delta.error is not None and self.error is None:
                self.error = delta.error
            if self.response_id is None:
                self.response_id = delta.response_id

    def fill(self, record: Record) -> None:
        """Write the folded facts into ``record``, except its outcome."""
        stamps = self._stamps
        if stamps and record.stream:
            record.first_ns = stamps[0]
            record.first_content_ns = self.first_content_ns
            record.gaps, record.gap_width = pack_gaps(
                [later - earlier for earlier, later in pairwise(stamps)]
            )
            if self._counted and len(self._tokens) == len(stamps):
                record.event_tokens = array("H", self._tokens).tobytes()
        choices = ["".join(self._texts[index]) for index in sorted(self._texts)]
        if choices:
            record.text = choices[0]
        record.more_texts = choices[1:] or None
        record.reasoning = "".join(self._reasoning)
        if self._tool_calls:
            record.tool_calls = [self._tool_calls[key] for key in sorted(self._tool_calls)]
        record.finish = self.finish
        record.usage = self.usage
        record.response_id = self.response_id

    def _count(self, delta: Delta) -> None:
        """Tokens of this event, from the event itself or from the growth of running usage."""
        tokens = delta.tokens
        if tokens is None and delta.usage is not None and delta.usage.output_tokens is not None:
            tokens = delta.usage.output_tokens - self._output_so_far
        if tokens is None or not 0 < tokens < 1 << 16:
            self._counted = False
        else:
            self._tokens.append(tokens)

    def _take_usage(self, usage: Usage) -> None:
        if usage.output_tokens is not None:
            self._output_so_far = usage.output_tokens
        if self.usage is None:
            self.usage = usage
            return
        last = self.usage
        self.usage = Usage(
            *(
                old if new is None else new
                for old, new in (
                    (last.input_tokens, usage.input_tokens),
                    (last.output_tokens, usage.output_tokens),
                    (last.cached_tokens, usage.cached_tokens),
                    (last.reasoning_tokens, usage.reasoning_tokens),
                )
            )
        )

    def _merge_tool_calls(self, delta: Delta) -> None:
        for fragment in delta.tool_calls or ():
            key = (delta.choice, int(fragment.get("index") or 0))
            call = self._tool_calls.setdefault(
                key, {"id": None, "type": "function", "function": {"name": "", "arguments": ""}}
            )
            if fragment.get("id"):
                call["id"] = fragment["id"]
            function = fragment.get("function") or {}
            if function.get("name"):
                call["function"]["name"] = function["name"]
            arguments = function.get("arguments")
            if isinstance(arguments, str):
                call["function"]["arguments"] += arguments
            elif arguments is not None:
                call["function"]["arguments"] = arguments
