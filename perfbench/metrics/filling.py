"""Whether a closed loop had requests enough for its slots. Knows no times."""

from __future__ import annotations

from perfbench.types import Summary


def fills(summary: Summary, times: float = 2.0) -> bool:
    """Whether requests could fill all slots of a closed loop, and so many ``times`` over.

    With fewer than two for each slot most of the time is a climb and a descent, and what the load
    does is not seen. True where the number in flight is not given, and where nobody counted.
    """
    sent = None if summary.ledger is None else summary.ledger.sent
    if summary.parallel is None or summary.rate is not None or sent is None:
        return True
    return sent >= times * summary.parallel
