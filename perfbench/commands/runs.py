"""``perfbench report``, ``export`` and ``compare``: what can be made of stored runs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from perfbench.commands.command import Flags
from perfbench.errors import ConfigError
from perfbench.foreign import Screen, json_visible

if TYPE_CHECKING:
    from perfbench.options import Parser


def report_parser() -> Parser:
    """The runs to report."""
    from perfbench.options import Parser

    parser = Parser(
        usage="perfbench report RUN...",
        description="Make summary.json, report.html, plots and tables of stored runs again.",
    )
    arguments = parser.add_argument_group("Arguments")
    arguments.add_argument("runs", nargs="+", metavar="RUN", help="Folder of a run.")
    parser.add_common()
    return parser


def report(flags: Flags) -> int:
    """Write the reports of each run; print its tables (of a load test) and where things are."""
    from perfbench.reports.console import print_summary
    from perfbench.reports.write import write_report
    from perfbench.store import open_run

    for path in map(Path, flags["runs"]):
        with open_run(path) as run:
            evaluation = bool(run.answers.subtasks())
            if not evaluation:
                write_report(run)
                print_summary(run.summaries(), path, sys.stdout)
        if evaluation:
            from perfbench.api import rewrite_outputs

            for file in rewrite_outputs(path):
                print(file, file=Screen(sys.stdout))
    return 0


def export_parser() -> Parser:
    """The run to export, and where to."""
    from perfbench.options import Parser

    parser = Parser(
        usage="perfbench export RUN [--format csv|jsonl] [--out FILE] [--raw]",
        description="Write one row for each request of a stored run.",
    )
    arguments = parser.add_argument_group("Arguments")
    arguments.add_argument("run", metavar="RUN", help="Folder of a run.")
    group = parser.add_argument_group("Output")
    group.add_argument(
        "--format", metavar="csv|jsonl", help="jsonl adds texts and event times. [default csv]"
    )
    group.add_argument("--out", metavar="FILE", help="File to write. [default standard output]")
    group.add_argument(
        "--raw",
        action="store_true",
        help="Leave texts in CSV as they came: line ends, control characters, formulas.",
    )
    parser.add_common()
    return parser


def export(flags: Flags) -> int:
    """Write the table."""
    form = flags.get("format", "csv")
    if form not in ("csv", "jsonl"):
        raise ConfigError(f"--format: {form!r} is neither csv nor jsonl")

    from perfbench.reports.export import export as write_rows
    from perfbench.store import open_run

    with open_run(Path(flags["run"])) as run:
        out = Path(flags["out"]) if "out" in flags else sys.stdout
        write_rows(run, form, out, raw=bool(flags.get("raw")))
    return 0


def compare_parser() -> Parser:
    """The two runs to compare."""
    from perfbench.options import Parser

    parser = Parser(
        usage="perfbench compare A B [--flips] [--json]",
        description="Say whether two evaluations differ by more than chance, sample by sample.",
    )
    arguments = parser.add_argument_group("Arguments")
    arguments.add_argument("a", metavar="A", help="Folder of the first run.")
    arguments.add_argument("b", metavar="B", help="Folder of the second; differences are B - A.")
    group = parser.add_argument_group("Output")
    group.add_argument(
        "--flips", action="store_true", help="List the samples that came out otherwise."
    )
    group.add_argument(
        "--json", dest="json_output", action="store_true", help="Print the comparison as JSON."
    )
    parser.add_common()
    return parser


def compare(flags: Flags) -> int:
    """Print the comparison."""
    from perfbench.api import compare as compare_runs

    found = compare_runs(flags["a"], flags["b"])
    if flags.get("json_output"):
        import msgspec

        print(json_visible(msgspec.json.format(msgspec.json.encode(found)).decode()))
        return 0
    from perfbench.reports.evaluation import print_comparison

    print_comparison(found, sys.stdout, flips=bool(flags.get("flips")))
    return 0
