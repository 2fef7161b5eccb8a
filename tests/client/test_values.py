"""One absurd value in one field of an answer: it is that request's data, and can be kept."""

from __future__ import annotations

import asyncio
import sqlite3
from typing import Any

import msgspec
import pytest
from scripted_server import DONE, event, request, says, stops

from perfbench.client.exchange import Exchange
from perfbench.endpoints.openai_chat import OpenAIChat
from perfbench.endpoints.openai_completions import OpenAICompletions
from perfbench.endpoints.vllm import VLLM
from perfbench.store import schema
from perfbench.types import FAILURES, Delta, Generation, Record, Usage

LOOP = asyncio.new_event_loop()
"""Never run: exchanges only make futures of it."""
LOOP.close()
ENDPOINTS = [cls(Generation(model="m")) for cls in (OpenAIChat, OpenAICompletions, VLLM)]

VALUES = [
    *("null", "true", "false", "0", "-0", "-1", "1", "1.0", "1.5", "-1e-9", "NaN", "Infinity"),
    *("-Infinity", "1e308", "1e999", "-1e999", str(2**31), str(2**53 + 1), str(2**63 - 1)),
    *(str(2**63), str(2**64 - 1), str(2**64), str(-(2**63) - 1), "9" * 400, "9" * 5000),
    *('""', '" "', '"x"', '"null"', '"error"', '"0"', r'"\u0000"', r'"\ud800"', r'"\udfff\ud800"'),
    *(r'"a\ud83d"', r'"\ude00"', r'"\ud83d\ude00"', r'"\uffff\ufffe"', '"\x7f\x85\u2028"'),
    *(r'"\u001b[31m"', r'"\r\n\t"', r'"=1+1"', "[0,1,2]", '"[DONE]"', "-0.0"),
    *('"' + "y" * 70_000 + '"', "[]", "[null]", "[1]", '["x"]', "[[]]", "[{}]", "{}", '{"":{}}'),
    *('{"a":1}', '{"message":"no"}', '{"index":%s}' % (10**30), '[{"index":-1}]'),
    *('[{"index":%s,"delta":{"content":"z"}}]' % (10**30), r'["\ud800"]', r'{"\ud800":"\udc00"}'),
    *("[" + ",".join(["{}"] * 3000) + "]", "[" * 200 + "]" * 200, '{"a":' * 200 + "1" + "}" * 200),
    *("[" * 3000 + "]" * 3000, '[{"content":"x"},{"text":"y"}]', '{"content":[{"text":1}]}'),
    *('[{"type":"function","id":1,"function":{"name":2,"arguments":VALUE}}]'.replace("VALUE", value)
      for value in ("9" * 30, r'"\ud800"', r'{"a":"\ud800"}', "NaN", "[[]]", "null", "true")),
]  # fmt: skip

CHUNK = (
    '{{"id":{id},"object":{object},"choices":[{{"index":{index},"finish_reason":{finish},'
    '"text":{text},"logprobs":{logprobs},"token_ids":{token_ids},"error":{choice_error},'
    '"usage":{choice_usage},"{kind}":{{"role":{role},"content":{content},"refusal":{refusal},'
    '"reasoning":{reasoning},"reasoning_content":{reasoning_content},"tool_calls":{tool_calls},'
    '"function_call":{function_call}}}}}],"usage":{usage},"error":{error},"errors":{errors},'
    '"timings":{timings},"x_groq":{x_groq},"token":{token},"details":{details},'
    '"message":{message},"detail":{detail},"base_resp":{base_resp},"code":{code}}}'
)
FIELDS = {
    "id": '"c1"', "object": '"chat.completion.chunk"', "index": "0", "finish": "null",
    "text": "null", "logprobs": "null", "token_ids": "null", "choice_error": "null",
    "choice_usage": "null", "role": '"assistant"', "content": '"b"', "refusal": "null",
    "reasoning": "null", "reasoning_content": "null", "tool_calls": "null",
    "function_call": "null", "usage": "null", "error": "null", "errors": "null",
    "timings": "null", "x_groq": "null", "token": "null", "details": "null", "message": "null",
    "detail": "null", "base_resp": "null", "code": "null",
}  # fmt: skip
NESTED = {
    "usage": [
        '{{"prompt_tokens":{}}}', '{{"completion_tokens":{}}}', '{{"input_tokens":{}}}',
        '{{"output_tokens":{}}}', '{{"cached_tokens":{}}}', '{{"reasoning_tokens":{}}}',
        '{{"prompt_tokens_details":{}}}', '{{"prompt_tokens_details":{{"cached_tokens":{}}}}}',
        '{{"completion_tokens_details":{{"reasoning_tokens":{}}}}}',
    ],
    "tool_calls": [
        '[{{"index":{}}}]', '[{{"id":{}}}]', '[{{"id":"i","function":{}}}]',
        '[{{"function":{{"name":{}}}}}]', '[{{"function":{{"arguments":{}}}}}]',
        '[{{"index":{},"id":"i","function":{{"name":"f","arguments":"a"}}}}]',
    ],
    "function_call": ['{{"name":{}}}', '{{"name":"f","arguments":{}}}'],
    "timings": ['{{"predicted_n":{}}}', '{{"predicted_n":3,"prompt_n":{},"cache_n":1}}'],
    "logprobs": ['{{"content":{}}}', '{{"tokens":{}}}'],
    "error": ['{{"message":{}}}', '{{"code":{}}}'],
    "x_groq": ['{{"usage":{{"completion_tokens":{}}}}}'],
    "details": ['{{"generated_tokens":{},"finish_reason":"length"}}', '{{"finish_reason":{}}}'],
    "token": ['{{"text":{}}}', '{{"special":{},"text":"t"}}'],
    "base_resp": ['{{"status_code":{}}}', '{{"status_code":1,"status_msg":{}}}'],
}  # fmt: skip


