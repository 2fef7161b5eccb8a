"""What each event adds, where it may hold all text so far or only what is new."""

from __future__ import annotations

from itertools import accumulate

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from perfbench.client.growth import Growth
from perfbench.types import Delta

pieces = st.lists(st.text("ab é", min_size=1, max_size=3), min_size=2, max_size=12)


def added(texts: list[str]) -> list[str]:
    """What events with these texts add, one event after another."""
    growth = Growth()
    for stamp, text in enumerate(texts):
        growth.add(Delta(text, so_far=True), stamp)
    deltas, stamps = growth.settle()
    assert stamps == list(range(len(texts)))
    assert not any(delta.so_far for delta in deltas)
    return [delta.text for delta in deltas]


@given(pieces)
def test_all_so_far_is_told_apart_into_what_is_new(texts: list[str]) -> None:
    assert added(list(accumulate(texts))) == texts
    assert added([*accumulate(texts), "".join(texts)]) == [*texts, ""]


@given(pieces)
def test_what_is_new_stays_as_it_is(texts: list[str]) -> None:
    assume(not texts[1].startswith(texts[0]))
    assert added(texts) == texts
    assert added([*texts, ""]) == [*texts, ""]


@pytest.mark.parametrize(
    ("texts", "found"),
    [
        ([], []),
        (["a"], ["a"]),
        (["a", "a"], ["a", ""]),
        (["a", "a", "a"], ["a", "a", "a"]),
        (["a", "a", "b"], ["a", "a", "b"]),
        (["a", "ab", "c"], ["a", "ab", "c"]),
        (["", "a", "", "ab"], ["", "a", "", "b"]),
        (["caf\ufffd", "café", "café!"], ["caf\ufffd"[:3] + "é", "", "!"]),
        (["a", "ab", "abc", "ab"], ["a", "b", "", ""]),
        (["a", "ab", "abc", "abd"], ["a", "b", "d", ""]),
    ],
)
def test_odd_forms(texts: list[str], found: list[str]) -> None:
    assert added(texts) == found


def test_choices_and_reasoning_grow_apart() -> None:
    growth = Growth()
    events = [("a", "", 0), ("", "x", 0), ("c", "", 1), ("ab", "xy", 0), ("cd", "", 1)]
    for text, reasoning, choice in events:
        growth.add(Delta(text, reasoning, choice=choice, so_far=True), 0)
    growth.add(Delta("plain"), 0)
    growth.add(Delta("abc", so_far=True, more=[Delta("cde", choice=1, so_far=True)]), 0)
    deltas, _ = growth.settle()
    assert [(delta.text, delta.reasoning) for delta in deltas] == [
        ("a", ""),
        ("", "x"),
        ("c", ""),
        ("b", "y"),
        ("d", ""),
        ("plain", ""),
        ("c", ""),
    ]
    assert deltas[-1].more is not None
    assert deltas[-1].more[0].text == "e"
