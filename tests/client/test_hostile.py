"""Hostile servers by the dozen, all at once: one request, one record each; the stream beside them
notices nothing."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

import pytest
from hostile import TABLES, Hostile
from scripted_server import (
    DONE,
    END,
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
from test_values import ENDPOINTS, Keeper

from perfbench import registry
from perfbench.client.target import Transport
from perfbench.types import Record

BESIDE = Reply([head(), *[0.01, chunk(says("x"))] * 50, chunk(stops() + DONE), END])


def play(transport: str, table: dict[str, Hostile]) -> tuple[Record, dict[str, Record]]:
    """The record of an ordinary answer, and of each hostile one beside it."""
    ordinary = ScriptedServer([BESIDE])
    servers = {name: ScriptedServer([Reply(each.steps)]) for name, each in table.items()}
    targets = {name: target_of(servers[name], **each.target) for name, each in table.items()}

    async def ask(name: str) -> Record:
        opened: Any = registry.resolve(registry.TRANSPORTS, transport)(targets[name], ENDPOINTS[0])
        await opened.open(1)
        try:
            return await opened.send(request()).record  # type: ignore[no-any-return]
        finally:
            await opened.close()

    async def scenario(opened: Transport) -> tuple[Record, dict[str, Record]]:
        running = opened.send(request())
        records = await asyncio.gather(*map(ask, table))
        return await running.record, dict(zip(table, records, strict=True))

    with contextlib.ExitStack() as stack:
        for server in (ordinary, *servers.values()):
            stack.enter_context(server.running())
        client = Client(transport, target_of(ordinary), limit_s=120)
        found: tuple[Record, dict[str, Record]] = client.run(scenario)
    return found


@pytest.mark.parametrize("table", TABLES)
def test_hostile_servers(table: str) -> None:
    beside, records = play("wire", TABLES[table])
    assert (beside.outcome, beside.text) == ("ok", "x" * 50)
    wanted, found = {}, {}
    keeper = Keeper()
    for name, hostile in TABLES[table].items():
        record = records[name]
        text = record.text[:10] if hostile.text is None else hostile.text
        wanted[name] = (hostile.outcome, hostile.detail, text)
        found[name] = (record.outcome, record.detail[: len(hostile.detail)], record.text[:10])
        keeper.keep(record)
    keeper.close()
    assert found == wanted


@pytest.mark.parametrize("table", TABLES)
def test_hostile_servers_by_the_second_transport(table: str) -> None:
    beside, records = play("aiohttp", TABLES[table])
    assert (beside.outcome, beside.text) == ("ok", "x" * 50)
    keeper = Keeper()
    for name, hostile in TABLES[table].items():
        assert records[name].outcome in (hostile.outcome, hostile.aiohttp, "protocol"), name
        keeper.keep(records[name])
    keeper.close()


def test_they_are_dozens() -> None:
    assert sum(map(len, TABLES.values())) > 80
