"""What is said of programs, right and wrong."""

from __future__ import annotations

import collections
import signal
from dataclasses import replace

import pytest
from boxes import CONFINED, ByScript, box_of

from perfbench.sandbox import replay
from perfbench.sandbox.jobs import (
    Box,
    CallCases,
    Calls,
    Job,
    Limits,
    Ran,
    Script,
    StdIn,
    Verdict,
    forgeable,
)
from perfbench.sandbox.verdicts import judge, same_output

SHORT = Limits(wall_s=1)


@pytest.fixture(params=[*CONFINED, "script"])
def box(request: pytest.FixtureRequest) -> Box:
    """Boxes to talk to, and one that only runs scripts."""
    return ByScript(box_of("none")) if request.param == "script" else box_of(request.param)


def short(verdict: Verdict) -> tuple[str, str]:
    return verdict.status, verdict.why


CALLS: list[tuple[str, str, tuple[str, str]]] = [
    ("def f(x): return x + 1", "assert f(1) == 2", ("passed", "")),
    ("def f(x): return x", "assert f(1) == 2", ("failed", "assert f(1) == 2")),
    ("def f(x): return x", "assert f(1) == 2, 'no'", ("failed", "assert f(1) == 2, 'no'")),
    ("def f(x): return 1 / 0", "f(1)", ("error", "ZeroDivisionError: division by zero")),
    ("def f(x): assert False, 'own'", "f(1)", ("error", "AssertionError: own")),
    ("def f(x) return x", "f(1)", ("compile_error", "SyntaxError: expected ':' (program.py,")),
    ("x = 1 / 0", "f(1)", ("error", "ZeroDivisionError: division by zero")),
    ("import nothing_like_it", "f(1)", ("error", "ModuleNotFoundError: No module named")),
    ("def f(x): return bytearray(1 << 40)", "f(1)", ("memory", "MemoryError")),
    ("import time\ndef f(x): time.sleep(9)", "f(1)", ("timeout", "more than 1 s")),
    ("import time; time.sleep(9)", "f(1)", ("timeout", "more than 1 s")),
    ("def f(x):\n  while True: print('no' * 1000)", "f(1)", ("output", "more than ")),
    ("def f(x): return 'x' * (17 << 20)", "f(1)", ("output", "")),
    ("import os\ndef f(x): os._exit(3)", "f(1)", ("error", "it ended before its last")),
    (
        "import os, signal\nsignal.signal(15, signal.SIG_DFL)\nimport ctypes\n"
        "def f(x): ctypes.string_at(0)",
        "f(1)",
        ("error", "it ended before its last answer (signal SIGSEGV)"),
    ),
    ("def f(x): x.append(1)", "a = [0]; f(a); assert a == [0, 1]", ("passed", "")),
    ("def f(x): x['a'] = {1}", "a = {}; f(a); assert a == {'a': {1}}", ("passed", "")),
    ("def f(x): x.add(1)", "a = set(); f(a); assert a == {1}", ("passed", "")),
    ("def f(x): return (1, [2.5, {3: b'4'}])", "assert f(0) == (1, [2.5, {3: b'4'}])",
     ("passed", "")),
    ("def f(x): return (1, 2)", "assert f(0) == [1, 2]", ("failed", "assert f(0) == [1, 2]")),
    ("def f(*a, k=0): return a, k", "assert f(1, 2, k=3) == ((1, 2), 3)", ("passed", "")),
    (
        "def f(x): raise ValueError('bad')",
        "try: f(1)\nexcept ValueError as e: assert str(e) == 'bad'\nelse: assert False",
        ("passed", ""),
    ),
    (
        "class Own(KeyError): pass\ndef f(x): raise Own",
        "try: f(1)\nexcept KeyError: pass",
        ("passed", ""),
    ),
    ("def f(x): return x", "x = f(1).y", ("error", "AttributeError: 'int' object")),
    ("import dataclasses\n@dataclasses.dataclass\nclass A:\n  n: int\ndef f(x): return A(x).n",
     "assert f(4) == 4", ("passed", "")),
    ("class f:\n  def __init__(self, x): self.x = x", "assert f(1)", ("error", "TypeError: <")),
    ("f = lambda x: (yield x)", "assert list(f(1)) == [1]", ("passed", "")),
]  # fmt: skip


