"""One point's records as numpy columns: what every metric is computed from.

Owns the column layout and nothing else. Knows no disk, no socket and no formula. Stamps are
float64 nanoseconds after ``origin_ns`` (exact for 104 days), durations float64 nanoseconds; a value
that is absent is NaN, as numpy has no ``None``. NaN never leaves this package: a summary says
``None``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from perfbench.types import FAILURES, Outcome

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

OUTCOMES: tuple[Outcome, ...] = ("ok", *FAILURES, "abandoned")
"""Meaning of the codes in :attr:`Columns.outcome`."""


@dataclass(frozen=True, slots=True)
class Columns:
    """``n`` requests, one array element each, in the order in which they finished.

    Gaps between token-bearing events are pooled: those of request ``i`` are
    ``gaps[gap_offsets[i]:gap_offsets[i + 1]]``, and ``event_tokens`` is pooled in the same way.
    """

    origin_ns: int
    """The monotonic instant that stamps count from: the start of the run."""
    origin_wall_ns: int
    """The same reading of the clock as Unix time: of a point that was run after a restart of the
    machine, an instant at which the run may not have begun."""
    seq: Ints
    repeat: Ints
    worker: Ints
    stream: Bools
    reused: Bools
    resends: Ints
    """How often each was sent again on another connection."""
    turn: Ints
    """Place of each in its conversation, from 0; 0 where it stands alone."""
    turns: Ints
    """Turns planned in the conversation of each; 0 where it stands alone."""
    conversation: Floats
    """A number for the conversation of each; NaN where it stands alone."""
    restamped: Bools
    """Those whose stamps are the event loop's, because the wall clock stepped."""
    outcome: NDArray[np.uint8]
    """Index into :data:`OUTCOMES`."""
    status: Floats
    url: Floats
    """Which of the run's URLs each went to, where there are several."""
    due_ns: Floats
    sent_ns: Floats
    headers_ns: Floats
    first_ns: Floats
    first_content_ns: Floats
    last_ns: Floats
    """Last token-bearing event."""
    end_ns: Floats
    read_delay_ns: Floats
    connect_ns: Floats
    input_tokens: Floats
    """Prompt length by the workload's tokenizer."""
    usage_input_tokens: Floats
    usage_output_tokens: Floats
    usage_cached_tokens: Floats
    usage_reasoning_tokens: Floats
    counted_output_tokens: Floats
    """Output length by the tokenizer, where the output has been counted."""
    gaps: NDArray[np.float32]
    """Pooled gaps in ns, 4 bytes each: the rounding is at most 1 part in 10 million (1 ns in
    20 ms), and a gap of zero stays exactly zero."""
    gap_offsets: Ints
    """``n + 1`` positions in ``gaps``."""
    event_tokens: NDArray[np.uint16]
    """Tokens of each event, of those requests whose server said so for every event."""
    token_offsets: Ints
    """``n + 1`` positions in ``event_tokens``; an empty span means unknown."""
    error_examples: Mapping[str, str]
    """One ``detail`` for each failure that occurred, by outcome."""
    model: Ints
    """Which of ``models`` each asked; -1 where the run asks but one."""
    models: tuple[str, ...] = ()
    """The models that were asked, in alphabetical order; none where the run asks but one."""

    def __len__(self) -> int:
        return len(self.seq)

    @property
    def ok(self) -> Bools:
        """Which requests ended ``ok``."""
        ok: Bools = self.outcome == OUTCOMES.index("ok")
        return ok

    @property
    def abandoned(self) -> Bools:
        """Which requests the client closed as planned."""
        abandoned: Bools = self.outcome == OUTCOMES.index("abandoned")
        return abandoned

    @property
    def failed(self) -> Bools:
        """Which requests ended neither ``ok`` nor as planned."""
        return ~(self.ok | self.abandoned)

    @property
    def events(self) -> Ints:
        """Number of token-bearing events of each request."""
        return np.diff(self.gap_offsets) + ~np.isnan(self.first_ns)

    def select(self, mask: Bools) -> Columns:
        """The requests for which ``mask`` is true; itself if that is all of them."""
        if mask.all():
            return self
        pooled = {"gaps": "gap_offsets", "event_tokens": "token_offsets"}
        chosen = {}
        for name in (item.name for item in fields(self)):
            value = getattr(self, name)
            if name in pooled:
                counts = np.diff(getattr(self, pooled[name]))
                chosen[name] = value[np.repeat(mask, counts)]
                chosen[pooled[name]] = offsets_of(counts[mask])
            elif name not in chosen and isinstance(value, np.ndarray):
                chosen[name] = value[mask]
            elif name not in chosen:
                chosen[name] = value
        return Columns(**chosen)

    def event_ns(self, start: int = 0, stop: int | None = None) -> Floats:
        """Stamps of the token-bearing events of requests ``start`` to ``stop``, one after another.

        Takes 8 bytes per event: ask for long points in slices.
        """
        stop = len(self) if stop is None else stop
        low, high = self.gap_offsets[start], self.gap_offsets[stop]
        begun = ~np.isnan(self.first_ns[start:stop])
        events = self.events[start:stop]
        heads = offsets_of(events)[:-1]
        steps = np.zeros(int(events.sum()))
        is_gap = np.ones(len(steps), dtype=np.bool_)
        is_gap[heads[begun]] = False
        steps[is_gap] = self.gaps[low:high]
        after_first = np.cumsum(steps)
        base = np.repeat(after_first[heads[begun]], events[begun])
        return np.repeat(self.first_ns[start:stop][begun], events[begun]) + (after_first - base)


def offsets_of(counts: Ints) -> Ints:
    """Positions of consecutive spans of the given lengths: ``len(counts) + 1`` values from 0."""
    offsets = np.zeros(len(counts) + 1, dtype=np.int64)
    np.cumsum(counts, out=offsets[1:])
    return offsets
