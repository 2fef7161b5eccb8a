"""Where the tests run: in a process of its own, apart from the program that they test.

The tests call a proxy of the entry point; what it is given goes out as a line of JSON, what comes
back is read as a plain value (``inside`` has both ends of the codec). Values are hostile: they are
read and compared within this process's own limits, and nothing of them is code. The tests are
trusted, what they print is not kept. Knows nothing of how processes are confined. Seconds.

Standard input and output are the pipes to the program, standard error takes the one line that is
said: ``{"status", "why", "case"}``. The status is one of a verdict's, ``gone`` (the program's pipe
has ended; what ended it is known elsewhere) or ``uncarried`` (these tests cannot be run this way).
"""

from __future__ import annotations

import builtins
import json
import linecache
import os
import random
import select
import time
import traceback
from typing import Any, NoReturn

from perfbench.sandbox.inside import TOO_DEEP, Opaque, pack, unpack, unpacked
from perfbench.sandbox.jobs import PATIENCE

REPLY_BYTES = 16 << 20
"""The longest line that a program may answer with."""
_TESTS = "tests.py"
_OF_PROGRAMS = f'{{"opaque": "{Opaque.__module__}.', f'{{"opaque": "{TOO_DEEP}"'
"""How arguments are told that cannot be carried as they hold an answer, once there is one. Tests
hand over functions, objects and endless iterators of their own alone, so that no program makes
itself unscored."""
_ENDS_OF_LOOPS = StopIteration, StopAsyncIteration


class _Over(BaseException):
    """The program can be asked no more. Not an ``Exception``, so that no test swallows it."""

    def __init__(self, status: str, why: str) -> None:
        super().__init__(why)
        self.status = status
        self.why = why


class _Program:
    """The other side."""

    def __init__(self, call_s: float | None) -> None:
        """``call_s``: how long one call may take, where the calls are limited one by one. On the
        wall it has :data:`PATIENCE` times as long; ``inside`` minds its processor time."""
        self._call_s = call_s
        self._rest = bytearray()
        self._replies = os.dup(0)
        self._calls = os.dup(1)
        self._answered = False
        self.calls = 0
        self.over: _Over | None = None

    def ready(self) -> None:
        """Wait until it is loaded.

        Raises:
            _Over: it cannot be.
        """
        match self._next():
            case ["ready"]:
                return
            case ["compile_error", str(why)]:
                self._end("compile_error", why)
            case ["raise", [str(name), *_], message, _]:
                self._end(_of(name), f"{name}: {unpacked(message)}"[:300])
            case _:
                self._end("error", "the program broke its line to the tests")

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        """What the entry point returns; arguments that it changed are changed.

        Raises:
            Exception: it raised one of that type.
        """
        if self.over is not None:
            raise self.over
        self.calls += 1
        line = f"[{pack(list(arguments))}, {pack(named)}]"
        if '{"opaque":' in line:
            if self._answered and any(each in line for each in _OF_PROGRAMS):
                self._end("error", "the program returned what is no plain value")
            self._end("uncarried", "the tests hand over what is no plain value")
        self._send(line.encode() + b"\n")
        match self._next():
            case ["value", value, changed]:
                self._answered = True
                self._change(arguments, changed)
                return _read(value)
            case ["raise", [*names], message, changed]:
                self._answered = True
                self._change(arguments, changed)
                raise _error(names, _read(message))
        self._end("error", "the program broke its line to the tests")

    def _send(self, line: bytes) -> None:
        view = memoryview(line)
        try:
            while view:
                view = view[os.write(self._calls, view) :]
        except BrokenPipeError:
            self._end("gone", "")

    def _next(self) -> Any:
        until_s = None if self._call_s is None else time.monotonic() + self._call_s * PATIENCE
        searched = 0
        while (end := self._rest.find(b"\n", searched)) < 0:
            searched = len(self._rest)
            if searched > REPLY_BYTES:
                self._end("output", f"an answer of more than {REPLY_BYTES >> 20} MiB")
            if until_s is not None:
                left_s = max(until_s - time.monotonic(), 0)
                if not select.select([self._replies], [], [], left_s)[0]:
                    self._end("timeout", f"no answer within {self._call_s:g} s")
            if not (data := os.read(self._replies, 1 << 16)):
                self._end("gone", "")
            self._rest += data
        line = bytes(self._rest[:end])
        del self._rest[: end + 1]
        try:
            return json.loads(line)
        except (ValueError, RecursionError):
            return None

    def _change(self, arguments: tuple[Any, ...], changed: Any) -> None:
        now = _read(changed)
        if isinstance(now, list) and len(now) == len(arguments):
            for old, new in zip(arguments, now, strict=True):
                _refill(old, new)

    def _end(self, status: str, why: str) -> NoReturn:
        self.over = _Over(status, why)
        raise self.over


