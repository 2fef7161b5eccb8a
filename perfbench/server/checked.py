"""Settings looked at before a job is made of them: whether they are right, what all of them would
be, how they are written elsewhere, how much would be asked. Nothing is started.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
from pydantic import BaseModel, SecretStr

from perfbench import registry
from perfbench.config import PerfConfig, RunConfig, Settings, public, validated
from perfbench.config.evaluation import ALIASES, EvalConfig
from perfbench.config.loading import problems
from perfbench.config.quantities import is_number
from perfbench.config.secrets import masked
from perfbench.config.server import ServerConfig
from perfbench.errors import PerfbenchError
from perfbench.perf.points import plan_points
from perfbench.server.queue import Command
from perfbench.server.refusal import CODES, Problem, Refusal
from perfbench.server.vetting import model_of, vetted
from perfbench.server.written import command_line, settings_file


class Amount(msgspec.Struct, frozen=True, kw_only=True):
    """How much a load test would ask. What is not known beforehand is ``None``."""

    points: int
    requests: int | None
    longest_s: float | None
    """For which it goes on at most, if points end by time."""


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """What came of looking."""

    command: Command
    valid: bool
    errors: tuple[Problem, ...]
    given: dict[str, Any]
    """What was given, in the types it is understood in if all of it is right; secrets masked."""
    settings: dict[str, Any] | None
    """Every setting with the value it would have, secrets masked; ``None`` if one is wrong."""
    command_line: str | None
    """What gives the same in a shell; ``None`` if a setting is wrong."""
    yaml: str | None
    """The same as a settings file."""
    amount: Amount | None = None
    """``None`` if it is not known, or a setting is wrong."""


def check(command: Command, values: Mapping[str, Any], config: ServerConfig) -> Checked:
    """Look at settings as a job would be given them. Takes milliseconds, but reads no small file:
    not for the event loop."""
    model = model_of(command)
    errors = [
        Problem(CODES[422], str(error), error.setting) for error in problems(model, dict(values))
    ]
    try:
        vetted(command, values, config, None)
    except Refusal as refusal:
        told = Problem(CODES[refusal.status], str(refusal), refusal.field)
        if told.message not in [error.message for error in errors]:
            errors.append(told)
    if command == "eval" and not errors:
        errors += _nothing_to_ask(validated(EvalConfig, values))
    shown = masked(values)
    if errors:
        return Checked(
            command=command,
            valid=False,
            errors=tuple(errors),
            given=shown,
            settings=None,
            command_line=None,
            yaml=None,
        )
    run = validated(model, values)
    shown = masked(plain(run, values))
    return Checked(
        command=command,
        valid=True,
        errors=(),
        given=shown,
        settings=public(run),
        command_line=command_line(command, shown),
        yaml=settings_file(command, shown),
        amount=_amount(run),
    )


def _nothing_to_ask(config: EvalConfig) -> list[Problem]:
    if config.datasets or config.reuse is not None:
        return []
    return [Problem(CODES[422], "name at least one data set", "datasets")]


def understood(command: Command, values: Mapping[str, Any]) -> dict[str, Any]:
    """Settings that are right, as plain data of the types they have. Holds secrets."""
    return plain(validated(model_of(command), values), values)


def plain(config: RunConfig, values: Mapping[str, Any]) -> dict[str, Any]:
    """What was given, as plain data of the types it was understood in. Holds secrets.

    Args:
        values: what was given, of which the names count.
    """
    named = {
        name if name in config.model_fields_set else ALIASES.get(name): name for name in values
    }
    found = {}
    for key in type(config).model_fields:
        # What is nothing, and is so by itself, was not given.
        if key in named and (config.asks(key) or getattr(config, key) not in (None, [], {})):
            value, given = getattr(config, key), values[named[key]]
            if isinstance(value, Settings) and isinstance(given, Mapping):
                found[key] = {inner: _plain(getattr(value, inner)) for inner in given}
            else:
                found[key] = _plain(value)
            if is_number(type(config).model_fields[key].annotation):
                found[key] = _whole(found[key])
    return found


def _whole(number: Any) -> Any:
    """A number (or each of a list) without a fraction of nothing."""
    if isinstance(number, list):
        return [_whole(each) for each in number]
    is_whole = isinstance(number, float) and number.is_integer() and abs(number) < 1e15
    return int(number) if is_whole else number


def plain_settings(config: BaseModel) -> dict[str, Any]:
    """What was given of a part of the settings, as plain data. Holds secrets."""
    return {key: _plain(getattr(config, key)) for key in sorted(config.model_fields_set)}


def _plain(value: Any) -> Any:
    match value:
        case SecretStr():
            return value.get_secret_value()
        case Path():
            return str(value)
        case BaseModel():
            return plain_settings(value)
        case Mapping():
            return {str(key): _plain(item) for key, item in value.items()}
        case list() | tuple():
            return [_plain(item) for item in value]
    return value


def _amount(config: RunConfig) -> Amount | None:
    """What the points of a load test come to, where that takes no reading of data."""
    if not isinstance(config, PerfConfig) or config.search or config.rate_file is not None:
        return None
    try:
        if config.prompt is None:
            part = registry.resolve(registry.WORKLOADS, config.dataset)
            if hasattr(part, "arrivals"):
                return None
        # As many rounds as are asked for may be more than there is memory.
        points = plan_points(config.model_copy(update={"repeat": 1}))
    except (PerfbenchError, OverflowError):
        return None
    numbers, times = [each.number for each in points], [each.duration_s for each in points]
    known = [number for number in numbers if number is not None]
    spans = [span for span in times if span is not None]
    return Amount(
        points=len(points) * config.repeat,
        requests=sum(known) * config.repeat if len(known) == len(points) else None,
        longest_s=sum(spans) * config.repeat if len(spans) == len(points) else None,
    )
