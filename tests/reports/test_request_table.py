from __future__ import annotations

import math
import operator
import random
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import datetime
from functools import cmp_to_key
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import warm
from handles import closed_when_dropped
from hypothesis import given, settings
from hypothesis import strategies as st
from report_builders import HOSTILE
from varied_requests import MS, POINTS, make_record, make_varied

from perfbench.errors import StoreError
from perfbench.metrics.requests import FIGURES
from perfbench.reports.requests import COLUMNS, Query, RequestTable, read_query
from perfbench.reports.requests.held import Texts
from perfbench.reports.requests.kept import FILE_NAME
from perfbench.reports.requests.order import ordered, position
from perfbench.reports.requests.query import NUMBERS, QueryError
from perfbench.store import Run
from perfbench.types import Point, PointFacts, Question, Record, Sample, Usage, pack_gaps


@pytest.fixture(scope="module")
def varied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[RequestTable, list[Any]]]:
    run = make_varied(tmp_path_factory.mktemp("varied"))
    with RequestTable(run.path) as table:
        yield table, plain_rows(run)


def plain_rows(run: Run) -> list[dict[str, Any]]:
    """What a few columns of each request hold, worked out from its record alone."""
    records = [(point, record) for point in POINTS for record in run.records(point)]
    return [_plain_row(key, *each, run) for key, each in enumerate(records, 1)]


def _plain_row(key: int, point: Point, record: Record, run: Run) -> dict[str, Any]:
    def ms(late: int | None, early: int | None, wanted: bool = True) -> float | None:
        known = wanted and late is not None and early is not None
        return round((late - early) / MS, 6) if known else None  # type: ignore[operator]

    stamps = record.event_ns
    steps = [b - a for a, b in pairwise(stamps)]
    return {
        "id": key,
        "point": point.name,
        "phase": record.phase,
        "outcome": record.outcome,
        "sample_id": record.sample_id,
        "conversation": record.conversation,
        "turn": record.turn if record.conversation else None,
        "worker": record.worker,
        "status": record.status,
        "finish": record.finish,
        "ttft_ms": ms(record.first_ns, record.sent_ns, record.stream),
        "itl_max_ms": max(steps) / MS if steps and record.stream else None,
        "send_lag_ms": ms(record.sent_ns, record.due_ns),
        "e2e_ms": ms(stamps[-1] if stamps else None, record.sent_ns)
        if record.stream
        else ms(record.end_ns, record.sent_ns),
        "output_tokens": record.usage.output_tokens if record.usage else None,
        "events": len(stamps),
    }


KNOWN = ["point", "phase", "outcome", "sample_id", "conversation", "turn", "worker", "status"]
KNOWN += ["finish", "ttft_ms", "itl_max_ms", "send_lag_ms", "e2e_ms", "output_tokens", "events"]
RANKS = {
    "point": [point.name for point in POINTS],
    "phase": ["warmup", "measure", "cooldown"],
    "outcome": ["ok", "connect", "timeout", "http_4xx", "http_5xx"],
}
OPERATORS = {
    "<": operator.lt,
    ">": operator.gt,
    "==": operator.eq,
    "!=": operator.ne,
    "<=": operator.le,
}


def in_order(rows: list[dict[str, Any]], sort: str) -> list[dict[str, Any]]:
    """Sorted as the table says it sorts, by comparing two at a time."""
    name, sign = sort.removeprefix("-"), -1 if sort.startswith("-") else 1
    ranks = [*RANKS.get(name, []), "in_band_error", "truncated", "empty", "protocol"]
    ranks += ["cancelled", "abandoned"]

    def compare(a: dict[str, Any], b: dict[str, Any]) -> int:
        x, y = a[name], b[name]
        if name in RANKS:
            x, y = ranks.index(x), ranks.index(y)
        if x is None or y is None:
            return int(x is None) - int(y is None)
        return sign * ((x > y) - (x < y))

    return sorted(rows, key=cmp_to_key(compare))


WORDS = st.fixed_dictionaries(
    {},
    optional={
        "point": st.sampled_from(["parallel_10", "parallel_20", "parallel_*"]),
        "outcome": st.sampled_from(["ok", "failed", "timeout", "http_*"]),
        "sample_id": st.sampled_from(["a", "ab*", "q1*", "nothing", "é", "*"]),
        "conversation": st.sampled_from(["c1", "c*"]),
        "worker": st.sampled_from(["0", "2", "7"]),
    },
)
LIMITS = st.lists(
    st.tuples(
        st.sampled_from(["ttft_ms", "e2e_ms", "output_tokens", "id", "status", "itl_max_ms"]),
        st.sampled_from([*OPERATORS]),
        st.sampled_from([0, 1, 50, 60.0, 200, 5000]),
    ),
    max_size=3,
)


