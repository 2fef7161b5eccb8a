"""What only the measuring client does: pools, the order of sends and reads, the kernel's stamps."""

from __future__ import annotations

import asyncio
import socket
import time
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest
from scripted_server import (
    DONE,
    END,
    FIN,
    RST,
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
from transcripts import CLOSE, SAME_STREAM, TOO_LARGE

from perfbench.client.clock import now_ns
from perfbench.client.exchange import Exchange
from perfbench.client.several import Several
from perfbench.client.target import Punctual, Target, Transport
from perfbench.client.wire import Wire
from perfbench.types import Record

MS = 1_000_000


def has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as trial:
            trial.bind(("::1", 0))
    except OSError:
        return False
    return True


def has_kernel_stamps() -> bool:
    server = ScriptedServer([Reply(SAME_STREAM)])
    client = Client("wire", target_of(server))
    with server.running():
        client.ask(request())
    return client.transport.kernel_stamps


needs_kernel_stamps = pytest.mark.skipif(
    not has_kernel_stamps(), reason="this platform does not stamp received packets"
)


@pytest.mark.skipif(not has_ipv6(), reason="the loopback device has no IPv6 address")
@pytest.mark.parametrize("transport", ["wire", "aiohttp"])
def test_ipv6(transport: str) -> None:
    server = ScriptedServer([Reply(SAME_STREAM)], socket.AF_INET6, ("::1", 0))
    target = target_of(server, host="::1")
    with server.running():
        (record,) = Client(transport, target).ask(request())
    assert record.outcome == "ok"
    assert f"\r\nHost: [::1]:{target.port}\r\n".encode() in server.requests[0][0]


def test_a_name_with_several_addresses_is_tried_one_by_one() -> None:
    server = ScriptedServer([Reply(SAME_STREAM)])
    with server.running():
        (record,) = Client("wire", target_of(server, host="localhost")).ask(request())
    assert record.outcome == "ok"


@pytest.mark.parametrize("transport", ["wire", "aiohttp"])
def test_unix_socket(transport: str, tmp_path: Path) -> None:
    """The kernel does not stamp these; then nothing claims to know how late the reads were."""
    path = str(tmp_path / "llm.sock")
    server = ScriptedServer([Reply(SAME_STREAM)], socket.AF_UNIX, path)
    target = Target(scheme="http", host="localhost", port=80, unix_socket=path)
    client = Client(transport, target)
    with server.running():
        (record,) = client.ask(request())
    assert record.outcome == "ok"
    assert b"\r\nHost: localhost\r\n" in server.requests[0][0]
    assert not client.transport.kernel_stamps
    assert record.read_delay_ns is None


@pytest.mark.parametrize("transport", ["wire", "aiohttp"])
def test_unix_socket_that_is_not_there(transport: str, tmp_path: Path) -> None:
    target = Target(scheme="http", host="localhost", port=80, unix_socket=str(tmp_path / "none"))
    (record,) = Client(transport, target, connections=0).ask(request())
    assert (record.outcome, record.detail) == ("connect", "no such file or directory")


def test_a_request_that_comes_early_leaves_when_it_is_due() -> None:
    """Through one wire and through several; those that are late do not wait."""
    server = ScriptedServer([Reply(SAME_STREAM)])

    async def scenario(opened: Transport) -> list[Record]:
        records = []
        for wire in (opened, Several([opened])):
            assert isinstance(wire, Punctual)
            lead_ns = wire.lead_ns(1, 100)
            assert 0 < lead_ns < 1_000_000
            assert lead_ns < wire.lead_ns(2, 100) < wire.lead_ns(2, 1_000_000)
            assert wire.lead_ns(32, 1 << 30) < 10_000_000  # Reads wait as long.
            for early_ns in (5_000_000, lead_ns, 0, -1_000_000):
                due_ns = now_ns() + early_ns
                wire.hold(due_ns)
                exchange = wire.send(request(len(records)))
                wire.release()
                records.append(await exchange.record)
                assert records[-1].due_ns == due_ns
        return records

    with server.running():
        records = Client("wire", target_of(server)).run(scenario)
    for record in records:
        assert record.outcome == "ok"
        assert record.due_ns <= record.sent_ns < record.due_ns + 1_000_000_000


def together(wire: Transport, count: int, due_ns: int) -> list[Exchange]:
    """So many requests that are due at one instant, released."""
    assert isinstance(wire, Punctual)
    made = []
    for seq in range(count):
        wire.hold(due_ns)
        made.append(wire.send(request(seq)))
    assert [exchange.sent_ns for exchange in made] == [None] * count
    wire.release()
    return made


def test_requests_of_one_instant_leave_together_as_far_as_there_are_connections() -> None:
    server = ScriptedServer([Reply(SAME_STREAM)])

    async def scenario(opened: Transport) -> list[Record]:
        due_ns = now_ns() + 5_000_000
        made = together(opened, 50, due_ns)
        assert [exchange.sent_ns is not None for exchange in made] == [True] * 20 + [False] * 30
        return [await exchange.record for exchange in made]

    with server.running():
        records = Client("wire", target_of(server), connections=20).run(scenario)
    for record in records:
        assert record.outcome == "ok"
        assert record.due_ns <= record.sent_ns
    assert len(server.requests) == 50


def test_a_warm_pool_connects_before_anything_is_sent() -> None:
    server = ScriptedServer([Reply(SAME_STREAM)])

    async def scenario(opened: Transport) -> list[Record]:
        await asyncio.sleep(0.1)
        assert server.connections == 20
        sent = [opened.send(request(i)) for i in range(20)]
        return [await exchange.record for exchange in sent]

    with server.running():
        records = Client("wire", target_of(server), connections=20).run(scenario)
        assert server.connections == 20
    assert [record.outcome for record in records] == ["ok"] * 20
    for record in records:
        assert record.sent_ns is not None
        assert record.headers_ns is not None
        assert record.headers_ns - record.sent_ns < 100 * MS


def test_spare_connections_are_made_as_others_are_taken() -> None:
    server = ScriptedServer([Reply([0.5, *SAME_STREAM])])

    async def scenario(opened: Transport) -> list[Record]:
        sent = []
        for i in range(6):
            sent.append(opened.send(request(i)))
            while server.connections < 2 + len(sent):  # noqa: ASYNC110 - the server is a thread
                await asyncio.sleep(0.002)
        return [await exchange.record for exchange in sent]

    with server.running():
        records = Client("wire", target_of(server), connections=2, spare=2).run(scenario)
    assert [record.outcome for record in records] == ["ok"] * 6
    assert server.connections == 2 + 6


@pytest.mark.parametrize("ending", [FIN, RST])
def test_requests_that_wait_are_sent_when_every_connection_goes(ending: str) -> None:
    """The server ends each connection after one answer, with far more requests than connections."""
    server = ScriptedServer([Reply([*SAME_STREAM, ending])])

    async def scenario(opened: Transport) -> list[Record]:
        sent = [opened.send(request(i)) for i in range(200)]
        return [await exchange.record for exchange in sent]

    with server.running():
        records = Client("wire", target_of(server), connections=4).run(scenario)
    outcomes = Counter(record.outcome for record in records)
    if ending == FIN:
        assert outcomes == {"ok": 200}
    else:
        # A request that met the reset may have been read, and an answer may be lost to it.
        assert outcomes.keys() <= {"ok", "truncated"}
        assert outcomes["ok"] > 100


def test_requests_that_wait_are_sent_when_idle_connections_are_lost_at_once() -> None:
    server = ScriptedServer([Reply(SAME_STREAM)])

    async def scenario(opened: Transport) -> list[Record]:
        server.drop_connections()
        time.sleep(0.05)  # noqa: ASYNC251 - the loop must not see the end of the connections yet
        sent = [opened.send(request(i)) for i in range(50)]
        return [await exchange.record for exchange in sent]

    with server.running():
        records = Client("wire", target_of(server), connections=20).run(scenario)
    kinds = {record.outcome for record in records}
    assert kinds <= {"ok", "truncated"}
    # A connection never used before is not known to be stale: at most those requests may be lost.
    assert sum(record.outcome == "truncated" for record in records) <= 20


@pytest.mark.parametrize("held", [False, True])
def test_used_connections_lost_at_once_cost_no_request(held: bool) -> None:
    server = ScriptedServer([Reply(SAME_STREAM)])

    async def scenario(opened: Transport) -> list[Record]:
        first = [opened.send(request(i)) for i in range(20)]
        await asyncio.gather(*(exchange.record for exchange in first))
        server.drop_connections()
        time.sleep(0.05)  # noqa: ASYNC251 - the loop must not see the end of the connections yet
        if held:
            sent = together(opened, 50, now_ns())
        else:
            sent = [opened.send(request(i)) for i in range(50)]
        return [await exchange.record for exchange in sent]

    with server.running():
        records = Client("wire", target_of(server), connections=20).run(scenario)
    assert [record.outcome for record in records] == ["ok"] * 50


def test_an_answer_before_the_body_is_read_counts_though_the_connection_is_reset() -> None:
    server = ScriptedServer([Reply([TOO_LARGE, FIN], read_body=False)])
    with server.running():
        (record,) = Client("wire", target_of(server)).ask(request(body=b"x" * 8_000_000))
    assert (record.outcome, record.status, record.detail) == ("http_4xx", 413, "too large")


def test_a_burst_of_sends_does_not_starve_reads() -> None:
    """A stream is read every 5 ms while 300 requests go out, whose handling takes a while."""
    stream = [head(), *(step for _ in range(40) for step in (0.005, chunk(says("x"))))]
    server = ScriptedServer([Reply([*stream, chunk(stops() + DONE), END]), Reply(SAME_STREAM)])
    body = b"x" * 100_000
    handled: list[tuple[int, int]] = []

    async def scenario(opened: Transport) -> tuple[Record, list[Record]]:
        watched = opened.send(request())
        while watched.headers_ns is None:  # noqa: ASYNC110 - an exchange tells nobody of its head
            await asyncio.sleep(0.005)
        sent = [opened.send(request(i, body)) for i in range(1, 301)]
        while not all(exchange.ended.done() for exchange in sent):
            handled.append((len(watched.stamps), unsent(sent)))
            await asyncio.sleep(0)
        return await watched.record, [await exchange.record for exchange in sent]

    def unsent(exchanges: list[Exchange]) -> int:
        return sum(exchange.sent_ns is None for exchange in exchanges)

    with server.running():
        watched, burst = Client("wire", target_of(server), 301).run(scenario)
    assert [record.outcome for record in burst] == ["ok"] * 300
    assert watched.events == 40
    # Sending 300 bodies at once would take the loop tens of milliseconds: it takes turns instead.
    assert handled[0][1] >= 300 - 2 * 8
    steps = [before - after for (_, before), (_, after) in pairwise(handled)]
    assert max(steps) <= 3 * 8


@needs_kernel_stamps
def test_a_busy_loop_delays_handling_and_not_the_stamp() -> None:
    """An event that comes early while the loop is blocked for 100 ms is stamped early."""
    server = ScriptedServer([Reply([head(), 0.05, chunk(says("a")), 0.3, chunk(stops()), END])])

    async def scenario(opened: Transport) -> Record:
        running = opened.send(request())
        await asyncio.sleep(0.02)
        time.sleep(0.15)  # noqa: ASYNC251 - this is the point
        return await running.record

    with server.running():
        record = Client("wire", target_of(server)).run(scenario)
    _, sent, *_ = server.sent_ns
    (stamp,) = record.event_ns
    assert -0.05 * MS <= stamp - sent < 60 * MS
    assert record.read_delay_ns is not None
    assert record.read_delay_ns > 60 * MS


@needs_kernel_stamps
def test_reads_that_pile_up_are_read_as_one_with_the_last_ones_stamp() -> None:
    """Ten events in 50 ms of a blocked loop: one read, stamped when the last of them came."""
    events = [step for i in range(10) for step in (chunk(says(str(i))), 0.005)]
    server = ScriptedServer([Reply([head(), 0.05, *events, 0.2, chunk(stops() + DONE), END])])

    async def scenario(opened: Transport) -> Record:
        running = opened.send(request())
        await asyncio.sleep(0.03)
        time.sleep(0.15)  # noqa: ASYNC251 - this is the point
        return await running.record

    with server.running():
        record = Client("wire", target_of(server)).run(scenario)
    sent = server.sent_ns[1:11]
    assert record.text == "0123456789"
    assert len(set(record.event_ns)) < 10
    for stamp, at in zip(record.event_ns, sent, strict=True):
        assert stamp > at - 0.05 * MS
    assert record.event_ns[-1] < sent[-1] + 50 * MS


@needs_kernel_stamps
def test_gaps_are_the_servers_while_the_loop_is_busy_in_between() -> None:
    """Blocked for 8 of every 10 ms, the loop sees each event late; the stamps stay near it."""
    events = [step for i in range(40) for step in (chunk(says("x")), 0.01)]
    server = ScriptedServer([Reply([head(), 0.05, *events, chunk(stops() + DONE), END])])

    async def scenario(opened: Transport) -> Record:
        running = opened.send(request())
        while not running.ended.done():
            time.sleep(0.008)  # noqa: ASYNC251 - this is the point
            await asyncio.sleep(0)
        return await running.record

    with server.running():
        record = Client("wire", target_of(server)).run(scenario)
    sent = server.sent_ns[1:41]
    errors = sorted(abs(stamp - at) for stamp, at in zip(record.event_ns, sent, strict=True))
    assert errors[len(errors) // 2] < 2 * MS
    assert record.event_ns == sorted(record.event_ns)


def test_stamps_never_run_backwards() -> None:
    stream = [head(), *(chunk(says("x")) for _ in range(300)), chunk(stops() + DONE), END]
    server = ScriptedServer([Reply(stream)])

    async def scenario(opened: Transport) -> list[Record]:
        sent = [opened.send(request(i)) for i in range(20)]
        return [await exchange.record for exchange in sent]

    with server.running():
        records = Client("wire", target_of(server), connections=20).run(scenario)
    for record in records:
        stamps = [record.sent_ns, record.headers_ns, *record.event_ns, record.end_ns]
        assert record.events == 300
        assert stamps == sorted(stamps)  # type: ignore[type-var]


def test_close_delimited_answers_end_with_their_last_byte() -> None:
    server = ScriptedServer([Reply([CLOSE + says("a") + stops(), 0.2, FIN])])
    with server.running():
        (record,) = Client("wire", target_of(server)).ask(request())
    assert record.end_ns == record.event_ns[-1]


def test_an_answer_that_waits_while_the_rest_cannot_be_written_counts() -> None:
    """The loop is blocked until the server has answered, read nothing and reset the connection."""
    server = ScriptedServer([Reply([TOO_LARGE, FIN], read_body=False)])

    async def scenario(opened: Wire) -> Record:
        running = opened.send(request(body=b"x" * 8_000_000))
        time.sleep(0.1)  # noqa: ASYNC251 - this is the point
        (connection,) = opened._busy
        connection._writable()  # Event loops do not promise to call the reader first.
        return await running.record

    with server.running():
        record = Client("wire", target_of(server)).run(scenario)
    assert (record.outcome, record.status, record.detail) == ("http_4xx", 413, "too large")
