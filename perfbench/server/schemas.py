"""JSON schemas of structs, with what stands under their fields in the code as descriptions."""

from __future__ import annotations

import ast
import functools
import inspect
import itertools
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, get_args

import msgspec

REF = "#/components/schemas/"


def schemas_of(types: Sequence[Any]) -> tuple[Sequence[dict[str, Any]], dict[str, Any]]:
    """A schema for each type, and those of the structs that they name, by name."""
    schemas, named = msgspec.json.schema_components(types, ref_template=REF + "{name}")
    kinds = _structs(types)
    for kind in kinds:
        for name in (kind.__name__, f"{kind.__module__}.{kind.__qualname__}"):
            _describe(named.get(name, {}), kind)
    short = {name: _short(name, named) for name in named}
    plain = {short[name]: _renamed(schema, short) for name, schema in named.items()}
    for name, schema in plain.items():
        schema["title"] = name
    return tuple(_renamed(schema, short) for schema in schemas), plain


def _short(name: str, named: Mapping[str, Any]) -> str:
    """A name for a struct: its own; with its module's where several have it, and so a long one."""
    *modules, own = name.split(".")
    own = own.strip("_")
    if not modules:
        return own
    last = modules[-1].title().replace("_", "")
    if last == own and own not in named:
        return own
    rooms = [each for each in modules if each not in ("perfbench", "server", "api")]
    return rooms[0].title().replace("_", "") + own


def _renamed(value: Any, short: Mapping[str, str]) -> Any:
    """A schema with these names in place of its own."""
    if isinstance(value, dict):
        return {
            key: REF + short[each.removeprefix(REF)] if key == "$ref" else _renamed(each, short)
            for key, each in value.items()
        }
    return [_renamed(each, short) for each in value] if isinstance(value, list) else value


def _structs(types: Iterable[Any]) -> set[type]:
    """All structs that types name, also inside of others."""
    found: set[type] = set()
    left = list(types)
    while left:
        each = left.pop()
        if isinstance(each, type) and issubclass(each, msgspec.Struct):
            if each not in found:
                found.add(each)
                left += [part.type for part in msgspec.structs.fields(each)]
        else:
            left += get_args(each)
    return found


def _describe(schema: dict[str, Any], kind: type) -> None:
    """Put what stands under the fields of a struct into its schema."""
    for name, text in _said(kind).items():
        field = schema.get("properties", {}).get(name)
        if field is not None:
            field.setdefault("description", text)


@functools.cache
def _said(kind: type) -> Mapping[str, str]:
    """What stands under the fields of a struct, by the name of the field."""
    found: dict[str, str] = {}
    for base in reversed([each for each in kind.__mro__ if each.__module__ != "builtins"]):
        try:
            (tree,) = ast.parse(textwrap.dedent(inspect.getsource(base))).body
        except (OSError, TypeError, ValueError):
            continue
        body = getattr(tree, "body", [])
        for field, below in itertools.pairwise(body):
            if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
                match below:
                    case ast.Expr(ast.Constant(str(text))):
                        found[field.target.id] = " ".join(text.replace("``", "`").split())
    return found
