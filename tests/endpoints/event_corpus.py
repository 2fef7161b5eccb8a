"""Events and whole bodies as real servers send them, and what each of them says.

Rows are (server and situation, data, Delta). The llama.cpp rows were captured from a running
server; the others follow what each project's sources, documentation or bug reports show.
"""

from __future__ import annotations

from odd_event_corpus import ERRORS, OTHERS

from perfbench.types import Delta, Usage


def call(index: int, **parts: str) -> dict[str, object]:
    """A tool-call fragment in the OpenAI shape."""
    identifier = {"id": parts.pop("id")} if "id" in parts else {}
    return {"index": index, **identifier, "function": parts}


OPENAI = [
    (
        "role event",
        b'{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1694268190,"model":"gpt-4o",'
        b'"system_fingerprint":"fp_44709d6fcb","choices":[{"index":0,"delta":{"role":"assistant",'
        b'"content":""},"logprobs":null,"finish_reason":null}],"usage":null}',
        Delta(response_id="chatcmpl-1"),
    ),
    (
        "content event",
        b'{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1694268190,"model":"gpt-4o",'
        b'"choices":[{"index":0,"delta":{"content":" caf\\u00e9 \xe4\xb8\xad"},"logprobs":null,'
        b'"finish_reason":null}],"usage":null,"obfuscation":"yBcL"}',
        Delta(text=" café 中", response_id="chatcmpl-1"),
    ),
    (
        "finish event",
        b'{"id":"chatcmpl-1","choices":[{"index":0,"delta":{},"logprobs":null,"finish_reason":"stop"}]}',
        Delta(finish="stop", response_id="chatcmpl-1"),
    ),
    (
        "usage event with empty choices",
        b'{"id":"chatcmpl-1","object":"chat.completion.chunk","choices":[],"usage":{"prompt_tokens":19,'
        b'"completion_tokens":10,"total_tokens":29,"prompt_tokens_details":{"cached_tokens":16,'
        b'"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":4,"audio_tokens":0,'
        b'"accepted_prediction_tokens":0,"rejected_prediction_tokens":0}}}',
        Delta(usage=Usage(19, 10, 16, 4), response_id="chatcmpl-1", usage_apart=True),
    ),
    (
        "refusal",
        b'{"id":"c","choices":[{"index":0,"delta":{"content":null,"refusal":"I\'m sorry"}}]}',
        Delta(text="I'm sorry", response_id="c"),
    ),
    (
        "second of two choices",
        b'{"id":"c","choices":[{"index":1,"delta":{"content":"b"},"finish_reason":null}]}',
        Delta(text="b", response_id="c", choice=1),
    ),
    (
        "first fragment of a tool call",
        b'{"id":"c","choices":[{"index":0,"delta":{"role":"assistant","content":null,"tool_calls":'
        b'[{"index":0,"id":"call_a","type":"function","function":{"name":"get_weather",'
        b'"arguments":""}}]},"finish_reason":null}]}',
        Delta(tool_calls=[call(0, id="call_a", name="get_weather", arguments="")], response_id="c"),
    ),
    (
        "later fragment of a tool call",
        b'{"id":"c","choices":[{"index":0,"delta":{"tool_calls":[{"index":1,"function":'
        b'{"arguments":"{\\"loc"}}]},"finish_reason":null}]}',
        Delta(tool_calls=[call(1, arguments='{"loc')], response_id="c"),
    ),
    (
        "tool-call fragment without content",
        b'{"id":"c","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":'
        b'{"arguments":""}}]},"finish_reason":"tool_calls"}]}',
        Delta(finish="tool_calls", response_id="c"),
    ),
    (
        "legacy function call",
        b'{"id":"c","choices":[{"index":0,"delta":{"function_call":{"name":"f","arguments":"{"}}}]}',
        Delta(tool_calls=[call(0, name="f", arguments="{")], response_id="c"),
    ),
    (
        "logprobs",
        b'{"id":"c","choices":[{"index":0,"delta":{"content":"ab"},"logprobs":{"content":[{"token":'
        b'"a","logprob":-0.1,"bytes":[97],"top_logprobs":[]},{"token":"b","logprob":-0.2,"bytes":'
        b'[98],"top_logprobs":[]}],"refusal":null},"finish_reason":null}]}',
        Delta(text="ab", response_id="c", tokens=2),
    ),
    (
        "completions",
        b'{"id":"cmpl-7","object":"text_completion","created":1690759702,"choices":[{"text":"This",'
        b'"index":0,"logprobs":null,"finish_reason":null}],"model":"gpt-3.5-turbo-instruct"}',
        Delta(text="This", response_id="cmpl-7"),
    ),
    (
        "completions with logprobs",
        b'{"id":"cmpl-7","choices":[{"text":" is","index":0,"logprobs":{"tokens":[" is"],'
        b'"token_logprobs":[-0.5],"top_logprobs":null,"text_offset":[4]},"finish_reason":null}]}',
        Delta(text=" is", response_id="cmpl-7", tokens=1),
    ),
    (
        "whole body",
        b'{"id":"chatcmpl-2","object":"chat.completion","created":1,"model":"o3","choices":[{"index":'
        b'0,"message":{"role":"assistant","content":null,"refusal":null,"annotations":[],"tool_calls":'
        b'[{"id":"a","type":"function","function":{"name":"f","arguments":"{}"}},{"id":"b","type":'
        b'"function","function":{"name":"g","arguments":"{}"}}]},"logprobs":null,"finish_reason":'
        b'"tool_calls"}],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}}',
        Delta(
            tool_calls=[
                call(0, id="a", name="f", arguments="{}"),
                call(1, id="b", name="g", arguments="{}"),
            ],
            finish="tool_calls",
            usage=Usage(1, 2),
            response_id="chatcmpl-2",
        ),
    ),
    (
        "error in the stream",
        b'{"error":{"message":"The server had an error while processing your request. Sorry about '
        b'that!","type":"server_error","param":null,"code":null}}',
        Delta(error="The server had an error while processing your request. Sorry about that!"),
    ),
    (
        "first event of Azure",
        b'{"choices":[],"created":0,"id":"","model":"","object":"","prompt_filter_results":[{'
        b'"prompt_index":0,"content_filter_results":{}}]}',
        Delta(response_id=""),
    ),
]

