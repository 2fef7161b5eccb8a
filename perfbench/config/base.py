"""What every settings model shares: lists, mappings and quantities from words, names of registered
parts.
Knows no particular setting.
"""

from __future__ import annotations

import contextlib
import functools
import json
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    ValidationInfo,
    field_validator,
)

from perfbench import registry, userclass
from perfbench.config.facts import facts_of
from perfbench.config.quantities import is_number, plain
from perfbench.config.secrets import public

LARGEST = (1 << 63) - 1
"""Of whole numbers: what a store holds, and no duration or count reaches."""


def _as_list(value: Any) -> Any:
    return value if value is None or isinstance(value, (list, tuple)) else [value]


def _as_words(value: Any) -> Any:
    texts = value if isinstance(value, list) else [value]
    if not all(isinstance(item, str) for item in texts):
        return value
    text = " ".join(texts).strip()
    if text.startswith("[") and text.endswith("]"):
        with contextlib.suppress(ValueError):
            return json.loads(text)
    return [word for item in texts for word in item.replace(",", " ").split()]


def _as_paths(value: Any) -> Any:
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return [path.strip() for item in value for path in item.split(",") if path.strip()]
    return _as_words(value)


def _as_urls(value: Any) -> Any:
    given = [value] if isinstance(value, str) else value
    if not isinstance(given, list) or not all(isinstance(item, str) for item in given):
        return value
    found: list[str] = []
    for word in (word for item in given for word in item.split()):
        first, *others = word.split(",")
        found.append(first)
        for part in others:
            if part and "?" in found[-1] and "://" not in part:
                found[-1] += f",{part}"
            else:
                found.append(part)
    return [url for url in found if url]


def _no_json(word: str) -> Any:
    raise ValueError(f"{word} is no value of JSON: give a number or null")


def _as_mapping(value: Any) -> Any:
    """Accept a mapping, JSON text, or a list of ``key=value`` / ``key: value`` strings."""
    if isinstance(value, str) and value.lstrip().startswith("{"):
        try:
            return json.loads(value, parse_constant=_no_json)
        except json.JSONDecodeError as error:
            raise ValueError(f"not valid JSON: {error}") from None
    if isinstance(value, str):
        value = [value]
    if isinstance(value, (list, tuple)):
        if len(value) == 1 and str(value[0]).lstrip().startswith("{"):
            return _as_mapping(value[0])
        pairs: dict[str, str] = {}
        for item in value:
            text = item if isinstance(item, str) else ""
            cuts = [i for i in (text.find("="), text.find(":")) if i > 0]
            if not cuts:
                raise ValueError("expected key=value or a JSON object")
            pairs[text[: min(cuts)].strip()] = text[min(cuts) + 1 :].strip()
        return pairs
    return value


def json_pairs(value: Any) -> Any:
    """A mapping from JSON text or ``key=value`` strings, their values read as JSON where they are:
    ``min_p=0.1`` is a number.

    Raises:
        ValueError: it is none of these.
    """
    if isinstance(value, Mapping):
        return value
    pairs = _as_mapping(value)
    if isinstance(pairs, dict) and not _is_json(value):
        return {name: _json_or_text(item) for name, item in pairs.items()}
    return pairs


def _is_json(value: Any) -> bool:
    """Whether a text, or the only one of a list, is an object: what stands in it has its type."""
    text = value[0] if isinstance(value, (list, tuple)) and len(value) == 1 else value
    return isinstance(text, str) and text.lstrip().startswith("{")


def _json_or_text(value: Any) -> Any:
    try:
        return json.loads(value) if isinstance(value, str) else value
    except json.JSONDecodeError:
        return value


Many = BeforeValidator(_as_list)
"""A list, or its one value."""
Numbers = BeforeValidator(lambda value: _as_list(_as_words(value)))
"""A list of numbers, also as words: ``1 10 50`` or ``1,10,50``."""
Words = BeforeValidator(_as_words)
"""A list of names, also as words of one text."""
Paths = BeforeValidator(_as_paths)
"""A list of paths. Those of a list, which a shell or a file has cut, may have spaces."""
Urls = BeforeValidator(_as_urls)
"""A list of URLs, also as words of one text. A comma in a query is part of it."""
Pairs = BeforeValidator(_as_mapping)
JsonPairs = BeforeValidator(json_pairs)


class Settings(BaseModel):
    """What all settings models share: unknown names are errors, defaults are validated, and neither
    their text nor an error of theirs shows a secret."""

    model_config = ConfigDict(
        extra="forbid",
        validate_default=True,
        validate_assignment=True,
        defer_build=True,
        hide_input_in_errors=True,
    )
    variables: ClassVar[bool] = False
    """Whether environment variables may set these."""
    everyday: ClassVar[tuple[str, ...]] = ()
    """Settings that most users need, in the order in which they need them."""
    also_called: ClassVar[Mapping[str, str]] = {}
    """Names that other tools' users have for a setting: theirs and ours."""

    @field_validator("*", mode="before")
    @classmethod
    def _quantities(cls, value: Any, info: ValidationInfo) -> Any:
        units = _numbers(cls)
        return plain(value, units[info.field_name]) if info.field_name in units else value

    @field_validator("*")
    @classmethod
    def _whole_numbers_fit(cls, value: Any) -> Any:
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, int) and abs(each) > LARGEST:
                raise ValueError(f"must be between -{LARGEST} and {LARGEST}")
        return value

    @field_validator("*")
    @classmethod
    def _names_of_parts(cls, value: Any, info: ValidationInfo) -> Any:
        if (table := _tables(cls).get(info.field_name)) is not None:
            for name in value if isinstance(value, list) else [value]:
                if name is not None:
                    _known(name, table)
        return value

    def asks(self, key: str) -> bool:
        """Whether a setting was given, and as something else than what it is by itself: where that
        cannot act, whoever gave it must know."""
        if key not in self.model_fields_set:
            return False
        field = type(self).model_fields[key]
        default = field.get_default(call_default_factory=True, validated_data={})
        return bool(getattr(self, key) != default)

    def __repr_args__(self) -> Iterable[tuple[str | None, Any]]:
        return public(self).items()


@functools.cache
def _numbers(model: type[Settings]) -> dict[str | None, str | None]:
    """The settings that are numbers, and their units."""
    return {
        key: facts.unit
        for key, field in model.model_fields.items()
        if (facts := facts_of(field)) is not None and is_number(field.annotation)
    }


@functools.cache
def _tables(model: type[Settings]) -> dict[str | None, str]:
    """The settings that are names of registered parts, and the tables of those."""
    return {
        key: facts.table
        for key, field in model.model_fields.items()
        if (facts := facts_of(field)) is not None and facts.table is not None
    }


def _known(name: str, kind: str) -> None:
    """Raise ``ValueError`` with a hint if a table of the registry has no such name, or a
    ``ConfigError`` if there is no such file."""
    table = registry.TABLES[kind]
    if registry.is_users(table, name):
        userclass.file_of(name)
        return
    part = str(name).partition(":")[0]
    if part not in table and part not in registry.names(table):
        hint = registry.did_you_mean(name, table)
        raise ValueError(f"no {kind.removesuffix('s')} is called {name!r}{hint}")
