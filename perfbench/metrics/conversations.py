"""The figures of conversations: by turn, and of each conversation as a whole.

Pure: from the columns of one point. Latencies are those of ``definitions``; only requests that
ended ``ok`` enter them, here as everywhere. A turn is counted from 0 in columns and from 1 where it
is named.
"""

from __future__ import annotations

import numpy as np

from perfbench.metrics import ledger
from perfbench.metrics.columns import OUTCOMES, Columns, Floats, Ints
from perfbench.metrics.definitions import METRICS
from perfbench.metrics.percentiles import distribution
from perfbench.types import ConversationFigures, TurnFigures

BY_TURN = ("ttft_ms", "tpot_ms", "e2e_ms", "input_tokens", "cached_tokens", "output_tokens")
"""Metrics of each turn."""
SHORT = 0.95
"""Input of a turn, as a share of what the turn before read and wrote, below which part of the
conversation was not read: servers count the end of an answer, or spell it in fewer tokens."""


def conversation_figures(
    columns: Columns, recorded_replies: bool = False
) -> ConversationFigures | None:
    """The figures of a point's conversations; ``None`` if it has none.

    Args:
        recorded_replies: what later turns read is not what the service had answered.
    """
    columns = columns.select(columns.turns > 0)
    if not len(columns):
        return None
    order = np.lexsort((columns.turn, columns.conversation))
    ends = np.flatnonzero(np.diff(columns.conversation[order], append=np.nan) != 0)
    starts = np.concatenate(([0], ends[:-1] + 1))
    last = order[ends]
    completed = columns.ok[last] & (columns.turn[last] == columns.turns[last] - 1)
    abandoned = columns.abandoned[last]
    failed = columns.failed[last] & (columns.outcome[last] != OUTCOMES.index("cancelled"))
    spans = columns.end_ns[last] - columns.sent_ns[order[starts]]
    short, checked = _short_inputs(columns, order, recorded_replies)
    later = columns.turn > 0
    return ConversationFigures(
        begun=len(ends),
        completed=int(completed.sum()),
        failed=int(failed.sum()),
        abandoned=int(abandoned.sum()),
        cut=int((~(completed | failed | abandoned)).sum()),
        turns=distribution((ends - starts + 1).astype(np.float64)),
        duration_s=distribution(spans, 1e-9),
        tokens=distribution(np.add.reduceat(_tokens(columns)[order], starts)),
        first=_turn_figures("first", columns.select(~later)),
        later=_turn_figures("later", columns.select(later)),
        by_turn=[
            _turn_figures(str(turn + 1), columns.select(columns.turn == turn))
            for turn in range(int(columns.turn.max()) + 1)
        ],
        inputs_checked=checked,
        inputs_short=short,
    )


def _turn_figures(name: str, columns: Columns) -> TurnFigures:
    done = columns.select(columns.ok)
    return TurnFigures(
        turn=name,
        requests=len(columns),
        completed=len(done),
        failed=int(columns.failed.sum()),
        abandoned=int(columns.abandoned.sum()),
        metrics={
            key: distribution(METRICS[key].values(done), METRICS[key].scale) for key in BY_TURN
        },
        cached_share=ledger.token_ledger(done).cached_share,
    )


def _short_inputs(columns: Columns, order: Ints, recorded_replies: bool) -> tuple[int | None, int]:
    """Later turns that read less than the turn before read and showed (or only read, where its
    answer was not fed back), and how many later turns say what they read."""
    known = columns.usage_input_tokens
    if not recorded_replies:
        shown = columns.usage_output_tokens - np.nan_to_num(columns.usage_reasoning_tokens)
        known = known + shown
    before, after = order[:-1], order[1:]
    follows = columns.conversation[before] == columns.conversation[after]
    follows &= columns.turn[before] + 1 == columns.turn[after]
    read, had = columns.usage_input_tokens[after][follows], known[before][follows]
    both = ~np.isnan(read) & ~np.isnan(had)
    checked = int(both.sum())
    return (int((read[both] < SHORT * had[both]).sum()) if checked else None), checked


def _tokens(columns: Columns) -> Floats:
    """Read and written by each request."""
    return ledger.input_tokens(columns) + ledger.output_tokens(columns)
