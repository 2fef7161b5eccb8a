"""Folds what the events of one response said, and when they came, into the facts of a record.

Knows the nouns ``Delta`` and ``Record`` but no transport, no framing and no API. Stamps are
monotonic ns.

Servers disagree on what ``usage`` means when several choices (``n`` > 1) stream at once. Read are
the forms whose meaning is certain; otherwise the output tokens of the request are unknown:

- one usage after every choice has finished, in an event without choices, whatever the events of
  single choices say (OpenAI, vLLM, SGLang): the total;
- the same in an event with a choice, if no other event has usage: the total;
- one usage without choices after each finish (llama.cpp): the sum.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from itertools import pairwise
from typing import Any

from perfbench.client.growth import Growth
from perfbench.client.storable import text_of
from perfbench.types import Delta, Record, Usage, pack_gaps

MOST_PARTS = 1024
"""Choices, and tool calls, that one answer may have."""


class Answer:
    """The answer of one request as its deltas arrive."""

    __slots__ = (
        "_counted",
        "_counted_by_usage",
        "_finishes",
        "_growth",
        "_output_so_far",
        "_reasoning",
        "_renumbered",
        "_stamps",
        "_texts",
        "_tokens",
        "_tool_calls",
        "_usages",
        "done",
        "error",
        "excess",
        "first_content_ns",
        "has_result",
        "response_id",
        "results",
    )

    def __init__(self) -> None:
        self._texts: dict[int, list[str]] = {}
        self._reasoning: dict[int, list[str]] = {}
        self._tool_calls: dict[tuple[int, int], _ToolCall] = {}
        self._renumbered: dict[tuple[int, int], tuple[int, int]] = {}
        self._finishes: dict[int, str] = {}
        self._stamps: list[int] = []
        self._tokens: list[int] = []
        self._counted = True
        self._counted_by_usage = False
        self._output_so_far = 0
        self._usages = _Usages()
        self._growth: Growth | None = None
        self.done = False
        """The server has said that the answer is over."""
        self.has_result = False
        """Something came that is no token, and was asked for."""
        self.results = 0
        """How many such things; 0 if that cannot be told."""
        self.error: str | None = None
        self.first_content_ns: int | None = None
        self.response_id: str | None = None
        self.excess: str | None = None
        """What there is too much of; the rest of such an answer is not worth reading."""

    @property
    def has_tokens(self) -> bool:
        """Whether anything token-bearing came."""
        return bool(self._stamps)

    @property
    def events(self) -> int:
        """Token-bearing events so far; those that :meth:`settle` is to tell apart all count."""
        return len(self._stamps) + len(self._growth or ())

    @property
    def complete(self) -> bool:
        """Whether the server said that it is done: ``[DONE]``, or a finish of every choice."""
        return self.done or (bool(self._finishes) and self._finishes.keys() >= self._choices)

    def add(self, deltas: Iterable[Delta], stamps: Iterable[int]) -> None:
        """Fold deltas in order; ``stamps`` gives the arrival of each."""
        texts = self._texts
        for delta, stamp in zip(deltas, stamps, strict=True):
            if delta.so_far or self._growth is not None:
                self._hold(delta, stamp)
                continue
            text = delta.text
            if text or delta.reasoning or delta.tool_calls or (delta.more and delta.token_bearing):
                self._stamps.append(stamp)
                if text:
                    if delta.choice in texts:
                        texts[delta.choice].append(text)
                    else:
                        texts[delta.choice] = [text]
                    if self.first_content_ns is None:
                        self.first_content_ns = stamp
                if delta.reasoning:
                    self._reasoning.setdefault(delta.choice, []).append(delta.reasoning)
                if delta.tool_calls:
                    self._merge_tool_calls(delta, stamp)
                if self._counted:
                    self._count(delta)
            if delta.more:
                self._take_more(delta.more, stamp)
            if delta.finish:
                self._finishes[delta.choice] = delta.finish
            if delta.usage is not None:
                self._usages.add(delta.usage, len(self._finishes), delta.usage_apart)
            if delta.error is not None and self.error is None:
                self.error = delta.error
            if delta.done:
                self.done = True
            if delta.result:
                self.has_result = True
                self.results += delta.results
            if self.response_id is None:
                self.response_id = delta.response_id
        if max(len(texts), len(self._reasoning), len(self._finishes)) > MOST_PARTS:
            self.excess = f"more than {MOST_PARTS:,} choices"

    def add_texts(self, texts: list[str], stamps: list[int]) -> None:
        """Fold events that were text of choice 0 and nothing else; none of the texts is empty."""
        self._stamps += stamps
        if 0 in self._texts:
            self._texts[0] += texts
        else:
            self._texts[0] = texts
        if self.first_content_ns is None:
            self.first_content_ns = stamps[0]
        self._counted = False

    def settle(self) -> None:
        """Fold what could not be read before the last event had come; before :meth:`fill`."""
        growth, self._growth = self._growth, None
        if growth is not None:
            self.add(*growth.settle())

    def fill(self, record: Record) -> None:
        """Write the folded facts into ``record``, except its outcome."""
        choices = sorted(self._choices)
        several = len(choices) > 1
        stamps = self._stamps
        if stamps and record.stream:
            record.first_ns = stamps[0]
            record.first_content_ns = self.first_content_ns
            record.gaps, record.gap_width = pack_gaps(
                [later - earlier for earlier, later in pairwise(stamps)]
            )
            # Running usage of several choices may be of each or of all: it counts no events.
            if self._counted and not (several and self._counted_by_usage):
                record.event_tokens = array("H", self._tokens).tobytes()
        texts = ["".join(self._texts.get(choice, ())) for choice in choices]
        if texts:
            record.text = texts[0]
        record.more_texts = texts[1:] or None
        record.reasoning = "".join("".join(self._reasoning.get(each, ())) for each in choices)
        if self._tool_calls:
            record.tool_calls = [self._tool_calls[key].whole() for key in sorted(self._tool_calls)]
        if self._finishes:
            record.finish = self._finishes[min(self._finishes)]
        record.usage = self._usages.of_choices(len(choices)) if several else self._usages.last
        record.response_id = self.response_id

    @property
    def _choices(self) -> set[int]:
        called = {choice for choice, _ in self._tool_calls}
        return {*self._texts, *self._reasoning, *self._finishes, *called}

    def _hold(self, delta: Delta, stamp: int) -> None:
        """Keep a delta, and those behind it, until all have come."""
        if self._growth is None:
            self._growth = Growth()
        self._growth.add(delta, stamp)
        self.done = self.done or delta.done

    def _take_more(self, deltas: list[Delta], stamp: int) -> None:
        """The further choices of an event: one arrival, whatever their number."""
        for delta in deltas:
            if delta.text:
                self._texts.setdefault(delta.choice, []).append(delta.text)
                if self.first_content_ns is None:
                    self.first_content_ns = stamp
            if delta.reasoning:
                self._reasoning.setdefault(delta.choice, []).append(delta.reasoning)
            if delta.tool_calls:
                self._merge_tool_calls(delta, stamp)
            if delta.finish:
                self._finishes[delta.choice] = delta.finish

    def _count(self, delta: Delta) -> None:
        """Tokens of this event, from the event itself or from the growth of running usage."""
        tokens = delta.tokens
        if tokens is None and delta.usage is not None and delta.usage.output_tokens is not None:
            tokens = delta.usage.output_tokens - self._output_so_far
            self._output_so_far = delta.usage.output_tokens
            self._counted_by_usage = True
        if tokens is None or not 0 < tokens < 1 << 16:
            self._counted = False
        else:
            self._tokens.append(tokens)

    def _merge_tool_calls(self, delta: Delta, stamp: int) -> None:
        if self.first_content_ns is None:
            self.first_content_ns = stamp
        for fragment in delta.tool_calls or ():
            given = (delta.choice, self._place(fragment.get("index")))
            key = self._renumbered.get(given, given)
            call = self._tool_calls.get(key)
            if call is not None and call.is_another(fragment):
                call, key = None, (delta.choice, self._place(None))
                self._renumbered[given] = key
            if call is None:
                if len(self._tool_calls) == MOST_PARTS:
                    self.excess = f"more than {MOST_PARTS:,} tool calls"
                    return
                call = self._tool_calls[key] = _ToolCall()
            call.add(fragment)

    def _place(self, index: Any) -> int:
        """Number of a tool call; one that has none is whole, and comes behind the others."""
        if index is not None:
            return int(index)
        return 1 + max((place for _, place in self._tool_calls), default=-1)


class _ToolCall:
    """One tool call as its fragments arrive."""

    __slots__ = ("_arguments", "_id", "_name")

    def __init__(self) -> None:
        self._id: str | None = None
        self._name = ""
        self._arguments: list[str] = []

    def add(self, fragment: dict[str, Any]) -> None:
        if fragment.get("id"):
            self._id = text_of(fragment["id"])
        function = fragment.get("function") or {}
        if function.get("name"):
            self._name = text_of(function["name"])
        if function.get("arguments") is not None:
            self._arguments.append(text_of(function["arguments"]))

    def is_another(self, fragment: dict[str, Any]) -> bool:
        """Whether a fragment of the same number begins another call: Gemini's services give all
        calls the number 0, and each its own id and name."""
        function = fragment.get("function") or {}
        begins = bool(self._name and function.get("name"))
        return begins and bool(self._id and fragment.get("id") and fragment["id"] != self._id)

    def whole(self) -> dict[str, Any]:
        """The call in the OpenAI shape."""
        function = {"name": self._name, "arguments": "".join(self._arguments)}
        return {"id": self._id, "type": "function", "function": function}


class _Usages:
    """Every ``usage`` of one response, and what they amount to."""

    __slots__ = ("_after", "_apart", "_latest_apart", "_number", "_per_finish", "last")

    def __init__(self) -> None:
        self.last: Usage | None = None
        """The latest of each count: what a response of one choice has used."""
        self._number = 0
        self._apart = 0
        self._after = 0
        self._latest_apart = False
        self._per_finish: list[Usage] | None = []

    def add(self, usage: Usage, finished: int, apart: bool) -> None:
        """Take a usage that came when ``finished`` choices had finished.

        ``apart``: it stands beside no choice of its own.
        """
        self._number += 1
        self._after = finished
        self._latest_apart = apart
        if apart:
            self._apart += 1
            if self._per_finish is not None and finished == len(self._per_finish) + 1:
                self._per_finish.append(usage)
            else:
                self._per_finish = None
        self.last = usage if self.last is None else _later(self.last, usage)

    def of_choices(self, choices: int) -> Usage | None:
        """What a response of several choices has used, as far as that is certain."""
        last = self.last
        if last is None:
            return None
        alone = self._apart == 1 if self._latest_apart else self._number == 1
        if alone and self._after == choices:
            return last
        each = self._per_finish
        if each is None or len(each) != choices:
            return Usage(last.input_tokens, None, last.cached_tokens, None)
        cached = {usage.cached_tokens for usage in each}
        return Usage(
            last.input_tokens,
            _sum([usage.output_tokens for usage in each]),
            last.cached_tokens if len(cached) == 1 else None,
            _sum([usage.reasoning_tokens for usage in each]),
        )


def _later(last: Usage, usage: Usage) -> Usage:
    return Usage(
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


def _sum(counts: list[int | None]) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if len(known) == len(counts) else None
