"""The bytes of an answer, made before it begins: its events and its closing part.

Owns the shape of OpenAI's events and how a fault shows in the bytes. Knows nothing of sockets or of
when a byte is due; ``Generation`` sends what is made here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import chain, zip_longest
from typing import Any

import msgspec
from msgspec.structs import replace

from perfbench.simulator.api import Call, error_body, usage_object
from perfbench.simulator.faults import Fault
from perfbench.simulator.framing import DONE, Framer
from perfbench.simulator.native import native_parts
from perfbench.simulator.output import Output, grouped
from perfbench.simulator.script import Script, plain_response, stream_head

LATE_USAGE_NS = 200_000_000
"""``usage=late``: from the finish chunk to the usage chunk."""

FAULT_NS = 5_000_000
"""From the last token before a fault to the fault, so that the two are not one write."""

_encode = msgspec.json.encode


def make_script(call: Call, fault: Fault | None, http11: bool, keep_alive: bool) -> Script:
    """The answer to ``call``, with ``fault`` in it. HTTP/1.0 gets a body that ends with the
    connection instead of chunks."""
    if fault is not None and call.options.usage == "late":
        # The late part begins with the last token; an answer that breaks off has none.
        call = replace(call, options=replace(call.options, usage="own"))
    if call.dialect is not None:
        script, broken, empty = native_parts(call, http11, keep_alive)
    elif call.stream:
        script = _stream_script(call, http11, keep_alive and http11)
        broken = partial(_in_band_event, call, http11)
        empty = partial(_empty_stream, call, http11)
    else:
        script = _whole_script(call, keep_alive)
        broken = partial(_in_band_body, keep_alive)
        empty = partial(_whole_body, call, [Output([], [], 0, "stop")] * call.choices, keep_alive)
    if fault is None:
        return script
    if fault.kind == "stall":
        pause = call.options.stall_s if fault.value is None else fault.value
        at = min(script.half, len(script.steps) - script.width)
        return replace(script, stall_at=at, stall_s=pause)
    if fault.kind == "empty":
        return replace(script, steps=[], tokens=0, closing=empty, closing_ns=0, status="empty")
    script = replace(script, steps=script.steps[: script.half], closing_ns=FAULT_NS)
    if fault.kind == "in_band":
        return replace(script, closing=broken, status="error")
    return replace(
        script,
        closing=_half_of(script.closing) if not call.stream else lambda cached: b"",
        ending="reset" if fault.kind == "cut" else "close",
        status="cut",
    )


class _Table(dict[str, bytes]):
    """Events by their text: a stream repeats few texts, so most events are made once."""

    def __init__(self, make: Callable[[str], bytes]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, text: str) -> bytes:
        event = self[text] = self._make(text)
        return event


class _Events:
    """Makes the events of one stream."""

    def __init__(self, call: Call, chunked: bool) -> None:
        self.call = call
        self.framer = Framer(call.options.framing, chunked)
        self.frame = self.framer.frame
        kind = "chat.completion.chunk" if call.chat else "text_completion"
        head = {"id": call.id, "object": kind, "created": call.created, "model": call.model}
        self._head = _encode(head)[:-1] + b","

    def choice(
        self, index: int, delta: bytes, finish: str | None = None, usage: Any = None
    ) -> bytes:
        """An event with one choice; ``delta`` is JSON: of the delta (chat) or the text."""
        reason = b"null" if finish is None else b'"%b"' % finish.encode()
        field = b"delta" if self.call.chat else b"text"
        more = b"" if usage is None else b',"usage":%b' % _encode(usage)
        return self.frame(
            b'%b"choices":[{"index":%d,"%b":%b,"logprobs":null,"finish_reason":%b}]%b}'
            % (self._head, index, field, delta, reason, more)
        )

    def roles(self) -> bytes:
        """The role event of every choice (chat only)."""
        if not self.call.chat:
            return b""
        role = b'{"role":"assistant","content":""}'
        return b"".join(self.choice(index, role) for index in range(self.call.choices))

    def lane(self, index: int, output: Output) -> list[bytes]:
        """The token events of one choice."""
        events: list[bytes] = []
        usage = None
        done = 0
        for delta, texts in self._segments(output):
            if not self.framer.each_differs and not self.call.continuous_usage:
                table = _Table(partial(self._token, index, delta))
                events += map(table.__getitem__, texts)
                continue
            for text in texts:
                done = min(done + self.call.options.tokens_per_event, output.tokens)
                if self.call.continuous_usage:
                    usage = usage_object(self.call, done)
                events.append(self.choice(index, delta(text), usage=usage))
        return events

    def finishes(self, reasons: list[str], usage: Any = None) -> bytes:
        """The finish event of every choice; ``usage`` goes into the last."""
        delta = b"{}" if self.call.chat else b'""'
        last = len(reasons) - 1
        return b"".join(
            self.choice(index, delta, reason, usage if index == last else None)
            for index, reason in enumerate(reasons)
        )

    def usage(self, usage: Any) -> bytes:
        """The usage event."""
        if self.call.options.usage == "own-with-choices":
            return self.choice(0, b"{}" if self.call.chat else b'""', usage=usage)
        return self.frame(b'%b"choices":[],"usage":%b}' % (self._head, _encode(usage)))

    def end(self) -> bytes:
        """``[DONE]`` and the end of the body."""
        done = self.frame(DONE) if self.call.options.done else b""
        return done + self.framer.end()

    def _token(self, index: int, delta: Callable[[str], bytes], text: str) -> bytes:
        return self.choice(index, delta(text))

    def _segments(self, output: Output) -> Iterator[tuple[Callable[[str], bytes], list[str]]]:
        """Runs of texts, one text for each event, with what makes their delta."""
        call = self.call
        texts = grouped(output.content, call.options.tokens_per_event)
        if not call.chat:
            yield _encode, texts
        elif call.tool is not None:
            yield partial(_tool_start, call.tool, call.number), texts[:1]
            yield _tool_more, texts[1:]
        else:
            thoughts = grouped(output.reasoning, call.options.tokens_per_event)
            yield partial(_field, call.options.reasoning_field.encode()), thoughts
            yield partial(_field, b"content"), texts


def _stream_script(call: Call, chunked: bool, keep_alive: bool) -> Script:
    events = _Events(call, chunked)
    outputs = call.outputs()
    opening = stream_head("text/event-stream; charset=utf-8", chunked, keep_alive)
    roles = events.roles()
    lanes = [events.lane(index, output) for index, output in enumerate(outputs)]
    steps = lanes[0] if len(lanes) == 1 else list(chain(*zip_longest(*lanes, fillvalue=b"")))
    if call.options.role_early:
        opening += roles
    elif steps:
        steps[0] = roles + steps[0]
    late = call.include_usage and call.options.usage == "late"
    if late and steps:
        steps[-1] += events.finishes([output.finish for output in outputs])
    return Script(
        head=opening,
        steps=steps,
        width=len(lanes),
        tokens_per_step=call.options.tokens_per_event * len(lanes),
        tokens=sum(output.tokens for output in outputs),
        closing=partial(_close_stream, events, outputs, late),
        closing_ns=LATE_USAGE_NS if late else None,
        ending="keep" if keep_alive else "close",
        split=call.options.framing == "odd",
        finish=outputs[0].finish,
    )


def _close_stream(
    events: _Events, outputs: list[Output], finished: bool, cached: int | None
) -> bytes:
    """Finish events (unless they are sent already), usage and ``[DONE]``."""
    call = events.call
    where = call.options.usage if call.include_usage else "missing"
    usage = None
    if where != "missing":
        usage = _usage(call, outputs, cached)
    reasons = [output.finish for output in outputs]
    closing = b"" if finished else events.finishes(reasons, usage if where == "finish" else None)
    if usage is not None and where != "finish":
        closing += events.usage(usage)
    return closing + events.end()


def _empty_stream(call: Call, chunked: bool, cached: int | None) -> bytes:
    events = _Events(call, chunked)
    nothing = [Output([], [], 0, "stop")] * call.choices
    roles = b"" if call.options.role_early else events.roles()
    return roles + _close_stream(events, nothing, False, cached)


def _in_band_event(call: Call, chunked: bool, cached: int | None) -> bytes:
    events = _Events(call, chunked)
    return events.frame(error_body(500, "injected failure")) + events.end()


def _whole_script(call: Call, keep_alive: bool) -> Script:
    """An answer in one piece: the decode steps send nothing, the closing part is all."""
    outputs = call.outputs()
    longest = max(output.tokens for output in outputs)
    return Script(
        head=b"",
        steps=[b""] * -(-longest // call.options.tokens_per_event),
        width=1,
        tokens_per_step=call.options.tokens_per_event * len(outputs),
        tokens=sum(output.tokens for output in outputs),
        closing=partial(_whole_body, call, outputs, keep_alive),
        ending="keep" if keep_alive else "close",
        finish=outputs[0].finish,
    )


def _whole_body(call: Call, outputs: list[Output], keep_alive: bool, cached: int | None) -> bytes:
    answer: dict[str, Any] = {
        "id": call.id,
        "object": "chat.completion" if call.chat else "text_completion",
        "created": call.created,
        "model": call.model,
        "choices": [_whole_choice(call, i, output) for i, output in enumerate(outputs)],
    }
    if call.options.usage != "missing":
        answer["usage"] = _usage(call, outputs, cached)
    return plain_response(200, _encode(answer), keep_alive)


def _whole_choice(call: Call, index: int, output: Output) -> dict[str, Any]:
    text = "".join(output.content)
    tail = {"logprobs": None, "finish_reason": output.finish}
    if not call.chat:
        return {"index": index, "text": text, **tail}
    message: dict[str, Any] = {"role": "assistant", "content": text}
    if output.reasoning:
        message[call.options.reasoning_field] = "".join(output.reasoning)
    if call.tool is not None:
        function = {"name": call.tool, "arguments": text}
        message["content"] = None
        message["tool_calls"] = [
            {"id": f"call_{call.number}", "type": "function", "function": function}
        ]
    return {"index": index, "message": message, **tail}


def _in_band_body(keep_alive: bool, cached: int | None) -> bytes:
    return plain_response(200, error_body(500, "injected failure"), keep_alive)


def _half_of(closing: Callable[[int | None], bytes]) -> Callable[[int | None], bytes]:
    def half(cached: int | None) -> bytes:
        whole = closing(cached)
        return whole[: (whole.index(b"\r\n\r\n") + 4 + len(whole)) // 2]

    return half


def _usage(call: Call, outputs: list[Output], cached: int | None) -> dict[str, Any]:
    reasoning = sum(len(output.reasoning) for output in outputs)
    return usage_object(call, sum(output.tokens for output in outputs), cached, reasoning)


def _field(name: bytes, text: str) -> bytes:
    return b'{"%b":%b}' % (name, _encode(text))


def _tool_start(name: str, number: int, text: str) -> bytes:
    function = {"name": name, "arguments": text}
    call = {"index": 0, "id": f"call_{number}", "type": "function", "function": function}
    return _encode({"tool_calls": [call]})


def _tool_more(text: str) -> bytes:
    return _encode({"tool_calls": [{"index": 0, "function": {"arguments": text}}]})
