"""A stored run with requests of every kind, for what shows single requests."""

from __future__ import annotations

import random
from pathlib import Path

from handles import closed_when_dropped
from report_builders import HOSTILE, make_point

from perfbench.store import Run
from perfbench.types import Record, Usage, pack_gaps

MS = 1_000_000
POINTS = [make_point(0, 10, name="parallel_10"), make_point(1, 20, name="parallel_20")]


def make_record(draw: random.Random, seq: int, zero: int) -> Record:
    """A request of any kind: nothing of it is sure."""
    sent = zero + seq * MS + draw.randrange(MS)
    outcome = draw.choice(["ok"] * 6 + ["timeout", "http_5xx", "connect", "abandoned"])
    events = 0 if outcome == "connect" else draw.choice([0, 1, 2, 5])
    # Few different lengths, so that many are equal.
    gaps = [draw.choice([0, 10 * MS, 20 * MS, 5_000 * MS]) for _ in range(max(events - 1, 0))]
    packed, width = pack_gaps(gaps)
    first = sent + draw.choice([50, 60, 200]) * MS if events else None
    end = sent + 300 * MS if first is None else first + sum(gaps) + MS
    talks = draw.random() < 0.4
    return Record(
        seq=seq,
        sample_id=draw.choice(["a", "ab", "abc", "b", "é", f"q{seq}"]),
        repeat=draw.randrange(2),
        phase="warmup" if seq < 5 else "measure",
        worker=draw.randrange(3),
        stream=draw.random() < 0.8,
        due_ns=draw.choice([None, sent - 2 * MS]),
        sent_ns=None if outcome == "connect" and draw.random() < 0.5 else sent,
        headers_ns=first,
        first_ns=first,
        first_content_ns=draw.choice([None, first]),
        gaps=packed,
        gap_width=width,
        end_ns=end,
        read_delay_ns=draw.choice([None, 1500]),
        connect_ns=draw.choice([None, 3 * MS]),
        status=draw.choice([None, 200, 503]),
        outcome=outcome,  # type: ignore[arg-type]
        detail="" if outcome == "ok" else draw.choice([HOSTILE, "x" * 500]),
        finish=draw.choice([None, "stop", "length"]),
        usage=draw.choice([None, Usage(draw.randrange(9), draw.randrange(4), None, 2)]),
        input_tokens=draw.choice([None, 5]),
        conversation=draw.choice(["c1", "c2"]) if talks else None,
        turn=draw.randrange(3) if talks else 0,
        turns=3 if talks else 0,
        text="An answer",
    )


def make_varied(folder: Path, number: int = 150) -> Run:
    """A run of two points with requests of every kind."""
    run = closed_when_dropped(Run.create(folder, "varied", {}, {}))
    draw = random.Random(7)
    for point in POINTS:
        run.begin_point(point)
        zero = run.origin_ns + point.index * 1000 * MS
        run.append(point, [make_record(draw, seq, zero) for seq in range(number)])
    return run
