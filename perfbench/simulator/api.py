"""The JSON of the API: request bodies in, plain answers out, in OpenAI's and vLLM's shapes.

Owns which fields are honoured, their checks and the error objects. Knows nothing of sockets,
streams or timing.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

from perfbench.simulator import tokens
from perfbench.simulator.dialects.dialect import Dialect
from perfbench.simulator.options import Options
from perfbench.simulator.output import Output, call_tool, open_length, recite, speak

GUARD = 2048
"""An output limit from here on keeps an answer from going on for ever: it is what clients send who
want no length of their own. Answers end by themselves before it, as a model's do."""

PHRASES = {
    200: "OK",
    400: "Bad Request",
    401: "Unauthorized",
    404: "Not Found",
    405: "Method Not Allowed",
    429: "Too Many Requests",
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Timeout",
}


class Reject(Exception):
    """A request that is answered with an error status instead of tokens."""

    def __init__(self, status: int, message: str, param: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.param = param

    def body(self) -> bytes:
        """The error object, as OpenAI spells it."""
        return error_body(self.status, str(self), self.param)


class StreamOptions(msgspec.Struct):
    """``stream_options`` of a request body."""

    include_usage: bool | None = None
    continuous_usage_stats: bool | None = None


class Body(msgspec.Struct):
    """The fields of a completion request that are honoured; others are ignored."""

    model: str | None = None
    messages: list[dict[str, Any]] | None = None
    prompt: str | list[Any] | None = None
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    max_tokens: int | None = None
    max_completion_tokens: int | None = None
    min_tokens: int | None = None
    ignore_eos: bool | None = None
    n: int | None = None
    stop: str | list[str] | None = None
    tools: list[dict[str, Any]] | None = None
    tool_choice: str | dict[str, Any] | None = None


class Call(msgspec.Struct, frozen=True):
    """One valid completion request: what is to be said, not how or when."""

    number: int
    """Counts requests from 0; the response's id ends in it."""
    chat: bool
    options: Options
    """The service's, with what the request overrides for its tests."""
    model: str
    created: int
    """Wall time, s."""
    prompt: bytes
    """Prompt data (see ``tokens``); several prompts are joined."""
    choices: int
    """Choices of the answer: ``n`` for each prompt."""
    tokens: int
    """Output tokens of each choice before stop strings."""
    finish: str
    stops: tuple[str, ...]
    tool: str | None
    """Function to call instead of answering."""
    told: Output | None
    """What to say, where the simulator was told."""
    stream: bool
    include_usage: bool
    continuous_usage: bool
    dialect: Dialect | None = None
    """The API it is in, where that is neither chat nor completions."""

    @property
    def prompt_tokens(self) -> int:
        return tokens.count(self.prompt)

    @property
    def id(self) -> str:
        return f"{'chatcmpl' if self.chat else 'cmpl'}-{self.number}"

    def outputs(self) -> list[Output]:
        """What each choice says; every choice begins with another word."""
        if self.told is not None:
            return [self.told] * self.choices
        first = range(self.number, self.number + self.choices)
        if self.tool is not None:
            return [call_tool(start, self.tokens) for start in first]
        reasoning = min(self.options.reasoning_tokens, self.tokens) if self.chat else 0
        return [speak(i, self.tokens, reasoning, self.stops, self.finish) for i in first]


_decode_answers = msgspec.json.Decoder(dict[str, list[str]]).decode
_decode_body = msgspec.json.Decoder(Body).decode
_decode_fields = msgspec.json.Decoder(dict[str, Any]).decode
_Decoded = TypeVar("_Decoded")


def parse_call(
    raw: bytes, chat: bool, number: int, options: Options, told: str | None = None
) -> Call:
    """Read a completion request.

    Args:
        told: the answer; ``None`` leaves it to the simulator.

    Raises:
        Reject: 400 for what is malformed or impossible, 404 for a model that is not served.
    """
    return make_call(parse_body(raw, options), chat, number, options, told)


def make_call(
    body: Body, chat: bool, number: int, options: Options, told: str | None = None
) -> Call:
    """What a request's fields ask for; otherwise as :func:`parse_call`."""
    prompt, prompts = _chat_prompt(body) if chat else joined_prompts(body)
    stream_options = body.stream_options or StreamOptions()
    wanted, limit, finish = _length(body, number, options)
    given = None if told is None else recite(told, _limit(body))
    if given is not None:
        wanted, limit, finish = given.tokens, max(limit, given.tokens), given.finish
    if body.n is not None and not 1 <= body.n <= 128:
        raise Reject(400, "n must be from 1 to 128", "n")
    choices = prompts * (body.n or 1)
    _check_room(tokens.count(prompt), limit, choices, options)
    return Call(
        number=number,
        chat=chat,
        options=options,
        model=body.model or options.model,
        created=int(time.time()),
        prompt=prompt,
        choices=choices,
        tokens=wanted,
        finish=finish,
        stops=(body.stop,) if isinstance(body.stop, str) else tuple(body.stop or ()),
        tool=_tool(body) if chat else None,
        told=given,
        stream=bool(body.stream),
        include_usage=bool(stream_options.include_usage),
        continuous_usage=bool(
            stream_options.include_usage and stream_options.continuous_usage_stats
        ),
    )


def parse_body(raw: bytes, options: Options) -> Body:
    """Read the honoured fields and check the model.

    Raises:
        Reject: 400 for malformed JSON or a field of the wrong type, 404 for an unknown model.
    """
    return check_model(_decoded(raw, _decode_body), options)


def check_model(body: Body, options: Options) -> Body:
    """The same body.

    Raises:
        Reject: 404 for a model that is not served.
    """
    if body.model is not None and body.model not in (options.model, *options.adapters):
        raise Reject(404, f"The model `{body.model}` does not exist.", "model")
    return body


def parse_fields(raw: bytes) -> dict[str, Any]:
    """The fields of a body in another API.

    Raises:
        Reject: 400, it is not a JSON object.
    """
    return _decoded(raw, _decode_fields)


def same_body(fields: dict[str, Any], options: Options) -> Body:
    """A body of the fields that a dialect has named as OpenAI does.

    Raises:
        Reject: as :func:`parse_body`.
    """
    try:
        return check_model(msgspec.convert(fields, Body), options)
    except msgspec.ValidationError as error:
        raise Reject(400, str(error)) from None


def _decoded(raw: bytes, decode: Callable[[bytes], _Decoded]) -> _Decoded:
    try:
        return decode(raw)
    except msgspec.ValidationError as error:
        raise Reject(400, str(error)) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Reject(400, f"The body is not valid JSON: {error}") from None


def error_body(status: int, message: str, param: str | None = None) -> bytes:
    """An error object in OpenAI's shape."""
    kind = {401: "authentication_error", 404: "not_found_error", 429: "rate_limit_error"}.get(
        status, "server_error" if status >= 500 else "invalid_request_error"
    )
    return msgspec.json.encode(
        {"error": {"message": message, "type": kind, "param": param, "code": status}}
    )


def models_body(options: Options, created: int) -> bytes:
    """The answer of ``GET /v1/models``."""
    models = [
        {
            "id": name,
            "object": "model",
            "created": created,
            "owned_by": "perfbench",
            "max_model_len": options.max_model_len,
        }
        for name in (options.model, *options.adapters)
    ]
    return msgspec.json.encode({"object": "list", "data": models})


def tokenize_body(raw: bytes, options: Options) -> bytes:
    """The answer of ``POST /tokenize``, in vLLM's shape.

    Raises:
        Reject: as :func:`parse_body`, or there is neither ``prompt`` nor ``messages``.
    """
    body = parse_body(raw, options)
    prompt, _ = joined_prompts(body) if body.messages is None else _chat_prompt(body)
    ids = tokens.decode_ids(prompt)
    return msgspec.json.encode(
        {"count": len(ids), "max_model_len": options.max_model_len, "tokens": ids}
    )


def read_answers(raw: bytes) -> dict[str, list[str]]:
    """The body of ``POST /answers``: texts by the hash of a request's body.

    Raises:
        Reject: 400 for what is malformed.
    """
    try:
        return _decode_answers(raw)
    except msgspec.MsgspecError as error:
        raise Reject(400, str(error)) from None


def usage_object(
    call: Call, completion: int, cached: int | None = None, reasoning: int = 0
) -> dict[str, Any]:
    """``usage`` of an answer; the details appear only where there is something to tell."""
    usage: dict[str, Any] = {
        "prompt_tokens": call.prompt_tokens,
        "total_tokens": call.prompt_tokens + completion,
        "completion_tokens": completion,
    }
    if cached is not None:
        usage["prompt_tokens_details"] = {"cached_tokens": cached}
    if reasoning:
        usage["completion_tokens_details"] = {"reasoning_tokens": reasoning}
    return usage


def _chat_prompt(body: Body) -> tuple[bytes, int]:
    if not body.messages:
        raise Reject(400, "messages is missing or empty", "messages")
    return tokens.encode_text(tokens.render_chat(body.messages)), 1


def joined_prompts(body: Body) -> tuple[bytes, int]:
    """Prompt data and number of prompts: a text, token ids, or a list of either."""
    prompt = body.prompt
    if prompt is None or prompt == []:
        raise Reject(400, "prompt is missing or empty", "prompt")
    if isinstance(prompt, str):
        return tokens.encode_text(prompt), 1
    try:
        if isinstance(prompt[0], str):
            return b"".join(map(tokens.encode_text, prompt)), len(prompt)
        if isinstance(prompt[0], list):
            return b"".join(map(tokens.encode_ids, prompt)), len(prompt)
        return tokens.encode_ids(prompt), 1
    except (AttributeError, TypeError):
        raise Reject(400, "prompt mixes texts and token ids", "prompt") from None
    except ValueError as error:
        raise Reject(400, f"prompt: {error}", "prompt") from None


def _length(body: Body, number: int, options: Options) -> tuple[int, int, str]:
    """Output tokens, what they are limited to, and finish reason.

    A length that is given is reached: nothing ends it early. A limit that is a guard is not, unless
    the request says ``ignore_eos``.
    """
    limit = _limit(body)
    least = body.min_tokens or 0
    if limit is not None and limit < 1:
        raise Reject(400, f"max_tokens must be at least 1, got {limit}.", "max_tokens")
    if least < 0 or (limit is not None and least > limit):
        raise Reject(400, f"min_tokens must be from 0 to max_tokens, got {least}.", "min_tokens")
    if limit is not None and (limit < GUARD or body.ignore_eos):
        return limit, limit, "length"
    length = max(least, open_length(options.output_tokens, options.seed, number))
    if limit is not None:
        return min(length, limit), limit, "stop" if length < limit else "length"
    return length, length, "length" if body.ignore_eos else "stop"


def _limit(body: Body) -> int | None:
    given = body.max_completion_tokens
    return body.max_tokens if given is None else given


def _check_room(prompt: int, wanted: int, choices: int, options: Options) -> None:
    """Refuse what the KV cache could never hold, or it would wait for ever."""
    whole_blocks = -(-wanted // options.block_size) * options.block_size
    if prompt + wanted + (choices - 1) * whole_blocks > options.max_model_len:
        raise Reject(
            400,
            f"This model's maximum context length is {options.max_model_len} tokens. However, you "
            f"requested {wanted} output tokens and your prompt contains {prompt} input tokens.",
            "max_tokens",
        )


def _tool(body: Body) -> str | None:
    """The function to call: the one that is named, or the first when a call is required."""
    if not body.tools or body.tool_choice in (None, "none", "auto"):
        return None
    choice = body.tool_choice if isinstance(body.tool_choice, dict) else body.tools[0]
    function = choice.get("function")
    name = function.get("name") if isinstance(function, dict) else None
    if not isinstance(name, str):
        raise Reject(400, "a tool has no function.name", "tools")
    return name
