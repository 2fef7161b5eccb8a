"""The ``ollama`` and ``ollama_generate`` endpoints: Ollama's ``/api/chat`` and ``/api/generate``.

A stream is one JSON object on each line. The last has ``done``, why, and the counts; a prompt that
was in the cache has none.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from perfbench.endpoints.body import PlacedWriter, kind_of, refused
from perfbench.endpoints.fields import error_text, load, mapping, rows, text, tokens, tool_call
from perfbench.endpoints.messages import (
    Image,
    cannot_carry,
    chat,
    parts,
    system_apart,
    text_of,
)
from perfbench.types import Delta, Generation, Message, PromptForm, Sample, Usage

_PLACES = {
    "max_tokens": "options.num_predict",
    "repetition_penalty": "options.repeat_penalty",
    **{
        name: f"options.{name}"
        for name in ("temperature", "top_p", "top_k", "frequency_penalty", "stop")
    },
}


class Ollama:
    """Text is sent as one user message, messages as they are, a dict as the whole body."""

    name = "ollama"
    takes: frozenset[PromptForm] = frozenset({"messages"})
    ignores = refused(_PLACES)
    framing = "ndjson"
    models_path = "/api/tags"

    def __init__(self, generation: Generation) -> None:
        own = {"model": generation.model, "stream": generation.stream}
        self._writer = PlacedWriter(generation, _PLACES, own)

    def path(self) -> str:
        """Request target below the base URL."""
        return "/api/chat"

    def build(self, sample: Sample) -> bytes:
        """The JSON body of one request.

        Raises:
            ConfigError: the sample holds what it cannot carry (token ids, another API's body).
        """
        content = sample.input
        if kind_of(sample) != "body" or not isinstance(content, dict):
            messages = chat(sample, self.name)
            return self._writer.asking(sample, self._question(sample, messages))
        if self._asked not in content:
            raise cannot_carry(sample, self.name, f"it wants a {self._asked}")
        return self._writer.whole(sample, content)

    _asked = "messages"

    def _question(self, sample: Sample, messages: list[Message]) -> dict[str, Any]:
        return {"messages": [_message(each) for each in messages]}

    def parse(self, data: bytes) -> Delta:
        """Read one line, or a whole answer, of either path.

        Raises:
            ValueError: it is not JSON, or not an object.
        """
        answer = load(data)
        message = mapping(answer.get("message"))
        said = message or answer
        calls = []
        for call in rows(message.get("tool_calls")):
            function = mapping(call.get("function"))
            index = tokens(function.get("index"))
            given = function.get("arguments")
            calls += tool_call(index, call.get("id"), function.get("name"), given) or []
        over = answer.get("done") is True
        return Delta(
            text=text(said.get("content")) or text(said.get("response")) or "",
            reasoning=text(said.get("thinking")) or "",
            tool_calls=calls or None,
            finish=(text(answer.get("done_reason")) or "stop") if over else None,
            usage=_usage(answer) if over else None,
            error=None if "done" in answer and not answer.get("error") else error_text(answer),
            done=over,
        )


class OllamaGenerate(Ollama):
    """Text is sent as ``prompt``, to which the service puts its template; a dict as the body."""

    name = "ollama_generate"
    _asked = "prompt"

    def path(self) -> str:
        """Request target below the base URL."""
        return "/api/generate"

    def _question(self, sample: Sample, messages: list[Message]) -> dict[str, Any]:
        system, turns = system_apart(messages)
        if len(turns) != 1:
            raise cannot_carry(sample, self.name, "use --api ollama")
        question: dict[str, Any] = {"system": system} if system else {}
        question["prompt"] = text_of(turns[0])
        if images := _images(turns[0]):
            question["images"] = images
        return question


def _message(message: Message) -> Message:
    if not isinstance(message.get("content"), list):
        return message
    plain = {**message, "content": text_of(message)}
    images = _images(message)
    return {**plain, "images": images} if images else plain


def _images(message: Message) -> list[str]:
    """Base64 of a message's images."""
    return [each.data for each in parts(message) if isinstance(each, Image) and each.data]


def _usage(answer: Mapping[str, Any]) -> Usage | None:
    asked, output = tokens(answer.get("prompt_eval_count")), tokens(answer.get("eval_count"))
    return None if asked is None and output is None else Usage(asked, output)
