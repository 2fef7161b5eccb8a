"""What is left when the writer is killed, the disk is full, or the folder cannot be written."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
import warm

from perfbench.store import Run, open_run
from perfbench.types import Point, PointFacts, Record, Usage, pack_gaps

POINT = Point(index=0, name="parallel_1", parallel=1, rate=None, number=100)

PREAMBLE = """
import sys
import tempfile
from pathlib import Path
from perfbench.errors import StoreError
from perfbench.store import Run, open_run
from perfbench.types import Point, Record, pack_gaps
POINT = Point(index=0, name="parallel_1", parallel=1, rate=None, number=100)
"""

WRITER = (
    PREAMBLE
    + """
run = Run.create(Path(sys.argv[1]), "killed", {}, {})
run.begin_point(POINT)
packed, width = pack_gaps([20_000_000] * 99)
for batch in range(10_000):
    run.append(POINT, [
        Record(seq=batch * 10 + n, sample_id="s", sent_ns=1, first_ns=2, end_ns=3,
               gaps=packed, gap_width=width, text="answer")
        for n in range(10)
    ])
    print(batch, run.path, flush=True)
"""
)


@pytest.fixture
def killed(tmp_path: Path) -> tuple[Path, int]:
    """The folder of a run whose writer was killed, and how many batches of 10 it had finished."""
    command = [sys.executable, "-c", WRITER, str(tmp_path)]
    with warm.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        for line in writer.stdout:
            if line.startswith("60 "):
                break
        writer.send_signal(signal.SIGKILL)
        rest = writer.stdout.read().splitlines()
    last = next((text for text in reversed(rest) if text.count(" ") == 1), line)
    batch, _, path = last.strip().partition(" ")
    return Path(path), int(batch) + 1


def test_every_finished_append_outlives_a_kill(killed):
    path, batches = killed
    with open_run(path) as run:
        assert run.points() == [POINT]
        assert run.facts(POINT) is None
        seqs = [record.seq for record in run.records(POINT)]
        assert seqs == list(range(len(seqs)))
        assert batches * 10 <= len(seqs) <= batches * 10 + 10
        columns = run.columns(POINT)
        assert len(columns) == len(seqs)
        assert len(columns.gaps) == 99 * len(seqs)


def test_a_killed_run_can_be_continued(killed):
    path, _ = killed
    with open_run(path) as run:
        before = len(list(run.records(POINT)))
        run.append(POINT, [Record(seq=1_000_000, sample_id="s", usage=Usage(output_tokens=1))])
        run.end_point(POINT, PointFacts(workers=[], parent_cpu_s=None, interrupted=True))
    with open_run(path) as run:
        assert len(list(run.records(POINT))) == before + 1
        assert run.facts(POINT).interrupted


READ_ONLY = (
    PREAMBLE
    + """
import os
from perfbench.errors import StoreError
if os.getuid() == 0:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
with open_run(sys.argv[1]) as run:
    print(len(list(run.records(POINT))))
    for write in (lambda: run.append(POINT, [Record(seq=10**6, sample_id="s")]),
                  lambda: run.write_summary([])):
        try:
            write()
        except StoreError as error:
            print(error)
    run.note("cannot be written and does no harm")
"""
)


@pytest.mark.undisturbed
@pytest.mark.parametrize("left", ["finished", "killed", "killed_without_shm"])
def test_a_read_only_folder_can_be_read(tmp_path, killed, left):
    path, _ = killed
    # Not below tmp_path, whose parents are closed to other users: a superuser becomes one.
    target = Path(tempfile.mkdtemp(prefix="perfbench_test_"))
    try:
        shutil.copytree(path, target, dirs_exist_ok=True)
        if left == "finished":
            with open_run(target) as run:
                expected = len(list(run.records(POINT)))
        else:
            with open_run(path) as run:
                expected = len(list(run.records(POINT)))
        if left == "killed_without_shm":
            (target / "run.db-shm").unlink()
        assert (target / "run.db-wal").exists() == (left != "finished")
        for file in target.iterdir():
            file.chmod(0o444)
        target.chmod(0o555)
        command = [sys.executable, "-c", READ_ONLY, str(target)]
        done = warm.run(command, text=True)
        assert done.stderr == ""
        found, append, summary = done.stdout.splitlines()
        assert int(found) == expected
        assert "attempt to write a readonly database" in append
        assert f"{expected} stored requests are kept" in append
        assert summary.endswith("summary.json: Permission denied")
    finally:
        target.chmod(0o755)
        shutil.rmtree(target)


FULL = (
    PREAMBLE
    + """
