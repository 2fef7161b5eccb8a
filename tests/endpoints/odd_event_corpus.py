"""Events of servers that go their own way, and errors that travel inside a 200.

Rows are (server and situation, data, Delta), as in ``event_corpus``.
"""

from __future__ import annotations

from perfbench.types import Delta, Usage

OTHERS = [
    (
        "TensorRT-LLM",
        b'{"id":"chatcmpl-t","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index"'
        b':0,"delta":{"role":null,"content":"x","reasoning_content":null,"reasoning":null,"tool_calls":'
        b'null},"logprobs":null,"finish_reason":null,"stop_reason":null,"mm_embedding_handle":null,'
        b'"disaggregated_params":null,"avg_decoded_tokens_per_iter":1.0}],"usage":null}',
        Delta(text="x", response_id="chatcmpl-t"),
    ),
    (
        "MindIE, usage with the finish reason",
        b'{"id":"endpoint_common_8","object":"chat.completion.chunk","created":1729614610,"model":"q",'
        b'"full_text":"Hi you","usage":{"prompt_tokens":54,"prompt_tokens_details":'
        b'{"cached_tokens":0},"completion_tokens":17,"total_tokens":71,"batch_size":[1,1],"queue_wait_time":[5318,117]},'
        b'"choices":[{"index":0,"delta":{"role":"assistant","content":" you"},"logprobs":null,'
        b'"finish_reason":"length"}]}',
        Delta(
            text=" you", finish="length", usage=Usage(54, 17, 0), response_id="endpoint_common_8"
        ),
    ),
    (
        "DeepSeek",
        b'{"id":"1f63","choices":[{"index":0,"delta":{"content":"","reasoning_content":null},'
        b'"finish_reason":"stop"}],"usage":{"prompt_tokens":17,"completion_tokens":9,"total_tokens":26,'
        b'"prompt_tokens_details":{"cached_tokens":0},"prompt_cache_hit_tokens":0,'
        b'"prompt_cache_miss_tokens":17,"completion_tokens_details":{"reasoning_tokens":6}}}',
        Delta(finish="stop", usage=Usage(17, 9, 0, 6), response_id="1f63"),
    ),
    (
        "Moonshot, usage inside the choice",
        b'{"id":"cmpl-k","object":"chat.completion.chunk","choices":[{"index":0,"delta":{},'
        b'"finish_reason":"stop","usage":{"prompt_tokens":19,"completion_tokens":13,"total_tokens":32,'
        b'"cached_tokens":8}}]}',
        Delta(finish="stop", usage=Usage(19, 13, 8), response_id="cmpl-k"),
    ),
    (
        "Groq",
        b'{"id":"chatcmpl-g","choices":[{"index":0,"delta":{},"logprobs":null,"finish_reason":"stop"}],'
        b'"x_groq":{"id":"req_01","usage":{"queue_time":0.01,"prompt_tokens":18,"prompt_time":0.0001,'
        b'"completion_tokens":5,"total_tokens":23}}}',
        Delta(finish="stop", usage=Usage(18, 5), response_id="chatcmpl-g"),
    ),
    (
        "Mistral, thinking as parts",
        b'{"id":"m","choices":[{"index":0,"delta":{"content":[{"type":"thinking","thinking":[{"type":'
        b'"text","text":"Let me"}]},{"type":"text","text":"42"}]},"finish_reason":null}]}',
        Delta(text="42", reasoning="Let me", response_id="m"),
    ),
    (
        "Mistral through LiteLLM, empty usage",
        b'{"id":"m","choices":[{"delta":{"content":" sight","function_call":null,"role":null},'
        b'"finish_reason":null,"index":0}],"usage":{}}',
        Delta(text=" sight", response_id="m"),
    ),
    (
        "usage of nulls and -1",
        b'{"id":"m","choices":null,"usage":{"prompt_tokens":-1,"completion_tokens":null,"total_tokens":0}}',
        Delta(response_id="m"),
    ),
    (
        "finish reason as an empty string",
        b'{"id":"q","choices":[{"index":0,"delta":{"content":"x"},"finish_reason":""}]}',
        Delta(text="x", response_id="q"),
    ),
    (
        "finish reason 'null'",
        b'{"id":"q","choices":[{"index":0,"delta":{"content":"x"},"finish_reason":"null"}]}',
        Delta(text="x", response_id="q"),
    ),
    (
        "delta beside a cumulative message (Perplexity)",
        b'{"id":"p","choices":[{"index":0,"message":{"role":"assistant","content":"ab"},"delta":{'
        b'"content":"b"},"finish_reason":null}]}',
        Delta(text="b", response_id="p"),
    ),
    (
        "wrong types everywhere",
        b'{"id":7,"choices":[null,{"index":"0","delta":{"content":{"a":1},"reasoning":["r"],'
        b'"tool_calls":"no"},"finish_reason":3,"token_ids":{},"logprobs":[]}],"usage":{"prompt_tokens":'
        b'"9","completion_tokens":4.0,"prompt_tokens_details":[]}}',
        Delta(reasoning="r", usage=Usage(None, 4)),
    ),
    (
        "half a surrogate pair",
        b'{"id":"s","choices":[{"index":0,"delta":{"content":"a\\ud83d"}}]}',
        Delta(text="a\ud83d", response_id="s"),
    ),
    (
        "broken UTF-8",
        b'{"id":"s","choices":[{"index":0,"delta":{"content":"a\xf0\x9f"}}]}',
        Delta(text="a\ufffd", response_id="s"),
    ),
    ("keep-alive", b'{"type":"ping"}', Delta()),
    ("nothing", b"{}", Delta()),
]

