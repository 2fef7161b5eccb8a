"""Which settings a client of the server may give, and whether they are right.

Settings say which files are read, which code runs and whose accounts are used; that is for whoever
starts the server to say (``--data-dir``, ``--allow-code``, ``--allow-sinks``). What is given is
looked at as it was written, before it is understood: understanding a setting may open a file.
Knows no job.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, get_args

import msgspec

from perfbench import registry, userclass
from perfbench.config import PerfConfig, RunConfig, validated
from perfbench.config.base import json_pairs
from perfbench.config.expressions import parted, read_expression
from perfbench.config.judging import inline_judge
from perfbench.config.laws import LengthLaw
from perfbench.config.sandbox import CONTAINERS, translated
from perfbench.config.server import STATE_DIR, ServerConfig
from perfbench.errors import ConfigError
from perfbench.server import reach
from perfbench.server.queue import Command
from perfbench.server.refusal import Refusal

OURS = reach.OURS
LARGEST_SETTINGS_BYTES = 64 << 10
"""As JSON. They are looked at in the server's event loop, and a pipe takes so much at once."""
MOST_VALUES = 4096
"""In all their lists and objects together."""
DEEPEST = 32
"""Lists and objects in each other."""

_HUB = re.compile(r"[\w.-]{1,96}(/[\w.-]{1,96})?")
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_ROWS = (".jsonl", ".json", ".csv", ".tsv", ".parquet", ".gz")
_BEHIND = re.compile(r"(_llmjudge|\.py)+$")
_CODE = "runs code: only where the server was started with --allow-code"
_SINKS = "uses the server's accounts: only where it was started with --allow-sinks"
_ELSEWHERE = "names a file outside the folders that settings may name: --data-dir adds one"
_NOT_A_RUN = "names no run of the results folder: give a run's name"
_POLICY = "the server says whom its jobs may ask"


def model_of(command: Command) -> type[RunConfig]:
    """The settings of a command."""
    if command == "perf":
        return PerfConfig
    if command == "eval":
        from perfbench.config.evaluation import EvalConfig

        return EvalConfig
    from perfbench.config.arena import ArenaConfig

    return ArenaConfig


def command_named(name: str) -> Command:
    """The command of a path.

    Raises:
        Refusal: there is none of this name.
    """
    for command in get_args(Command):
        if command == name:
            found: Command = command
            return found
    raise Refusal(404, f"nothing is called {name[:60]!r}: there are {', '.join(get_args(Command))}")


def vetted(
    command: Command, given: Mapping[str, Any], config: ServerConfig, resumes: str | None
) -> dict[str, Any]:
    """Settings as a job may be given them.

    Args:
        resumes: the results folder that it continues, with the settings of that run.

    Raises:
        Refusal: one is wrong, or may not be given.
    """
    vet = _Vet(config)
    try:
        if len(msgspec.json.encode(given)) > LARGEST_SETTINGS_BYTES:
            raise Refusal(413, f"settings are at most {LARGEST_SETTINGS_BYTES >> 10} KiB")
        if _deeper(given, DEEPEST):
            raise Refusal(422, f"settings are at most {DEEPEST} deep")
        if (number := _values(given)) > MOST_VALUES:
            raise Refusal(413, f"settings have at most {MOST_VALUES} values, not {number}")
        for name, value in given.items():
            if (why := vet.setting(_ours(command, name), value)) is not None:
                raise Refusal(422, f"{name[:60]}: {why}", name[:60])
        if resumes is None:
            validated(model_of(command), given)
    except ConfigError as error:
        raise Refusal(422, str(error), error.setting) from None
    except RecursionError:  # Of JSON within a text.
        raise Refusal(422, f"settings are at most {DEEPEST} deep") from None
    return dict(given)


def refused(command: Command, name: str, config: ServerConfig) -> str | None:
    """Why a setting cannot be given at all, whatever its value; ``None`` if it can."""
    name = _ours(command, name)
    if name in reach.OURS:
        return reach.OURS[name]
    if name in reach.CODE and not config.allow_code:
        return _CODE
    if name in reach.SINKS | {"sink_project", "sink_mode"} and not config.allow_sinks:
        return _SINKS
    if name in ("deny_private", "allow_target") and config.policy.binds:
        return _POLICY
    return None


def forced(config: ServerConfig) -> list[str]:
    """The part of a job's command line that no setting of it can change: whom it may ask."""
    words = ["--deny-private"] if config.deny_private else []
    return words + (["--allow-target", *config.allow_target] if config.allow_target else [])


