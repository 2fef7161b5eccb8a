"""The event decoder against the WHATWG grammar, written down a second time and plainly."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfbench.client.sse import SSEDecoder

BOM = b"\xef\xbb\xbf"

pieces = st.sampled_from(
    [
        b"\n", b"\r\n", b"\r", b"\n\n", b"\r\n\r\n", b"data", b"data:", b"data: ", b"data:  x",
        b"data: a\n\n", b"data: \n\n", b"data: [DONE]\n\n", b"data: b\r\n\r\n", b"data: c\ndata: d",
        b": ping\n\n", b":", b" ", b"event: message\n", b"id: 7\n", b"retry: 5\n", b"dat", b"a: ",
        "data: é中🙂\n\n".encode(), "é".encode(), BOM, b"\0", b"\x0b\x0c\x1c\x85", b"x",
    ]
)  # fmt: skip
transcripts = st.lists(pieces, max_size=14).map(b"".join) | st.binary(max_size=40)


def grammar(data: bytes) -> list[bytes]:
    """Payloads of a whole stream; an unfinished event at its end counts."""
    payloads: list[bytes] = []
    lines: list[bytes] = []
    for line in [*re.split(rb"\r\n|\n|\r", data.removeprefix(BOM)), b""]:
        field, _, value = line.partition(b":")
        if not line and lines:
            payloads.append(b"\n".join(lines))
            lines = []
        elif field == b"data":
            lines.append(value.removeprefix(b" "))
    return payloads


def decode(chunks: Sequence[bytes], looks_at: int = 1) -> list[bytes]:
    """All payloads, offering ``looks_at`` chunks at a time to the way for usual streams."""
    decoder, payloads = SSEDecoder(), []
    for start in range(0, len(chunks), looks_at):
        some = list(chunks[start : start + looks_at])
        whole = decoder.feed_whole(some)
        if whole is None:
            for chunk in some:
                payloads += decoder.feed(chunk)
        else:
            payloads += whole
    return payloads + decoder.flush()


def split(data: bytes, cuts: Sequence[int]) -> list[bytes]:
    edges = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    return [data[start:end] for start, end in zip(edges, edges[1:])]  # noqa: B905, RUF007


@given(transcripts)
def test_a_whole_stream_is_read_as_the_grammar_says(data: bytes) -> None:
    assert decode([data]) == grammar(data)


@given(transcripts, st.lists(st.integers(0, 400), max_size=12), st.integers(1, 5))
def test_any_split_gives_the_same_events(data: bytes, cuts: list[int], looks_at: int) -> None:
    assert decode(split(data, cuts), looks_at) == grammar(data)


@given(transcripts)
def test_byte_by_byte_gives_the_same_events(data: bytes) -> None:
    assert decode([bytes([byte]) for byte in data], 3) == grammar(data)


@given(st.lists(st.sampled_from([b"data: a\n\n", b"data: {}\n\n", b"data: [DONE]\n\n"])))
def test_usual_streams_take_the_short_way_with_the_same_result(chunks: list[bytes]) -> None:
    assert SSEDecoder().feed_whole(chunks) == grammar(b"".join(chunks))


@given(st.lists(pieces, max_size=4), st.lists(pieces, min_size=1, max_size=4))
def test_a_refused_look_takes_nothing(before: list[bytes], chunks: list[bytes]) -> None:
    decoder, plain = SSEDecoder(), SSEDecoder()
    for chunk in before:
        assert decoder.feed(chunk) == plain.feed(chunk)
    if decoder.feed_whole(chunks) is None:
        for chunk in chunks:
            assert decoder.feed(chunk) == plain.feed(chunk)
        assert decoder.flush() == plain.flush()


@pytest.mark.parametrize(
    ("data", "payloads"),
    [
        (b"data: a\n\ndata: b\n\n", [b"a", b"b"]),
        (b"data: a\r\n\r\ndata: b\r\n\r\n", [b"a", b"b"]),
        (b"data: a\r\rdata: b\r\r", [b"a", b"b"]),
        (b"data: a\r\n\ndata: b\n\r\n", [b"a", b"b"]),
        (b"data: a\ndata: b\n\n", [b"a\nb"]),
        (b"data\n\n", [b""]),
        (b"data:\n\n", [b""]),
        (b"data:a\n\n", [b"a"]),
        (b"data:  a \n\n", [b" a "]),
        (b": a comment\n\ndata: a\n: another\n\n", [b"a"]),
        (b"event: x\nid: 1\nretry: 2\ndata: a\n\n", [b"a"]),
        (b"datax: a\nDATA: b\n data: c\n\n", []),
        (BOM + b"data: a\n\n", [b"a"]),
        (b"data: a\n\n" + BOM + b"data: b\n\n", [b"a"]),
        (b"data: a", [b"a"]),
        (b"data: a\n", [b"a"]),
        (b"data: a\r", [b"a"]),
        (b"", []),
        (b"\n\n\n", []),
        # Characters that str.splitlines would take for the end of a line.
        (b"data: a\x0b\x0c\x1c\x1d\x1e\x85b\n\n", [b"a\x0b\x0c\x1c\x1d\x1e\x85b"]),
        ("data: a\u2028\u2029b\n\n".encode(), ["a\u2028\u2029b".encode()]),
    ],
)
def test_known_streams(data: bytes, payloads: list[bytes]) -> None:
    assert grammar(data) == payloads
    assert decode([data]) == payloads
    assert decode([bytes([byte]) for byte in data]) == payloads


def test_an_event_is_out_as_soon_as_its_blank_line_is() -> None:
    decoder = SSEDecoder()
    assert decoder.feed(b"data: a\r\n\r") == [b"a"]
    assert decoder.feed(b"\ndata: b\n") == []
    assert decoder.feed(b"\n") == [b"b"]
    assert decoder.flush() == []


def test_a_decoder_reads_on_after_a_flush() -> None:
    decoder = SSEDecoder()
    assert decoder.feed(b"data: a") == []
    assert decoder.flush() == [b"a"]
    assert decoder.feed(b"data: b\n\n") == [b"b"]


@pytest.mark.parametrize("ending", [b"\n\n", b"\r\n\r\n"])
def test_a_large_event_in_small_chunks_costs_time_in_proportion(ending: bytes) -> None:
    def read(size: int) -> float:
        data = b"data: " + b"x" * size + ending
        chunks = [data[start : start + 64] for start in range(0, len(data), 64)]
        started = time.process_time()
        assert decode(chunks) == [b"x" * size]
        return time.process_time() - started

    small = min(read(500_000) for _ in range(3))
    large = min(read(4_000_000) for _ in range(2))
    # Quadratic work would make it 64 times as long.
    assert large < 24 * small
