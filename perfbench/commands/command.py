"""What a command is, and the statuses it may end with. Knows no particular command."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from perfbench.config import RunConfig
    from perfbench.config.habits import Translation
    from perfbench.options import Parser

_Config = TypeVar("_Config", bound="RunConfig")
Flags = dict[str, Any]
"""What was given on the command line, by setting or argument name."""

TOOL = "tool"
"""Among the flags: the program whose name stood in front of them, if it is another's."""

FAILED = 1
"""Every request of a load test failed, or of a point so that its sweep ended, or a part of an
evaluation has no result."""
BAD_INPUT = 2
"""Something the user can mend; one line on standard error says what."""
NOT_PASSED = 3
"""An ``--abort-if`` or a ``--fail-if`` of a load test; a line on standard error for each."""
INTERRUPTED = 130
PIPE_CLOSED = 141


def name_unknown_variables() -> None:
    """Say on standard error which variables of the environment are taken for settings in vain."""
    if not any(name.startswith("PERFBENCH_") for name in os.environ):
        return
    from perfbench.config import PerfConfig, unknown_variables

    if not unknown_variables([PerfConfig]):
        return  # The settings of evaluations take a moment to import, at every start.
    from perfbench.config.arena import ArenaConfig

    # An arena has all settings of an evaluation.
    for sentence in unknown_variables([PerfConfig, ArenaConfig]):
        print(f"perfbench: {sentence}", file=sys.stderr)


@dataclass(frozen=True, slots=True)
class Command:
    """One word after ``perfbench``: how it is parsed and what it runs."""

    summary: str
    parser: Callable[[], Parser]
    run: Callable[[Flags], int]
    """Returns the exit status."""


def settings(model: type[_Config], found: Translation, file: Path | None) -> _Config:
    """The settings that a command line asks for; of ``--resume`` those of its run.

    Raises:
        PerfbenchError: one is wrong, or other than in the run. One line.
    """
    from perfbench.config import load_settings, read_settings

    in_file = {} if file is None else read_settings(file)
    if (run := found.settings.get("resume", in_file.get("resume"))) is not None:
        from perfbench.store.again import resumed_settings

        return resumed_settings(model, {**found.settings, "resume": run}, file, found.flags)
    return load_settings(model, found.settings, file, implied=found.implied, spelled=found.flags)


def said(flags: Flags) -> Translation:
    """What a command line says in our settings, flags of other tools included.

    What there is to know of those is told on standard error, and keys of trackers are put where
    the trackers look for them.

    Raises:
        ConfigError: two flags contradict each other, or one asks for what is not here.
    """
    from perfbench.config.habits import translated
    from perfbench.foreign import Screen
    from perfbench.options import PASTED

    own = {name: value for name, value in flags.items() if name not in (PASTED, TOOL)}
    found = translated(own, flags.get(PASTED, ()), flags.get(TOOL))
    for note in found.notes:
        print(f"note: {note}", file=Screen(sys.stderr))
    os.environ.update(found.environment)
    return found
