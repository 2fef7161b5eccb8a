"""One trial of a search: a point that is held against the objectives while it runs, and ends as
soon as it can be said whether it meets them.

Requests count in the order in which they were planned, up to the first that has not ended: those
that end early are the quick ones. One that failed is beyond every limit of a request. In an open
loop a queue that still grows is no load that is met, however quick its first requests were.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal, Protocol

import msgspec
import numpy as np
from numpy.typing import NDArray

from perfbench.config.expressions import Limit
from perfbench.errors import ConfigError
from perfbench.metrics.columns import Columns, Floats
from perfbench.metrics.definitions import METRICS
from perfbench.metrics.figures import ERROR_RATE
from perfbench.metrics.gathered import columns_of
from perfbench.metrics.objectives import MISSED, UNKNOWN, Aims, failures, request_values, verdicts
from perfbench.metrics.percentiles import PERCENTILES
from perfbench.metrics.sequential import Strength, mean_strength, share_strength
from perfbench.types import Decision, Evidence, Point, Record

Demand = Literal["glance", "lean", "certain"]

LEAST = 20
"""Requests below which no load is met."""
_LEAST_BEYOND = 10
"""Requests below which no load is too much."""
_LEANING = math.log(2)
"""Strength with which a load is more likely met than not."""
_FAILING = 0.01
"""Share of failures beyond which a load is too much, where no objective says so."""
_BLOCKS = 8
_GROWS = 3.143
"""One-sided 99 % point of Student's t with 6 degrees of freedom: a line through 8 blocks."""
_GROWTH = 0.05
"""Share of what is in flight by which a queue must have grown to be seen growing."""


class Criterion(Protocol):
    """One objective as a test of single requests."""

    @property
    def objective(self) -> str:
        """As it was given."""
        ...

    @property
    def kind(self) -> Literal["share", "mean"]:
        """What is held against the limit: the share of requests beyond it, or a mean."""
        ...

    @property
    def allowed(self) -> float:
        """The share or the mean that meets it."""
        ...

    def attained(self, seen: float) -> float:
        """How far it is met by that share or mean, at most 1."""
        ...

    def values(self, columns: Columns) -> Floats:
        """What is known of each request; NaN where nothing is."""
        ...

    def strength(self, values: Floats, alike: int) -> Strength:
        """How strongly values speak for and against it."""
        ...


class _Share(msgspec.Struct, frozen=True):
    """At most a share of the requests may be beyond a limit."""

    objective: str
    allowed: float
    metric: str | None = None
    """``None``: only failures are beyond it."""
    limit: Limit | None = None
    limits_ms: tuple[tuple[str, float], ...] = ()
    """Of goodput, instead of one metric."""
    kind: Literal["share", "mean"] = "share"

    def attained(self, seen: float) -> float:
        return 1 - seen

    def values(self, columns: Columns) -> Floats:
        failed = failures(columns)
        if self.limits_ms:
            found = verdicts(columns, dict(self.limits_ms))
            return np.where(found == UNKNOWN, np.nan, found == MISSED)
        if self.metric is None or self.limit is None:
            return np.where(failed | columns.ok, failed, np.nan)
        of_each = request_values(columns, self.metric)
        beyond = [not self.limit.holds(float(value)) for value in of_each]
        return np.where(failed, 1.0, np.where(np.isnan(of_each), np.nan, beyond))

    def strength(self, values: Floats, alike: int) -> Strength:
        return share_strength(values, self.allowed, alike)


class _Mean(msgspec.Struct, frozen=True):
    """The mean of a metric may be so much, or must be (``sign`` -1)."""

    objective: str
    allowed: float
    metric: str
    sign: int
    kind: Literal["share", "mean"] = "mean"

    def attained(self, seen: float) -> float:
        over, under = (self.allowed, seen) if self.sign > 0 else (seen, self.allowed)
        return min(1.0, over / under) if under > 0 else 1.0

    def values(self, columns: Columns) -> Floats:
        return request_values(columns, self.metric)

    def strength(self, values: Floats, alike: int) -> Strength:
        found = mean_strength(self.sign * values, self.sign * self.allowed, alike)
        seen = None if found.seen is None else self.sign * found.seen
        return Strength(seen, found.within, found.beyond)


