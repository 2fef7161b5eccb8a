"""What ``--sink-args`` says for a sink, and what is wrong with it. Knows no tracker.

A sink asks for its own when it is built: a ``ConfigError`` of it then ends the run before there is
any load, as every wrong setting does.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import msgspec

from perfbench import registry
from perfbench.config import RunConfig, scrubber
from perfbench.config.secrets import masked
from perfbench.errors import ConfigError

_Args = TypeVar("_Args", bound=msgspec.Struct)
_Settings = TypeVar("_Settings")
_PLACE = re.compile(r" - at `\$\.?(?P<place>.*)`\Z")


def init_args(config: RunConfig, name: str) -> dict[str, Any]:
    """What ``--sink-args`` says for the sink called ``name``.

    Keys that are names of sinks hold settings of that sink alone; all others are for every sink.
    """
    args = {**_shared(config), **config.sink_args.get(name, {})}
    scrub = scrubber(config)
    # The settings are how the tracker is reached, with a key of its own; the rest it stores.
    plain = {key: value for key, value in args.items() if key != "settings"}
    return {**args, **scrub(masked(plain))}


def read_args(config: RunConfig, name: str, kind: type[_Args]) -> _Args:
    """The same for a sink that knows its arguments. Of what is said for every sink it takes what it
    knows, where there are others that the rest may be for.

    Raises:
        ConfigError: one is unknown, or has a value that it cannot have.
    """
    known = kind.__struct_fields__
    args = init_args(config, name)
    own = {*config.sink_args.get(name, {})}
    if len({*config.sinks}) == 1:
        own.update(args)
    if unknown := sorted(own.difference(known)):
        raise wrong(name, f"it takes {', '.join(known)}, not {', '.join(unknown)}")
    taken = {key: value for key, value in args.items() if key in known}
    try:
        return msgspec.convert(taken, kind, strict=False)
    except msgspec.ValidationError as error:
        text, found = str(error), _PLACE.search(str(error))
        where = "" if found is None else f"{found['place']}: "
        raise wrong(name, where + _PLACE.sub("", text).replace("`", "")) from None


def check_call(name: str, function: Callable[..., Any], args: Mapping[str, Any]) -> None:
    """That a library's function takes the arguments.

    Raises:
        ConfigError: it does not know one of them.
    """
    try:
        inspect.signature(function).bind_partial(**args)
    except TypeError as error:
        called = f"{function.__module__.partition('.')[0]}.{function.__name__}"
        raise wrong(name, f"{called}: {error}") from None


def library_settings(name: str, kind: type[_Settings], values: Mapping[str, Any]) -> _Settings:
    """A library's own object of settings, a model of pydantic's in versions of today.

    Raises:
        ConfigError: one is unknown, or has a value that it cannot have. None is shown: among them
            are keys.
    """
    fields = getattr(kind, "model_fields", None)
    unknown = [] if fields is None else sorted({*values}.difference(fields))
    if unknown:
        raise wrong(name, f"settings: there is no {', '.join(unknown)}")
    try:
        return kind(**values)
    except Exception as error:
        told: list[dict[str, Any]] = getattr(error, "errors", list)()
        wheres = ["settings." + ".".join(map(str, each["loc"])) for each in told]
        whats = [each["msg"] for each in told]
        text = "; ".join(map(": ".join, zip(wheres, whats, strict=True)))
        raise wrong(name, text or f"settings: {type(error).__name__}") from None


def wrong(name: str, why: str) -> ConfigError:
    """The error of a sink that cannot do with what it is told."""
    return ConfigError(f"--sink-args: {name}: {why}", "sink_args")


def _shared(config: RunConfig) -> dict[str, Any]:
    sinks = registry.names(registry.SINKS)
    return {key: value for key, value in config.sink_args.items() if key not in sinks}
