"""Which runs and answers are wanted: filters and orders over whatever there is."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from perfbench.server import answers, selection
from perfbench.server.answers import WantedAnswers, selected_answers, wanted_answers
from perfbench.server.listed import Best, Listed, ScoreOf
from perfbench.server.pages.paging import paging
from perfbench.server.refusal import Refusal
from perfbench.server.selection import Wanted, selected, wanted_of
from perfbench.types import Score, ScoredAnswer

TEXT = some.text("aB<é ", max_size=3)
KNOWN = some.floats(0, 1)


def _run(name: str, **values: Any) -> Listed:
    return Listed(name=name, version="0", **values)


RUNS = some.lists(
    some.builds(
        _run,
        TEXT,
        kind=some.sampled_from(selection.KINDS),
        started_s=some.floats(0, 2e9),
        model=some.none() | TEXT,
        datasets=some.lists(TEXT, max_size=2).map(tuple),
        verdict=some.none() | some.sampled_from(selection.VERDICTS[:3]),
        state=some.sampled_from(selection.STATES),
        tags=some.lists(TEXT, max_size=2).map(tuple),
        note=TEXT,
        best=some.none()
        | some.builds(lambda value: Best(load="l", throughput=value, unit="u"), KNOWN),
        scores=some.lists(
            some.builds(
                lambda v: ScoreOf(model="m", dataset="d", metric="x", value=v, low=v, high=v),
                some.none() | KNOWN,
            ),
            max_size=1,
        ).map(tuple),
    ),
    max_size=8,
)
SORTS = some.sampled_from([sign + name for name in selection.ORDERS for sign in ("", "-")])
WANTED = some.builds(
    Wanted,
    kind=some.sampled_from(("", *selection.KINDS)),
    model=TEXT.map(str.strip),
    dataset=TEXT.map(str.strip),
    since=some.sampled_from(("", "1990-01-01")),
    until=some.sampled_from(("", "2020-12-31")),
    verdict=some.sampled_from(("", *selection.VERDICTS)),
    state=some.sampled_from(("", *selection.STATES)),
    tag=TEXT.map(str.strip),
    text=TEXT.map(str.strip),
    sort=SORTS,
    limit=some.integers(1, selection.MOST),
    offset=some.integers(0, 100),
)


@settings(max_examples=50)  # Of up to eight runs each.
@given(RUNS, WANTED)
def test_each_filter_takes_away_by_itself(runs: list[Listed], wanted: Wanted) -> None:
    """What several filters leave is what each of them leaves."""
    names = [name for name in Wanted.__struct_fields__ if name not in ("sort", "limit", "offset")]
    kept = [
        selected(runs, Wanted(**{name: getattr(wanted, name)}, sort=wanted.sort)) for name in names
    ]
    everything = selected(runs, Wanted(sort=wanted.sort))
    assert selected(runs, wanted) == [
        run for run in everything if all(any(run is one for one in each) for each in kept)
    ]


@settings(max_examples=50)
@given(RUNS, SORTS)
def test_an_order_keeps_all_and_puts_the_unknown_last(runs: list[Listed], sort: str) -> None:
    found = selected(runs, Wanted(sort=sort))
    assert sorted(map(id, found)) == sorted(map(id, runs))
    keys = [selection.ORDERS[sort.removeprefix("-")](run) for run in found]
    known = [key for key in keys if key is not None]
    assert keys[: len(known)] == sorted(known, reverse=sort.startswith("-"))


@given(WANTED)
def test_an_address_says_what_is_wanted(wanted: Wanted) -> None:
    assert wanted_of(dict(parse_qsl(wanted.query(), keep_blank_values=True))) == wanted


@given(some.dictionaries(some.sampled_from(Wanted.__struct_fields__), some.text(max_size=12)))
def test_any_query_is_understood_or_refused(query: dict[str, str]) -> None:
    refused: Refusal | None = None
    try:
        found = wanted_of(query)
    except Refusal as refusal:
        refused = refusal
    if refused is None:
        assert found.sort.removeprefix("-") in selection.ORDERS
    else:
        assert refused.status == 422
        assert refused.field in query


ANSWERS = some.lists(
    some.builds(
        lambda value, subset, text: ScoredAnswer(
            text, Score(value, text, None if value is not None else "cut_off"), subset
        ),
        some.none() | some.sampled_from((0.0, 0.5, 1.0)),
        some.sampled_from("xy"),
        TEXT,
    ),
    max_size=8,
)


@given(ANSWERS)
def test_every_answer_has_one_outcome(rows: list[ScoredAnswer]) -> None:
    parts = [selected_answers(rows, WantedAnswers(outcome=each)) for each in answers.OUTCOMES]
    assert sorted(id(each) for part in parts for each in part) == sorted(map(id, rows))


@given(ANSWERS, TEXT)
def test_texts_are_found_whatever_the_case(rows: list[ScoredAnswer], part: str) -> None:
    found = selected_answers(rows, WantedAnswers(text=part.upper()))
    wanted = part.upper().casefold()
    assert found == [each for each in rows if wanted in each.sample_id.casefold()]


def test_an_address_of_samples_is_read_back() -> None:
    wanted = WantedAnswers(task="m/d", outcome="cut_off", text="a b&c", sort="-score", offset=50)
    assert wanted_answers(dict(parse_qsl(wanted.query()))) == wanted
    with pytest.raises(Refusal):
        wanted_answers({"offset": "-1"})
    assert msgspec.structs.replace(wanted, offset=0).query(offset=50) == wanted.query()


@given(some.integers(0, 30), some.integers(1, 9), some.integers(0, 30))
def test_every_page_is_one_that_there_is(offset: int, size: int, total: int) -> None:
    at = paging(offset, size, total)
    assert at.offset == offset or at.offset < total <= at.offset + size or at.offset == total == 0
    assert (at.before is None) == (at.offset == 0)
    assert (at.after is None) == (at.offset + size >= total)
    if at.after is not None:
        assert paging(at.after, size, total).before == at.offset
