"""What runs in the box beside the program: it loads it, calls it, and sends home what it returns.

The program shares this process and can do with it what it likes; what comes of that is at worst
another value of its own. So nothing here knows what is expected, and nothing here says "passed".
Values travel as tagged JSON (:func:`pack`, :func:`unpack`), never as pickles. The file imports
nothing of perfbench, as services that run scripts are sent its text: Python 3.8 and up.

An order is one JSON object: ``mode`` (``calls``, ``replay``, ``program``, ``script``), ``code``,
``setup``, ``call_s`` and what the mode needs. Lines on standard output:

    ["ready"] | ["compile_error", why] | ["raise", types, message]      once loaded
    ["value", value, changed] | ["raise", types, message, changed]      for each call

where ``types`` are the names of an exception's classes and ``changed`` the arguments as the call
left them, or null. What the program prints goes to standard error.
"""

from __future__ import annotations

import atexit
import builtins
import collections
import contextlib
import datetime
import decimal
import fractions
import gc
import io
import itertools
import json
import linecache
import os
import signal
import sys
import threading
import traceback
import types
from collections.abc import Callable, Iterator
from typing import Any, NoReturn

_ITEMS = 10_000
"""Taken of an iterator; one that has more is told as opaque."""
_PLAIN_INTEGER = 1 << 63
_FILE = "program.py"
TOO_DEEP = "a value nested too deep"
_TYPES = {
    name: each for name, each in vars(builtins).items() if type(each) is type and name[0] != "_"
}
"""Which are values, too: ``int`` as an argument."""
CANNOT_COMPILE = 120
"""The exit status of a program that is none."""
TOO_SLOW = 121
"""The exit status of a program that has used its processor time for a call."""


class Opaque:
    """A value that was not carried: equal to nothing, and neither true nor false."""

    __slots__ = ("of",)

    def __init__(self, of: str) -> None:
        self.of = of
        """What it was."""

    def __eq__(self, other: object) -> bool:
        return False

    def __ne__(self, other: object) -> bool:
        return True

    def __hash__(self) -> int:
        return id(self)

    def __bool__(self) -> bool:
        raise TypeError(f"{self!r} has no truth")

    def __repr__(self) -> str:
        return f"<{self.of}>"


def pack(value: Any) -> str:
    """A value as one line of JSON. What is no plain value is told by its type's name alone."""
    try:
        return json.dumps(_packed(value))
    except RecursionError:
        return json.dumps({"opaque": TOO_DEEP})


def unpack(line: str | bytes) -> Any:
    """The value of :func:`pack`; :class:`Opaque` for what is no such line."""
    try:
        return unpacked(json.loads(line))
    except (ArithmeticError, LookupError, RecursionError, TypeError, ValueError, AttributeError):
        return Opaque("a value that cannot be read")


def _packed(value: Any) -> Any:
    kind = type(value)
    if value is None or kind is bool:
        return value
    if kind is list:
        return [_packed(each) for each in value]
    for base, tag, parts in _PACKERS:
        if isinstance(value, base):
            content = parts(value)
            return content if tag is None else {tag: content}
    if kind.__module__ == "numpy" and hasattr(value, "item") and not hasattr(value, "__len__"):
        return _packed(value.item())
    if isinstance(value, Iterator):
        items = list(itertools.islice(value, _ITEMS + 1))
        if len(items) > _ITEMS:
            return {"opaque": "an iterator of too many items"}
        return {"iterator": [_packed(each) for each in items]}
    if kind is type:
        for name, each in _TYPES.items():
            if each is value:
                return {"type": name}
    return {"opaque": f"{kind.__module__}.{kind.__qualname__}"[:200]}


def _integer(value: int) -> Any:
    value = int.__index__(value)
    return value if -_PLAIN_INTEGER < value < _PLAIN_INTEGER else {"int": hex(value)}


def _string(value: str) -> Any:
    value = str.__str__(value)
    if value.isascii() or not any("\ud800" <= each <= "\udfff" for each in value):
        return value
    return {"str": [ord(each) for each in value]}


def _pairs(value: dict[Any, Any]) -> list[Any]:
    return [[_packed(key), _packed(each)] for key, each in dict.items(value)]