import resource
run = Run.create(Path(sys.argv[1]), "full", {}, {})
run.begin_point(POINT)
resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))
stored = 0
try:
    for batch in range(10_000):
        text = "x" * 500
        run.append(POINT, [Record(seq=stored + n, sample_id="s", text=text) for n in range(10)])
        stored += 10
except StoreError as error:
    print(run.path)
    print(stored)
    print(error)
    run.note("disk full")
run.close()
"""
)


def test_a_full_disk_is_one_line_and_keeps_what_was_stored(tmp_path):
    command = [sys.executable, "-c", FULL, str(tmp_path)]
    done = warm.run(command, text=True)
    assert done.stderr == ""
    path, stored, error = done.stdout.splitlines()
    assert int(stored) > 100
    assert error.startswith(f"cannot write {path}/run.db: ")
    assert error.endswith(f"; {stored} stored requests are kept")
    with open_run(path) as run:
        assert [record.seq for record in run.records(POINT)] == list(range(int(stored)))


TOO_FULL = (
    PREAMBLE
    + """
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
try:
    Run.create(Path(sys.argv[1]), "full", {}, {})
except StoreError as error:
    print(error)
"""
)


@pytest.mark.undisturbed
def test_a_disk_too_full_to_begin_is_one_line_and_leaves_no_folder(tmp_path):
    command = [sys.executable, "-c", TOO_FULL, str(tmp_path)]
    done = warm.run(command, text=True)
    assert done.stderr == ""
    assert done.stdout.startswith("cannot write ")
    assert done.stdout.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_a_failed_append_leaves_the_handle_usable(tmp_path):
    with Run.create(tmp_path, "x", {}, {}) as run:
        run.begin_point(POINT)
        packed, width = pack_gaps([1, 2, 3])
        run._db.execute("PRAGMA max_page_count = 20")
        with pytest.raises(Exception, match="database or disk is full; 0 stored"):
            run.append(POINT, [Record(seq=0, sample_id="s", text="x" * 200_000)])
        run._db.execute("PRAGMA max_page_count = 100000")
        run.append(POINT, [Record(seq=0, sample_id="s", first_ns=1, gaps=packed, gap_width=width)])
        assert run.columns(POINT).gaps.tolist() == [1, 2, 3]


def records(number: int, start: int = 0) -> list[Record]:
    return [Record(seq=start + n, sample_id="s", sent_ns=1, end_ns=3) for n in range(number)]


def test_the_file_alone_holds_all_though_somebody_has_it_open(tmp_path: Path) -> None:
    def alone() -> int:
        copy = Path(tempfile.mkdtemp(dir=tmp_path))
        shutil.copyfile(run.path / "run.db", copy / "run.db")
        with open_run(copy) as found:
            return found.count(POINT)["measure"]

    run = Run.create(tmp_path, "watched", {}, {})
    run.begin_point(POINT)
    run.append(POINT, records(30))
    with open_run(run.path, read_only=True) as watching:
        assert watching.count(POINT) == {"measure": 30}
        run.close()
        assert alone() == 30
        with open_run(run.path) as continued:
            continued.claim()
            continued.append(POINT, records(20, start=30))
        assert alone() == 50


def test_a_run_ends_and_loses_nothing_while_somebody_reads(tmp_path: Path) -> None:
    run = Run.create(tmp_path, "read", {}, {})
    run.begin_point(POINT)
    run.append(POINT, records(30))
    with open_run(run.path, read_only=True) as reader:
        reader._db.execute("BEGIN")
        assert reader.count(POINT) == {"measure": 30}
        run.append(POINT, records(20, start=30))
        run.close()
        assert reader.count(POINT) == {"measure": 30}
        reader._db.execute("COMMIT")
        assert reader.count(POINT) == {"measure": 50}
    with open_run(run.path) as after:
        assert after.count(POINT) == {"measure": 50}
