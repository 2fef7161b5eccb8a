"""One worker's part of one point: keeps its slots full, or its arrivals on time.

Knows a source of requests and a transport; knows nothing of processes, stores or statistics. Runs
on callbacks rather than a task for each request, because the sends of a busy point compete with
the reads of all its streams.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Callable
from itertools import islice

from perfbench.client.clock import Alarm, now_ns
from perfbench.client.exchange import Exchange
from perfbench.client.target import Punctual, Transport
from perfbench.driver.protocol import Go, Prepare, Tally
from perfbench.driver.source import Source
from perfbench.types import PHASES, Phase, Record, Request

_BURST = 16
"""Late arrivals handled before the event loop gets a turn."""
_TOGETHER = 32
"""Arrivals of one instant that are made ready before the first of them is sent."""
_PLACE = {phase: place for place, phase in enumerate(PHASES)}


class PointLoad:
    """Sends the requests of one point. ``finished`` is done when the last record is."""

    def __init__(
        self,
        transport: Transport,
        source: Source,
        shape: Prepare,
        alarm: Alarm,
        emit: Callable[[Record], None],
        tally: Tally | None = None,
        clock: Callable[[], int] = now_ns,
    ) -> None:
        """``tally`` counts what is sent, in the order of ``PHASES``, where others can see it."""
        self._loop = asyncio.get_running_loop()
        self._transport = transport
        self._punctual = transport if isinstance(transport, Punctual) else None
        """The same, if it can hold requests until they are due."""
        self._source = source
        self._tally = [0] * len(PHASES) if tally is None else tally
        self._open_loop = shape.open_loop
        # A closed loop always has a number of slots, which may be 0 for a while.
        self._slots = shape.slots if shape.slots is not None or shape.open_loop else 1
        self._steps = shape.steps
        self._drop_late_ns = shape.drop_late_ns
        self._alarm = alarm
        self._emit = emit
        self._clock = clock
        self._coming: deque[Request] = deque()
        """Taken from the source and due later."""
        self._waiting: deque[Request] = deque()
        """Due, and without a slot."""
        self._dispatched = False
        self._stopped = False
        self._overtime = False
        self._cancelled = False
        self._unrecorded: dict[asyncio.Future[Record], Exchange] = {}
        """Sent, and without a record, by the future of it."""
        self._resting = 0
        """Conversations between two turns: their answer has ended, the next turn is not sent."""
        self._pauses: dict[int, tuple[Request, asyncio.TimerHandle]] = {}
        """Turns whose time has not come, by ``seq``."""
        self._timers: list[asyncio.TimerHandle] = []
        self._dispatcher: asyncio.Task[None] | None = None
        self._go = Go(t0_ns=0)
        self.in_flight = 0
        self.drained = 0
        """Streams in flight when the duration was over."""
        self.cut_at_end = 0
        """Streams cancelled when the grace was over too."""
        self.unsent: Counter[Phase] = Counter()
        """Planned requests that were not sent; known when the load has finished."""
        self.dropped: Counter[Phase] = Counter()
        """Planned requests that were left out: later than is wanted, or turns of a conversation
        that had ended before them."""
        self.finished: asyncio.Future[None] = self._loop.create_future()

    @property
    def sent(self) -> int:
        """Requests sent so far, warm-up included."""
        return sum(self._tally)

    @property
    def events(self) -> int:
        """Token-bearing events of the requests that have no record yet, about: a piece of an answer
        that is not parsed yet counts as one."""
        return sum([len(each.bodies) + each.parsed for each in self._unrecorded.values()])

    def start(self, go: Go) -> None:
        """Begin at ``go.t0_ns``."""
        self._go = go
        run = self._keep_schedule() if self._open_loop else self._fill_slots()
        self._dispatcher = self._loop.create_task(run)
        self._dispatcher.add_done_callback(self._dispatch_ended)
        if go.duration_s is not None:
            wait = (go.t0_ns - self._clock()) / 1e9 + go.duration_s
            self._timers.append(self._loop.call_later(wait, self._time_is_up))

    def stop(self, grace_s: float) -> None:
        """Send nothing more; cancel what is in flight after ``grace_s`` (at once if 0)."""
        self._stopped = True
        self._give_up_waiting()
        if self._dispatcher is not None:
            self._dispatcher.cancel()
        self._dispatched = True
        if grace_s > 0:
            self._timers.append(self._loop.call_later(grace_s, self._cut, "stopped"))
        else:
            self._cut("stopped")
        self._check_finished()

    def _time_is_up(self) -> None:
        self._overtime = True
        # Every arrival of an open loop was due before the end: late ones are still sent.
        if not self._open_loop or self._dispatched:
            self._wind_down()

    def _wind_down(self) -> None:
        self.drained = self.in_flight
        self._stopped = self._dispatched = True
        if self._steps and self._dispatcher is not None:
            self._dispatcher.cancel()
        self._give_up_waiting()
        if self._go.grace_s is not None:
            self._timers.append(
                self._loop.call_later(self._go.grace_s, self._cut, "in flight after the grace")
            )
        self._check_finished()

    def _give_up_waiting(self) -> None:
        while self._waiting:
            request = self._waiting.popleft()
            if not self._drops(request):
                self.unsent[request.phase] += request.planned
        for request in self._coming:
            self.unsent[request.phase] += request.planned
        self._coming.clear()
        for request, timer in self._pauses.values():
            timer.cancel()
            self.dropped[request.phase] += request.planned
        self._resting -= len(self._pauses)
        self._pauses.clear()

    def _cut(self, reason: str) -> None:
        if self._cancelled:
            return
        self._cancelled = True
        self.cut_at_end = self.in_flight
        self.drained = max(0, self.drained - self.in_flight)
        self._transport.cancel_all(reason)

    async def _fill_slots(self) -> None:
        """Take all slots at the start, or as many as each step allows from then on."""
        for offset_ns, slots in self._steps or [(0, self._slots or 0)]:
            await self._alarm.until(self._go.t0_ns + offset_ns)
            self._slots = slots
            burst = 0
            while self._taken < self._slots and self._send_next():
                if (burst := burst + 1) % _BURST == 0:
                    await asyncio.sleep(0)

    async def _keep_schedule(self) -> None:
        late = 0
        while arrivals := self._next_arrivals():
            ready_ns = self._go.t0_ns + (self._coming[0].offset_ns or 0) - self._lead_ns(arrivals)
            if ready_ns > self._clock():
                await self._alarm.until(ready_ns)
                late = 0
            elif (late := late + arrivals) >= _BURST:
                await asyncio.sleep(0)
                late = 0
            for _ in range(arrivals):
                self._arrive(self._coming.popleft())
            if self._punctual is not None:
                self._punctual.release()
        self._dispatched = True
        if self._overtime:
            self._wind_down()
        self._check_finished()

    def _next_arrivals(self) -> int:
        """Take what is due at the next instant, and one more to tell; how many are due then."""
        coming = self._coming
        while len(coming) <= _TOGETHER and (
            not coming or coming[-1].offset_ns == coming[0].offset_ns
        ):
            request = self._source.take()
            if request is None:
                return len(coming)
            coming.append(request)
        return len(coming) - 1

    def _lead_ns(self, arrivals: int) -> int:
        if self._punctual is None:
            return 0
        size = sum(len(request.body) for request in islice(self._coming, arrivals))
        return self._punctual.lead_ns(arrivals, size)

    def _arrive(self, request: Request) -> None:
        if self._drops(request):
            return
        if self._slots is not None and self._taken >= self._slots:
            self._waiting.append(request)
            return
        if self._punctual is not None and request.offset_ns is not None:
            self._punctual.hold(self._go.t0_ns + request.offset_ns)
        self._send(request)

    def _drops(self, request: Request) -> bool:
        """Leave an arrival out if it is too late for the user, and count it."""
        if self._drop_late_ns is None or request.offset_ns is None:
            return False
        late_ns = self._clock() - self._go.t0_ns - request.offset_ns
        if late_ns <= self._drop_late_ns:
            return False
        self.dropped[request.phase] += request.planned
        return True

    def _dispatch_ended(self, dispatcher: asyncio.Task[None]) -> None:
        """A bug in a transport or an endpoint must not leave everybody waiting."""
        error = None if dispatcher.cancelled() else dispatcher.exception()
        if error is not None and not self.finished.done():
            self.finished.set_exception(error)

    def _send_next(self) -> bool:
        request = None if self._stopped else self._source.take()
        if request is None:
            self._dispatched = True
            self._check_finished()
            return False
        self._send(request)
        return True

    def _send(self, request: Request) -> None:
        self._tally[_PLACE[request.phase]] += 1
        self.in_flight += 1
        offset_ns = request.offset_ns
        exchange = self._transport.send(request)
        exchange.due_ns = None if offset_ns is None else self._go.t0_ns + offset_ns
        self._unrecorded[exchange.record] = exchange
        over = self._ended if request.sequel is None else self._rest
        exchange.ended.add_done_callback(over)
        exchange.record.add_done_callback(self._recorded)

    @property
    def _taken(self) -> int:
        """Slots in use: a conversation keeps its slot from its first turn to its last."""
        return self.in_flight + self._resting

    def _ended(self, _: asyncio.Future[None]) -> None:
        self.in_flight -= 1
        self._slot_is_free()

    def _rest(self, _: asyncio.Future[None]) -> None:
        """An answer has ended; once it is read we know whether its conversation goes on."""
        self.in_flight -= 1
        self._resting += 1

    def _slot_is_free(self) -> None:
        if not self._open_loop:
            if self._taken < (self._slots or 0):
                self._send_next()
            return
        while self._waiting:
            request = self._waiting.popleft()
            if not self._drops(request):
                self._send(request)
                break

    def _recorded(self, future: asyncio.Future[Record]) -> None:
        request = self._unrecorded.pop(future).request
        record = future.result()
        self._emit(record)
        following = self._source.ended(record)
        if request.sequel is None:
            pass
        elif following is None or self._stopped:
            self._resting -= 1
            self.dropped[request.phase] += request.planned - 1
            self._slot_is_free()
        else:
            self._resume(following.request, following.due_ns)
        if not self._open_loop:
            while self._taken < (self._slots or 0) and self._send_next():
                pass
        self._check_finished()

    def _resume(self, request: Request, due_ns: int) -> None:
        """Send the next turn of a conversation when it is due."""
        left_ns = due_ns - self._clock()
        if left_ns > 0:  # Asked again after the wait: the loop's timers may be early.
            timer = self._loop.call_later(left_ns / 1e9, self._resume, request, due_ns)
            self._pauses[request.seq] = (request, timer)
            return
        self._pauses.pop(request.seq, None)
        self._resting -= 1
        self._send(request)

    def _check_finished(self) -> None:
        if self._dispatched and not (self._unrecorded or self._waiting or self._pauses):
            for timer in self._timers:
                timer.cancel()
            if self._dispatcher is not None and self._steps:
                self._dispatcher.cancel()
            if not self.finished.done():
                self.unsent.update(self._source.left())
                self.finished.set_result(None)
