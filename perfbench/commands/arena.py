"""``perfbench arena``: models meet in pairs before judges."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from perfbench.commands.command import (
    FAILED,
    INTERRUPTED,
    Flags,
    said,
    settings,
)

if TYPE_CHECKING:
    from perfbench.config.arena import ArenaConfig
    from perfbench.evaluation.arena.result import ArenaRun
    from perfbench.options import Parser


def parser() -> Parser:
    """All settings of an arena."""
    from perfbench.config.aliases import EVAL
    from perfbench.config.arena import ArenaConfig
    from perfbench.options import Parser, options_of

    found = Parser(
        usage="perfbench arena --config FILE --models A B... --datasets NAME... --judge J...\n"
        "       perfbench arena --config FILE --runs RUN... --judge J...",
        description="Let models meet in pairs before judges: their answers to the same questions, "
        "compared in both\norders, make win rates and ratings with intervals.",
        epilog="Models and judges are named under model_configs in the settings file. "
        "docs/arena.md says how\nbattles are counted.",
    )
    found.add_options(options_of(ArenaConfig))
    found.add_aliases(EVAL)
    found.add_common(config_file=True)
    return found


def arena(flags: Flags) -> int:
    """Ask, judge, rate, leave the reports."""
    from perfbench.config.arena import ArenaConfig

    file = Path(flags.pop("config")) if "config" in flags else None
    config = settings(ArenaConfig, said(flags), file)
    if config.dry_run:
        _preview(config)
        return 0
    return carry_out(config)[0]


def _preview(config: ArenaConfig) -> None:
    from perfbench.commands.previews import print_plan
    from perfbench.config import scrubber
    from perfbench.evaluation.arena.meeting import preview
    from perfbench.evaluation.plan.models import judges
    from perfbench.foreign import Screen

    scrub = scrubber(config)
    with scrub.errors():
        planned, games = preview(config)
        screen = Screen(sys.stderr if config.for_programs else sys.stdout, scrub.text)
        if planned:
            print_plan(planned, screen)
        for judge in judges(config):
            print(f"{judge} would judge {games:,} games at most, {config.pairing}", file=screen)


def carry_out(config: ArenaConfig) -> tuple[int, Path]:
    """Hold an arena and show what came of it; the exit status, and its folder.

    Raises:
        PerfbenchError: as ``api.hold_arena``.
    """
    from perfbench.api import hold_arena
    from perfbench.foreign import Screen, json_visible
    from perfbench.reports.arena import json_of, print_arena
    from perfbench.reports.evaluation import eval_display
    from perfbench.reports.live import Links

    screen = sys.stderr if config.for_programs else sys.stdout
    links = Links()
    with eval_display(screen, config.debug) as display:
        result = hold_arena(config, [display, links])
    with result.run:
        print_arena(result, screen)
        for link in links.said:
            print(link, file=Screen(screen))
        if config.json_output:
            import msgspec

            text = msgspec.json.format(msgspec.json.encode(json_of(result)))
            print(json_visible(text.decode()))
        return _status(result, config), result.run.path


def _status(result: ArenaRun, config: ArenaConfig) -> int:
    if result.interrupted:
        return INTERRUPTED
    if result.failures:
        return FAILED
    judged = result.arena is not None and len(result.arena.bouts) > result.arena.unsettled
    return 0 if judged or config.mode == "infer" else FAILED
