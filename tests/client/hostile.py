"""Servers that break every rule, and what their one request comes to. Data only."""

from __future__ import annotations

import gzip
import json
import zlib
from dataclasses import dataclass, field
from typing import Any

from scripted_server import (
    DONE,
    END,
    FIN,
    RST,
    Step,
    chunk,
    event,
    head,
    says,
    sized,
    stops,
)
from transcripts import SAME_STREAM, STREAM, whole

SSE = "text/event-stream"
OK = head()
GZIP = head("200 OK", "Content-Encoding: gzip")
PACKED = gzip.compress(STREAM)
MEGABYTE = 1 << 20
SMALL = {"max_answer_bytes": MEGABYTE}
TOO_LARGE = f"answer too large: more than {MEGABYTE} bytes"


@dataclass(frozen=True)
class Hostile:
    """``detail`` need only begin so. ``aiohttp`` is the outcome by the second transport, where it
    is neither the same nor ``protocol``: it refuses some answers whole whose beginning wire keeps.
    """

    steps: list[Step]
    outcome: str
    detail: str = ""
    text: str | None = None
    aiohttp: str | None = None
    target: dict[str, Any] = field(default_factory=dict)
    stream: bool = True


def ok(*steps: Step, text: str = "ab", **more: Any) -> Hostile:
    return Hostile(list(steps), "ok", "", text, **more)


def bad(detail: str, *steps: Step, text: str = "", **more: Any) -> Hostile:
    return Hostile(list(steps), "protocol", detail, text, **more)


def cut(where: str, *steps: Step, text: str = "", **more: Any) -> Hostile:
    return Hostile(list(steps), "truncated", f"connection {where}", text, **more)


def calls(number: int) -> bytes:
    fragments = [{"index": i, "function": {"name": "f"}} for i in range(number)]
    return event({"choices": [{"index": 0, "delta": {"tool_calls": fragments}}]})


NOT_HTTP = "not HTTP/1.1: "
A = chunk(says("a"))

CHUNKS = {
    "a size that is not hexadecimal": bad(NOT_HTTP, OK, A + b"zz\r\nabc\r\n", text="a"),
    "a size that is negative": bad(NOT_HTTP, OK, A + b"-5\r\nabc\r\n", text="a"),
    "a size beyond 64 bits": bad(NOT_HTTP, OK, A + b"f" * 40 + b"\r\n", text="a"),
    "a size without an end": cut("closed in the body", OK, A + b"5", FIN, text="a"),
    "an empty size": bad(NOT_HTTP, OK, A + b"\r\nabc\r\n", text="a"),
    "a size of its own with 0x": bad(NOT_HTTP, OK, A + b"0x5\r\nabcde\r\n", text="a"),
    "a chunk shorter than its size": bad(
        NOT_HTTP, OK, A, b"%x\r\n%b\r\n" % (len(says("b")) + 9, says("b")) + chunk(stops()), END,
        text="ab",
    ),
    "a chunk longer than its size": bad(
        NOT_HTTP, OK, A + b"%x\r\n%bmore\r\n" % (len(says("b")), says("b")), text="ab"
    ),
    "no line end behind a chunk": bad(
        NOT_HTTP, OK, A + b"%x\r\n%b" % (len(says("b")), says("b")) + END, text="ab"
    ),
    "bytes behind the data in one write": bad(NOT_HTTP, OK + A + says("b") + END, text="a"),
    "a chunk that never ends": cut("closed in the body", OK, b"ffffff\r\n" + says("a"), FIN,
                                   text="a"),
    "trailers that are no headers": bad(NOT_HTTP, OK, chunk(says("a")), b"0\r\n\0\0\r\n\r\n",
                                        text="a"),
    "no last chunk": cut("closed in the body", OK, A, FIN, text="a"),
}  # fmt: skip

