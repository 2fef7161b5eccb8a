"""The ``sglang`` endpoint: SGLang's own ``/generate``.

Every event has the counts so far, and all of the text so far; a server that was started to send
disjoint segments (``--incremental-streaming-output``) has what is new in its place.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from perfbench.endpoints.body import PlacedWriter, kind_of, refused
from perfbench.endpoints.fields import error_text, mapping, read, rows, text, tokens
from perfbench.endpoints.messages import cannot_carry
from perfbench.types import Delta, Generation, PromptForm, Sample, Usage

_PLACES = {
    "max_tokens": "sampling_params.max_new_tokens",
    "min_tokens": "sampling_params.min_new_tokens",
    **{
        name: f"sampling_params.{name}"
        for name in (
            *("temperature", "top_p", "top_k", "frequency_penalty", "repetition_penalty"),
            *("stop", "ignore_eos", "n"),
        )
    },
}


class _Meta(msgspec.Struct, gc=False):
    id: str | None = None
    finish_reason: None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    cached_tokens: int | None = None
    reasoning_tokens: int | None = None


class _Event(msgspec.Struct, gc=False):
    """An event of an answer that goes on. All token ids so far are in each, and are passed over."""

    text: str
    meta_info: _Meta
    index: int = 0
    error: None = None


_NO_USAGE = Usage()
_decode = msgspec.json.Decoder(_Event).decode


class SGLang:
    """Text is sent as ``text``, token ids as ``input_ids``, a dict as the whole body."""

    name = "sglang"
    takes: frozenset[PromptForm] = frozenset({"text", "token_ids"})
    ignores = refused(_PLACES)
    models_path = "/v1/models"

    def __init__(self, generation: Generation) -> None:
        self._writer = PlacedWriter(generation, _PLACES, {"stream": generation.stream})

    def path(self) -> str:
        """Request target below the base URL."""
        return "/generate"

    def build(self, sample: Sample) -> bytes:
        """The JSON body of one request.

        Raises:
            ConfigError: the sample holds chat messages, or another API's body.
        """
        content = sample.input
        if isinstance(content, str):
            return self._writer.asking(sample, {"text": content})
        if kind_of(sample) == "token ids":
            return self._writer.asking(sample, {"input_ids": content})
        if isinstance(content, dict) and not content.keys().isdisjoint(("text", "input_ids")):
            return self._writer.whole(sample, content)
        raise cannot_carry(
            sample, self.name, "use --api openai, or text (load tests: --apply-chat-template)"
        )

    def parse(self, data: bytes) -> Delta:
        """Read one event's data, or a whole answer; of several choices that is a list.

        Raises:
            ValueError: it is not JSON, or no answer.
        """
        try:
            event = _decode(data)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return self._other(read(data))
        meta = event.meta_info
        usage = Usage(
            tokens(meta.prompt_tokens),
            tokens(meta.completion_tokens),
            tokens(meta.cached_tokens),
            tokens(meta.reasoning_tokens),
        )
        return Delta(
            text=event.text,
            usage=None if usage == _NO_USAGE else usage,
            response_id=meta.id,
            choice=event.index,
            so_far=True,
        )

    def _other(self, answer: Any) -> Delta:
        """What ends an answer, or is one in one piece."""
        if isinstance(answer, list) and rows(answer):
            each = [_delta(one, place) for place, one in enumerate(rows(answer))]
            each[0].more = each[1:] or None
            each[0].error = next((one.error for one in each if one.error), None)
            each[0].usage = _sum([one.usage for one in each])
            each[0].usage_apart = True
            return each[0]
        if not isinstance(answer, dict):
            raise ValueError(f"expected a JSON object, got {type(answer).__name__}")
        return _delta(answer, 0)


def _delta(answer: Mapping[str, Any], place: int) -> Delta:
    meta = mapping(answer.get("meta_info"))
    reason = meta.get("finish_reason")
    why = mapping(reason)
    index = tokens(answer.get("index"))
    delta = Delta(
        text=text(answer.get("text")) or "",
        finish=text(why.get("type")) if why else text(reason),
        usage=_usage(meta),
        response_id=text(meta.get("id")),
        choice=place if index is None else index,
        so_far=True,
    )
    if delta.finish == "abort":
        delta.error = text(why.get("message")) or "the service aborted the request"
    elif not meta:
        delta.error = error_text(answer)
    return delta


def _usage(meta: Mapping[str, Any]) -> Usage | None:
    asked, output = tokens(meta.get("prompt_tokens")), tokens(meta.get("completion_tokens"))
    if asked is None and output is None:
        return None
    cached, thought = tokens(meta.get("cached_tokens")), tokens(meta.get("reasoning_tokens"))
    return Usage(asked, output, cached, thought)


def _sum(usages: list[Usage | None]) -> Usage | None:
    """What choices of one prompt have used together."""
    known = [usage for usage in usages if usage is not None]
    if not known or len(known) < len(usages):
        return None
    outputs = [usage.output_tokens for usage in known]
    output = None if None in outputs else sum(each for each in outputs if each is not None)
    return Usage(known[0].input_tokens, output, known[0].cached_tokens)