@settings(max_examples=200, deadline=None)
@given(
    equal=WORDS,
    limits=LIMITS,
    sort=st.tuples(st.sampled_from(["", "-"]), st.sampled_from(["id", *KNOWN])).map("".join),
    offset=st.integers(0, 320),
    limit=st.integers(1, 60),
)
def test_pages_are_those_of_a_plain_sort_and_filter(
    varied: tuple[RequestTable, list[Any]],
    equal: dict[str, str],
    limits: list[tuple[str, str, float]],
    sort: str,
    offset: int,
    limit: int,
) -> None:
    table, rows = varied

    def fits(row: dict[str, Any]) -> bool:
        for name, pattern in equal.items():
            value = row[name]
            if pattern == "failed":
                good = value not in ("ok", "abandoned")
            elif pattern.endswith("*"):
                good = value is not None and value.startswith(pattern[:-1])
            else:
                good = value is not None and str(value) == pattern
            if not good:
                return False
        held = (row[name] is not None and OPERATORS[op](row[name], to) for name, op, to in limits)
        return all(held)

    found = in_order([row for row in rows if fits(row)], sort)
    words = {**equal, "sort": sort, "offset": str(offset), "limit": str(limit)}
    words["where"] = " and ".join(f"{name}{op}{to}" for name, op, to in limits)
    page = table.page(read_query(words))
    assert (page.total, page.of) == (len(found), len(rows))
    assert [row["id"] for row in page.rows] == [row["id"] for row in found[offset:][:limit]]
    for row, plain in zip(page.rows, found[offset:], strict=False):
        assert {name: row[name] for name in KNOWN} == {name: plain[name] for name in KNOWN}
    if page.rows:
        place = offset + len(page.rows) - 1
        beside = table.beside(page.rows[-1]["id"], read_query(words))
        assert beside is not None
        assert (beside.position, beside.total) == (place, len(found))
        assert beside.previous == (found[place - 1]["id"] if place else None)
        assert beside.next == (found[place + 1]["id"] if place + 1 < len(found) else None)


@given(
    keys=st.lists(st.sampled_from([1.0, 2.0, 2.5, -0.0, 0.0, math.nan, math.inf]), max_size=30),
    descending=st.booleans(),
    offset=st.integers(0, 35),
    limit=st.integers(1, 35),
)
def test_any_part_of_the_order_is_that_of_a_whole_sort(
    keys: list[float], descending: bool, offset: int, limit: int
) -> None:
    sign = -1 if descending else 1
    whole = sorted(
        range(len(keys)),
        key=lambda at: (
            (math.isnan(keys[at]), sign * keys[at]) if not math.isnan(keys[at]) else (True, 0.0)
        ),
    )
    array = np.array(keys, dtype=np.float64)
    assert ordered(array, descending, offset, limit).tolist() == whole[offset : offset + limit]
    assert [position(array, descending, place) for place in whole] == [*range(len(keys))]


@given(
    st.lists(st.one_of(st.none(), st.text("abé", max_size=3)), max_size=20),
    st.integers(0, 20),
    st.text("abé", max_size=2),
)
def test_texts_match_and_sort_however_they_came(
    values: list[str | None], cut: int, stem: str
) -> None:
    column = Texts()
    column.add(values[:cut], 20)
    column.keys(len(column))
    column.add(values[cut:], 20)
    count = len(values)
    known = [value for value in values if value is not None]
    keys = column.keys(count).tolist()
    for value, key in zip(values, keys, strict=True):
        assert math.isnan(key) if value is None else key == sorted({*known}).index(value)
    assert column.match(stem, count).tolist() == [value == stem for value in values]
    begins = [value is not None and value.startswith(stem) for value in values]
    assert column.match(f"{stem}*", count).tolist() == begins


def test_all_figures_are_those_of_the_metrics(tmp_path: Path) -> None:
    run = make_varied(tmp_path, 60)
    with RequestTable(run.path) as table:
        rows = table.page(Query(limit=1000)).rows
    for point in POINTS:
        for phase in ("warmup", "measure"):
            columns = run.columns(point, phase)  # type: ignore[arg-type]
            mine = [row for row in rows if (row["point"], row["phase"]) == (point.name, phase)]
            for name, figure in FIGURES.items():
                shown = [math.nan if row[name] is None else row[name] for row in mine]
                np.testing.assert_array_equal(shown, figure.of(columns), err_msg=name)
    sent = next(row for row in rows if row["sent"])
    wall = datetime.fromisoformat(sent["sent"]).timestamp()
    assert wall == pytest.approx(run.started_s + sent["sent_s"], abs=1e-5)


