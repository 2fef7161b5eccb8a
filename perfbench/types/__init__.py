"""The nouns every layer shares. Knows nothing of sockets, disks, statistics or displays.

Instants are integer nanoseconds of one monotonic clock (``time.perf_counter_ns``), names end in
``_ns``; durations given by people are seconds (``_s``); milliseconds appear only in summaries.
Absent is ``None``, never 0 or -1.

Nouns that are built once per event or cross a process boundary (``Request``, ``Delta``,
``Record``) are msgspec structs: frozen like the dataclasses, but cheap to build and to encode.
"""

from perfbench.types.ask import Endpoint, Input, Message, Request, Sample, Workload
from perfbench.types.event import (
    Asked,
    Asking,
    Average,
    Event,
    Note,
    Observer,
    Part,
    PointFinished,
    PointStarted,
    Progress,
    RunFinished,
    RunKind,
    RunStarted,
    Scored,
    Scoring,
    SubtaskFacts,
    UnscoredAnswer,
    together,
)
from perfbench.types.fact import (
    FAILURES,
    Delta,
    Outcome,
    Phase,
    Record,
    Usage,
    pack_gaps,
    unpack_gaps,
)
from perfbench.types.figure import (
    ClientAudit,
    Distribution,
    Summary,
    TokenLedger,
    TokenSource,
    Verdict,
)
from perfbench.types.load import Arrival, Point, PointFacts, WorkerFacts
from perfbench.types.score import Extraction, Score, Unscored

__all__ = [
    "FAILURES",
    "Arrival",
    "Asked",
    "Asking",
    "Average",
    "ClientAudit",
    "Delta",
    "Distribution",
    "Endpoint",
    "Event",
    "Extraction",
    "Input",
    "Message",
    "Note",
    "Observer",
    "Outcome",
    "Part",
    "Phase",
    "Point",
    "PointFacts",
    "PointFinished",
    "PointStarted",
    "Progress",
    "Record",
    "Request",
    "RunFinished",
    "RunKind",
    "RunStarted",
    "Sample",
    "Score",
    "Scored",
    "Scoring",
    "SubtaskFacts",
    "Summary",
    "TokenLedger",
    "TokenSource",
    "Unscored",
    "UnscoredAnswer",
    "Usage",
    "Verdict",
    "WorkerFacts",
    "Workload",
    "pack_gaps",
    "together",
    "unpack_gaps",
]