def criteria_of(aims: Aims, good_share: float) -> list[Criterion]:
    """The objectives as tests of single requests.

    Args:
        good_share: of the requests, how many must keep the limits of goodput.

    Raises:
        ConfigError: one is no statement on single requests, or one that no sample can show.
    """
    found: list[Criterion] = []
    for expression in aims.slo:
        if len(expression.groups) > 1:
            raise ConfigError(f"--search: {expression}: what is searched for has no 'or'")
        found += [_criterion(clause, aims, good_share) for clause in expression.limits]
    if aims.limits_ms is not None:
        limits = tuple(aims.limits_ms.items())
        text = " ".join(f"{name.removesuffix('_ms')}:{limit:g}" for name, limit in limits)
        share = _open_share(1 - good_share, "--search-share")
        found.append(_Share(f"--goodput {text}", share, limits_ms=limits))
    if all(isinstance(each, _Mean) for each in found):
        found.append(_Share(_GUARD, _FAILING))
    return found


_GUARD = f"error_rate<={_FAILING:.0%}"


def _criterion(clause: Limit, aims: Aims, good_share: float) -> Criterion:
    metric, _, key = clause.figure.partition(".")
    upper = clause.relation in ("<=", "<")
    if clause.relation in ("==", "!="):
        raise ConfigError(f"--search: {clause}: a load cannot be searched for by {clause.relation}")
    if clause.figure == ERROR_RATE and upper:
        return _Share(str(clause), _open_share(clause.value, str(clause)))
    if clause.figure == "goodput.attainment" and not upper and aims.limits_ms is not None:
        limits = tuple(aims.limits_ms.items())
        share = _open_share(1 - clause.value, str(clause))
        return _Share(str(clause), share, limits_ms=limits)
    if metric in METRICS and not METRICS[metric].pooled:
        if key == "mean":
            return _Mean(str(clause), clause.value, metric, 1 if upper else -1)
        if key in PERCENTILES:
            share = 1 - PERCENTILES[key] if upper else PERCENTILES[key]
            return _Share(str(clause), share, metric, clause)
    raise ConfigError(
        f"--search: {clause} is no limit on single requests: what can be searched for are means "
        "and percentiles of ttft_ms, tpot_ms, e2e_ms, ..., error_rate and --goodput"
    )


def _open_share(share: float, what: str) -> float:
    if not 0 < share < 1:
        raise ConfigError(f"--search: {what}: no sample can show that a share is 0 or below it")
    return share