def run(order: dict[str, Any]) -> None:
    """Run the tests, say what came of them, and end this process.

    ``order`` has ``tests`` or ``cases`` (packed pairs of arguments and the value expected), and
    ``setup``, ``entry_point``, ``call_s``.
    """
    home = os.dup(2)
    program = _Program(order["call_s"])
    nowhere = os.open(os.devnull, os.O_RDWR)
    for number in range(3):
        os.dup2(nowhere, number)
    random.seed(0)
    try:
        program.ready()
        said = _cases(program, order) if order["cases"] is not None else _tests(program, order)
    except _Over as over:
        said = {"status": over.status, "why": over.why}
    os.write(home, json.dumps(said).encode() + b"\n")
    os._exit(0)


def _tests(program: _Program, order: dict[str, Any]) -> dict[str, Any]:
    name = order["entry_point"].rpartition(".")[2]
    namespace = {"__name__": "tests"}
    linecache.cache[_TESTS] = 0, None, order["tests"].splitlines(keepends=True), _TESTS
    try:
        exec(compile(order["setup"], "setup.py", "exec"), namespace)
        namespace[name] = program  # type: ignore[assignment]
        exec(compile(order["tests"], _TESTS, "exec"), namespace)
    except BaseException as error:
        return _judged(error, program)
    if program.over is not None:
        raise program.over
    if not program.calls:
        return {"status": "uncarried", "why": f"the tests do not call {name}"}
    return {"status": "passed", "why": ""}


def _cases(program: _Program, order: dict[str, Any]) -> dict[str, Any]:
    for number, (arguments, expected) in enumerate(map(unpack, order["cases"])):
        try:
            value = program(*arguments)
            right = (list(value) if isinstance(value, tuple) else value) == expected
        except _Over as over:
            return {"status": over.status, "why": over.why, "case": number}
        except BaseException as error:
            return {**_judged(error, program), "case": number}
        if not right:
            return {"status": "failed", "why": f"returned {_shown(value)}", "case": number}
    return {"status": "passed", "why": ""}


def _judged(error: BaseException, program: _Program) -> dict[str, Any]:
    """What it means that the tests ended with this."""
    if program.over is not None:
        raise program.over
    name = getattr(error, "of_program", "")
    if name:
        return {"status": _of(name), "why": f"{name}: {error}"[:300]}
    if isinstance(error, AssertionError):
        return {"status": "failed", "why": _where(error)}
    return {"status": "error", "why": f"{type(error).__name__}: {error} in {_where(error)}"[:300]}


def _of(name: str) -> str:
    return "memory" if name == "MemoryError" else "error"


def _where(error: BaseException) -> str:
    """The line of the tests that it came from."""
    frames = [each for each in traceback.extract_tb(error.__traceback__) if each.filename == _TESTS]
    return " ".join((frames[-1].line or "").split())[:300] if frames else "the tests"


def _shown(value: Any) -> str:
    try:
        text = repr(value)
    except ValueError:  # an integer with more digits than are written
        text = "a number with very many digits"
    return text if len(text) <= 200 else text[:200] + " …"


def _read(tree: Any) -> Any:
    try:
        return unpacked(tree)
    except (ArithmeticError, LookupError, RecursionError, TypeError, ValueError, AttributeError):
        return Opaque("a value that cannot be read")


def _error(names: list[Any], message: Any) -> Exception:
    """The nearest of Python's own exceptions to one that has these classes.

    None that ends a loop: the tests would take it for the end of what they go through.
    """
    for name in names:
        kind = getattr(builtins, str(name), None)
        if isinstance(kind, type) and issubclass(kind, Exception) and kind not in _ENDS_OF_LOOPS:
            try:
                error: Exception = kind(message)
                break
            except TypeError:  # one that takes more than a text
                continue
    else:
        error = RuntimeError(message)
    error.of_program = str(names[0]) if names else "an exception"  # type: ignore[attr-defined]
    return error


def _refill(old: Any, new: Any) -> None:
    """Have a container hold what the program left in its copy."""
    if type(old) is not type(new):
        return
    if isinstance(old, list | bytearray):
        old[:] = new
    elif isinstance(old, dict | set):
        old.clear()
        old.update(new)
    elif hasattr(old, "appendleft"):
        old.clear()
        old.extend(new)
