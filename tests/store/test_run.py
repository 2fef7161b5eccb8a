"""The results folder: what is written, what is read back, and what goes wrong clearly."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from perfbench.errors import StoreError
from perfbench.store import Run, open_run
from perfbench.types import Point, PointFacts, Record, Subtask, Usage, WorkerFacts, pack_gaps

POINT = Point(index=0, name="parallel_2_number_4", parallel=2, rate=None, number=4)
OTHER = Point(index=1, name="rate_5_number_4", parallel=None, rate=5.0, number=4, warmup=1)
FACTS = PointFacts(
    workers=[WorkerFacts(worker=0, wall_s=2.0, cpu_s=0.5, sched_delay_s=None, kernel_stamps=True)],
    parent_cpu_s=0.1,
    drained=3,
)


@pytest.fixture
def run(tmp_path: Path):
    with Run.create(tmp_path, "a run", {"parallel": [2]}, {"url": "http://x", "model": "m"}) as run:
        yield run


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("my model/7B: ünïcode", "my_model_7B_ünïcode"),
        ("../../my model/7B: ünïcode", "7B_ünïcode"),  # a path is called by its last part
    ],
)
def test_folder_is_named_after_time_and_a_safe_name(tmp_path, given, shown):
    with Run.create(tmp_path, given, {}, {}) as run:
        assert run.path.parent == tmp_path
        stamp, _, name = run.path.name.partition("_")[2].partition("_")
        assert len(stamp) == 6
        assert name == shown


@pytest.mark.parametrize("name", ["", "...", "///", "x" * 500])
def test_any_name_makes_a_folder(tmp_path, name):
    with Run.create(tmp_path, name, {}, {}) as run:
        assert 17 <= len(run.path.name) <= 90


def test_runs_of_the_same_second_get_folders_of_their_own(tmp_path):
    runs = [Run.create(tmp_path, "same", {}, {}) for _ in range(4)]
    assert len({run.path for run in runs}) == 4
    for run in runs:
        run.close()


def test_config_and_facts_are_kept(run):
    assert yaml.safe_load((run.path / "config.yaml").read_text()) == {"parallel": [2]}
    assert run.config == {"parallel": [2]}
    assert run.kind == "load test"
    assert (run.about.url, run.about.model, run.about.simulator) == ("http://x", "m", None)
    assert abs(run.started_s - time.time()) < 60


@pytest.mark.parametrize(
    "text",
    ["plain: 'x' # y", "two\nlines\n", "\x00\r\x7f", "yes", "1e3", "", "Grüße 🙂", "\x85\ufeff"],
)
def test_settings_for_people_hold_any_text(tmp_path, text):
    with Run.create(tmp_path, "n", {"prompt": [text, {"": None}]}, {}) as made:
        written = (made.path / "config.yaml").read_text(encoding="utf-8")
    assert yaml.safe_load(written) == {"prompt": [text, {"": None}]}
    assert text.isascii() or not text.isprintable() or text in written


def test_points_and_their_facts(run):
    run.begin_point(POINT)
    run.end_point(POINT, FACTS)
    run.begin_point(OTHER)
    with open_run(run.path) as reader:
        assert reader.points() == [POINT, OTHER]
        assert reader.facts(POINT) == FACTS
        assert reader.facts(OTHER) is None


def test_notes_are_lines_with_a_time(run):
    run.note("worker 1 died")
    run.note("zweite Zeile ü")
    lines = (run.path / "run.log").read_text(encoding="utf-8").splitlines()
    assert [line.split(" ", 1)[1] for line in lines] == ["worker 1 died", "zweite Zeile ü"]


count = st.none() | st.integers(0, 1 << 40)
stamp = st.none() | st.integers(0, (1 << 62) - 1)
gaps = st.lists(st.integers(0, 1 << 34), max_size=6).map(pack_gaps)
text = st.text(st.characters(codec="utf-8"), max_size=8)


@st.composite
def records(draw: st.DrawFn) -> Record:
    sent_ns, first_ns = draw(stamp), draw(stamp)
    packed, width = draw(gaps) if first_ns is not None else (b"", 4)
    events = 0 if first_ns is None else 1 + len(packed) // width
    usage = draw(st.none() | st.builds(Usage, *[count] * 4))
    return Record(
        seq=0,
        sample_id=draw(text),
        repeat=draw(st.integers(0, 9)),
        phase=draw(st.sampled_from(["warmup", "measure"])),
        worker=draw(st.integers(0, 99)),
        stream=draw(st.booleans()),
        due_ns=draw(stamp),
        sent_ns=sent_ns,
        headers_ns=draw(stamp),
        first_ns=first_ns,
        first_content_ns=draw(stamp),
        gaps=packed,
        gap_width=width,
        event_tokens=draw(st.none() | st.just(b"\x01\x00" * events)),
        end_ns=draw(stamp if sent_ns is None else st.integers(0, (1 << 62) - 1)),
        read_delay_ns=draw(stamp),
        connect_ns=draw(stamp),
        reused=draw(st.booleans()),
        status=draw(st.none() | st.just(200)),
        outcome=draw(st.sampled_from(["ok", "timeout", "http_5xx"])),
        detail=draw(text),
        text=draw(text),
        reasoning=draw(text),
        tool_calls=draw(st.none() | st.just([{"index": 0, "function": {"name": "f"}}])),
        more_texts=draw(st.none() | st.lists(text, min_size=1, max_size=2)),
        finish=draw(st.none() | st.just("stop")),
        usage=None if usage == Usage() else usage,
        response_id=draw(st.none() | text),
        input_tokens=draw(count),
        resends=draw(st.integers(0, 3)),
        restamped=draw(st.booleans()),
    )


@settings(max_examples=30, deadline=None)
@given(st.lists(records(), max_size=5))
def test_records_come_back_as_they_were(made):
    for seq, record in enumerate(made):
        record.seq = seq
    with (
        tempfile.TemporaryDirectory() as folder,
        Run.create(Path(folder), "x", {}, {}) as run,
    ):
        run.begin_point(POINT)
        run.append(POINT, made)
        assert list(run.records(POINT)) == made
        assert list(run.records(OTHER)) == []
        measured = [record for record in made if record.phase == "measure"]
        assert list(run.records(POINT, "measure")) == measured
        assert run.columns(POINT).seq.tolist() == [record.seq for record in measured]


def test_records_of_many_pages_and_points_stay_apart(run):
    for point, step in ((POINT, 1), (OTHER, 2)):
        run.begin_point(point)
        for start in range(0, 2500, 500):
            run.append(
                point, [Record(seq=step * n, sample_id="s") for n in range(start, start + 500)]
            )
    assert [r.seq for r in run.records(POINT)] == list(range(2500))
    assert [r.seq for r in run.records(OTHER)] == list(range(0, 5000, 2))
    assert run.columns(OTHER).seq.tolist() == list(range(0, 5000, 2))


def test_a_late_record_still_belongs_to_its_own_point(run):
    for point in (POINT, OTHER):
        run.begin_point(point)
    for seq, point in enumerate((POINT, OTHER, POINT)):
        run.append(point, [Record(seq=seq, sample_id="s", outcome="timeout", detail=point.name)])
    assert [r.seq for r in run.records(POINT)] == [0, 2]
    assert run.columns(POINT).seq.tolist() == [0, 2]
    assert run.columns(OTHER).error_examples == {"timeout": OTHER.name}


def test_sent_is_stored_as_unix_time_too(run):
    run.begin_point(POINT)
    sent_ns, wall_ns = time.perf_counter_ns(), time.time_ns()
    run.append(POINT, [Record(seq=0, sample_id="s", sent_ns=sent_ns), Record(seq=1, sample_id="t")])
    with sqlite3.connect(run.path / "run.db") as db:
        rows = db.execute("SELECT sent_wall_ns FROM request ORDER BY id").fetchall()
    db.close()
    assert abs(rows[0][0] - wall_ns) < 50_000_000
    assert rows[1] == (None,)
    columns = run.columns(POINT)
    assert columns.origin_wall_ns + columns.sent_ns[0] == pytest.approx(rows[0][0], abs=1000)


def test_tokenizer_counts_stand_beside_usage(run):
    run.begin_point(POINT)
    usage = Usage(output_tokens=7)
    run.append(
        POINT,
        [
            Record(seq=0, sample_id="a", text="one", more_texts=["two"], usage=usage),
            Record(seq=1, sample_id="b", text="text", reasoning="think "),
            Record(
                seq=2,
                sample_id="c",
                tool_calls=[{"index": 0, "function": {"name": "f", "arguments": '{"x":1}'}}],
            ),
            Record(seq=3, sample_id="d", text="cut", outcome="truncated"),
            Record(seq=4, sample_id="e", text="warm", phase="warmup"),
        ],
    )
    texts = list(run.texts(POINT))
    assert texts == [(0, 0, "onetwo"), (1, 0, "think text"), (2, 0, 'f{"x":1}')]
    run.update_output_tokens(POINT, ((seq, repeat, len(text)) for seq, repeat, text in texts))
    columns = run.columns(POINT)
    assert columns.counted_output_tokens[:3].tolist() == [6, 10, 8]
    assert columns.usage_output_tokens[0] == 7


def test_counts_may_be_written_while_texts_are_read(run):
    run.begin_point(POINT)
    run.append(POINT, [Record(seq=n, sample_id="s", text="ab") for n in range(2300)])
    for seq, repeat, text in run.texts(POINT):
        if seq % 400 == 0:
            run.update_output_tokens(POINT, [(seq, repeat, len(text))])
    assert (run.columns(POINT).counted_output_tokens == 2).sum() == 6


def test_a_request_stored_twice_is_refused_and_the_rest_kept(run):
    run.begin_point(POINT)
    run.append(POINT, [Record(seq=0, sample_id="s")])
    with pytest.raises(StoreError, match="1 stored requests are kept"):
        run.append(POINT, [Record(seq=1, sample_id="s"), Record(seq=0, sample_id="s")])
    assert [record.seq for record in run.records(POINT)] == [0]


def test_a_reader_sees_a_run_in_progress(run):
    run.begin_point(POINT)
    with open_run(run.path) as reader:
        run.append(POINT, [Record(seq=0, sample_id="s")])
        assert len(list(reader.records(POINT))) == 1
        run.append(POINT, [Record(seq=1, sample_id="s")])
        assert len(reader.columns(POINT)) == 2


def test_a_finished_run_is_one_plain_file(tmp_path):
    with Run.create(tmp_path, "x", {}, {}) as run:
        run.begin_point(POINT)
        run.append(POINT, [Record(seq=0, sample_id="s")])
    assert sorted(file.name for file in run.path.iterdir()) == ["config.yaml", "run.db"]
    with open_run(run.path / "run.db") as again:
        assert len(list(again.records(POINT))) == 1


def test_a_run_may_be_closed_while_it_is_read(tmp_path):
    run = Run.create(tmp_path, "x", {}, {})
    run.begin_point(POINT)
    run.append(POINT, [Record(seq=n, sample_id="s") for n in range(1500)])
    with open_run(run.path) as reader:
        records = reader.records(POINT)
        assert next(records).seq == 0
        run.close()
        assert sum(1 for _ in records) == 1499
    with open_run(run.path) as again:
        assert len(again.columns(POINT)) == 1500


def _database(folder: Path, *statements: str) -> Path:
    folder.mkdir(exist_ok=True)
    db = sqlite3.connect(folder / "run.db")
    for statement in statements:
        db.execute(statement)
    db.close()
    return folder


def test_what_is_no_run_is_said_in_one_line(tmp_path):
    with pytest.raises(StoreError, match=r"no run in .*nowhere: run\.db is missing"):
        open_run(tmp_path / "nowhere")
    with pytest.raises(StoreError, match="was not made by perfbench"):
        open_run(_database(tmp_path / "foreign", "CREATE TABLE t (x)"))
    (tmp_path / "text").mkdir()
    (tmp_path / "text" / "run.db").write_text("no database at all" * 100)
    with pytest.raises(StoreError, match=r"cannot read .*file is not a database"):
        open_run(tmp_path / "text")


def test_a_newer_store_is_refused(tmp_path):
    with Run.create(tmp_path, "x", {}, {}) as run:
        path = run.path
    with pytest.raises(StoreError, match=r"newer perfbench \(store version 99"):
        open_run(_database(path, "PRAGMA user_version = 99"))


def test_a_folder_left_before_the_run_began_says_so(tmp_path):
    with Run.create(tmp_path, "x", {}, {}) as run:
        path = run.path
    with pytest.raises(StoreError, match="left before the run began"):
        open_run(_database(path, "BEGIN", "DELETE FROM run", "COMMIT"))


def test_an_impossible_outputs_folder_is_one_line(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match=r"cannot make a results folder in .*: "):
        Run.create(tmp_path / "file" / "results", "x", {}, {})


def test_a_damaged_summary_is_one_line(run):
    assert run.summaries() == []
    for content in ('{"schema": "other"}', "[]", "{", '{"schema": "perfbench.summary/1"}'):
        (run.path / "summary.json").write_text(content)
        with pytest.raises(StoreError, match=r"summary\.json is "):
            run.summaries()


def test_summary_file_has_schema_run_and_config(run):
    run.write_summary([])
    data = json.loads((run.path / "summary.json").read_text())
    assert data["schema"] == "perfbench.summary/1"
    assert data["config"] == {"parallel": [2]}
    assert data["points"] == []
    assert data["run"]["id"] == run.path.name
    assert data["run"]["url"] == "http://x"
    assert data["run"]["simulator"] is None
    assert run.summaries() == []


def test_config_may_hold_what_json_encodes(tmp_path):
    with Run.create(tmp_path, "x", {"stop": ("a", "b"), "seed": None}, {}) as run:
        assert run.config == {"stop": ["a", "b"], "seed": None}


def test_importing_the_store_to_write_costs_no_numpy():
    code = "import sys, perfbench.store; print([m for m in ('numpy', 'yaml') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_facts_and_points_survive_json_exactly():
    point = Point(0, "n", None, 0.1, None, duration_s=1.5, burstiness=0.25, grace_s=0.0)
    assert msgspec.json.decode(msgspec.json.encode(point), type=Point) == point


def test_nothing_is_stored_but_through_the_scrub(tmp_path: Path) -> None:
    def scrub(value: Any) -> Any:
        return msgspec.json.decode(msgspec.json.encode(value).replace(b"K3Y", b"***"))

    said = {"text": "a K3Y", "detail": "K3Y", "reasoning": "K3Y", "finish": "K3Y"}
    more = {"response_id": "K3Y", "more_texts": ["x", "K3Y"], "tool_calls": [{"id": "K3Y"}]}
    point = Point(0, "p", parallel=1, rate=None, number=2)
    plain = Record(seq=1, sample_id="x", text="b")
    with Run.create(tmp_path, "named K3Y", {"a": "K3Y"}, {"model": "K3Y"}, scrub) as run:
        run.begin_point(point)
        run.append(point, [Record(seq=0, sample_id="K3Y", **said, **more), plain])
        run.note("a K3Y\x1b[31m\nin two lines")
        run.change_config({"b": ["K3Y"]})
        run.answers.put_subtask(
            Subtask(
                model="K3Y",
                served_model="K3Y",
                data_set="d",
                asked_as="d",
                version="v",
                parts={"generation": "K3Y"},
                metric="accuracy",
                mode="gen",
                extractor="number",
                scorer="number",
                prompt="str",
                samples=1,
                repeats=1,
            )
        )
        run.write_summary([])
        cut, same = run.records(point)
    assert (cut.text, cut.tool_calls, cut.more_texts) == ("a ***", [{"id": "***"}], ["x", "***"])
    assert same == plain
    for file in run.path.rglob("*"):
        assert b"K3Y" not in file.read_bytes()
    assert "K3Y" not in run.path.name
    assert (run.path / "run.log").read_text().count("\n") == 1
    assert "\x1b" not in (run.path / "run.log").read_text()