def _all(value: Any) -> list[Any]:
    return [_packed(each) for each in value]


def _delta(value: datetime.timedelta) -> list[int]:
    return [value.days, value.seconds, value.microseconds]


_PACKERS: list[tuple[type, str | None, Callable[[Any], Any]]] = [
    (int, None, _integer),
    (str, None, _string),
    (float, "float", float.hex),
    (tuple, "tuple", lambda value: _all(tuple.__iter__(value))),
    (list, None, lambda value: _all(list.__iter__(value))),
    (collections.Counter, "Counter", _pairs),
    (collections.OrderedDict, "OrderedDict", _pairs),
    (collections.defaultdict, "defaultdict", _pairs),
    (dict, "dict", _pairs),
    (set, "set", lambda value: _all(set.__iter__(value))),
    (frozenset, "frozenset", lambda value: _all(frozenset.__iter__(value))),
    (bytes, "bytes", lambda value: bytes.hex(value)),
    (bytearray, "bytearray", lambda value: bytearray.hex(value)),
    (complex, "complex", lambda value: [float.hex(value.real), float.hex(value.imag)]),
    (collections.deque, "deque", lambda value: [value.maxlen, _all(value)]),
    (range, "range", lambda value: [_packed(x) for x in (value.start, value.stop, value.step)]),
    (decimal.Decimal, "Decimal", decimal.Decimal.__str__),
    (
        fractions.Fraction,
        "Fraction",
        lambda value: [_integer(value.numerator), _integer(value.denominator)],
    ),
    (datetime.datetime, "datetime", datetime.datetime.isoformat),
    (datetime.date, "date", datetime.date.isoformat),
    (datetime.time, "time", datetime.time.isoformat),
    (datetime.timedelta, "timedelta", _delta),
    (type({}.keys()), "keys", _all),
    (type({}.values()), "values", _all),
    (type({}.items()), "items", lambda value: [[_packed(k), _packed(v)] for k, v in value]),
]
"""Of each type: its tag and its content. The methods are the type's own, not a subclass's: an
object that calls itself equal to everything arrives as what it is."""


def unpacked(tree: Any) -> Any:
    """The value of a JSON tree that :func:`pack` made.

    Raises:
        LookupError, TypeError, ValueError, ArithmeticError, RecursionError: it did not.
    """
    if isinstance(tree, list):
        return [unpacked(each) for each in tree]
    if isinstance(tree, dict):
        ((tag, content),) = tree.items()
        return _UNPACKERS[tag](content)
    if isinstance(tree, float):
        raise ValueError("floats have a tag")
    return tree


def _read_pairs(content: list[Any]) -> list[tuple[Any, Any]]:
    return [(unpacked(key), unpacked(value)) for key, value in content]


def _read_iterator(content: list[Any]) -> Any:
    if len(content) > _ITEMS:
        raise ValueError("it could not be sent back")
    return iter(unpacked(content))


def _read_deque(content: list[Any]) -> Any:
    return collections.deque(unpacked(content[1]), content[0])


_UNPACKERS: dict[str, Callable[[Any], Any]] = {
    "int": lambda content: int(content, 16),
    "str": lambda content: "".join(map(chr, content)),
    "float": float.fromhex,
    "tuple": lambda content: tuple(unpacked(content)),
    "Counter": lambda content: collections.Counter(dict(_read_pairs(content))),
    "OrderedDict": lambda content: collections.OrderedDict(_read_pairs(content)),
    "defaultdict": lambda content: collections.defaultdict(None, _read_pairs(content)),
    "dict": lambda content: dict(_read_pairs(content)),
    "set": lambda content: set(unpacked(content)),
    "frozenset": lambda content: frozenset(unpacked(content)),
    "bytes": bytes.fromhex,
    "bytearray": bytearray.fromhex,
    "complex": lambda content: complex(*map(float.fromhex, content)),
    "deque": _read_deque,
    "range": lambda content: range(*unpacked(content)),
    "Decimal": lambda content: decimal.Decimal(str(content)),
    "Fraction": lambda content: fractions.Fraction(*unpacked(content)),
    "datetime": datetime.datetime.fromisoformat,
    "date": datetime.date.fromisoformat,
    "time": datetime.time.fromisoformat,
    "timedelta": lambda content: datetime.timedelta(*unpacked(content)),
    "keys": lambda content: dict.fromkeys(unpacked(content)).keys(),
    "values": lambda content: dict(enumerate(unpacked(content))).values(),
    "items": lambda content: dict(_read_pairs(content)).items(),
    "iterator": _read_iterator,
    "type": lambda content: _TYPES[content],
    "opaque": lambda content: Opaque(str(content)),
}