def answers(value: str) -> list[tuple[str, bytes]]:
    """An answer for each field, or field of a field, that has ``value`` in place of its own."""
    given = [(field, value) for field in FIELDS]
    given += [(field, form.format(value)) for field, forms in NESTED.items() for form in forms]
    return [
        (kind, CHUNK.format(**{**FIELDS, field: text, "kind": kind}).encode("utf-8", "replace"))
        for field, text in given
        for kind in ("delta", "message")
    ]


def record_of(body: bytes, stream: bool, endpoint: Any) -> Record:
    kind = "text/event-stream" if stream else "application/json"
    made = Exchange(request(stream=stream), endpoint, LOOP)
    made.sent_ns = 50
    made.headers(200, kind, "", "", 100)
    made.bodies.append(body)
    made.stamps.append(110)
    made.end(9_000)
    return made.finish()


class Keeper:
    """What a record goes through: to the parent, into SQLite, and back."""

    def __init__(self) -> None:
        self._db = sqlite3.connect(":memory:")
        self._db.executescript(schema.TABLES)
        self._key = 0

    def keep(self, record: Record) -> None:
        self._key += 1
        sent = msgspec.msgpack.decode(msgspec.msgpack.encode(record), type=Record)
        assert sent == record
        sent.seq = self._key
        self._db.execute(schema.INSERT_REQUEST, schema.request_row(sent, self._key, 0, 0))
        if (row := schema.output_row(sent, self._key)) is not None:
            self._db.execute(schema.INSERT_OUTPUT, row)
        msgspec.json.encode(record)

    def close(self) -> None:
        self._db.close()


@pytest.fixture(scope="module")
def keeper() -> Any:
    made = Keeper()
    yield made
    made.close()


@pytest.mark.parametrize("number", range(len(VALUES)))
def test_one_absurd_value_in_one_field(number: int, keeper: Keeper) -> None:
    """Some 150 answers for each of some 60 values; streamed ones among ordinary events."""
    for position, (kind, data) in enumerate(answers(VALUES[number])):
        endpoint = ENDPOINTS[position % len(ENDPOINTS)]
        stream = kind == "delta"
        body = says("a") + event(data) + says("c") + stops() + DONE if stream else data
        record = record_of(body, stream, endpoint)
        assert record.outcome in ("ok", *FAILURES)
        if stream and endpoint.name == "openai":
            assert record.text[:1] + record.text[-1:] == "ac"
        keeper.keep(record)
        usage = record.usage or Usage()
        for count in msgspec.structs.astuple(usage):
            assert count is None or 0 <= count <= 1 << 40


def test_there_are_many_of_them() -> None:
    assert sum(len(answers(value)) for value in VALUES) > 8000


def test_halves_of_a_character_and_counts_beyond_64_bits(keeper: Keeper) -> None:
    call = (
        rb'{"choices":[{"index":0,"delta":{"content":"a\ud83d","tool_calls":[{"index":0,"id":"\udc00",'
        rb'"function":{"name":"\ud800f","arguments":{"n":123456789012345678901234567890}}}]}}],'
        rb'"usage":{"prompt_tokens":99999999999999999999,"completion_tokens":7}}'
    )
    record = record_of(event(call) + stops() + DONE, True, ENDPOINTS[0])
    assert (record.outcome, record.text, record.usage) == ("ok", "a?", Usage(None, 7))
    function = {"name": "?f", "arguments": '{"n":123456789012345678901234567890}'}
    assert record.tool_calls == [{"id": "?", "type": "function", "function": function}]
    keeper.keep(record)


class Foreign:
    """A third party's endpoint that hands over what it likes, or raises."""

    name = "foreign"

    def __init__(self, said: Any) -> None:
        self._said = said

    def parse(self, data: bytes) -> Delta:
        if isinstance(self._said, Exception):
            raise self._said
        return Delta(**self._said)

    def parse_many(self, events: list[bytes]) -> list[Delta]:
        return [self.parse(each) for each in events]


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize(
    "said",
    [
        KeyError("choices"),
        RecursionError("deep"),
        ZeroDivisionError("no"),
        {"text": 5},
        {"text": b"bytes"},
        {"reasoning": ["x"]},
        {"text": "a", "tool_calls": [{"index": "first"}]},
        {"text": "a", "tool_calls": ["call"]},
        {"text": "a", "finish": {"reason": 1}},
        {"text": "a", "usage": Usage("many", -5, 10**30, 1.5)},  # type: ignore[arg-type]
        {"text": "a", "usage": 7},
        {"text": "a", "response_id": object()},
        {"text": "a", "error": 404},
        {"text": "a", "choice": "one"},
        {"text": "a", "tokens": "three"},
        {"text": "a", "more": [1]},
    ],
)
def test_a_third_partys_parser_costs_its_own_request(
    said: Any, stream: bool, keeper: Keeper
) -> None:
    record = record_of(says("a") + DONE if stream else b"{}", stream, Foreign(said))
    assert record.outcome in ("ok", *FAILURES)
    if isinstance(said, Exception):
        name = type(said).__name__
        assert record.outcome == "protocol"
        assert record.detail.startswith(f"the answer could not be read: {name}: ")
    keeper.keep(record)