def test_every_column_sorts_both_ways(varied: tuple[RequestTable, list[Any]]) -> None:
    table, rows = varied
    for name in COLUMNS:
        for sort in (name, f"-{name}"):
            page = table.page(Query(sort=sort, limit=1000))
            assert sorted(row["id"] for row in page.rows) == [row["id"] for row in rows]
            values = [row[name] for row in page.rows]
            unknown = sum(value is None for value in values)
            assert values[len(values) - unknown :] == [None] * unknown


def test_a_run_that_goes_on_is_followed(tmp_path: Path) -> None:
    run = closed_when_dropped(Run.create(tmp_path, "growing", {}, {}))
    draw = random.Random(1)
    point = POINTS[0]
    with RequestTable(run.path) as table:
        assert table.page(Query(sort="ttft_ms")).total == 0
        run.begin_point(point)
        for batch in range(4):
            numbers = range(batch * 50, batch * 50 + 50)
            run.append(point, [make_record(draw, seq, run.origin_ns) for seq in numbers])
            found = _soon(table, read_query({"sort": "-e2e_ms", "sample_id": "q*"}), run)
            if batch == 1:
                table.prepare()
        assert found == [
            row["id"]
            for row in in_order(
                [row for row in plain_rows(run) if row["sample_id"].startswith("q")], "-e2e_ms"
            )
        ]


def _soon(table: RequestTable, query: Query, run: Run) -> list[int]:
    """Ids that a query finds once the table has noticed all that is stored: it looks seldom."""
    for _ in range(1000):
        page = table.page(Query(equal=query.equal, sort=query.sort, limit=1000))
        if page.of == sum(sum(run.count(point).values()) for point in run.points()):
            return [row["id"] for row in page.rows]
        threading.Event().wait(0.01)
    raise AssertionError("what was stored is not seen")


def test_counted_and_cut_points_are_read_again(tmp_path: Path) -> None:
    run = make_varied(tmp_path, 40)
    counted = Query(sort="output_tokens", equal={"output_source": "tokenizer"}, limit=1000)
    with RequestTable(run.path) as table:
        table.prepare()
        assert table.page(counted).total == 0
        keys = [(seq, repeat, 99) for seq, repeat, _ in run.texts(POINTS[1])]
        run.update_output_tokens(POINTS[1], keys)
        stated = {r.seq for r in run.records(POINTS[1]) if r.usage is not None}
        expected = len([key for key in keys if key[0] not in stated])
        _until(lambda: table.page(counted).total == expected)
        run.cut_points.set_aside(POINTS[0])
        _until(lambda: table.page(Query()).of == 40)
        page = table.page(Query(sort="-id", limit=1000))
        assert {row["point"] for row in page.rows} == {"parallel_20"}
        run.begin_point(POINTS[0])
        record = make_record(random.Random(3), 0, run.origin_ns)
        run.append(POINTS[0], [record])
        _until(lambda: table.page(Query()).of == 41)
        assert table.page(read_query({"point": "parallel_10"})).total == 1


def _until(done: Any) -> None:
    for _ in range(1000):
        if done():
            return
        threading.Event().wait(0.01)
    raise AssertionError("it did not come about")


ASKED = [
    read_query({"sort": "-ttft_ms", "where": "e2e_ms>60"}),
    read_query({"sort": "sample_id", "outcome": "failed"}),
    read_query({"sort": "-detail", "point": "parallel_20"}),
    read_query({"sort": "conversation", "sample_id": "a*", "limit": "7"}),
]


