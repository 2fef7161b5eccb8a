from __future__ import annotations

import csv
import io
import json
import sys
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from handles import closed_when_dropped
from pyarrow import parquet
from report_builders import HOSTILE, make_point, make_run

from perfbench.errors import ConfigError, StoreError
from perfbench.foreign import cell
from perfbench.metrics.definitions import METRICS
from perfbench.reports.export import export
from perfbench.reports.timeline import export_timeline
from perfbench.store import Run, open_run
from perfbench.types import Question, Record, Sample, Usage, pack_gaps

MS = 1_000_000


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """A warm-up request, one that is known to the nanosecond, and one that was never sent."""
    run = closed_when_dropped(Run.create(tmp_path, "small", {}, {}))
    point = make_point(0, None, rate=5.0, number=2, name="rate_5")
    zero = run.origin_ns
    gaps, width = pack_gaps([20 * MS, 30 * MS])
    known = Record(
        seq=1,
        sample_id="a,b",
        worker=3,
        due_ns=zero + 9 * MS,
        sent_ns=zero + 10 * MS,
        headers_ns=zero + 15 * MS,
        first_ns=zero + 60 * MS,
        first_content_ns=zero + 60 * MS,
        gaps=gaps,
        gap_width=width,
        event_tokens=b"\1\0\2\0\1\0",
        end_ns=zero + 111 * MS,
        read_delay_ns=1500,
        status=200,
        text='one, "two"\nthree',
        finish="stop",
        usage=Usage(7, 4, 3, None),
        response_id="r1",
    )
    run.begin_point(point)
    run.append(point, [Record(seq=0, sample_id="w", phase="warmup", outcome="timeout"), known])
    run.append(point, [Record(seq=2, sample_id="x", outcome="connect", detail=HOSTILE)])
    return run


def csv_rows(run: Run, raw: bool = False) -> list[dict[str, str]]:
    out = io.StringIO()
    export(run, "csv", out, raw)
    return list(csv.DictReader(io.StringIO(out.getvalue())))


def test_csv_has_a_row_per_request_with_units_in_names(run: Run) -> None:
    warmup, known, unsent = csv_rows(run)
    assert (warmup["phase"], warmup["outcome"]) == ("warmup", "timeout")
    figures = {
        "sent_ms": 10, "due_ms": 9, "send_lag_ms": 1, "headers_ms": 5, "lasted_ms": 101,
        "read_delay_ms": 0.0015, "ttft_ms": 50, "ttfo_ms": 50, "e2e_ms": 100,
        "schedule_ttft_ms": 51, "schedule_latency_ms": 101, "input_tokens": 7, "output_tokens": 4,
        "cached_tokens": 3, "output_tok_s": 40, "events": 3,
    }  # fmt: skip
    assert {name: float(known[name]) for name in figures} == pytest.approx(figures)
    assert float(known["tpot_ms"]) == pytest.approx(50 / 3)
    assert known["sample_id"] == "a,b"
    assert known["point"] == "rate_5"
    assert unsent["detail"] == HOSTILE.replace("\x1b", "␛")
    assert csv_rows(run, raw=True)[2]["detail"] == HOSTILE
    assert unsent["ttft_ms"] == unsent["sent"] == unsent["output_tokens"] == ""


def test_wall_time_is_the_runs_clock(run: Run) -> None:
    known = csv_rows(run)[1]
    sent = datetime.fromisoformat(known["sent"])
    assert sent.utcoffset() is not None
    assert sent.timestamp() == pytest.approx(run.started_s + 0.010, abs=2e-6)
    assert datetime.fromisoformat(known["ended"]).timestamp() == pytest.approx(
        run.started_s + 0.111, abs=2e-6
    )


