"""``perfbench eval``: an evaluation, or a look at what it would be."""

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
    from perfbench.config.evaluation import EvalConfig
    from perfbench.evaluation.outcome import EvalRun
    from perfbench.options import Parser


_COUNTED = "--limit is how many questions of each subset are asked, --num-prompts of each data set"
_OF_LOAD_TESTS = {
    "--number": _COUNTED,
    "--duration": _COUNTED,
    "--rate": "an evaluation asks as answers come; --parallel is how many requests are in flight",
}
"""Options that only load tests have."""


def parser() -> Parser:
    """All settings of an evaluation."""
    from perfbench.config.aliases import EVAL
    from perfbench.config.evaluation import EvalConfig
    from perfbench.options import Parser, options_of

    found = Parser(
        usage="perfbench eval --url URL --datasets NAME... [options]\n"
        "       perfbench eval --search [NAME...]",
        description="Ask a service the questions of data sets, and score its answers.",
        epilog="Settings may also come from --config FILE and from PERFBENCH_* variables; flags "
        "win over\nvariables, variables over the file. Named models are under model_configs in "
        "the file.",
    )
    found.add_options(options_of(EvalConfig))
    found.add_aliases(EVAL)
    found.elsewhere = _OF_LOAD_TESTS
    looking = found.add_argument_group("Looking")
    looking.add_argument(
        "--search",
        nargs="*",
        metavar="NAME",
        help="Show where data sets and named models are defined and how they are asked; "
        "* stands for anything.",
    )
    found.add_common(config_file=True)
    return found


def evaluate(flags: Flags) -> int:
    """Ask, score, show the figures, leave the reports."""
    from perfbench.config import scrubber
    from perfbench.config.evaluation import EvalConfig
    from perfbench.foreign import Screen

    file = Path(flags.pop("config")) if "config" in flags else None
    names = flags.pop("search", None)
    config = settings(EvalConfig, said(flags), file)
    if names is not None or config.dry_run:
        from perfbench.commands.previews import print_plan, print_search
        from perfbench.evaluation.evaluate import plan

        scrub = scrubber(config)
        screen = sys.stderr if config.for_programs else sys.stdout
        with scrub.errors():
            if names is not None:
                print_search(config, names, file, Screen(screen, scrub.text))
            else:
                print_plan(plan(config), Screen(screen, scrub.text))
        return 0

    return carry_out(config)[0]


def carry_out(config: EvalConfig) -> tuple[int, Path]:
    """Run an evaluation and show what came of it; the exit status, and its folder.

    Raises:
        PerfbenchError: as ``api.carry_out``.
    """
    from perfbench.config.arena import arena_of

    if (held := arena_of(config)) is not None:
        from perfbench.commands import arena

        return arena.carry_out(held)
    from perfbench.api import carry_out
    from perfbench.foreign import Screen, json_visible
    from perfbench.reports.evaluation import eval_display, json_of, print_evaluation
    from perfbench.reports.live import Links

    screen = sys.stderr if config.for_programs else sys.stdout
    links = Links()
    with eval_display(screen, config.debug) as display:
        result = carry_out(config, [display, links])
    with result.run:
        print_evaluation(result, screen)
        for link in links.said:
            print(link, file=Screen(screen))
        if config.json_output:
            import msgspec

            text = msgspec.json.format(msgspec.json.encode(json_of(result)))
            print(json_visible(text.decode()))
        return _status(result), result.run.path


def _status(result: EvalRun) -> int:
    """What the exit status says: every subtask has a result, or not."""
    if result.interrupted:
        return INTERRUPTED
    if result.failures:
        return FAILED
    for scores in result.scores:
        counts = scores.result.overall.counts
        if counts.request_failed == counts.asked or not counts.scored:
            return FAILED
    if not result.scores:
        asked = {subtask.name for subtask in result.subtasks if subtask.samples}
        if any(not result.run.answers.answered(name) for name in asked):
            return FAILED
    return 0