def _ours(command: Command, name: str) -> str:
    """Our name of a setting that other tools call otherwise."""
    if command == "perf":
        return name
    from perfbench.config.evaluation import ALIASES

    return ALIASES.get(name, name)


class _Vet:
    """What settings are held against. Every method says why a value is refused, or ``None``."""

    def __init__(self, config: ServerConfig) -> None:
        self._config = config
        self._results = config.outputs_dir.resolve()
        self._roots = [self._results, *(folder.resolve() for folder in config.data_dir)]
        self._checks: Mapping[str, Callable[[Any], str | None]] = {
            "api": self._api,
            "dataset": lambda value: self._code(str(value).partition(":")[0] == "custom"),
            "prompt": self._prompt,
            **dict.fromkeys(("input_lengths", "output_lengths", "document_lengths"), self._law),
            "tokenizer_path": self._repository,
            "dataset_id": self._repository,
            "datasets": lambda value: self._each(value, self._data_set),
            "examples": lambda value: None if isinstance(value, list) else self._file(value),
            "judge_prompt": self._judge_prompt,
            "sandbox": lambda value: self._code(value in (*CONTAINERS, "none")),
            **dict.fromkeys(("slo", "fail_if", "abort_if"), self._expressions),
            "reuse": lambda value: self._run(str(value)),
            "runs": lambda value: self._each(value, self._run),
            **dict.fromkeys(("sinks", "metrics"), lambda value: self._each(value, self._program)),
            "model_configs": self._models,
            "judge_args": self._judge,
            "dataset_args": self._data_sets,
            "simulator": self._group,
        }

    def setting(self, name: str, value: Any) -> str | None:
        """One setting, by our name of it."""
        if not _NAME.fullmatch(name):
            return "no setting is called so"
        if (why := refused("perf", name, self._config)) is not None:
            return why
        if value is None or name in reach.HARMLESS:
            return None
        if name in reach.THEIRS:
            return self._their_sandbox(name, value)
        if name in reach.FILES:
            return self._file(value)
        if (check := self._checks.get(name)) is not None:
            return check(value)
        unknown = name in _all_settings() - reach.CODE - reach.MIXED
        return "is not for clients of a server" if unknown else None

    def _group(self, value: Any) -> str | None:
        if not isinstance(value, Mapping):
            return None  # It is no object, as validation says better.
        for name, each in value.items():
            if (why := self.setting(str(name), each)) is not None:
                return f"{str(name)[:60]} {why}"
        return None

    def _models(self, value: Any) -> str | None:
        if not isinstance(value, Mapping):
            return None
        return next(filter(None, map(self._group, value.values())), None)

    def _judge(self, value: Any) -> str | None:
        from perfbench.config.evaluation import ModelConfig

        try:
            plain = json_pairs(value)
            if not isinstance(plain, Mapping):
                return None
            return self._group(inline_judge(plain, ModelConfig.model_fields))
        except (ValueError, ConfigError) as error:
            return str(error)

    def _data_sets(self, value: Any) -> str | None:
        from perfbench.config.dataset_args import ALIASES

        try:
            plain = json_pairs(value)
        except ValueError as error:
            return str(error)
        for name, own in plain.items() if isinstance(plain, Mapping) else ():
            if (why := self._data_set(str(name))) is not None:
                return why
            for key, each in _flat(own):
                why = self.setting(ALIASES.get(key, key), each)
                if key == "models":  # Of EvalScope's arena: where their answers are.
                    why = next(filter(None, map(self._run, _named("report_path", each))), None)
                if why is not None:
                    return f"{str(name)[:60]}: {key[:60]} {why}"
        return None

    def _their_sandbox(self, name: str, value: Any) -> str | None:
        try:
            return self._group(translated({name: value}))
        except ValueError as error:
            return str(error)

    def _each(self, value: Any, check: Callable[[str], str | None]) -> str | None:
        return next(filter(None, map(check, _words(value))), None)

    def _code(self, runs_code: bool) -> str | None:
        return _CODE if runs_code and not self._config.allow_code else None

    def _api(self, value: Any) -> str | None:
        if not isinstance(value, str):
            return "must be text"
        if value in registry.LOCAL:
            return self._code(True)
        return self._program(value)

    def _program(self, value: str) -> str | None:
        """A part by its name, or a class in a file."""
        return self._file(value) if userclass.is_file(value) else None

    def _prompt(self, value: Any) -> str | None:
        text = str(value)
        return self._file(text[1:]) if text.startswith("@") else None

    def _law(self, value: Any) -> str | None:
        try:
            file = LengthLaw.of(str(value)).file
        except ValueError:
            return None  # It is no law, as validation says better.
        return None if file is None else self._file(str(file))

    def _repository(self, value: Any) -> str | None:
        """A repository of a hub, or a folder."""
        plain = isinstance(value, str) and _HUB.fullmatch(value) and ".." not in value
        return None if plain and not _exists(value) else self._file(value)

    def _data_set(self, name: str) -> str | None:
        """The name of a data set, or a file with rows."""
        bare = _BEHIND.sub("", name)
        if not bare.endswith(_ROWS) and not re.search(r"[/\\~]", bare):
            return None
        return self._file(bare) or self._file(name)

    def _judge_prompt(self, value: Any) -> str | None:
        return self._file(value) if str(value).endswith(".j2") else None

    def _expressions(self, value: Any) -> str | None:
        texts = parted(value) if isinstance(value, str) else value
        try:
            found = [read_expression(str(text)) for text in texts]
        except (ValueError, TypeError):
            return None  # It is none, as validation says better.
        runs = [each.run for expression in found for each in expression.comparisons]
        return next(filter(None, map(self._run, runs)), None)

    def _run(self, text: str) -> str | None:
        """The name of a run, behind the name of a model if there is one."""
        _, equals, behind = text.partition("=")
        for spelled in (
            (text, behind) if equals and _exists(text) else (behind if equals else text,)
        ):
            plain = not re.search(r"[/\\~\0]", spelled) and not spelled.startswith(".")
            if (not plain or _exists(spelled)) and not self._inside(spelled, [self._results]):
                return _NOT_A_RUN
        return None

    def _file(self, value: Any) -> str | None:
        if not isinstance(value, str):
            return "must be text"
        if userclass.is_file(value) and (why := self._code(True)) is not None:
            return why
        named = str(userclass.taken_apart(value)[0]) if userclass.is_file(value) else value
        return None if self._inside(named, self._roots) else _ELSEWHERE

    def _inside(self, text: str, roots: list[Path]) -> bool:
        """Whether a file is in one of these folders once all links are followed."""
        if text.startswith("~"):
            return False
        try:
            place = Path(text).resolve()
        except (OSError, ValueError, RuntimeError):
            return False
        inside = any(place.is_relative_to(root) for root in roots)
        return inside and not place.is_relative_to(self._results / STATE_DIR)


