"""The ``dashscope`` endpoint: DashScope's own text generation, not its OpenAI-compatible one.

Whether an answer is streamed is said in a header. Events hold all of the text so far unless
``incremental_output`` is asked for, as it is here; services that do not know it are read all the
same.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from perfbench.endpoints.body import PlacedWriter, kind_of, refused
from perfbench.endpoints.fields import error_text, load, mapping, rows, text, tokens, tool_call
from perfbench.endpoints.messages import Image, Part, cannot_carry, chat, parts, text_of
from perfbench.types import Delta, Generation, Message, PromptForm, Sample, Usage

_PLACES = {
    name: f"parameters.{name}"
    for name in ("max_tokens", "temperature", "top_p", "top_k", "repetition_penalty", "stop", "n")
}
_UNSAID = (None, "", "null")


class DashScope:
    """Text is sent as one user message, messages as they are, a dict as the whole body."""

    name = "dashscope"
    takes: frozenset[PromptForm] = frozenset({"messages"})
    ignores = refused(_PLACES)

    def __init__(self, generation: Generation) -> None:
        parameters: dict[str, Any] = {"result_format": "message"}
        if generation.stream:
            parameters["incremental_output"] = True
        own = {"model": generation.model, "parameters": parameters}
        self._writer = PlacedWriter(generation, _PLACES, own)
        self.headers = (("X-DashScope-SSE", "enable"),) if generation.stream else ()

    def path(self) -> str:
        """Request target below the base URL."""
        return "/api/v1/services/aigc/text-generation/generation"

    def build(self, sample: Sample) -> bytes:
        """The JSON body of one request.

        Raises:
            ConfigError: the sample holds what chat cannot carry (token ids, another API's body).
        """
        content = sample.input
        if kind_of(sample) == "body" and isinstance(content, dict):
            if "input" not in content:
                raise cannot_carry(sample, self.name, "it wants an input")
            return self._writer.whole(sample, content)
        messages = [_message(each) for each in chat(sample, self.name)]
        return self._writer.asking(sample, {"input": {"messages": messages}})

    def parse(self, data: bytes) -> Delta:
        """Read one event's data, or a whole answer.

        Raises:
            ValueError: it is not JSON, or not an object.
        """
        event = load(data)
        output = mapping(event.get("output"))
        choices = rows(output.get("choices")) or ([output] if output else [])
        each = [_choice(choice, place) for place, choice in enumerate(choices)]
        delta = each[0] if each else Delta()
        delta.more = each[1:] or None
        delta.response_id = text(event.get("request_id"))
        delta.usage = _usage(mapping(event.get("usage")))
        if not (each and (delta.token_bearing or delta.finish or delta.usage)):
            delta.error = error_text(event)
        return delta


def _message(message: Message) -> Message:
    """Parts of a message by name, where it is more than text."""
    if not isinstance(message.get("content"), list):
        return message
    found = list(parts(message))
    if all(isinstance(part, str) for part in found):
        return {**message, "content": text_of(message)}
    return {**message, "content": [_part(part) for part in found]}


def _part(part: Part) -> dict[str, Any]:
    if isinstance(part, str):
        return {"text": part}
    return {"image": part.url} if isinstance(part, Image) else part


def _choice(choice: Mapping[str, Any], place: int) -> Delta:
    message = mapping(choice.get("message"))
    reason = choice.get("finish_reason")
    index = tokens(choice.get("index"))
    calls = []
    for position, call in enumerate(rows(message.get("tool_calls"))):
        function = mapping(call.get("function"))
        number = tokens(call.get("index"))
        calls += (
            tool_call(
                position if number is None else number,
                call.get("id"),
                function.get("name"),
                function.get("arguments"),
            )
            or []
        )
    return Delta(
        text=_said(message.get("content")) or text(choice.get("text")) or "",
        reasoning=_said(message.get("reasoning_content")),
        tool_calls=calls or None,
        finish=None if reason in _UNSAID else text(reason),
        choice=place if index is None else index,
        so_far=True,
    )


def _said(content: object) -> str:
    """A text, or the texts of a list of parts."""
    if isinstance(content, list):
        return text_of({"content": [{"type": "text", **part} for part in rows(content)]})
    return text(content) or ""


def _usage(counts: Mapping[str, Any]) -> Usage | None:
    asked, output = tokens(counts.get("input_tokens")), tokens(counts.get("output_tokens"))
    if asked is None and output is None:
        return None
    return Usage(
        asked,
        output,
        tokens(mapping(counts.get("prompt_tokens_details")).get("cached_tokens")),
        tokens(mapping(counts.get("output_tokens_details")).get("reasoning_tokens")),
    )
