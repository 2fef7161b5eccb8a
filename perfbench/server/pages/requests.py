"""The pages of a run's requests: the table of all, and each one whole.

What a page shows is in its address, so that it can be kept, sent and gone back to. Without script
all of it works as links and forms; with it, the table alone is replaced.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote, urlencode

import msgspec

from perfbench.foreign import one_line, visible
from perfbench.reports import wording
from perfbench.reports.requests import (
    COLUMNS,
    Column,
    Query,
    RequestDetail,
    RequestPage,
    RequestTable,
)
from perfbench.server.api.requests import OneRequest, ask, one_of, query_of
from perfbench.server.pages.paging import paging
from perfbench.server.pages.request_line import drawn
from perfbench.server.pages.run import head_of, page_of
from perfbench.server.refusal import Refusal
from perfbench.server.routes import Call, Reply, Route

_TAB = "Requests"
_MOST_ROWS = 200
"""Of a page; the API gives more."""
_ALWAYS = (
    *("id", "point", "outcome", "status", "sent_s", "ttft_ms", "tpot_ms", "itl_max_ms", "e2e_ms"),
    *("input_tokens", "output_tokens", "output_tok_s", "finish", "sample_id"),
)
_IF_KNOWN = (
    *("conversation", "turn", "model", "url", "schedule_ttft_ms", "schedule_latency_ms"),
    *("send_lag_ms", "connect_ms", "cached_tokens", "detail"),
)
"""Columns that the table shows where a row of the page has them."""
_FIELDS = (
    *("point", "outcome", "phase", "sample_id", "conversation", "worker", "where", "sort", "limit"),
)
"""Parameters that the page's form has."""
_CELL = 60
"""Characters of a text in the table."""
_MOST_TEXT = 50_000
"""Characters of a text that a page shows."""
_MOST_EVENTS = 1000
"""That a page lists."""


@dataclass(frozen=True, slots=True)
class Text:
    """One of the texts of a request."""

    title: str
    text: str
    left_out: int = 0
    """Characters that are not shown."""


async def _table(call: Call) -> Reply:
    words = {name: text for name, text in call.request.query.items() if name != "columns"}
    choices = await ask(call, lambda table: table.words())
    wide = call.request.query.get("columns") == "all"
    refusal: Refusal | None = None
    page, query = RequestPage(0, 0, 0, []), Query()
    try:
        query = query_of(words)
        query = replace(query, limit=min(query.limit, _MOST_ROWS))
        bounded = query
        page = await ask(call, lambda table: _there(table, bounded))
    except Refusal as error:
        refusal = error
    columns = [column for name, column in COLUMNS.items() if wide or _shown(name, page)]
    links = _Links(call, words | ({"columns": "all"} if wide else {}))
    values = {
        "words": {**dict.fromkeys(_FIELDS, ""), **words},
        "choices": choices,
        "wide": wide,
        "page": page,
        "query": query,
        "links": links,
        "refusal": refusal,
        "columns": columns,
        "rows": [(row["id"], [_cell(column, row) for column in columns]) for row in page.rows],
    }
    found = page_of(await head_of(call), "requests.html.j2", _TAB, **values)
    return replace(found, status=200 if refusal is None else refusal.status)


def _there(table: RequestTable, query: Query) -> RequestPage:
    """The page that a query asks for, or the last one that there is."""
    page = table.page(query)
    at = paging(query.offset, query.limit, page.total)
    return page if at.offset == query.offset else table.page(replace(query, offset=at.offset))


def _shown(name: str, page: RequestPage) -> bool:
    if name == "phase":
        return len({row["phase"] for row in page.rows} | {"measure"}) > 1
    return name in _ALWAYS or (name in _IF_KNOWN and any(row[name] for row in page.rows))


def _cell(column: Column, row: Mapping[str, Any]) -> str:
    value = row[column.name]
    if value is None:
        return wording.UNKNOWN
    if column.kind != "number":
        return one_line(value, _CELL)
    if column.name in ("id", "seq", "status", "worker"):
        return str(value)
    return wording.number(value)


