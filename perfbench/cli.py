"""The commands: which part of perfbench each one calls, and with what exit status it ends.

Holds no logic of its own. Importing this module is cheap: a command imports what it needs when it
runs, so that ``perfbench --help`` does not wait for numpy and an early Ctrl-C ends quietly.

Exit status: 0 done; 1 every request of a load test failed; 2 something the user can mend (one line
on standard error); 130 interrupted; 141 the reader of a pipe has gone.
"""

from __future__ import annotations

import inspect
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from perfbench import __version__
from perfbench.errors import ConfigError, PerfbenchError

if TYPE_CHECKING:
    from perfbench.options import Parser

Flags = dict[str, Any]
"""What was given on the command line, by setting or argument name."""

ALL_FAILED = 1
BAD_INPUT = 2
INTERRUPTED = 130
PIPE_CLOSED = 141


@dataclass(frozen=True, slots=True)
class Command:
    """One word after ``perfbench``: how it is parsed and what it runs."""

    summary: str
    parser: Callable[[], Parser]
    run: Callable[[Flags], int]
    """Returns the exit status."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command line (``sys.argv`` if none is given) and return its exit status."""
    try:
        status = _dispatch(list(sys.argv[1:] if arguments is None else arguments))
        sys.stdout.flush()
    except PerfbenchError as error:
        print(f"perfbench: {' '.join(str(error).split())}", file=sys.stderr)
        return BAD_INPUT
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # What is still buffered cannot be written; the interpreter's last flush must not try.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return PIPE_CLOSED
    return status


def _dispatch(arguments: list[str]) -> int:
    if arguments[:1] in (["--version"], ["-V"]):
        print(f"perfbench {__version__}")
        return 0
    name, rest = "perf", arguments
    if arguments and not arguments[0].startswith("-"):
        name, rest = arguments[0], arguments[1:]
    if name not in COMMANDS:
        from perfbench.registry import did_you_mean

        raise ConfigError(
            f"unknown command {name}{did_you_mean(name, dict.fromkeys(COMMANDS, ''))}"
        )
    command = COMMANDS[name]
    parser = command.parser()
    if {"-h", "--help"} & set(rest):
        print(parser.format_help(), end="")
        return 0
    return command.run(parser.flags(rest))


def _perf_parser() -> Parser:
    from perfbench.config import PerfConfig
    from perfbench.options import Parser, options_of

    commands = "\n".join(f"  {name:<10} {command.summary}" for name, command in COMMANDS.items())
    parser = Parser(
        usage="perfbench [options]\n       perfbench COMMAND [options]",
        description="Load-test an LLM service. With no --url the built-in simulator is measured.",
        epilog=f"Commands (perfbench COMMAND --help shows more):\n{commands}\n\n"
        "Settings may also come from --config FILE and from PERFBENCH_* variables, such as\n"
        'PERFBENCH_PARALLEL="1 10 50"; flags win over variables, variables over the file.',
    )
    parser.add_options(options_of(PerfConfig))
    parser.add_common(config_file=True)
    return parser


def _perf(flags: Flags) -> int:
    from perfbench.config import load_config

    file = flags.pop("config", None)
    config = load_config(flags, Path(file) if file else None)

    from perfbench.api import measure
    from perfbench.reports.console import print_summary
    from perfbench.reports.live import make_display

    screen = sys.stderr if config.json_output else sys.stdout
    display = make_display(screen, config.json_output)
    result = measure(config, [display], display.note)
    path = result.run.path
    result.run.close()
    print_summary(result.summaries, path, screen)
    if config.json_output:
        print((path / "summary.json").read_text(encoding="utf-8"), end="")
    if result.failure is not None:
        raise result.failure
    if result.interrupted:
        return INTERRUPTED
    return 0 if any(summary.completed for summary in result.summaries) else ALL_FAILED


def _simulate_parser() -> Parser:
    from perfbench.config import SimulatorConfig
    from perfbench.options import Parser, options_of

    parser = Parser(
        usage="perfbench simulate [options]",
        description="Run the built-in LLM service until Ctrl-C.",
    )
    parser.add_options(options_of(SimulatorConfig))
    parser.add_common()
    return parser


