"""The ``anthropic`` endpoint: Anthropic's Messages, ``/v1/messages``.

A stream is a line of events that say their ``type``: ``message_start``, for each block of the
answer ``content_block_start``, ``..._delta``, ``..._stop``, then ``message_delta`` with the stop
reason and the counts, and ``message_stop``; ``ping`` and ``error`` at any time. Input tokens are
counted there without those of the prompt cache; here they are in it, as everywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from perfbench.endpoints.body import PlacedWriter, kind_of, refused
from perfbench.endpoints.fields import (
    error_text,
    load,
    mapping,
    rows,
    text,
    tokens,
    tool_call,
    total,
)
from perfbench.endpoints.messages import Image, Part, cannot_carry, chat, parts, system_apart
from perfbench.types import Delta, Generation, PromptForm, Sample, Usage

_PLACES = {
    **{name: name for name in ("max_tokens", "temperature", "top_p", "top_k")},
    "stop": "stop_sequences",
}
_LONGEST = 4096
"""The API wants a limit: this one where nothing else sets it."""
_FINISHES = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "tool_use": "tool_calls",
    "refusal": "content_filter",
}


class Anthropic:
    """Text is sent as one user message, messages as they are, a dict as the whole body."""

    name = "anthropic"
    takes: frozenset[PromptForm] = frozenset({"messages"})
    ignores = refused(_PLACES)
    key_header = ("x-api-key", "{}")
    headers = (("anthropic-version", "2023-06-01"),)

    def __init__(self, generation: Generation) -> None:
        own = {"model": generation.model, "max_tokens": _LONGEST, "stream": generation.stream}
        self._writer = PlacedWriter(generation, _PLACES, own)

    def path(self) -> str:
        """Request target below the base URL."""
        return "/v1/messages"

    def build(self, sample: Sample) -> bytes:
        """The JSON body of one request.

        Raises:
            ConfigError: the sample holds what chat cannot carry (token ids, another API's body).
        """
        content = sample.input
        if kind_of(sample) == "body" and isinstance(content, dict):
            if "messages" not in content:
                raise cannot_carry(sample, self.name, "it wants messages")
            return self._writer.whole(sample, content)
        system, turns = system_apart(chat(sample, self.name))
        question: dict[str, Any] = {"system": system} if system else {}
        question["messages"] = [
            {**turn, "content": _content(list(parts(turn)))} if "content" in turn else turn
            for turn in turns
        ]
        return self._writer.asking(sample, question)

    def parse(self, data: bytes) -> Delta:
        """Read one event's data, or a whole message.

        Raises:
            ValueError: it is not JSON, or not an object.
        """
        event = load(data)
        kind = event.get("type")
        if kind == "content_block_delta":
            return _of_delta(mapping(event.get("delta")), event.get("index"))
        if kind == "content_block_start":
            return _of_blocks([mapping(event.get("content_block"))], event.get("index"))
        if kind == "message_start":
            message = mapping(event.get("message"))
            delta = _of_blocks(rows(message.get("content")))
            delta.response_id = text(message.get("id"))
            # Of output tokens it has but those that it has counted already.
            delta.usage = _usage(message.get("usage"), counted=False)
            return delta
        if kind == "message_delta":
            return Delta(
                finish=_finish(mapping(event.get("delta")).get("stop_reason")),
                usage=_usage(event.get("usage")),
            )
        if kind == "message_stop":
            return Delta(done=True)
        if kind == "message":
            delta = _of_blocks(rows(event.get("content")))
            delta.response_id = text(event.get("id"))
            delta.finish = _finish(event.get("stop_reason"))
            delta.usage = _usage(event.get("usage"))
            return delta
        return Delta(error=error_text(event))


def _content(found: list[Part]) -> str | list[dict[str, Any]]:
    if len(found) == 1 and isinstance(found[0], str):
        return found[0]
    return [_part(each) for each in found]


def _part(part: Part) -> dict[str, Any]:
    if isinstance(part, str):
        return {"type": "text", "text": part}
    if not isinstance(part, Image):
        return part
    if not part.data:
        return {"type": "image", "source": {"type": "url", "url": part.url}}
    source = {"type": "base64", "media_type": part.media_type, "data": part.data}
    return {"type": "image", "source": source}


def _of_delta(delta: Mapping[str, Any], index: object) -> Delta:
    """One step of a block; a signature or a citation is no token."""
    kind = delta.get("type")
    if kind == "text_delta":
        return Delta(text(delta.get("text")) or "")
    if kind == "thinking_delta":
        return Delta("", text(delta.get("thinking")) or "")
    if kind == "input_json_delta":
        return Delta(
            tool_calls=tool_call(tokens(index) or 0, None, None, delta.get("partial_json"))
        )
    return Delta()


def _of_blocks(blocks: list[dict[str, Any]], index: object = None) -> Delta:
    """Blocks of an answer: all of a whole one, or the one that begins."""
    texts: list[str] = []
    thoughts: list[str] = []
    calls: list[dict[str, Any]] = []
    for position, block in enumerate(blocks, tokens(index) or 0):
        kind = block.get("type")
        if kind == "text":
            texts.append(text(block.get("text")) or "")
        elif kind == "thinking":
            thoughts.append(text(block.get("thinking")) or "")
        elif kind == "tool_use":
            # The input of a block that only begins is an empty object.
            given = block.get("input") or (None if index is not None else {})
            calls += tool_call(position, block.get("id"), block.get("name"), given) or []
    return Delta("".join(texts), "".join(thoughts), calls or None)


def _finish(reason: object) -> str | None:
    said = text(reason)
    return _FINISHES.get(said, said) if said else None


def _usage(given: object, counted: bool = True) -> Usage | None:
    counts = mapping(given)
    cached = tokens(counts.get("cache_read_input_tokens"))
    written = tokens(counts.get("cache_creation_input_tokens"))
    # Gateways that learn the count at the end begin with 0, which no prompt has.
    asked = total(tokens(counts.get("input_tokens")), cached, written) or None
    output = tokens(counts.get("output_tokens")) if counted else None
    if asked is None and output is None:
        return None
    return Usage(asked, output, cached if asked else None)
