"""The page of the API's documentation, made of the OpenAPI document itself: works offline.

Knows JSON Schema as far as the document uses it, and no particular route.
"""

from __future__ import annotations

import asyncio
import json
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from perfbench.server.openapi import document
from perfbench.server.pages.template import rendered
from perfbench.server.routes import Call, Page, Reply, Route
from perfbench.server.schemas import REF

_Schema = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Piece:
    """Part of a type as it is shown: words, and the name of the type that they link to."""

    text: str
    of: str | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """A parameter, or a field of a body or of a type."""

    name: str
    kind: tuple[Piece, ...]
    text: str
    where: str = ""
    required: bool = False
    default: str | None = None


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer of an operation."""

    status: str
    text: str
    kind: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path."""

    name: str
    method: str
    path: str
    summary: str
    text: str
    parameters: list[Row]
    body: tuple[Piece, ...]
    variants: tuple[Piece, ...]
    """Of the body: what it is one of."""
    fields: list[Row]
    answers: list[Answered]
    curl: str

    @property
    def words(self) -> str:
        """What a search looks through."""
        names = [row.name for row in (*self.parameters, *self.fields)]
        return " ".join([self.method, self.path, self.name, self.summary, *names]).lower()


@dataclass(frozen=True, slots=True)
class Type:
    """A named type: its fields, or what it is one of."""

    name: str
    text: str
    kind: tuple[Piece, ...]
    fields: list[Row]


async def _docs(call: Call) -> Reply:
    config = call.server.config
    origin = f"{call.request.scheme}://{call.request.host}"
    keyed = config.token is not None or not config.is_loopback
    sought = call.request.query.get("q", "")[:200]
    # Long: not in the loop.
    operations = await asyncio.to_thread(_operations, call, origin, keyed, sought)
    return Page("docs.html.j2", {"sought": sought, "operations": Markup(operations)})


def _operations(call: Call, origin: str, keyed: bool, sought: str) -> str:
    api = document(call.server.routes)
    reader = Reader(api, origin, keyed)
    groups: dict[str, list[Operation]] = {tag["name"]: [] for tag in api["tags"]}
    for tag, operation in reader.operations():
        if all(word in operation.words for word in sought.lower().split()):
            groups[tag].append(operation)
    values = {
        "introduction": api["info"]["description"].replace("`", "").split("\n\n"),
        "groups": {tag: found for tag, found in groups.items() if found},
        "types": reader.types(),
    }
    return rendered("docs_operations.html.j2", values)


