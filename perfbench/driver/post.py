"""A member at its place in a running point: what it was given, what it has said, what is known of
it when it has gone.

Knows one member and its messages; knows no other place, no schedule and no store. Instants are
monotonic ns of this process; a member's own clock is told apart by its offset.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

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
        self._failed: Failed | None = None
        self._buffer = bytearray()

    @property
    def running(self) -> bool:
        """Whether more is to come of it."""
        return self.alive and self.finished is None

    @property
    def why(self) -> str:
        """What it died of."""
        return self._failed.reason if self._failed is not None else self.member.why()

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
        except (BrokenPipeError, ConnectionResetError):
            pass  # What it had sent before is still to be read; then its end is noticed.
        except TimeoutError:
            raise WorkerError(f"worker {self.number} does not answer") from None

    def listen(self) -> list[Record]:
        """Take in what has come: records are returned, on this process's clock; whether it is
        ``alive`` is known then."""
        try:
            data = self.member.sock.recv(1 << 20)
        except (ConnectionResetError, BrokenPipeError):
            data = b""
        if not data:
            self.alive = False
            return []
        self._buffer += data
        found: list[Record] = []
        for message in _messages(self._buffer):
            if isinstance(message, Batch):
                if message.records:
                    found += self._taken_in(message.records)
                    message.records = []
                self.heard = message
            elif isinstance(message, Ready):
                self.ready = message
            elif isinstance(message, Failed):
                self._failed = message
            else:
                self.finished = message
        return found

    def _taken_in(self, records: list[Record]) -> list[Record]:
        """Count records, and put their stamps on this process's clock."""
        self.received.update(record.phase for record in records)
        offset_ns = self.member.clock.offset_ns
        return [on_clock(record, -offset_ns) for record in records] if offset_ns else records

    def sent(self) -> Mapping[Phase, int]:
        """What it has sent by its own count, which survives its death, or at least what has come of
        it."""
        if self.finished is not None:
            return self.finished.sent
        counted = self.member.sent()
        if counted is None:
            return Counter(self.received)
        return Counter(dict(zip(PHASES, counted, strict=True)))

    def facts(self, wall_s: float) -> WorkerFacts:
        """What is known of it when the point is over, which took ``wall_s`` so far."""
        done, heard = self.finished, self.heard
        if done is not None:
            return WorkerFacts(
                self.number,
                done.wall_s,
                done.cpu_s,
                done.sched_delay_s,
                done.kernel_stamps,
                stalled_s=done.stalled_s,
                longest_stall_s=done.longest_stall_s,
                backlog_bytes=done.backlog_bytes,
                spooled_bytes=done.spooled_bytes,
                clock_error_ns=self.member.clock.error_ns,
            )
        return WorkerFacts(
            self.number,
            wall_s,
            heard.cpu_s if heard else 0.0,
            None,
            heard is not None and heard.kernel_stamps,
            died=True,
            why=self.why,
            clock_error_ns=self.member.clock.error_ns,
        )


def _messages(buffer: bytearray) -> Iterable[FromWorker]:
    """Cut whole messages off the front of ``buffer``."""
    start = 0
    while len(buffer) - start >= LENGTH.size:
        end = start + LENGTH.size + LENGTH.unpack_from(buffer, start)[0]
        if len(buffer) < end:
            break
        with memoryview(buffer) as whole:
            message = decode_from_worker(whole[start + LENGTH.size : end])
        yield message
        start = end
    del buffer[:start]
