"""The command line: from words to a command, and from what goes wrong to an exit status.

Importing this module is cheap: a command imports what it needs when it runs, so that
``perfbench --help`` does not wait for numpy and an early Ctrl-C ends quietly.

Exit status: 0 done; 1 every request of a load test failed, or of a point so that its sweep ended,
or a part of an evaluation has no result; 2 something the user can mend (one line on standard
error); 130 interrupted; 141 the reader of a pipe has gone.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from perfbench import __version__
from perfbench.commands import evaluation, load, parts, runs
from perfbench.commands.command import BAD_INPUT, INTERRUPTED, PIPE_CLOSED, Command
from perfbench.errors import ConfigError, PerfbenchError
from perfbench.interrupts import considerate

COMMANDS = {
    "perf": Command(
        "Load test; also what perfbench does with no command.", load.perf_parser, load.perf
    ),
    "eval": Command(
        "Accuracy: ask data sets and score the answers.", evaluation.parser, evaluation.evaluate
    ),
    "compare": Command(
        "Tell whether two evaluations really differ.", runs.compare_parser, runs.compare
    ),
    "simulate": Command("Run the built-in LLM service.", load.simulate_parser, load.simulate),
    "report": Command("Make the reports of stored runs again.", runs.report_parser, runs.report),
    "export": Command(
        "Write the requests of a run as CSV or JSON lines.", runs.export_parser, runs.export
    ),
    "list": Command(
        "Show endpoints, workloads, tasks and other parts.", parts.list_parser, parts.list_parts
    ),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command line (``sys.argv`` if none is given) and return its exit status."""
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    try:
        with considerate():
            status = _dispatch(arguments)
        sys.stdout.flush()
    except PerfbenchError as error:
        print(f"perfbench: {_shown(error, arguments)}", file=sys.stderr)
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
        if name == "perf":
            parser.epilog = f"{_overview()}\n\n{parser.epilog}"
        print(parser.format_help(), end="")
        return 0
    return command.run(parser.flags(rest))


def _shown(error: PerfbenchError, arguments: Sequence[str]) -> str:
    """What an error says, as one line without a secret of the command line."""
    from perfbench.config.secrets import scrubber, spoken
    from perfbench.foreign import one_line

    return one_line(scrubber(spoken(arguments)).text(str(error)), None)


def _overview() -> str:
    lines = [f"  {name:<10} {command.summary}" for name, command in COMMANDS.items()]
    return "\n".join(["Commands (perfbench COMMAND --help shows more):", *lines])
