"""Calls to a program in a box that can only run a script to its end.

The tests run here, in :func:`home`; the program runs there. Which calls the tests make is foretold
by running them on a right program, if there is one; the script makes them all and prints what came
back, and the tests run again on these answers. A call that was not foretold is added and the script
runs again. Expected values never leave this machine, and a service is trusted with no verdict.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import inspect
import json
import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from io import FileIO
from typing import Any

from perfbench.errors import ConfigError
from perfbench.sandbox import inside
from perfbench.sandbox.checker import REPLY_BYTES
from perfbench.sandbox.jobs import Box, Limits, Ran
from perfbench.sandbox.local import End, LocalBox, Sink, gather, open_box, pipe

_ROUNDS = 100
"""Scripts that are run for one program at most."""
_SAID = 1 << 16
_lock = threading.Lock()


def script(order: Mapping[str, Any]) -> str:
    """A script that does what is ordered (see ``inside``), of the standard library only."""
    return f"{_text()}\n\nrun(json.loads({json.dumps(order)!r}))\n"


@functools.cache
def _text() -> str:
    return inspect.getsource(inside)


def lines(output: bytes, word: str) -> list[bytes]:
    """What was told on lines that begin with this word."""
    start = word.encode()
    return [each[len(start) :] for each in output.split(b"\n") if each.startswith(start)]


@functools.cache
def _home() -> LocalBox:
    try:
        box = open_box("auto")
    except ConfigError:
        box = open_box("none")
    atexit.register(box.close)
    return box


def home() -> LocalBox:
    """Where tests run whose programs run elsewhere; opened once.

    Raises:
        ConfigError: there can be none.
    """
    with _lock:
        return _home()


@dataclass(frozen=True)
class Sides:
    """What the program's side is told, and what the tests' side is."""

    program: dict[str, Any]
    checker: dict[str, Any]
    reference: str
    """A right program; empty: none is known."""


@dataclass(frozen=True)
class Settled:
    """What came of it."""

    ran: Ran
    """The last script."""
    end: End
    """The checker's."""
    answer: dict[str, Any]
    """What it said."""


def settle(sides: Sides, box: Box, limits: Limits, checking: Limits) -> Settled:
    """Run the program in ``box`` until it has answered every call of the tests."""
    calls = _foretold(sides, limits, checking)
    room = replace(limits, output_bytes=limits.output_bytes + REPLY_BYTES)
    for _ in range(_ROUNDS):
        word = secrets.token_hex(16) + " "
        order = {**sides.program, "mode": "replay", "word": word, "calls": calls}
        ran = box.once(script(order), b"", room)
        if ran.ended == "sandbox_failed":
            break
        # The last line of one that was stopped may have been cut.
        said = ran.stdout if ran.ended == "exited" else ran.stdout.rpartition(b"\n")[0]
        record = _Record(calls, lines(said, word))
        end, answer = _converse(sides.checker, checking, record.answer)
        if record.unforeseen is None:
            return Settled(ran, end, answer)
        calls = record.unforeseen
    status = "error" if sides.reference else "uncarried"  # a right program had been foretold
    why = f"its tests make calls that {_ROUNDS} rounds do not foretell"
    return Settled(ran, End("exited"), {"status": status, "why": why})


class _Record:
    """What a script has answered to which calls."""

    def __init__(self, calls: list[str], answers: list[bytes]) -> None:
        self._calls = calls
        self._answers = answers
        self._made = 0
        self.unforeseen: list[str] | None = None
        """The calls so far, one that the script did not make, and what may come after it."""

    def answer(self, call: str | None) -> bytes | None:
        """The line that came back; of no call: that it was loaded. ``None`` if none did."""
        if call is not None:
            made, self._made = self._made, self._made + 1
            if made >= len(self._calls) or self._calls[made] != call:
                self.unforeseen = [*self._calls[:made], call, *self._calls[made + 1 :]]
                return None
        return self._answers[self._made] if self._made < len(self._answers) else None


def _converse(
    order: dict[str, Any], limits: Limits, answer: Callable[[str | None], bytes | None]
) -> tuple[End, dict[str, Any]]:
    """Run the tests against what answers, and say how they ended and what they said."""
    box = home()
    with box.slot(), contextlib.ExitStack() as closing:
        answers, replies = pipe(closing)
        asked, calls = pipe(closing)
        heard, verdict = pipe(closing)
        checker = box.start(order, limits, [answers, calls, verdict])
        closing.callback(checker.stop)
        with contextlib.suppress(BrokenPipeError):
            _answer(asked, replies, answer)
        replies.close()
        said = Sink(heard, _SAID)
        end = gather(checker, [said])
    line, complete, _ = bytes(said.data).partition(b"\n")
    return end, json.loads(line) if complete else {}


def _answer(asked: FileIO, replies: FileIO, answer: Callable[[str | None], bytes | None]) -> None:
    """Until a call is not answered, or none comes any more."""
    call: str | None = None
    with open(asked.fileno(), encoding="ascii", closefd=False) as file:
        while (line := answer(call)) is not None:
            with open(replies.fileno(), "wb", closefd=False) as out:
                out.write(line + b"\n")
            call = file.readline()[:-1]
            if not call:
                return


def _foretold(sides: Sides, limits: Limits, checking: Limits) -> list[str]:
    """The calls that the tests make to the reference, in their order."""
    if sides.checker["cases"] is not None:
        cases = map(inside.unpack, sides.checker["cases"])
        return [f"[{inside.pack(list(arguments))}, {inside.pack({})}]" for arguments, _ in cases]
    if not sides.reference:
        return []
    made: list[str] = []
    box = home()
    with contextlib.ExitStack() as closing:
        asked, calls = pipe(closing)
        answers, replies = pipe(closing)
        nowhere, prints = pipe(closing)
        nowhere.close()
        order = {**sides.program, "code": sides.reference}
        program = box.start(order, limits, [asked, replies, prints])
        closing.callback(program.stop)
        told = closing.enter_context(open(answers.fileno(), "rb", closefd=False))

        def answer(call: str | None) -> bytes | None:
            if call is not None:
                made.append(call)
                calls.write(call.encode() + b"\n")
            return told.readline()[:-1] or None

        _converse(sides.checker, checking, answer)
    return made