def test_json_lines_add_texts_and_event_times(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "rows.jsonl"
    export(run, "jsonl", out)
    _, known, unsent = (json.loads(line) for line in out.read_text("utf-8").splitlines())
    assert known["event_ms"] == [50.0, 70.0, 100.0]
    assert known["event_tokens"] == [1, 2, 1]
    assert known["text"] == 'one, "two"\nthree'
    assert known["ttft_ms"] == 50
    assert known["reasoning_tokens"] is None
    assert unsent["event_ms"] is None
    assert unsent["sent"] is None


def test_both_formats_tell_the_same(run: Run) -> None:
    out = io.StringIO()
    export(run, "jsonl", out)
    for row, line in zip(csv_rows(run, raw=True), out.getvalue().splitlines(), strict=True):
        data = json.loads(line)
        assert row == {name: "" if data[name] is None else str(data[name]) for name in row}


@pytest.mark.parametrize("detail", ["=1+1", "a\rb", "a\r\nb", "\x9b2J", "-1", ',"'])
def test_each_row_is_a_line_whatever_a_server_said(tmp_path: Path, detail: str) -> None:
    with Run.create(tmp_path, "odd", {}, {}) as run:
        point = make_point(0, 1, number=2)
        run.begin_point(point)
        run.append(point, [Record(seq=0, sample_id=detail, outcome="timeout", detail=detail)])
        out, raw = io.StringIO(), io.StringIO()
        export(run, "csv", out)
        export(run, "csv", raw, raw=True)
    assert out.getvalue().count("\n") == 2
    assert "\r" not in out.getvalue()
    (row,) = csv.DictReader(io.StringIO(out.getvalue()))
    assert row["detail"] == row["sample_id"] == cell(detail)
    (row,) = csv.DictReader(io.StringIO(raw.getvalue(), newline=""))
    assert row["detail"] == row["sample_id"] == detail


def test_every_request_of_every_point_is_there(tmp_path: Path) -> None:
    with make_run(tmp_path, [(1, 20), (8, 60)], failed_every=10) as run:
        rows = csv_rows(run)
        summaries = [run.columns(point) for point in run.points()]
    assert len(rows) == 80
    assert sum(row["outcome"] != "ok" for row in rows) == 6
    assert sum(int(row["output_tokens"] or 0) for row in rows) == sum(
        int(columns.usage_output_tokens[columns.ok].sum()) for columns in summaries
    )


def test_an_unwritable_file_is_one_line(run: Run, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"^cannot write [^\n]*No such file[^\n]*$"):
        export(run, "csv", tmp_path / "missing" / "x.csv")


def test_a_run_without_requests_is_empty(tmp_path: Path) -> None:
    with Run.create(tmp_path, "empty", {}, {}) as run:
        assert csv_rows(run) == []


def test_a_metric_overwrites_no_fact(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    named = replace(METRICS["e2e_ms"], title="Status")
    monkeypatch.setitem(METRICS, "status", named)
    known = csv_rows(run)[1]
    assert (known["status"], float(known["metric_status"])) == ("200", 100)


def test_metrics_of_a_users_own_overwrite_no_column_in_any_format(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ("status", "events", "prompt", "event_ms", "text", "own")
    for name in names:
        monkeypatch.setitem(METRICS, name, replace(METRICS["e2e_ms"], title=name, asked=True))
    export(run, "jsonl", tmp_path / "x.jsonl")
    export(run, "parquet", tmp_path / "x.parquet")
    rows = {
        "csv": csv_rows(run)[1],
        "jsonl": json.loads((tmp_path / "x.jsonl").read_text("utf-8").splitlines()[1]),
        "parquet": parquet.read_table(tmp_path / "x.parquet").to_pylist()[1],
    }
    for form, row in rows.items():
        columns = [*(f"metric_{name}" for name in names[:-1]), "own"]
        assert [float(row[column]) for column in columns] == [100] * len(names), form
        assert float(row["events"]) == 3, form
        assert row.get("text", 'one, "two"\nthree') == 'one, "two"\nthree', form


@pytest.mark.parametrize("value", [2.0**53 + 2, 2.0**60, 1e30, -1e300, 0.5])
def test_a_metric_of_a_users_own_may_be_any_number(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: float
) -> None:
    own = replace(METRICS["output_tokens"], values=lambda c: np.full(len(c), value), asked=True)
    monkeypatch.setitem(METRICS, "own", own)
    export(run, "jsonl", tmp_path / "x.jsonl")
    export(run, "parquet", tmp_path / "x.parquet")
    table = parquet.read_table(tmp_path / "x.parquet")
    assert table.column("own").to_pylist() == [value] * 3
    lines = (tmp_path / "x.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(line)["own"] for line in lines] == [value] * 3
    assert [float(row["own"]) for row in csv_rows(run)] == [value] * 3


def test_parquet_has_what_json_lines_have_with_types_and_units(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "rows.parquet"
    export(run, "parquet", out)
    lines = io.StringIO()
    export(run, "jsonl", lines)
    table = parquet.read_table(out)
    for row, line in zip(table.to_pylist(), lines.getvalue().splitlines(), strict=True):
        told = json.loads(line)
        assert set(row) == {*told, "prompt"}
        for wall in ("sent", "ended"):
            told[wall] = told[wall] and datetime.fromisoformat(told[wall])
        assert row == {"prompt": None, **told}
    types = {field.name: str(field.type) for field in table.schema}
    assert types["sent"] == "timestamp[us, tz=UTC]"
    assert (types["seq"], types["output_tokens"], types["ttft_ms"]) == ("int64", "int64", "double")
    assert (types["event_ms"], types["stream"]) == ("list<element: double>", "bool")
    units = {field.name: (field.metadata or {}).get(b"unit") for field in table.schema}
    assert (units["ttft_ms"], units["output_tok_s"], units["rate_rps"]) == (b"ms", b"tok/s", b"1/s")
    assert all(
        (units[field.name] is not None) == (str(field.type) not in ("string", "bool"))
        for field in table.schema
        if field.name not in ("seq", "repeat", "turn", "turns", "worker", "status", "sent", "ended")
    )


def test_parquet_is_written_in_row_groups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("perfbench.reports.parquet._ROWS", 32)
    with make_run(tmp_path, [(1, 20), (8, 60)], failed_every=10) as run:
        export(run, "parquet", tmp_path / "x.parquet")
        wanted = [float(row["e2e_ms"]) for row in csv_rows(run) if row["e2e_ms"]]
    file = parquet.ParquetFile(tmp_path / "x.parquet")
    assert (file.metadata.num_rows, file.num_row_groups) == (80, 3)
    found = file.read(["outcome", "e2e_ms"]).to_pydict()
    assert [value for value in found["e2e_ms"] if value is not None] == wanted
    assert sum(outcome != "ok" for outcome in found["outcome"]) == 6


def test_parquet_of_a_run_without_requests_has_all_columns(tmp_path: Path) -> None:
    with Run.create(tmp_path, "empty", {}, {}) as run:
        export(run, "parquet", tmp_path / "x.parquet")
    table = parquet.read_table(tmp_path / "x.parquet")
    assert (table.num_rows, "ttft_ms" in table.column_names) == (0, True)


def test_parquet_takes_whatever_a_service_says(tmp_path: Path) -> None:
    with Run.create(tmp_path, "odd", {}, {}) as run:
        point = make_point(0, 1, number=1)
        run.begin_point(point)
        calls = [{"function": {"name": "f", "arguments": "{}"}}]
        run.append(point, [Record(seq=0, sample_id="a", text=HOSTILE, tool_calls=calls)])
        export(run, "parquet", tmp_path / "x.parquet")
    (row,) = parquet.read_table(tmp_path / "x.parquet").to_pylist()
    assert (row["text"], json.loads(row["tool_calls"])) == (HOSTILE, calls)


def test_parquet_needs_a_file(run: Run) -> None:
    with pytest.raises(ConfigError, match=r"--format parquet needs --out FILE"):
        export(run, "parquet", io.StringIO())


def test_a_timeline_is_no_parquet(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "x.parquet"
    with pytest.raises(ConfigError, match=r"^--timeline is written as csv or jsonl"):
        export_timeline(run, "parquet", out)
    assert not out.exists()


def test_without_pyarrow_it_is_said_what_to_install(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ConfigError, match=r"pyarrow: pip install 'perfbench\[parquet\]'$"):
        export(run, "parquet", tmp_path / "x.parquet")


def test_a_point_that_was_run_after_a_restart_has_its_own_wall_time(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The machine was up for a minute, and an hour had gone by since the run began."""
    hour, booted = 3600 * 1000 * MS, 60 * 1000 * MS
    began_ns = run.origin_wall_ns + hour
    monkeypatch.setattr("perfbench.store.run.clock_pair", lambda: (booted, began_ns))
    point = make_point(1, None, rate=5.0, number=1, name="later")
    with open_run(run.path) as again:
        again.begin_point(point)
        sent = Record(
            seq=0,
            sample_id="s",
            due_ns=booted,
            sent_ns=booted + 10 * MS,
            headers_ns=booted + 15 * MS,
            end_ns=booted + 111 * MS,
        )
        again.append(point, [sent])
    *_, first, _, later = csv_rows(run)
    for row, zero_s in ((first, run.started_s), (later, began_ns / 1e9)):
        assert datetime.fromisoformat(row["sent"]).timestamp() == pytest.approx(
            zero_s + 0.01, abs=2e-6
        )
        assert datetime.fromisoformat(row["ended"]).timestamp() == pytest.approx(
            zero_s + 0.111, abs=2e-6
        )
    assert (float(later["sent_ms"]), float(later["due_ms"])) == (3_600_010, 3_600_000)
    assert float(later["send_lag_ms"]) == 10
    columns = run.columns(point)
    assert columns.origin_wall_ns + int(columns.sent_ns[0]) == began_ns + 10 * MS
    out = io.StringIO()
    export_timeline(run, "csv", out)
    *_, second = csv.DictReader(io.StringIO(out.getvalue()))
    assert second["point"] == "later"
    assert datetime.fromisoformat(second["begins"]).timestamp() == pytest.approx(
        began_ns / 1e9 + 0.01, abs=1e-3
    )


def test_every_prompt_is_the_requests_own(tmp_path: Path) -> None:
    """Of an evaluation that asked what was missing as a second point of the same name, and of a
    plan that started over."""

    def question(seq: int) -> Question:
        return Question(seq, Sample(id=f"s/{seq}", input=f"prompt {seq}"), f"hash {seq}")

    with Run.create(tmp_path, "twice", {}, {}) as run:
        run.samples.put("same", [question(seq) for seq in range(5)])
        for index, seqs in enumerate(((0, 1), (2, 3, 4))):
            point = make_point(index, 1, number=len(seqs), name="same")
            run.begin_point(point)
            run.answers.put_questions(point, [question(seq) for seq in seqs])
            run.append(point, [Record(seq=seq, sample_id=f"s/{seq}") for seq in seqs])
        over = [Record(seq=2, sample_id="s/0 (1)"), Record(seq=3, sample_id="s/0", turn=1)]
        other = Record(seq=4, sample_id="s/10", conversation="s/10")
        run.append(run.points()[0], [*over, other])
        out = io.StringIO()
        export(run, "jsonl", out)
    rows = [json.loads(line) for line in out.getvalue().splitlines()]
    of_first = ["prompt 0", "prompt 1", "prompt 0", None, None]
    assert [row["prompt"] for row in rows] == [*of_first, "prompt 2", "prompt 3", "prompt 4"]
