"""``perfbench report``, ``export`` and ``compare``: what can be made of stored runs."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from perfbench.commands.command import Flags
from perfbench.errors import ConfigError
from perfbench.foreign import json_visible

if TYPE_CHECKING:
    from perfbench.options import Parser


_RUN = "Folder of a run, its name, the beginning of it, or latest."


def report_parser() -> Parser:
    """The runs to report."""
    from perfbench.options import Parser

    parser = Parser(
        usage="perfbench report RUN... [--verbose]",
        description="Show stored runs again, and make their summary.json, report.html and plots "
        "again.",
    )
    arguments = parser.add_argument_group("Arguments")
    arguments.add_argument("runs", nargs="+", metavar="RUN", help=_RUN)
    group = parser.add_argument_group("Output")
    group.add_argument(
        "--verbose",
        action="store_true",
        help="Print the distributions of each point of a load test, not only the overview.",
    )
    _add_outputs_dir(parser)
    parser.add_common()
    return parser


def report(flags: Flags) -> int:
    """Write the reports of each run; print its tables and where things are."""
    from perfbench.reports.console import print_search, print_summary
    from perfbench.reports.write import write_report
    from perfbench.store import find, open_run

    for name in flags["runs"]:
        path = find(_outputs_dir(flags), name)
        with open_run(path) as run:
            evaluation = run.kind == "evaluation"
            if not evaluation:
                write_report(run)
                verbose = bool(flags.get("verbose"))
                if (search := run.search()) is not None:
                    print_search(search, sys.stdout)
                print_summary(run.summaries(), path, sys.stdout, verbose=verbose)
        if evaluation:
            from perfbench.api import stored_evaluation
            from perfbench.reports.evaluation import print_evaluation, write_outputs

            result = stored_evaluation(path)
            with result.run:
                write_outputs(result)
                print_evaluation(result, sys.stdout)
    return 0


def export_parser() -> Parser:
    """The run to export, and where to."""
    from perfbench.options import Parser

    parser = Parser(
        usage="perfbench export RUN [--format csv|jsonl] [--out FILE] [--raw]",
        description="Write one row for each request of a stored run.",
    )
    arguments = parser.add_argument_group("Arguments")
    arguments.add_argument("run", metavar="RUN", help=_RUN)
    group = parser.add_argument_group("Output")
    group.add_argument(
        "--format", metavar="csv|jsonl", help="jsonl adds texts and event times. [default csv]"
    )
    group.add_argument("--out", metavar="FILE", help="File to write. [default standard output]")
    _add_outputs_dir(parser)
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
    from perfbench.store import find, open_run

    with open_run(find(_outputs_dir(flags), flags["run"])) as run:
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
    arguments.add_argument("a", metavar="A", help=f"The first run. {_RUN}")
    arguments.add_argument("b", metavar="B", help="The second; differences are B - A.")
    group = parser.add_argument_group("Output")
    group.add_argument(
        "--flips", action="store_true", help="List the samples that came out otherwise."
    )
    group.add_argument(
        "--json", dest="json_output", action="store_true", help="Print the comparison as JSON."
    )
    _add_outputs_dir(parser)
    parser.add_common()
    return parser


def compare(flags: Flags) -> int:
    """Print the comparison."""
    from perfbench.api import compare as compare_runs
    from perfbench.store import find

    a, b = (find(_outputs_dir(flags), flags[side], "evaluation") for side in ("a", "b"))
    found = compare_runs(a, b)
    if flags.get("json_output"):
        import msgspec

        print(json_visible(msgspec.json.format(msgspec.json.encode(found)).decode()))
        return 0
    from perfbench.reports.evaluation import print_comparison

    print_comparison(found, sys.stdout, flips=bool(flags.get("flips")))
    return 0


def _add_outputs_dir(parser: Parser) -> None:
    group = parser.add_argument_group("Runs")
    group.add_argument(
        "--outputs-dir",
        metavar="PATH",
        help="Folder in which runs are looked for by name. "
        "[default results; PERFBENCH_OUTPUTS_DIR]",
    )


def _outputs_dir(flags: Flags) -> Path:
    from perfbench.config import PerfConfig

    default = PerfConfig.model_fields["outputs_dir"].default
    return Path(flags.get("outputs_dir") or os.environ.get("PERFBENCH_OUTPUTS_DIR") or default)
