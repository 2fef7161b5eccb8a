"""What came of a job: the one place where a status is decided.

A verdict on calls comes from the checker, a process that the program cannot reach; a verdict on
output from a comparison here. What the program says of itself decides between ways of having
failed, and never that it passed; but for a ``Script``, which is marked. Knows no data set. Seconds.
"""

from __future__ import annotations

import ast
import contextlib
import json
import secrets
import signal
import time
import warnings
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal, DecimalException
from typing import Any

from perfbench.sandbox import replay
from perfbench.sandbox.inside import CANNOT_COMPILE, TOO_SLOW, pack
from perfbench.sandbox.jobs import (
    PATIENCE,
    Box,
    CallCases,
    Calls,
    Job,
    Limits,
    Ran,
    Script,
    Status,
    StdIn,
    Verdict,
)
from perfbench.sandbox.local import End, LocalBox, Sink, gather, pipe

_ATTEMPTS = 2
"""Of a job that the sandbox failed."""
_WHY = 300
"""Characters of a reason, which may be the program's words."""
_PRINTED = 4000
"""Characters that are kept of what was printed."""
_SAID = 1 << 16
_COMPARING_S = 5.0
"""What the checker has above the program's time."""


def judge(job: Job, box: Box, limits: Limits | None = None) -> Verdict:
    """Run ``job`` in ``box`` and say what came of it. Never raises for what a program does.

    Tests of a job whose box can only run scripts run on this machine, in ``replay.home``.
    """
    limits = limits or Limits()
    began_s = time.monotonic()
    for _ in range(_ATTEMPTS):
        verdict = _judged(job, box, limits)
        if verdict.status != "sandbox_failed":
            break
    why = " ".join(verdict.why.split())[:_WHY].encode(errors="replace").decode()
    return replace(verdict, why=why, seconds=time.monotonic() - began_s)


def _judged(job: Job, box: Box, limits: Limits) -> Verdict:
    match job:
        case StdIn():
            return _compared(job, box, limits)
        case Script():
            return _tested(job, box, limits)
        case CallCases():
            count = max(len(job.cases), 1)
            limits = replace(limits, wall_s=limits.wall_s * count, cpu_s=limits.cpu_s * count)
    if isinstance(box, LocalBox):
        return _called(job, box, limits)
    return _replayed(job, box, limits)


def _orders(job: Calls | CallCases, limits: Limits) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the program's side is told, and what the tests' side is."""
    cases, tests, call_s = None, "", None
    if isinstance(job, CallCases):
        cases = [pack(case) for case in job.cases]
        call_s = limits.wall_s / max(len(job.cases), 1)
    else:
        tests = job.tests
    shared = {"setup": job.setup, "entry_point": job.entry_point, "call_s": call_s}
    program = {**shared, "mode": "calls", "code": job.code}
    checker = {**shared, "mode": "check", "tests": tests, "cases": cases}
    return program, checker


def _called(job: Calls | CallCases, box: LocalBox, limits: Limits) -> Verdict:
    """The program and the checker, each in a process of its own, with pipes between them."""
    program_order, checker_order = _orders(job, limits)
    with box.slot(), contextlib.ExitStack() as closing:
        asked, calls = pipe(closing)
        answers, replies = pipe(closing)
        heard, verdict = pipe(closing)
        printed, prints = pipe(closing)
        program = box.start(program_order, limits, [asked, replies, prints])
        closing.callback(program.stop)
        checker = box.start(checker_order, _for_checker(limits), [answers, calls, verdict])
        closing.callback(checker.stop)
        said, shown = Sink(heard, _SAID), Sink(printed, limits.output_bytes)
        end = gather(checker, [said, shown])
        answer = _read(said)
        if answer.get("status") == "gone":
            ending = _of_end(gather(program, [shown]))
            return replace(ending, printed=_kept(shown.data), case=answer.get("case"))
    return _of_checker(end, answer, _kept(shown.data))


def _for_checker(limits: Limits) -> Limits:
    plain = Limits()
    return replace(
        plain,
        wall_s=limits.wall_s * PATIENCE + _COMPARING_S,
        cpu_s=limits.cpu_s + _COMPARING_S,
        memory_bytes=max(plain.memory_bytes, limits.memory_bytes),
    )


def _read(said: Sink) -> dict[str, Any]:
    line, end, _ = bytes(said.data).partition(b"\n")
    found: dict[str, Any] = json.loads(line) if end else {}
    return found


def _of_checker(end: End, answer: Mapping[str, Any], printed: str) -> Verdict:
    """From what the checker said, or from how it ended where it said nothing."""
    status = answer.get("status")
    if status == "uncarried":
        return Verdict("sandbox_failed", answer["why"])
    if status:
        return Verdict(status, answer["why"], printed, answer.get("case"))
    if end.ended == "output":
        return Verdict("output", end.why, printed)
    if end.ended == "timeout":
        return Verdict("timeout", "what it returned was not compared in time", printed)
    if end.ended == "sandbox_failed":
        return Verdict("sandbox_failed", end.why)
    return Verdict("memory", "what it returned was too much to compare", printed)


def _of_end(end: End) -> Verdict:
    """Of a program that ended before it had given its last answer."""
    if end.exit == TOO_SLOW:
        return Verdict("timeout", "a call took more processor time than it may")
    if end.ended == "exited":
        return Verdict("error", f"it ended before its last answer ({_worded(end.exit)})")
    return Verdict(end.ended, end.why)


def _worded(exit_status: int | None) -> str:
    if exit_status is not None and exit_status < 0:
        with contextlib.suppress(ValueError):
            return f"signal {signal.Signals(-exit_status).name}"
    return f"exit status {exit_status}"


def _compared(job: StdIn, box: Box, limits: Limits) -> Verdict:
    """The first case whose output is not what is expected, or that all are."""
    printed = ""
    for number, (given, expected) in enumerate(job.cases):
        room = max(limits.output_bytes, 2 * len(expected.encode()))
        ran = _run_program(job.code, given, box, replace(limits, output_bytes=room))
        printed = _kept(ran.stdout + ran.stderr)
        wrong = _of_program(ran)
        if wrong is None and not same_output(ran.stdout.decode(errors="replace"), expected):
            wrong = Verdict("failed", "its output is not the expected one")
        if wrong is not None:
            return replace(wrong, printed=printed, case=number)
    return Verdict("passed", printed=printed)


def _run_program(code: str, given: str, box: Box, limits: Limits) -> Ran:
    order = {"mode": "program", "code": code, "any_exit": True}
    if isinstance(box, LocalBox):
        with box.slot():
            return box.ran(order, given.encode("utf-8", "surrogateescape"), limits)
    return box.once(replay.script({**order, "stdin": given}), b"", limits)


def _of_program(ran: Ran) -> Verdict | None:
    """What is wrong with how a program ended; ``None`` if nothing is."""
    if ran.ended != "exited":
        return Verdict(ran.ended, ran.why)
    if ran.exit == 0:
        return None
    last = (ran.stderr.decode(errors="replace").strip().splitlines() or [""])[-1].strip()[:300]
    if ran.exit == CANNOT_COMPILE:
        return Verdict("compile_error", last)
    if last.startswith("MemoryError"):
        return Verdict("memory", last)
    return Verdict("error", last or _worded(ran.exit))


def same_output(got: str, expected: str) -> bool:
    """Whether output is right by LiveCodeBench's rule: see :class:`StdIn`."""
    ours, theirs = got.strip().split("\n"), expected.strip().split("\n")
    return len(ours) == len(theirs) and all(map(_same_line, ours, theirs))


