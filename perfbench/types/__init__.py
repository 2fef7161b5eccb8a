"""The nouns every layer shares. Knows nothing of sockets, disks, statistics or displays.

Instants are integer nanoseconds of one monotonic clock (``time.perf_counter_ns``), names end in
``_ns``; durations given by people are seconds (``_s``); milliseconds appear only in summaries.
Absent is ``None``, never 0 or -1.

Nouns that are built once per event or cross a process boundary (``Request``, ``Delta``,
``Record``) are msgspec structs: frozen like the dataclasses, but cheap to build and to encode.
"""

from perfbench.types.ask import (
    Endpoint,
    Generation,
    Input,
    Message,
    Question,
    Request,
    Sample,
    Workload,
)
from perfbench.types.event import Observer
from perfbench.types.fact import (
    FAILURES,
    PHASES,
    Delta,
    Outcome,
    Phase,
    Record,
    Usage,
    on_clock,
    pack_gaps,
    unpack_gaps,
)
from perfbench.types.figure import (
    ClientAudit,
    Distribution,
    RequestLedger,
    Summary,
    TokenLedger,
    TokenSource,
    Verdict,
)
from perfbench.types.load import Arrival, Counts, Point, PointFacts, Progress, WorkerFacts
from perfbench.types.score import Extraction, Score, Scored, Subtask, Unscored

__all__ = [
    "FAILURES",
    "PHASES",
    "Arrival",
    "ClientAudit",
    "Counts",
    "Delta",
    "Distribution",
    "Endpoint",
    "Extraction",
    "Generation",
    "Input",
    "Message",
    "Observer",
    "Outcome",
    "Phase",
    "Point",
    "PointFacts",
    "Progress",
    "Question",
    "Record",
    "Request",
    "RequestLedger",
    "Sample",
    "Score",
    "Scored",
    "Subtask",
    "Summary",
    "TokenLedger",
    "TokenSource",
    "Unscored",
    "Usage",
    "Verdict",
    "WorkerFacts",
    "Workload",
    "on_clock",
    "pack_gaps",
    "unpack_gaps",
]
