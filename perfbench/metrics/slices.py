"""The figures of parts of a point's requests, such as those of each model. Pure.

A part is a code of each request; parts without a request are there too, with nothing in them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from perfbench.metrics.columns import Columns, Ints
from perfbench.metrics.definitions import METRICS
from perfbench.metrics.ledger import token_ledger
from perfbench.metrics.percentiles import distribution, unsupported
from perfbench.types import Slice

_LATENCIES = ("ttft_ms", "tpot_ms", "e2e_ms")


def slices(
    columns: Columns, codes: Ints, names: Sequence[str], duration_s: float | None
) -> list[Slice]:
    """The figures of each part.

    Args:
        columns: the measured requests, whatever their outcome.
        codes: for each of them its place in ``names``.
        duration_s: of the whole phase: parts share the time, so their rates add up.
    """
    return [
        _slice(name, columns.select(codes == code), duration_s) for code, name in enumerate(names)
    ]


def _slice(name: str, columns: Columns, duration_s: float | None) -> Slice:
    done = columns.select(columns.ok)
    ledger = token_ledger(done)
    tokens = None if ledger.unknown else ledger.output_tokens
    return Slice(
        name=name,
        sent=int(np.count_nonzero(~np.isnan(columns.sent_ns))),
        completed=len(done),
        failed=len(columns) - len(done),
        request_throughput_rps=len(done) / duration_s if duration_s else None,
        output_throughput_tok_s=tokens / duration_s if duration_s and tokens is not None else None,
        metrics={
            key: distribution(METRICS[key].values(done), METRICS[key].scale) for key in _LATENCIES
        },
        unsupported=unsupported(len(done)),
    )