@pytest.mark.parametrize(("code", "tests", "expected"), CALLS, ids=[c[0][:40] for c in CALLS])
def test_calls(box: Box, code: str, tests: str, expected: tuple[str, str]) -> None:
    limits = SHORT if expected[0] == "timeout" else Limits()
    status, why = short(judge(Calls(code, "f", tests), box, limits))
    assert (status, why[: len(expected[1])]) == expected


def test_tests_that_never_call_say_nothing(box: Box) -> None:
    for tests in ("", "assert True", "def check(candidate): assert candidate(1) == 2"):
        verdict = judge(Calls("def f(x): return 2", "f", tests), box)
        assert short(verdict) == ("sandbox_failed", "the tests do not call f")


def test_tests_that_hand_over_what_cannot_be_carried_say_nothing() -> None:
    verdict = judge(Calls("def f(x): return 2", "f", "assert f(print) == 2"), box_of("none"))
    assert short(verdict) == ("sandbox_failed", "the tests hand over what is no plain value")


def test_a_program_cannot_have_itself_not_judged(box: Box) -> None:
    verdict = judge(Calls("def f(x): return object()", "f", "f(f(1))"), box)
    assert short(verdict) == ("error", "the program returned what is no plain value")


def test_methods_and_setup(box: Box) -> None:
    code = "class Solution:\n    def add(self, a, b): return math.floor(a + b)"
    cases = (((1, 2.5), 3), (([1][0], 1), 2))
    assert judge(CallCases(code, "Solution().add", cases, "import math"), box).status == "passed"
    job = Calls(code, "Solution().add", "assert add(1, 2.5) == math.trunc(3.1)", "import math")
    assert judge(job, box).status == "passed"


NESTED = "def f(x):\n    y = []\n    for _ in range({}): y = [y]\n    return y"


@pytest.mark.parametrize(
    ("code", "tests"),
    [
        *((NESTED.format(deep), "assert f(f('a')) == 'ab'") for deep in (480, 488, 490, 492, 900)),
        (NESTED.format(300), "a = f(1)\nfor _ in range(9): a = [a, f(a)]\nassert f(a) == 1"),
        ("def f(x): return object()", "assert f(f('a')) == 'ab'"),
        ("def f(x): return [object]", "assert f([f('a')]) == 'ab'"),
    ],
)
def test_no_program_makes_itself_uncarried(box: Box, code: str, tests: str) -> None:
    assert judge(Calls(code, "f", tests), box).status in ("error", "failed")


def test_builtin_types_are_handed_over(box: Box) -> None:
    code = "def f(items, kind): return [each for each in items if type(each) is kind]"
    assert judge(Calls(code, "f", "assert f([1, 'a'], str) == ['a']"), box).status == "passed"


def test_cases_are_numbered(box: Box) -> None:
    cases = (((0,), 0), ((1,), [1]), ((2,), 2), ((3,), 3), ((4,), 4))
    code = "import time\ndef f(n):\n    if n == {}: {}\n    return (n,) if n == 1 else n"
    for number, (what, status) in enumerate(
        [("return 9", "failed"), ("1 / 0", "error"), ("time.sleep(9)", "timeout")], start=2
    ):
        program = code.format(number, what)
        verdict = judge(CallCases(program, "f", cases), box, replace(SHORT, wall_s=0.5))
        assert (verdict.status, verdict.case) == (status, number)
    assert judge(CallCases(code.format(9, "pass"), "f", cases), box).status == "passed"


def test_what_a_case_left_behind_does_not_reach_the_next_program(box: Box) -> None:
    code = (
        "import builtins, os, sys\n"
        "print(getattr(builtins, 'left', 'nothing'), input(), 'left' in os.environ)\n"
        "builtins.left = 'something'; os.environ['left'] = '1'\nprint('x', file=sys.stderr)"
    )
    cases = (("a", "nothing a False"), ("b", "nothing b False"))
    assert judge(StdIn(code, cases), box).status == "passed"