def run(order: dict[str, Any]) -> None:
    """Do what is ordered, and end this process."""
    {"calls": _calls, "replay": _replay, "program": _program, "script": _script}[order["mode"]](
        order
    )


def _calls(order: dict[str, Any]) -> None:
    asked = os.fdopen(os.dup(0), "rb")
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    home = _redirect()
    target = _load(order, home.write)
    with contextlib.suppress(BrokenPipeError):  # nobody waits for the answer any more
        for line in asked:
            _allow(order["call_s"])
            home.write(_called(target, line))
    _leave(0)


def _replay(order: dict[str, Any]) -> None:
    """All calls at once, each answered on a line that begins with the order's word."""
    word = order["word"]
    home = _redirect()
    target = _load(order, lambda line: home.write(word + line))
    for line in order["calls"]:
        _allow(order["call_s"])
        home.write(word + _called(target, line))
    _leave(0)


def _allow(call_s: float | None) -> None:
    """Let the next call use so much processor, whatever the machine gives others meanwhile."""
    if call_s is not None:
        signal.signal(signal.SIGPROF, lambda *_: os._exit(TOO_SLOW))
        signal.setitimer(signal.ITIMER_PROF, call_s)


def _load(order: dict[str, Any], tell: Callable[[str], Any]) -> Callable[..., Any]:
    """The entry point of the program; where there is none, the end."""
    namespace = _module("solution")
    try:
        exec(compile(order["setup"], "setup.py", "exec"), namespace)
        code = _compiled(order["code"])
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        tell(json.dumps(["compile_error", _worded(error)]) + "\n")
        _leave(1)
    try:
        exec(code, namespace)
        target = eval(order["entry_point"], namespace)
    except BaseException as error:
        tell(_raised(error, None))
        _leave(1)
    tell(json.dumps(["ready"]) + "\n")
    return target  # type: ignore[no-any-return]


def _called(target: Callable[..., Any], line: str | bytes) -> str:
    given = json.loads(line)
    arguments, named = unpacked(given[0]), unpacked(given[1])
    before = json.dumps(given[0])
    try:
        value = pack(target(*arguments, **named))
    except BaseException as error:
        return _raised(error, _changed(arguments, before))
    finally:
        _flush()
    return f'["value", {value}, {_changed(arguments, before)}]\n'


def _changed(arguments: Any, before: str) -> str:
    after = pack(arguments)
    return "null" if after == before else after


def _raised(error: BaseException, changed: str | None) -> str:
    names = [each.__name__ for each in type(error).__mro__ if each not in (BaseException, object)]
    try:
        message = str(error)[:1000]
    except BaseException:
        message = ""
    return f'["raise", {json.dumps(names)}, {pack(message)}, {changed or "null"}]\n'


def _program(order: dict[str, Any]) -> None:
    """As a program of its own: standard streams, an exit status, a traceback."""
    if order.get("stdin") is not None:
        _feed(order["stdin"].encode("utf-8", "surrogateescape"))
    _open_streams()
    namespace = _module("__main__")
    status = 0
    try:
        code = _compiled(order["code"])
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        print(_worded(error), file=sys.stderr)
        _leave(CANNOT_COMPILE)
    try:
        exec(code, namespace)
    except SystemExit as error:
        status = 0 if order.get("any_exit") else _status(error.code)
    except BaseException as error:
        _tell(error)
        status = 1
    threading._shutdown()  # type: ignore[attr-defined]  # its threads end first
    atexit._run_exitfuncs()
    _flush()
    _flush_all()
    os._exit(status)


def _feed(data: bytes) -> None:
    """Have this as standard input, of whatever length: a file cannot be written everywhere."""
    ours, theirs = os.pipe()
    os.dup2(ours, 0)
    os.close(ours)

    def write() -> None:
        with contextlib.suppress(OSError), os.fdopen(theirs, "wb") as pipe:
            pipe.write(data)

    threading.Thread(target=write, daemon=True).start()