BEHIND = {
    "a second answer in the same write": ok(b"".join(SAME_STREAM) * 2),
    "a second answer of another status": ok(
        b"".join(SAME_STREAM) + sized(b"no", "500 Oops", "text/plain")
    ),
    "a second answer later": ok(*SAME_STREAM, 0.05, sized(b"no", "500 Oops")),
    "garbage behind the answer": ok(b"".join(SAME_STREAM) + b"\0\1\2 what is this"),
    "a hundred answers": ok(b"".join(SAME_STREAM) * 100),
    "line ends behind the answer": ok(b"".join(SAME_STREAM) + b"\r\n" * 50),
    "events behind a length": ok(sized(STREAM, kind=SSE) + says("c")),
    "a body behind a 204": Hostile(
        [b"HTTP/1.1 204 No Content\r\n\r\n" + whole("ab")], "protocol",
        "the body is not an answer in JSON: ''",
    ),
    "a body behind a 304": Hostile([b"HTTP/1.1 304 Same\r\n\r\n" + whole("ab")], "protocol",
                                   "HTTP 304"),
}  # fmt: skip

LENGTHS = {
    "too short in an event": Hostile(
        [head("200 OK", f"Content-Length: {len(STREAM) - 5}") + STREAM], "ok", text="ab"
    ),
    "too short for the text": Hostile(
        [head("200 OK", f"Content-Length: {len(says('a'))}") + STREAM], "truncated",
        "the stream ended before", text="a",
    ),
    "too short for JSON": bad(
        "the body is not an answer in JSON",
        head("200 OK", "Content-Length: 20", kind="application/json") + whole("ab"),
    ),
    "too long": cut("closed in the body", head("200 OK", "Content-Length: 9999"), says("a"), FIN,
                    text="a"),
    "too long, but all is said": ok(head("200 OK", "Content-Length: 9999") + STREAM, FIN),
    "negative": bad(NOT_HTTP, head("200 OK", "Content-Length: -1") + STREAM, FIN),
    "no number": bad(NOT_HTTP, head("200 OK", "Content-Length: many") + STREAM, FIN),
    "beyond 64 bits": bad(NOT_HTTP, head("200 OK", "Content-Length: " + "9" * 30) + STREAM, FIN),
    "two that differ": bad(
        NOT_HTTP, head("200 OK", "Content-Length: 5", "Content-Length: 6") + STREAM, FIN
    ),
    "with a transfer encoding": bad(
        NOT_HTTP, b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n"
        + b"".join(SAME_STREAM[1:]), FIN,
    ),
    "zero": Hostile([head("200 OK", "Content-Length: 0")], "truncated", "the stream ended before"),
}  # fmt: skip

