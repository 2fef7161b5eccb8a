"""Every setting as an option: what the command line, its help, the reference and forms show of it.

Owns order, groups, spelling of types and defaults. Knows no particular setting and no command line
library, and validates no value.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from perfbench import registry
from perfbench.config.base import Settings
from perfbench.config.facts import Facts, facts_of
from perfbench.config.loading import flag_of, variable_of

Kind = Literal["value", "list", "switch"]

_FIRST_GROUP = "Everyday"
_LAST_GROUP = "Output"
_TYPE_METAVARS = {int: "N", float: "X", Path: "PATH"}
_NO_DEFAULT = "none"
"""The default of what is not there unless it is given."""
_UNIT_METAVARS = {"s": "S", "ms": "MS", "requests/s": "R"}


@dataclass(frozen=True, slots=True)
class Option:
    """One setting as the command line, the help and the reference show it."""

    key: str
    """Name in settings files and in the Python API."""
    flag: str
    kind: Kind
    metavar: str
    """What stands for the value; empty for a switch."""
    group: str
    text: str
    unit: str | None
    default: str | None
    """As shown; ``None`` when the text itself says what happens without the option."""
    variable: str | None
    """Environment variable that sets it; ``None`` if there is none."""
    alone: str | None
    """What it means without a value; ``None`` if it needs one."""

    @property
    def negative(self) -> str | None:
        """The flag that turns a switch off; ``None`` for options with a value."""
        return "--no-" + self.flag.removeprefix("--") if self.kind == "switch" else None

    @property
    def details(self) -> str:
        """Unit and default in brackets, or nothing."""
        stated = self.default not in (None, _NO_DEFAULT)
        parts = [self.unit or "", f"default {self.default}" if stated else ""]
        known = "; ".join(part for part in parts if part)
        return f" [{known}]" if known else ""


@cache
def options_of(model: type[Settings]) -> tuple[Option, ...]:
    """Every option of a settings model: the everyday ones, then the others in their order, those of
    a group together, Output last. Nested models have none."""
    found = {
        key: _option(key, field, model)
        for key, field in model.model_fields.items()
        if _is_flat(field)
    }
    everyday = [replace(found.pop(key), group=_FIRST_GROUP) for key in model.everyday]
    groups = [option.group for option in found.values()]
    others = sorted(
        found.values(), key=lambda each: (each.group == _LAST_GROUP, groups.index(each.group))
    )
    return (*everyday, *others)


def _is_flat(field: FieldInfo) -> bool:
    return not any(
        isinstance(kind, type) and issubclass(kind, Settings)
        for kind in plain_types(field.annotation)
    )


def _option(key: str, field: FieldInfo, model: type[Settings]) -> Option:
    facts = facts_of(field)
    if facts is None:
        raise TypeError(f"{model.__name__}.{key} states no group")
    kinds = plain_types(field.annotation)
    text = field.description or ""
    if facts.table is not None:
        text = f"{text} Built in: {', '.join(registry.TABLES[facts.table])}."
    return Option(
        key=key,
        flag=flag_of(model, key),
        kind="switch" if bool in kinds else "list" if {list, dict} & set(kinds) else "value",
        metavar=_metavar(facts, kinds),
        group=facts.group,
        text=text,
        unit=facts.unit,
        default=_default(field),
        variable=variable_of(model, key),
        alone=facts.alone,
    )


def plain_types(annotation: Any) -> list[Any]:
    """The plain types of an annotation: containers first, then what they hold; no ``None``."""
    origin = get_origin(annotation)
    if origin in (Union, UnionType):
        return [kind for part in get_args(annotation) for kind in plain_types(part)]
    if origin in (list, dict):
        return [origin, *(kind for part in get_args(annotation) for kind in plain_types(part))]
    if origin is Literal:
        return list(get_args(annotation))
    return [] if annotation is type(None) else [annotation]


def _metavar(facts: Facts, kinds: Sequence[Any]) -> str:
    if bool in kinds:
        return ""
    if facts.metavar or facts.table:
        return facts.metavar or "NAME"
    if choices := [kind for kind in kinds if isinstance(kind, str)]:
        return "|".join(choices)
    plain = next(kind for kind in kinds if kind not in (list, dict))
    return _UNIT_METAVARS.get(facts.unit or "") or _TYPE_METAVARS.get(plain, "TEXT")


def _default(field: FieldInfo) -> str | None:
    value = field.get_default(call_default_factory=True, validated_data={})
    if isinstance(value, bool):
        return "on" if value else "off"
    if value is None or value in ([], {}):
        return None if "default" in (field.description or "").lower() else _NO_DEFAULT
    if isinstance(value, SecretStr):
        return "***"
    if isinstance(value, list):
        return " ".join(map(str, value))
    return f"{value:g}" if isinstance(value, float) and value < 1e6 else str(value)
