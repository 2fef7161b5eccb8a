"""Values on their way between a program and its tests."""

from __future__ import annotations

import collections
import datetime
import decimal
import fractions
import json
import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perfbench.sandbox.inside import Opaque, pack, unpack

PLAIN = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(-(10**400), 10**400),
    st.floats(allow_nan=False),
    st.complex_numbers(allow_nan=False),
    st.text(st.characters(exclude_categories=())),
    st.binary(),
    st.decimals(allow_nan=False),
    st.fractions(),
    st.datetimes(),
    st.dates(),
    st.times(),
    st.timedeltas(),
    st.builds(range, st.integers(-9, 9), st.integers(-9, 9), st.sampled_from([-2, 1, 3])),
)
HASHABLE = st.one_of(PLAIN, st.tuples(PLAIN, PLAIN), st.frozensets(PLAIN, max_size=3))
VALUES = st.recursive(
    HASHABLE,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.lists(inner, max_size=3).map(tuple),
        st.lists(inner, max_size=3).map(collections.deque),
        st.sets(HASHABLE, max_size=3),
        st.dictionaries(HASHABLE, inner, max_size=3),
        st.dictionaries(HASHABLE, inner, max_size=3).map(collections.OrderedDict),
        st.binary(max_size=4).map(bytearray),
    ),
    max_leaves=12,
)


@settings(max_examples=60)
@given(VALUES)
def test_values_arrive_as_they_were(value: Any) -> None:
    line = pack(value)
    assert "\n" not in line
    assert line.isascii()
    back = unpack(line)
    assert (back, type(back)) == (value, type(value))


def test_values_that_are_like_no_other() -> None:
    assert math.isnan(unpack(pack(math.nan)))
    assert math.copysign(1, unpack(pack(-0.0))) == -1
    assert unpack(pack(math.inf)) == math.inf
    assert decimal.Decimal("NaN").compare_total(unpack(pack(decimal.Decimal("NaN")))) == 0
    pair = "\ud83d\ude00"
    assert unpack(pack(pair)) == pair != "😀"
    assert unpack(pack(collections.Counter("aab"))) == collections.Counter("aab")
    assert unpack(pack(collections.deque([1], 3))).maxlen == 3
    counts: dict[str, int] = collections.defaultdict(int, a=1)
    assert unpack(pack(counts)) == counts
    assert unpack(pack({1: 2}.keys())) == {1: 2}.keys()
    assert unpack(pack({1: 2}.items())) == {1: 2}.items()
    assert list(unpack(pack({1: 2}.values()))) == [2]


def test_iterators_are_iterators() -> None:
    """Not lists: what a generator returns is not equal to one."""
    for iterator in (iter([1, 2]), (n for n in (1, 2)), map(int, "12"), reversed([2, 1])):
        back = unpack(pack(iterator))
        assert back != [1, 2]
        assert list(back) == [1, 2]


def test_subclasses_arrive_as_what_they_are_of() -> None:
    class Liar(int):
        def __eq__(self, other: object) -> bool:
            return True

        __hash__ = int.__hash__

    class Text(str):
        def __str__(self) -> str:
            return "other"

    class Listing(list):  # type: ignore[type-arg]
        def __eq__(self, other: object) -> bool:
            return True

    point = collections.namedtuple("point", "x y")
    assert unpack(pack(Liar(3))) != 4
    assert unpack(pack(Text("this"))) == "this"
    assert unpack(pack(Listing([1]))) == [1]
    assert unpack(pack(Listing([1]))) != [2]
    assert unpack(pack(point(1, 2))) == (1, 2)


def test_no_iterator_arrives_that_could_not_be_sent_back() -> None:
    assert list(unpack(pack(iter(range(10_000))))) == list(range(10_000))
    assert isinstance(unpack(pack(iter(range(10_001)))), Opaque)
    assert isinstance(unpack(json.dumps({"iterator": list(range(10_001))})), Opaque)


def test_builtin_types_are_values() -> None:
    assert unpack(pack([int, str, dict, ValueError])) == [int, str, dict, ValueError]
    int_of_its_own = type("int", (), {})
    assert isinstance(unpack(pack(int_of_its_own)), Opaque)


def test_what_is_not_plain_is_equal_to_nothing() -> None:
    looped: list[Any] = []
    looped.append(looped)
    for value in (object(), len, Opaque, fractions, lambda: 1, looped, Opaque("x")):
        back = unpack(pack(value))
        while isinstance(back, list):
            back = back[0]
        assert isinstance(back, Opaque)
        assert back != back
        assert not [1 for other in (None, value, 0, "") if back == other]
        with pytest.raises(TypeError):
            bool(back)


def test_classes_that_lie_about_themselves() -> None:
    class Spoof:
        @property
        def __class__(self) -> type:  # type: ignore[override]
            return int

    with pytest.raises(TypeError):
        pack(Spoof())


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.text(max_size=4), inner, max_size=2),
        st.dictionaries(
            st.sampled_from(
                [
                    *("int", "float", "set", "dict", "deque", "range", "Fraction", "Decimal"),
                    *("items", "datetime", "timedelta", "str", "bytes", "complex", "iterator"),
                    *("opaque", "keys", "tuple", "Counter"),
                ]
            ),
            inner,
            min_size=1,
            max_size=1,
        ),
    ),
    max_leaves=9,
)


@settings(max_examples=60)
@given(JSON)
def test_hostile_lines_are_values_or_opaque(tree: Any) -> None:
    unpack(json.dumps(tree))


@pytest.mark.parametrize(
    "line",
    [
        *("", "{", "[" * 100_000, '{"int": 1}', '{"a": 1, "b": 2}', "NaN", "1.5", "9" * 5000),
        *('{"str": [1e9]}', '{"set": [[1]]}', '{"range": [0, 1, 0]}', '{"datetime": "now"}'),
        '{"__": []}',
    ],
)
def test_lines_that_nobody_packed(line: str) -> None:
    assert isinstance(unpack(line), Opaque)


def test_times_with_zones() -> None:
    zone = datetime.timezone(datetime.timedelta(hours=5, minutes=30))
    at = datetime.datetime(2026, 1, 2, 3, 4, 5, 6, zone)
    assert unpack(pack(at)) == at
