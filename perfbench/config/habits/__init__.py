"""From a command line of another tool to our settings: what its author meant.

Reads the flags of ``aliases`` that mean something only together (host and port, a length and its
spread, a profile and its rate), and finds flags that contradict each other. Values stay raw: the
settings models check them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from perfbench.config.alias import TOOLS
from perfbench.config.habits.conversations import read_conversations
from perfbench.config.habits.line import Line, Pasted, Translation, words
from perfbench.config.habits.load import read_load
from perfbench.config.habits.models import read_models
from perfbench.config.habits.objectives import read_objectives
from perfbench.config.habits.prompts import read_prompts
from perfbench.config.habits.sandbox import read_sandbox
from perfbench.config.habits.service import read_service
from perfbench.config.habits.template import read_template

__all__ = ["Pasted", "Translation", "translated"]


def translated(
    own: Mapping[str, Any],
    pasted: Sequence[Pasted],
    tool: str | None = None,
    reads_files: bool = True,
) -> Translation:
    """The settings that our flags and those of other tools make together.

    Args:
        own: what our flags gave, raw, by the name of the setting.
        tool: the program that the command line is of, if its name was pasted too.
        reads_files: whether files that a flag names may be read for what they say.

    Raises:
        ConfigError: two flags contradict each other, or one asks for what is not here. One line.
    """
    ours = {key: "--" + key.replace("_", "-") for key in own}
    line = Line(dict(own), dict(ours), tool or _likely_tool(pasted), tool is not None, reads_files)
    for each in pasted:
        line.add(each)
    for read in (
        *(read_template, read_service, read_load, read_objectives),
        *(read_prompts, read_conversations, read_sandbox, read_models, _read_places),
    ):
        read(line)
    line.notes += [f"{flag} has no effect here" for flag, _ in line.parts.values()]
    implied = {key: value for key, value in line.implied.items() if key not in line.settings}
    theirs = {key: flag for key, flag in line.flags.items() if key not in ours}
    return Translation(line.settings, theirs, implied, _together(line.notes), line.environment)


def _together(notes: Sequence[str]) -> list[str]:
    """One line for flags of which the same is said."""
    flags: dict[str, list[str]] = {}
    for note in notes:
        flag, colon, text = note.partition(": ")
        flags.setdefault(text if colon else note, []).append(flag if colon else "")
    return [f"{', '.join(those)}: {text}" if any(those) else text for text, those in flags.items()]


def _likely_tool(pasted: Sequence[Pasted]) -> str | None:
    """The tool that most of the flags are of, if there are two that few tools have."""
    marks = Counter(
        tool for each in pasted if len(each.alias.tools) < 3 for tool in each.alias.tools
    )
    best = max(marks.values(), default=0)
    return next((tool for tool in TOOLS if marks[tool] == best), None) if best > 1 else None


def _read_places(line: Line) -> None:
    """Where results go."""
    for sink in ("wandb", "swanlab"):
        if (key := line.take(f"{sink}_key")) is not None:
            if (sink, key[1]) == ("swanlab", "local"):  # EvalScope's word for no account.
                line.set("sink_mode", "offline", key[0])
            else:
                line.environment[f"{sink.upper()}_API_KEY"] = key[1]
            if sink not in words(line.settings.get("sinks", []), "sinks"):
                line.set("sinks", [sink], key[0])
    if (path := line.take("output_path")) is not None:
        folder = Path(path[1])
        line.set("outputs_dir", str(folder.parent if folder.suffix else folder), path[0])
