"""The OpenAPI 3.1 document of the API, made of the table of routes and the types they name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from perfbench import __version__
from perfbench.server.refusal import CODES, Failure
from perfbench.server.routes import Route

_ALWAYS = (401, 403, 421)
"""Statuses that any route may refuse with."""


def document(routes: Iterable[Route]) -> dict[str, Any]:
    """The whole document, as JSON types."""
    shown = [route for route in routes if not route.hidden]
    types = [each for route in shown for each in (route.body, route.answers) if each is not None]
    schemas, named = msgspec.json.schema_components(
        [*types, Failure], ref_template="#/components/schemas/{name}"
    )
    of = dict(zip(map(id, [*types, Failure]), schemas, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for route in shown:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, of)
    return {
        "openapi": "3.1.0",
        "info": {"title": "perfbench", "version": __version__},
        "paths": paths,
        "components": {
            "schemas": named,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{"token": []}, {}],
    }


def _operation(route: Route, of: dict[int, Any]) -> dict[str, Any]:
    refusals: Sequence[int] = sorted(
        {*_ALWAYS, *route.refuses, *((400, 413) if route.body else ())}
    )
    found: dict[str, Any] = {
        "summary": route.summary,
        "tags": [route.tag],
        "parameters": [
            *(
                {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
                for name in re.findall(r"\{(\w+)", route.path)
            ),
            *(
                {"name": p.name, "in": "query", "description": p.text, "schema": dict(p.schema)}
                for p in route.query
            ),
        ],
        "responses": {
            str(route.status): _answered(route, of),
            **{str(status): _refused(status, of) for status in refusals},
        },
    }
    if route.body is not None:
        found["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": of[id(route.body)]}},
        }
    return found


def _answered(route: Route, of: dict[int, Any]) -> dict[str, Any]:
    if route.answers is None:
        return {"description": route.summary}
    return {
        "description": route.summary,
        "content": {"application/json": {"schema": of[id(route.answers)]}},
    }


def _refused(status: int, of: dict[int, Any]) -> dict[str, Any]:
    return {
        "description": CODES[status].replace("_", " "),
        "content": {"application/json": {"schema": of[id(Failure)]}},
    }
