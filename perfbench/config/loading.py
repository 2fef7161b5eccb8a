"""From files, environment variables and flags to settings, with one-line errors that name their
source. Reads no file but a settings file.
"""

from __future__ import annotations

import functools
import json
import os
import re
import sys
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from perfbench import registry
from perfbench.config.base import Settings
from perfbench.config.facts import facts_of
from perfbench.config.perf import PerfConfig
from perfbench.config.secrets import MASK, masked, names_secret, scrubber
from perfbench.errors import ConfigError
from perfbench.foreign import one_line

ENV_PREFIX = "PERFBENCH_"
STANDARD_INPUT = Path("-")
"""As a settings file: standard input, as YAML or JSON."""
NOT_SETTINGS = frozenset(
    [
        *("PERFBENCH_DATASETS", "PERFBENCH_DATA"),  # Folders of data sets.
        "PERFBENCH_LOCKED",  # Of scripts/test-all.
        "PERFBENCH_SANDBOX_TOKEN",  # Of perfbench sandbox serve.
        "PERFBENCH_SERVER_TOKEN",  # Of perfbench serve.
    ]
)
"""Variables of ours that are no settings."""
_Model = TypeVar("_Model", bound=Settings)


def load_config(
    flags: Mapping[str, Any],
    file: Path | None = None,
    environment: Mapping[str, str] | None = None,
    implied: Mapping[str, Any] = {},
    spelled: Mapping[str, str] = {},
) -> PerfConfig:
    """The settings of a load test; see :func:`load_settings`."""
    return load_settings(PerfConfig, flags, file, environment, implied, spelled)


def load_settings(
    model: type[_Model],
    flags: Mapping[str, Any],
    file: Path | None = None,
    environment: Mapping[str, str] | None = None,
    implied: Mapping[str, Any] = {},
    spelled: Mapping[str, str] = {},
) -> _Model:
    """Resolve settings: flags win over ``PERFBENCH_*`` variables, those over the file, and that
    over what the command line implies.

    Args:
        spelled: the flags that gave ``flags``, where they are not the settings' own.

    Raises:
        ConfigError: a value is wrong, a name unknown, or the file unreadable. One line.
    """
    layers = {key: (value, flag_of(model, key)) for key, value in implied.items()}
    variables = os.environ if environment is None else environment
    place = ""
    if file is not None:
        place = _shown(file)
        in_file = in_our_names(model, read_settings(file))
        layers |= {key: (value, place) for key, value in in_file.items()}
    for key in model.model_fields:
        if (variable := variable_of(model, key)) is not None and variable in variables:
            layers[key] = (variables[variable], variable)
    layers |= {
        key: (value, spelled.get(key) or flag_of(model, key)) for key, value in flags.items()
    }
    api = layers["api"][0] if "api" in layers else None
    for key, field in model.model_fields.items():
        fallback = facts.variable_for(api) if (facts := facts_of(field)) else None
        if fallback is not None and key not in layers and variables.get(fallback):
            layers[key] = (variables[fallback], fallback)
    # A flag or a variable names its setting; a file holds many.
    origin = {
        key: f"{source}: {key}" if source == place and key in model.model_fields else source
        for key, (_, source) in layers.items()
    }
    return validated(model, {key: value for key, (value, _) in layers.items()}, origin)


def in_our_names(model: type[Settings], values: Mapping[str, Any]) -> dict[str, Any]:
    """Settings by name, of which some may be another tool's, as those of ours that they are.

    What there is to know of those is a warning, and keys of trackers are put where the trackers
    look for them.

    Raises:
        ConfigError: two mean the same, or one asks for what is not here. One line.
    """
    if not issubclass(model, PerfConfig):
        named = {name: model.also_called.get(name, name) for name in values}
        meant = [*named.values()]
        return {
            ours if meant.count(ours) == 1 else name: values[name] for name, ours in named.items()
        }
    from perfbench.config.aliases import PERF
    from perfbench.config.habits import names

    found = names.in_our_names(values, model.model_fields, names.names_of(PERF))
    for note in found.notes:
        warnings.warn(note, stacklevel=4)
    os.environ.update(found.environment)
    return found.implied | found.settings


def validated(
    model: type[_Model], values: Mapping[str, Any], origin: Mapping[str, str] | None = None
) -> _Model:
    """The settings that ``values`` are.

    Args:
        origin: where a value was given (flag, variable, file), by its name.

    Raises:
        ConfigError: a value is wrong or a name unknown. One line, in which no secret is shown.
    """
    try:
        return model.model_validate(dict(values))
    except ValidationError as error:
        told = _told(error, values, origin, model)
        unknown = [each["type"] == "extra_forbidden" for each in error.errors(include_url=False)]
        if unknown[0] and len(told) > 1:  # All names that are none, as with flags.
            those = (str(each) for each, none in zip(told, unknown, strict=True) if none)
            raise ConfigError("; ".join(those)) from None
        raise told[0] from None


