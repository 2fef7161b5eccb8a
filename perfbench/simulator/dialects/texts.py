"""APIs that are asked with text: TGI, SGLang's own, Triton."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from perfbench.simulator.dialects.dialect import Payload, cached, group
from perfbench.simulator.output import Output

if TYPE_CHECKING:
    from perfbench.simulator.api import Call


class TGI:
    """Text Generation Inference's ``/generate_stream`` and ``/generate``."""

    chat = False
    form = "sse"

    def asks(self, body: Payload, path: str, headers: Mapping[str, str]) -> Payload:
        settings = group(body, "parameters")
        return {
            "stream": path.endswith("_stream") or body.get("stream", False),
            "prompt": body.get("inputs"),
            "max_tokens": settings.get("max_new_tokens"),
            "stop": settings.get("stop"),
        }

    def begins(self, call: Call) -> list[Payload]:
        return []

    def says(self, call: Call, reasoning: list[str], content: list[str]) -> list[Payload]:
        return [self._token(index, text) for index, text in enumerate(content, 1)]

    def ends(self, call: Call, output: Output, usage: Payload) -> list[Payload]:
        special = {"id": 2, "text": "</s>", "logprob": 0.0, "special": True}
        return [{"token": special, **self.whole(call, output, usage)}]

    def whole(self, call: Call, output: Output, usage: Payload) -> Payload:
        reason = "length" if output.finish == "length" else "eos_token"
        details: Payload = {"finish_reason": reason, "seed": None}
        if usage:
            details["generated_tokens"] = usage["completion_tokens"]
            details["input_length"] = usage["prompt_tokens"]
        return {"generated_text": "".join(output.content), "details": details}

    def fails(self, message: str) -> Payload:
        return {"error": message, "error_type": "generation"}

    def _token(self, index: int, text: str) -> Payload:
        token = {"id": index, "text": text, "logprob": 0.0, "special": False}
        return {"index": index, "token": token, "generated_text": None, "details": None}


class SGLang:
    """SGLang's ``/generate``: every event has all of the text so far."""

    chat = False
    form = "sse"

    def asks(self, body: Payload, path: str, headers: Mapping[str, str]) -> Payload:
        settings = group(body, "sampling_params")
        prompt = body.get("text") if body.get("text") is not None else body.get("input_ids")
        return {
            "stream": body.get("stream"),
            "prompt": prompt,
            "max_tokens": settings.get("max_new_tokens"),
            "min_tokens": settings.get("min_new_tokens"),
            "ignore_eos": settings.get("ignore_eos"),
            "stop": settings.get("stop"),
        }

    def begins(self, call: Call) -> list[Payload]:
        return []

    def says(self, call: Call, reasoning: list[str], content: list[str]) -> list[Payload]:
        return [{"text": text, "meta_info": {"id": call.id}} for text in _growing(content)]

    def ends(self, call: Call, output: Output, usage: Payload) -> list[Payload]:
        return [self.whole(call, output, usage)]

    def whole(self, call: Call, output: Output, usage: Payload) -> Payload:
        meta: Payload = {"id": call.id, "finish_reason": {"type": output.finish}}
        if usage:
            meta["prompt_tokens"] = usage["prompt_tokens"]
            meta["completion_tokens"] = usage["completion_tokens"]
            meta["cached_tokens"] = cached(usage)
        return {"text": "".join(output.content), "meta_info": meta}

    def fails(self, message: str) -> Payload:
        return {"error": {"message": message}}


class Triton:
    """Triton's generate extension."""

    chat = False
    form = "sse"

    def asks(self, body: Payload, path: str, headers: Mapping[str, str]) -> Payload:
        named = re.search(r"/models/([^/]+)/", path)
        return {
            "model": named[1] if named else None,
            "stream": path.endswith("_stream"),
            "prompt": body.get("text_input"),
            "max_tokens": body.get("max_tokens"),
            "stop": body.get("stop_words"),
        }

    def begins(self, call: Call) -> list[Payload]:
        return []

    def says(self, call: Call, reasoning: list[str], content: list[str]) -> list[Payload]:
        return [self._answer(call, text) for text in content]

    def ends(self, call: Call, output: Output, usage: Payload) -> list[Payload]:
        return []

    def whole(self, call: Call, output: Output, usage: Payload) -> Payload:
        return self._answer(call, "".join(output.content))

    def fails(self, message: str) -> Payload:
        return {"error": message}

    def _answer(self, call: Call, text: str) -> Payload:
        return {"model_name": call.model, "model_version": "1", "text_output": text}


def _growing(texts: list[str]) -> Iterator[str]:
    said = ""
    for text in texts:
        said += text
        yield said
