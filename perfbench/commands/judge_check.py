"""``perfbench judge-check``: the verdicts of a judge against the labels of people."""

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
    from perfbench.options import Option, Parser

_OTHERS = frozenset(
    [
        *("judge_strategy", "judge_aggregate", "min_valid_judges", "models", "repeats", "mode"),
        *("dry_run", "generation_config", "resume"),
    ]
)
"""Settings of evaluations that mean nothing here, beside those of data."""


def parser() -> Parser:
    """The judge, the labels, and how the service is asked."""
    from perfbench.options import Parser

    found = Parser(
        usage="perfbench judge-check --labels FILE --judge NAME... --config FILE [options]\n"
        "       perfbench judge-check --labels FILE --url URL [options]",
        description="Have a judge judge what people have labelled, and say how often it agrees "
        "with them, how far\nbeyond chance, and whether it leans towards what is shown first or is "
        "longer.",
        epilog="Each row of FILE (JSON lines or CSV) has question, answer (or answer_a and "
        "answer_b), label, and\nreference where the prompt shows one.",
    )
    arguments = found.add_argument_group("Arguments")
    arguments.add_argument("--labels", metavar="FILE", required=True, help="What people said.")
    found.add_options(_options())
    found.add_common(config_file=True)
    return found


def judge_check(flags: Flags) -> int:
    """Ask the judge, hold it against people, show what came of it."""
    from perfbench.api import check_judges
    from perfbench.config.evaluation import EvalConfig
    from perfbench.config.judging import SELF
    from perfbench.foreign import json_visible
    from perfbench.reports.evaluation import eval_display
    from perfbench.reports.evaluation.check import json_of, print_check

    file = Path(flags.pop("config")) if "config" in flags else None
    labels = Path(flags.pop("labels"))
    if not flags.get("judge") and not flags.get("judge_args"):
        flags["judge"] = [SELF]
    config = settings(EvalConfig, said(flags), file)
    screen = sys.stderr if config.for_programs else sys.stdout
    with eval_display(screen, config.debug) as display:
        found = check_judges(config, labels, [display])
    with found.run:
        print_check(found, screen)
        if config.json_output:
            import msgspec

            text = msgspec.json.format(msgspec.json.encode(json_of(found)))
            print(json_visible(text.decode()))
    if found.interrupted:
        return INTERRUPTED
    lacking = any(not each.verdicts for each in found.calibrations.values())
    return FAILED if found.result.failures or lacking else 0


def _options() -> list[Option]:
    from perfbench.config.evaluation import EvalConfig
    from perfbench.config.facts import facts_of
    from perfbench.options import options_of

    fields = {key: facts_of(field) for key, field in EvalConfig.model_fields.items()}
    return [
        each
        for each in options_of(EvalConfig)
        if each.key not in _OTHERS
        and not ((facts := fields[each.key]) is not None and facts.group == "Data")
    ]
