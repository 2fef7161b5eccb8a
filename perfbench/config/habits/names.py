"""Settings given by name, in a file or by a program, where the names may be another tool's.

Names are those of flags, without dashes. Reads no file; which names a model takes it is told.
"""

from __future__ import annotations

import json
from collections.abc import Container, Iterable, Mapping
from typing import Any

from perfbench.config.alias import Alias
from perfbench.config.habits import Pasted, Translation, translated


def in_our_names(
    given: Mapping[str, Any],
    ours: Container[str],
    theirs: Mapping[str, tuple[Alias, str]],
    tool: str | None = None,
    reads_files: bool = True,
) -> Translation:
    """What is given, read as a command line of the same flags is.

    Names that are neither ``ours`` nor ``theirs`` are left among the settings as they are.

    Args:
        theirs: as ``names_of`` has them.
        tool, reads_files: as ``translated`` takes them.

    Raises:
        ConfigError: two mean the same, or one asks for what is not here. One line.
    """
    foreign = {name for name in given if name not in ours and name in theirs}
    own = {name: value for name, value in given.items() if name not in foreign}
    return translated(own, [*_pasted(given, foreign, theirs)], tool, reads_files)


def names_of(aliases: Iterable[Alias], tool: str | None = None) -> dict[str, tuple[Alias, str]]:
    """Aliases and their flags by the names that these have as settings; of one tool, or of all."""
    return {
        flag.lstrip("-").replace("-", "_"): (alias, flag)
        for alias in aliases
        if tool is None or tool in alias.tools
        for flag in alias.flags
    }


def _pasted(
    given: Mapping[str, Any], foreign: Container[str], theirs: Mapping[str, tuple[Alias, str]]
) -> Iterable[Pasted]:
    for name, value in given.items():
        if name not in foreign or value is None:
            continue
        alias, flag = theirs[name]
        if alias.takes != "nothing":
            yield Pasted(alias, flag, _word(alias, value))
        elif value:
            yield Pasted(alias, flag, None)


def _word(alias: Alias, value: Any) -> Any:
    """A value as a command line has it, where it is read as one of that; else as it is."""
    if alias.key is not None or isinstance(value, str):
        return value
    if isinstance(value, list):
        return [_word(alias, each) for each in value]
    return json.dumps(value)
