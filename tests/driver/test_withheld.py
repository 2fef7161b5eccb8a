"""What the kernel counts of cores that were wanted and not had."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

from perfbench.driver.watch import Withheld

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="it is Linux that counts it")


def kinds() -> list[int]:
    line = Path("/proc/stat").read_text(encoding="ascii").splitlines()[0]
    return [int(each) for each in line.split()[1:9]]


def test_steal_is_that_of_the_kernel() -> None:
    before = kinds()
    withheld = Withheld()
    time.sleep(0.3)
    share = withheld.steal_share()
    after = kinds()
    assert share is not None
    stolen, all_of_it = after[7] - before[7], sum(after) - sum(before)
    # The test's own looks lie around those of what it tests: at most a tick of each core apart.
    assert 0 <= share * all_of_it <= stolen + 1
    assert withheld.sched_delay_s() == pytest.approx(0, abs=0.3)


def test_nothing_is_said_before_the_counters_have_moved() -> None:
    for _ in range(100):
        before = kinds()
        found = Withheld().steal_share()
        if kinds() == before:
            assert found is None
            return
    pytest.fail("the kernel's counters moved within each of a hundred looks")
