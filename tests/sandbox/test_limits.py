"""What a program may use, and what is said of one that wants more."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor

import pytest
from boxes import CONFINED, box_of

from perfbench.sandbox.jobs import CallCases, Limits, Ran
from perfbench.sandbox.local import open_box
from perfbench.sandbox.verdicts import judge

SHORT = Limits(wall_s=0.5)
SMALL = Limits(memory_bytes=200 << 20)
FOLDER = Limits(scratch_bytes=1 << 20)
SEVERAL = Limits(processes=8, wall_s=5)


def ran(kind: str, code: str, limits: Limits) -> Ran:
    return box_of(kind).once(code, b"", limits)


@pytest.fixture(params=CONFINED)
def kind(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.mark.parametrize(
    "code",
    [
        "import time; time.sleep(99)",
        "while True: pass",
        "import signal, time\nfor s in range(1, 65):\n"
        "    try: signal.signal(s, signal.SIG_IGN)\n    except (OSError, ValueError): pass\n"
        "while True: time.sleep(1)",
        "import os, signal; os.kill(os.getpid(), signal.SIGSTOP)\nimport time; time.sleep(99)",
        "import threading; threading.Event().wait()",
    ],
    ids=["sleeps", "spins", "ignores signals", "stops itself", "waits for ever"],
)
def test_time_on_the_wall(kind: str, code: str) -> None:
    end = ran(kind, code, SHORT)
    assert (end.ended, end.why) == ("timeout", "more than 0.5 s")


WORK = "import time\ndef f(n):\n    while time.process_time() < n: pass\n    return n"


def test_a_case_has_its_time_on_a_busy_machine(kind: str) -> None:
    """Four at once on one processor: each case takes its whole time on the wall and more."""
    box_of(kind)
    ours = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(ours)})
    try:
        box = open_box(kind, slots=4)
    finally:
        os.sched_setaffinity(0, ours)
    job = CallCases(WORK, "f", (((0.3,), 0.3), ((0.6,), 0.6)))
    with box, ThreadPoolExecutor(4) as threads:
        verdicts = [*threads.map(lambda _: judge(job, box, Limits(wall_s=0.6)), range(4))]
    assert [each.status for each in verdicts] == ["passed"] * 4


def test_a_case_has_no_more_than_its_time(kind: str) -> None:
    job = CallCases(WORK, "f", (((0.1,), 0.1), ((1,), 1), *(((0,), 0),) * 8))
    verdict = judge(job, box_of(kind), Limits(wall_s=0.5))
    assert (verdict.status, verdict.case) == ("timeout", 1)


def test_time_of_the_processor(kind: str) -> None:
    end = ran(kind, "while True: pass", Limits(wall_s=60, cpu_s=1))
    assert (end.ended, end.why) == ("timeout", "more than 1 s of processor time")


@pytest.mark.parametrize(
    "code",
    [
        "x = []\nwhile True: x.append(bytearray(1 << 20))",
        "import mmap\ntry: x = [mmap.mmap(-1, 1 << 20) for _ in range(4000)]\n"
        "except OSError: raise MemoryError",
        "bytes(1 << 40)",
        "import ctypes\nl = ctypes.CDLL(None)\nl.malloc.restype = ctypes.c_void_p\n"
        "l.malloc.argtypes = [ctypes.c_size_t]\nif not l.malloc(1 << 30): raise MemoryError",
    ],
    ids=["heap", "maps", "at once", "malloc"],
)
def test_memory(kind: str, code: str) -> None:
    end = ran(kind, code, SMALL)
    assert end.exit == 1
    assert end.stderr.rstrip().endswith(b"MemoryError")


@pytest.mark.parametrize("stream", [1, 2])
def test_output(kind: str, stream: int) -> None:
    code = f"import os\nwhile True: os.write({stream}, b'x' * 1000)"
    end = ran(kind, code, Limits(output_bytes=10_000, wall_s=30))
    assert (end.ended, end.why) == ("output", "more than 10000 bytes of output")


def test_output_up_to_the_limit_is_all_there(kind: str) -> None:
    for _ in range(20):
        end = ran(kind, "print('x' * 99_999)", Limits(output_bytes=100_000))
        assert (end.ended, len(end.stdout)) == ("exited", 100_000)
        assert ran(kind, "print('x' * 100_000)", Limits(output_bytes=100_000)).ended == "output"


def test_threads(kind: str) -> None:
    code = (
        "import os, threading, time\nthreading.stack_size(1 << 16)\nn = 0\ntry:\n"
        "    while n < 4000: threading.Thread(target=time.sleep, args=(9,)).start(); n += 1\n"
        "except RuntimeError: pass\nprint(n, flush=True); os._exit(0)"
    )
    end = ran(kind, code, Limits())
    assert end.why == "more than 64 threads" or int(end.stdout) <= 64


def test_a_deep_stack_of_a_thread_is_no_escape_and_no_failure(kind: str) -> None:
    code = (
        "import sys, threading, resource\nsys.setrecursionlimit(10**6)\n"
        "resource.setrlimit(resource.RLIMIT_STACK, (-1, -1))\nthreading.stack_size(1 << 28)\n"
        "def f(n): return n and 1 + f(n - 1)\n"
        "threading.Thread(target=lambda: print(f(40000))).start()"
    )
    assert ran(kind, code, Limits()).stdout == b"40000\n"


def test_descriptors(kind: str) -> None:
    code = "import os\ntry:\n    while True: n = os.dup(0)\nexcept OSError: print(n)"
    assert int(ran(kind, code, Limits()).stdout) < 64


def test_ends_that_are_no_time_out(kind: str) -> None:
    assert ran(kind, "import ctypes; ctypes.string_at(0)", Limits()).exit == -11
    assert (ran(kind, "import os; os.abort()", Limits()).exit or 0) < 0
    own = "import signal; signal.raise_signal(signal.SIGXCPU)"
    assert ran(kind, own, Limits()).ended == "exited"
    assert ran(kind, "import sys; sys.exit(7)", Limits()).exit == 7
    assert ran(kind, "import sys; sys.exit('so')", Limits()).stderr == b"so\n"


def test_modules_are_there_that_nobody_has_imported(kind: str) -> None:
    """Also where the interpreter is in a private home and the program a user that nobody is."""
    code = (
        "import asyncio, ctypes, decimal, hashlib, sqlite3, statistics, xml.dom.minidom, zoneinfo\n"
        "asyncio.run(asyncio.sleep(0))\nsqlite3.connect(':memory:').execute('select 1')\n"
        "print(hashlib.md5(b'').hexdigest())"
    )
    assert ran(kind, code, Limits()).stdout == b"d41d8cd98f00b204e9800998ecf8427e\n"


def test_folder_and_processes_are_refused_where_they_cannot_be_bounded() -> None:
    for limits in (FOLDER, SEVERAL):
        end = ran("landlock", "print(1)", limits)
        assert (end.ended, end.stdout) == ("sandbox_failed", b"")
        assert "it takes ns" in end.why


def test_a_folder_of_its_own() -> None:
    code = (
        "import os, tempfile\nprint(os.listdir('.'))\nopen('a', 'w').write('text')\n"
        "with tempfile.TemporaryDirectory() as d: open(d + '/b', 'w').close()\n"
        "os.mkdir('c'); os.rename('a', 'c/a'); print(open('c/a').read())\n"
        "os.mkdir('gone'); os.chdir('gone'); os.chmod('.', 0)"
    )
    for _ in range(2):
        assert ran("ns", code, FOLDER).stdout == b"[]\ntext\n"


def test_a_database_in_a_folder_of_its_own() -> None:
    code = (
        "import sqlite3\nbase = sqlite3.connect('a.db')\nbase.execute('create table t (n)')\n"
        "base.execute('insert into t values (1)'); base.commit()\n"
        "print(base.execute('select n from t').fetchall())"
    )
    assert ran("ns", code, FOLDER).stdout == b"[(1,)]\n"


@pytest.mark.parametrize(
    "code",
    [
        "with open('b', 'wb') as f:\n    while True: f.write(bytes(1 << 16))",
        "for n in range(100_000): open(str(n), 'w').close()",
        "for n in range(100_000): os.mkdir(str(n))",
        "f = open('s', 'wb'); f.truncate(1 << 40)",
        "f = open('s', 'wb'); os.posix_fallocate(f.fileno(), 0, 1 << 30)",
        "for n in range(99):\n    f = open(str(n), 'wb'); f.write(bytes(1 << 19)); f.flush()",
        "for n in range(100_000): os.symlink('x', str(n))",
    ],
    ids=["disk", "files", "folders", "sparse", "reserved", "many", "links"],
)
def test_a_folder_has_an_end(code: str) -> None:
    report = "\nexcept OSError: print('held')\nelse: print('ESCAPED')"
    body = "\n".join("    " + line for line in code.splitlines())
    end = ran("ns", f"import os\ntry:\n{body}{report}", FOLDER)
    assert end.stdout == b"held\n"


def test_processes_have_an_end() -> None:
    code = (
        "import os, time\nn = 0\ntry:\n    while n < 1000:\n"
        "        if os.fork() == 0: time.sleep(60); os._exit(0)\n        n += 1\n"
        "except OSError: print(n)"
    )
    end = ran("ns", code, SEVERAL)
    assert int(end.stdout) <= 8 + 64


def test_a_daemon_that_holds_the_pipes_is_not_waited_for() -> None:
    code = (
        "import os, time\nif os.fork() == 0:\n    os.setsid()\n"
        "    if os.fork() == 0: time.sleep(60)\n    os._exit(0)\nos.wait()\nprint('done')"
    )
    end = ran("ns", code, Limits(processes=8, wall_s=30))
    assert (end.ended, end.stdout) == ("exited", b"done\n")
    assert end.seconds < 20
