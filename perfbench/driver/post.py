"""A member at its place in a running point: what it was given, what it has said, what is known of
it when it has gone.

Knows one member and its messages; knows no other place, no schedule and no store. Instants are
monotonic ns of this process; a member's own clock is told apart by its offset.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import msgspec
from msgspec.structs import replace

from perfbench.client.exchange import ANSWER_LIMIT
from perfbench.driver.crew import Member
from perfbench.driver.protocol import (
    LENGTH,
    Batch,
    Failed,
    Finished,
    FromParent,
    FromWorker,
    Ready,
    decode_from_worker,
    frame,
)
from perfbench.errors import WorkerError
from perfbench.types import PHASES, Phase, Record, WorkerFacts, on_clock

_SEND_TIMEOUT_S = 120.0
_FRAME_ALLOWANCE = 16 << 20
"""What a message may be longer than its longest record: those before it in its batch."""


class Post:
    """One place of a point and the member that has it."""

    def __init__(self, number: int, member: Member) -> None:
        self.number = number
        self.member = member
        self.planned: Counter[Phase] = Counter()
        self.received: Counter[Phase] = Counter()
        self.heard: Batch | None = None
        """The last message on how it stands."""
        self.ready: Ready | None = None
        self.finished: Finished | None = None
        self.alive = True
        self.silent_s = 0.0
        """Since when nothing has come of it, as whoever listens counts it."""
        self.replaced_by: int | None = None
        """The place that has the rest of its plan, if it was lost."""
        self.untold = False
        """Whether what it sent after its last word is not known."""
        self.answer_limit = ANSWER_LIMIT
        """Bytes of the longest answer that a record may hold."""
        self._failure: str | None = None
        self._sent: Counter[Phase] | None = None
        self._buffer = bytearray()

    @property
    def running(self) -> bool:
        """Whether more is to come of it."""
        return self.alive and self.finished is None

    @property
    def name(self) -> str:
        """For people."""
        place = self.member.place
        return f"worker {self.number}" + ("" if place is None else f" on {place}")

    @property
    def why(self) -> str:
        """What it died of."""
        return self.member.why() if self._failure is None else self._failure

    def lose(self, why: str) -> None:
        """Wait for it no longer."""
        self.alive = False
        self._failure = why
        self._buffer.clear()

    def tell(self, message: FromParent) -> None:
        """Say something to it, unless it is dead.

        Raises:
            WorkerError: it does not read.
        """
        if not self.alive:
            return
        sock = self.member.sock
        sock.settimeout(_SEND_TIMEOUT_S)
        try:
            sock.sendall(frame(message))
        except TimeoutError:
            raise WorkerError(f"{self.name} does not answer") from None
        except OSError:
            pass  # What it had sent before is still to be read; then its end is noticed.

    def listen(self) -> list[Record]:
        """Take in what has come: records are returned, on this process's clock; whether it is
        ``alive`` is known then."""
        try:
            data = self.member.sock.recv(1 << 20)
        except OSError:
            data = b""
        if not data:
            self.alive = False
            return []
        self.silent_s = 0.0
        self._buffer += data
        found: list[Record] = []
        try:
            for message in _messages(self._buffer, 2 * self.answer_limit + _FRAME_ALLOWANCE):
                self._hear(message, found)
        except msgspec.MsgspecError:
            self.lose("it sent what is no message")
        except OverflowError as error:
            self.lose(str(error))
        return found

    def _hear(self, message: FromWorker, found: list[Record]) -> None:
        if isinstance(message, Batch):
            if len(message.sent) != len(PHASES):
                raise msgspec.ValidationError("a count for each phase")
            if message.records:
                found += self._taken_in(message.records)
                message.records = []
            self.heard = message
        elif isinstance(message, Ready):
            self.ready = message
        elif isinstance(message, Failed):
            self._failure = message.reason
        else:
            self.finished = message

    def _taken_in(self, records: list[Record]) -> list[Record]:
        """Count records, and put their stamps on this process's clock."""
        self.received.update(record.phase for record in records)
        offset_ns = self.member.clock.offset_ns
        return [on_clock(record, -offset_ns) for record in records] if offset_ns else records

    def sent(self) -> Counter[Phase]:
        """What it has sent: by its own count, which survives its death; if its machine is gone
        too, as it last told; at least what has come of it."""
        if self.finished is not None:
            return Counter(self.finished.sent)
        if self._sent is None:
            counted = self.member.sent()
            if counted is None:
                counted = self.heard.sent if self.heard else [0] * len(PHASES)
                self.untold = True
            told = Counter(dict(zip(PHASES, counted, strict=True)))
            self._sent = told | self.received
        return self._sent

    def facts(self, wall_s: float) -> WorkerFacts:
        """What is known of it when the point is over, which took ``wall_s`` so far."""
        done, heard, clock = self.finished, self.heard, self.member.clock
        place = self.member.place
        facts = WorkerFacts(
            self.number,
            wall_s,
            heard.cpu_s if heard else 0.0,
            None,
            heard is not None and heard.kernel_stamps,
            clock_error_ns=clock.error_ns,
            host=place,
            clock_offset_ns=None if place is None else clock.offset_ns,
            clock_drift_ppm=clock.drift_ppm,
        )
        if done is None:
            return replace(
                facts,
                died=True,
                why=self.why,
                replaced_by=self.replaced_by,
                sent_unknown=self.untold,
            )
        return replace(
            facts,
            wall_s=done.wall_s,
            cpu_s=done.cpu_s,
            sched_delay_s=done.sched_delay_s,
            steal_share=done.steal_share,
            kernel_stamps=done.kernel_stamps,
            stalled_s=done.stalled_s,
            longest_stall_s=done.longest_stall_s,
            backlog_bytes=done.backlog_bytes,
            spooled_bytes=done.spooled_bytes,
        )


def _messages(buffer: bytearray, limit: int) -> Iterable[FromWorker]:
    """Cut whole messages off the front of ``buffer``.

    Raises:
        msgspec.MsgspecError: what stands there is none.
        OverflowError: it would be longer than ``limit`` bytes.
    """
    start = 0
    while len(buffer) - start >= LENGTH.size:
        size = LENGTH.unpack_from(buffer, start)[0]
        if size > limit:
            raise OverflowError(f"it sent a message of {size:,} bytes; {limit:,} are the most")
        end = start + LENGTH.size + size
        if len(buffer) < end:
            break
        with memoryview(buffer) as whole:
            message = decode_from_worker(whole[start + LENGTH.size : end])
        yield message
        start = end
    del buffer[:start]