HEADS = {
    "nothing": cut("closed before the response", FIN),
    "a reset at once": cut("reset by peer before the response", 0.05, RST),
    "a line end": cut("closed before the response", b"\r\n", 0.02, FIN),
    "HTTP/0.9": bad(NOT_HTTP, STREAM, FIN),
    "HTTP/2 settings": bad(NOT_HTTP, b"\0\0\x12\4\0\0\0\0\0\0\3\0\0\0\x80", FIN),
    "a TLS alert": bad(NOT_HTTP, b"\x15\3\1\0\2\2\x46", FIN),
    "a request": bad(NOT_HTTP, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", FIN),
    "SMTP": bad(NOT_HTTP, b"220 mail ready\r\n", FIN),
    "zeros": bad(NOT_HTTP, bytes(4096), FIN),
    "a status of two digits": bad(NOT_HTTP, b"HTTP/1.1 20 OK\r\n\r\n", FIN),
    "a status that is no number": bad(NOT_HTTP, b"HTTP/1.1 abc OK\r\n\r\n", FIN),
    "HTTP/9.9": bad(NOT_HTTP, b"HTTP/9.9 200 OK\r\n\r\n", FIN),
    "a header without a colon": bad(NOT_HTTP, b"HTTP/1.1 200 OK\r\nnonsense\r\n\r\n", FIN),
    "a NUL in a header": bad(NOT_HTTP, b"HTTP/1.1 200 OK\r\nA: \0\r\n\r\n", FIN),
    "a head that is cut": cut("closed before the response", OK[:40], FIN),
    "a head that is reset": cut("reset by peer before the response", OK[:40], 0.05, RST),
    "a head without end": bad(
        "the head or the framing does not end", b"HTTP/1.1 200 OK\r\nX: ", *[b"y" * 65536] * 80,
    ),
    "headers without end": bad(
        "the head or the framing does not end", b"HTTP/1.1 200 OK\r\n",
        *[b"X: y\r\n" * 10_000] * 80,
    ),
    "many interim answers": ok(b"HTTP/1.1 100 Continue\r\n\r\n" * 200, *SAME_STREAM),
    "interim answers without end": bad(
        "the head or the framing does not end",
        *[b"HTTP/1.1 103 Early Hints\r\nLink: </%b>\r\n\r\n" % (b"a" * 400) * 100] * 150, FIN,
        aiohttp="truncated",
    ),
    "101": Hostile(
        [b"HTTP/1.1 101 Go\r\nUpgrade: ws\r\nConnection: Upgrade\r\n\r\n\x81\5hello", FIN],
        "protocol", "HTTP 101",
    ),
    "a redirect that says where": Hostile(
        [head("307 Moved", "Location: http://else.where/v1?a=b", "Content-Length: 0")],
        "protocol", "HTTP 307 to http://else.where/v1",
    ),
    "HTTP/1.0 that keeps its word": ok(
        CLOSE := b"HTTP/1.0 200 OK\r\nContent-Type: text/event-stream\r\n\r\n" + STREAM, FIN
    ),
    "HTTP/1.0 that is reset behind its word": ok(CLOSE, 0.05, RST),
}  # fmt: skip

PACKINGS = {
    "gzip that is cut": cut("closed in the body", GZIP, chunk(PACKED[:30]), FIN),
    "gzip without its end": bad(
        "the gzip body ends too early",
        sized(gzip.compress(whole("ab"))[:-12], "200 OK\r\nContent-Encoding: gzip"),
    ),
    "gzip with garbage behind": ok(GZIP, chunk(PACKED + b"garbage behind"), END),
    "gzip in two members": ok(
        GZIP, chunk(gzip.compress(says("a")) + gzip.compress(STREAM[len(says("a")) :])), END
    ),
    "gzip that is damaged": bad(
        "bad gzip body", GZIP, chunk(PACKED[:20] + b"\xff\xff\xff" + PACKED[23:]), END
    ),
    "gzip that is none": bad("bad gzip body", GZIP, chunk(STREAM), END),
    "gzip twice": bad("the body is not an answer in JSON",
                      sized(gzip.compress(gzip.compress(whole("ab"))),
                            "200 OK\r\nContent-Encoding: gzip")),
    "deflate": ok(head("200 OK", "Content-Encoding: deflate"), chunk(zlib.compress(STREAM)), END),
    "an encoding of two names": bad(
        "the body is encoded as gzip, br", head("200 OK", "Content-Encoding: gzip, br"),
        chunk(PACKED), END,
    ),
    "a gzip bomb of comments": bad(
        TOO_LARGE, GZIP, chunk(gzip.compress(says("a") + b": x\n" * 8_000_000, 1)), END, text="a",
        target=SMALL,
    ),
    "a gzip bomb in JSON": bad(
        TOO_LARGE, sized(gzip.compress(bytes(50_000_000), 1), "200 OK\r\nContent-Encoding: gzip"),
        target=SMALL,
    ),
    "a gzip bomb in an error": Hostile(
        [sized(gzip.compress(b"x" * 50_000_000, 1), "500 Oops\r\nContent-Encoding: gzip")],
        "http_5xx", "x" * 2048, target=SMALL,
    ),
}  # fmt: skip

FLOODS = {
    "comments without end": bad(TOO_LARGE, OK, A, *[chunk(b": x\n" * 16_000)] * 400, text="a",
                                target=SMALL),
    "blank lines without end": bad(TOO_LARGE, OK, A, *[chunk(b"\n" * 64_000)] * 400, text="a",
                                   target=SMALL),
    "a line without end": bad(TOO_LARGE, OK, A, *[chunk(b"x" * 64_000)] * 400, text="a",
                              target=SMALL),
    "an event without end": bad(TOO_LARGE, OK, A, *[chunk(b"data: x\n" * 8000)] * 400, text="a",
                                target=SMALL),
    "HTML without end": bad(TOO_LARGE, head(kind="text/html"), *[chunk(b"<p>" * 20_000)] * 400,
                            target=SMALL),
    "chunks of a byte": bad("answer too large: more than 65536 bytes", OK, A,
                            *[chunk(b"\n") * 60_000] * 6, text="a",
                            target={"max_answer_bytes": 65536}),
    "an error without end": Hostile(
        [head("500 Oops", kind="text/html"), *[chunk(b"<p>" * 20_000)] * 700], "http_5xx", "<p><p>",
        target=SMALL,
    ),
    "tool calls by the thousand": bad("more than 1,024 tool calls", OK, A + chunk(calls(20_000)),
                                     text="a"),
    "choices without end": bad(
        "more than 1,024 choices", OK, *(chunk(says("a", i) * 2) for i in range(3000)), END,
        text="aa",
    ),
}  # fmt: skip

ENDINGS = {
    "[DONE], and the connection stays open": ok(OK, chunk(STREAM), 3.0),
    "[DONE] without a length, and it stays open": ok(
        head("200 OK", "Connection: close") + STREAM, 3.0
    ),
    "[DONE] in gzip, and it stays open": ok(GZIP, chunk(PACKED), 3.0),
    "[DONE], then pings": ok(
        OK, chunk(STREAM), *[0.1, chunk(b": ping\n\n")] * 30, target={"total_timeout_s": 1.0}
    ),
    "a finish, and the connection stays open": Hostile(
        [OK, chunk(says("a") + stops()), 2.0], "timeout", "nothing came for 0.5 s", "a",
        target={"read_timeout_s": 0.5},
    ),
    "a drip": Hostile(
        [OK, *[0.05, chunk(b":")] * 60], "timeout", "not finished after 1 s",
        target={"total_timeout_s": 1.0},
    ),
    "text behind [DONE]": ok(OK, chunk(STREAM + says("c")), END, text="abc"),
    "a reset behind [DONE]": ok(OK, chunk(STREAM), 0.05, RST),
}  # fmt: skip

CONTENTS = {
    "JSON as an event stream": Hostile([sized(whole("ab"), kind=SSE)], "truncated",
                                       "the stream ended before"),
    "an event stream as JSON": bad("the body is not an answer in JSON", sized(STREAM)),
    "a type that is nonsense": ok(sized(STREAM, kind="\x80\xff/;;;=")),
    "JSON nested a million deep": bad(
        "the body is not an answer in JSON", sized(b"[" * 1_000_000 + b"]" * 1_000_000)
    ),
    "an event nested deep": bad(
        "an event is not JSON", OK, chunk(says("a") + event(b'{"a":' * 100_000) + stops() + DONE),
        END, text="a",
    ),
    "an integer of 5,000 digits": bad(
        "an event is not JSON", OK,
        chunk(says("a") + event(b'{"usage":{"prompt_tokens":%b}}' % (b"9" * 5000)) + DONE), END,
        text="a",
    ),
    "UTF-16": bad(
        "the body is not an answer in JSON", sized(whole("ab").decode().encode("utf-16"))
    ),
    "an array": bad("the body is not an answer in JSON", sized(json.dumps([1]).encode())),
}  # fmt: skip

TABLES = {
    "chunks": CHUNKS,
    "behind": BEHIND,
    "lengths": LENGTHS,
    "heads": HEADS,
    "packings": PACKINGS,
    "floods": FLOODS,
    "endings": ENDINGS,
    "contents": CONTENTS,
}
