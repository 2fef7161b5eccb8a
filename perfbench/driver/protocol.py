"""What the parent and its workers say to each other: length-prefixed msgpack over a stream socket.

Plain data only. Instants are monotonic ns of the worker's machine.
"""

from __future__ import annotations

import struct
from collections.abc import MutableSequence

import msgspec

from perfbench.client.target import Target
from perfbench.types import PHASES, Generation, Phase, Record, Request, UrlStrategy

LENGTH = struct.Struct("<I")
TALLY_BYTES = 8 * len(PHASES)
"""Memory that a worker shares with its parent: how many requests it has sent in the running point,
for each of ``PHASES`` a native 64-bit integer. It tells the truth also when the worker is killed.
"""
Tally = MutableSequence[int] | memoryview


class WorkerSpec(msgspec.Struct, frozen=True):
    """What every worker must know: whom it talks to, and how."""

    targets: tuple[Target, ...]
    """At least one, by place; several share the requests."""
    transport: str
    endpoint: str
    generation: Generation
    """What the endpoint is built from."""
    url_strategy: UrlStrategy = "round_robin"
    """How several targets share the requests."""

    @property
    def taking_turns(self) -> int:
        """Targets that take turns, as the plan says; 1 where there are none."""
        return len(self.targets) if self.url_strategy == "round_robin" else 1


class Hello(msgspec.Struct, tag=True):
    """Parent: who you are and whom you will talk to."""

    worker: int
    spec: WorkerSpec


class Load(msgspec.Struct, tag=True):
    """Parent: more of your requests for the next point, in order."""

    requests: list[Request]


class Prepare(msgspec.Struct, tag=True):
    """Parent: no more requests; connect."""

    slots: int | None
    """Requests in flight at most (at first, where ``steps`` follow); ``None`` = no cap."""
    open_loop: bool
    connections: int
    """To make before the start, to each target."""
    spare: int
    cycle: int | None = None
    """Start over when the requests run out, adding this to ``seq`` each time."""
    steps: list[tuple[int, int]] = []
    """Of a closed loop: from so many ns after the start on, so many requests in flight. One more
    than there are ends when its answer does; it is not cut."""
    drop_late_ns: int | None = None
    """Leave out what could only be sent so long after it was due."""


class Go(msgspec.Struct, tag=True):
    """Parent: the point starts at ``t0_ns``."""

    t0_ns: int
    duration_s: float | None = None
    grace_s: float | None = None
    report_s: float = 0.25
    """How long a finished record waits in the worker at most."""


class Stop(msgspec.Struct, tag=True):
    """Parent: send nothing more; cancel what is still in flight after ``grace_s``."""

    grace_s: float


class Ready(msgspec.Struct, tag=True):
    """Worker: connected, or why not."""

    error: str | None = None


class Batch(msgspec.Struct, tag=True):
    """Worker: finished records and where things stand."""

    records: list[Record]
    sent: list[int]
    """So far, in the order of ``PHASES``."""
    in_flight: int
    cpu_s: float
    """CPU since the point began."""
    kernel_stamps: bool
    events: int = 0
    """Token-bearing events, about, of requests that have not finished."""


class Finished(msgspec.Struct, tag=True):
    """Worker: the point is over; all its records have gone before this message."""

    wall_s: float
    cpu_s: float
    sched_delay_s: float | None
    steal_share: float | None
    kernel_stamps: bool
    drained: int
    cut_at_end: int
    sent: dict[Phase, int]
    unsent: dict[Phase, int]
    dropped: dict[Phase, int]
    """Planned requests that were left out."""
    handed: dict[Phase, int]
    stalled_s: float
    longest_stall_s: float
    backlog_bytes: int
    """Most that has waited for the parent to read, over the point."""
    spooled_bytes: int


class Failed(msgspec.Struct, tag=True):
    """Worker: a bug was met, here or in a third-party part; this is the last message."""

    reason: str


FromParent = Hello | Load | Prepare | Go | Stop
FromWorker = Ready | Batch | Finished | Failed

_encode = msgspec.msgpack.Encoder().encode


def frame(message: msgspec.Struct) -> bytes:
    """A message ready to be written: one of these, or of those who bring both together."""
    body = _encode(message)
    return LENGTH.pack(len(body)) + body


decode_from_parent = msgspec.msgpack.Decoder(FromParent).decode
decode_from_worker = msgspec.msgpack.Decoder(FromWorker).decode