class Trial:
    """Follows one point of a search."""

    def __init__(
        self,
        criteria: Sequence[Criterion],
        point: Point,
        demand: Demand,
        alpha: float,
        bounded: bool = False,
    ) -> None:
        """
        Args:
            bounded: whether it was the user who said how many requests the point has.
        """
        self._criteria = criteria
        self._point = point
        self._demand = demand
        self._enough = math.log(len(criteria) / alpha)
        self._bounded = bounded
        self._alike = point.parallel or max(1, point.warmup)
        self._waiting: dict[int, tuple[float, ...]] = {}
        self._rows: list[tuple[float, ...]] = []
        """Of each request in the order of the plan: sent, ended, and a value by criterion."""
        self.decision: Decision = "undecided"
        self.why = ""
        self.evidence: list[Evidence] = []
        self.judged = 0

    def hear(self, records: Sequence[Record]) -> None:
        """Take in finished requests."""
        columns = columns_of(records)
        values = [criterion.values(columns) for criterion in self._criteria]
        table = np.column_stack([columns.sent_ns, columns.end_ns, *values])
        for seq, row in zip(columns.seq.tolist(), table.tolist(), strict=True):
            self._waiting[seq] = tuple(row)
        while (row := self._waiting.pop(len(self._rows), None)) is not None:
            self._rows.append(row)

    def enough(self) -> str | None:
        """Why it need not go on."""
        if not self.why:
            self._decide()
        return self.why or None

    def close(self) -> None:
        """Nothing more will come: decide by all there is."""
        if self.why:
            return
        # What was cut or never ended leaves holes; the order of the rest is kept.
        self._rows += [self._waiting[seq] for seq in sorted(self._waiting)]
        self._waiting.clear()
        self._decide()
        if self.why:
            return
        if self._growing():
            self._settle("missed", "the queue was still growing at its end")
        else:
            more = ", and --number allows no more" if self._bounded else ""
            self._settle("undecided", f"too close to tell after {self.judged:,} requests{more}")

    def _decide(self) -> None:
        rows = np.array(self._rows[self._point.warmup :], dtype=np.float64)
        self.judged = len(rows)
        if self.judged < _LEAST_BEYOND:
            return
        strengths = [
            criterion.strength(_known(rows[:, 2 + place]), self._alike)
            for place, criterion in enumerate(self._criteria)
        ]
        self._note(strengths)
        beyond = [place for place, each in enumerate(strengths) if each.beyond >= self._enough]
        if beyond:
            first = self.evidence[beyond[0]]
            self._settle("missed", f"{first.objective} is not met: {_seen(first)}")
        elif self._all_met(strengths) and not self._growing():
            self._settle("met", f"every objective is met{_BY[self._demand]}")

    def _all_met(self, strengths: Sequence[Strength]) -> bool:
        """Whether all are, and those that were in flight together have all been seen."""
        least = max(LEAST, self._point.parallel or 0)
        return self.judged >= least and all(map(self._met, self._criteria, strengths))

    def _met(self, criterion: Criterion, strength: Strength) -> bool:
        if criterion.objective == _GUARD:
            return strength.seen is not None and strength.seen <= criterion.allowed
        needed = {"glance": -math.inf, "lean": _LEANING, "certain": self._enough}[self._demand]
        if strength.seen is None or strength.within < needed:
            return False
        return strength.within > strength.beyond

    def _note(self, strengths: Sequence[Strength]) -> None:
        self.evidence = [
            Evidence(
                criterion.objective,
                criterion.kind,
                strength.seen,
                criterion.allowed,
                None if strength.seen is None else criterion.attained(strength.seen),
                "missed"
                if strength.beyond >= self._enough
                else "met"
                if self._met(criterion, strength)
                else "undecided",
            )
            for criterion, strength in zip(self._criteria, strengths, strict=True)
        ]

    def _settle(self, decision: Decision, why: str) -> None:
        self.decision, self.why = decision, why

    def _growing(self) -> bool:
        """Whether more and more requests are in flight, block by block of those that count."""
        if self._point.rate is None:
            return False
        rows = np.array(self._rows, dtype=np.float64)[:, :2]
        rows = rows[~np.isnan(rows).any(axis=1)]
        sent, ended = rows[:, 0], np.sort(rows[:, 1])
        before = np.arange(1, len(sent) + 1) - np.searchsorted(ended, sent, side="right")
        held = before[self._point.warmup :]
        size = len(held) // _BLOCKS
        if size < 1:
            return True  # Too short to know.
        blocks = held[len(held) - size * _BLOCKS :].reshape(_BLOCKS, size).mean(axis=1)
        return _rises(blocks)


def _rises(blocks: NDArray[np.float64]) -> bool:
    """Whether a line through the blocks goes up, by no small amount and not by chance."""
    place = np.arange(len(blocks)) - (len(blocks) - 1) / 2
    slope = float((place * blocks).sum() / (place**2).sum())
    rise = slope * len(blocks)
    if rise < max(1.0, _GROWTH * float(blocks.mean())):
        return False
    rest = blocks - blocks.mean() - slope * place
    error = math.sqrt(float((rest**2).sum()) / (len(blocks) - 2) / float((place**2).sum()))
    return error == 0 or slope / error > _GROWS


_BY: dict[Demand, str] = {
    "glance": " as far as the first requests show",
    "lean": ", more likely than not",
    "certain": ", with the confidence of the search",
}


def _known(values: Floats) -> Floats:
    return values[~np.isnan(values)]


def _seen(evidence: Evidence) -> str:
    if evidence.seen is None:
        return "unknown"
    if evidence.kind == "share":
        return f"{evidence.seen:.1%} beyond it, {100 * evidence.allowed:g}% allowed"
    return f"{evidence.seen:.4g}"
