"""Routes of the battles of an arena: a list with filters, and each by itself."""

from __future__ import annotations

import asyncio

import msgspec

from perfbench.server.pages.arena import (
    OUTCOMES,
    PAGE,
    battle,
    battle_row,
    selected_battles,
    wanted_battles,
)
from perfbench.server.pages.forms import run_path
from perfbench.server.pages.paging import paging
from perfbench.server.pages.run import Head, head_of, page_of
from perfbench.server.refusal import Refusal
from perfbench.server.routes import Call, Reply, Route
from perfbench.server.shelf import OpenedArena


async def _opened(call: Call) -> tuple[Head, OpenedArena]:
    head = await head_of(call)
    if head.run.kind != "arena":
        raise Refusal(404, f"{head.run.name} is a {head.run.kind}: it has no battles")
    return head, await call.server.shelf.arena(head.path)


async def _battles(call: Call) -> Reply:
    head, opened = await _opened(call)
    wanted, found = wanted_battles(call.request.query), opened.found
    rows = await asyncio.to_thread(selected_battles, found, opened.words, wanted)
    at = paging(wanted.offset, PAGE, len(rows))
    wanted = msgspec.structs.replace(wanted, offset=at.offset)
    shown = rows[at.offset : at.offset + PAGE]
    base = run_path(head.run.name, "battles")
    bouts = () if found.arena is None else found.arena.bouts

    def turned(offset: int | None) -> str | None:
        return None if offset is None else f"{base}?{wanted.query(offset=offset)}"

    return page_of(
        head,
        "battles.html.j2",
        "Battles",
        base=base,
        rows=[battle_row(place, bout, found) for place, bout in shown],
        total=len(rows),
        of=len(bouts),
        wanted=wanted,
        models=list(found.roster.contenders),
        data=list(dict.fromkeys(each.data_set for each in found.roster.questions.values())),
        judges=list(dict.fromkeys(game.judge for bout in bouts for game in bout.games)),
        outcomes=OUTCOMES,
        before=turned(at.before),
        after=turned(at.after),
    )


async def _battle(call: Call) -> Reply:
    head, opened = await _opened(call)
    wanted = wanted_battles(call.request.query)
    number = call.path["number"]
    shown = battle(int(number[:9]), opened.found, opened.words)
    rows = await asyncio.to_thread(selected_battles, opened.found, opened.words, wanted)
    places = [place for place, _ in rows]
    base, own = run_path(head.run.name, "battles"), shown["place"]
    at = places.index(own) if own in places else None
    query = wanted.query(offset=0)

    def beside(step: int) -> str | None:
        if at is None or not 0 <= at + step < len(places):
            return None
        return f"{base}/{places[at + step]}?{query}"

    return page_of(
        head,
        "battle.html.j2",
        "Battles",
        base=base,
        wanted=wanted,
        battle=shown,
        place=None if at is None else at + 1,
        total=len(rows),
        before=beside(-1),
        after=beside(1),
    )


ROUTES = (
    Route("GET", "/runs/{run}/battles", _battles, hidden=True),
    Route("GET", r"/runs/{run}/battles/{number:\d+}", _battle, hidden=True),
)
