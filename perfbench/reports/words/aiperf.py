"""AIPerf's words: ``aiperf profile``. Read from AIPerf 0.13.0.

Each metric is a class in ``aiperf/metrics/types``; the file is ``JsonExportData`` in
``aiperf/common/models/export_models.py``, schema 1.4.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import numpy as np

from perfbench.metrics import ledger
from perfbench.metrics.columns import Columns, Floats
from perfbench.metrics.definitions import METRICS, NS_TO_MS
from perfbench.reports.words.blocks import OURS_OF, blocks, shown, spread_terms
from perfbench.reports.words.material import Material, counted_total, ratio
from perfbench.reports.words.term import Clock, Rate, Sheet, Spread, Step, Term, Tool

_TYPES = "aiperf/metrics/types"
_VERSION = "0.13.0"
_PER_USER = "tokens/sec/user"


def read(material: Material) -> Sheet:
    """A point as ``aiperf profile`` would report it."""
    tokens = _Tokens(material.done)
    time = _clock(material)
    singles = _singles(material, tokens, time)
    spreads = _spreads(material, tokens)
    terms = [*singles, *spread_terms(spreads, tuple(OURS_OF))]
    found = blocks(terms)
    for name, spread in spreads.items():
        values = spread.stages[-1][1]
        known = values[~np.isnan(values)]
        if name in found:
            found[name] |= {"count": len(known), "sum": float(known.sum(dtype=np.float64))}
    document = _frame(material, time) | found
    return Sheet(material.point, material.label, shown(terms), document, notes=tokens.notes)


class _Tokens:
    """Lengths as AIPerf has them: the tokenizer's, or with ``--use-server-token-count`` the
    service's. The tokenizer's are taken where every success has one."""

    def __init__(self, done: Columns) -> None:
        counted = bool(len(done)) and not np.isnan(done.counted_output_tokens).any()
        self.output = done.counted_output_tokens if counted else ledger.output_tokens(done)
        local = bool(len(done)) and not np.isnan(done.input_tokens).any()
        self.input = done.input_tokens if local else ledger.input_tokens(done)
        self.because = "the tokenizer's count, where ours is the service's" if counted else ""
        self.input_because = "the tokenizer's count, where ours is the service's" if local else ""
        self.notes = (
            []
            if counted
            else [
                "Output lengths are the service's, as with --use-server-token-count: the answers "
                "were not counted with a tokenizer (--tokenizer-path)."
            ]
        )


def _clock(material: Material) -> Clock:
    """``max_response_timestamp - min_request_timestamp`` of the valid requests
    (``benchmark_duration_metric.py``)."""
    done = material.done
    if not len(done):
        return Clock(np.nan, "")
    first_ns, last_ns = float(done.sent_ns.min()), float(np.nanmax(_last_ns(done)))
    return Clock(
        (last_ns - first_ns) / 1e9,
        "its time is that of valid requests, from the first send to the last token; ours ends "
        "with the last byte of any request",
    )


def _singles(material: Material, tokens: _Tokens, time: Clock) -> list[Term]:
    done, summary = material.done, material.summary
    failed = int(material.asked.failed.sum())
    written, read_tokens = counted_total(tokens.output), counted_total(tokens.input)
    known = len(done) > 0
    together = None if written is None or read_tokens is None else written + read_tokens
    rates = [
        Rate(
            *("request_throughput.avg", "requests/sec", "valid requests / benchmark duration"),
            f"{_TYPES}/request_throughput_metric.py",
            "request_throughput_rps",
            len(done) if known else None,
        ),
        Rate(
            *("output_token_throughput.avg", "tokens/sec", "total_osl / benchmark duration"),
            f"{_TYPES}/output_token_throughput_metrics.py",
            "output_throughput_tok_s",
            written if known else None,
            tokens.because,
        ),
        Rate(
            *("total_token_throughput.avg", "tokens/sec"),
            "(total_isl + total_osl) / benchmark duration",
            f"{_TYPES}/total_token_throughput.py",
            "total_throughput_tok_s",
            together if known else None,
            tokens.input_because or tokens.because,
        ),
    ]
    counts = [
        Term(
            *("request_count.avg", len(done) if known else None, "requests"),
            *("valid requests", f"{_TYPES}/request_count_metric.py"),
            *("completed", summary.completed),
        ),
        Term(
            *("error_request_count.avg", failed or None, "requests"),
            *("requests that ended in an error", f"{_TYPES}/error_request_count.py"),
            *("failed", summary.failed),
        ),
        Term(
            *("benchmark_duration.avg", time.duration_s if known else None, "sec"),
            "last response of a valid request − first send of one",
            f"{_TYPES}/benchmark_duration_metric.py",
            *("duration_s", summary.duration_s),
            (Step(time.because, time.duration_s if known else None),),
        ),
        Term(
            *("total_isl.avg", read_tokens if known else None, "tokens", "sum of ISL"),
            f"{_TYPES}/input_sequence_length_metric.py",
            *("tokens.input_tokens", summary.tokens.input_tokens),
            (Step(tokens.input_because, read_tokens),),
        ),
        Term(
            *("total_osl.avg", written if known else None, "tokens", "sum of OSL"),
            f"{_TYPES}/output_sequence_length_metric.py",
            *("tokens.output_tokens", summary.tokens.output_tokens),
            (Step(tokens.because, written),),
        ),
    ]
    return [*(rate.term(material, time) for rate in rates), *counts]


def _spreads(material: Material, tokens: _Tokens) -> dict[str, Spread]:
    done, ours = material.done, material.ours
    latency_ms = (_last_ns(done) - done.sent_ns) * NS_TO_MS
    ttft_ms = METRICS["ttft_ms"].values(done) * NS_TO_MS
    itl_ms = ratio(latency_ms - ttft_ms, tokens.output - _first_chunk(done, tokens.output))
    plain_ms = ratio(latency_ms - ttft_ms, ledger.output_tokens(done) - 1)
    several = np.diff(done.gap_offsets) > 0
    second_ms = done.gaps[done.gap_offsets[:-1][several]].astype(np.float64) * NS_TO_MS
    own = "output tokens that the first chunk held are left out of the divisor"
    divisor = f"{tokens.because}; {own}" if tokens.because else own
    single = "answers of several tokens in one event count, with no time between tokens"
    return {
        "time_to_first_token": Spread(
            *("ttft_ms", "ms", "first content response − send", f"{_TYPES}/ttft_metric.py"),
            [("", ours("ttft_ms"))],
        ),
        "time_to_second_token": Spread(
            *(None, "ms", "second − first content response", f"{_TYPES}/ttst_metric.py"),
            [("", second_ms)],
        ),
        "time_to_first_output_token": Spread(
            *("ttfo_ms", "ms", "first content response that is not reasoning − send"),
            f"{_TYPES}/time_to_first_output_token_metric.py",
            [("", ours("ttfo_ms"))],
        ),
        "request_latency": Spread(
            *("e2e_ms", "ms", "last content response − send"),
            f"{_TYPES}/request_latency_metric.py",
            [("", ours("e2e_ms"))],
        ),
        "inter_token_latency": Spread(
            *("tpot_ms", "ms", "(latency − TTFT) / (OSL − tokens of the first chunk)"),
            f"{_TYPES}/inter_token_latency_metric.py",
            [("", ours("tpot_ms")), (single, plain_ms), (divisor, itl_ms)],
        ),
        "inter_chunk_latency": Spread(
            *("itl_ms", "ms", "gaps between content responses, of all requests together"),
            f"{_TYPES}/inter_chunk_latency_metric.py",
            [("", ours("itl_ms"))],
        ),
        "output_token_throughput_per_user": Spread(
            *(None, _PER_USER, "1 / inter_token_latency of each request"),
            f"{_TYPES}/output_token_throughput_metrics.py",
            [("", ratio(np.full(len(itl_ms), 1000.0), itl_ms))],
        ),
        "e2e_output_token_throughput": Spread(
            *("output_tok_s", _PER_USER, "OSL / request_latency of each request"),
            f"{_TYPES}/e2e_output_throughput_metric.py",
            [
                ("", ours("output_tok_s")),
                (tokens.because, ratio(tokens.output * 1000, latency_ms)),
            ],
        ),
        "prefill_throughput_per_user": Spread(
            *(None, _PER_USER, "ISL / time_to_first_token of each request"),
            f"{_TYPES}/prefill_throughput_per_user.py",
            [("", ratio(tokens.input * 1000, ttft_ms))],
        ),
        "output_sequence_length": Spread(
            *("output_tokens", "tokens", "output and reasoning tokens of each request"),
            f"{_TYPES}/output_sequence_length_metric.py",
            [("", ours("output_tokens")), (tokens.because, tokens.output)],
        ),
        "input_sequence_length": Spread(
            *("input_tokens", "tokens", "prompt tokens of each request"),
            f"{_TYPES}/input_sequence_length_metric.py",
            [("", ours("input_tokens")), (tokens.input_because, tokens.input)],
        ),
    }


def _first_chunk(done: Columns, output: Floats) -> Floats:
    """Tokens of the first event where the service states them (``--per-chunk-usage``) and they
    leave a token after it; else 1."""
    found = np.ones(len(done))
    known = np.diff(done.token_offsets) > 0
    found[known] = done.event_tokens[done.token_offsets[:-1][known]]
    fits = (found > 0) & (output - found >= 1)
    return np.where(fits, found, 1.0)


def _last_ns(done: Columns) -> Floats:
    return np.where(done.stream, done.last_ns, done.end_ns)


def _frame(material: Material, time: Clock) -> dict[str, Any]:
    started = material.started
    known = np.isfinite(time.duration_s)
    ended = started + timedelta(seconds=time.duration_s) if known else started
    return {
        "schema_version": "1.4",
        "aiperf_version": _VERSION,
        "run_info": {"run_label": material.point.name},
        "was_cancelled": material.summary.interrupted,
        "start_time": started.isoformat(),
        "end_time": ended.isoformat(),
    }


def files(sheets: Sequence[Sheet]) -> Mapping[str, Any]:
    """``profile_export_aiperf.json`` of each point (``exporters/metrics_json_exporter.py``)."""
    return {f"{sheet.point.name}/profile_export_aiperf.json": sheet.document for sheet in sheets}


TOOL = Tool(
    f"AIPerf {_VERSION} (aiperf profile)",
    read,
    files,
    (
        "AIPerf sketches the percentiles of inter_chunk_latency in a t-digest (below 0.05 % off); "
        "here they are exact.",
        "input_config is left out: it is AIPerf's own settings, which this run had none of. "
        "profile_export.jsonl, the rows of single requests, is not made: perfbench export has "
        "them.",
    ),
)