def problems(model: type[Settings], values: Mapping[str, Any]) -> list[ConfigError]:
    """All that is wrong with ``values``: each with the setting it is about, which is named with a
    dot if it stands within another. What holds between settings is looked at once each is right
    by itself, and then the first problem is told.
    """
    try:
        model.model_validate(dict(values))
    except ValidationError as error:
        return _told(error, values, None, model)
    except ConfigError as error:
        return [error]
    return []


def _told(
    error: ValidationError,
    values: Mapping[str, Any],
    origin: Mapping[str, str] | None,
    model: type[Settings],
) -> list[ConfigError]:
    """The problems of a pydantic error, in words without a secret."""
    scrub = scrubber(values)
    return [
        ConfigError(scrub.text(_explained(each, origin, model)), _setting(each, model))
        for each in error.errors(include_url=False)
    ]


def _setting(problem: Any, model: type[Settings]) -> str | None:
    """Which setting a problem is about."""
    path = [str(part) for part in problem["loc"]]
    if len(path) > 1 and _part(model, path[0]) is not None:
        return ".".join(path[:2])
    return path[0] if path else None


def _part(model: type[Settings], key: str) -> type[Settings] | None:
    """The model of a setting that holds settings; ``None`` of any other."""
    inner = model.model_fields[key].annotation if key in model.model_fields else None
    return inner if isinstance(inner, type) and issubclass(inner, Settings) else None


def refuse_ignored(config: Settings, key: str, part: Any) -> None:
    """Hold what was given against what a part says it ignores (its attribute ``ignores``, a set of
    settings).

    Args:
        key: the setting that names the part.

    Raises:
        ConfigError: a setting was given that means nothing to the part.
    """
    for ignored in sorted(getattr(part, "ignores", ())):
        if ignored in type(config).model_fields and config.asks(ignored):
            flag = flag_of(type(config), ignored)
            if getattr(config, ignored) is False:
                flag = f"--no-{flag.removeprefix('--')}"
            chosen = f"{flag_of(type(config), key)} {getattr(config, key)}"
            raise ConfigError(f"{flag} means nothing to {chosen}: leave one of them out")


def unknown_variables(
    models: Sequence[type[Settings]], environment: Mapping[str, str] | None = None
) -> list[str]:
    """A sentence for each variable that looks like a setting of ours and is none of ``models``."""
    variables = os.environ if environment is None else environment
    known = {
        name for model in models for key in model.model_fields if (name := variable_of(model, key))
    }
    bare = [name.removeprefix(ENV_PREFIX) for name in known]
    found = []
    for name in sorted(variables):
        if name.startswith(ENV_PREFIX) and name not in known | NOT_SETTINGS:
            near = registry.nearest(name.removeprefix(ENV_PREFIX), bare)
            hint = f"; did you mean {ENV_PREFIX}{near}?" if near else ""
            found.append(f"{name} in the environment is no setting{hint}")
    return found


def variable_of(model: type[Settings], key: str) -> str | None:
    """The environment variable of a setting; ``None`` if it has none."""
    facts = facts_of(model.model_fields[key])
    has_one = model.variables and (facts is None or facts.variable)
    return ENV_PREFIX + key.upper() if has_one else None


def flag_of(model: type[Settings], key: str) -> str:
    """The command line flag of a setting, or of what was taken for one."""
    facts = facts_of(model.model_fields[key]) if key in model.model_fields else None
    return (facts and facts.flag) or "--" + key.replace("_", "-")


def read_settings(file: Path, called: str = "settings file") -> dict[str, Any]:
    """Read a YAML, TOML or JSON settings file; keys may be written with dashes.

    Args:
        called: what messages call it.

    Raises:
        ConfigError: it cannot be read, is not a mapping, or is malformed (with the line).
    """
    try:
        text = _standard_input() if file == STANDARD_INPUT else file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not UTF-8 text"
        raise ConfigError(f"cannot read {called} {_shown(file)}: {reason}") from None
    try:
        parse = _parse_either if file == STANDARD_INPUT else _PARSERS.get(file.suffix.lower())
        data = (parse or _parse_yaml)(text)
    except ValueError as error:
        raise ConfigError(f"{_shown(file)}: {' '.join(str(error).split())}") from None
    if not isinstance(data, dict):
        raise ConfigError(f"{_shown(file)}: expected settings as 'name: value'")
    settings: dict[str, Any] = {}
    for key, value in data.items():
        name = str(key).replace("-", "_")
        if name in settings:
            raise ConfigError(f"{_shown(file)}: {name} is given twice: give one")
        settings[name] = value
    return settings