def test_what_is_kept_gives_the_same_pages(tmp_path: Path) -> None:
    run = make_varied(tmp_path)
    file = run.path / FILE_NAME
    with RequestTable(run.path) as table:
        table.prepare()
        expected = [table.page(query) for query in ASKED]
    assert not file.exists()
    with RequestTable(run.path, keep_from=1) as table:
        table.prepare()
    whole = file.read_bytes()
    assert {path.name for path in run.path.iterdir()} >= {FILE_NAME}
    assert not file.with_name(f"{FILE_NAME}.part").exists()
    damaged = [whole[:-100], whole[: len(whole) // 2], b"", b"\xff" * 100, b"\0" * len(whole)]
    damaged += [whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :] for at in (40, 9000, -300)]
    for content in (whole, *damaged):
        file.write_bytes(content)
        with RequestTable(run.path) as table:
            assert [table.page(query) for query in ASKED] == expected
            assert table.page(Query(sort="id")).total == 300


def test_a_process_of_its_own_keeps_columns_for_one_that_reads(tmp_path: Path) -> None:
    run = make_varied(tmp_path, 30)
    words = [sys.executable, "-m", "perfbench.reports.requests"]
    with RequestTable(run.path) as table:
        expected = table.page(Query(sort="-ttft_ms"))
        # Two at once: one of them keeps, the other leaves it at that.
        readers = [warm.Popen([*words, str(run.path)], stdin=subprocess.PIPE) for _ in range(2)]
        for reader in readers:
            with reader:
                assert reader.wait(60) == 0
        assert [path.name for path in run.path.glob(f"{FILE_NAME}*")] == [FILE_NAME]
        assert table.page(Query(sort="-ttft_ms")) == expected
        by_sample = table.page(Query(sort="sample_id"))
    (run.path / FILE_NAME).unlink()
    with RequestTable(run.path) as table:
        assert table.page(Query(sort="sample_id")) == by_sample
    lost = [*words, str(tmp_path)]
    with warm.Popen(lost, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as reader:
        assert reader.wait(60) == 2
        assert reader.stderr is not None
        assert reader.stderr.read().count(b"\n") == 1


def test_what_is_kept_of_fewer_rows_is_continued(tmp_path: Path) -> None:
    run = make_varied(tmp_path)
    with RequestTable(run.path, keep_from=1) as table:
        table.prepare()
    draw = random.Random(5)
    run.append(POINTS[1], [make_record(draw, seq, run.origin_ns) for seq in range(150, 200)])
    with RequestTable(run.path) as table:
        continued = [table.page(query) for query in ASKED]
    (run.path / FILE_NAME).unlink()
    with RequestTable(run.path) as table:
        assert [table.page(query) for query in ASKED] == continued


def test_what_is_kept_is_dropped_when_rows_have_changed(tmp_path: Path) -> None:
    run = make_varied(tmp_path)
    with RequestTable(run.path, keep_from=1) as table:
        table.prepare()
    run.update_output_tokens(POINTS[0], [(seq, at, 7) for seq, at, _ in run.texts(POINTS[0])])
    with RequestTable(run.path) as table:
        assert table.page(read_query({"output_source": "tokenizer"})).total > 0


def test_many_ask_while_columns_are_read_ahead(tmp_path: Path) -> None:
    run = make_varied(tmp_path)
    with RequestTable(run.path) as table:
        expected = [table.page(query) for query in ASKED]
    wrong: list[Any] = []

    def ask(table: RequestTable) -> None:
        for query, page in zip(ASKED * 5, expected * 5, strict=True):
            try:
                if table.page(query) != page:
                    wrong.append(query)
            except Exception as error:
                wrong.append(error)

    with RequestTable(run.path, keep_from=1) as table:
        threads = [threading.Thread(target=ask, args=(table,)) for _ in range(4)]
        threads.append(threading.Thread(target=table.prepare))
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert not wrong


@pytest.mark.parametrize(
    ("words", "field", "said"),
    [
        ({"colour": "red"}, "colour", "is no filter; there are id, point"),
        ({"sort": "-ttft"}, "sort", "there is no column 'ttft'"),
        ({"where": "ttft_ms"}, "where", "expected COLUMN OPERATOR NUMBER, such as ttft_ms>200"),
        ({"where": "outcome==1"}, "where", "there is no column 'outcome'"),
        ({"where": "ttft_ms>fast"}, "where", "is no number"),
        ({"where": "ttft_ms worse than x by 5%"}, "where", "compares runs"),
        ({"offset": "-1"}, "offset", "a whole number from 0"),
        ({"limit": "1001"}, "limit", "a whole number from 1 to 1000"),
        ({"limit": "٣"}, "limit", "a whole number"),
        ({"worker": "x"}, "worker", "expected a number"),
    ],
)
def test_a_wrong_query_is_one_line(words: dict[str, str], field: str, said: str) -> None:
    with pytest.raises(QueryError) as caught:
        read_query(words)
    assert caught.value.field == field
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_words_that_a_run_does_not_have_are_told(varied: tuple[RequestTable, list[Any]]) -> None:
    with pytest.raises(QueryError, match="there are parallel_10, parallel_20"):
        varied[0].page(read_query({"point": "parallel_30"}))
    with pytest.raises(QueryError, match="none in this run"):
        varied[0].page(read_query({"url": "x"}))
    with pytest.raises(QueryError, match=r"timeout.*, failed"):
        varied[0].page(read_query({"outcome": "bad"}))


def test_units_and_alternatives_of_a_condition(varied: tuple[RequestTable, list[Any]]) -> None:
    table, rows = varied
    page = table.page(read_query({"where": "ttft_ms>0.1s or output_tokens==3"}))
    expected = [
        row
        for row in rows
        if (row["ttft_ms"] is not None and row["ttft_ms"] > 100) or row["output_tokens"] == 3
    ]
    assert page.total == len(expected) > 0


def test_one_request_is_told_whole(tmp_path: Path) -> None:
    run = closed_when_dropped(Run.create(tmp_path, "one", {}, {}))
    zero, point = run.origin_ns, POINTS[0]
    gaps, width = pack_gaps([20 * MS, 30 * MS])
    record = Record(
        seq=4,
        sample_id="s",
        due_ns=zero - 2 * MS,
        sent_ns=zero,
        connect_ns=MS,
        headers_ns=zero + 40 * MS,
        first_ns=zero + 50 * MS,
        first_content_ns=zero + 70 * MS,
        gaps=gaps,
        gap_width=width,
        event_tokens=b"\1\0\2\0\1\0",
        end_ns=zero + 101 * MS,
        status=200,
        text=HOSTILE,
        reasoning="because",
        tool_calls=[{"function": {"name": "f"}}],
        more_texts=["other"],
        usage=Usage(7, 4, 3, 1),
        response_id="r1",
    )
    run.begin_point(point)
    run.append(point, [record, Record(seq=5, sample_id="t", outcome="connect", detail="y" * 900)])
    question = Question(
        4, Sample(id="s", input=[{"role": "user", "content": "Why?"}]), "h", "", None
    )
    run.answers.put_questions(point, [question])
    run.samples.put(point.name, [question])
    with RequestTable(run.path) as table:
        found, failed = table.one(1), table.one(2)
        assert table.one(0) is table.one(3) is table.one(1 << 70) is None
    assert found is not None
    assert found.line == {
        "due": -2.0,
        "connecting": -1.0,
        "sent": 0.0,
        "headers": 40.0,
        "first": 50.0,
        "first_content": 70.0,
        "last": 100.0,
        "end": 101.0,
    }
    assert [(e.ms, e.gap_ms, e.tokens) for e in found.events] == [
        (50.0, None, 1),
        (70.0, 20.0, 2),
        (100.0, 30.0, 1),
    ]
    assert found.prompt == [{"role": "user", "content": "Why?"}]
    assert (found.text, found.reasoning, found.more_texts) == (HOSTILE, "because", ["other"])
    assert found.usage == dict(input_tokens=7, output_tokens=4, cached_tokens=3, reasoning_tokens=1)
    assert failed is not None
    assert failed.detail == "y" * 900
    assert len(failed.row["detail"]) == 200
    assert (failed.prompt, failed.usage, failed.events) == (None, None, [])
    assert set(failed.line.values()) == {None}


def test_what_is_no_run_of_ours_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no run in"):
        RequestTable(tmp_path)
    (tmp_path / "run.db").write_bytes(b"nothing of the kind" * 100)
    with pytest.raises(StoreError, match="cannot read"):
        RequestTable(tmp_path)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE request SET gaps = x'00', first_ns = NULL WHERE id = 9",
        "UPDATE request SET outcome = 'odd' WHERE id = 9",
        "UPDATE request SET worker = 'third' WHERE id = 9",
        "UPDATE request SET gaps = 'abcd', gap_width = 3 WHERE id = 9",
        "UPDATE request SET sample_id = x'ff' WHERE id = 9",
    ],
)
def test_damaged_rows_are_one_line(tmp_path: Path, change: str) -> None:
    run = make_varied(tmp_path, 20)
    path = run.path
    run.close()
    db = sqlite3.connect(path / "run.db")
    with db:
        db.execute(change)
    db.close()
    with RequestTable(path) as table:
        with pytest.raises(StoreError) as caught:
            table.page(Query())
        assert "\n" not in str(caught.value)
        with pytest.raises(StoreError):
            table.page(Query(sort="e2e_ms", equal={"outcome": "ok", "phase": "measure"}))


def test_numbers_are_columns_that_conditions_take() -> None:
    assert {name for name, column in COLUMNS.items() if column.kind == "number"} == {*NUMBERS}
    assert {*FIGURES} <= {*NUMBERS}


def test_a_point_that_is_over_is_shown_as_before(tmp_path: Path) -> None:
    run = make_varied(tmp_path, 20)
    with RequestTable(run.path) as table:
        before = table.page(Query(sort="tpot_ms"))
        run.end_point(POINTS[0], PointFacts([], parent_cpu_s=1.0))
        threading.Event().wait(0.02)
        assert table.page(Query(sort="tpot_ms")) == before
