"""A service that hangs up: what it can have read is never sent twice, and never hidden."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import time
from typing import Any

import pytest
from scripted_server import (
    FIN,
    RST,
    Client,
    Reply,
    ScriptedServer,
    Step,
    head,
    request,
    target_of,
)
from transcripts import SAME_STREAM

from perfbench.client.target import Transport
from perfbench.client.wire import Wire
from perfbench.types import Record

BOTH = ["wire", "aiohttp"]


def asked(transport: str, *replies: Reply, number: int = 2, body: bytes = b"{}") -> Any:
    """The records of ``number`` requests, one after another, and the server."""
    server = ScriptedServer(replies)
    with server.running():
        client = Client(transport, target_of(server))
        records = client.ask(*(request(i, body) for i in range(number)))
    return records, server


@pytest.mark.parametrize("transport", BOTH)
@pytest.mark.parametrize(
    ("steps", "detail"),
    [
        ([FIN], "connection closed before the response"),
        ([0.1, FIN], "connection closed before the response"),
        ([0.4, FIN], "connection closed before the response"),
        ([RST], "connection reset by peer before the response"),
        ([0.1, RST], "connection reset by peer before the response"),
        ([head()[:9], FIN], "connection closed before the response"),
    ],
)
def test_a_request_that_was_read_is_truncated(
    transport: str, steps: list[Step], detail: str
) -> None:
    records, server = asked(transport, Reply(SAME_STREAM), Reply(steps), Reply(SAME_STREAM))
    assert [(record.outcome, record.resends) for record in records] == [("ok", 0), ("truncated", 0)]
    assert records[1].detail == detail
    assert len(server.requests) == 2


@pytest.mark.parametrize("transport", BOTH)
@pytest.mark.parametrize("ending", [FIN, RST])
@pytest.mark.parametrize("body", [b"{}", b"x" * 3_000_000])
def test_a_request_whose_head_alone_was_read_is_truncated(
    transport: str, ending: str, body: bytes
) -> None:
    """The server closes with the body unread: its kernel resets the connection."""
    hangs_up = Reply([ending], read_body=False)
    records, server = asked(transport, Reply(SAME_STREAM), hangs_up, Reply(SAME_STREAM), body=body)
    assert [(record.outcome, record.resends) for record in records] == [("ok", 0), ("truncated", 0)]
    assert len(server.requests) == 2


@pytest.mark.parametrize("transport", BOTH)
def test_every_dropped_request_is_seen(transport: str) -> None:
    """One of ten requests is read and dropped."""
    replies = [Reply([FIN] if i % 10 == 9 else SAME_STREAM) for i in range(333)]
    records, server = asked(transport, *replies, number=333)
    outcomes = [record.outcome for record in records]
    assert (outcomes.count("truncated"), outcomes.count("ok")) == (33, 300)
    assert sum(record.resends for record in records) == 0
    assert len(server.requests) == 333


def end_connections(server: ScriptedServer, ending: str) -> None:
    """Close or reset every idle connection; their threads do it when they wake."""
    for each in list(server._open):
        # One that only looked whether the server is there may be closing at this moment.
        with contextlib.suppress(OSError):
            if ending == RST:
                each.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            each.shutdown(socket.SHUT_RD)
    time.sleep(0.1)


@pytest.mark.parametrize("transport", BOTH)
@pytest.mark.parametrize("ending", [FIN, RST])
def test_a_connection_closed_while_idle_is_not_used(transport: str, ending: str) -> None:
    """The loop does not know of the end yet: a look at the socket finds it, nothing is sent."""
    server = ScriptedServer([Reply(SAME_STREAM)])

    async def scenario(opened: Transport) -> list[Record]:
        first = await opened.send(request(0)).record
        end_connections(server, ending)
        return [first, await opened.send(request(1)).record]

    with server.running():
        records = Client(transport, target_of(server)).run(scenario)
    facts = [(record.outcome, record.reused, record.resends) for record in records]
    assert facts == [("ok", False, 0), ("ok", False, 0)]
    assert len(server.requests) == 2


class ClosesBefore:
    """A socket at whose other end something happens just before the first send."""

    def __init__(self, sock: socket.socket, happens: Any) -> None:
        self._sock = sock
        self._happens = happens

    def send(self, data: bytes) -> int:
        self._happens()
        return self._sock.send(data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)


@pytest.mark.parametrize("ending", [FIN, RST])
def test_a_connection_that_is_closed_as_we_send_costs_a_resend(ending: str) -> None:
    """Between the look at it and the send the server ends an idle connection: the kernel takes no
    byte of the request, or the server's end acknowledges none. It cannot have been read."""
    server = ScriptedServer([Reply(SAME_STREAM)])

    async def scenario(opened: Wire) -> list[Record]:
        first = await opened.send(request(0)).record
        while not opened._idle:  # noqa: ASYNC110 - it rests after its first answer
            await asyncio.sleep(0.001)
        (connection,) = opened._idle
        connection._sock = ClosesBefore(  # type: ignore[assignment]
            connection._sock, lambda: end_connections(server, ending)
        )
        return [first, await opened.send(request(1)).record]

    with server.running():
        records = Client("wire", target_of(server)).run(scenario)
    facts = [(record.outcome, record.reused, record.resends) for record in records]
    assert facts == [("ok", False, 0), ("ok", False, 1)]
    assert len(server.requests) == 2
    assert records[1].sent_ns is not None
    assert records[1].sent_ns < records[1].event_ns[0]


