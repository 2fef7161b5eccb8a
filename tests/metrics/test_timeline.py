"""A point cut into seconds: nothing is lost between the slices, and TTFT is of whom it says."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.append(str(Path(__file__).parent.parent / "reports"))

from report_builders import make_run

from perfbench.metrics.definitions import METRICS
from perfbench.metrics.ledger import output_tokens
from perfbench.metrics.timeline import over_time, slice_edges
from perfbench.store import Run


@pytest.fixture
def sent(tmp_path):
    run: Run = make_run(tmp_path, [(8, 400)], failed_every=7)
    with run:
        columns = run.columns(run.points()[0])
    return columns.select(~np.isnan(columns.sent_ns) & ~np.isnan(columns.end_ns))


def test_slices_add_up_to_the_point(sent):
    edges = slice_edges(sent)
    widths = np.diff(edges) / 1e9
    found = over_time(sent, edges)
    assert (found.sent_rps * widths).sum() == pytest.approx(len(sent))
    assert (found.done_rps * widths).sum() == pytest.approx(sent.ok.sum())
    assert found.failures.sum() == sent.failed.sum()
    own_time_s = (sent.end_ns - sent.sent_ns).sum() / 1e9
    assert (found.in_flight * widths).sum() == pytest.approx(own_time_s)
    known = output_tokens(sent)
    total = np.where(np.isnan(known), sent.events, known)[sent.events > 0].sum()
    assert (found.output_tok_s * widths).sum() == pytest.approx(total)


def test_ttft_is_of_the_requests_sent_in_the_slice(sent):
    edges = slice_edges(sent)
    found = over_time(sent, edges)
    ok = sent.select(sent.ok)
    ttft = METRICS["ttft_ms"].values(ok) * METRICS["ttft_ms"].scale
    for place in range(edges.size - 1):
        last = place == edges.size - 2
        inside = (ok.sent_ns >= edges[place]) & ((ok.sent_ns < edges[place + 1]) | last)
        inside &= ~np.isnan(ttft)
        if not inside.any():
            assert np.isnan(found.ttft_p50_ms[place])
            continue
        assert found.ttft_p50_ms[place] == pytest.approx(np.percentile(ttft[inside], 50))
        assert found.ttft_p99_ms[place] == pytest.approx(np.percentile(ttft[inside], 99))
