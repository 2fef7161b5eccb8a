"""The figures of one point, from its records. Pure: touches no disk and asks no clock.

Only requests that ended ``ok`` enter latencies, rates and token counts; all are counted.
"""

from __future__ import annotations

import numpy as np

from perfbench.metrics.columns import OUTCOMES, Columns
from perfbench.metrics.conversations import conversation_figures
from perfbench.metrics.definitions import METRICS
from perfbench.metrics.ledger import token_ledger
from perfbench.metrics.percentiles import distribution, unsupported
from perfbench.metrics.slices import slices
from perfbench.metrics.steady import steady_state
from perfbench.types import (
    FAILURES,
    ClientAudit,
    Distribution,
    Point,
    PointFacts,
    RequestLedger,
    Summary,
    TokenLedger,
)


def summarize(
    point: Point,
    columns: Columns,
    facts: PointFacts | None,
    requests: RequestLedger,
    audit: ClientAudit,
) -> Summary:
    """Summarise the measured phase of a point.

    Args:
        columns: the measured requests, whatever their outcome.
        facts: what the driver knew; ``None`` if the run was killed in this point.
        requests: where the planned requests went.
    """
    done = columns.select(columns.ok)
    rates, steady = steady_state(point, columns, done, facts)
    ledger = token_ledger(done)
    duration_s = _duration_s(columns)
    metrics = {
        name: distribution(metric.values(done), metric.scale) for name, metric in METRICS.items()
    }
    return Summary(
        name=point.name,
        parallel=point.parallel,
        rate=point.rate,
        number=point.number,
        completed=len(done),
        failed=int(columns.failed.sum()),
        errors={kind: int((columns.outcome == OUTCOMES.index(kind)).sum()) for kind in FAILURES},
        error_examples=dict(columns.error_examples),
        duration_s=duration_s,
        request_throughput_rps=_rate(len(done), duration_s),
        output_throughput_tok_s=_rate(_complete(ledger, ledger.output_tokens), duration_s),
        total_throughput_tok_s=_rate(_all_tokens(ledger, metrics["input_tokens"]), duration_s),
        steady_state=rates,
        metrics=metrics,
        unsupported=_unsupported(metrics),
        tokens=ledger,
        client=audit,
        arrival=_arrival(point),
        warmup=point.warmup,
        input_length=point.input_length,
        trace_speed=point.trace_speed,
        models=slices(columns, columns.model, columns.models, duration_s) or None,
        interrupted=_interrupted(facts),
        cut_at_end=facts.cut_at_end if facts else 0,
        drained=facts.drained if facts else 0,
        ledger=requests,
        sent_rate_rps=_sent_rate(columns),
        mean_in_flight=_mean_in_flight(columns, duration_s),
        shape=point.shape,
        cooldown=point.cooldown,
        steady=steady,
        abandoned=int(columns.abandoned.sum()),
        conversations=conversation_figures(columns, point.recorded_replies),
        repeat=point.repeat,
        ended_early=facts.ended_early if facts else None,
    )


def _arrival(point: Point) -> str | None:
    if point.trace_speed is not None:
        return "trace"
    return None if point.rate is None else point.arrival


def _duration_s(columns: Columns) -> float | None:
    """First send to last end; ``None`` if nothing was sent."""
    if np.isnan(columns.sent_ns).all() or np.isnan(columns.end_ns).all():
        return None
    return float(np.nanmax(columns.end_ns) - np.nanmin(columns.sent_ns)) / 1e9


def _sent_rate(columns: Columns) -> float | None:
    """Intervals between sends, not sends, over first to last: no bias where there are few."""
    sent_ns = columns.sent_ns[~np.isnan(columns.sent_ns)]
    span_s = float(np.ptp(sent_ns)) / 1e9 if sent_ns.size else 0.0
    return (sent_ns.size - 1) / span_s if span_s else None


def _mean_in_flight(columns: Columns, duration_s: float | None) -> float | None:
    """Time-weighted over the whole duration: the sum of the requests' own times over it."""
    if not duration_s:
        return None
    return float(np.nansum(columns.end_ns - columns.sent_ns)) / 1e9 / duration_s


def _rate(amount: int | None, duration_s: float | None) -> float | None:
    return None if amount is None or not duration_s else amount / duration_s


def _complete(ledger: TokenLedger, tokens: int | None) -> int | None:
    """A total, unless it lacks requests: a rate from part of the tokens would be too low."""
    return None if ledger.unknown else tokens


def _all_tokens(ledger: TokenLedger, inputs: Distribution) -> int | None:
    requests = ledger.from_usage + ledger.from_tokenizer + ledger.unknown
    output = _complete(ledger, ledger.output_tokens)
    if output is None or ledger.input_tokens is None or inputs["count"] != requests:
        return None
    return ledger.input_tokens + output


def _unsupported(metrics: dict[str, Distribution]) -> dict[str, list[str]]:
    found = {name: unsupported(int(values["count"] or 0)) for name, values in metrics.items()}
    return {name: percentiles for name, percentiles in found.items() if percentiles}


def _interrupted(facts: PointFacts | None) -> bool:
    return facts is None or facts.interrupted or any(worker.died for worker in facts.workers)
