"""Damaged stores end in one line or in a result that says what it has; never in a traceback."""

from __future__ import annotations

import io
import random
import shutil
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Callable
from contextlib import closing, redirect_stderr, redirect_stdout
from pathlib import Path

import pytest
from kept_runs import unpack

from perfbench import cli
from perfbench.errors import StoreError
from perfbench.store import open_run
from perfbench.store.summaries import summarise_point

PAGE = 4096
KINDS = ("load test", "evaluation")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """An undamaged run of each kind, in today's layout."""
    folder = tmp_path_factory.mktemp("whole")
    runs = {kind: unpack(kind, folder) for kind in KINDS}
    for path in runs.values():
        open_run(path).close()
    return runs


def read_all(path: Path) -> str:
    """Read everything that reports, exports and comparisons read; what ended it, or nothing."""
    try:
        with open_run(path) as run:
            for point in run.points():
                run.facts(point)
                for _ in run.records(point):
                    pass
                for _ in run.texts(point):
                    pass
                summarise_point(run, point)
            for name in run.answers.subtasks():
                run.answers.scores(name)
                run.answers.asked(name)
                for _ in run.answers.records(name):
                    pass
            run.summaries()
    except StoreError as error:
        return str(error)
    return ""


def cut_at_a_page(data: bytearray, rng: random.Random) -> bytearray:
    return data[: rng.randrange(len(data) // PAGE) * PAGE]


def cut_anywhere(data: bytearray, rng: random.Random) -> bytearray:
    return data[: rng.randrange(len(data))]


def flip_bits(data: bytearray, rng: random.Random) -> bytearray:
    for _ in range(rng.choice((1, 5, 40))):
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    return data


def spoil_header(data: bytearray, rng: random.Random) -> bytearray:
    for _ in range(3):
        data[rng.randrange(100)] = rng.randrange(256)
    return data


def spoil_schema(data: bytearray, rng: random.Random) -> bytearray:
    for _ in range(4):
        data[rng.randrange(100, 2 * PAGE)] = rng.randrange(256)
    return data


def zero_page(data: bytearray, rng: random.Random) -> bytearray:
    start = rng.randrange(len(data) // PAGE) * PAGE
    data[start : start + PAGE] = bytes(PAGE)
    return data


def repeat_page(data: bytearray, rng: random.Random) -> bytearray:
    here, there = (rng.randrange(len(data) // PAGE) * PAGE for _ in range(2))
    data[here : here + PAGE] = data[there : there + PAGE]
    return data


DAMAGES: tuple[Callable[[bytearray, random.Random], bytearray], ...] = (
    cut_at_a_page,
    cut_anywhere,
    flip_bits,
    spoil_header,
    spoil_schema,
    zero_page,
    repeat_page,
)


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
def test_a_damaged_file_is_one_line_or_read(whole, tmp_path, damage):
    rng = random.Random(damage.__name__)
    ends = Counter()
    for number in range(40):
        kind = KINDS[number % 2]
        path = tmp_path / f"{kind}_{number}"
        path.mkdir()
        data = bytearray((whole[kind] / "run.db").read_bytes())
        (path / "run.db").write_bytes(damage(data, rng))
        error = read_all(path)
        assert "\n" not in error
        ends[error != ""] += 1
        shutil.rmtree(path)
    assert ends[True] > 0


STATEMENTS = (
    "DELETE FROM run",
    "UPDATE run SET config = 'nope'",
    "UPDATE run SET config = '[]'",
    "UPDATE run SET about = '[]'",
    """UPDATE run SET about = '{"url": 5}'""",
    """UPDATE run SET about = '{"kind": "odd"}'""",
    "UPDATE run SET origin_ns = 'x'",
    "UPDATE point SET spec = '{'",
    """UPDATE point SET spec = '{"index": 0}'""",
    "UPDATE point SET facts = '[1]'",
    "UPDATE point SET facts = 'x'",
    "UPDATE request SET gap_width = 0",
    "UPDATE request SET gap_width = 3",
    "UPDATE request SET gap_width = 8",
    "UPDATE request SET gaps = x'010203'",
    "UPDATE request SET gaps = 'text'",
    "UPDATE request SET event_tokens = x'01'",
    "UPDATE request SET event_tokens = x'0100010001000100010001000100010001000100'",
    "UPDATE request SET outcome = 'odd'",
    "UPDATE request SET seq = 'x' || id",
    "UPDATE request SET sent_ns = 'x'",
    "UPDATE request SET first_ns = NULL",
    "UPDATE request SET worker = 1.5",
    "UPDATE request SET status = x'00'",
    "UPDATE output SET text = x'ff'",
    "UPDATE output SET tool_calls = '{'",
    "UPDATE output SET tool_calls = '{}'",
    "UPDATE output SET more_texts = '[1]'",
    "DROP TABLE run",
    "DROP TABLE point",
    "DROP TABLE request",
    "DROP TABLE output",
    "DROP TABLE subtask",
    "PRAGMA user_version = 0",
)
OF_EVALUATIONS = (
    "UPDATE subtask SET spec = 'x'",
    "UPDATE subtask SET spec = '[]'",
    "UPDATE subtask SET spec = '{}'",
    "UPDATE score SET metrics = 'x'",
    "UPDATE score SET metrics = '[]'",
    "UPDATE score SET value = 'x'",
    "UPDATE score SET unscored = 'odd'",
    "UPDATE score SET value = 1e999",
    "UPDATE score SET unscored = NULL",
    "DROP TABLE score",
    "DROP TABLE question",
)


@pytest.mark.parametrize(
    ("kind", "statement"),
    [("load test", each) for each in STATEMENTS]
    + [("evaluation", each) for each in OF_EVALUATIONS],
)
def test_a_wrong_value_is_one_line(whole, tmp_path, monkeypatch, kind, statement):
    own = tmp_path / "temporary"
    own.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(own))
    path = Path(shutil.copytree(whole[kind], tmp_path / "run"))
    with closing(sqlite3.connect(path / "run.db")) as db, db:
        db.execute(statement)
    error = read_all(path)
    assert str(path) in error
    assert list(own.iterdir()) == []


@pytest.mark.parametrize(
    "statement", ["DELETE FROM point", "DELETE FROM request", "UPDATE request SET end_ns = NULL"]
)
def test_what_is_missing_is_not_made_up(whole, tmp_path, statement):
    path = Path(shutil.copytree(whole["load test"], tmp_path / "run"))
    with closing(sqlite3.connect(path / "run.db")) as db, db:
        db.execute(statement)
    with open_run(path) as run:
        summaries = [summarise_point(run, point) for point in run.points()]
    assert all(each.request_throughput_rps is None for each in summaries)


def command(*arguments: str) -> tuple[int, str]:
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()) as errors:
        status = cli.main(arguments)
    return status, errors.getvalue()


def no_file(path: Path) -> None:
    (path / "run.db").unlink()


def a_folder(path: Path) -> None:
    (path / "run.db").unlink()
    (path / "run.db").mkdir()


def an_empty_file(path: Path) -> None:
    (path / "run.db").write_bytes(b"")


def another_file(path: Path) -> None:
    (path / "run.db").write_bytes(b"\x89PNG" * 5000)


def another_database(path: Path) -> None:
    (path / "run.db").unlink()
    with closing(sqlite3.connect(path / "run.db")) as db:
        db.execute("CREATE TABLE t (x)")


def half_a_file(path: Path) -> None:
    data = (path / "run.db").read_bytes()
    (path / "run.db").write_bytes(data[: len(data) // 2])


@pytest.mark.parametrize(
    "damage", [no_file, a_folder, an_empty_file, another_file, another_database, half_a_file]
)
def test_every_command_ends_with_one_line_and_status_2(whole, tmp_path, damage):
    path = Path(shutil.copytree(whole["evaluation"], tmp_path / "run"))
    damage(path)
    before = sorted(path.rglob("*"))
    reuse = ("eval", "--datasets", "gsm8k", "--mode", "eval", "--reuse", str(path))
    for arguments in (
        ("report", str(path)),
        ("export", str(path)),
        ("compare", str(path), str(whole["evaluation"])),
        (*reuse, "--outputs-dir", str(tmp_path)),
    ):
        status, errors = command(*arguments)
        assert (status, errors.count("\n")) == (2, 1), errors
        assert errors.startswith("perfbench: ")
    assert sorted(path.rglob("*")) == before


def test_what_is_beside_the_database_is_not_needed(whole, tmp_path):
    path = Path(shutil.copytree(whole["load test"], tmp_path / "run"))
    (path / "config.yaml").unlink()
    (path / "summary.json").write_text("{")
    assert command("export", str(path)) == (0, "")
    with open_run(path) as run:
        with pytest.raises(StoreError, match=r"summary\.json is damaged"):
            run.summaries()
        run.write_summary([summarise_point(run, point) for point in run.points()])
        assert len(run.summaries()) == 2
