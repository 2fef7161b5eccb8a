"""``perfbench list``: the exchangeable parts, built in and installed, and the metrics.

Says what each is for, to who chooses it; a part's own words are for who changes it, and are shown
of parts that others have installed.
"""

from __future__ import annotations

import shutil
import sys
import textwrap
from typing import TYPE_CHECKING

from perfbench import registry
from perfbench.commands.command import Flags
from perfbench.errors import ConfigError
from perfbench.foreign import Screen
from perfbench.parts import described

if TYPE_CHECKING:
    from perfbench.options import Parser

_KINDS = {
    "endpoints": "the API that the service speaks: --api NAME",
    "workloads": "where the prompts of a load test come from: --dataset NAME",
    "tasks": "data sets of evaluations: perfbench eval --datasets NAME ...",
    "sinks": "trackers that results are sent to: --sinks NAME ...",
    "words": "other tools in whose words a load test is told: --metrics-as NAME ...",
    "metrics": "what a load test measures of each request; columns of reports and summary.json",
    "extractors": "how an evaluation finds the answer in a text; each task names one",
    "scorers": "how an evaluation judges the answer; each task names one",
    "runners": "scorers that run the answer, in a sandbox; each task names one",
    "transports": "the client that moves the bytes: --transport NAME",
}
"""What there is, the everyday first, and where its names are used."""


def list_parser() -> Parser:
    """One kind of part, or all."""
    from perfbench.options import Parser

    parser = Parser(
        usage="perfbench list [KIND]",
        description="Show what can be chosen, built in and installed: data sets, APIs, trackers, "
        "metrics.\n\n" + "\n".join(f"  {kind:<10}  {about}" for kind, about in _KINDS.items()),
    )
    arguments = parser.add_argument_group("Arguments")
    arguments.add_argument("kind", nargs="?", metavar="KIND", help="Only one of these.")
    parser.add_common()
    return parser


def list_parts(flags: Flags) -> int:
    """Print each part's name and what it is for."""
    kind = flags.get("kind")
    if kind is not None and kind not in _KINDS:
        raise ConfigError(f"unknown kind {kind}{registry.did_you_mean(kind, _KINDS)}")
    screen = Screen(sys.stdout)
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else 10_000
    for place, title in enumerate([kind] if kind else _KINDS):
        if place:
            print(file=screen)
        print(f"{title:<10}  {_KINDS[title]}", file=screen)
        for name, said in _metrics() if title == "metrics" else described(title):
            lines = textwrap.wrap(said, max(30, width - 22)) or [""]
            print(f"  {name:<19} {lines[0]}", file=screen)
            for line in lines[1:]:
                print(f"{'':22}{line}", file=screen)
    return 0


def _metrics() -> list[tuple[str, str]]:
    from perfbench.metrics.definitions import METRICS

    return [(name, metric.meaning) for name, metric in METRICS.items()]
