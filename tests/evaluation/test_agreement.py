"""Agreement of raters, against tables worked by hand and published ones."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfbench.evaluation.figures.agreement import (
    Label,
    cohen_kappa,
    confusion,
    fleiss_kappa,
    krippendorff_alpha,
)

TWO_READERS = [
    *[("yes", "yes")] * 20,
    *[("yes", "no")] * 5,
    *[("no", "yes")] * 10,
    *[("no", "no")] * 15,
]
"""50 grant proposals: 0.7 agree, 0.5 would by chance."""

FLEISS = [
    *([0, 0, 0, 0, 14], [0, 2, 6, 4, 2], [0, 0, 3, 5, 6], [0, 3, 9, 2, 0], [2, 2, 8, 1, 1]),
    *([7, 7, 0, 0, 0], [3, 2, 6, 3, 0], [2, 5, 3, 2, 2], [6, 5, 2, 1, 0], [0, 2, 2, 3, 7]),
]
"""Ten subjects, fourteen raters, five labels: how many gave each. Kappa is 0.210."""

_ = None
KRIPPENDORFF: list[list[float | None]] = [
    [1, 2, 3, 3, 2, 1, 4, 1, 2, _, _, _],
    [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, _, 3],
    [_, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, _],
    [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, _],
]
"""Four observers, twelve units (Krippendorff 2011, part C)."""
UNITS = list(zip(*KRIPPENDORFF, strict=True))


def test_cohen_by_hand() -> None:
    found = cohen_kappa(TWO_READERS)
    assert found.value == pytest.approx((0.7 - 0.5) / (1 - 0.5))
    assert (found.units, found.clusters) == (50, 50)
    assert found.low is not None
    assert found.high is not None
    assert 0.1 < found.low < 0.4 < found.high < 0.66


def test_fleiss_as_published() -> None:
    units = [[label for label, n in enumerate(row) for _ in range(n)] for row in FLEISS]
    assert fleiss_kappa(units).value == pytest.approx(0.210, abs=5e-4)


@pytest.mark.parametrize(
    ("level", "alpha"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849)]
)
def test_alpha_as_published(level: str, alpha: float) -> None:
    found = krippendorff_alpha(UNITS, level)  # type: ignore[arg-type]
    assert found.value == pytest.approx(alpha, abs=5e-4)
    assert found.units == 11


def test_one_label_alone_says_nothing_beyond_chance() -> None:
    assert cohen_kappa([("a", "a")] * 9).value is None
    assert fleiss_kappa([["a", "a"]] * 9).value is None
    assert krippendorff_alpha([["a", "a"]] * 9).value is None


def test_units_that_one_rated_do_not_count() -> None:
    alone: list[tuple[Label | None, ...]] = [(1.0, None), (None, None), (None, 2.0)]
    assert krippendorff_alpha(alone).value is None
    more = krippendorff_alpha([*UNITS, (9.0, None, None, None)])
    assert more.value == pytest.approx(krippendorff_alpha(UNITS).value)
    assert more.units == 11


def test_unequal_numbers_of_ratings_are_for_alpha() -> None:
    with pytest.raises(ValueError, match="as many ratings"):
        fleiss_kappa([["a", "b"], ["a", "b", "a"]])


def test_words_have_no_distance() -> None:
    with pytest.raises(ValueError, match="interval agreement is of numbers"):
        krippendorff_alpha([["a", "b"], ["b", "b"]], "interval")


def test_repeats_of_a_question_make_the_interval_no_narrower() -> None:
    alone = cohen_kappa(TWO_READERS)
    again = cohen_kappa(TWO_READERS * 4, [at for _ in range(4) for at in range(50)])
    assert again.value == pytest.approx(alone.value)
    assert (again.low, again.high) == (pytest.approx(alone.low), pytest.approx(alone.high))
    assert again.clusters == 50
    blind = cohen_kappa(TWO_READERS * 4)
    assert alone.low is not None
    assert blind.low is not None
    assert blind.low > alone.low + 0.05


def test_one_cluster_has_no_interval() -> None:
    found = cohen_kappa(TWO_READERS, ["the same"] * 50)
    assert (found.low, found.high) == (None, None)
    assert found.value is not None


def test_confusion_counts_every_meeting() -> None:
    assert confusion(TWO_READERS) == {"no": {"no": 15, "yes": 10}, "yes": {"no": 5, "yes": 20}}


_LABELS = st.sampled_from(["a", "b", "c"])


@given(st.lists(st.tuples(_LABELS, _LABELS), min_size=2, max_size=30))
def test_kappa_has_its_bounds_and_knows_no_order(pairs: list[tuple[str, str]]) -> None:
    found = cohen_kappa(pairs)
    turned = cohen_kappa([(second, first) for first, second in pairs])
    assert found.value == (None if turned.value is None else pytest.approx(turned.value))
    if found.value is not None:
        assert -1 - 1e-9 <= found.value <= 1 + 1e-9
        assert found.low is not None
        assert found.high is not None
        assert found.low <= found.high
    if all(first == second for first, second in pairs) and len(set(pairs)) > 1:
        assert found.value == pytest.approx(1)
