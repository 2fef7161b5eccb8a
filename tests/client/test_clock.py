"""The timer that paces requests, and the wall clock's place on the monotonic one."""

from __future__ import annotations

import asyncio
import random
import sys
import time
from collections.abc import Callable

import pytest
import uvloop

from perfbench.client.clock import (
    Alarm,
    Earliness,
    SleepAlarm,
    TimerfdAlarm,
    now_ns,
    open_alarm,
    realtime_offset_ns,
)

MS = 1_000_000

linux = pytest.mark.skipif(sys.platform != "linux", reason="timerfd is Linux's")

Opener = Callable[[asyncio.AbstractEventLoop], Alarm]
ALARMS = [
    pytest.param(TimerfdAlarm, marks=linux, id="timerfd"),
    pytest.param(lambda _: SleepAlarm(), id="sleep"),
]


def latenesses(open_it: Opener, delays_ns: list[int]) -> list[int]:
    """How late each wake-up was, on the loop that workers use."""

    async def measure() -> list[int]:
        alarm = open_it(asyncio.get_running_loop())
        found = []
        for delay in delays_ns:
            due = now_ns() + delay
            await alarm.until(due)
            found.append(now_ns() - due)
        alarm.close()
        return found

    loop = uvloop.new_event_loop()
    try:
        return loop.run_until_complete(measure())
    finally:
        loop.close()


@pytest.mark.parametrize("open_it", ALARMS)
def test_wakes_never_early_and_soon_after(open_it: Opener) -> None:
    delays = [100_000, 900_000, 1_300_000, 3_700_000, 5_100_000, 20_000_000] * 4
    late = sorted(latenesses(open_it, delays))
    assert late[0] >= 0
    # What the machine does to the slower ones is not the alarm's.
    assert late[len(late) // 4] < MS


@pytest.mark.parametrize("open_it", ALARMS)
def test_an_instant_that_has_passed_returns_at_once(open_it: Opener) -> None:
    late = latenesses(open_it, [-5 * MS, 0])
    assert late[0] >= 5 * MS
    assert late[0] < 100 * MS


@pytest.mark.parametrize("open_it", ALARMS)
async def test_others_run_while_it_waits(open_it: Opener) -> None:
    alarm = open_it(asyncio.get_running_loop())
    turns = 0

    async def other() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0.001)

    task = asyncio.create_task(other())
    await alarm.until(now_ns() + 50 * MS)
    task.cancel()
    alarm.close()
    assert turns


@linux
async def test_a_cancelled_wait_leaves_the_alarm_usable() -> None:
    alarm = TimerfdAlarm(asyncio.get_running_loop())
    waiting = asyncio.create_task(alarm.until(now_ns() + 20 * MS))
    await asyncio.sleep(0.005)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    due = now_ns() + 40 * MS
    await alarm.until(due)
    assert now_ns() >= due
    alarm.close()
    alarm.close()


@pytest.mark.parametrize("usual_ns", [0, 30_000, 150_000, 5 * MS])
def test_earliness_settles_where_few_wake_ups_are_late_and_never_exceeds_its_bound(
    usual_ns: int,
) -> None:
    draw = random.Random(1)
    earliness, late = Earliness(), []
    for _ in range(4000):
        late.append(round(usual_ns * draw.uniform(0.8, 1.2)) - earliness.ns)
        earliness.learn(late[-1])
        assert 0 <= earliness.ns <= 250_000
    if usual_ns < MS:
        assert sum(each > 0 for each in late[1000:]) / 3000 < 0.12
        assert earliness.ns < usual_ns + 50_000
    else:
        assert earliness.ns == 0, "that another process had the core was learnt"


@linux
async def test_linux_gets_the_kernels_timer() -> None:
    alarm = open_alarm(asyncio.get_running_loop())
    assert isinstance(alarm, TimerfdAlarm)
    alarm.close()


@pytest.mark.parametrize("samples", [1, 5, 25])
def test_offset_takes_the_wall_clock_to_the_monotonic_one(samples: int) -> None:
    offsets = sorted(realtime_offset_ns(samples) for _ in range(9))
    before = now_ns()
    instant = time.time_ns() - offsets[4]
    after = now_ns()
    assert before - 0.2 * MS <= instant <= after + 0.2 * MS
