"""A command's settings as the fields of a form, and what is written in such a form as settings.

Everything a field shows comes from the settings tree: a new setting has its field by itself. Pure;
judges no value, which is the settings' own affair. Knows neither HTML nor jobs.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from perfbench.config import Settings
from perfbench.config.base import Urls, Words
from perfbench.config.evaluation import ALIASES, EvalConfig
from perfbench.config.facts import facts_of
from perfbench.config.option import Option, options_of, plain_types
from perfbench.config.quantities import is_number
from perfbench.config.secrets import MASK, masked, names_secret
from perfbench.config.server import ServerConfig
from perfbench.parts import described
from perfbench.server.queue import Command
from perfbench.server.vetting import model_of, refused

Kind = Literal[
    "text",
    "long",
    "number",
    "switch",
    "select",
    "words",
    "lines",
    "pairs",
    "json",
    "secret",
    "path",
    "models",
]
"""How a value is written. ``words``: several, between spaces; ``lines``: several texts, each on a
line; ``pairs``: NAME=VALUE on each line, or a JSON object; ``models``: YAML."""

EVERYDAY = "Everyday"
MODELS = "Named models"
SIMULATOR = "Built-in simulator"
_LONG = frozenset(("prompt", "system_prompt"))
"""Texts that may have several lines."""
_KNOWN = {"datasets": "tasks"}
"""Settings that take the names in a table, and others."""
_OPEN = frozenset(("workloads",))
"""Tables whose names may go on after a colon (``hf:openai/gsm8k``)."""
_NOT_OF_A_RUN = frozenset(f"simulator.{key}" for key in ("host", "port", "log", "api_key"))
"""What the simulator of a run has no use for."""
_OFF, _ON = "off", "on"
_NONE = "none"
"""Written for null, where that is not the default."""
_CAPITALS = frozenset(("api", "ca", "ci", "eos", "itl", "kv", "slo", "ttft", "url"))


@dataclass(frozen=True, slots=True)
class Choice:
    """A value that a field offers."""

    value: str
    text: str
    """What it is for; empty if the value says it."""


@dataclass(frozen=True, slots=True)
class Field:
    """One setting, as a form shows it."""

    name: str
    """Of the setting; those of the simulator begin with ``simulator.``."""
    kind: Kind
    group: str
    help: str
    flag: str | None = None
    """``None``: no flag gives it, a settings file does."""
    unit: str | None = None
    metavar: str = ""
    default: str = ""
    """As shown; empty if there is none, or the help says what it is."""
    on: bool = False
    """Of a switch: its default."""
    nullable: bool = False
    choices: tuple[Choice, ...] = ()
    is_open: bool = False
    """Whether it takes others than its choices."""
    limits: str = ""
    is_secret: bool = False
    is_required: bool = False

    @property
    def label(self) -> str:
        """Its name for people."""
        words = self.name.rpartition(".")[2].split("_")
        told = [word.upper() if word in _CAPITALS else word for word in words]
        return " ".join([told[0][:1].upper() + told[0][1:], *told[1:]])

    @property
    def id(self) -> str:
        """What it is called within a page."""
        return "f-" + self.name.replace("_", "-").replace(".", "-")


def offered(command: Command, config: ServerConfig) -> list[Field]:
    """The fields whose settings may be given to this server."""
    return [each for each in fields_of(command) if refused(command, each.name, config) is None]


@functools.cache
def fields_of(command: Command) -> tuple[Field, ...]:
    """The settings of a command: the everyday ones, then group by group."""
    model = model_of(command)
    found = [_field(model, option) for option in options_of(model)]
    for key, info in model.model_fields.items():
        if facts_of(info) is not None:
            continue
        if isinstance(info.annotation, type) and issubclass(info.annotation, Settings):
            inner = [
                _field(info.annotation, each, f"{key}.") for each in options_of(info.annotation)
            ]
            found += [each for each in inner if each.name not in _NOT_OF_A_RUN]
        else:
            everyday = sum(each.group == EVERYDAY for each in found)
            found.insert(everyday, Field(key, "models", MODELS, info.description or ""))
    return tuple(found)


def _field(model: type[Settings], option: Option, prefix: str = "") -> Field:
    info = model.model_fields[option.key]
    kinds = plain_types(info.annotation)
    kind, choices, is_open = _kind(model, option.key)
    return Field(
        name=prefix + option.key,
        kind=kind,
        group=SIMULATOR if prefix else option.group,
        help=info.description or "",
        flag=None if prefix else option.flag,
        unit=option.unit,
        metavar=option.metavar if kind not in ("switch", "select") else "",
        default=option.default if option.default not in (None, _NONE) else "",
        on=info.default is True,
        nullable="None" in str(info.annotation) and info.default is not None,
        choices=choices,
        is_open=is_open,
        limits=_limits(info),
        is_secret=SecretStr in kinds,
        is_required=model is EvalConfig and option.key == "datasets",
    )


def _kind(model: type[Settings], key: str) -> tuple[Kind, tuple[Choice, ...], bool]:
    """How a setting is written, what is offered for it, and whether it takes other values."""
    info = model.model_fields[key]
    kinds, facts = plain_types(info.annotation), facts_of(info)
    table = (facts and facts.table) or _KNOWN.get(key)
    choices = _of_table(table) if table else tuple(Choice(each, "") for each in _words(kinds))
    if bool in kinds:
        return "switch", (), False
    if dict in kinds:
        return ("json" if Any in kinds else "pairs"), (), True
    if SecretStr in kinds:
        return "secret", (), True
    if list in kinds and kinds[0] is not list and not getattr(model, "several_urls", False):
        return "text", (), True
    if list in kinds:
        words = Words in info.metadata or Urls in info.metadata
        several = words or is_number(info.annotation) or kinds[0] is not list
        return ("words" if several else "lines"), choices, not table or key in _KNOWN
    if choices:
        is_open = table in _OPEN
        return ("text" if is_open else "select"), choices, is_open
    if is_number(info.annotation):
        return "number", (), True
    return ("path" if Path in kinds else "long" if key in _LONG else "text"), (), True


def _words(kinds: Sequence[Any]) -> list[str]:
    return [kind for kind in kinds if isinstance(kind, str)]


@functools.cache
def _of_table(table: str) -> tuple[Choice, ...]:
    return tuple(Choice(name, text) for name, text in described(table))


_LIMITS = {"ge": "at least", "gt": "above", "le": "at most"}


def _limits(info: FieldInfo) -> str:
    """The least and the greatest that is allowed, in words."""
    found = [
        f"{words} {getattr(limit, name):.12g}"
        for name, words in _LIMITS.items()
        for limit in info.metadata
        if getattr(limit, name, None) is not None
    ]
    return ", ".join(found)


def given(command: Command, form: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """The settings that a form gives, by name, as text where they are numbers: what was left empty
    or is as it is by itself is not given.

    Args:
        form: what was written, by the name of the field; lists may stand in several inputs.
    """
    found: dict[str, Any] = {}
    for field in fields_of(command):
        texts = [text.replace("\r\n", "\n").replace("\0", "") for text in form.get(field.name, ())]
        value = _value(field, texts)
        if value is None:
            continue
        outer, dot, inner = field.name.partition(".")
        value = None if value is _NULL else value
        if dot:
            found.setdefault(outer, {})[inner] = value
        else:
            found[outer] = value
    return found


_NULL = object()
"""That null was given."""


def _value(field: Field, texts: Sequence[str]) -> Any:
    """What texts of a field say; ``None`` if nothing."""
    text = texts[-1] if texts else ""
    if field.kind == "switch":
        asked = text == _ON
        return asked if texts and text in (_ON, _OFF) and asked != field.on else None
    if field.nullable and text.strip() == _NONE:
        return _NULL
    if field.kind == "words":
        # Of URLs a comma may be a part.
        plain = texts if field.metavar == "URL" else [each.replace(",", " ") for each in texts]
        return [word for each in plain for word in each.split()] or None
    if field.kind not in ("text", "long", "secret"):
        text = text.strip()
    if not text:
        return None
    match field.kind:
        case "lines":
            return _lines(text)
        case "pairs" | "json":
            return _object(text) if text.startswith("{") else text.split("\n")
        case "models":
            return _models(text)
    return text


def _lines(text: str) -> list[str]:
    if text.startswith("["):
        try:
            found = json.loads(text)
        except json.JSONDecodeError:
            pass
        else:
            return [str(each) for each in found]
    return [line for line in text.split("\n") if line.strip()]


def _object(text: str) -> Any:
    """What JSON says; the text itself if it is none, which the settings then refuse."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _models(text: str) -> Any:
    """Models by name; the text itself if it is no YAML, which the settings then refuse."""
    import yaml

    try:
        return yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError):
        return text


