"""What of the settings was given, and the command that gives them again.

A default is no decision of the user's, so what is shown of a run first is what was given. Owns how
settings are written as a command; masks nothing: it is handed what may be shown.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from typing import Any

from pydantic import SecretStr

from perfbench.config.base import Settings
from perfbench.config.facts import facts_of
from perfbench.config.loading import flag_of, variable_of


def given_settings(config: Settings, shown: Mapping[str, Any]) -> dict[str, Any]:
    """The settings that a flag, a variable, a file or a program set, by name, in their order.

    Args:
        shown: all settings as they may be shown, of which the given ones are picked.
    """
    return {key: shown[key] for key in type(config).model_fields if key in config.model_fields_set}


def command_of(
    config: Settings, shown: Mapping[str, Any], command: str, also: Mapping[str, Any] = {}
) -> str | None:
    """The command line that repeats a run, to be pasted into a shell.

    A key is taken from the variable that is read without a flag too; other secrets stand in it as
    they do in ``shown``, masked. The built-in simulator's settings, which no flag can give, are
    left out. ``None`` if others of that kind were given (an evaluation's named models).

    Args:
        command: what comes before the flags: ``perfbench``, ``perfbench eval``.
        also: settings that were not given but drawn, and that a repetition needs.
    """
    words = [command]
    for key, value in {**given_settings(config, shown), **also}.items():
        setting = getattr(config, key)
        if isinstance(setting, Settings) or value is None:
            continue
        facts = facts_of(type(config).model_fields[key])
        if facts is None:
            return None
        flag = flag_of(type(config), key)
        if isinstance(setting, SecretStr):
            variable = facts.fallback or variable_of(type(config), key)
            words += [flag, f'"${variable}"']
        elif isinstance(value, bool):
            words.append(flag if value else "--no-" + flag.removeprefix("--"))
        else:
            words += [flag, *map(shlex.quote, _values(value))]
    return " ".join(words)


def _values(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [json.dumps(value, ensure_ascii=False)]
    if isinstance(value, list):
        return [item if isinstance(item, str) else json.dumps(item) for item in value]
    return [f"{value:g}" if isinstance(value, float) and value < 1e6 else str(value)]
