"""What servers send, byte by byte, and what a record must say of it. Data only."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass, field
from typing import Any

from scripted_server import (
    DONE,
    END,
    FIN,
    RST,
    Reply,
    chunk,
    event,
    head,
    says,
    sized,
    stops,
)

from perfbench.types import Usage


@dataclass(frozen=True)
class Transcript:
    reply: Reply
    expected: dict[str, Any]
    """Fields of the record; a ``detail`` that ends in an ellipsis need only begin so."""
    stream: bool = True
    target: dict[str, Any] = field(default_factory=dict)
    body: bytes = b"{}"


def in_chunks(*events: bytes) -> list[bytes]:
    return [head(), *map(chunk, events), END]


def one_by_one(data: bytes) -> list[bytes]:
    return [data[i : i + 1] for i in range(len(data))]


def ok(text: str = "ab", **more: Any) -> dict[str, Any]:
    return {"outcome": "ok", "status": 200, "text": text, "finish": "stop", "detail": "", **more}


def fails(outcome: str, detail: str, status: int | None = 200, **more: Any) -> dict[str, Any]:
    return {"outcome": outcome, "status": status, "detail": detail, **more}


def whole(*texts: str, **more: Any) -> bytes:
    choices = [
        {"index": i, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
        for i, text in enumerate(texts)
    ]
    return json.dumps({"id": "c1", "choices": choices, **more}).encode()


def usage(prompt: int, output: int) -> dict[str, Any]:
    return {"usage": {"prompt_tokens": prompt, "completion_tokens": output}}


def tool(index: int, identity: str | None = None, **function: str) -> bytes:
    call = {"index": index, "id": identity, "function": function}
    return event({"choices": [{"index": 0, "delta": {"tool_calls": [call]}}]})


ROLE = event({"id": "c1", "choices": [{"index": 0, "delta": {"role": "assistant", "content": ""}}]})
STREAM = says("a") + says("b") + stops() + DONE
CLOSE = head("200 OK", "Connection: close")
THINKS = event({"choices": [{"index": 0, "delta": {"reasoning_content": "hm"}}]})
IN_BAND = event({"error": {"message": "CUDA out of memory", "code": 500}})
LONG = "x" * 1_200_000
SAYS_LONG = says(LONG)
TOO_LARGE = sized(b"too large", "413 Content Too Large")
SAME_STREAM = in_chunks(says("a"), says("b"), stops(), DONE)

FRAMING = {
    "chunked": Transcript(Reply(SAME_STREAM), ok(events=2, response_id="c1")),
    "one chunk of all events": Transcript(Reply(in_chunks(STREAM)), ok(events=2)),
    "content-length": Transcript(Reply([sized(STREAM, kind="text/event-stream")]), ok(events=2)),
    "close-delimited": Transcript(Reply([CLOSE + says("a"), STREAM[len(says("a")) :], FIN]), ok()),
    "close-delimited, HTTP/1.0": Transcript(
        Reply([CLOSE.replace(b"HTTP/1.1", b"HTTP/1.0") + STREAM, FIN]), ok()
    ),
    "gzip": Transcript(
        Reply([head("200 OK", "Content-Encoding: gzip"), chunk(gzip.compress(STREAM)), END]), ok()
    ),
    "gzip, byte by byte": Transcript(
        Reply(
            [head("200 OK", "Content-Encoding: gzip")]
            + [chunk(each) for each in one_by_one(gzip.compress(STREAM))]
            + [END]
        ),
        ok(),
    ),
    "broken gzip": Transcript(
        Reply([head("200 OK", "Content-Encoding: gzip"), chunk(STREAM), END]),
        fails("protocol", "bad gzip body: …"),
    ),
    "an encoding nobody asked for": Transcript(
        Reply([head("200 OK", "Content-Encoding: br"), chunk(b"\x1b\x05"), END]),
        fails("protocol", "the body is encoded as br, which was not asked for"),
    ),
    "100 before the answer": Transcript(
        Reply([b"HTTP/1.1 100 Continue\r\n\r\n", 0.01, *SAME_STREAM]), ok()
    ),
    "103 early hints in the same write": Transcript(
        Reply([b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + b"".join(SAME_STREAM)]), ok()
    ),
    "head byte by byte": Transcript(Reply([*one_by_one(head()), *SAME_STREAM[1:]]), ok()),
    "body byte by byte": Transcript(
        Reply([head(), *one_by_one(b"".join(SAME_STREAM[1:]))]), ok(events=2)
    ),
    "all in one write": Transcript(Reply([b"".join(SAME_STREAM)]), ok(events=2)),
    "trailers": Transcript(
        Reply([head("200 OK", "Trailer: X-Sum"), chunk(STREAM), b"0\r\nX-Sum: 7\r\n\r\n"]), ok()
    ),
    "chunk extensions": Transcript(
        Reply([head(), b"%x;a=b\r\n%b\r\n" % (len(STREAM), STREAM), END]), ok()
    ),
    "odd header case": Transcript(
        Reply(
            [
                b"HTTP/1.1 200 OK\r\ncOnTeNt-TyPe: Text/Event-Stream; charset=utf-8\r\n"
                b"TRANSFER-ENCODING: Chunked\r\n\r\n",
                *SAME_STREAM[1:],
            ]
        ),
        ok(),
    ),
    "no reason phrase": Transcript(Reply([head("200"), *SAME_STREAM[1:]]), ok()),
    "event stream without content-type": Transcript(
        Reply([head(kind=None), *SAME_STREAM[1:]]), ok(stream=True)
    ),
    "event stream as text/plain, blank lines first": Transcript(
        Reply([head(kind="text/plain"), chunk(b"\n"), chunk(b"\n: hi\n\n"), *SAME_STREAM[1:]]),
        ok(stream=True),
    ),
    "event of over a megabyte": Transcript(
        Reply(in_chunks(SAYS_LONG, stops(), DONE)), ok(LONG, events=1)
    ),
    "event of over a megabyte in many chunks": Transcript(
        Reply(
            [head()]
            + [chunk(SAYS_LONG[i : i + 4000]) for i in range(0, len(SAYS_LONG), 4000)]
            + [chunk(stops() + DONE), END]
        ),
        ok(LONG, events=1),
    ),
    "CRLF lines cut between CR and LF": Transcript(
        Reply(
            [head()]
            + [chunk(each + b"\r") + chunk(b"\n") for each in STREAM.split(b"\n")[:-1]]
            + [END]
        ),
        ok(events=2),
    ),
    "no blank line at the end": Transcript(
        Reply(in_chunks(says("a"), says("b"), stops().rstrip())), ok()
    ),
    "several megabytes asked": Transcript(Reply(SAME_STREAM), ok(), body=b"x" * 6_000_000),
}

CONTENT = {
    "role chunk early": Transcript(Reply([head(), chunk(ROLE), 0.02, *SAME_STREAM[1:]]), ok()),
    "reasoning first": Transcript(
        Reply(in_chunks(ROLE, THINKS, STREAM)), ok(reasoning="hm", events=3)
    ),
    "no [DONE] but a finish": Transcript(Reply(in_chunks(says("ab"), stops())), ok()),
    "[DONE] without a finish": Transcript(
        Reply(in_chunks(says("ab"), DONE)), {**ok(), "finish": None}
    ),
    "cut after [DONE]": Transcript(Reply([head(), chunk(STREAM), FIN]), ok()),
    "usage in a chunk of its own": Transcript(
        Reply(in_chunks(says("ab"), stops(), event({"choices": [], **usage(3, 2)}), DONE)),
        ok(usage=Usage(3, 2)),
    ),
    "usage in a chunk with choices": Transcript(
        Reply(in_chunks(says("ab"), stops(), says("", **usage(3, 2)), DONE)), ok(usage=Usage(3, 2))
    ),
    "usage in the finish chunk": Transcript(
        Reply(in_chunks(says("ab"), stops(**usage(3, 2)), DONE)), ok(usage=Usage(3, 2))
    ),
    "running usage": Transcript(
        Reply(in_chunks(says("a", **usage(3, 1)), says("b", **usage(3, 4)), stops(), DONE)),
        ok(usage=Usage(3, 4), event_tokens=b"\x01\0\x03\0"),
    ),
    "tool call": Transcript(
        Reply(
            in_chunks(
                tool(0, name="f", arguments=""),
                tool(0, arguments='{"a":'),
                tool(0, arguments="1}"),
                stops("tool_calls"),
                DONE,
            )
        ),
        {
            **ok("", events=3),
            "finish": "tool_calls",
            "tool_calls": [
                {"id": None, "type": "function", "function": {"name": "f", "arguments": '{"a":1}'}}
            ],
        },
    ),
    "tool calls of one number, each with its name": Transcript(
        Reply(
            in_chunks(
                tool(0, "one", name="f", arguments='{"a":1}'),
                tool(0, "two", name="f", arguments='{"b":'),
                tool(0, "two", arguments="2}"),
                tool(0, "three", name="g"),
                tool(0, arguments="{}"),
                stops("tool_calls"),
                DONE,
            )
        ),
        {
            **ok("", events=5),
            "finish": "tool_calls",
            "tool_calls": [
                {"id": each, "type": "function", "function": {"name": name, "arguments": said}}
                for each, name, said in (
                    *(("one", "f", '{"a":1}'), ("two", "f", '{"b":2}')),
                    ("three", "g", "{}"),
                )
            ],
        },
    ),
    "two choices": Transcript(
        Reply(
            in_chunks(
                says("a", 0),
                says("x", 1),
                says("b", 0),
                stops(index=1),
                stops(index=0),
                event({"choices": [], **usage(3, 3)}),
                DONE,
            )
        ),
        ok(more_texts=["x"], events=3, usage=Usage(3, 3)),
    ),
    "one of two choices is cut": Transcript(
        Reply(in_chunks(says("a", 0), says("x", 1), stops(index=1))),
        fails("truncated", "the stream ended before a finish reason or [DONE]", text="a"),
    ),
    "whole body": Transcript(
        Reply([sized(whole("ab", **usage(3, 2)))]), ok(usage=Usage(3, 2), stream=False), False
    ),
    "whole body of two choices": Transcript(
        Reply([sized(whole("ab", "x", **usage(3, 3)))]),
        ok(usage=Usage(3, 3), more_texts=["x"]),
        False,
    ),
    "stream=true ignored": Transcript(
        Reply([sized(whole("ab"))]), ok(stream=False, events=0, response_id="c1")
    ),
    "stream=true ignored, no content-type": Transcript(
        Reply([sized(whole("ab"), kind=None)]), ok(stream=False)
    ),
    "finished without a token": Transcript(
        Reply(in_chunks(ROLE, stops(), DONE)), fails("empty", "finished without a token")
    ),
    "whole body without a token": Transcript(
        Reply([sized(whole(""))]), fails("empty", "finished without a token"), False
    ),
}

FAILURES = {
    "in-band error": Transcript(
        Reply(in_chunks(says("a"), IN_BAND, DONE)),
        fails("in_band_error", "CUDA out of memory", text="a"),
    ),
    "in-band error, then cut": Transcript(
        Reply([head(), chunk(says("a") + IN_BAND), FIN]),
        fails("in_band_error", "CUDA out of memory"),
    ),
    "error inside a 200": Transcript(
        Reply([sized(b'{"error":{"message":"no such model"}}')]),
        fails("in_band_error", "no such model"),
    ),
    "404 in JSON": Transcript(
        Reply([sized(b'{"error":"no such model"}', "404 Not Found")]),
        fails("http_4xx", '{"error":"no such model"}', 404),
    ),
    "429 in chunks": Transcript(
        Reply([head("429 Too Many Requests"), chunk(b"slow"), 0.01, chunk(b" down"), END]),
        fails("http_4xx", "slow down", 429),
    ),
    "502 in long HTML": Transcript(
        Reply([sized(b"<html>" + b"y" * 5000, "502 Bad Gateway", "text/html"), FIN]),
        fails("http_5xx", "<html>" + "y" * 2042, 502),
    ),
    "503 without a body": Transcript(
        Reply([sized(b"", "503 Service Unavailable")]), fails("http_5xx", "", 503)
    ),
    "500 as an event stream": Transcript(
        Reply([head("500 Oops"), chunk(IN_BAND), END]),
        fails("http_5xx", IN_BAND.decode(), 500),
    ),
    "a cut 500": Transcript(
        Reply([head("500 Oops", "Content-Length: 99"), b"half", FIN]),
        fails("http_5xx", "half", 500),
    ),
    "redirect": Transcript(
        Reply([head("302 Found", "Location: /elsewhere", "Content-Length: 0")]),
        fails("protocol", "HTTP 302 to /elsewhere", 302),
    ),
    "204": Transcript(
        Reply([b"HTTP/1.1 204 No Content\r\n\r\n"]),
        fails("protocol", "the body is not an answer in JSON: ''", 204),
    ),
    "empty stream": Transcript(
        Reply(in_chunks(b": nothing\n\n")),
        fails("truncated", "the stream ended before a finish reason or [DONE]"),
    ),
    "cut by FIN in the middle": Transcript(
        Reply([head(), chunk(says("a")), 0.02, FIN]),
        fails("truncated", "connection closed in the body", text="a", events=1),
    ),
    "cut by FIN in the middle of an event": Transcript(
        Reply([head(), chunk(says("a") + says("b")[:20]), FIN]),
        fails("truncated", "connection closed in the body", text="a", events=1),
    ),
    "cut by RST in the middle": Transcript(
        Reply([head(), chunk(says("a")), 0.05, RST]),
        fails("truncated", "connection reset by peer in the body", text="a", events=1),
    ),
    "cut short of its length": Transcript(
        Reply([head("200 OK", "Content-Length: 999"), says("a"), FIN]),
        fails("truncated", "connection closed in the body", text="a"),
    ),
    "close-delimited, cut in an event": Transcript(
        Reply([CLOSE + says("a") + says("b")[:20], FIN]),
        fails("truncated", "the stream ended before a finish reason or [DONE]", text="a"),
    ),
    "cut before the response": Transcript(
        Reply([FIN]), fails("truncated", "connection closed before the response", None)
    ),
    "reset before the response": Transcript(
        Reply([0.05, RST]), fails("truncated", "connection reset by peer before the response", None)
    ),
    "cut in the head": Transcript(
        Reply([head()[:30], 0.02, FIN]),
        fails("truncated", "connection closed before the response", None),
    ),
    "garbage instead of HTTP": Transcript(
        Reply([b"SSH-2.0-OpenSSH_9.6\r\n", 0.05, FIN]), fails("protocol", "not HTTP/1.1: …", None)
    ),
    "broken chunk size": Transcript(
        Reply([head(), chunk(says("a")), 0.02, b"zz\r\n", 0.05, FIN]),
        fails("protocol", "not HTTP/1.1: …", text="a"),
    ),
    "malformed event": Transcript(
        Reply(in_chunks(says("a"), event(b'{"choices":[{'), says("b"), stops(), DONE)),
        fails("protocol", "an event is not JSON: '{\"choices\":[{'", text="ab", finish="stop"),
    ),
    "malformed event, cut after [DONE]": Transcript(
        Reply([head(), chunk(event(b"oops") + STREAM), 0.02, FIN]),
        fails("protocol", "an event is not JSON: 'oops'", text="ab"),
    ),
    "HTML with status 200": Transcript(
        Reply([sized(b"<html>welcome</html>", kind="text/html")]),
        fails("protocol", "the body is not an answer in JSON: '<html>welcome</html>'"),
    ),
    "stall": Transcript(
        Reply([head(), chunk(says("a")), 1.0, *SAME_STREAM[2:]]),
        fails("timeout", "nothing came for 0.2 s", text="a", events=1),
        target={"read_timeout_s": 0.2},
    ),
    "stall before the response": Transcript(
        Reply([1.0, *SAME_STREAM]),
        fails("timeout", "nothing came for 0.2 s", None),
        target={"read_timeout_s": 0.2},
    ),
    "too slow in all": Transcript(
        Reply([head(), chunk(says("a")), *[0.05, chunk(b": wait\n\n")] * 12]),
        fails("timeout", "not finished after 0.3 s", text="a"),
        target={"total_timeout_s": 0.3},
    ),
    "answered before the body is read": Transcript(
        Reply([TOO_LARGE, 1.0], read_body=False),
        fails("http_4xx", "too large", 413),
        body=b"x" * 8_000_000,
    ),
    "switching protocols": Transcript(
        Reply([b"HTTP/1.1 101 Switching\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n", 0.1, FIN]),
        fails("protocol", "HTTP 101", 101),
    ),
}

TRANSCRIPTS = {**FRAMING, **CONTENT, **FAILURES}
