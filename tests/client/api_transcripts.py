"""What services of each API send, as their documents and sources have it, and what a record says of
it. Data only: bodies of responses, without their HTTP framing."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from perfbench.types import Usage


@dataclass(frozen=True)
class Answer:
    api: str
    body: bytes
    expected: dict[str, Any]
    """Fields of the record; ``events`` are those that are stamped."""
    kind: str = "text/event-stream"
    stream: bool = True
    template: dict[str, Any] | None = field(default=None)


def sse(*events: Any, named: bool = False) -> bytes:
    """Events with one ``data`` line each; ``named`` puts their type before it."""
    lines = []
    for event in events:
        data = event if isinstance(event, str) else json.dumps(event)
        name = f"event: {event['type']}\n" if named else ""
        lines.append(f"{name}data: {data}\n\n")
    return "".join(lines).encode()


def ndjson(*events: Any) -> bytes:
    return b"".join(json.dumps(event).encode() + b"\n" for event in events)


def ok(text: str, events: int, usage: Usage | None = None, **more: Any) -> dict[str, Any]:
    return {"outcome": "ok", "text": text, "events": events, "usage": usage, **more}


def failed(outcome: str, detail: str, **more: Any) -> dict[str, Any]:
    return {"outcome": outcome, "detail": detail, **more}


def whole(api: str, body: Any, expected: dict[str, Any], **more: Any) -> Answer:
    """An answer in one piece, to a request that asked for no stream."""
    expected = {"events": 0, "stream": False, **expected}
    return Answer(api, json.dumps(body).encode(), expected, "application/json", False, **more)


def call(name: str, arguments: str, identity: str | None = None) -> dict[str, Any]:
    return {
        "id": identity,
        "type": "function",
        "function": {"name": name, "arguments": arguments},
    }


# OpenAI Responses


def response(status: str, **more: Any) -> dict[str, Any]:
    return {"id": "resp_67c9", "object": "response", "status": status, "error": None, **more}


def in_response(kind: str, **more: Any) -> dict[str, Any]:
    return {"type": f"response.{kind}", "sequence_number": 1, **more}


PART = {"item_id": "msg_1", "output_index": 0, "content_index": 0}
SAID = {"type": "output_text", "text": "Hi thère", "annotations": []}
MESSAGE = {"id": "msg_1", "type": "message", "role": "assistant", "content": [SAID]}
CALLED = {"id": "fc_1", "type": "function_call", "call_id": "call_1", "name": "get_weather"}
RESPONSES_USAGE = {
    "input_tokens": 37,
    "input_tokens_details": {"cached_tokens": 32},
    "output_tokens": 11,
    "output_tokens_details": {"reasoning_tokens": 6},
    "total_tokens": 48,
}
BEGUN = [
    in_response("created", response=response("in_progress", output=[], usage=None)),
    in_response("in_progress", response=response("in_progress", output=[], usage=None)),
    in_response("output_item.added", output_index=0, item={**MESSAGE, "content": []}),
    in_response("content_part.added", **PART, part={**SAID, "text": ""}),
]
RESPONSES = {
    "responses": Answer(
        "responses",
        sse(
            *BEGUN,
            in_response("output_text.delta", **PART, delta="Hi"),
            in_response("output_text.delta", **PART, delta=""),
            in_response("output_text.delta", **PART, delta=" thère"),
            in_response("output_text.done", **PART, text="Hi thère"),
            in_response("content_part.done", **PART, part=SAID),
            in_response("output_item.done", output_index=0, item=MESSAGE),
            in_response(
                "completed",
                response=response("completed", output=[MESSAGE], usage=RESPONSES_USAGE),
            ),
            named=True,
        ),
        ok("Hi thère", 2, Usage(37, 11, 32, 6), finish="stop", response_id="resp_67c9"),
    ),
    "responses that think": Answer(
        "responses",
        sse(
            BEGUN[0],
            in_response("reasoning_summary_part.added", part={"type": "summary_text", "text": ""}),
            in_response("reasoning_summary_text.delta", delta="**Plan"),
            in_response("reasoning_text.delta", delta="ning**"),
            in_response("reasoning_summary_text.done", text="**Planning**"),
            in_response("output_text.delta", **PART, delta="4"),
            in_response("completed", response=response("completed", usage=RESPONSES_USAGE)),
        ),
        ok("4", 3, Usage(37, 11, 32, 6), reasoning="**Planning**", finish="stop"),
    ),
    "responses that call": Answer(
        "responses",
        sse(
            in_response("output_item.added", output_index=0, item={**CALLED, "arguments": ""}),
            in_response("function_call_arguments.delta", output_index=0, delta='{"city":'),
            in_response("function_call_arguments.delta", output_index=0, delta='"Paris"}'),
            in_response("function_call_arguments.done", arguments='{"city":"Paris"}'),
            in_response("output_item.done", item={**CALLED, "arguments": '{"city":"Paris"}'}),
            in_response(
                "completed",
                response=response("completed", output=[{**CALLED, "arguments": "{}"}]),
            ),
        ),
        ok(
            "",
            3,
            tool_calls=[call("get_weather", '{"city":"Paris"}', "call_1")],
            finish="tool_calls",
        ),
    ),
    "responses cut at their limit": Answer(
        "responses",
        sse(
            in_response("output_text.delta", **PART, delta="Once"),
            in_response(
                "incomplete",
                response=response("incomplete", incomplete_details={"reason": "max_output_tokens"}),
            ),
        ),
        ok("Once", 1, finish="length"),
    ),
    "responses that refuse": Answer(
        "responses",
        sse(
            in_response("refusal.delta", **PART, delta="I can't."),
            in_response("refusal.done", **PART, refusal="I can't."),
            in_response("completed", response=response("completed")),
        ),
        ok("I can't.", 1, finish="stop"),
    ),
    "responses that fail": Answer(
        "responses",
        sse(
            in_response("output_text.delta", **PART, delta="Hi"),
            in_response(
                "failed",
                response={
                    **response("failed"),
                    "error": {"code": "server_error", "message": "The model crashed."},
                },
            ),
        ),
        failed("in_band_error", "The model crashed.", text="Hi", events=1),
    ),
    "responses with an error event": Answer(
        "responses",
        sse({"type": "error", "code": "rate_limit", "message": "Slow down", "param": None}),
        failed("in_band_error", "Slow down", events=0),
    ),
    "responses cut": Answer(
        "responses",
        sse(*BEGUN, in_response("output_text.delta", **PART, delta="Hi")),
        failed("truncated", "the stream ended before a finish reason or [DONE]", text="Hi"),
    ),
    "responses in one piece": whole(
        "responses",
        response(
            "completed",
            output=[
                {"type": "reasoning", "summary": [{"type": "summary_text", "text": "hm"}]},
                MESSAGE,
                {**CALLED, "arguments": '{"city":"Rome"}'},
            ],
            usage=RESPONSES_USAGE,
        ),
        ok(
            "Hi thère",
            0,
            Usage(37, 11, 32, 6),
            reasoning="hm",
            tool_calls=[call("get_weather", '{"city":"Rome"}', "call_1")],
            finish="tool_calls",
        ),
    ),
    "responses failed in one piece": whole(
        "responses",
        {**response("failed", output=[]), "error": {"code": "x", "message": "No room"}},
        failed("in_band_error", "No room"),
    ),
}

# Anthropic Messages


def block(index: int, *deltas: dict[str, Any], **start: Any) -> list[dict[str, Any]]:
    return [
        {"type": "content_block_start", "index": index, "content_block": start},
        *({"type": "content_block_delta", "index": index, "delta": each} for each in deltas),
        {"type": "content_block_stop", "index": index},
    ]


def message_start(**usage: Any) -> dict[str, Any]:
    message = {"id": "msg_1nZd", "type": "message", "role": "assistant", "content": []}
    stop = {"stop_reason": None, "stop_sequence": None}
    return {"type": "message_start", "message": {**message, **stop, "usage": usage}}


def message_end(reason: str, **usage: Any) -> list[dict[str, Any]]:
    return [
        {
            "type": "message_delta",
            "delta": {"stop_reason": reason, "stop_sequence": None},
            "usage": usage,
        },
        {"type": "message_stop"},
    ]


PING = {"type": "ping"}
THINKING = {"type": "thinking", "thinking": "", "signature": ""}
ANTHROPIC = {
    "anthropic": Answer(
        "anthropic",
        sse(
            message_start(input_tokens=25, output_tokens=1),
            PING,
            *block(
                0,
                {"type": "text_delta", "text": "Hello"},
                {"type": "text_delta", "text": ""},
                {"type": "text_delta", "text": "!"},
                type="text",
                text="",
            ),
            *message_end("end_turn", output_tokens=15),
            named=True,
        ),
        ok("Hello!", 2, Usage(25, 15), finish="stop", response_id="msg_1nZd"),
    ),
    "anthropic from the cache": Answer(
        "anthropic",
        sse(
            message_start(
                input_tokens=5,
                cache_creation_input_tokens=20,
                cache_read_input_tokens=75,
                output_tokens=2,
            ),
            *block(0, {"type": "text_delta", "text": "a"}, type="text", text=""),
            *message_end("max_tokens", output_tokens=64),
        ),
        ok("a", 1, Usage(100, 64, 75), finish="length"),
    ),
    "anthropic counted at the end": Answer(
        "anthropic",
        sse(
            message_start(input_tokens=0, output_tokens=0),
            *block(0, {"type": "text_delta", "text": "a"}, type="text", text=""),
            *message_end("stop_sequence", input_tokens=12, output_tokens=3),
        ),
        ok("a", 1, Usage(12, 3), finish="stop"),
    ),
    "anthropic that thinks": Answer(
        "anthropic",
        sse(
            message_start(input_tokens=9, output_tokens=3),
            *block(
                0,
                {"type": "thinking_delta", "thinking": "Let me"},
                {"type": "thinking_delta", "thinking": " see"},
                {"type": "signature_delta", "signature": "EqQBCgIYAhIM"},
                **THINKING,
            ),
            *block(1, type="redacted_thinking", data="EmwKAhgB"),
            *block(2, {"type": "text_delta", "text": "42"}, type="text", text=""),
            *message_end("end_turn", output_tokens=20),
        ),
        ok("42", 3, Usage(9, 20), reasoning="Let me see", finish="stop"),
    ),
    "anthropic that calls": Answer(
        "anthropic",
        sse(
            message_start(input_tokens=472, output_tokens=2),
            *block(0, {"type": "text_delta", "text": "Okay"}, type="text", text=""),
            *block(
                1,
                {"type": "input_json_delta", "partial_json": ""},
                {"type": "input_json_delta", "partial_json": '{"city":'},
                {"type": "input_json_delta", "partial_json": ' "Paris"}'},
                type="tool_use",
                id="toolu_01T1",
                name="get_weather",
                input={},
            ),
            *message_end("tool_use", output_tokens=89),
        ),
        ok(
            "Okay",
            4,
            Usage(472, 89),
            tool_calls=[call("get_weather", '{"city": "Paris"}', "toolu_01T1")],
            finish="tool_calls",
        ),
    ),
    "anthropic overloaded": Answer(
        "anthropic",
        sse(
            message_start(input_tokens=25, output_tokens=1),
            *block(0, {"type": "text_delta", "text": "Hel"}, type="text", text="")[:2],
            {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}},
            named=True,
        ),
        failed("in_band_error", "Overloaded", text="Hel", events=1, usage=Usage(25, None)),
    ),
    "anthropic cut": Answer(
        "anthropic",
        sse(
            message_start(input_tokens=25, output_tokens=1),
            *block(0, {"type": "text_delta", "text": "Hel"}, type="text", text=""),
        ),
        failed("truncated", "the stream ended before a finish reason or [DONE]", events=1),
    ),
    "anthropic without a word": Answer(
        "anthropic",
        sse(message_start(input_tokens=25), PING, *message_end("end_turn", output_tokens=2)),
        failed("empty", "finished without a token", finish="stop", events=0),
    ),
    "anthropic in one piece": whole(
        "anthropic",
        {
            "id": "msg_013Zva",
            "type": "message",
            "role": "assistant",
            "content": [
                {"type": "thinking", "thinking": "hm", "signature": "x"},
                {"type": "text", "text": "Hi!"},
                {"type": "tool_use", "id": "t1", "name": "f", "input": {"a": [1, "é"]}},
            ],
            "stop_reason": "tool_use",
            "usage": {"input_tokens": 2095, "output_tokens": 503, "cache_read_input_tokens": 5},
        },
        ok(
            "Hi!",
            0,
            Usage(2100, 503, 5),
            reasoning="hm",
            tool_calls=[call("f", '{"a":[1,"é"]}', "t1")],
            finish="tool_calls",
            response_id="msg_013Zva",
        ),
    ),
}

# Gemini


def candidate(*parts: Any, finish: str | None = None, **more: Any) -> dict[str, Any]:
    reason = {"finishReason": finish} if finish else {}
    content = {"parts": [{"text": p} if isinstance(p, str) else p for p in parts], "role": "model"}
    return {"content": content, "index": 0, **reason, **more}


def generated(*candidates: Any, **counts: int) -> dict[str, Any]:
    usage = {"usageMetadata": counts} if counts else {}
    return {"candidates": list(candidates), **usage, "responseId": "r-1", "modelVersion": "g"}


GEMINI_EVENTS = [
    generated(candidate("Hel"), promptTokenCount=4, totalTokenCount=4),
    generated(candidate("lo"), promptTokenCount=4, candidatesTokenCount=1, totalTokenCount=5),
    generated(
        candidate("", finish="STOP"), promptTokenCount=4, candidatesTokenCount=3, totalTokenCount=7
    ),
]
GEMINI = {
    "gemini": Answer(
        "gemini",
        sse(*GEMINI_EVENTS).replace(b"\n\n", b"\r\n\r\n"),
        ok("Hello", 2, Usage(4, 3), finish="stop", response_id="r-1"),
    ),
    "gemini that thinks": Answer(
        "gemini",
        sse(
            generated(candidate({"text": "hm", "thought": True})),
            generated(
                candidate("4", finish="MAX_TOKENS"),
                promptTokenCount=10,
                cachedContentTokenCount=8,
                candidatesTokenCount=1,
                thoughtsTokenCount=30,
                totalTokenCount=41,
            ),
        ),
        ok("4", 2, Usage(10, 31, 8, 30), reasoning="hm", finish="length"),
    ),
    "gemini that calls": Answer(
        "gemini",
        sse(generated(candidate({"functionCall": {"name": "f", "args": {"a": 1}}}, finish="STOP"))),
        ok("", 1, tool_calls=[call("f", '{"a":1}')], finish="stop"),
    ),
    "gemini that calls twice": Answer(
        "gemini",
        sse(
            generated(candidate({"functionCall": {"name": "f", "args": {}}})),
            generated(candidate({"functionCall": {"name": "g", "args": {"a": 1}, "id": "c"}})),
            generated(candidate("", finish="STOP")),
        ),
        ok("", 2, tool_calls=[call("f", "{}"), call("g", '{"a":1}', "c")], finish="stop"),
    ),
    "gemini that may not": Answer(
        "gemini",
        sse(
            {"promptFeedback": {"blockReason": "SAFETY"}, "usageMetadata": {"promptTokenCount": 4}}
        ),
        failed("empty", "finished without a token", finish="content_filter"),
    ),
    "gemini fails": Answer(
        "gemini",
        sse(
            GEMINI_EVENTS[0],
            {"error": {"code": 503, "message": "The model is overloaded.", "status": "X"}},
        ),
        failed("in_band_error", "The model is overloaded.", text="Hel", events=1),
    ),
    "gemini cut": Answer(
        "gemini",
        sse(*GEMINI_EVENTS[:2]),
        failed("truncated", "the stream ended before a finish reason or [DONE]", text="Hello"),
    ),
    "gemini as a list": Answer(
        "gemini",
        json.dumps(GEMINI_EVENTS, indent=2).encode(),
        ok("Hello", 0, Usage(4, 3), finish="stop", stream=False),
        "application/json",
    ),
    "gemini in one piece": whole(
        "gemini",
        generated(
            candidate("Hello", " you", finish="STOP"),
            promptTokenCount=4,
            candidatesTokenCount=3,
            totalTokenCount=7,
        ),
        ok("Hello you", 0, Usage(4, 3), finish="stop"),
    ),
    "gemini, two of them": whole(
        "gemini",
        generated(candidate("a", finish="STOP"), candidate("b", finish="STOP", index=1)),
        ok("a", 0, more_texts=["b"], finish="stop"),
    ),
}

# DashScope


def dash(text: str, reason: str = "null", output: int = 1, **message: Any) -> dict[str, Any]:
    said = {"role": "assistant", "content": text, **message}
    return {
        "output": {"choices": [{"message": said, "finish_reason": reason}]},
        "usage": {"total_tokens": 22 + output, "input_tokens": 22, "output_tokens": output},
        "request_id": "d3a0",
    }


def dash_sse(*events: Any) -> bytes:
    lines = [
        f"id:{number}\nevent:result\n:HTTP_STATUS/200\ndata:{json.dumps(event)}\n\n"
        for number, event in enumerate(events, 1)
    ]
    return "".join(lines).encode()


DASHSCOPE = {
    "dashscope": Answer(
        "dashscope",
        dash_sse(
            dash("", reasoning_content="hm"),
            dash("我是"),
            dash("我", output=2),
            dash("", "stop", 3),
        ),
        ok("我是我", 3, Usage(22, 3), reasoning="hm", finish="stop", response_id="d3a0"),
    ),
    "dashscope, all so far": Answer(
        "dashscope",
        dash_sse(dash("我"), dash("我是", output=2), dash("我是", "stop", 2)),
        ok("我是", 2, Usage(22, 2), finish="stop"),
    ),
    "dashscope as text": Answer(
        "dashscope",
        dash_sse(
            {"output": {"finish_reason": "null", "text": "a"}, "request_id": "d"},
            {"output": {"finish_reason": "length", "text": "ab"}, "request_id": "d"},
        ),
        ok("ab", 2, finish="length"),
    ),
    "dashscope fails": Answer(
        "dashscope",
        b'id:1\nevent:error\n:HTTP_STATUS/400\ndata:{"code":"InvalidParameter","message":'
        b'"Range of top_p is wrong","request_id":"d"}\n\n',
        failed("in_band_error", "Range of top_p is wrong"),
    ),
    "dashscope in one piece": whole(
        "dashscope", dash("Hi", "stop", 7), ok("Hi", 0, Usage(22, 7), finish="stop")
    ),
}

# Text Generation Inference


def tgi(index: int, text: str, special: bool = False, **more: Any) -> str:
    token = {"id": 7, "text": text, "logprob": -0.5, "special": special}
    end = {"generated_text": None, "details": None, **more}
    return json.dumps({"index": index, "token": token, **end})


TGI = {
    "tgi": Answer(
        "tgi",
        sse(
            tgi(1, "Hi"),
            tgi(2, " you"),
            tgi(
                3,
                "</s>",
                True,
                generated_text="Hi you",
                details={"finish_reason": "eos_token", "generated_tokens": 3, "input_length": 5},
            ),
        ).replace(b"data: ", b"data:"),
        ok("Hi you", 2, Usage(5, 3), finish="stop", event_tokens=b"\1\0\1\0"),
    ),
    "tgi fails": Answer(
        "tgi",
        sse(tgi(1, "Hi"), {"error": "Request failed during generation", "error_type": "x"}),
        failed("in_band_error", "Request failed during generation", text="Hi", events=1),
    ),
    "tgi cut": Answer("tgi", sse(tgi(1, "Hi")), failed("truncated", "the stream ended before…")),
    "tgi in one piece": whole(
        "tgi",
        {
            "generated_text": "Hi you",
            "details": {
                "finish_reason": "length",
                "generated_tokens": 2,
                "prefill": [{"id": 1, "text": "a"}, {"id": 2, "text": "b"}],
            },
        },
        ok("Hi you", 0, Usage(2, 2), finish="length"),
    ),
    "tgi in a list": whole("tgi", [{"generated_text": "Hi"}], ok("Hi", 0)),
}

# SGLang


def sgl(text: str, output: int, reason: Any = None, **more: Any) -> dict[str, Any]:
    meta = {"id": "s1", "finish_reason": reason, "prompt_tokens": 6, "completion_tokens": output}
    return {"text": text, "meta_info": {**meta, "cached_tokens": 4}, **more}


STOP = {"type": "stop", "matched": 2}
SGLANG = {
    "sglang": Answer(
        "sglang",
        sse(
            sgl("The", 1, output_ids=[1]),
            sgl("The ca", 2, output_ids=[1, 2]),
            sgl("The ca", 3, output_ids=[1, 2, 3]),
            sgl("The café", 4, output_ids=[1, 2, 3, 4]),
            sgl("The café", 5, STOP),
            "[DONE]",
        ),
        ok("The café", 3, Usage(6, 5, 4), finish="stop", response_id="s1"),
    ),
    "sglang in segments": Answer(
        "sglang",
        sse(sgl("The", 1), sgl(" the", 2), sgl(" the", 3), sgl("", 4, STOP), "[DONE]"),
        ok("The the the", 3, Usage(6, 4, 4), finish="stop"),
    ),
    "sglang in segments that repeat": Answer(
        "sglang",
        sse(sgl("ha", 1), sgl("ha", 2), sgl("ha", 3), sgl("!", 4), sgl("", 5, STOP), "[DONE]"),
        ok("hahaha!", 4, Usage(6, 5, 4), finish="stop"),
    ),
    "sglang, nothing but a repeated segment": Answer(
        "sglang",
        sse(sgl("ha", 1), sgl("ha", 2), sgl("ha", 3), sgl("", 4, {"type": "length", "length": 4})),
        ok("hahaha", 3, Usage(6, 4, 4), finish="length"),
    ),
    "sglang, one token": Answer(
        "sglang", sse(sgl("a", 1), sgl("a", 2, STOP), "[DONE]"), ok("a", 1, Usage(6, 2, 4))
    ),
    "sglang, its stop string cut off": Answer(
        "sglang",
        sse(sgl("a", 1), sgl("a b", 2), sgl("a b EN", 3), sgl("a b ", 4, STOP), "[DONE]"),
        ok("a b ", 3, Usage(6, 4, 4)),
    ),
    "sglang, two of them": Answer(
        "sglang",
        sse(
            sgl("a", 1, index=0),
            sgl("x", 1, index=1),
            sgl("ab", 2, STOP, index=0),
            sgl("xyz", 2, STOP, index=1),
            "[DONE]",
        ),
        {"outcome": "ok", "text": "ab", "more_texts": ["xyz"], "events": 4},
    ),
    "sglang gives up": Answer(
        "sglang",
        sse(sgl("a", 1), sgl("a", 1, {"type": "abort", "message": "Out of memory"}), "[DONE]"),
        failed("in_band_error", "Out of memory", text="a"),
    ),
    "sglang fails": Answer(
        "sglang",
        sse({"error": {"message": "Input is too long"}}, "[DONE]"),
        failed("in_band_error", "Input is too long"),
    ),
    "sglang in one piece": whole(
        "sglang", sgl("abc", 3, STOP), ok("abc", 0, Usage(6, 3, 4), finish="stop")
    ),
    "sglang, two in one piece": whole(
        "sglang",
        [sgl("abc", 3, STOP), sgl("x", 2, STOP)],
        ok("abc", 0, Usage(6, 5, 4), more_texts=["x"], finish="stop"),
    ),
}

# Triton


def triton(text: str) -> dict[str, Any]:
    return {"model_name": "ensemble", "model_version": "1", "text_output": text}


TRITON = {
    "triton": Answer(
        "triton", sse(triton("a"), triton("a"), triton(" b"), triton("")), ok("aa b", 3)
    ),
    "triton fails": Answer(
        "triton",
        sse(triton("a"), {"error": "Streaming failed"}),
        failed("in_band_error", "Streaming failed", text="a"),
    ),
    "triton without a word": Answer(
        "triton", sse(triton("")), failed("empty", "finished without a token")
    ),
    "triton in one piece": whole("triton", triton("ab"), ok("ab", 0)),
    "triton cut within an event": Answer(
        "triton",
        sse(triton("a"), triton("b"))[:-30],
        failed("truncated", "the stream ended within an event", text="a"),
    ),
    "triton of vLLM that counts": Answer(
        "triton",
        sse(
            triton("a") | {"finish_reason": "None", "num_input_tokens": 9, "num_output_tokens": 2},
            triton("") | {"finish_reason": "stop", "num_input_tokens": 9, "num_output_tokens": 1},
        ),
        ok("a", 1, Usage(9), finish="stop", event_tokens=b"\x02\x00"),
    ),
    "triton of vLLM that counts in one piece": whole(
        "triton",
        triton("ab") | {"finish_reason": "length", "num_input_tokens": 4, "num_output_tokens": 16},
        ok("ab", 0, Usage(4, 16), finish="length"),
    ),
}

# Ollama


def chatted(text: str, done: bool = False, **more: Any) -> dict[str, Any]:
    message = {"role": "assistant", "content": text, **more.pop("message", {})}
    return {"model": "l", "created_at": "2024-07-22", "message": message, "done": done, **more}


COUNTED = {"total_duration": 9, "prompt_eval_count": 26, "eval_count": 4, "eval_duration": 5}
OVER = chatted("", True, done_reason="stop", **COUNTED)
LINES = "application/x-ndjson"
CHATTED = ndjson(chatted("The"), chatted(""), chatted(" ské"), OVER)
OLLAMA = {
    "ollama": Answer("ollama", CHATTED, ok("The ské", 2, Usage(26, 4), finish="stop"), LINES),
    "ollama in CRLF": Answer(
        "ollama", CHATTED.replace(b"\n", b"\r\n"), ok("The ské", 2, Usage(26, 4)), LINES
    ),
    "ollama without a last line end": Answer(
        "ollama", CHATTED.rstrip(), ok("The ské", 2, Usage(26, 4)), LINES
    ),
    "ollama as plain JSON": Answer(
        "ollama", CHATTED, ok("The ské", 2, Usage(26, 4)), "application/json; charset=utf-8"
    ),
    "ollama framed twice": Answer(
        "ollama",
        b": hello\n\n" + sse(chatted("a"), OVER, "[DONE]"),
        ok("a", 1, Usage(26, 4)),
    ),
    "ollama that thinks and calls": Answer(
        "ollama",
        ndjson(
            chatted("", message={"thinking": "hm"}),
            chatted(
                "",
                message={"tool_calls": [{"function": {"name": "f", "arguments": {"a": "b"}}}]},
            ),
            chatted("", True, done_reason="length"),
        ),
        ok("", 2, reasoning="hm", tool_calls=[call("f", '{"a":"b"}')], finish="length"),
        LINES,
    ),
    "ollama fails": Answer(
        "ollama",
        ndjson(chatted("a"), {"error": "an error was encountered while running the model"}),
        failed("in_band_error", "an error was encountered while running the model", text="a"),
        LINES,
    ),
    "ollama cut": Answer(
        "ollama", ndjson(chatted("a")), failed("truncated", "the stream ended before…"), LINES
    ),
    "ollama cut within a line": Answer(
        "ollama",
        CHATTED[:-30],
        failed("truncated", "the stream ended before…", text="The ské"),
        LINES,
    ),
    "ollama in one piece": whole(
        "ollama",
        chatted("Hi", True, done_reason="stop", **COUNTED),
        ok("Hi", 0, Usage(26, 4), finish="stop"),
    ),
    "ollama that did not stream": Answer(
        "ollama",
        json.dumps(chatted("Hi", True, **COUNTED)).encode(),
        ok("Hi", 0, Usage(26, 4), stream=False),
        "application/json",
    ),
    "ollama generates": Answer(
        "ollama_generate",
        ndjson(
            {"model": "l", "response": "The", "done": False},
            {"model": "l", "response": " sky", "done": False},
            {"model": "l", "response": "", "done": True, "done_reason": "stop", **COUNTED},
        ),
        ok("The sky", 2, Usage(26, 4), finish="stop"),
        LINES,
    ),
}

# Embeddings and rerank


def embedded(*vectors: Any) -> dict[str, Any]:
    rows = [
        {"object": "embedding", "index": i, "embedding": vector} for i, vector in enumerate(vectors)
    ]
    usage = {"prompt_tokens": 8, "total_tokens": 8}
    return {"object": "list", "data": rows, "model": "e", "usage": usage}


EMBEDDINGS = {
    "embeddings": whole("embeddings", embedded([0.1, -2e-3]), ok("", 0, Usage(8))),
    "embeddings of several": whole(
        "embeddings", embedded([0.1], "AACAPwAAAEA=", [0.3]), ok("", 0, Usage(8))
    ),
    "embeddings, none": whole("embeddings", embedded(), failed("empty", "finished without a re…")),
    "embeddings, one empty": whole(
        "embeddings", embedded([0.1], []), failed("empty", "finished without a result")
    ),
    "embeddings fail": whole(
        "embeddings",
        {"error": {"message": "too long", "type": "BadRequestError"}},
        failed("in_band_error", "too long"),
    ),
    "embeddings of Ollama": whole(
        "embeddings", {"embeddings": [[0.1], [0.2]], "prompt_eval_count": 5}, ok("", 0, Usage(5))
    ),
    "embeddings of TEI": whole("embeddings", [[0.1, 0.2]], ok("", 0)),
    "embeddings of Cohere": whole(
        "embeddings",
        {
            "id": "c",
            "embeddings": {"float": [[0.1]]},
            "meta": {"billed_units": {"input_tokens": 2}},
        },
        ok("", 0, Usage(2)),
    ),
}
RERANK = {
    "rerank of Jina": whole(
        "rerank",
        {
            "model": "jina-reranker",
            "usage": {"total_tokens": 15},
            "results": [
                {"index": 1, "document": {"text": "b"}, "relevance_score": 0.9},
                {"index": 0, "document": {"text": "a"}, "relevance_score": 0.0},
            ],
        },
        ok("", 0, Usage(15)),
    ),
    "rerank of Cohere": whole(
        "rerank",
        {
            "id": "07734bd2",
            "results": [{"index": 3, "relevance_score": 0.99}],
            "meta": {"api_version": {"version": "2"}, "billed_units": {"search_units": 1}},
        },
        ok("", 0, None, response_id="07734bd2"),
    ),
    "rerank of TEI": whole("rerank", [{"index": 0, "score": 0.5}], ok("", 0)),
    "rerank, nothing": whole(
        "rerank", {"results": []}, failed("empty", "finished without a result")
    ),
    "rerank fails": whole(
        "rerank", {"detail": "documents is empty"}, failed("in_band_error", "documents is empty")
    ),
}

ANSWERS = {
    **RESPONSES,
    **ANTHROPIC,
    **GEMINI,
    **DASHSCOPE,
    **TGI,
    **SGLANG,
    **TRITON,
    **OLLAMA,
    **EMBEDDINGS,
    **RERANK,
}
