"""EvalScope's words: ``evalscope perf``. Read from EvalScope 1.14.1.

Definitions are those of ``MetricsAccumulator`` and ``BenchmarkMetrics`` in
``evalscope/perf/utils/benchmark_util.py``, of ``get_percentile_results`` in
``evalscope/perf/utils/db_util.py``, and of ``evalscope/perf/plugin/api/default_api.py``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from perfbench.metrics import ledger
from perfbench.metrics.columns import Columns, Floats
from perfbench.reports.words.material import Material, input_total, output_total, ratio
from perfbench.reports.words.serving import Requests, spreads, until_usage, whole_as_first
from perfbench.reports.words.term import (
    Clock,
    Figures,
    Method,
    Rate,
    Sheet,
    Spread,
    Term,
    Tool,
    along,
    rounded,
)

_UTIL = "evalscope/perf/utils/benchmark_util.py"
_RESULT = f"{_UTIL}: MetricsAccumulator.to_result"
_PERCENTILE = "evalscope/perf/utils/db_util.py: get_percentile_results"
_LEVELS = (1, 5, 10, 25, 50, 75, 90, 95, 99)
_LABELS = {"min": "min", **{f"{level}%": f"p{level}" for level in _LEVELS}, "max": "max"}
"""Rows of ``benchmark_percentile.json`` -> our names."""


def read(material: Material) -> Sheet:
    """A point as ``evalscope perf`` would report it."""
    done = material.done
    requests = until_usage(done)
    time = Clock((material.last_end_ns - material.first_sent_ns) / 1e9, "")
    of = whole_as_first(spreads(requests, material, _RESULT), requests)
    summary = [
        *_counts(material, time),
        *_rates(material, time),
        *_averages(of, done),
        *_conversations(material, of["ttft"].stages[-1][1]),
        *_per_iteration(done),
    ]
    columns = _columns(material, requests, of)
    percentiles = {
        name: spread.terms({f"{name}.{label}": key for label, key in _LABELS.items()})
        for name, spread in columns.items()
        if not np.isnan(spread.stages[-1][1]).all()
    }
    rows = [
        {
            "Percentiles": label,
            **{
                name: value
                for name, terms in percentiles.items()
                if (value := terms[place].value) is not None
            },
        }
        for place, label in enumerate(_LABELS)
    ]
    document = {
        "benchmark_summary.json": _known(summary, material),
        "benchmark_percentile.json": rows,
        "benchmark_args.json": _arguments(material),
    }
    shown = [term for terms in percentiles.values() for term in terms if _shown(term)]
    return Sheet(
        *(material.point, material.label, [*summary, *shown], document),
        notes=_unknown(summary),
    )


def nearest_rank(values: NDArray[Any]) -> Figures:
    """The value at rank ``ceil(p / 100 * n)``, no interpolation (``calculate_percentiles``)."""
    ordered = np.sort(values[~np.isnan(values)])
    if not len(ordered):
        return dict.fromkeys(_LABELS.values())
    found = {"min": float(ordered[0]), "max": float(ordered[-1])}
    for level in _LEVELS:
        place = max(0, math.ceil(len(ordered) * level / 100) - 1)
        found[f"p{level}"] = float(ordered[place])
    return found


_NEAREST = Method(
    nearest_rank, "percentiles are one of the values (nearest rank), not interpolated"
)


def _counts(material: Material, time: Clock) -> list[Term]:
    summary, asked, done = material.summary, material.asked, material.done
    source = f"{_UTIL}: MetricsAccumulator.update"
    return [
        Term(
            "Test Duration (s)",
            round(time.duration_s, 4),
            "s",
            "earliest send to latest end",
            f"{_UTIL}: MetricsAccumulator.wall_time",
            "duration_s",
            summary.duration_s,
            along((rounded(4), round(time.duration_s, 4))),
        ),
        Term("Total Requests", len(asked), "", "requests that ended", source),
        Term(
            *("Success Requests", len(done), "", "those without an error", source),
            *("completed", summary.completed),
        ),
        Term(
            "Failed Requests",
            len(asked) - len(done),
            "",
            "all others",
            source,
            "failed",
            summary.failed,
            along(("requests that were abandoned as planned count too", len(asked) - len(done))),
        ),
        Term("Stream Requests", int(asked.stream.sum()), "", "answered as a stream", source),
        Term("Non-Stream Requests", int((~asked.stream).sum()), "", "all others", source),
    ]


def _rates(material: Material, time: Clock) -> list[Term]:
    read_tokens, written = input_total(material.done), output_total(material.done)
    together = None if read_tokens is None or written is None else read_tokens + written
    rates = (
        ("Req Throughput (req/s)", "req/s", "request_throughput_rps", len(material.done)),
        ("Output Throughput (tok/s)", "tok/s", "output_throughput_tok_s", written),
        ("Total Throughput (tok/s)", "tok/s", "total_throughput_tok_s", together),
    )
    return [
        Rate(*(name, unit, "of successes / Test Duration", _RESULT, figure, amount), digits=4).term(
            material, time
        )
        for name, unit, figure, amount in rates
    ]


def _averages(of: Mapping[str, Spread], done: Columns) -> list[Term]:
    """Averages over the successes that have the metric."""
    plan = (
        ("Avg TTFT (ms)", of["ttft"], 2),
        ("Avg TPOT (ms)", of["tpot"], 2),
        ("Avg ITL (ms)", of["itl"], 2),
        ("Avg Latency (s)", _in_seconds(of["latency"]), 4),
        ("Avg Input Tokens", _tokens("input_tokens", ledger.input_tokens(done)), 4),
        ("Avg Output Tokens", _tokens("output_tokens", ledger.output_tokens(done)), 4),
    )
    return [
        term
        for name, spread, digits in plan
        for term in replace(spread, digits=digits).terms({name: "mean"})
    ]


def _columns(material: Material, requests: Requests, of: Mapping[str, Spread]) -> dict[str, Spread]:
    """The columns of ``benchmark_percentile.json``."""
    done = requests.columns
    seconds = requests.latency_ns / 1e9
    written, read_tokens = ledger.output_tokens(done), ledger.input_tokens(done)
    speed = [("", material.ours("output_tok_s")), (requests.ends_later, ratio(written, seconds))]
    tpot_ms = requests.tpot_ms
    decode = ratio(np.full(len(tpot_ms), 1000.0), tpot_ms)
    timed = "answers without any time between tokens are left out"
    found = {
        "TTFT (ms)": of["ttft"],
        "ITL (ms)": of["itl"],
        "TPOT (ms)": replace(
            of["tpot"],
            stages=[*of["tpot"].stages, (timed, np.where(tpot_ms > 0, tpot_ms, np.nan))],
        ),
        "Latency (s)": _in_seconds(of["latency"]),
        "Input tokens": _tokens("input_tokens", read_tokens),
        "Output tokens": _tokens("output_tokens", written),
        "Output (tok/s)": Spread("output_tok_s", "tok/s", "output tokens / latency", "", speed),
        "Total (tok/s)": Spread(
            None, "tok/s", "all tokens / latency", "", [("", ratio(read_tokens + written, seconds))]
        ),
        "Decode (tok/s)": Spread(None, "tok/s", "1 / TPOT", "", [("", decode)]),
    }
    return {
        name: replace(spread, source=_PERCENTILE, method=_NEAREST, digits=4)
        for name, spread in found.items()
    }


def _conversations(material: Material, ttft_ms: Floats) -> list[Term]:
    done = material.done
    talked = done.turns > 0
    cached, read_tokens = done.usage_cached_tokens, done.usage_input_tokens
    both = ~np.isnan(cached) & (read_tokens > 0)
    found = []
    if both.any():
        share = 100 * cached[both].sum() / read_tokens[both].sum()
        ours = material.summary.tokens.cached_share
        found.append(
            Term(
                "KV Cache Hit Rate (%)",
                round(float(share), 4),
                "%",
                "cached / prompt tokens, of the requests for which the service states both",
                _RESULT,
                "tokens.cached_share",
                None if ours is None else 100 * ours,
                along((rounded(4), round(float(share), 4))),
            )
        )
    if talked.any():
        talks = material.summary.conversations
        for name, mask, turns in (
            ("Avg First-Turn TTFT (ms)", talked & (done.turn == 0), talks and talks.first),
            ("Avg Subsequent-Turn TTFT (ms)", done.turn > 0, talks and talks.later),
        ):
            known = ttft_ms[mask & ~np.isnan(ttft_ms)]
            if not len(known):
                continue
            value = float(known.mean())
            found.append(
                Term(
                    name,
                    round(value, 2),
                    "ms",
                    "TTFT of these turns",
                    _RESULT,
                    f"conversations.{'first' if 'First' in name else 'later'}.metrics.ttft_ms.mean",
                    turns.metrics["ttft_ms"]["mean"] if turns else None,
                    along((rounded(2), round(value, 2))),
                )
            )
    return found


def _per_iteration(done: Columns) -> list[Term]:
    """``L = (tokens - 1) / (chunks - 1)`` where it is above 1, and ``1 - 1 / L``."""
    steps, chunks = ledger.output_tokens(done) - 1, done.events - 1
    seen = (steps > 0) & (chunks > 0)
    each = steps[seen] / chunks[seen]
    each = each[each > 1]
    if not len(each):
        return []
    length = float(each.mean())
    source = f"{_UTIL}: BenchmarkData.finalize"
    return [
        Term(
            "Avg Decoded Tok/Iter",
            round(length, 4),
            "",
            "(output tokens − 1) / (chunks − 1), of the requests with more tokens than chunks",
            source,
        ),
        Term(
            "Spec. Accept Rate",
            round(1 - 1 / length, 4),
            "",
            "1 − 1 / Avg Decoded Tok/Iter; taken for speculative decoding, also where a service "
            "or a proxy merely puts several tokens in a chunk",
            f"{_UTIL}: BenchmarkMetrics",
        ),
    ]


def _known(summary: Sequence[Term], material: Material) -> dict[str, Any]:
    point = material.point
    first = {term.name: term.value for term in summary if term.value is not None}
    return {
        "Test Duration (s)": first.pop("Test Duration (s)"),
        "Concurrency": point.parallel or 0,
        "Request Rate (req/s)": -1 if point.rate is None else point.rate,
        **first,
    }


def _arguments(material: Material) -> dict[str, Any]:
    point, config = material.point, material.config
    return {
        "model": material.model,
        "url": material.url,
        "api": material.api,
        "parallel": point.parallel,
        "number": len(material.asked),
        "rate": -1 if point.rate is None else point.rate,
        "open_loop": point.rate is not None,
        "dataset": config.get("dataset"),
        "stream": config.get("stream"),
        "name": config.get("name"),
    }


def _unknown(summary: Sequence[Term]) -> list[str]:
    missing = [term.name for term in summary if term.value is None]
    if not missing:
        return []
    return [
        f"{', '.join(missing)}: left out. EvalScope counts with its tokenizer what the service "
        "does not state; this run has neither for every request."
    ]


def _tokens(metric: str, counts: Floats) -> Spread:
    return Spread(metric, "tokens", "of each success", _RESULT, [("", counts)])


def _in_seconds(spread: Spread) -> Spread:
    stages = [(because, values / 1000) for because, values in spread.stages]
    return replace(spread, unit="s", stages=stages)


def _shown(term: Term) -> bool:
    """The page shows the median and the tail; the file has all."""
    return term.name.rpartition(".")[2] in ("50%", "99%")


def files(sheets: Sequence[Sheet]) -> Mapping[str, Any]:
    """A folder for each point with the files of ``summary_result`` in ``db_util.py``, without the
    data base of requests. Its loader knows folders by our name, but calls conversations a number.
    """
    return {
        f"{sheet.point.name.replace('_conversations_', '_number_')}/{name}": content
        for sheet in sheets
        for name, content in sheet.document.items()
    }


TOOL = Tool(
    "EvalScope 1.14.1 (evalscope perf)",
    read,
    files,
    (
        "EvalScope's end of an answer is its last JSON event (finish or usage); the records have "
        "the last token and the last byte, and the last byte is taken: later by what [DONE] "
        "takes.",
        "Decoded Tok/Iter counts empty chunks too; the records have those with text only, so it "
        "is an upper bound where a service sends empty ones.",
        "benchmark_data.db, the rows of single requests, is not made: perfbench export has them.",
    ),
)