VLLM = [
    (
        "role event with continuous usage",
        b'{"id":"chatcmpl-9","object":"chat.completion.chunk","created":1,"model":"m","choices":[{'
        b'"index":0,"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}],'
        b'"prompt_token_ids":null,"usage":{"prompt_tokens":9,"total_tokens":9,"completion_tokens":0}}',
        Delta(usage=Usage(9, 0), response_id="chatcmpl-9"),
    ),
    (
        "reasoning with continuous usage",
        b'{"id":"chatcmpl-9","choices":[{"index":0,"delta":{"reasoning":"Hm"},"logprobs":null,'
        b'"finish_reason":null,"token_ids":null}],"usage":{"prompt_tokens":9,"total_tokens":11,'
        b'"completion_tokens":2}}',
        Delta(reasoning="Hm", usage=Usage(9, 2), response_id="chatcmpl-9"),
    ),
    (
        "both spellings of reasoning",
        b'{"id":"chatcmpl-9","choices":[{"index":0,"delta":{"reasoning":"so","reasoning_content":"so"'
        b'},"logprobs":null,"finish_reason":null}]}',
        Delta(reasoning="so", response_id="chatcmpl-9"),
    ),
    (
        "token ids",
        b'{"id":"chatcmpl-9","choices":[{"index":0,"delta":{"content":" a b"},"logprobs":null,'
        b'"finish_reason":null,"token_ids":[264,293]}]}',
        Delta(text=" a b", response_id="chatcmpl-9", tokens=2),
    ),
    (
        "finish event with an empty list of tool calls and a stop reason",
        b'{"id":"chatcmpl-9","choices":[{"index":0,"delta":{"content":"","tool_calls":[]},"logprobs":'
        b'null,"finish_reason":"stop","stop_reason":151645}]}',
        Delta(finish="stop", response_id="chatcmpl-9"),
    ),
    (
        "usage without details",
        b'{"id":"chatcmpl-9","object":"chat.completion.chunk","created":1,"model":"m","choices":[],'
        b'"usage":{"prompt_tokens":9,"total_tokens":12,"completion_tokens":3,'
        b'"prompt_tokens_details":null}}',
        Delta(usage=Usage(9, 3), response_id="chatcmpl-9", usage_apart=True),
    ),
    (
        "completions",
        b'{"id":"cmpl-3","object":"text_completion","created":1,"model":"m","choices":[{"index":0,'
        b'"text":" x","logprobs":null,"finish_reason":"length","stop_reason":null,"token_ids":null,'
        b'"prompt_logprobs":null,"prompt_token_ids":null}],"usage":null}',
        Delta(text=" x", finish="length", response_id="cmpl-3"),
    ),
    (
        "logprobs of minus infinity",
        b'{"id":"cmpl-3","choices":[{"index":0,"text":"x","logprobs":{"text_offset":[0],'
        b'"token_logprobs":[-Infinity],"tokens":["x"],"top_logprobs":[NaN]},"finish_reason":null}]}',
        Delta(text="x", response_id="cmpl-3", tokens=1),
    ),
    (
        "error today",
        b'{"error": {"message": "EngineCore encountered an issue. See stack trace (above) for the '
        b'root cause.", "type": "InternalServerError", "param": null, "code": 500}}',
        Delta(error="EngineCore encountered an issue. See stack trace (above) for the root cause."),
    ),
    (
        "error of older versions",
        b'{"object":"error","message":"This model\'s maximum context length is 2048 tokens.",'
        b'"type":"BadRequestError","param":null,"code":400}',
        Delta(error="This model's maximum context length is 2048 tokens."),
    ),
]

