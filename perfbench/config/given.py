"""What of the settings was given, and the command that gives them again.

A default is no decision of the user's, so what is shown of a run first is what was given. Owns how
settings are written as a command; masks nothing: it is handed what may be shown.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from typing import Any

from perfbench.config.base import Settings
from perfbench.config.loading import flag_of


def given_settings(config: Settings, shown: Mapping[str, Any]) -> dict[str, Any]:
    """The settings that a flag, a variable, a file or a program set, by name, in their order.

    Args:
        shown: all settings as they may be shown, of which the given ones are picked.
    """
    return {key: shown[key] for key in type(config).model_fields if key in config.model_fields_set}


def command_of(
    config: Settings, shown: Mapping[str, Any], command: str, also: Mapping[str, Any] = {}
) -> str:
    """The command line that repeats a run, to be pasted into a shell.

    Secrets stand in it as they do in ``shown``, masked. Settings that no flag can give (the
    built-in simulator's) are left out.

    Args:
        command: what comes before the flags: ``perfbench``, ``perfbench eval``.
        also: settings that were not given but drawn, and that a repetition needs.
    """
    words = [command]
    for key, value in {**given_settings(config, shown), **also}.items():
        if isinstance(getattr(config, key), Settings) or value is None:
            continue
        flag = flag_of(type(config), key)
        if isinstance(value, bool):
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