@functools.cache
def _all_settings() -> frozenset[str]:
    """Names of all settings of runs, nested ones included."""
    from perfbench.config.arena import ArenaConfig
    from perfbench.config.dataset_args import DatasetArgs
    from perfbench.config.evaluation import ModelConfig
    from perfbench.config.simulator import SimulatorConfig

    models = (PerfConfig, ArenaConfig, ModelConfig, DatasetArgs, SimulatorConfig)
    return frozenset(name for model in models for name in model.model_fields)


def _exists(text: str) -> bool:
    try:
        return Path(text).exists()
    except (OSError, ValueError):
        return False


def _words(value: Any) -> list[str]:
    """What a list of names holds, however it was written."""
    parts = value if isinstance(value, list) else [value]
    return [word for part in parts for word in str(part).replace(",", " ").split()]


def _flat(own: Any) -> Iterator[tuple[str, Any]]:
    """Names and values of what is said of a data set; those under ``extra_params`` among them."""
    for key, value in own.items() if isinstance(own, Mapping) else ():
        if key == "extra_params":
            yield from _flat(value)
        else:
            yield str(key), value


def _named(name: str, value: Any) -> Iterator[str]:
    """All values of this name."""
    for each in value if isinstance(value, list) else ():
        if isinstance(each, Mapping) and each.get(name) is not None:
            yield str(each[name])


def _deeper(value: Any, levels: int) -> bool:
    """Whether lists and objects stand deeper in each other than that."""
    if not isinstance(value, (Mapping, list)):
        return False
    if levels == 0:
        return True
    inner = value.values() if isinstance(value, Mapping) else value
    return any(_deeper(each, levels - 1) for each in inner)


def _values(value: Any) -> int:
    """How many values there are in lists and objects."""
    if not isinstance(value, (Mapping, list)):
        return 1
    return 1 + sum(map(_values, value.values() if isinstance(value, Mapping) else value))
