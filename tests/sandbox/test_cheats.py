"""No wrong program is judged right."""

from __future__ import annotations

import functools
from concurrent.futures import ThreadPoolExecutor

import pytest
from boxes import CONFINED, EVERY, ByScript, box_of
from cheats import CALL, CASES, CHEATS, LOOPS, MARKER, TESTS, WRONG_ANSWERS, Cheat

from perfbench.sandbox.jobs import Box, CallCases, Calls, Limits, StdIn, Verdict
from perfbench.sandbox.verdicts import judge

RIGHT = "def add(a, b): return a + b"
LIMITS = Limits(wall_s=1.5)


def as_tests(code: str, box: Box) -> Verdict:
    return judge(Calls(code, "add", TESTS + CALL, reference=RIGHT), box, LIMITS)


def as_loops(code: str, box: Box) -> Verdict:
    return judge(Calls(code, "add", LOOPS, reference=RIGHT), box, LIMITS)


def as_cases(code: str, box: Box) -> Verdict:
    return judge(CallCases(code, "add", CASES), box, Limits(wall_s=0.5))


def all_of(how: object, box: Box) -> dict[str, Verdict]:
    assert callable(how)
    with ThreadPoolExecutor(4) as threads:
        verdicts = threads.map(functools.partial(how, box=box), [each.code for each in CHEATS])
        return dict(zip((each.name for each in CHEATS), verdicts, strict=True))


def fooled(cheat: Cheat) -> bool:
    """Whether the judge falls for it that the program is written for."""
    marker = MARKER if cheat.naive == "marker" else ""
    ran = box_of("none").once(cheat.code + TESTS + CALL + marker, b"", LIMITS)
    return b"TEST_PASSED" in ran.stdout if marker else ran.exit == 0


def test_there_are_enough_cheats() -> None:
    assert len({each.name for each in CHEATS}) == len(CHEATS) >= 26


def test_cheats_fool_a_naive_judge() -> None:
    with ThreadPoolExecutor(4) as threads:
        tried = [each for each in CHEATS if each.naive]
        assert not [
            c.name for c, did in zip(tried, threads.map(fooled, tried), strict=True) if not did
        ]
    assert len(tried) >= 14


@pytest.mark.parametrize(
    ("kind", "how"),
    [*((kind, as_tests) for kind in EVERY), ("ns", as_cases), ("ns", as_loops)],
)
def test_no_cheat_passes(kind: str, how: object) -> None:
    verdicts = all_of(how, box_of(kind))
    assert not {n: v for n, v in verdicts.items() if v.status not in WRONG_ANSWERS}


def test_no_cheat_passes_by_script() -> None:
    verdicts = all_of(as_tests, ByScript(box_of("none")))
    assert not {n: v for n, v in verdicts.items() if v.status not in WRONG_ANSWERS}


@pytest.mark.parametrize("kind", CONFINED)
def test_the_right_program_passes(kind: str) -> None:
    assert as_tests(RIGHT, box_of(kind)).status == "passed"
    assert as_loops(RIGHT, box_of(kind)).status == "passed"
    assert as_cases(RIGHT, box_of(kind)).status == "passed"


def test_no_script_holds_what_is_expected() -> None:
    box = ByScript(box_of("none"))
    case = ((1_000_001, 2_000_002), 3_000_003)
    assert judge(CallCases(RIGHT, "add", (case,)), box).status == "passed"
    tests = "assert add(1_000_001, 2_000_002) == 3_000_003"
    assert judge(Calls(RIGHT, "add", tests, reference=RIGHT), box).status == "passed"
    program = "print(sum(map(int, input().split())))"
    assert judge(StdIn(program, (("1000001 2000002", "3000003"),)), box).status == "passed"
    assert all("1000001" in each and "3000003" not in each for each in box.scripts)
    assert not [each for each in box.scripts if "assert add" in each]


@pytest.mark.parametrize("kind", CONFINED)
@pytest.mark.parametrize(
    "code",
    [
        "import os; os._exit(0)",
        "import sys; sys.exit(0)",
        "print('passed'); print('TEST_PASSED')",
        "import os\nfor n in range(1, 9):\n    try: os.write(n, b'passed')\n"
        "    except OSError: pass",
        "import atexit; atexit.register(print, 'passed')",
        "print(open('/proc/self/fd/0').read())",
        "print(input())",
        "import gc\nfor o in gc.get_objects():\n"
        "    if isinstance(o, dict) and 'cases' in o: print(o)",
        "import time; time.sleep(99)",
        "while True: print(1)",
    ],
)
def test_no_output_passes_that_is_not_right(kind: str, code: str) -> None:
    verdict = judge(StdIn(code, (("1 2", "3"),)), box_of(kind), LIMITS)
    assert verdict.status in WRONG_ANSWERS
    assert verdict.case == 0
