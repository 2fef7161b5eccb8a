"""What people send from pages: the fields of a form, and where they are taken then.

A form is answered by going to a page, so that to load that again sends nothing.
"""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import quote

from aiohttp import web
from multidict import MultiDictProxy

from perfbench.server.refusal import Refusal
from perfbench.server.routes import Call

_ARRIVAL_S = 30.0
_NO_UTF_8 = "the form is no UTF-8"


async def fields_of(call: Call) -> dict[str, str]:
    """The fields of a form, by name.

    Raises:
        Refusal: it is none, or does not arrive.
    """
    return {name: texts[0] for name, texts in (await form_of(call)).items()}


async def form_of(call: Call) -> dict[str, list[str]]:
    """The same with all values of each, in their order; nothing sent is a form without fields.

    Raises:
        Refusal: it is none, or does not arrive.
    """
    if not call.content:
        return {}
    if call.request.content_type != "application/x-www-form-urlencoded":
        raise Refusal(415, "this takes a form: application/x-www-form-urlencoded")
    if (call.request.charset or "utf-8").lower() not in ("utf-8", "utf8"):
        raise Refusal(400, _NO_UTF_8)  # Python knows others that yield what is no text.
    try:
        found: MultiDictProxy[Any] = await asyncio.wait_for(call.request.post(), _ARRIVAL_S)
    except asyncio.TimeoutError:
        raise Refusal(408, f"the form did not arrive within {_ARRIVAL_S:g} s") from None
    except UnicodeDecodeError:
        raise Refusal(400, _NO_UTF_8) from None
    return {
        name: [text for text in found.getall(name) if isinstance(text, str)] for name in set(found)
    }


def go_to(path: str) -> web.Response:
    """Take the browser to another page of this server."""
    return web.Response(status=303, headers={"Location": path})


def back_to(given: str, otherwise: str) -> str:
    """Where a form says that it came from, if that is a page of this server."""
    own = given.startswith("/") and not given.startswith(("//", "/\\"))
    return given if own and given.isprintable() else otherwise


def run_path(name: str, *parts: str) -> str:
    """The address of a run's page."""
    return "/".join(["/runs", *(quote(part, safe="") for part in (name, *parts))])
