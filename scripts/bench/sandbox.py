"""What the sandboxes of this machine are worth: verdicts, speed, and what they leave behind.

  right       reference solutions that pass: of HumanEval's 164, of MBPP's 974 (the tests of 5 need
              classes or modules of the solution, which no plain value carries)
  broken      HumanEval's solutions, changed to return something else, or None, that do not pass
  by script   HumanEval through a box that can only run a script to its end, and how many it ran
  runs/s      programs that print a sum, as many at a time as there are processors; CPU: of the
              sandbox and this process together, for each
  judged/s    the same of functions with a test, each a process for the program and one for the test
  left over   after --runs programs, every tenth of which ends badly: processes and descriptors of
              this process, processes that nobody waits for, and files, more than before

Takes about 6 minutes for each kind. With --check the exit status is 1 if a bar is missed.
"""

from __future__ import annotations

import argparse
import gc
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from common import Bar, BenchError, conclude, print_table, run_main, say

from perfbench.errors import ConfigError
from perfbench.sandbox.jobs import Box, Calls, Limits, Ran
from perfbench.sandbox.local import LocalBox, open_box
from perfbench.sandbox.verdicts import judge

sys.path.append(str(Path(__file__).resolve().parents[2] / "tests" / "sandbox"))
sys.path.append(str(Path(__file__).resolve().parents[2] / "tests"))
from known_programs import HUMANEVAL, MBPP, broken, empty, humaneval, mbpp
from process_tree import children

SUM = "print(sum(range(1000)))"
ADD = Calls("def add(a, b): return a + b", "add", "assert add(1, 2) == 3")
BAD = (
    "import os; os._exit(1)",
    "import threading, time\nthreading.Thread(target=time.sleep, args=(9,)).start(); 1 / 0",
    "import ctypes; ctypes.string_at(0)",
    "import sys\nsys.stdout.write('x' * 5_000_000)",
    "x = 'x' * (1 << 40)",
)
FOLDERS = (tempfile.mkdtemp(), "/tmp", "/dev/shm", "/var/tmp")
"""Where files could be left: this program's temporary folder, and those of everybody."""
NOBODY = 0x70000000
"""From this user id on, programs are run by root."""
BUSY = len(os.sched_getaffinity(0))


class _ByScript:
    """A box that can only run a script to its end."""

    name = isolation = "by script"

    def __init__(self, box: LocalBox) -> None:
        self._box = box
        self.count = 0

    def once(self, source: str, stdin: bytes, limits: Limits) -> Ran:
        self.count += 1
        return self._box.once(source, stdin, limits)

    def close(self) -> None:
        pass


@dataclass(frozen=True)
class Left:
    """What there is that a run could leave behind."""

    processes: int
    descriptors: int
    files: int

    @classmethod
    def now(cls) -> Left:
        gc.collect()
        found = [os.getpid()]
        for each in found:
            found += children(each)
        lost = [each for each in children(1) if _owner(f"/proc/{each}") >= NOBODY]
        files = [f"{each}/{name}" for each in FOLDERS for name in _names(each)]
        ours = [each for each in files if _owner(each) >= NOBODY or each.startswith(FOLDERS[0])]
        return cls(len(found) + len(lost), len(_names("/proc/self/fd")), len(ours))


def _names(folder: str) -> list[str]:
    return os.listdir(folder) if os.path.isdir(folder) else []


def _owner(path: str) -> int:
    try:
        return os.lstat(path).st_uid
    except OSError:  # it has just gone
        return 0


def main() -> int:
    options = _parser().parse_args()
    tempfile.tempdir = FOLDERS[0]
    try:
        return _measured(options)
    finally:
        os.rmdir(FOLDERS[0])


def _measured(options: argparse.Namespace) -> int:
    bars: list[Bar] = []
    for kind in options.kinds:
        try:
            with open_box(kind) as box:
                print(f"{box.isolation}, {BUSY} at a time\n")
                bars += [] if options.only_leaks else _verdicts(box)
                speed = [] if options.only_leaks else _speed(kind, options.speed_runs)
                bars += speed if kind == "ns" else []
                bars += _left_over(box, options.runs)
        except ConfigError as error:
            raise BenchError(str(error)) from None
    return conclude(bars, options.check)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--check", action="store_true", help="status 1 if a bar is missed")
    parser.add_argument("--kinds", nargs="+", default=["ns", "landlock"], metavar="KIND")
    parser.add_argument("--runs", type=int, default=10_000, help="of the leak check")
    parser.add_argument("--speed-runs", type=int, default=500, help="of the speeds")
    parser.add_argument("--only-leaks", action="store_true", help="no verdicts and no speeds")
    return parser