def _script(order: dict[str, Any]) -> None:
    """The program, then its tests, in one namespace; what came of it on one line of its word:
    ``["end"]``, ``["tests", finished, failed, errors, why]``, ``["compile_error", ...]`` or
    ``["raise", ...]``."""
    word = order["word"]
    home = _redirect()
    namespace = _module("__test__")
    try:
        code = _compiled(order["code"])
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        home.write(word + json.dumps(["compile_error", _worded(error)]) + "\n")
        _leave(1)
    try:
        exec(code, namespace)
        exec(compile(order["tests"], "tests.py", "exec"), namespace)
        said = _tested(namespace)
    except BaseException as error:
        _tell(error)
        home.write(word + _raised(error, None))
        _leave(1)
    home.write(word + json.dumps(said) + "\n")
    _leave(0)


def _tested(namespace: dict[str, Any]) -> list[Any]:
    import unittest  # only now: every program would carry its pages

    kinds = [each for each in namespace.values() if isinstance(each, type)]
    kinds = [each for each in kinds if issubclass(each, unittest.TestCase)]
    kinds = [each for each in kinds if each.__module__ == namespace["__name__"]]
    if not kinds:
        return ["end"]
    load = unittest.defaultTestLoader.loadTestsFromTestCase
    result = unittest.TextTestRunner(stream=sys.stderr).run(unittest.TestSuite(map(load, kinds)))
    wrong = [*result.failures, *result.errors]
    why = wrong[0][1].strip().splitlines()[-1][:300] if wrong else ""
    odd = [*result.skipped, *result.expectedFailures, *result.unexpectedSuccesses]
    finished = result.testsRun - len(odd)
    return ["tests", finished, len(result.failures), len(result.errors), why]


def _module(name: str) -> dict[str, Any]:
    """The namespace of a new module of that name."""
    module = types.ModuleType(name)
    sys.modules[name] = module
    module.__file__ = _FILE
    sys.argv[:] = [_FILE]
    return module.__dict__


def _compiled(code: str) -> types.CodeType:
    linecache.cache[_FILE] = len(code), None, code.splitlines(keepends=True), _FILE
    return compile(code, _FILE, "exec", dont_inherit=True)


def _redirect() -> io.TextIOWrapper:
    """Where lines go home. What the program prints goes to standard error from now on."""
    home = os.dup(1)
    os.dup2(2, 1)
    _open_streams()
    return open(home, "w", buffering=1, encoding="ascii", newline="\n")


def _open_streams() -> None:
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        errors = "backslashreplace" if name == "stderr" else "surrogateescape"
        file = open(number, mode, encoding="utf-8", errors=errors, closefd=False)  # noqa: SIM115
        setattr(sys, name, file)
        setattr(sys, f"__{name}__", file)


def _flush() -> None:
    for file in (sys.stdout, sys.stderr):
        with contextlib.suppress(BaseException):  # its own file, or nobody reads any more
            file.flush()


def _flush_all() -> None:
    """Whatever the program has opened, as the interpreter does at its end: text first, as what it
    writes goes through other files."""
    files = [each for each in gc.get_objects() if issubclass(type(each), io.IOBase)]
    files.sort(key=lambda file: not issubclass(type(file), io.TextIOBase))
    for file in files:
        with contextlib.suppress(BaseException):
            file.flush()


def _leave(status: int) -> NoReturn:
    _flush()
    os._exit(status)


def _status(code: Any) -> int:
    """What the interpreter would end with after ``sys.exit(code)``."""
    if code is None:
        return 0
    if isinstance(code, int):
        return code & 0xFF
    print(code, file=sys.stderr)
    return 1


def _worded(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"[:300]


def _tell(error: BaseException) -> None:
    """Its traceback, without the frame of this file."""
    frames = error.__traceback__
    shown = frames.tb_next if frames and frames.tb_next else frames
    try:
        traceback.print_exception(type(error), error, shown, file=sys.stderr)
    except BaseException:  # a text of its own that cannot be had
        print(type(error).__name__, file=sys.stderr)
