"""``perfbench report``, ``export`` and ``compare``: what can be made of stored runs."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

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
        usage="perfbench export RUN [--timeline] [--format csv|jsonl] [--out FILE] [--raw]",
        description="Write one row for each request of a stored run, or for each second of it.",
    )
    arguments = parser.add_argument_group("Arguments")
    arguments.add_argument("run", metavar="RUN", help=_RUN)
    group = parser.add_argument_group("Output")
    group.add_argument(
        "--format", metavar="csv|jsonl", help="jsonl adds texts and event times. [default csv]"
    )
    group.add_argument(
        "--timeline",
        action="store_true",
        help="Write one row for each second of a load test instead: load, rates, TTFT, and what "
        "the service said of itself.",
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
        if flags.get("timeline"):
            from perfbench.reports.timeline import export_timeline

            if run.kind == "evaluation":
                raise ConfigError("--timeline is for load tests, not for evaluations")
            export_timeline(run, form, out)
        else:
            write_rows(run, form, out, raw=bool(flags.get("raw")))
    return 0


def compare_parser() -> Parser:
    """The runs to compare."""
    from perfbench.options import Parser

    parser = Parser(
        usage="perfbench compare A B... [--html FILE] [--json]",
        description="Say whether runs differ by more than chance: load tests load by load and\n"
        "figure by figure against the first of them, or two evaluations sample by sample.",
    )
    arguments = parser.add_argument_group("Arguments")
    arguments.add_argument(
        "runs", nargs="+", metavar="RUN", help=f"The baseline, then what is held against it. {_RUN}"
    )
    group = parser.add_argument_group("Output")
    group.add_argument(
        "--html", metavar="FILE", help="Also write a page with the comparison (load tests)."
    )
    group.add_argument(
        "--flips",
        action="store_true",
        help="List the samples that came out otherwise (evaluations).",
    )
    group.add_argument(
        "--json", dest="json_output", action="store_true", help="Print the comparison as JSON."
    )
    group = parser.add_argument_group("Chance")
    group.add_argument(
        "--run-spread",
        metavar="PERCENT",
        help="By how much two runs of one service differ beyond chance (standard deviation), where "
        "there are no repeats to tell it (load tests). [default 0.5]",
    )
    _add_outputs_dir(parser)
    parser.add_common()
    return parser


def compare(flags: Flags) -> int:
    """Print the comparison."""
    from perfbench.store import find, open_run

    names = flags["runs"]
    if len(names) < 2:
        raise ConfigError("perfbench compare takes two runs or more: the first is the baseline")
    folder = _outputs_dir(flags)
    # latest is the newest of the kind that the others are of.
    leading = next((name for name in names if name != "latest"), names[0])
    with open_run(find(folder, leading)) as run:
        kind = run.kind
    paths = [find(folder, name, kind) for name in names]
    return (_compare_evaluations if kind == "evaluation" else _compare_load_tests)(flags, paths)


def _compare_evaluations(flags: Flags, paths: list[Path]) -> int:
    from perfbench.api import compare_evaluations

    for name in ("html", "run_spread"):
        if name in flags:
            raise ConfigError(f"--{name.replace('_', '-')} is for load tests, not for evaluations")
    if len(paths) > 2:
        raise ConfigError("evaluations are compared two at a time")
    found = compare_evaluations(*paths)
    if flags.get("json_output"):
        _print_json(found)
        return 0
    from perfbench.reports.evaluation import print_comparison

    print_comparison(found, sys.stdout, flips=bool(flags.get("flips")))
    return 0


def _compare_load_tests(flags: Flags, paths: list[Path]) -> int:
    from perfbench.api import compare_load_tests

    if flags.get("flips"):
        raise ConfigError("--flips is for evaluations: load tests have no samples that flip")
    given = flags.get("run_spread")
    found = compare_load_tests(paths, None if given is None else _share(given))
    if "html" in flags:
        from perfbench.reports.comparison import write_comparison_page
        from perfbench.store import open_run

        with open_run(paths[0]) as baseline:
            write_comparison_page(found, baseline, Path(flags["html"]))
    if flags.get("json_output"):
        _print_json(found)
        return 0
    from perfbench.reports.comparison import print_load_comparison

    print_load_comparison(found, sys.stdout)
    if "html" in flags:
        print(f"page  {flags['html']}")
    return 0


def _share(given: str) -> float:
    """A share of 1 from per cent."""
    try:
        percent = float(given.removesuffix("%"))
    except ValueError:
        percent = -1.0
    if not 0 <= percent < 100:
        raise ConfigError(f"--run-spread: {given!r} is no per cent from 0 to below 100")
    return percent / 100


def _print_json(found: Any) -> None:
    import msgspec

    print(json_visible(msgspec.json.format(msgspec.json.encode(found)).decode()))


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