class Reader:
    """An OpenAPI document, as a page shows it.

    Args:
        origin: scheme and host that examples ask.
        keyed: whether examples carry a token.
    """

    def __init__(self, api: _Schema, origin: str, keyed: bool) -> None:
        self._api = api
        self._origin = origin
        self._keyed = keyed
        self._named: _Schema = api["components"]["schemas"]

    def operations(self) -> Iterator[tuple[str, Operation]]:
        """Every operation, with its tag."""
        for path, methods in self._api["paths"].items():
            for method, found in methods.items():
                yield found["tags"][0], self._operation(method.upper(), path, found)

    def types(self) -> list[Type]:
        """Every named type."""
        return [
            Type(name, _line(schema), _kind(schema), self._fields(schema))
            for name, schema in sorted(self._named.items())
        ]

    def _operation(self, method: str, path: str, found: _Schema) -> Operation:
        body = _content(found.get("requestBody", {}))
        named = self._named.get(_name_of(body) or "", {})
        return Operation(
            name=found["operationId"],
            method=method,
            path=path,
            summary=found["summary"],
            text=found.get("description", ""),
            parameters=[
                Row(
                    name=each["name"],
                    kind=_kind(each["schema"]),
                    text=each.get("description", ""),
                    where=each["in"],
                    required=each.get("required", False),
                    default=_default(each["schema"]),
                )
                for each in found["parameters"]
            ],
            body=_kind(body) if body else (),
            variants=_kind(named) if "oneOf" in named else (),
            fields=self._fields(named),
            answers=[
                Answered(status, each["description"], _kind(schema) if schema else ())
                for status, each in sorted(found["responses"].items())
                for schema in [_content(each)]
            ],
            curl=self._curl(method, path, found["parameters"], body),
        )

    def _fields(self, schema: _Schema) -> list[Row]:
        required = schema.get("required", ())
        return [
            Row(
                name=name,
                kind=_kind(each),
                text=_line(each),
                required=name in required,
                default=_default(each),
            )
            for name, each in schema.get("properties", {}).items()
        ]

    def _curl(self, method: str, path: str, parameters: list[_Schema], body: _Schema) -> str:
        for each in parameters:
            path = path.replace(f"{{{each['name']}}}", each["name"].upper())
        needed = [p["name"] for p in parameters if p["in"] == "query" and p.get("required")]
        query = "&".join(f"{name}={name.upper()}" for name in needed)
        words = ["curl"] if method == "GET" else ["curl", "-X", method]
        words.append(f"{self._origin}{path}" + (f"?{query}" if query else ""))
        lines = [shlex.join(words)]
        if self._keyed:
            lines.append("-H 'Authorization: Bearer TOKEN'")
        if body:
            lines.append("-H 'Content-Type: application/json'")
            lines.append(f"-d {shlex.quote(json.dumps(self._example(body), ensure_ascii=False))}")
        return " \\\n  ".join(lines)

    def _example(self, schema: _Schema, depth: int = 8) -> Any:
        """A value that is right by the schema: only what must be there, and what is given as an
        example."""
        if depth < 0:
            return None
        for key in ("examples", "enum"):
            if schema.get(key):
                return schema[key][0]
        if "const" in schema or "default" in schema:
            return schema.get("const", schema.get("default"))
        if (name := _name_of(schema)) is not None:
            return self._example(self._named[name], depth - 1)
        if several := schema.get("oneOf") or schema.get("anyOf"):
            return self._example(several[0], depth - 1)
        if schema.get("type") == "array":
            return [self._example(schema["items"], depth - 1)] if schema.get("items") else []
        if schema.get("type") == "object" or "properties" in schema:
            required = schema.get("required", ())
            return {
                name: self._example(each, depth - 1)
                for name, each in schema.get("properties", {}).items()
                if name in required or each.get("examples")
            }
        return {"string": "...", "integer": 1, "number": 1.0, "boolean": True}.get(
            str(schema.get("type"))
        )


def _content(found: _Schema) -> _Schema:
    """The schema of what is sent."""
    for media in found.get("content", {}).values():
        schema: _Schema = media["schema"]
        return schema
    return {}


def _name_of(schema: _Schema) -> str | None:
    return str(schema["$ref"]).removeprefix(REF) if "$ref" in schema else None


def _kind(schema: _Schema) -> tuple[Piece, ...]:
    """What a value must be, in words."""
    if (name := _name_of(schema)) is not None:
        return (Piece(name, name),)
    if several := schema.get("oneOf") or schema.get("anyOf"):
        pieces = list(_kind(several[0]))
        for each in several[1:]:
            pieces += [Piece(" or "), *_kind(each)]
        return tuple(pieces)
    if "const" in schema or "enum" in schema:
        choices = schema.get("enum") or [schema["const"]]
        return (Piece(" or ".join(json.dumps(each) for each in choices)),)
    if schema.get("type") == "array" and schema.get("items"):
        return (Piece("list of "), *_kind(schema["items"]))
    inner = schema.get("additionalProperties")
    if schema.get("type") == "object" and isinstance(inner, Mapping) and inner:
        return (Piece("by name: "), *_kind(inner))
    kind = schema.get("type", "any")
    return (Piece(" or ".join(kind) if isinstance(kind, list) else str(kind)),)


def _line(schema: _Schema) -> str:
    return " ".join(str(schema.get("description", "")).split())


def _default(schema: _Schema) -> str | None:
    if schema.get("default") is None:
        return None
    return json.dumps(schema["default"], ensure_ascii=False)


ROUTES = (Route("GET", "/docs", _docs, hidden=True),)
