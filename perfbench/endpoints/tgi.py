"""The ``tgi`` endpoint: Text Generation Inference's own ``/generate_stream`` and ``/generate``.

Every event is one token; those of special tokens carry no text. The last has the whole text again,
and with ``details`` the finish and the counts.
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
    "max_tokens": "parameters.max_new_tokens",
    "do_sample": "parameters.do_sample",
    **{
        name: f"parameters.{name}"
        for name in (
            *("temperature", "top_p", "top_k", "frequency_penalty", "repetition_penalty", "stop"),
        )
    },
}
_FINISHES = {"eos_token": "stop", "stop_sequence": "stop"}


class TGI:
    """Text is sent as ``inputs``, a dict as the whole body."""

    name = "tgi"
    takes: frozenset[PromptForm] = frozenset({"text"})
    ignores = refused(_PLACES)
    models_path = "/info"

    def __init__(self, generation: Generation) -> None:
        generation = msgspec.structs.replace(generation, sampling=_allowed(generation.sampling))
        self._writer = PlacedWriter(generation, _PLACES, {"parameters": {"details": True}})
        self._streams = generation.stream

    def path(self) -> str:
        """Request target below the base URL."""
        return "/generate_stream" if self._streams else "/generate"

    def build(self, sample: Sample) -> bytes:
        """The JSON body of one request.

        Raises:
            ConfigError: the sample holds something else than text or a body of this API.
        """
        content = sample.input
        if isinstance(content, str):
            return self._writer.asking(sample, {"inputs": content})
        if kind_of(sample) == "body" and isinstance(content, dict) and "inputs" in content:
            return self._writer.whole(sample, content)
        raise cannot_carry(sample, self.name, "it wants text (load tests: --apply-chat-template)")

    def parse(self, data: bytes) -> Delta:
        """Read one event's data, or a whole answer.

        Raises:
            ValueError: it is not JSON, or no answer.
        """
        answer = read(data)
        if isinstance(answer, list) and len(answer) == 1:
            answer = answer[0]
        if not isinstance(answer, dict):
            raise ValueError(f"expected a JSON object, got {type(answer).__name__}")
        details = mapping(answer.get("details"))
        reason = text(details.get("finish_reason"))
        whole = text(answer.get("generated_text"))
        delta = Delta(
            finish=_FINISHES.get(reason, reason) if reason else None,
            usage=_usage(details),
            done=whole is not None,
        )
        token = mapping(answer.get("token"))
        if token:
            delta.text = "" if token.get("special") else text(token.get("text")) or ""
            delta.tokens = 1
        elif whole is not None:
            delta.text = whole
        else:
            delta.error = error_text(answer)
        return delta


def _allowed(sampling: Mapping[str, Any]) -> dict[str, Any]:
    """The same wishes in the values that the service lets pass: it knows no temperature of 0, and
    no ``top_p`` of 1."""
    allowed = dict(sampling)
    if "temperature" in allowed:
        allowed["do_sample"] = allowed["temperature"] > 0
        if not allowed["do_sample"]:
            del allowed["temperature"]
    if allowed.get("top_p") == 1:
        del allowed["top_p"]
    return allowed


def _usage(details: Mapping[str, Any]) -> Usage | None:
    output = tokens(details.get("generated_tokens"))
    asked = tokens(details.get("input_length"))
    if asked is None and rows(details.get("prefill")):
        asked = len(rows(details.get("prefill")))
    return None if asked is None and output is None else Usage(asked, output)
