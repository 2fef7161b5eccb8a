"""What every settings model shares: lists and mappings from words, names of registered parts,
secrets that are never shown. Knows no particular setting.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    SecretStr,
    ValidationInfo,
    field_validator,
)

from perfbench import registry
from perfbench.config.facts import facts_of

MASK = "***"
_SECRET_HEADERS = {"authorization", "proxy-authorization", "x-api-key", "api-key", "cookie"}
_SECRET_NAME = re.compile(r"(^|[-_.])(key|apikey|token|secret|password)$", re.IGNORECASE)


def _as_list(value: Any) -> Any:
    return value if value is None or isinstance(value, (list, tuple)) else [value]


def _as_words(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace(",", " ").split()
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return [word for item in value for word in _as_words(item)]
    return value


def _as_mapping(value: Any) -> Any:
    """Accept a mapping, JSON text, or a list of ``key=value`` / ``key: value`` strings."""
    if isinstance(value, str) and value.lstrip().startswith("{"):
        try:
            return json.loads(value)
        except json.JSONDecodeError as error:
            raise ValueError(f"not valid JSON: {error}") from None
    if isinstance(value, str):
        value = [value]
    if isinstance(value, (list, tuple)):
        if len(value) == 1 and str(value[0]).lstrip().startswith("{"):
            return _as_mapping(value[0])
        pairs: dict[str, str] = {}
        for item in value:
            cuts = [i for i in (str(item).find("="), str(item).find(":")) if i > 0]
            if not cuts:
                raise ValueError("expected key=value or a JSON object")
            pairs[item[: min(cuts)].strip()] = item[min(cuts) + 1 :].strip()
        return pairs
    return value


def _as_json_mapping(value: Any) -> Any:
    """The same with values that are JSON where they read as JSON: ``min_p=0.1`` is a number."""
    if isinstance(value, Mapping):
        return value
    pairs = _as_mapping(value)
    if isinstance(pairs, dict):
        return {name: _json_or_text(item) for name, item in pairs.items()}
    return pairs


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
Pairs = BeforeValidator(_as_mapping)
JsonPairs = BeforeValidator(_as_json_mapping)


class Settings(BaseModel):
    """What all settings models share: unknown names are errors, defaults are validated."""

    model_config = ConfigDict(
        extra="forbid", validate_default=True, validate_assignment=True, defer_build=True
    )
    variables: ClassVar[bool] = False
    """Whether environment variables may set these."""

    @field_validator("*")
    @classmethod
    def _names_of_parts(cls, value: Any, info: ValidationInfo) -> Any:
        facts = facts_of(cls.model_fields[info.field_name or ""])
        if facts is not None and facts.table is not None:
            for name in value if isinstance(value, list) else [value]:
                _known(name, facts.table)
        return value


def _known(name: str, kind: str) -> None:
    """Raise ``ValueError`` with a hint if a table of the registry has no such name."""
    table = registry.TABLES[kind]
    if name not in table and name not in registry.names(table):
        hint = registry.did_you_mean(name, table)
        raise ValueError(f"no {kind.removesuffix('s')} is called {name!r}{hint}")


def public(config: Settings) -> dict[str, Any]:
    """The settings as plain data that may be stored and shown: every secret is ``***``."""
    data: dict[str, Any] = config.model_dump(mode="json")
    for key, value in data.items():
        field_value = getattr(config, key, None)
        if isinstance(field_value, SecretStr):
            data[key] = MASK
        elif isinstance(field_value, Settings):
            data[key] = public(field_value)
        elif key == "headers":
            data[key] = {
                name: MASK if _is_secret(name) else secret.get_secret_value()
                for name, secret in field_value.items()  # type: ignore[union-attr]
            }
        elif isinstance(value, dict):
            data[key] = masked(value)
    if data.get("url") and "@" in data["url"]:
        scheme, _, rest = data["url"].partition("://")
        data["url"] = f"{scheme}://{MASK}@{rest.rpartition('@')[2]}"
    return data


def masked(values: Mapping[str, Any]) -> dict[str, Any]:
    """The same with every value ``***`` that is a secret by its name."""
    return {name: MASK if _is_secret(name) else value for name, value in values.items()}


def _is_secret(name: str) -> bool:
    return name.lower() in _SECRET_HEADERS or bool(_SECRET_NAME.search(name))
