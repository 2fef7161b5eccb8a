"""The OpenAPI 3.1 document of the API, made of the table of routes, the types they name and the
settings tree. What a field means is what stands under it in the code.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pydantic import BaseModel

from perfbench import __version__
from perfbench.server.queue import Command
from perfbench.server.refusal import CODES, Failure, Refusal
from perfbench.server.routes import Parameter, Route
from perfbench.server.schemas import REF, schemas_of
from perfbench.server.vetting import OURS, model_of

_ALWAYS = (400, 401, 403, 421)
"""Statuses that any route may refuse with: 400 is HTTP that is malformed."""
_BODY = (408, 413)
_SETTINGS: Mapping[Command, str] = {
    "perf": "PerfSettings",
    "eval": "EvalSettings",
    "arena": "ArenaSettings",
}
_INTRODUCTION = """\
Load tests, evaluations and arenas of LLM services as jobs, and the runs they leave.

Times are Unix seconds, durations seconds (`_s`) or milliseconds (`_ms`); what is unknown is null.
Whatever goes wrong is answered as `Failure`. Where the server has a token, requests carry it as
`Authorization: Bearer TOKEN` or as `X-API-Key`."""


def document(routes: Iterable[Route]) -> dict[str, Any]:
    """The whole document, as JSON types."""
    shown = [route for route in routes if not route.hidden]
    types = [Failure, *(each for route in shown for each in _types(route))]
    schemas, named = schemas_of(types)
    of = dict(zip(map(id, types), schemas, strict=True))
    bodies = (of[id(route.body)].get("$ref", "") for route in shown if route.body is not None)
    for ref in dict.fromkeys(bodies):
        _by_command(ref.removeprefix(REF), named)
    paths: dict[str, dict[str, Any]] = {}
    for route in shown:
        path = re.sub(r"\{(\w+):[^}]*\}", r"{\1}", route.path)
        paths.setdefault(path, {})[route.method.lower()] = _operation(route, of)
    tags = dict.fromkeys(route.tag for route in shown)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "perfbench",
            "version": __version__,
            "description": _INTRODUCTION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/", "description": "This server."}],
        "tags": [{"name": tag} for tag in tags],
        "paths": paths,
        "components": {
            "schemas": {**named, **_settings()},
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
                "key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
            },
        },
        "security": [{"token": []}, {"key": []}, {}],
    }


def _types(route: Route) -> list[Any]:
    named = (route.body, route.answers, *(other.answers for other in route.others))
    return [each for each in named if each is not None]


def _operation(route: Route, of: Mapping[int, Any]) -> dict[str, Any]:
    refusals: Sequence[int] = sorted(
        {*_ALWAYS, *route.refuses, *((*_BODY, route.invalid) if route.body is not None else ())}
    )
    usual = {"description": route.summary.rstrip(".") + "."} | _content(route, of)
    found: dict[str, Any] = {
        "operationId": route.name,
        "summary": route.summary,
        "tags": [route.tag],
        "parameters": [
            *(
                {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
                for name in re.findall(r"\{(\w+)", route.path)
            ),
            *(_parameter(each, "query") for each in route.query),
            *(_parameter(each, "header") for each in route.headers),
        ],
        "responses": {
            str(route.status): usual,
            **{
                str(other.status): {"description": other.text} | _json(of[id(other.answers)])
                for other in route.others
            },
            **{
                str(status): {"description": CODES[status].replace("_", " ")}
                | _json(of[id(Failure)])
                for status in refusals
            },
        },
    }
    if route.more:
        found["description"] = route.more
    if route.body is not None:
        found["requestBody"] = {"required": _needs_body(route)} | _json(of[id(route.body)])
    return found


def _needs_body(route: Route) -> bool:
    """Whether no body is not as good as an empty one."""
    try:
        route.decode(b"")
    except Refusal:
        return True
    return False


def _parameter(each: Parameter, where: str) -> dict[str, Any]:
    required = {"required": True} if each.required else {}
    found = {"name": each.name, "in": where, "description": each.text}
    return found | required | {"schema": dict(each.schema)}


def _content(route: Route, of: Mapping[int, Any]) -> dict[str, Any]:
    if route.media is not None:
        return {"content": {route.media: {"schema": {"type": "string"}}}}
    return {} if route.answers is None else _json(of[id(route.answers)])


def _json(schema: Any) -> dict[str, Any]:
    return {"content": {"application/json": {"schema": schema}}}


def _by_command(name: str, named: dict[str, Any]) -> None:
    """Make of a body that names a command and its settings one body for each command."""
    known = named.get(name, {}).get("properties", {})
    command, settings = known.get("command"), known.get("settings")
    if settings is None or sorted((command or {}).get("enum", ())) != sorted(_SETTINGS):
        return
    refs = {}
    for each, tree in _SETTINGS.items():
        of_command = f"{name}{each.capitalize()}"
        refs[each] = f"{REF}{of_command}"
        named[of_command] = named[name] | {
            "title": of_command,
            "properties": known
            | {
                "command": {"type": "string", "const": each},
                "settings": {"$ref": f"{REF}{tree}"},
            },
        }
    named[name] = {
        "title": name,
        "description": named[name].get("description", ""),
        "oneOf": [{"$ref": ref} for ref in refs.values()],
        "discriminator": {"propertyName": "command", "mapping": refs},
    }


@functools.cache
def _settings() -> Mapping[str, Any]:
    """The settings of each command, and what is inside of them, by name."""
    found: dict[str, Any] = {}
    for command, name in _SETTINGS.items():
        model: type[BaseModel] = model_of(command)
        schema = model.model_json_schema(ref_template=REF + "{model}")
        found |= {key: _plain(part) for key, part in schema.pop("$defs", {}).items()}
        found[name] = _plain(schema) | {"title": name}
        for ours in OURS:
            found[name]["properties"].pop(ours, None)
    return dict(sorted(found.items()))


_FACTS = ("alone", "fallback", "fallbacks", "figures", "flag", "metavar", "table", "variable")
"""What is known of a setting and is the command line's business."""


def _plain(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The schema of a settings model in terms of JSON Schema alone."""
    properties = {}
    for name, each in schema.get("properties", {}).items():
        plain = {key: value for key, value in each.items() if key not in _FACTS}
        unit, group = plain.pop("unit", None), plain.pop("group", None)
        plain.pop("title", None)
        if unit is not None:
            plain["description"] = f"{plain.get('description', '')} [{unit}]"
        properties[name] = _words(plain) | ({"x-group": group} if group else {})
    return dict(schema) | {"properties": properties}


def _words(schema: dict[str, Any]) -> dict[str, Any]:
    """Lists may be given as one value, or as words in a text; mappings as ``key=value``."""
    kinds = schema.pop("anyOf", None) or [
        {key: schema.pop(key) for key in (*_KIND,) if key in schema}
    ]
    more: list[Any] = []
    for kind in kinds:
        item = (kind.get("items") or {}).get("type")
        if kind.get("type") == "array" and item in ("integer", "number"):
            more += [{"type": item}, {"type": "string"}]
        elif kind.get("type") == "array":
            more.append({"type": "string"})
    kinds = [*kinds, *(each for each in more if each not in kinds)]
    return {**(kinds[0] if len(kinds) == 1 else {"anyOf": kinds}), **schema}


_KIND = (
    *("type", "items", "enum", "const", "$ref", "format", "additionalProperties", "properties"),
    *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "writeOnly"),
)
