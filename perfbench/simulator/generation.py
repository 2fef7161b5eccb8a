"""One answer on its way: sends a script step by step and keeps its true times.

Owns the position in the script and the instants of the first and last token. When a step is due
is decided by a ``Pacing``; how bytes reach the socket is the connection's business.
"""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter_ns
from typing import TYPE_CHECKING

from perfbench.simulator.api import Call
from perfbench.simulator.book import Book
from perfbench.simulator.loop import Loop
from perfbench.simulator.script import Script

if TYPE_CHECKING:
    from perfbench.simulator.connection import Connection


class Generation:
    """An answer from the moment its request is taken on."""

    __slots__ = (
        "_book",
        "_connection",
        "_late",
        "_size",
        "_steps",
        "_width",
        "_write",
        "cached",
        "call",
        "ended",
        "first",
        "last",
        "on_end",
        "position",
        "received",
        "script",
        "stall_at",
    )

    def __init__(
        self, call: Call, script: Script, connection: Connection, received: int, book: Book
    ) -> None:
        self.call = call
        self.script = script
        self.received = received
        """The instant the kernel had the whole request."""
        self.first = 0
        self.last = 0
        self.position = 0
        self.stall_at = script.stall_at
        self.ended = False
        self.cached: int | None = None
        """Prompt tokens that came from the prefix cache."""
        self.on_end: Callable[[Generation], None] = lambda generation: None
        self._book = book
        self._connection = connection
        # Steps of an answer in one piece send nothing, so there is nothing to be late.
        self._late: Callable[[int], None] = book.lateness.add if call.stream else _not_sent
        self._steps = script.steps
        self._size = len(script.steps)
        self._width = script.width
        self._write = connection.write_split if script.split else connection.write

    @property
    def tokens(self) -> int:
        """Tokens sent so far."""
        return min(self.position // self._width * self.script.tokens_per_step, self.script.tokens)

    def open(self) -> None:
        """Send what precedes the first token."""
        self._book.prompt_tokens += self.call.prompt_tokens
        self._write(self.script.head)

    def emit(self, due: int, loop: Loop) -> bool:
        """Send the step that was due; whether more steps follow."""
        now = perf_counter_ns()
        position = self.position
        if not position:
            self.first = now
            self._book.ttft.observe(now - self.received)
        self.last = now
        self._late(now - due)
        self.position = after = position + self._width
        if after >= self._size:
            self._last_step(position, loop)
            return False
        if self._width == 1:
            self._write(self._steps[position])
        else:
            for event in self._steps[position:after]:
                self._write(event)
        return True

    def finish(self, loop: Loop) -> None:
        """Send the closing part after its pause; all steps are sent."""
        pause = self.script.closing_ns
        if pause:
            loop.at(perf_counter_ns() + pause, self._close)
        else:
            self._close(0, None)

    def abort(self) -> None:
        """The client is gone: count what was sent, send nothing more."""
        if not self.ended:
            self._end("gone", "abort")

    def _last_step(self, position: int, loop: Loop) -> None:
        events = self._steps[position:]
        if self.script.closing_ns is None:
            # As real servers do: the last token, the finish and the usage leave together.
            events[-1] += self.script.closing(self.cached)
        for event in events:
            self._write(event)
        if self.script.closing_ns is None:
            self._done()
        else:
            self.finish(loop)

    def _close(self, due: int, argument: None) -> None:
        if self.ended:
            return
        self._write(self.script.closing(self.cached))
        self._done()

    def _done(self) -> None:
        if self.ended:  # the last write found the connection broken
            return
        status = self.script.status
        self._end(status, self.script.finish if status == "ok" else "error")
        self._connection.answered(self.script.ending)

    def _end(self, status: str, reason: str) -> None:
        self.ended = True
        instants = (self.received, self.first, self.last)
        self._book.truth(self.call.number, instants, self.tokens, status)
        self._book.finish(reason, instants, self.tokens, self.call.choices)
        self.on_end(self)


def _not_sent(late_ns: int) -> None:
    pass