@dataclass(frozen=True, slots=True)
class Filled:
    """What a form shows that is filled in."""

    texts: Mapping[str, str]
    """By field, of those that are given."""
    again: frozenset[str] = frozenset()
    """Fields whose secrets were given, and must be given again: they are not shown."""


def filled(command: Command, values: Mapping[str, Any]) -> Filled:
    """A form with settings in it: the inverse of :func:`given`, but for what is masked.

    Args:
        values: settings by name, as they were given; secrets masked.
    """
    ours = {ALIASES.get(key, key) if command != "perf" else key: values[key] for key in values}
    texts: dict[str, str] = {}
    again: set[str] = set()
    for field in fields_of(command):
        outer, dot, inner = field.name.partition(".")
        value = ours.get(outer)
        if dot:
            value = value.get(inner) if isinstance(value, Mapping) else None
        elif outer in ours and value is None and field.nullable:
            texts[field.name] = _NONE
        known = _known(value)
        if known != value:
            again.add(field.name)
        if known is not _HIDDEN and known not in (None, [], {}):
            texts[field.name] = _text(field, known)
    return Filled(texts, frozenset(again))


_HIDDEN = object()
"""In place of what is masked."""


def _known(value: Any) -> Any:
    """What of a value is not masked."""
    if isinstance(value, str):
        return _HIDDEN if MASK in value else value
    if isinstance(value, Mapping):
        each = {key: _known(item) for key, item in value.items()}
        return {key: item for key, item in each.items() if item is not _HIDDEN}
    if isinstance(value, (list, tuple)):
        return [item for item in map(_known, value) if item is not _HIDDEN]
    return value


