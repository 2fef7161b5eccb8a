"""The settings of a stored run, to go on with it or to do it again.

A run keeps its settings with secrets masked. What was given then is taken up; what is masked must
be given anew; what can change a figure must be what it was, and so must the files that it names.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from perfbench.config import (
    PerfConfig,
    RunConfig,
    flag_of,
    load_settings,
    public,
    read_settings,
)
from perfbench.config.facts import facts_of
from perfbench.config.secrets import MASK
from perfbench.errors import ConfigError
from perfbench.foreign import one_line
from perfbench.store.run import Run, open_run
from perfbench.store.runs import find

if TYPE_CHECKING:
    from perfbench.config.evaluation import EvalConfig

_Config = TypeVar("_Config", bound=RunConfig)

_OF_OTHER_RUNS = ("resume", "reuse", "fork")
"""Settings that name a run, or say what is done with one that is named: never taken up."""
_CHUNK = 1 << 20


def resumed_settings(
    model: type[_Config],
    given: Mapping[str, Any],
    file: Path | None = None,
    spelled: Mapping[str, str] = {},
    environment: Mapping[str, str] | None = None,
) -> _Config:
    """The settings of the run that ``given["resume"]`` names, with what is given along.

    Args:
        given: settings by name, raw.
        spelled, environment: as ``config.load_settings`` takes them.

    Raises:
        PerfbenchError: there is no such run, or it was made with other settings. One line.
    """
    name = str(given["resume"])
    with open_run(find(outputs_dir(given, file), name, model.run_kind)) as run:
        place = str(run.path)
        named: dict[str, Any] = {"reuse": place} if "reuse" in model.model_fields else {}
        values = {**named, **given, "resume": place}
        config = taken_up(run, model, values, file, spelled, environment)
        refuse_other_work(run, config, f"--resume {name}")
    return config


def settings_again(
    path: Path,
    given: Mapping[str, Any],
    what: str,
    file: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> PerfConfig | EvalConfig:
    """The settings with which the run in a folder is done again, whichever kind it is.

    Args:
        given: settings by name, raw: secrets, and others that cannot change a figure.
        what: what is being done, as messages say it.
        environment: as ``config.load_settings`` takes it.

    Raises:
        PerfbenchError: there is no run, a secret is missing, or something is other than then.
    """
    with open_run(path) as run:
        model: type[PerfConfig | EvalConfig] = PerfConfig
        # Building the others takes time.
        if run.kind == "evaluation":
            from perfbench.config.evaluation import EvalConfig

            model = EvalConfig
        elif run.kind == "arena":
            from perfbench.config.arena import ArenaConfig

            model = ArenaConfig
        config = taken_up(run, model, given, file, environment=environment)
        refuse_other_work(run, config, what)
    return config


def outputs_dir(given: Mapping[str, Any], file: Path | None = None) -> Path:
    """The folder in which runs are looked for by name.

    Raises:
        ConfigError: the settings file cannot be read, or says something else. One line.
    """
    in_file = {} if file is None else read_settings(file)
    places = (given, {"outputs_dir": os.environ.get("PERFBENCH_OUTPUTS_DIR")}, in_file)
    found = next((place["outputs_dir"] for place in places if place.get("outputs_dir")), None)
    if not isinstance(found, (str, Path, type(None))):
        where = f"{file}: outputs_dir" if found is in_file.get("outputs_dir") else "outputs_dir"
        raise ConfigError(f"{where}: must be a path (got {found!r})", "outputs_dir")
    return Path(found or RunConfig.model_fields["outputs_dir"].default)


def taken_up(
    run: Run,
    model: type[_Config],
    given: Mapping[str, Any],
    file: Path | None = None,
    spelled: Mapping[str, str] = {},
    environment: Mapping[str, str] | None = None,
) -> _Config:
    """The settings of a run under those that are given now; nothing is compared.

    Raises:
        ConfigError: a setting is wrong, or unknown to this version. One line.
    """
    defaults = _plain(model())
    words = run.about.given or {}
    stored = {
        key: value
        for key, value in run.config.items()
        if (key in words or value != defaults.get(key))
        and key not in _OF_OTHER_RUNS
        and not _masked(run, key, value)
    }
    return load_settings(model, given, file, environment, implied=stored, spelled=spelled)


def refuse_other_work(run: Run, config: RunConfig, what: str) -> None:
    """See that settings ask for what a run asked for.

    Args:
        what: what is being done, as messages say it.

    Raises:
        ConfigError: a secret is missing, a setting that can change a figure is another, or a file
            that one names has another content. One line with all of them.
    """
    now, defaults = _plain(config), _plain(type(config)())
    lacking: list[str] = []
    other: list[str] = []
    for key, field in type(config).model_fields.items():
        before, flag = run.config.get(key, defaults[key]), flag_of(type(config), key)
        facts = facts_of(field)
        if facts is None and isinstance(before, dict):  # Settings in settings; some may be new.
            before = {**(defaults[key] or {}), **before}
        if _masked(run, key, before) and now[key] == defaults[key]:
            lacking.append(flag)
        elif facts is None or facts.figures:
            other += _differing(flag, now[key], before)
    if lacking:
        raise ConfigError(
            f"{what}: its {', '.join(lacking)} {'is' if len(lacking) == 1 else 'are'} masked in "
            "the store: give what it was again"
        )
    if other:
        raise ConfigError(f"{what}: its settings are other: {'; '.join(other)}")
    if changed := list(_changed_files(run, config)):
        raise ConfigError(f"{what}: not the file that it was: {'; '.join(changed)}")


def files_of(config: RunConfig) -> dict[str, str]:
    """What identifies the content of each file and folder that a setting names, by the setting: of
    a file its SHA-256, of a folder that of the names and sizes in it."""
    return {
        key: _digest(path)
        for key, field in type(config).model_fields.items()
        if (path := _named(getattr(config, key))) is not None
        and ((facts := facts_of(field)) is None or facts.figures)
        and (path.is_file() or path.is_dir())
    }


def _named(value: Any) -> Path | None:
    """The file that a value may name: a path, or a text as ``@FILE``."""
    if isinstance(value, str) and value.startswith("@"):
        return Path(value[1:])
    return value if isinstance(value, Path) else None


def _changed_files(run: Run, config: RunConfig) -> Iterator[str]:
    now = files_of(config)
    for key, before in (run.about.extra.get("files") or {}).items():
        if now.get(key) != before:
            flag = flag_of(type(config), key)
            found = f"has SHA-256 {now[key][:12]}" if key in now else "is not there"
            yield f"{flag} {getattr(config, key)} {found}, and had {before[:12]}"


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    try:
        if path.is_dir():
            for each in sorted(path.rglob("*")):
                size = each.stat().st_size if each.is_file() else 0
                digest.update(f"{each.relative_to(path)}\0{size}\0".encode("utf-8", "replace"))
        else:
            with open(path, "rb") as file:
                while chunk := file.read(_CHUNK):
                    digest.update(chunk)
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error.strerror or error}") from None
    return digest.hexdigest()


def _differing(name: str, now: Any, before: Any) -> Iterator[str]:
    """What differs between two values of a setting, its parts one by one."""
    if isinstance(now, Mapping) and isinstance(before, Mapping) and now and before:
        for key in dict.fromkeys([*now, *before]):
            yield from _differing(f"{name}.{key}", now.get(key), before.get(key))
    elif now != before:
        yield f"{name} is {_said(now)} here and {_said(before)} there"


def _said(value: Any) -> str:
    if value is None or value == [] or value == {}:
        return "not given"
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, list):
        return one_line(" ".join(map(str, value)))
    return one_line(str(value))


def _masked(run: Run, key: str, value: Any) -> bool:
    """Whether a stored setting is not what it was, as something in it was a secret."""
    known = run.about.extra.get("masked")
    if known is not None:
        return key in known
    return MASK in str(value)  # A run that does not say which: a text may have it of its own.


def _plain(config: RunConfig) -> dict[str, Any]:
    """Settings as a store gives them back."""
    found: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(public(config)))
    return found


def other_plans(before: Run, now: Run) -> list[str]:
    """What two runs with one set of settings asked differently: points whose requests or due times
    are not byte for byte the same, subtasks of another version; a line each."""
    if before.kind != "load test":
        versions = {each.name: each.version for each in before.answers.subtasks()}
        return [
            f"{each.name}: version {each.version}, and was {versions[each.name]}"
            for each in now.answers.subtasks()
            if versions.get(each.name, each.version) != each.version
        ]
    points = {point.name: point for point in before.points()}
    found = []
    for point in now.points():
        if points.get(point.name) != point:
            continue  # A search went another way, or time alone said how many prompts were asked.
        then, again = before.facts(points[point.name]), now.facts(point)
        if then and again and then.plan and again.plan and then.plan != again.plan:
            found.append(
                f"{point.name}: not the requests of then: the data set, the tokenizer, the name of "
                "the model or perfbench has changed"
            )
    return found
