"""A command line while it is read: settings, flags of other tools, and what contradicts what.

Values are raw words. Knows no particular setting but those whose values add up.
"""

from __future__ import annotations

import json
from collections.abc import Container
from dataclasses import dataclass, field
from typing import Any

from perfbench.config.alias import Alias
from perfbench.config.base import json_pairs
from perfbench.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Pasted:
    """A flag of another tool, as it was given."""

    alias: Alias
    flag: str
    value: Any
    """Its word, its words, or ``None``."""


@dataclass(frozen=True, slots=True)
class Translation:
    """What a command line says in our settings."""

    settings: dict[str, Any]
    """What was given, raw, by the name of the setting."""
    flags: dict[str, str]
    """Which flag of another tool gave a setting, by its name."""
    implied: dict[str, Any]
    """What the tool would have done unasked: wins over our defaults only."""
    notes: list[str]
    """What the user should know, a line each."""
    environment: dict[str, str]
    """Variables for the programs that need them."""


@dataclass(slots=True)
class Line:
    """A command line while it is read."""

    settings: dict[str, Any]
    flags: dict[str, str]
    """By the name of a setting: the flag that gave it."""
    tool: str | None
    named: bool = False
    """Whether the tool's name stood in front: then its defaults hold."""
    reads_files: bool = True
    """Whether files that a flag names may be read for what they say."""
    parts: dict[str, tuple[str, Any]] = field(default_factory=dict)
    """Flag and value, by the name of the part; not read yet."""
    implied: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    environment: dict[str, str] = field(default_factory=dict)

    def add(self, each: Pasted) -> None:
        """Read a flag of another tool, or keep it as a part for who reads several together."""
        alias, value = each.alias, each.value
        if alias.note is not None:
            self.notes.append(f"{each.flag}: {alias.note}")
        elif alias.field is not None:
            given = value if isinstance(value, list) else [value]
            values = [True if word is None else _json(word) for word in given]
            many = alias.takes == "values"
            self.set("extra_args", {alias.field: values if many else values[0]}, each.flag)
        elif alias.key is not None:
            self.set(alias.key, value if alias.constant is None else alias.constant, each.flag)
        else:
            assert alias.part is not None
            if alias.part == "vus_stages" and alias.part in self.parts:
                value = [*self.parts.pop(alias.part)[1], *value]  # k6 repeats the flag.
            held = self.parts.setdefault(alias.part, (each.flag, value))
            if held[1] != value:
                raise contradiction(held[0], each.flag)

    def set(self, key: str, value: Any, flag: str) -> None:
        """Give a setting a value; lists and mappings of names add up."""
        if key not in self.settings:
            self.settings[key] = value
            self.flags[key] = flag
        elif key == "extra_args":
            self.settings[key] = {**mapping(self.settings[key], flag), **mapping(value, flag)}
        elif key in ("headers", "sinks"):
            self.settings[key] = [*words(self.settings[key], key), *words(value, key)]
        elif key == "url" and flag == self.flags[key]:
            self.settings[key] = [*_listed(self.settings[key]), *_listed(value)]
        elif words(self.settings[key], key) != words(value, key):
            raise contradiction(self.flags[key], flag)

    def take(self, part: str) -> tuple[str, Any] | None:
        """Flag and value of a part, once; ``None`` if it was not given."""
        return self.parts.pop(part, None)

    def known(self, text: Any, flag: str, names: Container[str]) -> dict[str, Any]:
        """Of the values that a flag has by name (``key=value``, or JSON) those of these names; the
        others are noted."""
        says = mapping(text, flag)
        self.notes += [f"{flag}: {name} has no effect here" for name in says if name not in names]
        return {name: value for name, value in says.items() if name in names}


def contradiction(one: str, other: str) -> ConfigError:
    """What is said of two flags that give one setting two values."""
    return ConfigError(f"{one} and {other} are the same setting here: give one")


def words(value: Any, key: str) -> list[str]:
    """A raw value of a setting as the words it is a list of."""
    items = _listed(value)
    if key == "headers":
        return [str(item) for item in items]
    return [word for item in items for word in str(item).replace(",", " ").split()]


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def mapping(value: Any, flag: str) -> dict[str, Any]:
    """A raw value as names with their values.

    Raises:
        ConfigError: it is neither JSON nor ``key=value``.
    """
    try:
        return dict(json_pairs(value))
    except ValueError as error:
        raise ConfigError(f"{flag}: {error}") from None


def _json(word: str) -> Any:
    try:
        return json.loads(word)
    except ValueError:
        return word