SGLANG = [
    (
        "reasoning, every field present",
        b'{"id":"adedbdab43f44588b8578f75c6f7741e","object":"chat.completion.chunk","created":1768483467'
        b',"model":"m","choices":[{"index":0,"delta":{"role":null,"content":null,"reasoning_content":'
        b'"\xe4\xb8\xad\xe7\xab\x8b\xe7\x9a\x84","tool_calls":null},"logprobs":null,"finish_reason":'
        b'null,"matched_stop":null}],"usage":{"prompt_tokens":29,"total_tokens":134,'
        b'"completion_tokens":105,"prompt_tokens_details":null,"reasoning_tokens":0}}',
        Delta(
            reasoning="中立的",
            usage=Usage(29, 105, None, 0),
            response_id="adedbdab43f44588b8578f75c6f7741e",
        ),
    ),
    (
        "reasoning and cached tokens",
        b'{"id":"a","choices":[],"usage":{"prompt_tokens":29,"total_tokens":34,"completion_tokens":5,'
        b'"prompt_tokens_details":{"cached_tokens":28},"reasoning_tokens":3}}',
        Delta(usage=Usage(29, 5, 28, 3), response_id="a", usage_apart=True),
    ),
    (
        "abort in the stream",
        b'{"error": {"object": "error", "message": "The request queue is full.", "type": '
        b'"SERVICE_UNAVAILABLE", "param": null, "code": 503}}',
        Delta(error="The request queue is full."),
    ),
]

LLAMA_CPP = [
    (
        "role event",
        b'{"choices":[{"finish_reason":null,"index":0,"delta":{"role":"assistant","content":null}}],'
        b'"created":1795156391,"id":"chatcmpl-d","model":"SmolLM2","system_fingerprint":"b0-unknown",'
        b'"object":"chat.completion.chunk"}',
        Delta(response_id="chatcmpl-d"),
    ),
    (
        "timings_per_token and logprobs",
        b'{"choices":[{"finish_reason":null,"index":0,"delta":{"content":"!"},"logprobs":{"content":[{'
        b'"id":17,"token":"!","bytes":[33],"logprob":-0.32,"top_logprobs":[]}]}}],"created":1795156391,'
        b'"id":"chatcmpl-M","object":"chat.completion.chunk","timings":{"cache_n":30,"prompt_n":1,'
        b'"prompt_ms":6.083,"prompt_per_token_ms":6.083,"prompt_per_second":164.39256945586058,'
        b'"predicted_n":2,"predicted_ms":6.478,"predicted_per_second":154.36863229391787}}',
        Delta(text="!", usage=Usage(31, 2, 30), response_id="chatcmpl-M", tokens=1),
    ),
    (
        "timings of older versions, without the cache",
        b'{"choices":[{"finish_reason":"stop","index":0,"delta":{}}],"id":"c","timings":{"prompt_n":1,'
        b'"prompt_ms":6.1,"predicted_n":7,"predicted_ms":6.4}}',
        Delta(finish="stop", usage=Usage(None, 7), response_id="c"),
    ),
    (
        "usage with timings",
        b'{"choices":[],"created":1795156391,"id":"chatcmpl-d","object":"chat.completion.chunk","usage":'
        b'{"completion_tokens":3,"prompt_tokens":31,"total_tokens":34,"prompt_tokens_details":{'
        b'"cached_tokens":0}},"timings":{"cache_n":0,"prompt_n":31,"predicted_n":3}}',
        Delta(usage=Usage(31, 3, 0), response_id="chatcmpl-d", usage_apart=True),
    ),
    (
        "usage in the finish event (completions)",
        b'{"choices":[{"text":"","index":0,"logprobs":null,"finish_reason":"length"}],"id":"c","object":'
        b'"text_completion","usage":{"completion_tokens":2,"prompt_tokens":1,"total_tokens":3,'
        b'"prompt_tokens_details":{"cached_tokens":0}}}',
        Delta(finish="length", usage=Usage(1, 2, 0), response_id="c"),
    ),
    (
        "whole body of two choices",
        b'{"choices":[{"finish_reason":"length","index":0,"message":{"role":"assistant","content":'
        b'"Hello! How"}},{"finish_reason":"stop","index":1,"message":{"role":"assistant","content":'
        b'"Hi!"}}],"object":"chat.completion","usage":{"completion_tokens":3,"prompt_tokens":31,'
        b'"total_tokens":34},"id":"chatcmpl-W"}',
        Delta(
            text="Hello! How",
            finish="length",
            usage=Usage(31, 3),
            response_id="chatcmpl-W",
            more=[Delta(text="Hi!", finish="stop", choice=1)],
            usage_apart=True,
        ),
    ),
    (
        "whole body of two choices, with the counts of the first",
        b'{"choices":[{"finish_reason":"length","index":0,"message":{"content":"Hello! How"}},'
        b'{"finish_reason":"stop","index":1,"message":{"content":"Hi!"}}],"usage":{'
        b'"completion_tokens":3,"prompt_tokens":31,"prompt_tokens_details":{"cached_tokens":30}},'
        b'"timings":{"cache_n":30,"prompt_n":1,"predicted_n":3},"id":"chatcmpl-W"}',
        Delta(
            text="Hello! How",
            finish="length",
            usage=Usage(31, None, 30),
            response_id="chatcmpl-W",
            more=[Delta(text="Hi!", finish="stop", choice=1)],
            usage_apart=True,
        ),
    ),
    (
        "error",
        b'{"error":{"code":400,"message":"the request exceeds the available context size",'
        b'"type":"exceed_context_size_error","n_prompt_tokens":14429,"n_ctx":8192}}',
        Delta(error="the request exceeds the available context size"),
    ),
]

