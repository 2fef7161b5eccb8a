"""``perfbench report``, ``export`` and ``compare``: what can be made of stored runs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from perfbench import registry
from perfbench.commands.command import Flags
from perfbench.errors import ConfigError
from perfbench.foreign import json_visible

if TYPE_CHECKING:
    from perfbench.options import Parser


RUN = "Folder of a run, its name (--name), the beginning of the folder's name, or latest."


def report_parser() -> Parser:
    """The runs to report."""
    from perfbench.options import Parser

    parser = Parser(
        usage="perfbench report RUN... [--verbose] [--metrics FILE.py...] [--metrics-as TOOL...]",
        description="Show stored runs again, and make their summary.json, report.html and plots "
        "again.",
    )
    arguments = parser.add_argument_group("Arguments")
    arguments.add_argument("runs", nargs="+", metavar="RUN", help=RUN)
    group = parser.add_argument_group("Output")
    group.add_argument(
        "--verbose",
        action="store_true",
        help="Print the distributions of each point of a load test, not only the overview.",
    )
    _add_metrics(group)
    group.add_argument(
        "--metrics-as",
        nargs="+",
        metavar="TOOL",
        help="Also write load tests in the words of these tools, and show where their figures are "
        f"not ours and why. Built in: {', '.join(registry.WORDS)}. [default those of the run]",
    )
    add_outputs_dir(parser)
    parser.add_common()
    return parser


def report(flags: Flags) -> int:
    """Write the reports of each run; print its tables and where things are."""
    from perfbench.reports.console import print_search, print_summary
    from perfbench.reports.words import load_tools, print_words, write_words
    from perfbench.reports.write import write_report
    from perfbench.store import find, open_run
    from perfbench.store.again import outputs_dir

    _use_metrics(flags)
    try:
        asked = load_tools(flags.get("metrics_as") or [])
    except ConfigError as error:
        raise ConfigError(f"--metrics-as: {error}") from None
    for name in flags["runs"]:
        path = find(outputs_dir(flags), name)
        with open_run(path) as run:
            kind = run.kind
            if (own := run.config.get("metrics")) and not flags.get("metrics"):
                given = " ".join(own)
                print(f"perfbench: --metrics {given} of the run is not given", file=sys.stderr)
            if kind == "load test":
                write_report(run)
                verbose = bool(flags.get("verbose"))
                if (search := run.search()) is not None:
                    print_search(search, sys.stdout)
                tools = asked or load_tools(run.config.get("metrics_as") or [])
                words = write_words(run, run.summaries(), tools) if tools else {}
                print_summary(run.summaries(), path, sys.stdout, verbose=verbose)
                if asked:
                    print_words(words, tools, sys.stdout)
        if kind == "arena":
            from perfbench.reports import arena
            from perfbench.stored import stored_arena

            held = stored_arena(path)
            with held.run:
                arena.write_outputs(held)
                arena.print_arena(held, sys.stdout)
        if kind == "evaluation":
            from perfbench.reports.evaluation import print_evaluation, write_outputs
            from perfbench.stored import stored_evaluation

            result = stored_evaluation(path)
            with result.run:
                write_outputs(result)
                print_evaluation(result, sys.stdout)
    return 0


def export_parser() -> Parser:
    """The run to export, and where to."""
    from perfbench.options import Parser

    parser = Parser(
        usage="perfbench export RUN [--timeline] [--format csv|jsonl|parquet] [--out FILE]\n"
        "                        [--raw] [--metrics FILE.py...]",
        description="Write one row for each request of a stored run, or for each second of it.",
    )
    arguments = parser.add_argument_group("Arguments")
    arguments.add_argument("run", metavar="RUN", help=RUN)
    group = parser.add_argument_group("Output")
    group.add_argument(
        "--format",
        metavar="csv|jsonl|parquet",
        help="jsonl and parquet add texts and event times. [default what --out ends in, or csv]",
    )
    group.add_argument(
        "--timeline",
        action="store_true",
        help="Write one row for each second of a load test instead: load, rates, TTFT, and what "
        "the service said of itself; csv or jsonl.",
    )
    group.add_argument("--out", metavar="FILE", help="File to write. [default standard output]")
    _add_metrics(group)
    add_outputs_dir(parser)
    group.add_argument(
        "--raw",
        action="store_true",
        help="Leave texts in CSV as they came: line ends, control characters, formulas.",
    )
    parser.add_common()
    return parser


def export(flags: Flags) -> int:
    """Write the table."""
    from perfbench.reports.export import FORMATS
    from perfbench.reports.export import export as write_rows
    from perfbench.store import find, open_run
    from perfbench.store.again import outputs_dir

    _use_metrics(flags)
    out = Path(flags["out"]) if "out" in flags else sys.stdout
    ending = out.suffix[1:] if isinstance(out, Path) else ""
    form = flags.get("format", ending if ending in FORMATS else "csv")
    if form not in FORMATS:
        raise ConfigError(f"--format: {form!r} is none of {', '.join(FORMATS)}")
    with open_run(find(outputs_dir(flags), flags["run"])) as run:
        if flags.get("timeline"):
            from perfbench.reports.timeline import export_timeline

            if run.kind != "load test":
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
        "figure by figure against the first of them, two evaluations sample by sample, or two\n"
        "arenas battle by battle.",
    )
    arguments = parser.add_argument_group("Arguments")
    arguments.add_argument(
        "runs", nargs="+", metavar="RUN", help=f"The baseline, then what is held against it. {RUN}"
    )
    group = parser.add_argument_group("Output")
    group.add_argument(
        "--html", metavar="FILE", help="Also write a page with the comparison (load tests)."
    )
    group.add_argument(
        "--flips",
        action="store_true",
        help="List the samples (evaluations) or battles (arenas) that came out otherwise.",
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
    add_outputs_dir(parser)
    parser.add_common()
    return parser


def compare(flags: Flags) -> int:
    """Print the comparison."""
    from perfbench.store import find, open_run
    from perfbench.store.again import outputs_dir

    names = flags["runs"]
    if len(names) < 2:
        raise ConfigError("perfbench compare takes two runs or more: the first is the baseline")
    folder = outputs_dir(flags)
    # latest is the newest of the kind that the others are of.
    leading = next((name for name in names if name != "latest"), names[0])
    with open_run(find(folder, leading)) as run:
        kind = run.kind
    paths = [find(folder, name, kind) for name in names]
    if kind == "load test":
        return _compare_load_tests(flags, paths)
    for name in ("html", "run_spread"):
        if name in flags:
            raise ConfigError(f"--{name.replace('_', '-')} is for load tests, not for {kind}s")
    if len(paths) > 2:
        raise ConfigError(f"{kind}s are compared two at a time")
    return (_compare_arenas if kind == "arena" else _compare_evaluations)(flags, paths)


def _compare_arenas(flags: Flags, paths: list[Path]) -> int:
    from perfbench.reports.arena.comparison import plain, print_arena_comparison
    from perfbench.stored import opposed_arenas

    a, b, battles = opposed_arenas(*paths)
    if flags.get("json_output"):
        _print_json(plain((a, b), battles))
    else:
        print_arena_comparison((a, b), battles, sys.stdout, flips=bool(flags.get("flips")))
    return 0


def _compare_evaluations(flags: Flags, paths: list[Path]) -> int:
    from perfbench.stored import compare_evaluations

    found = compare_evaluations(*paths)
    if flags.get("json_output"):
        _print_json(found)
        return 0
    from perfbench.reports.evaluation import print_comparison

    print_comparison(found, sys.stdout, flips=bool(flags.get("flips")))
    return 0


def _compare_load_tests(flags: Flags, paths: list[Path]) -> int:
    from perfbench.stored import compare_load_tests

    if flags.get("flips"):
        raise ConfigError(
            "--flips is for evaluations and arenas: load tests have no samples that flip"
        )
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


def _add_metrics(group: Any) -> None:
    group.add_argument(
        "--metrics",
        nargs="+",
        metavar="FILE.py",
        help="Also compute what these files define, each FILE.py or FILE.py:NAME, as the run did "
        "or might have done.",
    )


def _use_metrics(flags: Flags) -> None:
    if named := flags.get("metrics"):
        from perfbench.metrics.own import use

        use(named, lambda text: print(f"perfbench: {text}", file=sys.stderr))


def add_outputs_dir(parser: Parser) -> None:
    group = parser.add_argument_group("Runs")
    group.add_argument(
        "--outputs-dir",
        metavar="PATH",
        help="Folder in which runs are looked for by name. "
        "[default results; PERFBENCH_OUTPUTS_DIR]",
    )