class _Links:
    """Addresses of other pages of the table, and of its requests, that keep the rest of what is
    asked."""

    def __init__(self, call: Call, words: Mapping[str, str]) -> None:
        self.base = f"/runs/{quote(call.path['run'], safe='')}/requests"
        self._words = {name: text for name, text in words.items() if text}

    def table(self, **changes: Any) -> str:
        """The table, with these parameters changed; ``None`` takes one away."""
        words = {**self._words, **changes}
        kept = {name: value for name, value in words.items() if value not in (None, "")}
        return f"{self.base}?{urlencode(kept)}" if kept else self.base

    def sorted(self, query: Query, column: Column) -> str:
        """The table sorted by a column: numbers the largest first, then the other way."""
        first = f"-{column.name}" if column.kind == "number" else column.name
        second = column.name if column.kind == "number" else f"-{column.name}"
        return self.table(sort=second if query.sort == first else first, offset=None)

    def request(self, key: int) -> str:
        """A request, in the order of the table."""
        words = {name: text for name, text in self._words.items() if name not in _OF_PAGE}
        return f"{self.base}/{key}" + (f"?{urlencode(words)}" if words else "")

    def around(self, position: int, query: Query) -> str:
        """The page of the table that a request stands on."""
        return self.table(offset=position - position % query.limit or None)

    def json(self, key: int) -> str:
        """A request in the API."""
        return f"/api/v1{self.base}/{key}"


_OF_PAGE = ("offset", "columns")


async def _request(call: Call) -> Reply:
    words = {name: text for name, text in call.request.query.items() if name not in _OF_PAGE}
    query = query_of(words)
    one: OneRequest = await one_of(call, query)
    found = one.request
    values = {
        "links": _Links(call, words),
        "query": query,
        "place": one.place,
        "found": found,
        "line": drawn(found),
        "facts": _facts(found),
        "asked": [] if found.prompt is None else [*_asked(found.prompt)],
        "answered": [*_answered(found)],
        "events": found.events[:_MOST_EVENTS],
    }
    return page_of(await head_of(call), "request.html.j2", _TAB, **values)


def _facts(found: RequestDetail) -> list[tuple[str, str, str]]:
    """Title, value and meaning of what is known, in the order of the table."""
    facts = []
    for name, column in COLUMNS.items():
        value = found.row[name]
        if value is None or name in ("id", "detail"):
            continue
        shown = visible(str(value)) if column.kind != "number" else wording.number(value)
        facts.append((column.title, f"{shown} {column.unit}".strip(), column.meaning))
    more = {
        "Sent at": found.row["sent"],
        "Connection": "had been used before" if found.reused_connection else "new",
        "Answer": "streamed" if found.stream else "not streamed",
        "Response id": found.response_id,
        "Clock": "the wall clock stepped: stamps are the event loop's" if found.restamped else None,
    }
    facts += [(title, visible(str(value)), "") for title, value in more.items() if value]
    return facts


def _asked(prompt: Any) -> list[Text]:
    """What was asked, message by message where it is messages."""
    if isinstance(prompt, list) and prompt and all(isinstance(each, dict) for each in prompt):
        return [_text(str(each.get("role", "message")), each.get("content")) for each in prompt]
    return [_text("Prompt", prompt)]


def _answered(found: RequestDetail) -> list[Text]:
    texts = [
        _text("Reasoning", found.reasoning),
        _text("Answer", found.text),
        _text("Tool calls", found.tool_calls),
    ]
    texts += [_text(f"Choice {n}", text) for n, text in enumerate(found.more_texts or [], 2)]
    return [text for text in texts if text.text]


def _text(title: str, content: Any) -> Text:
    """A text made safe and short enough to show: characters that would act are pictures."""
    if content is None or content == "":
        return Text(title, "")
    plain = content
    if not isinstance(plain, str):
        plain = msgspec.json.format(msgspec.json.encode(content), indent=2).decode()
    left_out = max(len(plain) - _MOST_TEXT, 0)
    return Text(one_line(title, 40), visible(plain[:_MOST_TEXT]), left_out)


ROUTES = (
    Route("GET", "/runs/{run}/requests", _table, hidden=True),
    Route("GET", "/runs/{run}/requests/{request}", _request, hidden=True),
)
