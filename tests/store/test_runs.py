"""Which run is meant by a folder, a name, the beginning of one, or ``latest``."""

from __future__ import annotations

import os
from pathlib import Path

import forked
import pytest

from perfbench.errors import StoreError
from perfbench.store import About, Run, find, listed, open_run

NAMES = {
    "20260101_120000_load": "load test",
    "20260102_120000_eval": "evaluation",
    "20260102_130000_load": "load test",
}


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """Three runs of known names, and folders and files that are none."""
    tmp_path = tmp_path / "runs"
    for name, kind in NAMES.items():
        with Run.create(tmp_path / "made", "x", {}, {"kind": kind, "host": "h"}) as run:
            pass
        run.path.rename(tmp_path / name)
    (tmp_path / "made").rmdir()
    (tmp_path / "20270101_120000_empty").mkdir()
    (tmp_path / "README.md").write_text("")
    return tmp_path


@pytest.mark.parametrize(
    ("name", "kind", "expected"),
    [
        ("latest", None, "20260102_130000_load"),
        ("latest", "load test", "20260102_130000_load"),
        ("latest", "evaluation", "20260102_120000_eval"),
        ("20260101", None, "20260101_120000_load"),
        ("20260102_12", "evaluation", "20260102_120000_eval"),
        ("20260102_120000_eval", None, "20260102_120000_eval"),
        ("eval", None, "20260102_120000_eval"),
    ],
)
def test_a_run_is_found_by_name(runs, name, kind, expected):
    assert find(runs, name, kind) == runs / expected


def test_a_run_is_found_by_its_folder_or_its_database_wherever_it_is(runs):
    path = runs / "20260101_120000_load"
    for name in (path, path / "run.db"):
        assert find(Path("/nonexistent"), str(name)) == path


@pytest.mark.parametrize(
    ("name", "kind", "error"),
    [
        ("2026", None, "3 runs in .* begin with '2026'"),
        ("2025", None, "there is no run '2025'"),
        ("oad", None, "there is no run 'oad'"),
        ("load", None, "2 runs in .* are called 'load'; the newest is 20260102_130000_load"),
        ("20260101", "evaluation", "20260101_120000_load is a load test, not an evaluation"),
        ("20260102_12", "load test", "20260102_120000_eval is an evaluation, not a load test"),
        ("20270101_120000_empty", "load test", "run.db is missing"),
    ],
)
def test_a_name_that_means_no_run_is_refused(runs, name, kind, error):
    with pytest.raises(StoreError, match=error):
        find(runs, name, kind)


def test_latest_of_nothing(tmp_path):
    with pytest.raises(StoreError, match="no evaluation is in "):
        find(tmp_path / "nowhere", "latest", "evaluation")


def test_runs_are_listed_from_the_newest(runs):
    assert [(each.path.name, each.kind) for each in listed(runs)] == list(NAMES.items())[::-1]
    assert [each.path.name for each in listed(runs, "evaluation")] == ["20260102_120000_eval"]


def test_facts_are_typed_and_nothing_said_is_lost(runs):
    with open_run(runs / "20260101_120000_load") as run:
        assert run.about == About(kind="load test", extra={"host": "h"})
        assert run.about.facts() == {
            "kind": "load test",
            "url": None,
            "model": None,
            "api": None,
            "simulator": None,
            "given": None,
            "command": None,
            "host": "h",
        }


def perfbench(folder: Path, *arguments: str, **environment: str) -> tuple[int, str]:
    done = forked.perfbench(arguments, folder, env={**os.environ, **environment})
    return done.returncode, done.stderr


@pytest.mark.parametrize(
    "where",
    [("--outputs-dir", "runs"), {"PERFBENCH_OUTPUTS_DIR": "runs"}],
    ids=["flag", "variable"],
)
def test_commands_take_names(runs, where):
    flags, variables = (where, {}) if isinstance(where, tuple) else ((), where)
    for name in ("latest", "20260101"):
        assert perfbench(runs.parent, "export", name, *flags, **variables) == (0, "")
    assert perfbench(runs.parent, "export", "2026", *flags, **variables) == (
        2,
        "perfbench: 3 runs in runs begin with '2026'\n",
    )
