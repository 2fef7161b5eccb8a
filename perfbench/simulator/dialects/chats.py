"""APIs that are asked with chat messages: Responses, Messages, Gemini, DashScope, Ollama."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from perfbench.simulator.dialects.dialect import Payload, cached, group
from perfbench.simulator.output import Output

if TYPE_CHECKING:
    from perfbench.simulator.api import Call


class Responses:
    """OpenAI's Responses."""

    chat = True
    form = "sse with names"

    def asks(self, body: Payload, path: str, headers: Mapping[str, str]) -> Payload:
        given = body.get("input")
        messages = [{"role": "user", "content": given}] if isinstance(given, str) else given
        limit = body.get("max_output_tokens")
        return {**_common(body), "messages": messages, "max_tokens": limit}

    def begins(self, call: Call) -> list[Payload]:
        begun = _response(call, "in_progress", [])
        return [{"type": "response.created", "response": begun}]

    def says(self, call: Call, reasoning: list[str], content: list[str]) -> list[Payload]:
        place = {"item_id": f"msg_{call.number}", "output_index": 0, "content_index": 0}
        thoughts = [{"type": "response.reasoning_text.delta", "delta": t} for t in reasoning]
        texts = [{"type": "response.output_text.delta", **place, "delta": t} for t in content]
        return thoughts + texts

    def ends(self, call: Call, output: Output, usage: Payload) -> list[Payload]:
        ended = self.whole(call, output, usage)
        return [{"type": f"response.{ended['status']}", "response": ended}]

    def whole(self, call: Call, output: Output, usage: Payload) -> Payload:
        said = {"type": "output_text", "text": "".join(output.content), "annotations": []}
        items = [{"type": "message", "role": "assistant", "content": [said]}]
        if output.reasoning:
            thought = {"type": "reasoning_text", "text": "".join(output.reasoning)}
            items.insert(0, {"type": "reasoning", "summary": [], "content": [thought]})
        cut = output.finish == "length"
        ended = _response(call, "incomplete" if cut else "completed", items)
        if cut:
            ended["incomplete_details"] = {"reason": "max_output_tokens"}
        if usage:
            ended["usage"] = {
                "input_tokens": usage["prompt_tokens"],
                "input_tokens_details": {"cached_tokens": cached(usage)},
                "output_tokens": usage["completion_tokens"],
                "output_tokens_details": {"reasoning_tokens": len(output.reasoning)},
            }
        return ended

    def fails(self, message: str) -> Payload:
        return {"type": "error", "code": "server_error", "message": message}


class Anthropic:
    """Anthropic's Messages."""

    chat = True
    form = "sse with names"

    def asks(self, body: Payload, path: str, headers: Mapping[str, str]) -> Payload:
        system = body.get("system")
        first = [{"role": "system", "content": system}] if system else []
        messages = body.get("messages")
        return {
            **_common(body),
            "messages": [*first, *messages] if isinstance(messages, list) else None,
            "max_tokens": body.get("max_tokens"),
            "stop": body.get("stop_sequences"),
        }

    def begins(self, call: Call) -> list[Payload]:
        message = {**self._message(call), "content": [], "usage": {"input_tokens": 0}}
        if call.options.usage != "missing":
            message["usage"] = {"input_tokens": call.prompt_tokens, "output_tokens": 1}
        return [{"type": "message_start", "message": message}, {"type": "ping"}]

    def says(self, call: Call, reasoning: list[str], content: list[str]) -> list[Payload]:
        thoughts = [{"type": "thinking_delta", "thinking": text} for text in reasoning]
        texts = [{"type": "text_delta", "text": text} for text in content]
        blocks = [(0, each) for each in thoughts]
        blocks += [(1 if thoughts else 0, each) for each in texts]
        return [
            {"type": "content_block_delta", "index": index, "delta": each} for index, each in blocks
        ]

    def ends(self, call: Call, output: Output, usage: Payload) -> list[Payload]:
        delta = {"stop_reason": self._reason(output), "stop_sequence": None}
        counts = self._usage(usage)
        return [
            {"type": "content_block_stop", "index": 1 if output.reasoning else 0},
            {"type": "message_delta", "delta": delta, "usage": counts},
            {"type": "message_stop"},
        ]

    def whole(self, call: Call, output: Output, usage: Payload) -> Payload:
        blocks = [{"type": "text", "text": "".join(output.content)}]
        if output.reasoning:
            blocks.insert(0, {"type": "thinking", "thinking": "".join(output.reasoning)})
        reason = self._reason(output)
        told = {"content": blocks, "stop_reason": reason, "usage": self._usage(usage)}
        return {**self._message(call), **told}

    def fails(self, message: str) -> Payload:
        return {"type": "error", "error": {"type": "api_error", "message": message}}

    def _message(self, call: Call) -> Payload:
        named = {"id": f"msg_{call.number}", "type": "message", "role": "assistant"}
        return {**named, "model": call.model, "stop_reason": None}

    def _reason(self, output: Output) -> str:
        return "max_tokens" if output.finish == "length" else "end_turn"

    def _usage(self, usage: Payload) -> Payload:
        if not usage:
            return {}
        held = cached(usage)
        return {
            "input_tokens": usage["prompt_tokens"] - held,
            "cache_read_input_tokens": held,
            "output_tokens": usage["completion_tokens"],
        }