TGI = [
    (
        "chat event",
        b'{"object":"chat.completion.chunk","id":"","created":1726656043,"model":"Phi-3",'
        b'"system_fingerprint":"2.2.1-dev0","choices":[{"index":0,"delta":{"role":"assistant","content":'
        b'" there"},"logprobs":null,"finish_reason":null}]}',
        Delta(text=" there", response_id=""),
    ),
    (
        "tool call, arguments as an object",
        b'{"id":"","choices":[{"index":0,"message":{"role":"assistant","tool_calls":[{"id":"0","type":'
        b'"function","function":{"description":null,"name":"f","arguments":{"city":"Oslo"}}}]},'
        b'"finish_reason":"stop"}]}',
        Delta(
            tool_calls=[call(0, id="0", name="f", arguments='{"city":"Oslo"}')],
            finish="stop",
            response_id="",
        ),
    ),
    (
        "error as a string",
        b'{"error":"Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096. '
        b'Given: 6 `inputs` tokens and 4091 `max_new_tokens`","error_type":"validation"}',
        Delta(
            error="Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096. "
            "Given: 6 `inputs` tokens and 4091 `max_new_tokens`"
        ),
    ),
    (
        "error with its status",
        b'{"error":{"message":"Request failed during generation: Server error: CUDA out of memory",'
        b'"http_status_code":424}}',
        Delta(error="Request failed during generation: Server error: CUDA out of memory"),
    ),
    (
        "generate_stream",
        b'{"index":1,"token":{"id":450,"text":" The","logprob":-0.4,"special":false},'
        b'"generated_text":null,"details":null}',
        Delta(text=" The", tokens=1),
    ),
    (
        "end of generate_stream",
        b'{"index":9,"token":{"id":2,"text":"</s>","logprob":-0.4,"special":true},"generated_text":'
        b'"The end","details":{"finish_reason":"eos_token","generated_tokens":9,"seed":null,'
        b'"input_length":5}}',
        Delta(finish="eos_token", usage=Usage(5, 9), tokens=1),
    ),
]

CORPUS = {
    f"{server}: {row[0]}": row[1:]
    for server, rows in {
        "OpenAI": OPENAI,
        "vLLM": VLLM,
        "SGLang": SGLANG,
        "llama.cpp": LLAMA_CPP,
        "TGI": TGI,
        "others": OTHERS,
        "errors": ERRORS,
    }.items()
    for row in rows
}
