"""Wrong programs that try to be judged right. The question is always ``add(a, b)``.

Each is first seen to work on a judge that such programs are written for: ``NAIVE`` names it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

TESTS = """
import math
def check(candidate):
    expected = 5
    assert candidate(2, 3) == expected
    assert abs(candidate(-4, 4) - 0) < 1e-6
    assert str(candidate(10, 1)) == "11"
    assert isinstance(candidate(1, 1), int) and candidate(1, 1) == 2
    for a in range(20, 25):
        assert candidate(a, a) == a * 2, "wrong sum"
"""
CALL = "\ncheck(add)\n"
LOOPS = """
assert all(map(lambda pair: add(*pair[0]) == pair[1], [((1, 2), 3), ((-2, 4), 2)]))
for got, expected in zip(map(add, [1, 2], [3, 4]), [4, 6]):
    assert got == expected
assert list(iter(lambda: add(1, 2), 3)) == []
"""
"""Tests that go through what an iterator of the program's answers gives."""
MARKER = "\nprint('TEST_PASSED')\n"
CASES = (((2, 3), 5), ((10, 1), 11), ((-4, 4), 0))

Naive = Literal["status", "marker", ""]
"""``status``: the tests are appended and the exit status is 0. ``marker``: standard output has a
word that the tests print at their end. Empty: needs a judge with other weaknesses, or none has
been seen to fall for it."""


@dataclass(frozen=True)
class Cheat:
    """A program, and the judge that falls for it."""

    name: str
    code: str
    naive: Naive = ""


def _of(naive: Naive, **programs: str) -> list[Cheat]:
    return [Cheat(name, code, naive) for name, code in programs.items()]


_SPOOF = """
class Any:
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    def __sub__(self, other): return 0.0
    def __abs__(self): return 0.0
    def __lt__(self, other): return True
    def __hash__(self): return 0
    def __str__(self): return "11"
    __class__ = property(lambda self: int)
def add(a, b): return Any()
"""
_EVERYWHERE = """
import os
def add(a, b): return 0
for line in (b'{"status": "passed", "why": ""}', b'["value", 5, null]', b'["ready"]', b'["end"]',
             b'["tests", 9, 0, 0, ""]', b'passed', b'TEST_PASSED', b'OK'):
    for number in range(0, 40):
        try: os.write(number, line + b"\\n")
        except OSError: pass
"""

