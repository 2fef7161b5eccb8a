"""The wall clock is set while requests run: no stamp is bent in silence.

The kernel stamps by the wall clock. It is not set here: what the client takes for its offset is
moved instead, which is the same to the client.
"""

from __future__ import annotations

import asyncio
import time

import pytest
from scripted_server import (
    DONE,
    END,
    Client,
    Reply,
    ScriptedServer,
    Step,
    chunk,
    head,
    request,
    says,
    stops,
    target_of,
)
from test_wire import needs_kernel_stamps

from perfbench.client import connection
from perfbench.client.clock import now_ns, realtime_offset_ns
from perfbench.client.wire import Wire
from perfbench.types import Record

pytestmark = needs_kernel_stamps
MS = 1_000_000
STREAM: list[Step] = [
    0.03,
    head(),
    *(step for _ in range(10) for step in (0.01, chunk(says("x")))),
    chunk(stops() + DONE),
    END,
]


async def stepped(opened: Wire, by_ms: float, after_s: float) -> tuple[Record, int]:
    """A request during which the wall clock is set, and when its record was there."""
    running = opened.send(request())
    await asyncio.sleep(after_s)
    # The clock jumps by so much: the offset that is known is too small by it.
    opened._link.offset_ns -= int(by_ms * MS)
    return await running.record, time.perf_counter_ns()


@pytest.mark.parametrize("by_ms", [-3_600_000, -1000, -25, -5, 5, 25, 1000, 3_600_000])
@pytest.mark.parametrize("after_s", [0.0, 0.045, 0.08])
def test_a_step_is_marked_and_bends_no_stamp(
    by_ms: int, after_s: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = ScriptedServer([Reply(STREAM)])
    looked: set[int] = set()

    def now() -> int:
        looked.add(at := now_ns())
        return at

    monkeypatch.setattr(connection, "now_ns", now)
    with server.running():
        client = Client("wire", target_of(server))
        record, after_ns = client.run(lambda opened: stepped(opened, by_ms, after_s))
    assert (record.outcome, record.restamped) == ("ok", True)
    stamps = [record.sent_ns, record.headers_ns, *record.event_ns, record.end_ns, after_ns]
    assert stamps == sorted(stamps)
    events = [at for at in server.sent_ns[1:11]]
    for stamp, at in zip(record.event_ns, events, strict=True):
        assert stamp - at >= -0.2 * MS
        # What the loop's clock says is late where the machine is busy, and true all the same.
        assert stamp - at < 25 * MS or stamp in looked
    assert record.sent_ns is not None
    assert record.event_ns[0] - record.sent_ns > 30 * MS, "a TTFT that cannot be"
    assert record.read_delay_ns is not None
    assert record.read_delay_ns < 500 * MS


@pytest.mark.parametrize("by_ms", [-0.05, 0, 0.05])
def test_an_adjustment_is_no_step(by_ms: float) -> None:
    server = ScriptedServer([Reply(STREAM)])
    with server.running():
        client = Client("wire", target_of(server))
        record, _ = client.run(lambda opened: stepped(opened, by_ms, 0.045))
    assert (record.outcome, record.restamped) == ("ok", False)


@pytest.mark.parametrize("by_ms", [-1000, 1000])
def test_a_step_in_the_silence_of_a_stream_is_found_by_the_sweep(by_ms: int) -> None:
    """Requests that run are marked; one that is sent later is not."""
    server = ScriptedServer([Reply([0.5, *STREAM]), Reply(STREAM)])
    shift = 0

    def offset(samples: int = 5) -> int:
        return realtime_offset_ns(samples) + shift

    async def scenario(opened: Wire) -> tuple[Record, Record]:
        nonlocal shift
        opened._link._read_offset = offset
        running = opened.send(request(0))
        await asyncio.sleep(0.05)
        shift = by_ms * MS
        await asyncio.sleep(0.3)
        shift = 0
        opened._link.offset_ns = realtime_offset_ns()
        later = opened.send(request(1))
        return await running.record, await later.record

    with server.running():
        first, later = Client("wire", target_of(server), connections=2).run(scenario)
    assert (first.outcome, first.restamped) == ("ok", True)
    assert (later.outcome, later.restamped) == ("ok", False)
