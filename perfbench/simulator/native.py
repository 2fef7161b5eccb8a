"""The script of an answer in another API than OpenAI's chat and completions; and answers that are
vectors or scores.

Owns how a dialect's events become the bytes of an answer. Knows no sockets and no time.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Any

import msgspec

from perfbench.simulator.api import Call, joined_prompts, parse_fields, same_body, usage_object
from perfbench.simulator.dialects.dialect import Dialect
from perfbench.simulator.framing import Framer
from perfbench.simulator.options import Options
from perfbench.simulator.output import Output, grouped
from perfbench.simulator.script import Script, plain_response, stream_head

_encode = msgspec.json.encode
_DIMENSIONS = 8
"""Of the vectors that embeddings are: what is in them is of no account."""

Closing = Callable[[int | None], bytes]


def native_parts(call: Call, http11: bool, keep_alive: bool) -> tuple[Script, Closing, Closing]:
    """The script, and the closing parts of an answer that ends in an error or has no token."""
    assert call.dialect is not None
    output = call.outputs()[0]
    nothing = Output([], [], 0, output.finish)
    if call.stream:
        stream = _Stream(call, call.dialect, http11)
        broken: Closing = lambda cached: stream.fails()  # noqa: E731
        empty = partial(stream.closes, nothing, begun=call.options.role_early)
        return stream.script(output, keep_alive and http11), broken, empty
    failure = _encode(call.dialect.fails("injected failure"))
    steps = [b""] * -(-output.tokens // call.options.tokens_per_event)
    script = Script(
        head=b"",
        steps=steps,
        width=1,
        tokens_per_step=call.options.tokens_per_event,
        tokens=output.tokens,
        closing=partial(_whole, call, output, keep_alive),
        ending="keep" if keep_alive else "close",
        finish=output.finish,
    )
    return (
        script,
        lambda cached: plain_response(200, failure, keep_alive),
        partial(_whole, call, nothing, keep_alive),
    )


class _Stream:
    """Makes the bytes of one stream."""

    def __init__(self, call: Call, dialect: Dialect, chunked: bool) -> None:
        self._call = call
        self._dialect = dialect
        self._chunked = chunked
        form = "lines" if dialect.form == "lines" else call.options.framing
        self._framer = Framer(form, chunked)

    def script(self, output: Output, keep_alive: bool) -> Script:
        call = self._call
        size = call.options.tokens_per_event
        texts = grouped(output.reasoning, size), grouped(output.content, size)
        steps = [self._frame(event) for event in self._dialect.says(call, *texts)]
        kind = "application/x-ndjson" if self._dialect.form == "lines" else "text/event-stream"
        opening = stream_head(kind, self._chunked, keep_alive)
        if call.options.role_early:
            opening += self._begins()
        elif steps:
            steps[0] = self._begins() + steps[0]
        return Script(
            head=opening,
            steps=steps,
            width=1,
            tokens_per_step=size,
            tokens=output.tokens,
            closing=partial(self.closes, output),
            ending="keep" if keep_alive else "close",
            split=call.options.framing == "odd",
            finish=output.finish,
        )

    def closes(self, output: Output, cached: int | None, begun: bool = True) -> bytes:
        """The last bytes of an answer."""
        events = self._dialect.ends(self._call, output, _usage(self._call, output, cached))
        closing = b"" if begun else self._begins()
        return closing + b"".join(map(self._frame, events)) + self._framer.end()

    def fails(self) -> bytes:
        return self._frame(self._dialect.fails("injected failure")) + self._framer.end()

    def _begins(self) -> bytes:
        return b"".join(map(self._frame, self._dialect.begins(self._call)))

    def _frame(self, event: dict[str, Any]) -> bytes:
        name = event["type"] if self._dialect.form == "sse with names" else ""
        return self._framer.frame(_encode(event), name)


def _whole(call: Call, output: Output, keep_alive: bool, cached: int | None) -> bytes:
    assert call.dialect is not None
    answer = call.dialect.whole(call, output, _usage(call, output, cached))
    return plain_response(200, _encode(answer), keep_alive)


def _usage(call: Call, output: Output, cached: int | None) -> dict[str, Any]:
    if call.options.usage == "missing":
        return {}
    return usage_object(call, output.tokens, cached, len(output.reasoning))


def read_script(call: Call, answer: dict[str, Any], keep_alive: bool) -> Script:
    """The answer to what is read and not continued: there when its prompts are."""
    body = plain_response(200, _encode(answer), keep_alive)
    return Script(
        head=b"",
        steps=[b""],
        width=1,
        tokens_per_step=0,
        tokens=0,
        closing=lambda cached: body,
        ending="keep" if keep_alive else "close",
    )


def vectors(call: Call) -> dict[str, Any]:
    """An embedding of each prompt."""
    rows = [
        {"object": "embedding", "index": index, "embedding": [0.125] * _DIMENSIONS}
        for index in range(call.choices)
    ]
    counts = {"prompt_tokens": call.prompt_tokens, "total_tokens": call.prompt_tokens}
    return {"object": "list", "data": rows, "model": call.model, "usage": counts}


def scores(call: Call) -> dict[str, Any]:
    """A score of each document, the first the best."""
    rows = [{"index": index, "relevance_score": 1 / (index + 1)} for index in range(call.choices)]
    counts = {"prompt_tokens": call.prompt_tokens, "total_tokens": call.prompt_tokens}
    return {"id": call.id, "model": call.model, "results": rows, "usage": counts}


def parse_reading(raw: bytes, ranks: bool, number: int, options: Options) -> Call:
    """Read a request for embeddings, or to rank documents: prompts without an answer.

    Raises:
        Reject: as :func:`parse_call`.
    """
    fields = parse_fields(raw)
    given = fields.get("documents" if ranks else "input")
    if ranks:
        documents = given if isinstance(given, list) else []
        given = [
            f"{fields.get('query')}\n{each.get('text') if isinstance(each, dict) else each}"
            for each in documents
        ]
    body = same_body({"model": fields.get("model"), "prompt": given, "max_tokens": 1}, options)
    prompt, prompts = joined_prompts(body)
    return Call(
        number=number,
        chat=False,
        options=options,
        model=options.model,
        created=int(time.time()),
        prompt=prompt,
        choices=prompts,
        tokens=1,
        finish="stop",
        stops=(),
        tool=None,
        told=None,
        stream=False,
        include_usage=True,
        continuous_usage=False,
    )
