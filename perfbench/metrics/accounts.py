"""The request ledger: every planned request of a point accounted for, from counts kept apart.

What was planned, sent and left unsent is the driver's word, what came of it the store's. Pure:
knows no disk and no worker.
"""

from __future__ import annotations

import numpy as np

from perfbench.metrics.columns import OUTCOMES, Columns
from perfbench.types import FAILURES, Counts, Point, PointFacts, RequestLedger

LATE_NS = 1e6
"""Lag of a send from which on it counts as late: a kernel wakes a process up to about so late."""


def request_ledger(columns: Columns, facts: PointFacts | None) -> RequestLedger:
    """Account for the measured requests of a point.

    Args:
        columns: the measured requests that are stored, whatever their outcome.
        facts: what the driver counted; ``None`` if the run was killed, and then only what is stored
            is known.
    """
    by_outcome = np.bincount(columns.outcome, minlength=len(OUTCOMES))
    found = {kind: int(by_outcome[OUTCOMES.index(kind)]) for kind in OUTCOMES}
    counts = facts.counts.get("measure") if facts else None
    apart = [facts.counts.get(phase) for phase in ("warmup", "cooldown")] if facts else []
    warmup, cooldown = apart or (None, None)
    lag_ns = columns.sent_ns - columns.due_ns
    return RequestLedger(
        planned=counts.planned if counts else None,
        sent=counts.sent if counts else None,
        unsent=counts.unsent if counts else None,
        dropped=counts.dropped if counts else None,
        ok=found["ok"],
        failed={kind: found[kind] for kind in FAILURES if kind != "cancelled"},
        cut=found["cancelled"],
        lost=counts.sent - len(columns) if counts else None,
        # A version that kept no counts did not count these either.
        resends=int(columns.resends.sum()) if facts is None or facts.counts else None,
        warmup_sent=warmup.sent if warmup else None,
        warmup_lost=sum(map(_lost, filter(None, apart))) if warmup else None,
        late=int((lag_ns > LATE_NS).sum()) if not np.isnan(lag_ns).all() else None,
        cooldown_sent=cooldown.sent if cooldown else None,
        abandoned=found["abandoned"],
    )


def left_out_late(point: Point, columns: Columns, ledger: RequestLedger) -> int:
    """Arrivals that ``--drop-late`` left out: of what is dropped, what was no later turn of a
    conversation that ended before it."""
    if point.drop_late_s is None or not ledger.dropped:
        return 0
    opening = (columns.turns > 0) & (columns.turn == 0)
    turns_left = int(columns.turns[opening].sum()) - int((columns.turns > 0).sum())
    return max(0, ledger.dropped - turns_left)


def _lost(counts: Counts) -> int:
    return counts.sent - (counts.received if counts.stored is None else counts.stored)
