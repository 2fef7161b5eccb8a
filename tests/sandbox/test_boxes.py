"""Boxes as such: opening, many at once, ending, and nothing that stays."""

from __future__ import annotations

import contextlib
import gc
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import warm
from boxes import CONFINED, box_of
from process_tree import all_gone, children

from perfbench.errors import ConfigError
from perfbench.sandbox import local
from perfbench.sandbox.jobs import Calls, Limits
from perfbench.sandbox.local import LocalBox, open_box
from perfbench.sandbox.verdicts import judge

ROOT = Path(__file__).parents[2]
KINDS = (*CONFINED, "none")


def own(kind: str, slots: int = 2) -> LocalBox:
    """A box of the test's own, where this machine allows one."""
    box_of(kind)
    return open_box(kind, slots)


def tree(root: int) -> list[int]:
    """A process and all that descend from it."""
    found = [root]
    for each in found:
        found += children(each)
    return found


def until_several(root: int, count: int) -> list[int]:
    end = time.monotonic() + 30
    while len(found := tree(root)) < count and time.monotonic() < end:
        time.sleep(0.02)
    return found


def test_auto_is_the_first_that_can_be_had() -> None:
    for kind in ("ns", "landlock"):
        try:
            open_box(kind).close()
        except ConfigError:
            continue
        with open_box("auto") as box:
            assert box.name == kind
        return
    with pytest.raises(ConfigError, match="user namespaces"):
        open_box("auto")


def test_isolation_names_kind_and_interpreter() -> None:
    box = box_of("none")
    version = ".".join(map(str, sys.version_info[:3]))
    assert box.isolation == f"none, cpython {version} {sys.executable}"


def test_what_cannot_be_had_is_told_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local.sys, "executable", shutil.which("false") or "/bin/false")
    with pytest.raises(ConfigError) as refused:
        open_box("auto")
    assert "ns cannot be had" in str(refused.value)
    assert "landlock cannot be had" in str(refused.value)
    assert "\n" not in str(refused.value)


def test_bubblewrap_must_be_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(ConfigError, match="install bubblewrap"):
        open_box("bwrap")


def test_kinds_that_there_are_not() -> None:
    with pytest.raises(ConfigError, match="there is no sandbox docker: auto, ns, landlock"):
        open_box("docker")


def test_elsewhere_than_on_linux_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local.sys, "platform", "darwin")
    with pytest.raises(ConfigError, match="need Linux"):
        open_box("auto")


@pytest.mark.parametrize("kind", CONFINED)
def test_many_at_once(kind: str) -> None:
    def one(number: int) -> bool:
        code = f"def f(x): print({number}); return x + {number}"
        right = judge(Calls(code, "f", f"assert f(1) == {number + 1}"), box_of(kind))
        wrong = judge(Calls(code, "f", f"assert f(1) == {number}"), box_of(kind))
        return (right.status, right.printed, wrong.status) == ("passed", f"{number}\n", "failed")

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(one, range(16)))


def processor_s(root: int) -> float:
    """What a process and all that descend from it have used; see clock_getcpuclockid(3)."""
    return sum(time.clock_gettime(~pid << 3 | 2) for pid in tree(root))


@pytest.mark.parametrize("kind", KINDS)
def test_a_server_that_waits_takes_no_processor(kind: str) -> None:
    server = box_of(kind)._server.pid
    before_s = processor_s(server)
    time.sleep(0.5)
    assert processor_s(server) - before_s < 0.1


def test_many_open_files_do_not_matter() -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if most < 2048:
        pytest.skip("this user may not have so many open files")
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (2048, most))
    try:
        with contextlib.ExitStack() as closing:
            for _ in range(1100):
                closing.enter_context(open(os.devnull, "rb"))
            job = Calls("def f(x): return x", "f", "assert f(1) == 1")
            assert judge(job, box_of("none")).status == "passed"
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_stays(kind: str) -> None:
    """A longer one is in ``scripts/bench/sandbox.py``."""
    programs = (
        "def f(x): return x",
        "import os; os._exit(1)",
        "import threading, time\nthreading.Thread(target=time.sleep, args=(9,)).start()\n"
        "def f(x): return x",
        "import time\ndef f(x): time.sleep(9)",
    )
    with own(kind) as box:

        def round_of() -> None:
            for code in programs:
                judge(Calls(code, "f", "assert f(1) == 1"), box, Limits(wall_s=0.3))

        round_of()
        gc.collect()
        server = box._server.pid
        before = descriptors(), len(tree(server))
        for _ in range(3):
            round_of()
        assert until(lambda: len(tree(server)) <= before[1])
        gc.collect()
        assert descriptors() == before[0]
    assert all_gone([server], within_s=0)


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