class SlammingServer(ScriptedServer):
    """Closes every connection as soon as it is there."""

    def _converse(self, connection: socket.socket) -> None:
        return


@pytest.mark.parametrize("transport", BOTH)
def test_a_server_that_closes_every_connection_at_once_is_not_asked_for_ever(
    transport: str,
) -> None:
    server = SlammingServer([])
    with server.running():
        records = Client(transport, target_of(server), connections=0).ask(*map(request, range(5)))
    # What was seen to end before it was used was no connection.
    seen = {record.sent_ns is not None: record.outcome for record in records}
    assert len(records) == 5
    assert seen.items() <= {(True, "truncated"), (False, "connect")}
    assert sum(record.resends for record in records) == 0


@pytest.mark.parametrize("pause_s", [0.0, 0.0003, 0.005])
def test_a_service_that_closes_after_each_answer_loses_no_request(pause_s: float) -> None:
    """It says nothing of it in its head, and closes a moment after the answer: what is sent in that
    moment it takes in and never answers, as llama.cpp's server does after a stream."""
    server = ScriptedServer([Reply([*SAME_STREAM, pause_s, FIN])])

    async def one_after_another(opened: Transport, number: int) -> list[Record]:
        return [await opened.send(request(i)).record for i in range(number)]

    async def scenario(opened: Transport) -> list[Record]:
        streams = await asyncio.gather(*(one_after_another(opened, 20) for _ in range(3)))
        return [record for stream in streams for record in stream]

    with server.running():
        records = Client("wire", target_of(server), connections=3).run(scenario)
    assert [(record.outcome, record.resends) for record in records] == [("ok", 0)] * 60
    assert len(server.requests) == 60
    assert not any(record.reused for record in records)


def test_a_service_that_keeps_connections_is_asked_on_the_same_ones() -> None:
    server = ScriptedServer([Reply(SAME_STREAM)])

    async def scenario(opened: Transport) -> list[Record]:
        return [await opened.send(request(i)).record for i in range(20)]

    with server.running():
        records = Client("wire", target_of(server), connections=1).run(scenario)
    assert [record.reused for record in records] == [False] + [True] * 19
    assert server.connections == 1


def test_a_service_that_closes_every_connection_at_once_is_not_asked_for_ever() -> None:
    """Though the close is often read before there was a turn to send on the connection."""
    server = ScriptedServer([Reply([FIN])])
    server.greeting = b"go away"

    async def scenario(transport: Transport) -> list[Record]:
        sent = [transport.send(request(seq)) for seq in range(40)]
        return [await exchange.record for exchange in sent]

    with server.running():
        records = Client("wire", target_of(server), connections=8).run(scenario)
        assert server.connections < 200
    assert {record.outcome for record in records} <= {"connect", "truncated", "protocol"}
    assert all(record.detail for record in records)
