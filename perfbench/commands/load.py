"""``perfbench`` and ``perfbench perf``: a load test; ``perfbench simulate``: something to test."""

from __future__ import annotations

import sys
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

from perfbench.commands.command import (
    FAILED,
    INTERRUPTED,
    NOT_PASSED,
    Flags,
    said,
    settings,
)
from perfbench.foreign import one_line

if TYPE_CHECKING:
    from perfbench.config import PerfConfig
    from perfbench.options import Parser
    from perfbench.perf import PerfRun


def perf_parser() -> Parser:
    """All settings of a load test."""
    from perfbench.config import PerfConfig
    from perfbench.config.aliases import PERF
    from perfbench.options import Parser, options_of

    parser = Parser(
        usage="perfbench [options]\n       perfbench COMMAND [options]",
        description="Measure how fast an LLM service answers, and how much load it bears.",
        epilog="Settings may also come from --config FILE and from PERFBENCH_* variables, such "
        'as\nPERFBENCH_PARALLEL="1 10 50"; flags win over variables, variables over the file.',
    )
    parser.add_options(options_of(PerfConfig))
    parser.add_common(config_file=True)
    parser.add_aliases(PERF)
    return parser


def perf(flags: Flags) -> int:
    """Measure, show the figures, leave the reports."""
    from perfbench.config import PerfConfig

    file = flags.pop("config", None)
    return carry_out(settings(PerfConfig, said(flags), Path(file) if file else None))[0]


def carry_out(config: PerfConfig) -> tuple[int, Path]:
    """Run a load test and show what came of it; the exit status, and its folder.

    Raises:
        PerfbenchError: as ``api.measure``, and what ended the run after a finished point.
    """
    from perfbench.api import measure
    from perfbench.foreign import Screen, json_visible
    from perfbench.reports.console import print_search, print_summary
    from perfbench.reports.live import Links, load_display

    screen = sys.stderr if config.for_programs else sys.stdout
    links = Links()
    with load_display(screen) as display:
        result = measure(config, [display, links])
    path = result.run.path
    result.run.close()
    if result.search is not None:
        print_search(result.search, screen)
    print_summary(result.summaries, path, screen, verbose=config.verbose, links=links.said)
    if result.interrupted or result.stopped or result.failure is not None:
        print(f"resume    perfbench --resume {quote(str(path))}", file=Screen(screen))
    if config.json_output:
        print(json_visible((path / "summary.json").read_text(encoding="utf-8")), end="")
    if result.failure is not None:
        raise result.failure
    return _status(result), path


def _status(result: PerfRun) -> int:
    """What the exit status says, and why on standard error if it is not 0."""
    if result.interrupted:
        return INTERRUPTED
    for line in result.failed_gates:
        print(f"perfbench: {one_line(line, None)}", file=sys.stderr)
    if result.failed_gates:
        return NOT_PASSED
    if result.stopped is not None:
        print(f"perfbench: {one_line(result.stopped, None)}", file=sys.stderr)
        return FAILED
    if any(each.completed or each.abandoned for each in result.summaries):
        return 0
    if not any(each.failed for each in result.summaries):
        print("perfbench: nothing was sent: no request was due in the time given", file=sys.stderr)
    return FAILED


def simulate_parser() -> Parser:
    """All settings of the simulator."""
    from perfbench.config import SimulatorConfig
    from perfbench.options import Parser, options_of

    parser = Parser(
        usage="perfbench simulate [options]",
        description="Run the built-in LLM service until Ctrl-C.",
    )
    parser.add_options(options_of(SimulatorConfig))
    parser.add_common()
    return parser


def simulate(flags: Flags) -> int:
    """Serve until told to stop."""
    from perfbench.config import SimulatorConfig, flag_of, validated

    config = validated(
        SimulatorConfig, flags, {key: flag_of(SimulatorConfig, key) for key in flags}
    )

    from perfbench.simulator.serve import main as serve

    serve(config, lambda url: print(f"simulator listening on {url}", flush=True))
    return 0
