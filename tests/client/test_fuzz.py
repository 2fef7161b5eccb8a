"""Some thousands of damaged responses; ``scripts/fuzz`` does the same by the hundred thousand."""

from __future__ import annotations

import pytest
from fuzzing import INNOCENT, SOURCES, case, escapes


@pytest.mark.parametrize(("transport", "count"), [("wire", 3000), ("aiohttp", 600)])
def test_damage_costs_the_damaged_request_alone(transport: str, count: int) -> None:
    assert escapes(1, range(count), transport) == []


def test_cases_are_many_and_can_be_had_again() -> None:
    assert len(SOURCES) > 50
    assert len(INNOCENT) > 20
    assert case(7, 11) == case(7, 11)
    damaged = {repr(case(7, number).steps) for number in range(1, 400, 2)}
    assert len(damaged) == 200