class Gemini:
    """Google's ``generateContent``."""

    chat = True
    form = "sse"

    def asks(self, body: Payload, path: str, headers: Mapping[str, str]) -> Payload:
        settings = group(body, "generationConfig")
        turns = [body.get("systemInstruction"), *_list(body.get("contents"))]
        named = re.search(r"/models/([^/:]+):", path)
        return {
            "model": named[1] if named else None,
            "stream": "stream" in path.rpartition(":")[2],
            "messages": [
                {"role": turn.get("role", "system"), "content": turn.get("parts")}
                for turn in turns
                if isinstance(turn, dict)
            ],
            "max_tokens": settings.get("maxOutputTokens"),
            "stop": settings.get("stopSequences"),
        }

    def begins(self, call: Call) -> list[Payload]:
        return []

    def says(self, call: Call, reasoning: list[str], content: list[str]) -> list[Payload]:
        thoughts: list[Payload] = [{"text": text, "thought": True} for text in reasoning]
        parts = thoughts + [{"text": text} for text in content]
        return [self._answer(call, [part]) for part in parts]

    def ends(self, call: Call, output: Output, usage: Payload) -> list[Payload]:
        return [self._ended(call, [{"text": ""}], output, usage)]

    def whole(self, call: Call, output: Output, usage: Payload) -> Payload:
        parts: list[Payload] = [{"text": "".join(output.content)}]
        if output.reasoning:
            parts.insert(0, {"text": "".join(output.reasoning), "thought": True})
        return self._ended(call, parts, output, usage)

    def fails(self, message: str) -> Payload:
        return {"error": {"code": 500, "message": message, "status": "INTERNAL"}}

    def _ended(self, call: Call, parts: list[Payload], output: Output, usage: Payload) -> Payload:
        reason = "MAX_TOKENS" if output.finish == "length" else "STOP"
        counts = {}
        if usage:
            counts["usageMetadata"] = {
                "promptTokenCount": usage["prompt_tokens"],
                "cachedContentTokenCount": cached(usage),
                "candidatesTokenCount": usage["completion_tokens"] - len(output.reasoning),
                "thoughtsTokenCount": len(output.reasoning),
                "totalTokenCount": usage["total_tokens"],
            }
        return {**self._answer(call, parts, finishReason=reason), **counts}

    def _answer(self, call: Call, parts: list[Payload], **more: Any) -> Payload:
        candidate = {"content": {"parts": parts, "role": "model"}, "index": 0, **more}
        return {"candidates": [candidate], "responseId": call.id, "modelVersion": call.model}