def _shown(file: Path) -> str:
    return "standard input" if file == STANDARD_INPUT else str(file)


@functools.cache
def _standard_input() -> str:
    """All of it; kept, as it can be read once and settings are read again to be resumed."""
    return sys.stdin.buffer.read().decode()


def _parse_toml(text: str) -> Any:

    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    return tomllib.loads(text)


def _parse_either(text: str) -> Any:
    """JSON where it is that: YAML reads its 1e-5 as text, and breaks lines in its texts."""
    try:
        json.loads(text)
    except ValueError:
        return _parse_yaml(text)
    return _parse_json(text)


def _parse_json(text: str) -> Any:
    return json.loads(text, object_pairs_hook=_once)


def _once(pairs: Sequence[tuple[Any, Any]]) -> dict[Any, Any]:
    """A mapping, none of whose keys is given twice: what stood first would be ignored."""
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [key for key, _ in pairs]
        twice = next(key for key in names if names.count(key) > 1)
        raise ValueError(f"{twice} is given twice: give one")
    return found


def _parse_yaml(text: str) -> Any:
    import yaml

    try:
        return yaml.load(text, _yaml_loader())
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f" (at line {mark.line + 1}, column {mark.column + 1})" if mark else ""
        raise ValueError(f"{error.problem}{where}") from None
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from None


@functools.cache
def _yaml_loader() -> Any:
    """YAML without objects, in which a key is given once; a key of ``<<`` may be given again."""
    import yaml

    class Loader(yaml.SafeLoader):
        def construct_mapping(self, node: Any, deep: bool = False) -> Any:
            plain = [key for key, _ in node.value if key.tag == "tag:yaml.org,2002:str"]
            names = [key.value for key in plain]
            for place, key in enumerate(plain):
                if key.value in names[:place]:
                    raise yaml.MarkedYAMLError(
                        problem=f"{key.value} is given twice: give one", problem_mark=key.start_mark
                    )
            return super().construct_mapping(node, deep)

    return Loader


_PARSERS: Mapping[str, Callable[[str], Any]] = {".toml": _parse_toml, ".json": _parse_json}
"""By the suffix of the file; all others are YAML."""


_MESSAGES = {"int_parsing": "expected a whole number", "float_parsing": "expected a number"}
"""By the type of a problem: what is said of it, where pydantic's words are its own."""


def _explained(problem: Any, origin: Mapping[str, str] | None, model: type[Settings]) -> str:
    """A problem of a pydantic error as one line: where, what, and what would be right."""
    path = [str(part) for part in problem["loc"]]
    message = str(problem["msg"]).removeprefix("Value error, ")
    message = _MESSAGES.get(problem["type"], message)
    if not path:
        return message
    key = path[0]
    where = (origin or {}).get(key, key)
    if (inner := _part(model, key)) is not None:
        model, where = inner, ".".join([where, *path[1:]])
    if problem["type"] == "extra_forbidden":
        known = {name: "" for name in model.model_fields}
        unknown = f"{where}: no setting is called {'.'.join(path)!r}"
        # A key for somebody else is not to be handed to the service.
        hint = "" if names_secret(path[-1]) else registry.did_you_mean(path[-1], known)
        return unknown + hint
    value = problem.get("input")
    if any(masked({part: "?"})[part] == MASK for part in path) or _holds_any(model, key):
        return f"{where}: {message} (got {MASK})"
    if key in ("url", "api_url"):
        return f"{where}: {message}"
    shown = " ".join(map(repr, value)) if isinstance(value, list) else repr(value)
    got = "" if shown in message else f" (got {one_line(shown)})"
    return f"{where}: {message}{got}{_nearest_choice(problem)}"


def _holds_any(model: type[Settings], key: str) -> bool:
    """Whether a setting takes values of any name, of which each may be a secret."""
    field = model.model_fields.get(key)
    named = "" if field is None else str(field.annotation)
    return "dict[" in named and not named.startswith("dict[str, float]")


def _nearest_choice(problem: Mapping[str, Any]) -> str:
    """The hint for a value that is not one of a few words, if it is nearly one of them."""
    if problem["type"] != "literal_error" or not isinstance(problem["input"], str):
        return ""
    choices = re.findall(r"'([^']*)'", problem["ctx"]["expected"])
    near = registry.nearest(problem["input"], choices)
    return f"; did you mean {near}?" if near else ""
