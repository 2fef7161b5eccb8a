"""Several URLs as one transport: who gets what, and that none waits for another."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from typing import Any

import pytest
from scripted_server import Reply, ScriptedServer, on_a_loop, request, target_of
from transcripts import SAME_STREAM

from perfbench import registry
from perfbench.client.several import Several
from perfbench.client.target import Target
from perfbench.endpoints.openai_chat import OpenAIChat
from perfbench.errors import TargetError
from perfbench.types import Generation, Record

BOTH = ["wire", "aiohttp"]


def run(
    name: str,
    targets: list[Target],
    scenario: Callable[[Several], Awaitable[Any]],
    connections: int = 1,
) -> Any:
    """What ``scenario`` returns, given the open transport over these targets."""

    async def main() -> Any:
        make = registry.resolve(registry.TRANSPORTS, name)
        endpoint = OpenAIChat(Generation(model="m"))
        several = Several([make(target, endpoint, 3) for target in targets])
        try:
            await several.open(connections)
            return await asyncio.wait_for(scenario(several), 20)
        finally:
            await several.close()
            await asyncio.sleep(0)

    return on_a_loop(main())


def nobody() -> Target:
    """A target at which nobody listens."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return Target(scheme="http", host="127.0.0.1", port=sock.getsockname()[1])


def servers(stack: ExitStack, *replies: Reply) -> list[ScriptedServer]:
    return [stack.enter_context(ScriptedServer([reply]).running()) for reply in replies]


@pytest.mark.parametrize("transport", BOTH)
def test_a_request_goes_where_its_plan_says(transport: str) -> None:
    async def scenario(several: Several) -> list[Record]:
        return [await several.send(request(seq, url=seq % 2)).record for seq in range(5)]

    with ExitStack() as stack:
        first, second = servers(stack, Reply(SAME_STREAM), Reply(SAME_STREAM))
        records = run(transport, [target_of(first), target_of(second)], scenario)
        assert (len(first.requests), len(second.requests)) == (3, 2)
        # Each keeps its own connection.
        assert [record.reused for record in records][2:] == [True] * 3
        assert second.requests[0][0].startswith(b"POST /v1/chat/completions ")
    assert [record.url for record in records] == [0, 1, 0, 1, 0]


@pytest.mark.parametrize("transport", BOTH)
def test_each_target_has_its_own_path(transport: str) -> None:
    async def scenario(several: Several) -> list[Record]:
        return [await several.send(request(seq, url=seq)).record for seq in range(2)]

    with ExitStack() as stack:
        first, second = servers(stack, Reply(SAME_STREAM), Reply(SAME_STREAM))
        targets = [target_of(first), target_of(second, path="/b/v1/chat/completions?v=1")]
        run(transport, targets, scenario)
        assert first.requests[0][0].startswith(b"POST /v1/chat/completions HTTP")
        assert second.requests[0][0].startswith(b"POST /b/v1/chat/completions?v=1 HTTP")


def test_what_hangs_has_the_most_in_flight_and_gets_no_more() -> None:
    async def scenario(several: Several) -> list[Record]:
        first, second = several.send(request(0)), several.send(request(1))
        records = [await second.record]
        records += [await several.send(request(seq)).record for seq in range(2, 8)]
        several.cancel_all("enough")
        return [await first.record, *records]

    with ExitStack() as stack:
        silent, prompt = servers(stack, Reply([30.0]), Reply(SAME_STREAM))
        records = run("wire", [target_of(silent), target_of(prompt)], scenario)
        silent.drop_connections()
    assert [(record.url, record.outcome) for record in records] == [
        (0, "cancelled"),
        *[(1, "ok")] * 7,
    ]


def test_equals_take_turns() -> None:
    async def scenario(several: Several) -> list[Record]:
        return [await several.send(request(seq)).record for seq in range(6)]

    with ExitStack() as stack:
        both = servers(stack, Reply(SAME_STREAM), Reply(SAME_STREAM))
        records = run("wire", [target_of(server) for server in both], scenario)
    assert [record.url for record in records] == [0, 1, 0, 1, 0, 1]


@pytest.mark.parametrize("transport", BOTH)
def test_one_that_nobody_serves_is_data(transport: str) -> None:
    async def scenario(several: Several) -> list[Record]:
        sent = [several.send(request(seq, url=seq % 2)) for seq in range(6)]
        return [await exchange.record for exchange in sent]

    with ExitStack() as stack:
        (server,) = servers(stack, Reply(SAME_STREAM))
        records = run(transport, [target_of(server), nobody()], scenario)
    outcomes = [(record.url, record.outcome) for record in records]
    assert outcomes == [(0, "ok"), (1, "connect")] * 3


@pytest.mark.parametrize("transport", BOTH)
def test_nobody_at_any_of_them_is_one_line(transport: str) -> None:
    first, second = nobody(), nobody()

    async def scenario(_: Several) -> None:
        raise AssertionError("it did not open")

    with pytest.raises(TargetError, match=f"cannot connect to 127.0.0.1:{first.port}: "):
        run(transport, [first, second], scenario)


def test_what_waits_for_a_connection_that_is_never_made_fails_together() -> None:
    """A host that answers no SYN: each request has waited for as long as it may."""
    with socket.socket() as full, ExitStack() as stack:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for _ in range(4):  # Fill what the kernel accepts for a listener that does not.
            sock = stack.enter_context(socket.socket())
            sock.setblocking(False)
            sock.connect_ex(full.getsockname())
        hanging = Target(
            scheme="http", host="127.0.0.1", port=full.getsockname()[1], connect_timeout_s=0.5
        )
        (server,) = servers(stack, Reply(SAME_STREAM))

        async def scenario(several: Several) -> list[Record]:
            sent = [several.send(request(seq, url=seq % 2)) for seq in range(600)]
            return [await exchange.record for exchange in sent]

        records = run("wire", [target_of(server), hanging], scenario)
    assert {(record.url, record.outcome) for record in records} == {(0, "ok"), (1, "connect")}
    assert {record.detail for record in records if record.url == 1} == {"timed out"}
