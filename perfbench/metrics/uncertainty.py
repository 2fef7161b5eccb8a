"""How well the figures of a point are known: 95 % intervals that respect autocorrelation.

The unit of chance is the request, in the order of sending: a figure is written as a mean over
requests (its linearisation), and the variance of that mean is the stationary bootstrap's
(``dependence``). Means of pooled gaps and throughputs are ratios of sums over requests (Cochran
1977, "Sampling Techniques", ch. 6); percentiles go by the share of values below them (Woodruff
1952, "Confidence Intervals for Medians and Other Position Measures"). ``docs/comparing.md`` has the
formulas. Figures carry the unit of the summary; errors are relative, those of the logarithm.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from perfbench.chance import student_quantile
from perfbench.metrics import ledger
from perfbench.metrics.columns import Columns, Floats
from perfbench.metrics.definitions import METRICS
from perfbench.metrics.dependence import MeanError, mean_error
from perfbench.metrics.percentiles import PERCENTILES, unsupported
from perfbench.metrics.repeats import LATENCIES, STATISTICS, THROUGHPUTS

_PARTS = 8
"""Parts of a run that are held against each other to see whether it was steady."""
_BY_CHANCE = 1.72
"""How far the variance between 8 parts may be above the expected one by chance: the 90 % quantile
of chi-squared with 7 degrees of freedom, over 7."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure and how well one run knows it. Unknown is ``None``."""

    value: float
    low: float | None
    """Lower end of the 95 % interval."""
    high: float | None
    error: float | None
    """Standard error of the figure's logarithm: relative to the figure, where it is small."""
    freedom: float | None
    """Degrees of freedom of ``error``."""


@dataclass(frozen=True, slots=True)
class _Linear:
    """A figure as a mean over requests: what each adds to it, in the order of sending."""

    value: float
    parts: Floats
    """Relative to the figure; for a percentile, shares of values below it."""
    more: float = 0.0
    """Variance beside that of the mean of ``parts``."""


def estimates(
    columns: Columns, open_loop: bool, disturbed: float | None = None
) -> dict[str, Estimate]:
    """The figures of a point that are known, by name (those of ``FIGURES``).

    Args:
        columns: the measured requests, whatever their outcome.
        open_loop: whether a schedule, not the answers, decided when requests were sent.
        disturbed: ``None`` says how well this run's figures are known. For a comparison with
            another run, the share of the time in which the machine was busy with other work: what
            parts of the run differ by beyond chance counts as what runs may differ by, and this
            share of the gaps between tokens, each a wait of its own, may have been disturbed.
    """
    order = np.argsort(columns.sent_ns, kind="stable")
    done = columns.select(columns.ok)
    in_order = np.argsort(done.sent_ns, kind="stable")
    chance = _Chance(max(_mean_in_flight(columns), 1.0), unsteady=disturbed is not None)
    found: dict[str, Estimate] = {}
    for metric in LATENCIES:
        pooled = METRICS[metric].pooled
        sample = _pooled(done, in_order) if pooled else _single(done, metric, in_order)
        if len(sample.ordered):
            more = (disturbed or 0.0) ** 2 if pooled else 0.0
            for name, estimate in _latency(sample, chance, more):
                found[f"{metric}.{name}"] = _scaled(estimate, METRICS[metric].scale)
    for name, linear in _throughputs(columns, order, open_loop):
        found[name] = _mean_estimate(linear, chance)
    return found


def intervals(columns: Columns, open_loop: bool) -> dict[str, tuple[float, float]]:
    """The 95 % intervals of the figures of a point, of those that enough requests know."""
    return {
        name: (estimate.low, estimate.high)
        for name, estimate in estimates(columns, open_loop).items()
        if estimate.low is not None and estimate.high is not None
    }


@dataclass(frozen=True, slots=True)
class _Chance:
    """What the variance of a mean over the requests of this point is made of."""

    block: float
    """Shortest block: the requests in flight together, which shared the service's steps."""
    unsteady: bool
    """Whether what parts of the run differ by counts too."""


@dataclass(frozen=True, slots=True)
class _Sample:
    """The values of a metric, and to which request each belongs."""

    ordered: NDArray[Any]
    """All values, sorted."""
    values: NDArray[Any]
    """All values, request by request in the order of finishing."""
    starts: NDArray[np.int64]
    """Where the values of each request begin in ``values``: of those that have any."""
    counts: Floats
    """How many each of these has, in the order of sending."""
    order: NDArray[np.int64]
    """From the order of finishing to that of sending."""

    def sums(self, values: NDArray[Any]) -> Floats:
        """Sum of these values, one each, over the values of each request in order of sending."""
        totals: Floats = np.add.reduceat(values, self.starts, dtype=np.float64)[self.order]
        return totals


def _single(done: Columns, metric: str, in_order: NDArray[np.int64]) -> _Sample:
    values = METRICS[metric].values(done)[in_order]
    values = values[~np.isnan(values)]
    places = np.arange(len(values))
    return _Sample(np.sort(values), values, places, np.ones(len(values)), places)


