"""What a worker sends next: its part of a point's plan, taken one request at a time.

A source knows no clock, no slots and no transport. It hears of every request that has ended, so
that a later request may depend on it: the next turn of a conversation is made of the answer before.
All other bodies are made before the clock starts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import count
from typing import Any, Protocol

import msgspec
from msgspec.structs import replace

from perfbench.types import Endpoint, Message, Phase, Record, Request, Sample, Sequel, Turn


class Source(Protocol):
    """Where a :class:`~perfbench.driver.load.PointLoad` gets its requests."""

    def take(self) -> Request | None:
        """The next request, or ``None`` while there is none. In a closed loop what has ended may
        bring more; an open loop is over then."""
        ...

    def ended(self, record: Record) -> Following | None:
        """A request that was taken has ended and is recorded. What follows from it, if it had a
        sequel and that can still be asked."""
        ...

    def left(self) -> Counter[Phase]:
        """How many planned requests have not been taken; none where only time ends the plan."""
        ...


class Following(msgspec.Struct, frozen=True):
    """A request that follows from an answer."""

    request: Request
    due_ns: int
    """When it is to be sent: monotonic, on the clock of the record."""


def source_of(
    requests: list[Request],
    cycle: int | None,
    endpoint: Endpoint | None = None,
    urls: int = 1,
) -> Source:
    """The source of a plan that ends, or that starts over every ``cycle`` requests. Takes over
    the list.

    Args:
        endpoint: builds the later turns of conversations; needed if there are any.
        urls: that share the requests.
    """
    talks = endpoint is not None and any(request.sequel is not None for request in requests)
    source = Flat(requests) if cycle is None else Cycling(requests, cycle, urls)
    return Conversations(source, endpoint) if talks and endpoint is not None else source


class Flat:
    """Requests in order, once. They leave the list as they are taken."""

    def __init__(self, requests: list[Request]) -> None:
        self._requests = requests
        self._requests.reverse()

    def take(self) -> Request | None:
        return self._requests.pop() if self._requests else None

    def ended(self, record: Record) -> None:
        return None

    def left(self) -> Counter[Phase]:
        left: Counter[Phase] = Counter()
        for request in self._requests:
            left[request.phase] += request.planned
        return left


class Cycling:
    """Requests in order, again and again; ``cycle`` is added to ``seq`` with each round, and all
    but the first round are measured. Where several URLs take turns, each request goes to the next
    one in the next round: no URL is given the odd ones, or the same prompts, every time."""

    def __init__(self, requests: list[Request], cycle: int, urls: int = 1) -> None:
        self._plan = self._rounds(requests, cycle, urls)

    def take(self) -> Request | None:
        return next(self._plan, None)

    def ended(self, record: Record) -> None:
        return None

    def left(self) -> Counter[Phase]:
        return Counter()

    @staticmethod
    def _rounds(requests: list[Request], cycle: int, urls: int) -> Iterator[Request]:
        yield from requests
        for number in count(1):
            if not requests:
                return
            for request in requests:
                named = request.conversation and f"{request.conversation} ({number})"
                yield replace(
                    request,
                    seq=request.seq + number * cycle,
                    phase="measure",
                    conversation=named,
                    url=None if request.url is None else (request.url + number) % urls,
                )


class Conversations:
    """Conversations whose openings come from another source, and each later turn from the answer
    to the one before.

    A turn that ends in anything but an answer ends its conversation. What a later turn costs here
    is the encoding of what is new in it, and of no more where the endpoint can carry that.
    """

    def __init__(self, openings: Source, endpoint: Endpoint) -> None:
        self._openings = openings
        self._endpoint = endpoint
        self._as_json = getattr(endpoint, "carries_messages", False)
        self._asked: dict[int, Request] = {}
        """Turns under way that have a sequel, by ``seq``."""
        self._histories: dict[int, list[Any]] = {}
        """All that was said up to each of them, as the endpoint takes it; an opening has none."""

    def take(self) -> Request | None:
        request = self._openings.take()
        if request is not None and request.sequel is not None:
            self._asked[request.seq] = request
        return request

    def ended(self, record: Record) -> Following | None:
        request = self._asked.pop(record.seq, None)
        if request is None:
            return None
        assert request.sequel is not None
        history = self._histories.pop(record.seq, None)
        if record.outcome != "ok" or record.end_ns is None:
            return None
        if history is None:
            history = self._written(request.sequel.opening)
        turn, *later = request.sequel.turns
        history += self._written(continued(turn, record))
        # All turns go where the first one went: that service has the conversation in its cache.
        request = msgspec.structs.replace(request, url=record.url)
        following = self._following(request, turn, history, tuple(later))
        if later:
            self._asked[following.seq] = following
            self._histories[following.seq] = history
        return Following(following, record.end_ns + round(turn.wait_s * 1e9))

    def left(self) -> Counter[Phase]:
        return self._openings.left()

    def _written(self, messages: list[Message]) -> list[Any]:
        if not self._as_json:
            return list(messages)
        return [msgspec.Raw(msgspec.json.encode(message)) for message in messages]

    def _following(
        self, request: Request, turn: Turn, history: list[Any], later: tuple[Turn, ...]
    ) -> Request:
        sample = Sample(request.sample_id, history, max_tokens=turn.max_tokens, model=request.model)
        return replace(
            request,
            seq=request.seq + 1,
            body=self._endpoint.build(sample),
            offset_ns=None,
            input_tokens=None,
            turn=request.turn + 1,
            # Turns that are over are in the history.
            sequel=Sequel([], later) if later else None,
            patience=turn.patience,
        )


def continued(turn: Turn, record: Record) -> list[Message]:
    """What a turn adds to its conversation: the answer before it, then what is said in it.

    The answer is the service's, without its reasoning. A tool's results answer the service's own
    calls where there are as many; else the recorded answer stands in with its calls, as no service
    takes results that nobody called for.
    """
    results = sum(message.get("role") == "tool" for message in turn.messages)
    calls = record.tool_calls or []
    called = bool(results) and len(calls) == results
    if turn.recorded is not None and (turn.stands_in or (results and not called)):
        return [turn.recorded, *turn.messages]
    said: Message = {"role": "assistant", "content": record.text}
    if not called:
        return [said, *turn.messages]
    said["tool_calls"] = calls
    ids = (call["id"] for call in calls)
    return [
        said,
        *(
            {**message, "tool_call_id": next(ids)} if message.get("role") == "tool" else message
            for message in turn.messages
        ),
    ]
