"""Data files as rows, in every format, and the errors of malformed ones."""

from __future__ import annotations

import csv
import gzip
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfbench.errors import WorkloadError
from perfbench.rows.tables import read

COLUMNS = ("question", "answer")
FIELDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)


def rows(name: str, data: bytes, columns: tuple[str, ...] = ()) -> list[object]:
    return [row for _, row in read(name, data, columns)]


def placed(name: str, data: bytes, columns: tuple[str, ...] = ()) -> list[tuple[str, object]]:
    return [(str(place), row) for place, row in read(name, data, columns)]


@given(st.lists(st.dictionaries(FIELDS, FIELDS, max_size=3), min_size=1))
def test_json_lines_round_trip(wanted: list[dict[str, str]]) -> None:
    data = "\n".join(json.dumps(row, ensure_ascii=False) for row in wanted).encode()
    assert rows("a.jsonl", data) == wanted
    assert rows("a.jsonl.gz", gzip.compress(data, mtime=0)) == wanted
    assert rows("a.json", json.dumps(wanted).encode()) == wanted
    assert rows("a.json", json.dumps({"canary": "x", "examples": wanted}).encode()) == wanted


@given(st.lists(st.tuples(FIELDS, FIELDS).filter(lambda f: any(x.strip() for x in f)), min_size=1))
def test_csv_round_trip(wanted: list[tuple[str, str]]) -> None:
    out = io.StringIO(newline="")
    csv.writer(out, quoting=csv.QUOTE_ALL).writerows([("Q", "A"), *wanted])
    found = rows("a.csv", out.getvalue().encode())
    assert found == [{"Q": question, "A": answer} for question, answer in wanted]


def test_csv_without_header() -> None:
    data = b'"Two\nlines, and a ""mark""",yes\n\nplain,no\n'
    assert placed("a.csv", data, COLUMNS) == [
        ("a.csv:1", {"question": 'Two\nlines, and a "mark"', "answer": "yes"}),
        ("a.csv:4", {"question": "plain", "answer": "no"}),
    ]


def test_csv_with_a_header_that_need_not_be_there() -> None:
    data = b"\xef\xbb\xbfQuestion,Answer\nplain,no\n"
    assert placed("a.csv", data, COLUMNS) == [("a.csv:2", {"question": "plain", "answer": "no"})]


def test_tsv_has_no_quotes() -> None:
    data = b'He said "no\t5\nA "b" c\t6\n'
    assert rows("a.tsv", data, COLUMNS) == [
        {"question": 'He said "no', "answer": "5"},
        {"question": 'A "b" c', "answer": "6"},
    ]


def test_parquet() -> None:
    arrow = pytest.importorskip("pyarrow", reason="needs the extra 'parquet'")
    parquet = pytest.importorskip("pyarrow.parquet")
    wanted = [{"question": "q", "choices": {"text": ["a", "b"], "label": ["A", "B"]}, "n": None}]
    out = io.BytesIO()
    parquet.write_table(arrow.Table.from_pylist(wanted), out)
    assert placed("a.parquet", out.getvalue()) == [("a.parquet#1", wanted[0])]
    with pytest.raises(WorkloadError, match=r"a\.parquet: not a parquet file"):
        rows("a.parquet", b"PAR1 and no more")


@pytest.mark.parametrize(
    ("name", "data", "columns", "said"),
    [
        ("a.jsonl", b'{"a": 1}\n{"a": \n', (), "a.jsonl:2: not valid JSON"),
        ("a.jsonl", b"{" * 3 + b"\n", (), "each line is one JSON value"),
        ("a.jsonl", b'{"a":' * 9999 + b"1" + b"}" * 9999, (), "a.jsonl:1: "),
        ("a.jsonl", b"\n \n", (), "a.jsonl is empty: it needs at least one row"),
        ("a.json", b'[{"a": 1},\n {"a" 2}]', (), "a.json:2: not valid JSON"),
        ("a.csv", b"q,a,q\nx,y,z\n", (), "a.csv:1: two columns are called 'q'"),
        ("a.json", b"[]", (), "a.json is empty"),
        ("a.csv", b"q,a\nx,y\nx\n", (), "a.csv:3: 1 fields; a row has 2: q, a"),
        ("a.csv", b"x,y,z\n", COLUMNS, "a.csv:1: 3 fields; a row has 2: question, answer"),
        ("a.csv", b'q,a\n"x,y\n', (), "not valid CSV (unexpected end of data)"),
        ("a.csv", b'q,a\n"x"y,z\n', (), "a.csv:2: not valid CSV"),
        ("a.csv", b"q,a\n\xff,y\n", (), "a.csv:2: not UTF-8 text; save the file as UTF-8"),
        ("a.csv", b"q,a\n", (), "a.csv is empty"),
        ("a.csv.gz", b"no gzip", (), "a.csv.gz: not a whole gzip file"),
        ("a.csv.gz", gzip.compress(b"q,a\nx,y\n", mtime=0)[:-6], (), "not a whole gzip file"),
        ("a.xlsx", b"", (), "a.xlsx: cannot be read; data files are .jsonl"),
    ],
)
def test_malformed(name: str, data: bytes, columns: tuple[str, ...], said: str) -> None:
    with pytest.raises(WorkloadError) as raised:
        rows(name, data, columns)
    assert said in str(raised.value)


def test_elements_of_arrays_know_their_line() -> None:
    array = b'[\n  1,\n\n  {"a": [1]}, 1,\n  [1]\n]'
    lines = ["a.json:2", "a.json:4", "a.json:4", "a.json:5"]
    assert [place for place, _ in placed("a.json", array)] == lines
    inside = b'{"canary": 1,\n "examples": ' + array + b"}"
    lines = ["a.json:3", "a.json:5", "a.json:5", "a.json:6"]
    assert [place for place, _ in placed("a.json", inside)] == lines
    shorts = [place.short for place, _ in read("some/a.json", array)]
    assert shorts == ["a.json#1", "a.json#2", "a.json#3", "a.json#4"]


def test_one_json_object_is_one_row() -> None:
    assert rows("a.json", b'\n{\n  "a": 1,\n  "examples": 2\n}\n') == [{"a": 1, "examples": 2}]


@given(st.binary(max_size=60), st.sampled_from(["a.jsonl", "a.json", "a.csv", "a.tsv", "a.csv.gz"]))
def test_any_bytes_are_rows_or_an_error(data: bytes, name: str) -> None:
    try:
        found: list[object] | str = rows(name, data, COLUMNS)
    except WorkloadError as error:
        found = str(error)
    assert found
    assert not isinstance(found, str) or found.startswith(name)