def _simulate(flags: Flags) -> int:
    from pydantic import ValidationError

    from perfbench.config import SimulatorConfig, explain, flag_of

    try:
        config = SimulatorConfig.model_validate(flags)
    except ValidationError as error:
        raise ConfigError(explain(error, {key: flag_of(key) for key in flags})) from None

    from perfbench.simulator.serve import main as serve

    serve(config, lambda url: print(f"simulator listening on {url}", flush=True))
    return 0


def _report_parser() -> Parser:
    from perfbench.options import Parser

    parser = Parser(
        usage="perfbench report RUN...",
        description="Make summary.json, report.html and the plots of stored runs again.",
    )
    arguments = parser.add_argument_group("Arguments")
    arguments.add_argument("runs", nargs="+", metavar="RUN", help="Folder of a run.")
    parser.add_common()
    return parser


def _report(flags: Flags) -> int:
    from perfbench.reports.write import write_report
    from perfbench.store import open_run

    for path in flags["runs"]:
        run = open_run(Path(path))
        try:
            for written in write_report(run):
                print(written)
        finally:
            run.close()
    return 0


def _export_parser() -> Parser:
    from perfbench.options import Parser

    parser = Parser(
        usage="perfbench export RUN [--format csv|jsonl] [--out FILE]",
        description="Write one row for each request of a stored run.",
    )
    arguments = parser.add_argument_group("Arguments")
    arguments.add_argument("run", metavar="RUN", help="Folder of a run.")
    group = parser.add_argument_group("Output")
    group.add_argument(
        "--format", metavar="csv|jsonl", help="jsonl adds texts and event times. [default csv]"
    )
    group.add_argument("--out", metavar="FILE", help="File to write. [default standard output]")
    parser.add_common()
    return parser


def _export(flags: Flags) -> int:
    form = flags.get("format", "csv")
    if form not in ("csv", "jsonl"):
        raise ConfigError(f"--format: {form!r} is neither csv nor jsonl")

    from perfbench.reports.export import export
    from perfbench.store import open_run

    run = open_run(Path(flags["run"]))
    try:
        export(run, form, Path(flags["out"]) if "out" in flags else sys.stdout)
    finally:
        run.close()
    return 0


def _list_parser() -> Parser:
    from perfbench.options import Parser

    parser = Parser(
        usage="perfbench list [endpoints|workloads|sinks|transports]",
        description="Show the exchangeable parts: built in and installed.",
    )
    arguments = parser.add_argument_group("Arguments")
    arguments.add_argument("kind", nargs="?", metavar="KIND", help="Only this kind of part.")
    parser.add_common()
    return parser


def _list(flags: Flags) -> int:
    from perfbench import registry

    tables = {
        "endpoints": registry.ENDPOINTS,
        "workloads": registry.WORKLOADS,
        "sinks": registry.SINKS,
        "transports": registry.TRANSPORTS,
    }
    kind = flags.get("kind")
    if kind is not None and kind not in tables:
        raise ConfigError(
            f"unknown kind {kind}{registry.did_you_mean(kind, dict.fromkeys(tables, ''))}"
        )
    for title in [kind] if kind else tables:
        print(title)
        for name in registry.names(tables[title]):
            print(f"  {name:<16} {_first_line(tables[title], name)}")
    return 0


def _first_line(table: Mapping[str, str], name: str) -> str:
    """What a part says of itself, or why it cannot be used here."""
    from perfbench.registry import resolve

    try:
        return (inspect.getdoc(resolve(table, name)) or "").partition("\n")[0]
    except ConfigError as error:
        return f"({error})"


COMMANDS = {
    "perf": Command("Load test; also what perfbench does with no command.", _perf_parser, _perf),
    "simulate": Command("Run the built-in LLM service.", _simulate_parser, _simulate),
    "report": Command("Make the reports of stored runs again.", _report_parser, _report),
    "export": Command("Write the requests of a run as CSV or JSON lines.", _export_parser, _export),
    "list": Command("Show endpoints, workloads, sinks and transports.", _list_parser, _list),
}
