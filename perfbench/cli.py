"""The command line: from words to a command, and from what goes wrong to an exit status.

Importing this module is cheap: a command imports what it needs when it runs, so that
``perfbench --help`` does not wait for numpy and an early Ctrl-C ends quietly.

Exit status: 0 done; 1 every request of a load test failed, or of a point so that its sweep ended,
or a part of an evaluation has no result; 2 something the user can mend (one line on standard
error); 3 an ``--abort-if`` or a ``--fail-if`` of a load test; 130 interrupted; 141 the reader of a
pipe has gone.
"""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Sequence

from perfbench import __version__
from perfbench.commands import (
    again,
    agent,
    arena,
    evaluation,
    judge_check,
    load,
    parts,
    runs,
    sandbox,
    serve,
)
from perfbench.commands.command import (
    BAD_INPUT,
    INTERRUPTED,
    PIPE_CLOSED,
    TOOL,
    Command,
    name_unknown_variables,
)
from perfbench.errors import ConfigError, PerfbenchError
from perfbench.interrupts import considerate
from perfbench.outlets import enduring

COMMANDS = {
    "perf": Command(
        "Load test: how fast a service is. The same as no command at all.",
        load.perf_parser,
        load.perf,
    ),
    "eval": Command(
        "Accuracy: how well a service answers the questions of data sets.",
        evaluation.parser,
        evaluation.evaluate,
    ),
    "arena": Command(
        "Models meet in pairs before judges: win rates and ratings.", arena.parser, arena.arena
    ),
    "judge-check": Command(
        "Hold a model that judges answers against the labels of people.",
        judge_check.parser,
        judge_check.judge_check,
    ),
    "rerun": Command(
        "Do a stored run again exactly, in a folder of its own.", again.rerun_parser, again.rerun
    ),
    "compare": Command("Say whether stored runs really differ.", runs.compare_parser, runs.compare),
    "simulate": Command(
        "Run the built-in LLM service, to try things on.", load.simulate_parser, load.simulate
    ),
    "serve": Command(
        "Runs for people who do not use a terminal: REST API and pages.",
        serve.serve_parser,
        serve.serve,
    ),
    "app": Command("Open the page of serve on the results at hand.", serve.app_parser, serve.app),
    "agent": Command("Let runs on other machines send from this one.", agent.parser, agent.agent),
    "sandbox": Command(
        "Run programs for evaluations on other machines.", sandbox.parser, sandbox.sandbox
    ),
    "report": Command(
        "Show a stored run again, and make its reports again.", runs.report_parser, runs.report
    ),
    "export": Command(
        "Write every request of a run as CSV or JSON lines.", runs.export_parser, runs.export
    ),
    "list": Command(
        "Show data sets, APIs, trackers and what else can be chosen.",
        parts.list_parser,
        parts.list_parts,
    ),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command line (``sys.argv`` if none is given) and return its exit status."""
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    with enduring() as out:
        status = _status(arguments)
        if out.failure is not None and status != PIPE_CLOSED:
            why = out.failure.strerror or out.failure
            print(f"perfbench: standard output cannot be written: {why}", file=sys.stderr)
            return status or BAD_INPUT
    return status


def _status(arguments: list[str]) -> int:
    try:
        with considerate(), warnings.catch_warnings():
            warnings.showwarning = _told  # type: ignore[assignment]
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
    for place, word in enumerate(arguments, 1):
        if any("\ud800" <= sign <= "\udfff" for sign in word):
            raise ConfigError(f"argument {place} is not valid UTF-8 (got {word!a})")
    if arguments[:1] in (["--version"], ["-V"], ["version"]):
        print(f"perfbench {__version__}")
        return 0
    if arguments[:1] == ["help"]:
        arguments = [*arguments[1:], "--help"]
    name, rest, tool = _command(arguments)
    if name not in COMMANDS:
        from perfbench.config.alias import ELSEWHERE
        from perfbench.registry import did_you_mean

        for words, why in ELSEWHERE.items():
            if tuple(arguments[: len(words)]) == words:
                raise ConfigError(f"{' '.join(words)}: {why}")
        if name.startswith(("http://", "https://")):
            raise ConfigError(f"unknown command {name}: give the service as --url {name}")
        raise ConfigError(
            f"unknown command {name}{did_you_mean(name, dict.fromkeys(COMMANDS, ''))}"
        )
    command = COMMANDS[name]
    parser = command.parser()
    if {"-h", "--help"} & set(rest):
        if name == "perf":
            parser.description = f"{parser.description}\n\n{_overview()}\n\n{_EXAMPLES}"
        print(parser.format_help(), end="")
        return 0
    flags = parser.flags(rest)
    name_unknown_variables()
    return command.run(flags if tool is None else {**flags, TOOL: tool})


def _command(arguments: list[str]) -> tuple[str, list[str], str | None]:
    """The command's name, what follows it, and the tool whose own words it was called by."""
    if not arguments or arguments[0].startswith("-"):
        return "perf", arguments, None
    if arguments[0] not in COMMANDS:
        from perfbench.config.alias import PROGRAMS, WEB
        from perfbench.config.habits.operands import with_flags

        for words in sorted(PROGRAMS, key=len, reverse=True):
            if tuple(arguments[: len(words)]) == words:
                name, tool = PROGRAMS[words]
                rest = arguments[len(words) :]
                return name, with_flags(rest, words[0]) if tool == WEB else rest, tool
    return arguments[0], arguments[1:], None


def _told(message: Warning | str, *_: object) -> None:
    """A warning as the line a user needs, without the place in the code that gave it."""
    print(f"perfbench: {message}", file=sys.stderr)


def _shown(error: PerfbenchError, arguments: Sequence[str]) -> str:
    """What an error says, as one line without a secret of the command line."""
    from perfbench.config.secrets import scrubber, spoken
    from perfbench.foreign import one_line

    return one_line(scrubber(spoken(arguments)).text(str(error)), None)


_EXAMPLES = """\
Examples:
  # look around: 100 requests to the built-in simulator, 4 at a time
  perfbench --parallel 4 --number 100
  # a service of yours under 1, 10 and 50 requests in flight
  perfbench --url http://127.0.0.1:8000 --parallel 1 10 50 --number 200
  # 5 requests a second for a minute
  perfbench --url http://127.0.0.1:8000 --rate 5 --duration 60
  # 20 questions of a data set
  perfbench eval --url http://127.0.0.1:8000 --datasets gsm8k --limit 20"""


def _overview() -> str:
    lines = [f"  {name:<11} {command.summary}" for name, command in COMMANDS.items()]
    return "\n".join(["Commands (perfbench COMMAND --help shows more):", *lines])
