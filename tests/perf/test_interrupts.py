"""Ctrl-C, kill and a full disk in the middle of a run: how it ends, and what is left."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import warm
from forked import PERFBENCH, perfbench
from load_runs import left_in, number_of, read_truth, wait_for
from process_tree import all_gone, children
from started import QUICK, SLOW, Started

from perfbench import open_run


def test_the_first_ctrl_c_drains_and_reports(start):
    run = start(QUICK, "--parallel", "6", "8", "--duration", "60", "--workers", "2")
    run.wait_until_answered(30)
    run.interrupt()
    status, errors = run.end(within_s=10)
    assert (status, errors) == (130, "")
    left = run.left()
    assert left.outcomes == {"ok": len(left.records)}
    # Everything that was sent was let finish, and nothing was sent after it.
    assert sorted(map(number_of, left.records)) == sorted(read_truth(run.log))
    stored = json.loads((left.path / "summary.json").read_text())
    (point,) = stored["points"]
    assert point["name"] == "parallel_6_duration_60"
    assert point["completed"] == len(left.records) >= 30
    assert point["interrupted"] is True
    assert (point["cut_at_end"], point["failed"]) == (0, 0)


def test_the_second_ctrl_c_ends_at_once(start):
    run = start(SLOW, "--parallel", "4", "--number", "50")
    wait_for(lambda: b"1/1" in _so_far(run))
    time.sleep(0.7)
    run.interrupt()
    time.sleep(0.7)
    assert run.process.poll() is None, "it was to drain"
    run.interrupt()
    status, errors = run.end(within_s=5)
    assert (status, errors) == (130, "")
    left = run.left()
    assert left.outcomes == {"cancelled": 4}
    # What had come of the answers is kept.
    assert all(record.events >= 1 and record.text for record in left.records)
    assert (left.summary.interrupted, left.summary.cut_at_end) == (True, 4)


def test_ctrl_c_in_a_pause_ends_the_run_with_what_there_is(start):
    run = start(QUICK, "--parallel", "1", "2", "--number", "3", "--pause", "60")
    run.wait_until_answered(3)
    wait_for(lambda: b"1/2] parallel 1: 3 ok" in _so_far(run))
    run.interrupt()
    status, errors = run.end(within_s=10)
    assert (status, errors) == (130, "")
    left = run.left()
    assert left.outcomes == {"ok": 3}
    assert (left.summary.interrupted, left.summary.completed) == (False, 3)


def _so_far(run: Started) -> bytes:
    """What a run has printed, read without waiting for more."""
    assert run.process.stdout is not None
    os.set_blocking(run.process.stdout.fileno(), False)
    try:
        return os.read(run.process.stdout.fileno(), 65536)
    except BlockingIOError:
        return b""
    finally:
        os.set_blocking(run.process.stdout.fileno(), True)


def test_ctrl_c_while_a_point_is_prepared_ends_at_once(start, tmp_path):
    """A data set that takes for ever: nothing is measured yet, so there is nothing to drain."""
    slow = tmp_path / "endless.py"
    slow.write_text(
        "import time\n"
        "from perfbench.types import Sample\n"
        "class Endless:\n"
        "    def samples(self, point):\n"
        "        print('preparing', flush=True)\n"
        "        time.sleep(60)\n"
        "        yield Sample('1', 'text')\n"
    )
    arguments = ["--dataset", "custom", "--dataset-path", str(slow), "--number", "1"]
    run = start(QUICK, *arguments, report=True)
    printed = bytearray()
    wait_for(lambda: printed.extend(_so_far(run)) or b"preparing" in printed)
    run.interrupt()
    status, errors = run.end(within_s=5)
    assert (status, errors) == (130, "")
    (path,) = (run.folder / "results").iterdir()
    assert not (path / "report.html").exists(), "a report of nothing"
    with open_run(path) as left:
        assert left.points() == []


def test_sigterm_is_a_first_ctrl_c(start):
    run = start(QUICK, "--parallel", "2", "--duration", "60")
    run.wait_until_answered(4)
    run.process.terminate()
    assert run.end(within_s=10) == (130, "")
    assert run.left().outcomes.keys() == {"ok"}


def test_kill_of_the_parent_ends_all_and_keeps_what_had_finished(start):
    run = start(QUICK, "--parallel", "8", "--duration", "60", "--workers", "2")
    run.wait_until_answered(300)
    family = children(run.process.pid)
    assert len(family) == 3, "two workers and the simulator"
    killed_ns = time.perf_counter_ns()
    run.process.kill()
    assert all_gone(family, within_s=2)
    assert run.end(within_s=5) == (-signal.SIGKILL, "")

    (path,) = (run.folder / "results").iterdir()
    report = perfbench(["report", path], run.folder, timeout=60)
    assert (report.returncode, report.stderr) == (0, "")
    left = left_in(path)
    assert left.facts is None
    assert left.summary.interrupted
    stored = {number_of(record) for record in left.records}
    finished = {
        number
        for number, true in read_truth(run.log).items()
        if true.status == "ok" and true.last_ns < killed_ns - 1_000_000_000
    }
    assert len(finished) > 50
    assert finished <= stored
    assert left.summary.completed == len(left.records) == len(stored)


LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))
from perfbench.cli import main
sys.exit(main())
"""


def test_a_full_disk_is_one_clear_line_and_the_store_stays_readable(tmp_path):
    settings = tmp_path / "settings.yaml"
    settings.write_text(f"simulator: {{{QUICK}}}\n")
    arguments = ["--parallel", "50", "--duration", "60", "--no-report", "--config", str(settings)]
    done = warm.run([sys.executable, "-c", LIMITED, *arguments], cwd=tmp_path, text=True)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("perfbench: cannot write ")
    assert "stored requests are kept" in done.stderr
    (path,) = (tmp_path / "results").iterdir()
    left = left_in(path)
    assert left.records
    assert f"{len(left.records)} stored requests" in done.stderr


def test_figures_are_shown_though_the_report_cannot_be_written(tmp_path):
    """As when the disk fills up with it; here a folder takes the place of the page."""
    with warm.Popen(
        [*PERFBENCH, "--number", "20", "--events", "-"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as child:
        path = tmp_path / json.loads(child.stdout.readline())["path"]
        (path / "report.html").mkdir()
        out, err = child.communicate(timeout=60)
    assert child.returncode == 2
    assert "TTFT" in err
    assert err.splitlines()[-1].startswith("perfbench: cannot write the report of ")
    assert json.loads(out.splitlines()[-1])["error"].startswith("cannot write the report of ")
    assert len(left_in(path).records) == 20