def _pooled(done: Columns, in_order: NDArray[np.int64]) -> _Sample:
    """The gaps of streamed requests."""
    counts = np.diff(done.gap_offsets) * done.stream
    has_any = counts > 0
    gaps = METRICS["itl_ms"].values(done)
    rank = np.empty(len(done), dtype=np.int64)
    rank[in_order] = np.arange(len(done))
    order = np.argsort(rank[has_any])
    kept = counts[has_any]
    starts = np.cumsum(kept) - kept
    return _Sample(np.sort(gaps), gaps, starts, kept[order].astype(np.float64), order)


def _latency(sample: _Sample, chance: _Chance, more: float) -> Iterator[tuple[str, Estimate]]:
    usual = float(sample.counts.mean())
    mean = float(sample.values.mean(dtype=np.float64))
    if mean > 0:
        parts = (sample.sums(sample.values) - mean * sample.counts) / (usual * mean)
        yield "mean", _mean_estimate(_Linear(mean, parts), chance)
    unfit = unsupported(len(sample.counts))
    for name in STATISTICS[1:]:
        share = PERCENTILES[name]
        value = float(np.quantile(sample.ordered, share))
        if value <= 0:
            continue
        if name in unfit:
            yield name, Estimate(value, None, None, None, None)
            continue
        below = sample.sums(sample.values <= value)
        parts = (below - share * sample.counts) / usual
        yield name, _percentile(sample.ordered, share, _Linear(value, parts, more), chance)


def _mean_estimate(linear: _Linear, chance: _Chance) -> Estimate:
    known = _error(linear, chance)
    if known is None:
        return Estimate(linear.value, None, None, None, None)
    error = math.sqrt(known.variance)
    half = math.exp(student_quantile(round(known.freedom, 1)) * error)
    return Estimate(linear.value, linear.value / half, linear.value * half, error, known.freedom)


def _percentile(ordered: NDArray[Any], share: float, linear: _Linear, chance: _Chance) -> Estimate:
    known = _error(linear, chance)
    if known is None:
        return Estimate(linear.value, None, None, None, None)
    quantile = student_quantile(round(known.freedom, 1))
    half = quantile * math.sqrt(known.variance)
    low, high = (
        float(np.quantile(ordered, min(max(end, 0.0), 1.0))) for end in (share - half, share + half)
    )
    error = math.log(high / low) / (2 * quantile) if low > 0 else None
    return Estimate(linear.value, low, high, error, known.freedom)


def _error(linear: _Linear, chance: _Chance) -> MeanError | None:
    known = mean_error(linear.parts, chance.block)
    if known is None:
        return None
    known = replace(known, variance=known.variance + linear.more)
    return _with_drift(known, linear.parts) if chance.unsteady else known


def _with_drift(known: MeanError, parts: Floats) -> MeanError:
    """With what the parts of the run differ by beyond chance, as the variance of a whole run.

    What changed within a run (other work on the machine, clocks, caches) can as well be otherwise
    in all of the next one. The two variances have their own degrees of freedom (Satterthwaite).
    """
    means = [float(part.mean()) for part in np.array_split(parts, _PARTS)]
    drift = float(np.var(means, ddof=1)) - _BY_CHANCE * _PARTS * known.variance
    if drift <= 0:
        return known
    variance = known.variance + drift
    own = known.variance**2 / known.freedom + drift**2 / (_PARTS - 1)
    return MeanError(variance, variance**2 / own, known.block)


def _throughputs(
    columns: Columns, order: NDArray[np.int64], open_loop: bool
) -> Iterator[tuple[str, _Linear]]:
    """Closed loop: the load is given and the requests' own times make the rate (Little 1961).
    Open loop: the times between one end and the next do."""
    if open_loop:
        order = np.argsort(columns.end_ns, kind="stable")
    took = columns.end_ns - columns.sent_ns
    order = order[~np.isnan(took[order])]
    if not len(order):
        return
    begin = float(columns.sent_ns[order].min())
    duration = float(columns.end_ns[order].max()) - begin
    times = np.diff(columns.end_ns[order], prepend=begin) if open_loop else took[order]
    if duration <= 0 or not times.any():
        return
    # When the slots of a closed loop run empty at its end, the last request is one more draw.
    edge = 0.0 if open_loop else float(np.var(times)) / duration**2
    ok = columns.ok[order].astype(np.float64)
    tokens = np.where(columns.ok, ledger.output_tokens(columns), 0.0)[order]
    for name, amounts in zip(THROUGHPUTS, (ok, tokens), strict=True):
        total = float(amounts.sum())
        if total > 0:  # Not if it is NaN.
            parts = amounts / amounts.mean() - times / times.mean()
            yield name, _Linear(total / duration * 1e9, parts, edge)


def _mean_in_flight(columns: Columns) -> float:
    took = columns.end_ns - columns.sent_ns
    if np.isnan(took).all():
        return 0.0
    span = float(np.nanmax(columns.end_ns) - np.nanmin(columns.sent_ns))
    return float(np.nansum(took)) / span if span > 0 else 0.0


def _scaled(estimate: Estimate, scale: float) -> Estimate:
    low, high = (None if end is None else end * scale for end in (estimate.low, estimate.high))
    return replace(estimate, value=estimate.value * scale, low=low, high=high)
