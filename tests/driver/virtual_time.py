"""An event loop that does not wait: when nothing is ready its clock jumps to the next timer."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from typing import Any

from perfbench.client.exchange import Exchange
from perfbench.types import Endpoint, Outcome, Record, Request


class _Selector(selectors.DefaultSelector):
    """Returns at once, having moved the clock by the time it was to wait."""

    def __init__(self) -> None:
        super().__init__()
        self.now_s = 1000.0

    def select(self, timeout: float | None = None) -> Any:
        assert timeout is not None, "nothing will ever happen: everybody waits for somebody else"
        self.now_s += max(0.0, timeout)
        return super().select(0)


class VirtualLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._virtual = _Selector()
        super().__init__(self._virtual)

    def time(self) -> float:
        return self._virtual.now_s


def run_virtually(main: Coroutine[Any, Any, Any]) -> Any:
    """Run a coroutine in virtual time; an error in any callback is raised here."""
    loop = VirtualLoop()
    errors: list[BaseException] = []
    loop.set_exception_handler(lambda _, context: errors.append(context["exception"]))
    try:
        result = loop.run_until_complete(main)
        loop.run_until_complete(asyncio.sleep(0))
        left = [task for task in asyncio.all_tasks(loop) if not task.done()]
    finally:
        loop.close()
    assert not errors, errors
    assert not left, f"tasks are left behind: {left}"
    return result


def virtual_ns() -> int:
    return round(asyncio.get_running_loop().time() * 1e9)


class VirtualAlarm:
    async def until(self, due_ns: int) -> None:
        while (left := due_ns - virtual_ns()) > 0:  # noqa: ASYNC110 - an instant, not an event
            await asyncio.sleep(left / 1e9)

    def close(self) -> None:
        pass


class FakeTransport:
    """Answers every request after ``service_s(request)``, and notes what it was asked to do."""

    kernel_stamps = False

    def __init__(
        self,
        service_s: Callable[[Request], float],
        outcome: Callable[[Request], Outcome] = lambda request: "ok",
    ) -> None:
        self._service_s = service_s
        self._outcome = outcome
        self._loop = asyncio.get_running_loop()
        self._running: dict[Exchange, asyncio.TimerHandle] = {}
        self.sent: list[tuple[int, Request]] = []
        """When each request was sent, in ns."""
        self.most = 0
        """Most requests in flight at one time."""
        self.cuts: list[str] = []

    @property
    def in_flight(self) -> int:
        return len(self._running)

    async def open(self, connections: int, spare: int = 0) -> None:
        pass

    def send(self, request: Request) -> Exchange:
        exchange = Exchange(request, _SILENT, self._loop)
        exchange.sent_ns = virtual_ns()
        self.sent.append((exchange.sent_ns, request))
        wait = self._service_s(request)
        self._running[exchange] = self._loop.call_later(
            wait, self._end, exchange, self._outcome(request)
        )
        self.most = max(self.most, len(self._running))
        return exchange

    def cancel_all(self, reason: str) -> None:
        self.cuts.append(reason)
        for exchange, timer in list(self._running.items()):
            timer.cancel()
            self._end(exchange, "cancelled")

    async def close(self) -> None:
        self.cancel_all("closed")

    def _end(self, exchange: Exchange, outcome: Outcome) -> None:
        del self._running[exchange]
        exchange.end(virtual_ns())
        # As in the real client, the record follows when there is time to parse.
        self._loop.call_soon(self._digested, exchange, outcome)

    def _digested(self, exchange: Exchange, outcome: Outcome) -> None:
        request = exchange.request
        exchange.record.set_result(
            Record(
                seq=request.seq,
                sample_id=request.sample_id,
                repeat=request.repeat,
                phase=request.phase,
                due_ns=exchange.due_ns,
                sent_ns=exchange.sent_ns,
                end_ns=exchange.end_ns,
                outcome=outcome,
                text=f"answer {request.seq}",
                conversation=request.conversation,
                turn=request.turn,
            )
        )


class _Silent:
    """An endpoint nobody asks."""

    name = "silent"


_SILENT: Endpoint = _Silent()  # type: ignore[assignment]