def _text(field: Field, value: Any) -> str:
    match field.kind:
        case "switch":
            is_on = value is True or str(value).lower() in ("true", "on", "yes", "1")
            return _ON if is_on else _OFF
        case "words":
            return " ".join(map(_plain, value if isinstance(value, list) else [value]))
        case "lines":
            return _as_lines(
                [_plain(each) for each in (value if isinstance(value, list) else [value])]
            )
        case "models":
            import yaml

            return str(yaml.safe_dump(value, sort_keys=False, allow_unicode=True))
        case "pairs" if isinstance(value, Mapping) and all(map(_is_plain_pair, value.items())):
            return "\n".join(f"{key}={_plain(each)}" for key, each in value.items())
    if isinstance(value, Mapping):
        return json.dumps(value, ensure_ascii=False, indent=1)
    if isinstance(value, list):
        return "\n".join(map(_plain, value)) if field.kind in ("pairs", "json") else _plain(value)
    return _plain(value)


def _as_lines(values: Sequence[str]) -> str:
    """Texts on a line each; as a JSON list where lines would say something else."""
    lines = "\n".join(values)
    plain = lines.strip() == lines and _lines(lines) == list(values)
    return lines if plain else json.dumps(values, ensure_ascii=False)


def _is_plain_pair(pair: tuple[str, Any]) -> bool:
    """Whether NAME=VALUE says the same."""
    name, value = pair[0], _plain(pair[1])
    odd = not name or name[0] in "{=:" or any(sign in name[1:] for sign in "=:")
    return not odd and name.strip() == name and value.strip() == value and "\n" not in name + value


def _plain(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def shown_again(command: Command, form: Mapping[str, Sequence[str]]) -> Filled:
    """A form as it was sent, right or wrong, but for its secrets."""
    known = filled(command, masked(given(command, form)))
    texts: dict[str, str] = {}
    again = set(known.again)
    for field in fields_of(command):
        sent = [text for text in form.get(field.name, ()) if text]
        if not sent or field.name in again:
            continue
        text = " ".join(sent) if field.kind == "words" else sent[-1]
        if field.is_secret or (field.kind in ("json", "models") and _may_hold_secret(text)):
            again.add(field.name)
        else:
            texts[field.name] = text
    kept = {name: text for name, text in known.texts.items() if name in again}
    return Filled(texts | kept, frozenset(again))


def _may_hold_secret(text: str) -> bool:
    """Whether a text that may not even be understood names what is secret."""
    return any(names_secret(word) for word in re.findall(r"[\w-]+", text))
