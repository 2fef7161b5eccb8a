"""Both transports against the same bytes: what a record says must not depend on which was used."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import pytest
from scripted_server import (
    DONE,
    END,
    FIN,
    Client,
    Reply,
    ScriptedServer,
    chunk,
    head,
    request,
    says,
    stops,
    target_of,
)
from transcripts import CLOSE, ROLE, SAME_STREAM, TRANSCRIPTS, Transcript

from perfbench.client.target import Target, Transport
from perfbench.errors import TargetError
from perfbench.types import Record

BOTH = ["wire", "aiohttp"]

COMPARED = (
    "outcome", "status", "detail", "stream", "text", "more_texts", "reasoning", "tool_calls",
    "finish", "usage", "response_id", "events", "event_tokens",
)  # fmt: skip
"""What both transports must agree on."""


def play(transport: str, transcript: Transcript) -> Record:
    server = ScriptedServer([transcript.reply])
    with server.running():
        client = Client(transport, target_of(server, **transcript.target))
        (record,) = client.ask(request(body=transcript.body, stream=transcript.stream))
    if transcript.reply.read_body:
        assert [body for _, body in server.requests] == [transcript.body]
    return record


def facts(record: Record) -> dict[str, Any]:
    return {name: getattr(record, name) for name in COMPARED}


@pytest.mark.parametrize("name", TRANSCRIPTS)
def test_transcript(name: str) -> None:
    transcript = TRANSCRIPTS[name]
    expected = dict(transcript.expected)
    begins = str(expected["detail"])
    wire, aiohttp = (facts(play(transport, transcript)) for transport in BOTH)
    if begins.endswith("…"):
        for found in (wire, aiohttp):
            assert found["detail"].startswith(begins[:-1])
            found["detail"] = begins
    assert {key: wire[key] for key in expected} == expected
    assert wire == aiohttp


@pytest.mark.parametrize("transport", BOTH)
def test_stamps_are_in_order_and_near_the_servers(transport: str) -> None:
    steps = [head(), 0.02, chunk(ROLE), 0.02, chunk(says("a")), 0.02, chunk(says("b")), 0.02]
    server = ScriptedServer([Reply([*steps, chunk(stops() + DONE), END])])
    with server.running():
        (record,) = Client(transport, target_of(server)).ask(request())
    _, _, first, second, last, _ = server.sent_ns
    assert record.sent_ns is not None
    assert record.headers_ns is not None
    assert record.end_ns is not None
    assert record.sent_ns <= record.headers_ns < record.event_ns[0] < record.event_ns[1]
    assert record.event_ns[1] < record.end_ns
    assert record.first_content_ns == record.event_ns[0]
    for stamp, sent in zip(record.event_ns, (first, second), strict=True):
        assert 0 <= stamp - sent < 100_000_000
    assert 0 <= record.end_ns - last < 100_000_000


@pytest.mark.parametrize("transport", BOTH)
def test_one_connection_serves_many_requests(transport: str) -> None:
    server = ScriptedServer([Reply(SAME_STREAM)])
    with server.running():
        records = Client(transport, target_of(server)).ask(*map(request, range(5)))
        # The second transport tries the address with a connection that it does not keep.
        assert server.connections == {"wire": 1, "aiohttp": 2}[transport]
    assert [record.outcome for record in records] == ["ok"] * 5
    assert [record.reused for record in records] == [False, True, True, True, True]
    assert [record.connect_ns is None for record in records] == [False, True, True, True, True]
    assert [(record.seq, record.sample_id, record.worker) for record in records] == [
        (i, str(i), 3) for i in range(5)
    ]


@pytest.mark.parametrize("transport", BOTH)
def test_connection_close_costs_a_connection_each_time(transport: str) -> None:
    server = ScriptedServer([Reply([CLOSE + says("a") + stops(), FIN])])
    with server.running():
        records = Client(transport, target_of(server)).ask(*map(request, range(3)))
    assert [record.outcome for record in records] == ["ok"] * 3
    assert [record.reused for record in records] == [False] * 3
    assert all(record.connect_ns for record in records)


@pytest.mark.parametrize("transport", BOTH)
def test_idle_connections_that_the_server_closed_are_replaced(transport: str) -> None:
    """Seen before the next request: that goes out on another connection at once."""
    server = ScriptedServer([Reply(SAME_STREAM)])

    async def scenario(opened: Transport) -> list[Record]:
        records = [await opened.send(request(0)).record]
        server.drop_connections()
        await asyncio.sleep(0.1)
        return [*records, await opened.send(request(1)).record]

    with server.running():
        records = Client(transport, target_of(server)).run(scenario)
    assert [record.outcome for record in records] == ["ok", "ok"]
    assert not records[1].reused


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@pytest.mark.parametrize("transport", BOTH)
def test_opening_fails_in_one_line_where_nobody_listens(transport: str) -> None:
    port = free_port()
    target = Target(scheme="http", host="127.0.0.1", port=port)
    with pytest.raises(TargetError, match=f"127.0.0.1:{port}: connection refused$"):
        Client(transport, target).ask()


@pytest.mark.parametrize("transport", BOTH)
def test_opening_fails_in_one_line_for_an_unknown_host(transport: str) -> None:
    target = Target(scheme="http", host="no.such.host.invalid", port=80)
    with pytest.raises(TargetError, match=r"no\.such\.host\.invalid:80: no such host"):
        Client(transport, target).ask()


@pytest.mark.parametrize("transport", BOTH)
@pytest.mark.parametrize(
    ("host", "detail"),
    [("127.0.0.1", "connection refused"), ("no.such.host.invalid", "no such host (")],
)
def test_requests_that_cannot_connect_say_why(transport: str, host: str, detail: str) -> None:
    target = Target(scheme="http", host=host, port=free_port())
    records = Client(transport, target, connections=0).ask(request(0), request(1))
    for record in records:
        assert (record.outcome, record.status, record.sent_ns) == ("connect", None, None)
        assert record.detail.startswith(detail)
        assert record.end_ns is not None


@pytest.mark.parametrize("transport", BOTH)
def test_a_server_that_goes_away_fails_each_request_for_itself(transport: str) -> None:
    server = ScriptedServer([Reply([*SAME_STREAM, FIN])])

    async def scenario(opened: Transport) -> list[Record]:
        first = await opened.send(request(0)).record
        server.stop()
        await asyncio.sleep(0.05)
        sent = [opened.send(request(i)) for i in range(1, 101)]
        return [first, *[await exchange.record for exchange in sent]]

    with server.running():
        records = Client(transport, target_of(server)).run(scenario)
    assert [record.outcome for record in records] == ["ok"] + ["connect"] * 100


@pytest.mark.parametrize("transport", BOTH)
def test_cancelled_requests_keep_what_came(transport: str) -> None:
    server = ScriptedServer([Reply([head(), chunk(says("a")), chunk(says("b")), 1.0])])

    async def scenario(opened: Transport) -> list[Record]:
        running = [opened.send(request(i)) for i in range(3)]
        await asyncio.sleep(0.2)
        running.append(opened.send(request(3)))
        opened.cancel_all("enough")
        assert all(exchange.ended.done() for exchange in running)
        return [await exchange.record for exchange in running]

    with server.running():
        *running, unsent = Client(transport, target_of(server)).run(scenario)
    for record in running:
        assert (record.outcome, record.detail, record.text) == ("cancelled", "enough", "ab")
        assert len(record.event_ns) == 2
        assert record.end_ns is not None
        assert record.end_ns > record.event_ns[1]
    assert (unsent.outcome, unsent.detail, unsent.events) == ("cancelled", "enough", 0)


@pytest.mark.parametrize("transport", BOTH)
def test_closing_ends_what_runs(transport: str) -> None:
    server = ScriptedServer([Reply([head(), chunk(says("a")), 1.0])])

    async def scenario(opened: Transport) -> Record:
        running = opened.send(request())
        await asyncio.sleep(0.1)
        await opened.close()
        return await running.record

    with server.running():
        record = Client(transport, target_of(server)).run(scenario)
    assert (record.outcome, record.text) == ("cancelled", "a")


@pytest.mark.parametrize("transport", BOTH)
def test_request_head_and_body_arrive_as_given(transport: str) -> None:
    server = ScriptedServer([Reply(SAME_STREAM)])
    target = target_of(
        server, headers=(("Authorization", "Bearer k"), ("user-agent", "mine"), ("X-A", "1"))
    )
    asked = request(body='{"é":1}'.encode(), path="/v1/x%2Fy?q=a%20b+c", headers=(("X-B", "2"),))
    with server.running():
        Client(transport, target).ask(asked)
    ((head_bytes, body),) = server.requests
    line, *lines = head_bytes.decode().split("\r\n")
    sent = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    assert line == "POST /v1/x%2Fy?q=a%20b+c HTTP/1.1"
    assert sent == {
        "host": f"127.0.0.1:{target.port}",
        "authorization": "Bearer k",
        "user-agent": "mine",
        "x-a": "1",
        "x-b": "2",
        "content-type": "application/json",
        "accept": "text/event-stream, application/json",
        "accept-encoding": "identity",
        "content-length": "8",
    }
    assert body == '{"é":1}'.encode()


@pytest.mark.parametrize("transport", BOTH)
def test_a_host_that_is_given_is_the_only_one(transport: str) -> None:
    server = ScriptedServer([Reply(SAME_STREAM)])
    with server.running():
        Client(transport, target_of(server, headers=(("Host", "other:1"),))).ask(request())
    lines = server.requests[0][0].decode().lower().split("\r\n")
    assert [line for line in lines if line.startswith("host:")] == ["host: other:1"]


@pytest.mark.parametrize("transport", BOTH)
def test_what_nobody_knows_is_none(transport: str) -> None:
    server = ScriptedServer([Reply([FIN])])
    with server.running():
        (record,) = Client(transport, target_of(server)).ask(request())
    unknown = ("headers_ns", "first_ns", "first_content_ns", "read_delay_ns", "status", "usage")
    assert [getattr(record, name) for name in unknown] == [None] * len(unknown)
    assert record.event_ns == []
