"""Routes of the requests of a run: pages of the table of all, and each one whole."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import msgspec

from perfbench.errors import PerfbenchError
from perfbench.reports.requests import (
    COLUMNS,
    MAX_ROWS,
    Query,
    QueryError,
    RequestDetail,
    RequestPage,
    RequestTable,
    read_query,
)
from perfbench.server.refusal import Refusal
from perfbench.server.routes import Answer, Call, Parameter, Reply, Route

Found = TypeVar("Found")


class RequestPlace(msgspec.Struct, frozen=True):
    """Where a request stands in the order of a query; null where it is not among its rows."""

    position: int | None
    """From 0."""
    total: int | None
    previous: int | None
    next: int | None


class OneRequest(msgspec.Struct, frozen=True):
    """A request whole, and what stands beside it."""

    request: RequestDetail
    place: RequestPlace


def query_of(words: Mapping[str, str]) -> Query:
    """What these parameters ask of the table.

    Raises:
        Refusal: it cannot be asked.
    """
    try:
        return read_query(words)
    except QueryError as error:
        raise Refusal(422, str(error), error.field) from None


async def ask(call: Call, question: Callable[[RequestTable], Found]) -> Found:
    """What the table of the run that an address names answers.

    Raises:
        Refusal: there is no such run, it cannot be read, or the question does not fit it.
    """
    path = call.server.library.path(call.path["run"])
    try:
        return await call.server.tables.ask(path, question)
    except QueryError as error:
        raise Refusal(422, str(error), error.field) from None
    except PerfbenchError as error:
        raise Refusal(422, str(error)) from None


async def one_of(call: Call, query: Query) -> OneRequest:
    """A request, and what stands beside it in the order of a query.

    Raises:
        Refusal: as :func:`ask`, or there is no such request.
    """
    text = call.path["request"]
    key = int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0

    def asked(table: RequestTable) -> OneRequest | None:
        found = table.one(key)
        if found is None:
            return None
        beside = table.beside(key, query)
        if beside is None:
            return OneRequest(found, RequestPlace(None, None, None, None))
        place = RequestPlace(beside.position, beside.total, beside.previous, beside.next)
        return OneRequest(found, place)

    one = await ask(call, asked)
    if one is None:
        raise Refusal(404, f"there is no request {text[:20]!r} in this run")
    return one


async def _page(call: Call) -> Reply:
    query = query_of(call.request.query)
    return Answer(await ask(call, lambda table: table.page(query)))


async def _one(call: Call) -> Reply:
    return Answer(await one_of(call, query_of(call.request.query)))


def _parameters() -> tuple[Parameter, ...]:
    whole: dict[str, Any] = {"type": "integer", "minimum": 0}
    return (
        *(Parameter(name, f"{column.meaning}; only those") for name, column in COLUMNS.items()),
        Parameter("where", "condition on numbers: ttft_ms>200 and output_tokens<10"),
        Parameter("sort", "column; with - before it, the largest first"),
        Parameter("offset", "rows before the first", whole),
        Parameter(
            "limit", "rows of a page", {"type": "integer", "minimum": 1, "maximum": MAX_ROWS}
        ),
    )


_QUERY = _parameters()

ROUTES = (
    Route(
        "GET",
        "/api/v1/runs/{run}/requests",
        _page,
        "Requests of a run, filtered and sorted.",
        "Runs",
        answers=RequestPage,
        query=_QUERY,
        refuses=(404, 422),
    ),
    Route(
        "GET",
        "/api/v1/runs/{run}/requests/{request}",
        _one,
        "A request: its time line, what was asked and answered, and its neighbours in a query.",
        "Runs",
        answers=OneRequest,
        query=_QUERY,
        refuses=(404, 422),
    ),
)