class DashScope:
    """DashScope's text generation."""

    chat = True
    form = "sse"

    def asks(self, body: Payload, path: str, headers: Mapping[str, str]) -> Payload:
        given, settings = group(body, "input"), group(body, "parameters")
        return {
            "model": body.get("model"),
            "stream": headers.get("x-dashscope-sse") == "enable",
            "messages": given.get("messages"),
            "max_tokens": settings.get("max_tokens"),
            "stop": settings.get("stop"),
        }

    def begins(self, call: Call) -> list[Payload]:
        return []

    def says(self, call: Call, reasoning: list[str], content: list[str]) -> list[Payload]:
        thoughts = [{"content": "", "reasoning_content": text} for text in reasoning]
        return [
            self._answer(call, each) for each in [*thoughts, *({"content": t} for t in content)]
        ]

    def ends(self, call: Call, output: Output, usage: Payload) -> list[Payload]:
        return [self._ended(call, {"content": ""}, output, usage)]

    def whole(self, call: Call, output: Output, usage: Payload) -> Payload:
        said = {"content": "".join(output.content)}
        if output.reasoning:
            said["reasoning_content"] = "".join(output.reasoning)
        return self._ended(call, said, output, usage)

    def fails(self, message: str) -> Payload:
        return {"code": "InternalError", "message": message, "request_id": "0"}

    def _ended(self, call: Call, said: Payload, output: Output, usage: Payload) -> Payload:
        answer = self._answer(call, said, output.finish)
        if usage:
            answer["usage"] = {
                "input_tokens": usage["prompt_tokens"],
                "output_tokens": usage["completion_tokens"],
                "total_tokens": usage["total_tokens"],
                "prompt_tokens_details": {"cached_tokens": cached(usage)},
                "output_tokens_details": {"reasoning_tokens": len(output.reasoning)},
            }
        return answer

    def _answer(self, call: Call, said: Payload, reason: str = "null") -> Payload:
        choice = {"message": {"role": "assistant", **said}, "finish_reason": reason}
        return {"output": {"choices": [choice]}, "request_id": call.id}


class Ollama:
    """Ollama's ``/api/chat``, and with ``generate`` its ``/api/generate``."""

    chat = True
    form = "lines"

    def __init__(self, generate: bool = False) -> None:
        self._generate = generate

    def asks(self, body: Payload, path: str, headers: Mapping[str, str]) -> Payload:
        settings = group(body, "options")
        messages = body.get("messages")
        if self._generate:
            messages = [{"role": "user", "content": body.get("prompt")}]
        return {
            "model": body.get("model"),
            "stream": body.get("stream", True),
            "messages": messages,
            "max_tokens": settings.get("num_predict"),
            "stop": settings.get("stop"),
        }

    def begins(self, call: Call) -> list[Payload]:
        return []

    def says(self, call: Call, reasoning: list[str], content: list[str]) -> list[Payload]:
        thoughts = [self._line(call, "", text) for text in reasoning]
        return thoughts + [self._line(call, text) for text in content]

    def ends(self, call: Call, output: Output, usage: Payload) -> list[Payload]:
        return [self._ended(self._line(call, ""), output, usage)]

    def whole(self, call: Call, output: Output, usage: Payload) -> Payload:
        line = self._line(call, "".join(output.content), "".join(output.reasoning))
        return self._ended(line, output, usage)

    def fails(self, message: str) -> Payload:
        return {"error": message}

    def _line(self, call: Call, text: str, thought: str = "") -> Payload:
        head = {"model": call.model, "created_at": call.created}
        thinking = {"thinking": thought} if thought else {}
        if self._generate:
            return {**head, "response": text, **thinking, "done": False}
        message = {"role": "assistant", "content": text, **thinking}
        return {**head, "message": message, "done": False}

    def _ended(self, line: Payload, output: Output, usage: Payload) -> Payload:
        counts = {}
        if usage:
            counts["prompt_eval_count"] = usage["prompt_tokens"]
            counts["eval_count"] = usage["completion_tokens"]
        return {**line, "done": True, "done_reason": output.finish, **counts}


def _common(body: Payload) -> Payload:
    return {"model": body.get("model"), "stream": body.get("stream")}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _response(call: Call, status: str, output: list[Payload]) -> Payload:
    head = {"id": f"resp_{call.number}", "object": "response", "created_at": call.created}
    return {**head, "model": call.model, "status": status, "error": None, "output": output}