ERRORS = [
    (
        "OpenRouter",
        b'{"id":"gen-1","object":"chat.completion.chunk","error":{"code":"server_error","message":'
        b'"Provider disconnected"},"choices":[{"index":0,"delta":{"content":""},"finish_reason":'
        b'"error"}]}',
        Delta(finish="error", error="Provider disconnected", response_id="gen-1"),
    ),
    (
        "OpenRouter, inside the choice",
        b'{"id":"gen-1","choices":[{"index":0,"delta":{"content":"x"},"finish_reason":"error","error":{'
        b'"code":502,"message":"upstream timed out"}}]}',
        Delta(text="x", finish="error", error="upstream timed out", response_id="gen-1"),
    ),
    (
        "finish reason alone",
        b'{"id":"v","choices":[{"index":0,"delta":{},"finish_reason":"error"}]}',
        Delta(finish="error", error='finish_reason "error"', response_id="v"),
    ),
    (
        "LiteLLM",
        b'{"error": {"message": "litellm.APIConnectionError: Extra data: line 1 column 8 (char 7)",'
        b'"type": null, "param": null, "code": "500"}}',
        Delta(error="litellm.APIConnectionError: Extra data: line 1 column 8 (char 7)"),
    ),
    (
        "Anthropic through a gateway",
        b'{"type":"error","error":{"details":null,"type":"overloaded_error","message":"Overloaded"}}',
        Delta(error="Overloaded"),
    ),
    (
        "code and message",
        b'{"code":"InvalidParameter","message":"Range of input length should be [1, 30720]",'
        b'"request_id":"x"}',
        Delta(error="Range of input length should be [1, 30720]"),
    ),
    (
        "gateway",
        b'{"message":"no Route matched with those values"}',
        Delta(error="no Route matched with those values"),
    ),
    ("FastAPI", b'{"detail":"Not Found"}', Delta(error="Not Found")),
    (
        "FastAPI validation",
        b'{"detail":[{"type":"missing","loc":["body","messages"],"msg":"Field required"}]}',
        Delta(
            error='{"detail": [{"type": "missing", "loc": ["body", "messages"], '
            '"msg": "Field required"}]}'
        ),
    ),
    (
        "Baidu",
        b'{"error_code":336003,"error_msg":"the max length is 4800","id":"as-1"}',
        Delta(error="the max length is 4800", response_id="as-1"),
    ),
    (
        "MiniMax",
        b'{"id":"1","choices":null,"base_resp":{"status_code":1008,"status_msg":"no balance"}}',
        Delta(error="no balance", response_id="1"),
    ),
    (
        "MiniMax, no error",
        b'{"id":"1","choices":[{"index":0,"delta":{"content":"a"}}],"base_resp":'
        b'{"status_code":0,"status_msg":""}}',
        Delta(text="a", response_id="1"),
    ),
    (
        "flag beside a message",
        b'{"error":true,"message":"out of memory"}',
        Delta(error="out of memory"),
    ),
    ("no words at all", b'{"error":{"code":17}}', Delta(error='{"code": 17}')),
    ("a list", b'{"errors":[{"message":"bad key"}]}', Delta(error="bad key")),
    (
        "no error",
        b'{"error":null,"choices":[{"index":0,"delta":{"content":"a"}}]}',
        Delta(text="a"),
    ),
    ("a success", b'{"code":200,"message":"success"}', Delta()),
]