PROGRAMS: list[tuple[str, str, str, str]] = [
    ("print(input()[::-1])", "abc", "cba", "passed"),
    ("print(input()[::-1])", "abc", "abc", "failed"),
    ("import sys\nprint(len(sys.stdin.read()))", "x" * 300_000, "300000", "passed"),
    ("import os\nprint(len(os.read(0, 9)))", "x" * 9, "9", "passed"),
    ("print(open(0).read())", "ü😀", "ü😀", "passed"),
    ("print(1); import sys; sys.exit(3)", "", "1", "passed"),
    ("print(1); raise ValueError('so')", "", "1", "error"),
    ("print(1", "", "1", "compile_error"),
    ("x = 'a' * (1 << 40)", "", "1", "memory"),
    ("import time; time.sleep(9)", "", "", "timeout"),
    ("while True: print('x' * 1000)", "", "", "output"),
    ("print('1' * 3_000_000)", "", "1" * 3_000_000, "passed"),
    ("if __name__ == '__main__': print(1)", "", "1", "passed"),
    ("import threading, time\nthreading.Thread(target=lambda: (time.sleep(.1), print(1))).start()",
     "", "1", "passed"),
    ("import atexit\natexit.register(print, 1)", "", "1", "passed"),
    ("import atexit, io, sys\nsys.stdout = io.StringIO()\n"
     "atexit.register(lambda: sys.__stdout__.write(sys.stdout.getvalue()))\nprint(1)",
     "", "1", "passed"),
    ("import os\nout = os.fdopen(1, 'w')\nprint(1, file=out)", "", "1", "passed"),
    ("import io, os\nout = io.BufferedWriter(io.FileIO(1, 'w'))\nout.write(b'1')",
     "", "1", "passed"),
    ("import io, sys\nout = sys.stdout\nsys.stdout = io.StringIO()\nout.write('1')",
     "", "1", "passed"),
    ("import sys, threading, time\ndef main(): time.sleep(.1); print(1)\n"
     "threading.Thread(target=main).start(); sys.exit()", "", "1", "passed"),
    ("import os\nos.chdir(os.path.dirname(os.path.abspath(__file__))); print(1)",
     "", "1", "passed"),
]  # fmt: skip


@pytest.mark.parametrize(("code", "given", "expected", "status"), PROGRAMS)
def test_programs(box: Box, code: str, given: str, expected: str, status: str) -> None:
    verdict = judge(StdIn(code, (("", ""), (given, expected))[1:]), box, SHORT)
    assert verdict.status == status, verdict
    assert verdict.case == (None if status == "passed" else 0)


@pytest.mark.parametrize(
    ("got", "expected", "same"),
    [
        ("1 2\n3\n", "1 2\n3", True),
        ("  1 2  \n 3", "1 2\n3", True),
        ("1 2\n\n3", "1 2\n3", False),
        ("1.0 2", "1 2.00", True),
        ("1e3", "1000", True),
        ("1.0000001", "1", False),
        ("a 1.0", "a 1", False),
        ("NaN", "NaN", True),
        ("nan", "NaN", False),
        ("sNaN 1", "sNaN 1.0", False),
        ("", "", True),
        ("", "0", False),
        ("YES", "yes", False),
        ("1e999999999999999999999", "1", False),
        ("1E+999999", "1", False),
        ("1_0", "10", True),
    ],
)
def test_output_is_compared_by_the_rule(got: str, expected: str, same: bool) -> None:
    assert same_output(got, expected) is same


TESTED = """
import unittest
class TestCases(unittest.TestCase):
    def test_one(self): self.assertEqual(task(1), 2)
    def test_two(self):
        with self.assertRaises(TypeError): task("1")
"""


@pytest.mark.parametrize(
    ("code", "tests", "expected"),
    [
        ("def task(n): return n + 1", TESTED, ("passed", "")),
        ("def task(n): return n", TESTED, ("failed", "AssertionError: 1 != 2")),
        ("def task(n): return 1 / 0", TESTED, ("error", "ZeroDivisionError: division by zero")),
        ("import os\nos._exit(0)", TESTED, ("error", "it ended before its tests (exit status 0)")),
        ("import sys\nsys.exit(0)", TESTED, ("error", "SystemExit: 0")),
        ("def task(n): import os; os._exit(0)", TESTED, ("error", "it ended before its tests")),
        ("import unittest\nunittest.TestCase = object\ntask = 1", TESTED, ("error", "")),
        ('print(\'["tests", 9, 0, 0, ""]\')\ntask = 1', TESTED, ("error", "TypeError: 'int'")),
        (
            "import unittest\ndef task(n): raise unittest.SkipTest('so')",
            TESTED,
            ("error", "not all of its tests have run"),
        ),
        ("def task(n) return", TESTED, ("compile_error", "SyntaxError")),
        ("def task(n): return n", "assert task(1) == 1", ("passed", "")),
        ("def task(n): return n", "assert task(1) == 2, 'not two'", ("failed", "not two")),
        ("x = 1", "", ("passed", "")),
        ("import time; time.sleep(9)", "", ("timeout", "more than 1 s")),
    ],
)
def test_scripts(box: Box, code: str, tests: str, expected: tuple[str, str]) -> None:
    job = Script(code, tests)
    assert forgeable(job)
    status, why = short(judge(job, box, SHORT))
    assert (status, why[: len(expected[1])]) == expected


