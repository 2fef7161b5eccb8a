"""From the pieces of a body and their stamps to a record, in slices and in any split."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Iterable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scripted_server import (
    DONE,
    END,
    Client,
    Reply,
    ScriptedServer,
    chunk,
    event,
    head,
    request,
    says,
    stops,
    target_of,
)
from transcripts import STREAM, THINKS, tool, usage, whole

from perfbench.client.digester import Digester
from perfbench.client.exchange import DETAIL_LIMIT, SLICE, Exchange
from perfbench.client.target import Transport
from perfbench.endpoints.openai_chat import OpenAIChat
from perfbench.types import Generation, Outcome, Record, Usage

ENDPOINT = OpenAIChat(Generation(model="m"))
LOOP = asyncio.new_event_loop()
"""Never run: exchanges only make futures of it."""
LOOP.close()

RICH = b"".join(
    [
        b": ping\n\n",
        says("", 0),
        THINKS,
        says("é🙂", **usage(3, 1)),
        says("b", **usage(3, 4)),
        tool(0, name="f", arguments="{}"),
        stops("tool_calls"),
        event({"choices": [], **usage(3, 6)}),
        DONE,
    ]
)


def exchange(
    bodies: Iterable[tuple[bytes, int]] = (),
    status: int = 200,
    kind: str = "text/event-stream",
    encoding: str = "",
    stream: bool = True,
) -> Exchange:
    """An exchange whose head came at 100 ns and whose body came as given."""
    made = Exchange(request(stream=stream), ENDPOINT, LOOP)
    made.sent_ns = 50
    made.headers(status, kind, encoding, "", 100)
    for body, stamp in bodies:
        made.bodies.append(body)
        made.stamps.append(stamp)
    return made


def ended(made: Exchange, outcome: Outcome | None = None, detail: str = "") -> Record:
    made.end(9_000, outcome, detail)
    return made.finish(worker=2)


def split(data: bytes, cuts: Sequence[int]) -> list[bytes]:
    edges = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    return [data[start:stop] for start, stop in zip(edges, edges[1:])]  # noqa: B905, RUF007


def without_times(record: Record) -> Record:
    record.gaps = bytes(len(record.gaps))
    record.first_ns = record.first_content_ns = 0
    return record


WHOLE = without_times(ended(exchange([(RICH, 200)])))


def test_the_rich_stream_is_read_in_full() -> None:
    assert (WHOLE.outcome, WHOLE.text, WHOLE.reasoning) == ("ok", "é🙂b", "hm")
    assert (WHOLE.events, WHOLE.finish, WHOLE.usage) == (4, "tool_calls", Usage(3, 6))
    assert (WHOLE.worker, WHOLE.sent_ns, WHOLE.headers_ns, WHOLE.end_ns) == (2, 50, 100, 9_000)


@given(st.lists(st.integers(0, len(RICH)), max_size=20), st.lists(st.integers(1, 8), max_size=20))
def test_any_split_read_at_any_times_gives_the_same_record(
    cuts: list[int], limits: list[int]
) -> None:
    made = exchange()
    turns = iter(limits)
    for stamp, body in enumerate(split(RICH, cuts), 101):
        made.bodies.append(body)
        made.stamps.append(stamp)
        if (limit := next(turns, None)) is not None and limit % 2:
            made.digest(limit)
    assert without_times(ended(made)) == WHOLE


@given(st.lists(st.integers(0, len(RICH)), max_size=12))
def test_gzip_in_any_split_gives_the_same_record(cuts: list[int]) -> None:
    packer = zlib.compressobj(wbits=31)
    packed = packer.compress(RICH) + packer.flush()
    pieces = [(body, 101) for body in split(packed, cuts)]
    assert without_times(ended(exchange(pieces, encoding="gzip"))) == WHOLE


def test_an_event_is_stamped_when_its_last_byte_came() -> None:
    first, second = says("a")[:20], says("a")[20:]
    record = ended(exchange([(first, 110), (second, 120), (says("b") + says("c"), 130)]))
    assert record.event_ns == [120, 130, 130]


def test_an_event_without_its_blank_line_is_stamped_at_the_end() -> None:
    record = ended(exchange([(says("a"), 110), (stops() + says("b").rstrip(), 120)]))
    assert record.event_ns == [110, 9_000]


@pytest.mark.parametrize("number", [SLICE - 1, SLICE, SLICE + 1, 3 * SLICE + 5])
def test_a_slice_is_a_slice(number: int) -> None:
    made = exchange([(says("x"), stamp) for stamp in range(number)])
    turns = 1
    while made.digest():
        turns += 1
        assert len(made.bodies) == len(made.stamps) == number - (turns - 1) * SLICE
    assert turns == -(-number // SLICE)
    assert ended(made).text == "x" * number


def test_the_first_end_counts() -> None:
    made = exchange([(STREAM, 110)])
    made.end(500, "protocol", "nonsense")
    made.end(600, "cancelled", "enough")
    record = made.finish()
    assert (record.outcome, record.detail, record.end_ns) == ("protocol", "nonsense", 500)


@pytest.mark.parametrize("outcome", ["cancelled", "protocol"])
def test_what_the_client_gave_up_is_not_ok_though_all_of_it_came(outcome: Outcome) -> None:
    assert ended(exchange([(STREAM, 110)]), outcome, "why").outcome == outcome


def test_only_a_cut_after_the_end_is_forgiven() -> None:
    assert ended(exchange([(STREAM, 110)]), "truncated", "cut").outcome == "ok"
    assert ended(exchange([(STREAM, 110)]), "timeout", "pings for ever").outcome == "ok"
    assert ended(exchange([(says("a") + stops(), 110)]), "timeout", "slow").outcome == "timeout"
    assert ended(exchange([(says("a"), 110)]), "truncated", "cut").detail == "cut"


def test_an_error_of_the_server_explains_more_than_the_cut_that_follows() -> None:
    error = event({"error": {"message": "overloaded"}})
    record = ended(exchange([(says("a") + error, 110)]), "truncated", "cut")
    assert (record.outcome, record.detail) == ("in_band_error", "overloaded")


@pytest.mark.parametrize("status", [400, 503])
def test_error_bodies_are_kept_to_two_kilobytes(status: int) -> None:
    record = ended(exchange([(b"z" * 1500, 110)] * 4, status, "text/html"))
    assert len(record.detail) == DETAIL_LIMIT
    assert record.event_ns == []


def test_error_bodies_need_not_be_utf8() -> None:
    assert ended(exchange([(b"\xff\xfeno", 110)], 500)).detail == "\ufffd\ufffdno"


@pytest.mark.parametrize(
    ("body", "outcome", "detail"),
    [
        (whole("ab"), "ok", ""),
        (b'{"error":{"message":"no"}}', "in_band_error", "no"),
        (b"[]", "protocol", "the body is not an answer in JSON: '[]'"),
        (b"", "protocol", "the body is not an answer in JSON: ''"),
        (b"internal error", "protocol", "the body is not an answer in JSON: 'internal error'"),
        (b"data is gone", "protocol", "the body is not an answer in JSON: 'data is gone'"),
    ],
)
@pytest.mark.parametrize("kind", ["", "application/json", "text/plain", "text/html"])
def test_what_is_no_event_stream_is_read_whole(
    body: bytes, outcome: str, detail: str, kind: str
) -> None:
    record = ended(exchange([(bytes([byte]), 110) for byte in body], kind=kind))
    assert (record.outcome, record.detail, record.stream) == (outcome, detail, False)
    assert (record.first_ns, record.event_ns) == (None, [])


def test_read_delay_is_known_only_with_the_kernels_stamps() -> None:
    made, stamped = exchange([(STREAM, 110)]), exchange([(STREAM, 110)])
    made.read_delay_ns = stamped.read_delay_ns = 7
    stamped.kernel_stamped = True
    assert ended(made).read_delay_ns is None
    assert ended(stamped).read_delay_ns == 7


async def test_the_digester_takes_turns_and_ends_with_one_record_each() -> None:
    loop = asyncio.get_running_loop()
    digester = Digester(loop, worker=4)
    long, short = (Exchange(request(seq), ENDPOINT, loop) for seq in range(2))
    for made, number in ((long, 20 * SLICE), (short, 1)):
        made.headers(200, "text/event-stream", "", "", 100)
        made.bodies += [says("x")] * number + [stops()]
        made.stamps += range(101, 102 + number)
        digester.add(made)
        made.end(9_000)
        digester.add(made)
    await short.record
    assert not long.record.done()
    assert (await long.record).worker == 4
    assert (await long.record).text == "x" * 20 * SLICE


async def test_the_digester_reads_running_exchanges_without_ending_them() -> None:
    loop = asyncio.get_running_loop()
    digester = Digester(loop)
    made = Exchange(request(), ENDPOINT, loop)
    made.headers(200, "text/event-stream", "", "", 100)
    made.bodies += [says("x")] * 300
    made.stamps += range(300)
    digester.add(made)
    for _ in range(20):
        await asyncio.sleep(0)
    assert made.bodies == made.stamps == []
    assert not made.record.done()
    made.end(9_000)
    digester.add(made)
    assert (await made.record).events == 300


@pytest.mark.parametrize(("transport", "pieces"), [("wire", 2), ("aiohttp", 1)])
def test_long_streams_do_not_pile_up_unparsed(transport: str, pieces: int) -> None:
    """Two pieces a read, after a first that makes their number odd: no round number is met."""
    reads = [chunk(says("y")) * pieces for _ in range(3000 // pieces)]
    paced = [step for read in reads for step in (read, 0.0002)]
    first = [head(), chunk(says("x")), 0.01]
    server = ScriptedServer([Reply([*first, *paced, chunk(stops() + DONE), END])])
    most = 0

    async def scenario(opened: Transport) -> Record:
        nonlocal most
        running = opened.send(request())
        while not running.ended.done():
            most = max(most, len(running.bodies))
            await asyncio.sleep(0.0005)
        return await running.record

    with server.running():
        record = Client(transport, target_of(server)).run(scenario)
    assert record.events == 3001
    assert most < 1500
