"""``perfbench rerun``: a stored run done again exactly, in a folder of its own."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

from perfbench.commands.command import INTERRUPTED, Flags
from perfbench.commands.runs import RUN

if TYPE_CHECKING:
    from perfbench.options import Option, Parser

_MAY_BE_MASKED = ("url", "headers")
"""Settings that can change a figure, and of which the store may keep a mask only."""

_MASKED = "To be given where a key was in it, which the run keeps masked; else it is the run's."


def rerun_parser() -> Parser:
    """The run, and what may be other this time."""
    from perfbench.options import Parser

    parser = Parser(
        usage="perfbench rerun RUN [options]",
        description="Do a load test, an evaluation or an arena again exactly: the same settings, "
        "seed, data and plan,\nin a folder of its own. Settings that cannot change a figure may be "
        "given anew, and\nsecrets must be.",
    )
    arguments = parser.add_argument_group("Arguments")
    arguments.add_argument("run", metavar="RUN", help=RUN)
    parser.add_options(_options())
    parser.add_common(config_file=True)
    return parser


_PROGRAMS = {
    "load test": "perfbench",
    "evaluation": "perfbench eval",
    "arena": "perfbench arena",
}
"""What does a run of each kind."""


def rerun(flags: Flags) -> int:
    """Run it, say whether it was the same, and how to hold the two against each other."""
    from perfbench.commands import arena, evaluation, load
    from perfbench.config import PerfConfig, command_of, public
    from perfbench.foreign import Screen
    from perfbench.store import find, open_run
    from perfbench.store.again import other_plans, outputs_dir, settings_again

    file = Path(flags.pop("config")) if "config" in flags else None
    name = flags.pop("run")
    path = find(outputs_dir(flags, file), name)
    config = settings_again(path, flags, f"rerun {name}", file)
    screen = Screen(sys.stderr if config.for_programs else sys.stdout)
    program = _PROGRAMS[config.run_kind]
    print(f"again: {path}", file=screen)
    if command := command_of(config, public(config), program):
        print(command, file=screen)
    if isinstance(config, PerfConfig):
        status, new = load.carry_out(config)
    else:
        from perfbench.config.arena import ArenaConfig

        if isinstance(config, ArenaConfig):
            status, new = arena.carry_out(config)
        else:
            status, new = evaluation.carry_out(config)
    with open_run(path) as before, open_run(new) as now:
        for line in other_plans(before, now):
            print(f"note: {line}", file=screen)
    if status != INTERRUPTED:
        print(f"compare   perfbench compare {quote(str(path))} {quote(str(new))}", file=screen)
    return status


def _options() -> list[Option]:
    from perfbench.config import PerfConfig
    from perfbench.config.facts import facts_of
    from perfbench.config.sandbox import SandboxSettings
    from perfbench.options import options_of

    models = (PerfConfig, SandboxSettings)
    fields = {key: facts_of(field) for model in models for key, field in model.model_fields.items()}
    return [
        replace(option, text=f"{option.text} {_MASKED}") if option.key in _MAY_BE_MASKED else option
        for model in models
        for option in options_of(model)
        if option.key in _MAY_BE_MASKED
        or ((facts := fields[option.key]) and not facts.figures and option.key != "resume")
    ]
