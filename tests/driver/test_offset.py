"""What is said of another clock holds: the truth lies within the bound, drift and all."""

from __future__ import annotations

import random
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfbench.driver.machines.offset import CLOSE, GLANCE, Line, Look, Trip, look

MS = 1_000_000


class Far:
    """A machine behind a network that delays each way by its own draw, and whose clock drifts."""

    def __init__(self, seed: int, offset_ns: int, drift_ppm: float, fastest_ns: int) -> None:
        self._draw = random.Random(seed)
        self._offset_ns = offset_ns
        self._drift = drift_ppm / 1e6
        self._fastest_ns = fastest_ns
        self.now_ns = 10**12

    def ahead_ns(self, at_ns: int) -> int:
        return self._offset_ns + round((at_ns - 10**12) * self._drift)

    def trip(self) -> Trip:
        said = self.now_ns
        arrived = said + self._way()
        left = arrived + self._draw.randrange(20_000)
        back = left + self._way()
        self.now_ns = back + 1000
        return Trip(said, arrived + self.ahead_ns(arrived), left + self.ahead_ns(left), back)

    def _way(self) -> int:
        return self._fastest_ns + round(self._draw.expovariate(1 / 30_000))


@given(
    st.integers(0, 1 << 32),
    st.integers(-(10**15), 10**15),
    st.floats(-100, 100),
    st.integers(1000, 5 * MS),
)
def test_the_truth_lies_within_the_bound(
    seed: int, offset_ns: int, drift_ppm: float, fastest_ns: int
) -> None:
    far = Far(seed, offset_ns, drift_ppm, fastest_ns)
    line = Line()
    first = look(far.trip, CLOSE)
    assert abs(first.offset_ns - far.ahead_ns(first.at_ns)) <= first.bound_ns
    assert first.slowest_ns >= 2 * first.bound_ns - 2
    line.begin(first)
    worst = 0
    for _ in range(10):
        far.now_ns += 2_000 * MS
        worst = max(worst, abs(line.offset_ns(far.now_ns) - far.ahead_ns(far.now_ns)))
        line.follow(look(far.trip, GLANCE))
    line.end(look(far.trip, CLOSE))
    clock = line.clock(far.now_ns)
    # What a glance allows is not told from the truth, so a line may be off by a glance's bound.
    assert worst <= clock.error_ns + 2 * fastest_ns + 60_000
    assert abs(clock.offset_ns - far.ahead_ns(far.now_ns)) <= clock.error_ns
    # Each end of the drift is known to its bound, over twenty seconds.
    assert clock.drift_ppm == pytest.approx(drift_ppm, abs=2 * clock.error_ns / 20_000 + 0.1)


def looked(at_s: float, offset_ns: int, bound_ns: int = 10) -> Look:
    return Look(round(at_s * 1e9), offset_ns, bound_ns, 50)


def test_a_line_stays_while_looks_allow_it() -> None:
    line = Line()
    line.begin(looked(0, 100))
    for at_s, jitter in zip(range(1, 9), (9, -9, 5, 0, -3, 7, 2, -8), strict=True):
        line.follow(looked(at_s, 100 + jitter))
    assert [line.offset_ns(round(at * 1e9)) for at in (0, 4, 8)] == [100, 100, 100]
    line.end(looked(9, 104))
    clock = line.clock(round(9e9))
    assert (clock.offset_ns, clock.error_ns) == (104, 14)


def test_a_clock_that_runs_faster_is_followed_and_told() -> None:
    line = Line()
    line.begin(looked(0, 0))
    for second in count(2, 2):
        line.follow(looked(second, 1000 * second))
        if second == 20:
            break
    assert line.offset_ns(21 * 10**9) == 21_000
    line.end(looked(22, 22_000))
    clock = line.clock(22 * 10**9)
    assert clock.drift_ppm == pytest.approx(1.0)
    assert clock.error_ns == 2010, "what it was off before the first glance"
    line.begin(looked(30, 30_000))
    assert line.offset_ns(31 * 10**9) == 31_000, "the next point knows of it"
    assert line.clock(31 * 10**9).error_ns == 10


def test_a_step_is_a_step() -> None:
    line = Line()
    line.begin(looked(0, 0))
    line.follow(looked(2, 5_000_000))
    line.end(looked(2.001, 5_000_000))
    assert line.clock(2 * 10**9).error_ns == 5_000_010
