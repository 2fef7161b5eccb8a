"""Runs of earlier versions: opened, upgraded, reported, exported, compared and scored again."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import sqlite3
import sys
import tempfile
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest
import warm
from kept_runs import unpack

from perfbench import api, stored
from perfbench.config import PerfConfig, SimulatorConfig
from perfbench.config.evaluation import EvalConfig
from perfbench.errors import StoreError
from perfbench.reports.evaluation import write_outputs
from perfbench.reports.export import export
from perfbench.reports.write import write_report
from perfbench.simulator.spawn import Simulator
from perfbench.store import Run, migrations, open_run, schema
from perfbench.store.again import resumed_settings

KINDS = ("load test", "evaluation")


def layout(file: Path | str) -> dict[str, set[tuple[str, str]]]:
    """Every table with the names and types of its columns, whatever their order."""
    with closing(sqlite3.connect(file)) as db:
        tables = db.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'index')")
        return {
            name: {tuple(row[1:3]) for row in db.execute(f"PRAGMA table_info({name})")}
            for (name,) in tables.fetchall()
        }


def version(file: Path) -> int:
    with closing(sqlite3.connect(file)) as db:
        return db.execute("PRAGMA user_version").fetchone()[0]


@pytest.fixture
def new_layout(tmp_path):
    with closing(sqlite3.connect(tmp_path / "new.db", isolation_level=None)) as db:
        migrations.create(db)
    return layout(tmp_path / "new.db")


@pytest.mark.parametrize("kind", KINDS)
def test_an_old_file_becomes_like_a_new_one(tmp_path, kind, new_layout):
    path = unpack(kind, tmp_path)
    assert version(path / "run.db") == 1
    with open_run(path) as run:
        for point in run.points():
            columns = run.columns(point)
            assert len(list(run.records(point, "measure"))) == len(columns)
            assert not columns.resends.any()
            assert not columns.restamped.any()
    assert version(path / "run.db") == schema.VERSION
    assert layout(path / "run.db") == new_layout
    with open_run(path) as run:
        assert run.points()


def test_every_version_has_a_step():
    assert list(migrations.STEPS) == list(range(1, schema.VERSION))


def test_the_figures_of_an_old_load_test_are_those_it_printed(tmp_path):
    path = unpack("load test", tmp_path)
    before = json.loads((path / "summary.json").read_bytes())
    with open_run(path) as run:
        write_report(run)
    after = json.loads((path / "summary.json").read_bytes())
    # The audit may judge more strictly than it did, and the plateau is found in another way; what
    # was measured does not change.
    for was, now in zip(before["points"], after["points"], strict=True):
        del was["client"], was["steady_state"]
        # Metrics and counts that are newer than the run are beside those it had.
        for part in ("tokens", "metrics"):
            had = was.pop(part)
            assert {name: now[part][name] for name in had} == had
        assert {name: now[name] for name in was} == was
    del before["run"]["path"]
    assert {name: after["run"][name] for name in before["run"]} == before["run"]
    assert sum(point["failed"] for point in after["points"]) > 0
    assert (path / "report.html").exists()


def test_an_old_load_test_is_exported(tmp_path):
    path = unpack("load test", tmp_path)
    with open_run(path) as run:
        out = io.StringIO()
        export(run, "csv", out)
        out.seek(0)
        rows = list(csv.DictReader(out))
        expected = Counter(r.outcome for point in run.points() for r in run.records(point))
    assert Counter(row["outcome"] for row in rows) == expected
    assert set(expected) == {"ok", "http_5xx", "in_band_error"}


def test_an_old_evaluation_is_reported_scored_again_and_compared(tmp_path):
    path = unpack("evaluation", tmp_path)
    results = sorted((path / "results").rglob("*.json"))
    for file in results:
        file.unlink()
    evaluation = stored.stored_evaluation(path)
    with evaluation.run:
        assert set(results) <= set(write_outputs(evaluation))
    with open_run(path) as run:
        config = {**run.config, "mode": "eval", "reuse": str(path), "outputs_dir": str(tmp_path)}
        before = scores(run)
    assert sum(value is not None for value in before.values()) == 6
    api.run_eval(EvalConfig.model_validate(config))
    with open_run(path) as run:
        assert scores(run) == before
    found = stored.compare(path, unpack("evaluation", tmp_path / "other"))
    assert found.tasks


def scores(run: Run) -> dict[tuple[str, int], float | None]:
    answers = run.answers
    return {
        (each.hash, each.repeat): each.score.value
        for subtask in answers.subtasks()
        for each in answers.scores(subtask.name)
    }


READ_ONLY = """
import os, sys
import perfbench.store.reading
from perfbench.errors import StoreError
from perfbench.store import open_run
from perfbench.types import Record
if os.getuid() == 0:
    os.setgroups([]); os.setgid(65534); os.setuid(65534)