def test_what_was_printed_is_kept_up_to_a_limit(box: Box) -> None:
    code = "import sys\ndef f(x):\n    print('said'); print('warned', file=sys.stderr); return x"
    verdict = judge(Calls(code, "f", "assert f(1) == 1"), box)
    assert verdict.printed == "said\nwarned\n"
    code = "def f(x): print('a' * 5000 + 'b' * 5000)"
    printed = judge(Calls(code, "f", "f(1)"), box).printed
    assert (len(printed), printed[:2], printed[-3:]) == (4003, "aa", "bb\n")


class Unreliable:
    """A box that fails some times."""

    name = isolation = "unreliable"

    def __init__(self, box: Box, failures: int) -> None:
        self._box = box
        self.left = failures

    def once(self, source: str, stdin: bytes, limits: Limits) -> Ran:
        if self.left:
            self.left -= 1
            return Ran(None, b"", b"", "sandbox_failed", "connection lost")
        return self._box.once(source, stdin, limits)

    def close(self) -> None:
        pass


class Stopped:
    """A box whose time is over in the middle of a line."""

    name = isolation = "stopped"

    def __init__(self, box: Box) -> None:
        self._box = box

    def once(self, source: str, stdin: bytes, limits: Limits) -> Ran:
        ran = self._box.once(source, stdin, limits)
        return replace(ran, exit=None, stdout=ran.stdout[:-5], ended="timeout", why="over")

    def close(self) -> None:
        pass


def test_an_answer_that_was_cut_is_none() -> None:
    right = "def f(x): return x"
    job = Calls(right, "f", "assert f(1) == 1", reference=right)
    assert short(judge(job, Stopped(box_of("none")))) == ("timeout", "over")


JOBS: list[Job] = [
    Calls("def f(x): return x", "f", "assert f(1) == 1"),
    CallCases("def f(x): return x", "f", (((1,), 1),)),
    StdIn("print(1)", (("", "1"),)),
    Script("x = 1"),
]


@pytest.mark.parametrize("job", JOBS, ids=lambda job: type(job).__name__)
def test_what_the_sandbox_fails_is_tried_again_and_says_nothing(job: Job) -> None:
    box = box_of("none")
    assert judge(job, Unreliable(box, 1)).status == "passed"
    verdict = judge(job, Unreliable(box, 2))
    assert short(verdict) == ("sandbox_failed", "connection lost")


def test_a_reference_lets_all_calls_be_made_in_one_round() -> None:
    right = "def f(x): return x * 2"
    tests = "for n in range(3): assert f(f(n)) == 4 * n"
    box = ByScript(box_of("none"))
    assert judge(Calls(right, "f", tests, reference=right), box).status == "passed"
    assert len(box.scripts) == 1
    assert judge(Calls(right, "f", tests), box).status == "passed"
    assert len(box.scripts) == 1 + 7
    counter = collections.Counter(
        judge(Calls("def f(x): return 3", "f", tests, reference=right), box).status
        for _ in range(2)
    )
    assert counter == {"failed": 2}


def test_tests_that_cannot_be_foretold_say_nothing() -> None:
    tests = "for n in range(5): assert f(n) == n + 1"
    right, box = "def f(n): return n + 1", ByScript(box_of("none"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(replay, "_ROUNDS", 4)
        assert judge(Calls(right, "f", tests), box).status == "sandbox_failed"
        assert judge(Calls(right, "f", tests, reference=right), box).status == "passed"


def test_one_call_that_was_not_foretold_takes_one_round_more() -> None:
    tests = "assert f(f(0)) in (8, 10)\nfor n in range(9): assert f(n) in (n + 4, n + 5)"
    box = ByScript(box_of("none"))
    program, reference = "def f(n): return n + 4", "def f(n): return n + 5"
    assert judge(Calls(program, "f", tests, reference=reference), box).status == "passed"
    assert len(box.scripts) == 2


def test_signals_have_names() -> None:
    code = "import ctypes\ndef f(x): ctypes.string_at(0)"
    why = judge(Calls(code, "f", "f(1)"), box_of("none")).why
    assert signal.Signals(11).name in why