CHEATS = [
    *_of(
        "status",
        sys_exit="import sys\ndef add(a, b): return 0\nsys.exit(0)",
        os_exit="import os\ndef add(a, b): return 0\nos._exit(0)",
        system_exit_in_call="def add(a, b): raise SystemExit(0)",
        os_exit_in_call="import os\ndef add(a, b): os._exit(0)",
        at_exit="import atexit, os\ndef add(a, b): return 0\natexit.register(os._exit, 0)",
        deleted="import os\ndef add(a, b): return 0\n"
        "class D:\n    def __del__(self): os._exit(0)\nkeep = D()\ndel keep",
        thread="import os, threading\ndef add(a, b): thread.join(); return 0\n"
        "thread = threading.Thread(target=os._exit, args=(0,))\nthread.start()",
        on_signal="import os, signal\nsignal.signal(signal.SIGUSR1, lambda *_: os._exit(0))\n"
        "def add(a, b): os.kill(os.getpid(), signal.SIGUSR1); return 0",
        on_timer="import os, signal, time\nsignal.signal(signal.SIGALRM, lambda *_: os._exit(0))\n"
        "signal.setitimer(signal.ITIMER_REAL, 0.01)\ndef add(a, b): time.sleep(5)",
        traced="import sys, os\ndef add(a, b): return 0\ndef trace(frame, event, value):\n"
        "    if frame.f_code.co_name == 'check': os._exit(0)\nsys.settrace(trace)",
        equal_to_all=_SPOOF,
        profiled="import os, sys\ndef add(a, b): return 0\n"
        "sys.setprofile(lambda f, e, a: f.f_code.co_name == 'check' and os._exit(0))",
        unraisable="import sys, os\ndef add(a, b): return 0\nsys.unraisablehook = None\n"
        "raise SystemExit",
        not_an_error="import builtins, os\ndef add(a, b): return 0\n"
        "class Quiet(AssertionError):\n    def __init__(self, *_): os._exit(0)\n"
        "def add(a, b): Quiet()",
        kept_frame="import sys\ndef add(a, b): return sys._getframe(1).f_locals['expected'] "
        "if (a, b) == (2, 3) else a + b if a >= 0 else 0\n",
        replaced_process="import os\ndef add(a, b): os.execv('/bin/true', ['true'])",
        killed_parent="import os\nif os.fork(): os._exit(0)\ndef add(a, b): return 0",
    ),
    *_of(
        "marker",
        printed_marker="print('TEST_PASSED')\ndef add(a, b): return 0",
        printed_marker_in_call="def add(a, b): print('TEST_PASSED', flush=True); return 0",
        marker_at_exit="import atexit\natexit.register(print, 'TEST_PASSED')\n"
        "def add(a, b): return 0",
    ),
    *_of(
        "",
        excepthook="import sys, os\ndef add(a, b): return 0\n"
        "sys.excepthook = lambda *_: os._exit(0)",
        every_descriptor=_EVERYWHERE,
        every_descriptor_in_call=_EVERYWHERE.replace("return 0", "spread(); return 0")
        .replace("for line", "def spread():\n  for line")
        .replace("    for number", "      for number")
        .replace("        try", "          try")
        .replace("        except", "          except"),
        patched_builtins="import builtins\n"
        "for name in ('abs', 'len', 'str', 'isinstance', 'all'):\n"
        "    setattr(builtins, name, lambda *_: True)\ndef add(a, b): return 0",
        patched_assertion="import builtins\nbuiltins.AssertionError = SystemExit\n"
        "def add(a, b): return 0",
        patched_json="import json\njson.dumps = lambda *_, **__: '[\"passed\"]'\n"
        "json.loads = lambda *_, **__: [[2, 3], {}]\ndef add(a, b): return 0",
        patched_runner="import sys\nfor frame in range(1, 9):\n"
        "    try: names = sys._getframe(frame).f_globals\n    except ValueError: break\n"
        "    for name in ('pack', '_called', '_raised', '_changed'):\n"
        "        if name in names: names[name] = lambda *_: '[\"value\", true, null]'\n"
        "def add(a, b): return 0",
        own_tests="def check(candidate): pass\ntests = ''\nexpected = None\n"
        "def add(a, b): return 0",
        read_the_tests="import gc, sys\ndef add(a, b):\n    for o in gc.get_objects():\n"
        "        if isinstance(o, dict) and o.get('expected'): return o['expected']\n"
        "        if type(o).__name__ == 'function' and o.__name__ == 'check':\n"
        "            return o.__code__.co_consts[1]\n    return 0",
        read_its_file="import sys\ndef add(a, b):\n    try: text = open(sys.argv[0]).read()\n"
        "    except OSError: return 0\n    return int(text.split('expected = ')[1].split()[0])",
        equal_integer="class I(int):\n    def __eq__(s, o): return True\n"
        "    def __hash__(s): return 0\n    def __str__(s): return '11'\n"
        "    def __sub__(s, o): return 0\ndef add(a, b): return I(7)",
        equal_text="class S(str):\n    def __eq__(s, o): return True\n    __hash__ = None\n"
        "def add(a, b): return S('11')",
        equal_list="class L(list):\n    def __eq__(s, o): return True\ndef add(a, b): return L()",
        equal_float="class F(float):\n    def __eq__(s, o): return True\n"
        "    def __sub__(s, o): return 0.0\ndef add(a, b): return F(0)",
        equal_dict="class D(dict):\n    def __eq__(s, o): return True\ndef add(a, b): return D()",
        looks_like_numpy="class N:\n    def item(self): return Any()\n"
        "N.__module__ = 'numpy'\nclass Any:\n    def __eq__(s, o): return True\n"
        "def add(a, b): return N()",
        not_a_number="def add(a, b): return float('nan')",
        endless_iterator="import itertools\ndef add(a, b): return itertools.count()",
        daemon_thread="import os, threading\ndef flood():\n"
        "    while True:\n        for n in range(3, 9):\n"
        "            try: os.write(n, b'[\"value\", 5, null]\\n')\n"
        "            except OSError: pass\n"
        "threading.Thread(target=flood, daemon=True).start()\ndef add(a, b): return 0",
        changed_arguments="def add(a, b):\n    global changed\n    return [a, b]",
        hostile_answer="import os\ndef add(a, b):\n"
        "    for n in range(3, 9):\n"
        "        try: os.write(n, b'[\"value\", ' + b'[' * 99999 + b'\\n')\n"
        "        except OSError: pass\n    return 0",
        hostile_tag="import os\ndef add(a, b):\n    for n in range(3, 9):\n"
        '        try: os.write(n, b\'["value", {"opaque": {"__eq__": 1}}, null]\\n\')\n'
        "        except OSError: pass\n    return 0",
        opaque_into_the_tests="def add(a, b): return object()",
        raises_success="class Passed(Exception): pass\ndef add(a, b): raise Passed('passed')",
        raises_stop="def add(a, b): raise StopIteration",
        raises_stop_of_its_own="class Stop(StopIteration): pass\ndef add(a, b): raise Stop",
        raises_asynchronous_stop="def add(a, b): raise StopAsyncIteration",
        raises_keyboard="def add(a, b): raise KeyboardInterrupt",
        raises_exit="def add(a, b): raise GeneratorExit",
        closed_descriptors="import os\ndef add(a, b): os.closerange(0, 99); return 0",
        swapped_descriptors="import os\nfor a in range(3, 9):\n    for b in range(0, 3):\n"
        "        try: os.dup2(a, b)\n        except OSError: pass\ndef add(a, b): return 0",
        reads_the_calls="import os\ndef add(a, b): return os.read(3, 65536)",
        import_hook="import sys\nclass H:\n    def find_spec(self, *a): import os; os._exit(0)\n"
        "sys.meta_path[:] = [H()]\ndef add(a, b): import something",
        no_entry_point="def subtract(a, b): return a - b",
        entry_point_is_true="add = True",
        never_defined="if False:\n    def add(a, b): return a + b",
    ),
]
WRONG_ANSWERS = {"failed", "error", "timeout", "memory", "output", "compile_error"}
"""What a wrong program may be called: not "passed", and not that nothing is known of it."""