def until(condition: object) -> bool:
    assert callable(condition)
    end = time.monotonic() + 10
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


OWNER = """
import sys, threading
from perfbench.sandbox.jobs import Calls, Limits
from perfbench.sandbox.local import open_box
from perfbench.sandbox.verdicts import judge
box = open_box(sys.argv[1], 2)
limits = Limits(wall_s=300, cpu_s=300, processes=4 if sys.argv[1] == "ns" else 0)
fork = "import os; os.fork()" if sys.argv[1] == "ns" else "pass"
wait = Calls(f"import time\\ndef f(x):\\n    {fork}\\n    time.sleep(250)", "f", "f(1)")
for _ in range(2):
    threading.Thread(target=judge, args=(wait, box, limits), daemon=True).start()
threading.Event().wait()
"""


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("who", ["owner", "server"])
def test_killing_it_leaves_nothing_alive(kind: str, who: str) -> None:
    box_of(kind)
    owner = warm.Popen([sys.executable, "-c", OWNER, kind], cwd=ROOT)
    try:
        count = {"ns": 9, "bwrap": 8}.get(kind, 6)
        family = until_several(owner.pid, count)
        assert len(family) == count
        os.kill(owner.pid if who == "owner" else family[1], signal.SIGKILL)
        assert all_gone(family[1:], within_s=20)
    finally:
        owner.kill()
        owner.wait()


@pytest.mark.parametrize("kind", CONFINED)
def test_a_program_killed_from_outside_is_not_wrong(kind: str) -> None:
    with own(kind) as box, ThreadPoolExecutor(1) as threads:
        ran = threads.submit(box.once, "import time; time.sleep(60)", b"", Limits(wall_s=60))
        fixed = {"ns": 2, "bwrap": 3}.get(kind, 1)
        os.kill(until_several(box._server.pid, fixed + 1)[-1], signal.SIGKILL)
        end = ran.result()
    assert (end.ended, end.why) == ("sandbox_failed", "the program was killed from outside")


@pytest.mark.parametrize("kind", KINDS)
def test_a_server_that_is_gone_is_started_again(kind: str) -> None:
    with own(kind) as box:
        boot = box._server.pid
        os.kill(boot, signal.SIGKILL)
        assert all_gone([boot], within_s=10)
        job = Calls("def f(x): return x", "f", "assert f(1) == 1")
        assert judge(job, box).status == "passed"


def test_a_closed_box_says_so() -> None:
    box = open_box("none")
    box.close()
    box.close()
    ran = box.once("print(1)", b"", Limits())
    assert (ran.ended, ran.why) == ("sandbox_failed", "the sandbox is closed")


@pytest.mark.parametrize("kind", CONFINED)
def test_an_ordinary_user_can_have_one(kind: str, tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("the other tests run as an ordinary user")
    everybody = shutil.which("python3", path="/usr/bin:/usr/local/bin:/bin")
    if not everybody or not shutil.which("setpriv") or not ROOT.stat().st_mode & 0o005:
        pytest.skip("no interpreter, or no setpriv, that everybody can run")
    box_of(kind)
    user = ["setpriv", "--reuid", "12345", "--regid", "12345", "--clear-groups"]
    code = textwrap.dedent(
        """
        import json, sys
        from perfbench.sandbox.jobs import Calls, Limits
        from perfbench.sandbox.local import open_box
        from perfbench.sandbox.verdicts import judge
        with open_box(sys.argv[1], 2) as box:
            right = judge(Calls("def f(x): return x", "f", "assert f(1) == 1"), box)
            wrong = judge(Calls("import os; os._exit(0)", "f", "assert f(1) == 1"), box)
            ran = box.once(sys.stdin.read(), b"", Limits())
            print(json.dumps([right.status, wrong.status, ran.stdout.decode()]))
        """
    )
    from escapes import PROBES, program

    done = subprocess.run(
        [*user, everybody, "-c", code, kind],
        input=program(PROBES, str(tmp_path), os.getpid()),
        capture_output=True,
        text=True,
        env={"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
        timeout=100,
    )
    if "requires" in done.stderr or "SyntaxError" in done.stderr:
        pytest.skip("the interpreter that everybody can run is too old")
    assert done.returncode == 0, done.stderr
    right, wrong, tried = json.loads(done.stdout)
    assert (right, wrong) == ("passed", "error")
    lines = tried.splitlines()
    assert len(lines) == len(PROBES)
    assert not [line for line in lines if not line.startswith("held")]
