"""The ``responses`` endpoint: OpenAI's Responses, ``/v1/responses``.

A stream is a line of events that say their ``type``. What is new stands in those that end in
``.delta``; the ``.done`` events and the response at the end repeat it. The end is
``response.completed``, ``.incomplete`` or ``.failed``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from perfbench.endpoints.body import PlacedWriter, kind_of, refused
from perfbench.endpoints.fields import error_text, load, mapping, rows, text, tokens, tool_call
from perfbench.endpoints.messages import Image, Part, cannot_carry, chat, parts
from perfbench.types import Delta, Generation, Message, PromptForm, Sample, Usage

_PLACES = {"max_tokens": "max_output_tokens", "temperature": "temperature", "top_p": "top_p"}
_TEXTS = frozenset(("response.output_text.delta", "response.refusal.delta"))
_THOUGHTS = frozenset(
    [
        *("response.reasoning_text.delta", "response.reasoning_summary_text.delta"),
        *("response.reasoning.delta", "response.reasoning_summary.delta"),
    ]
)
"""Where reasoning comes, by the names of OpenAI and of the servers that speak its API."""
_ARGUMENTS = frozenset(
    ("response.function_call_arguments.delta", "response.custom_tool_call_input.delta")
)
_CALLS = ("function_call", "custom_tool_call")
_ENDS = ("response.completed", "response.incomplete", "response.failed", "response.cancelled")
_REASONS = {"max_output_tokens": "length", "max_tokens": "length"}


class Responses:
    """Text is sent as the input, messages as its items, a dict as the whole body."""

    name = "responses"
    takes: frozenset[PromptForm] = frozenset({"messages"})
    ignores = refused(_PLACES)

    def __init__(self, generation: Generation) -> None:
        own = {"model": generation.model, "stream": generation.stream}
        self._writer = PlacedWriter(generation, _PLACES, own)

    def path(self) -> str:
        """Request target below the base URL."""
        return "/v1/responses"

    def build(self, sample: Sample) -> bytes:
        """The JSON body of one request.

        Raises:
            ConfigError: the sample holds what chat cannot carry (token ids, another API's body).
        """
        content = sample.input
        if isinstance(content, str):
            return self._writer.asking(sample, {"input": content})
        if kind_of(sample) == "body" and isinstance(content, dict):
            if "input" not in content:
                raise cannot_carry(sample, self.name, "it wants an input")
            return self._writer.whole(sample, content)
        return self._writer.asking(sample, {"input": [_item(m) for m in chat(sample, self.name)]})

    def parse(self, data: bytes) -> Delta:
        """Read one event's data, or a whole response.

        Raises:
            ValueError: it is not JSON, or not an object.
        """
        event = load(data)
        kind = event.get("type")
        if kind in _TEXTS:
            return Delta(text(event.get("delta")) or "")
        if kind in _THOUGHTS:
            return Delta("", text(event.get("delta")) or "")
        index = tokens(event.get("output_index")) or 0
        if kind in _ARGUMENTS:
            return Delta(tool_calls=tool_call(index, None, None, event.get("delta")))
        if kind == "response.output_item.added":
            return Delta(tool_calls=_call(mapping(event.get("item")), index, whole=False))
        if kind in _ENDS:
            delta = _ended(mapping(event.get("response")))
            delta.error = delta.error or error_text(event)
            return delta
        if isinstance(kind, str) and kind.startswith("response."):
            return Delta(response_id=text(mapping(event.get("response")).get("id")))
        if rows(event.get("output")):
            return _whole(event)
        return (
            _ended(event) if event.get("object") == "response" else Delta(error=error_text(event))
        )


def _item(message: Message) -> dict[str, Any]:
    """A message as an item of the input."""
    if not isinstance(message.get("content"), list):
        return message
    said = "output_text" if message.get("role") == "assistant" else "input_text"
    return {**message, "content": [_part(each, said) for each in parts(message)]}


def _part(part: Part, said: str) -> dict[str, Any]:
    if isinstance(part, str):
        return {"type": said, "text": part}
    return {"type": "input_image", "image_url": part.url} if isinstance(part, Image) else part


def _whole(response: Mapping[str, Any]) -> Delta:
    """A response in one piece."""
    texts: list[str] = []
    thoughts: list[str] = []
    calls: list[dict[str, Any]] = []
    for index, item in enumerate(rows(response.get("output"))):
        if item.get("type") == "reasoning":
            said = rows(item.get("content")) or rows(item.get("summary"))
            thoughts += [text(part.get("text")) or "" for part in said]
        elif item.get("type") in _CALLS:
            calls += _call(item, index, whole=True) or []
        else:
            for part in rows(item.get("content")):
                texts.append(text(part.get("text")) or text(part.get("refusal")) or "")
    delta = _ended(response)
    delta.text, delta.reasoning, delta.tool_calls = "".join(texts), "".join(thoughts), calls or None
    return delta


def _call(item: Mapping[str, Any], index: int, whole: bool) -> list[dict[str, Any]] | None:
    if item.get("type") not in _CALLS:
        return None
    # Arguments of an item that only begins come in events of their own.
    given = item.get("arguments") or item.get("input") if whole else None
    return tool_call(index, item.get("call_id") or item.get("id"), item.get("name"), given)


def _ended(response: Mapping[str, Any]) -> Delta:
    """How a response ended, and what it has used."""
    status = text(response.get("status"))
    delta = Delta(
        response_id=text(response.get("id")),
        usage=_usage(mapping(response.get("usage"))),
        done=status not in (None, "queued", "in_progress"),
    )
    if status == "completed":
        called = any(item.get("type") in _CALLS for item in rows(response.get("output")))
        delta.finish = "tool_calls" if called else "stop"
    elif status == "incomplete":
        reason = text(mapping(response.get("incomplete_details")).get("reason"))
        delta.finish = _REASONS.get(reason or "", reason) or status
    elif status == "failed" or response.get("error"):
        delta.error = error_text({"error": response.get("error") or "the response failed"})
    elif status == "cancelled":
        delta.error = "the response was cancelled"
    return delta


def _usage(counts: Mapping[str, Any]) -> Usage | None:
    asked, output = tokens(counts.get("input_tokens")), tokens(counts.get("output_tokens"))
    if asked is None and output is None:
        return None
    return Usage(
        asked,
        output,
        tokens(mapping(counts.get("input_tokens_details")).get("cached_tokens")),
        tokens(mapping(counts.get("output_tokens_details")).get("reasoning_tokens")),
    )