def _same_line(one: str, other: str) -> bool:
    one, other = one.strip(), other.strip()
    if one == other:
        return True
    try:
        return [Decimal(each) for each in one.split()] == [Decimal(each) for each in other.split()]
    except (DecimalException, ValueError):
        return False


def _tested(job: Script, box: Box, limits: Limits) -> Verdict:
    """By a line that begins with a word the program is not given; see :class:`Script`."""
    word = secrets.token_hex(16) + " "
    order = {"mode": "script", "code": job.code, "tests": job.tests, "word": word}
    if isinstance(box, LocalBox):
        with box.slot():
            ran = box.ran(order, b"", limits)
    else:
        ran = box.once(replay.script(order), b"", limits)
    printed = _kept(ran.stderr)
    if ran.ended != "exited":
        return replace(_of_end(End(ran.ended, ran.exit, ran.why)), printed=printed)
    told = replay.lines(ran.stdout, word)
    match _tree(told[-1]) if told else None:
        case ["compile_error", str(why)]:
            return Verdict("compile_error", why, printed)
        case ["raise", ["AssertionError", *_], str(message), _]:
            return Verdict("failed", message, printed)
        case ["raise", [str(name), *_], message, _]:
            status: Status = "memory" if name == "MemoryError" else "error"
            return Verdict(status, f"{name}: {message}"[:300], printed)
        case ["end"] if not _count_tests(job.tests):
            return Verdict("passed", "", printed)
        case ["tests", int(run), 0, 0, _] if run >= max(_count_tests(job.tests), 1):
            return Verdict("passed", "", printed)
        case ["tests", _, int(failed), int(errors), str(why)] if failed or errors:
            return Verdict("error" if errors else "failed", why, printed)
        case ["tests" | "end", *_]:
            return Verdict("error", "not all of its tests have run", printed)
    return Verdict("error", f"it ended before its tests ({_worded(ran.exit)})", printed)


def _tree(line: bytes) -> Any:
    """What a line holds; ``None`` if it is not JSON."""
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def _count_tests(tests: str) -> int:
    """How many test methods the source of the tests has."""
    with contextlib.suppress(SyntaxError, ValueError), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of escapes that mean nothing
        kinds = [each for each in ast.walk(ast.parse(tests)) if isinstance(each, ast.ClassDef)]
        kinds = [each for each in kinds if any("TestCase" in ast.unparse(b) for b in each.bases)]
        methods = [
            each for kind in kinds for each in kind.body if isinstance(each, ast.FunctionDef)
        ]
        return sum(each.name.startswith("test") for each in methods)
    return 0


def _replayed(job: Calls | CallCases, box: Box, limits: Limits) -> Verdict:
    """The same as :func:`_called`, by scripts that run to their end."""
    program, checker = _orders(job, limits)
    reference = job.reference if isinstance(job, Calls) else ""
    settled = replay.settle(
        replay.Sides(program, checker, reference), box, limits, _for_checker(limits)
    )
    ran, answer = settled.ran, settled.answer
    if ran.ended == "sandbox_failed":
        return Verdict("sandbox_failed", ran.why)
    printed = _kept(ran.stderr)
    if len(ran.stderr) > limits.output_bytes:
        return Verdict("output", f"more than {limits.output_bytes} bytes of output", printed)
    if answer.get("status") == "gone":
        ending = _of_end(End(ran.ended, ran.exit, ran.why))
        return replace(ending, printed=printed, case=answer.get("case"))
    return _of_checker(settled.end, answer, printed)


def _kept(printed: bytes | bytearray) -> str:
    """The start and the end of what was printed."""
    text = bytes(printed).decode(errors="replace")
    half = _PRINTED // 2
    return text if len(text) <= _PRINTED else f"{text[:half]}\n…\n{text[-half:]}"
