"""Programs in containers of a real Docker or Podman, where one is here and has the image."""

from __future__ import annotations

import secrets
import shutil
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cheats import CALL, CHEATS, TESTS
from test_elsewhere import JOBS

from perfbench.config.sandbox import CONTAINERS, SandboxSettings
from perfbench.sandbox import containers
from perfbench.sandbox.containers import Containers
from perfbench.sandbox.jobs import Calls, Job, Limits, Status, StdIn
from perfbench.sandbox.verdicts import judge

IMAGE = SandboxSettings().sandbox_image
MIB = 1 << 20


@pytest.fixture(scope="module", params=CONTAINERS)
def box(request: pytest.FixtureRequest) -> Iterator[Containers]:
    program = request.param
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")
    looked = subprocess.run([program, "image", "inspect", IMAGE], capture_output=True, timeout=30)
    if looked.returncode:
        pytest.skip(f"{program} has no image {IMAGE}, or does not run: {program} pull {IMAGE}")
    box = Containers(program, IMAGE)
    yield box
    box.close()


def test_verdicts_are_those_of_the_local_box(box: Containers) -> None:
    def judged(job: tuple[Job, Status]) -> Status:
        return judge(job[0], box).status

    with ThreadPoolExecutor(4) as threads:
        assert [*threads.map(judged, JOBS)] == [status for _, status in JOBS]


@pytest.mark.parametrize(
    ("code", "status", "limits"),
    [
        ("import time\ntime.sleep(60)", "timeout", Limits(wall_s=1.5)),
        ("while True: pass", "timeout", Limits(wall_s=8, cpu_s=1)),
        (
            "import signal\nsignal.signal(24, signal.SIG_IGN)\nwhile True: pass",
            *("timeout", Limits(wall_s=4, cpu_s=1)),
        ),
        ("x = bytearray(4 << 30)", "memory", Limits(memory_bytes=64 * MIB)),
        ("while True: print('x' * 999)", "output", Limits(output_bytes=9999)),
        ("import socket\nsocket.create_connection(('1.1.1.1', 80), 2)", "error", Limits()),
        ("open('/etc/there', 'w')", "error", Limits()),
        ("import os\nwhile True: os.fork()", "error", Limits(wall_s=5)),
        ("import os\nprint(os.getuid())", "passed", Limits()),
    ],
)
def test_limits_hold(box: Containers, code: str, status: Status, limits: Limits) -> None:
    verdict = judge(StdIn(code, (("", "65534\n"),)), box, limits)
    assert verdict.status == status, verdict


def test_no_cheat_is_judged_right(box: Containers) -> None:
    limits = Limits(wall_s=3)

    def judged(code: str) -> Status:
        right = "def add(a, b): return a + b"
        return judge(Calls(code, "add", TESTS + CALL, reference=right), box, limits).status

    with ThreadPoolExecutor(4) as threads:
        found = dict(zip(CHEATS, threads.map(judged, (each.code for each in CHEATS)), strict=True))
    assert not [cheat.name for cheat, status in found.items() if status == "passed"]
    assert not [cheat.name for cheat, status in found.items() if status == "sandbox_failed"]


def test_nothing_is_left(box: Containers, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Also of a program whose container is given up, or killed for its memory."""
    monkeypatch.chdir(tmp_path)
    box.once("x = bytearray(4 << 30)", b"", Limits(memory_bytes=64 * MIB))
    assert not [*tmp_path.iterdir()]
    mine = secrets.token_hex(8)
    monkeypatch.setattr(containers.secrets, "token_hex", lambda size: mine)
    box.once("while True: print('x' * 999)", b"", Limits(output_bytes=999))
    end = time.monotonic() + 20
    listing = [box.name, "ps", "--all", "--quiet", "--filter", f"name=perfbench-{mine}"]
    while subprocess.run(listing, capture_output=True, timeout=30).stdout:
        assert time.monotonic() < end
        time.sleep(0.1)
