"""The column table: one line for each column of a record, and everything else follows from it."""

from __future__ import annotations

import sqlite3
from dataclasses import fields

import msgspec
import pytest

from perfbench.metrics.columns import Columns
from perfbench.store import Run, schema
from perfbench.types import Point, Record, Usage

POINT = Point(index=0, name="parallel_1", parallel=1, rate=None, number=1)


def test_every_field_of_a_record_has_one_column():
    names = [column.name for column in (*schema.REQUEST, *schema.OUTPUT) if column.of == "record"]
    assert sorted([*names, "usage"]) == sorted(Record.__struct_fields__)
    usage = [column.name for column in schema.REQUEST if column.of == "usage"]
    assert usage == [f"usage_{name}" for name in Usage.__struct_fields__]


def test_every_numpy_column_is_one_of_the_table_or_made_by_the_reader():
    read = {column.name for column in schema.REQUEST if column.read}
    made = {
        *("origin_ns", "origin_wall_ns", "outcome", "conversation", "last_ns", "error_examples"),
        *("model", "models"),
    }
    pooled = {"gaps", "gap_offsets", "event_tokens", "token_offsets"}
    assert read | made | pooled == {item.name for item in fields(Columns)}


@pytest.mark.parametrize("columns", [schema.REQUEST, schema.OUTPUT], ids=["request", "output"])
def test_the_tables_are_made_as_the_columns_say(columns):
    db = sqlite3.connect(":memory:")
    db.executescript(schema.TABLES)
    table = "request" if columns is schema.REQUEST else "output"
    found = db.execute(f"PRAGMA table_info({table})").fetchall()
    assert [row[1] for row in found] == [column.name for column in columns]
    for (_, _, sql, needed, *_), column in zip(found, columns, strict=True):
        assert column.sql.startswith(sql)
        assert bool(needed) == ("NOT NULL" in column.sql)
    (text,) = db.execute("SELECT sql FROM sqlite_master WHERE name = ?", (table,)).fetchone()
    assert [column.note for column in columns if column.note not in text] == []
    db.close()


def test_resends_and_restamps_are_columns(tmp_path):
    records = [
        Record(seq=0, sample_id="a", resends=2),
        Record(seq=1, sample_id="b", restamped=True),
        Record(seq=2, sample_id="c"),
    ]
    with Run.create(tmp_path, "x", {}, {}) as run:
        run.begin_point(POINT)
        run.append(POINT, records)
        columns = run.columns(POINT)
        assert columns.resends.tolist() == [2, 0, 0]
        assert columns.restamped.tolist() == [False, True, False]
        assert list(run.records(POINT)) == records


def test_a_row_whose_values_are_not_of_their_kind_is_refused():
    db = sqlite3.connect(":memory:")
    db.executescript(schema.TABLES)
    record = Record(seq=0, sample_id="a", stream=False, tool_calls=[{"index": 0}])
    query = f"SELECT {schema.RECORD_COLUMNS} FROM request LEFT JOIN output ON request = id"
    db.execute(schema.INSERT_REQUEST, schema.request_row(record, 1, 0, 0))
    db.execute(schema.INSERT_OUTPUT, schema.output_row(record, 1))
    assert schema.record_of(db.execute(query).fetchone()) == record
    for damage in ("worker = 'x'", "stream = 7", "outcome = 'odd'", "detail = x'ff'"):
        db.execute("SAVEPOINT whole")
        db.execute(f"UPDATE request SET {damage}")
        with pytest.raises(msgspec.MsgspecError):
            schema.record_of(db.execute(query).fetchone())
        db.execute("ROLLBACK TO whole")
    db.close()