def _verdicts(box: LocalBox) -> list[Bar]:
    if not HUMANEVAL.exists() or not MBPP.exists():
        raise BenchError(f"no {HUMANEVAL} or no {MBPP}; PERFBENCH_DATA names the data folder")
    jobs = [*humaneval()]
    script = _ByScript(box)
    rows = [
        ("HumanEval right", _passed(jobs, box), 164, True),
        ("HumanEval broken, passed", _passed(map(broken, jobs), box), 0, False),
        ("HumanEval empty, passed", _passed(map(empty, jobs), box), 0, False),
        ("HumanEval by script right", _passed(jobs, script), 164, True),
        ("MBPP right", _passed((job for _, job in mbpp()), box), 969, True),
    ]
    print_table(["verdicts", box.name], [row[:2] for row in rows])
    print(f"{script.count} scripts\n")
    return [Bar(f"{box.name}: {what}", found, bar, "", more) for what, found, bar, more in rows]


def _passed(jobs: Iterable[Calls], box: Box) -> int:
    with ThreadPoolExecutor(BUSY) as threads:
        verdicts = [*threads.map(lambda job: judge(job, box), jobs)]
    return sum(each.status == "passed" for each in verdicts)


def _speed(kind: str, runs: int) -> list[Bar]:
    """A box of its own, as the CPU of its processes is known when it has closed."""
    rows = []
    for what, one in (("runs", _sum), ("judged", _add)):
        before_s = _cpu_s()
        with open_box(kind) as box:
            began_s = time.perf_counter()
            _many(one, box, runs)
            rate = runs / (time.perf_counter() - began_s)
        rows.append((f"{what}/s", rate, (_cpu_s() - before_s) * 1000 / runs))
    print_table(["speed", "per second", "CPU, ms"], rows)
    return [Bar(f"{kind}: {what}", rate, 100, "", True) for what, rate, _ in rows]


def _sum(box: LocalBox) -> None:
    if box.once(SUM, b"", Limits()).stdout != b"499500\n":
        raise BenchError("a program did not print what it should")


def _add(box: LocalBox) -> None:
    if judge(ADD, box).status != "passed":
        raise BenchError("a right program did not pass")


def _many(one: Callable[[LocalBox], None], box: LocalBox, runs: int) -> None:
    with ThreadPoolExecutor(BUSY) as threads:
        for _ in threads.map(lambda _: one(box), range(runs)):
            pass


def _cpu_s() -> float:
    both = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return sum(each.ru_utime + each.ru_stime for each in both)


def _left_over(box: LocalBox, runs: int) -> list[Bar]:
    def one(number: int) -> None:
        bad = number % 10 == 0
        code = BAD[number // 10 % len(BAD)] if bad else SUM
        ran = box.once(code, b"", Limits(wall_s=1 if bad else 10))
        if ran.ended == "sandbox_failed":
            raise BenchError(f"run {number}: {ran.why}")

    _sequence(one, 20)
    time.sleep(1)
    before = Left.now()
    began_s = time.perf_counter()
    _sequence(one, runs)
    say(f"{runs} runs in {time.perf_counter() - began_s:.0f} s")
    time.sleep(1)
    after = Left.now()
    names = ("processes", "descriptors", "files")
    rows = [(each, getattr(before, each), getattr(after, each)) for each in names]
    print_table([f"after {runs} runs", "before", "after"], rows)
    return [Bar(f"{box.name}: {what} left over", new - old, 0, "") for what, old, new in rows]


def _sequence(one: Callable[[int], None], runs: int) -> Sequence[None]:
    with ThreadPoolExecutor(BUSY) as threads:
        return [*threads.map(one, range(runs))]


if __name__ == "__main__":
    run_main(main)
