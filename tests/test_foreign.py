"""Foreign text made safe to show, in each of the places where it would act."""

from __future__ import annotations

import csv
import io
import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfbench.foreign import Screen, cell, json_visible, one_line, short_name, visible

ACTING = ["\x1b[31m", "\x00", "\x07", "\x08", "\r", "\x7f", "\x9b2J", "\u202e", "\u2066", "\u2028"]


@pytest.mark.parametrize("mark", ACTING)
def test_what_acts_is_shown_instead(mark: str) -> None:
    for shown in (visible(f"a{mark}b"), one_line(f"a{mark}b"), json_visible(f"a{mark}b")):
        assert mark[0] not in shown
        assert shown[0] + shown[-1] == "ab"


def test_other_writing_is_left_alone() -> None:
    text = "naïve 你好 \u00a0 مرحبا 👩\u200d🚀\n\tcode"
    assert visible(text) == text


@given(st.text(st.characters(codec=None)))
def test_nothing_but_line_feeds_and_tabs_controls(text: str) -> None:
    shown = visible(text)
    assert len(shown) == len(text)
    assert not {unicodedata.category(c) for c in shown.replace("\n", "").replace("\t", "")} & {
        *("Cc", "Cs", "Zl", "Zp")
    }
    assert one_line(text, None).isprintable()


@given(st.text())
def test_json_stays_the_same_json(text: str) -> None:
    shown = json_visible(json.dumps(text, ensure_ascii=False))
    assert json.loads(shown) == text
    assert visible(shown) == shown


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("=1+1", "'=1+1"),
        ("+cmd", "'+cmd"),
        ("-2+3", "'-2+3"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'␉=1"),
        ("\r=1", "'␍=1"),
        (" =1", "' =1"),
        ("＝1", "'＝1"),
        ("-12.5", "-12.5"),
        ("+3e4", "+3e4"),
        ("a=b", "a=b"),
        ("two\r\nlines", "two␍␊lines"),
        ("", ""),
        (-3, -3),
        (None, None),
    ],
)
def test_cells_are_run_by_no_spreadsheet(value: object, written: object) -> None:
    assert cell(value) == written


@given(st.lists(st.text(), min_size=1))
def test_a_row_of_cells_is_one_line(row: list[str]) -> None:
    file = io.StringIO()
    csv.writer(file, lineterminator="\n").writerow(map(cell, row))
    assert file.getvalue().count("\n") == 1
    assert len(next(csv.reader(io.StringIO(file.getvalue())))) in (
        len(row),
        len(row) - (row == [""]),
    )


def test_a_screen_shows_what_is_left_of_a_text() -> None:
    file = io.StringIO()
    print("a\x1b[2J key", file=Screen(file, lambda text: text.replace("key", "***")))
    assert file.getvalue() == "a␛[2J ***\n"


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("/models/Qwen3-0.6B", "Qwen3-0.6B"),
        ("/models/Qwen3-0.6B/", "Qwen3-0.6B"),
        ("./m.gguf", "m.gguf"),
        ("~/llm/m.gguf", "m.gguf"),
        ("C:\\llm\\m.gguf", "m.gguf"),
        ("Qwen/Qwen3-0.6B", "Qwen/Qwen3-0.6B"),
        ("openai/org/model", "openai/org/model"),
        ("model", "model"),
        ("/", "/"),
    ],
)
def test_a_model_that_is_a_path_is_called_by_its_last_part(name: str, short: str) -> None:
    assert short_name(name) == short