with open_run(sys.argv[1]) as run:
    (first, second) = run.points()
    print(len(run.columns(first)) + len(run.columns(second)), len(list(run.records(first))))
    try:
        run.append(first, [Record(seq=10**6, sample_id="s")])
    except StoreError as error:
        print(error)
"""


@pytest.mark.undisturbed
def test_an_old_read_only_file_is_read_through_a_copy_and_left_as_it_was():
    # Not below tmp_path, whose parents are closed to other users: a superuser becomes one.
    with tempfile.TemporaryDirectory(prefix="perfbench_test_") as folder:
        path = unpack("load test", Path(folder))
        before = hashlib.sha256((path / "run.db").read_bytes()).digest()
        for file in path.iterdir():
            file.chmod(0o444)
        path.chmod(0o555)
        Path(folder).chmod(0o755)
        command = [sys.executable, "-c", READ_ONLY, str(path)]
        done = warm.run(command, text=True)
        path.chmod(0o755)
        assert done.stderr == ""
        read, refused = done.stdout.splitlines()
        assert read == "24 14"
        assert "attempt to write a readonly database" in refused
        assert hashlib.sha256((path / "run.db").read_bytes()).digest() == before


def test_an_upgrade_that_fails_leaves_the_file_as_it_was_and_readable(tmp_path, monkeypatch):
    path = unpack("load test", tmp_path)
    with closing(sqlite3.connect(path / "run.db")) as db:
        before = list(db.iterdump())
    with (
        closing(sqlite3.connect(path / "run.db")) as busy,
        closing(sqlite3.connect(path / "run.db", isolation_level=None, timeout=0)) as db,
    ):
        busy.execute("BEGIN IMMEDIATE")
        with pytest.raises(sqlite3.OperationalError):
            migrations.upgrade(db)
        busy.execute("ROLLBACK")
        # No room for a page more: the last statements fail, and the first are undone.
        (pages,) = db.execute("PRAGMA page_count").fetchone()
        db.execute(f"PRAGMA max_page_count = {pages}")
        db.execute("PRAGMA user_version")
        with monkeypatch.context() as patch:
            patch.setattr(
                migrations,
                "LAYOUT",
                (*migrations.LAYOUT, "".join(f"CREATE TABLE t{n} (x);" for n in range(50))),
            )
            with pytest.raises(sqlite3.OperationalError):
                migrations.upgrade(db)
        assert list(db.iterdump()) == before
    assert version(path / "run.db") == 1
    with open_run(path) as run:
        assert len(run.points()) == 2


@pytest.mark.parametrize("number", [0, -1])
def test_a_version_that_never_was_is_damage(tmp_path, number):
    path = unpack("load test", tmp_path)
    with closing(sqlite3.connect(path / "run.db")) as db:
        db.execute(f"PRAGMA user_version = {number}")
    with pytest.raises(StoreError, match=rf"damaged: there was no store version {number}"):
        open_run(path)


def test_a_load_test_of_an_earlier_version_is_continued(tmp_path: Path) -> None:
    path = unpack("load test", tmp_path)
    with Simulator(SimulatorConfig(port=0, ttft_ms=1, itl_ms=1, output_tokens=4)) as service:
        with open_run(path) as run:
            run.change_config({**run.config, "url": service.url})
            run._db.execute("UPDATE point SET facts = NULL WHERE point = 1")
        # What has another default today is as it was.
        config = resumed_settings(PerfConfig, {"resume": str(path)}, environment={})
        assert (config.total_timeout, config.parallel, config.number) == (None, [1, 3], [12])
        result = api.run_perf({"resume": str(path), "report": False})
    assert [summary.set_aside for summary in result] == [0, 14]
    assert result[1].completed == 12
