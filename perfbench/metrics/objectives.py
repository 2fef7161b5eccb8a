"""Figures held against what was asked of them: objectives of a point, and goodput.

A request is good if it ended ``ok`` and kept every limit; one that failed is a miss. One that we
cut ourselves, or whose metric is not known, is neither. Pure: from a summary, columns and settings.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from perfbench import registry
from perfbench.config.expressions import Clause, Expression, Worse, read_expression
from perfbench.errors import ConfigError
from perfbench.metrics import ledger
from perfbench.metrics.columns import OUTCOMES, Columns, Floats
from perfbench.metrics.definitions import METRICS
from perfbench.metrics.figures import checked, figure
from perfbench.metrics.repeats import FIGURES as COMPARED
from perfbench.types import FAILURES, Attained, Goodput, Objective, Summary

MET, MISSED, UNKNOWN = 1, 0, -1
"""What is said of a request."""

_BEYOND_US = [OUTCOMES.index(kind) for kind in FAILURES if kind != "cancelled"]
"""Outcomes that are failures of the service; ``cancelled`` is our own doing."""


@dataclass(frozen=True, slots=True)
class Aims:
    """What is asked of the points of a run."""

    slo: tuple[Expression, ...] = ()
    limits_ms: Mapping[str, float] | None = None
    """By metric, the most that a good request may have; ``None`` without any."""


def aims_of(settings: Mapping[str, Any]) -> Aims:
    """The aims in settings, also in stored ones.

    Raises:
        ConfigError: a figure or metric is called what none is.
    """
    limits = settings.get("goodput") or {}
    return Aims(
        known_expressions(settings.get("slo") or (), "--slo"),
        {_limited(name): float(limit) for name, limit in limits.items()} or None,
    )


def stored_aims(settings: Mapping[str, Any]) -> Aims:
    """The aims of a stored run. A figure in them may be one that is not known here, a metric of the
    user's own: then it is unknown whether an objective was met, and there is no goodput."""
    limits = settings.get("goodput") or {}
    try:
        kept = {_limited(name): float(limit) for name, limit in limits.items()} or None
    except ConfigError:
        kept = None
    return Aims(tuple(map(read_expression, settings.get("slo") or ())), kept)


def known_expressions(texts: Sequence[str], flag: str) -> tuple[Expression, ...]:
    """The expressions that texts are.

    Raises:
        ConfigError: one is malformed, or names a figure that there is not; ``flag`` says where.
    """
    found = []
    for text in texts:
        try:
            expression = read_expression(text)
            for clause in expression.clauses:
                checked(clause.figure)
                _comparable(clause, flag)
        except (ConfigError, ValueError) as error:
            raise ConfigError(f"{flag}: {error}") from None
        found.append(expression)
    return tuple(found)


def _comparable(clause: Clause, flag: str) -> None:
    """Refuse a comparison that nobody can make.

    Raises:
        ConfigError: it is not for ``--fail-if``, or of a figure that is not compared.
    """
    if not isinstance(clause, Worse):
        return
    if flag != "--fail-if":
        raise ConfigError(f"{clause.figure} worse than a run is for --fail-if, when all is over")
    if clause.figure not in COMPARED:
        raise ConfigError(
            f"{clause.figure} is not compared between runs; these are: {', '.join(COMPARED)}"
        )


def judged(summary: Summary, columns: Columns, aims: Aims) -> Summary:
    """The summary with its objectives and its goodput, as far as any are asked.

    Args:
        columns: the measured requests, whatever their outcome.
    """
    if aims.limits_ms is not None:
        good = goodput(columns, aims.limits_ms, summary.duration_s)
        summary = replace(summary, goodput=good)
    if aims.slo:
        objectives = [objective(expression, summary) for expression in aims.slo]
        summary = replace(summary, objectives=objectives)
    return summary


def objective(expression: Expression, summary: Summary) -> Objective:
    """What an expression is of a point's figures."""
    values = {clause.figure: figure(summary, clause.figure) for clause in expression.limits}
    words: dict[bool | None, Attained] = {True: "met", False: "missed", None: "unknown"}
    return Objective(str(expression), words[holds(expression, values)], values)


def holds(
    expression: Expression,
    values: Mapping[str, float | None],
    worse: Mapping[Worse, bool | None] | None = None,
) -> bool | None:
    """Whether an expression is true of figures; ``None`` where one that decides is unknown.

    Args:
        worse: what is known of the clauses that hold a figure against another run's.
    """

    def of(clause: Clause) -> bool | None:
        if isinstance(clause, Worse):
            return (worse or {}).get(clause)
        value = values.get(clause.figure)
        return None if value is None else clause.holds(value)

    return expression.holds(of)


def verdicts(columns: Columns, limits_ms: Mapping[str, float]) -> NDArray[np.int8]:
    """``MET``, ``MISSED`` or ``UNKNOWN`` for each request."""
    known = columns.ok
    over = np.zeros(len(columns), dtype=np.bool_)
    for name, limit in limits_ms.items():
        values = request_values(columns, name)
        over |= values > limit
        known = known & ~np.isnan(values)
    found = np.full(len(columns), UNKNOWN, dtype=np.int8)
    found[known] = MET
    found[(columns.ok & over) | np.isin(columns.outcome, _BEYOND_US)] = MISSED
    return found


def request_values(columns: Columns, name: str) -> Floats:
    """A metric of each request in its unit, NaN where it is not known or did not end ``ok``.

    An answer of one token has nothing between tokens to be slow at: its TPOT is 0 here.
    """
    metric = METRICS[name]
    values: Floats = np.asarray(metric.values(columns) * metric.scale, dtype=np.float64)
    if name == "tpot_ms":
        values = np.where(ledger.output_tokens(columns) <= 1, 0.0, values)
    return np.where(columns.ok, values, np.nan)


def failures(columns: Columns) -> NDArray[np.bool_]:
    """Which requests failed, those that we cut ourselves not counted."""
    return np.isin(columns.outcome, _BEYOND_US)


def goodput(columns: Columns, limits_ms: Mapping[str, float], duration_s: float | None) -> Goodput:
    """How many requests kept their limits, and what they brought in a second."""
    found = verdicts(columns, limits_ms)
    met, missed = int((found == MET).sum()), int((found == MISSED).sum())
    tokens = ledger.output_tokens(columns)[found == MET].sum()
    per_s = None if not duration_s else 1 / duration_s
    return Goodput(
        limits_ms=dict(limits_ms),
        met=met,
        missed=missed,
        unknown=len(found) - met - missed,
        attainment=met / (met + missed) if met + missed else None,
        request_goodput_rps=None if per_s is None else met * per_s,
        output_goodput_tok_s=None if per_s is None or np.isnan(tokens) else float(tokens) * per_s,
    )


def _limited(name: str) -> str:
    """The metric of a request that a limit's name stands for.

    Raises:
        ConfigError: there is none.
    """
    ours = {
        key: metric for key, metric in METRICS.items() if metric.unit == "ms" and not metric.pooled
    }
    for candidate in (name, f"{name}_ms"):
        if candidate in ours:
            return candidate
    if f"{name}_ms" in METRICS or name in METRICS:
        raise ConfigError(f"--goodput: a request has many values of {name}: its mean is tpot")
    short = [key.removesuffix("_ms") for key in ours]
    near = registry.nearest(name, short)
    hint = f"; did you mean {near}?" if near else f"; there are: {', '.join(short)}"
    raise ConfigError(f"--goodput: no latency of a request is called {name!r}{hint}")
