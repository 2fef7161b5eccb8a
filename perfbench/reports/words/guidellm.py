"""GuideLLM's words: ``guidellm benchmark``. Read from GuideLLM 0.8.1.

Metrics of a request are those of ``GenerativeRequestStats`` in
``guidellm/schemas/base/request_stats.py``, of a point those of ``GenerativeMetrics.compile`` in
``guidellm/benchmark/schemas/metrics.py``; the file is ``GenerativeBenchmarksReport``, version 2.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from perfbench.metrics.columns import OUTCOMES, Floats
from perfbench.reports.words.guidellm_report import benchmark, report
from perfbench.reports.words.guidellm_requests import Requests, known_of
from perfbench.reports.words.material import Material
from perfbench.reports.words.term import Method, Sheet, Spread, Step, Term, Tool
from perfbench.reports.words.weighted import of_concurrency, of_rate, of_values
from perfbench.types import Summary

_STATS = "guidellm/schemas/base/request_stats.py: GenerativeRequestStats"
_METRICS = "guidellm/benchmark/schemas/metrics.py: GenerativeMetrics.compile"
_MS = 1e3


def read(material: Material) -> Sheet:
    """A point as GuideLLM would report it."""
    times = _Times(material)
    metrics = _metrics(times)
    document = benchmark(material, metrics, times.window, times.counts)
    return Sheet(
        *(material.point, material.label, _terms(material, times, metrics), document),
        notes=times.notes,
    )


class _Times:
    """The requests by GuideLLM's status, and its window: from the start of the load until the last
    request is over."""

    def __init__(self, material: Material) -> None:
        asked = material.asked
        sent = ~np.isnan(asked.sent_ns) & ~np.isnan(asked.end_ns)
        cut = np.isin(asked.outcome, [OUTCOMES.index(kind) for kind in ("cancelled", "abandoned")])
        self.groups = {
            "successful": Requests(asked.select(asked.ok)),
            "errored": Requests(asked.select(sent & ~asked.ok & ~cut)),
            "incomplete": Requests(asked.select(sent & cut)),
        }
        start_ns = material.first_sent_ns if material.start_ns is None else material.start_ns
        self.window = (start_ns / 1e9, material.last_end_ns / 1e9)
        self.open_loop = material.point.rate is not None
        self.lead_s = material.lead_s
        self.notes = (
            [
                "output_token_count: where the service states no usage GuideLLM takes the number "
                "of chunks for that of tokens."
            ]
            if np.isnan(asked.usage_output_tokens[asked.ok]).any()
            else []
        )

    @property
    def counts(self) -> dict[str, int]:
        """Requests by status, and all."""
        found = {name: len(group.start_s) for name, group in self.groups.items()}
        return found | {"total": sum(found.values())}

    def each(
        self,
        of: Callable[..., Any],
        values: Callable[[Requests], tuple[Floats, ...]],
        window: bool = False,
    ) -> dict[str, Any]:
        """A distribution for each status, and of all together."""
        limits = self.window if window else ()
        taken = {name: values(group) for name, group in self.groups.items()}
        found = {name: of(*arrays, *limits) for name, arrays in taken.items()}
        filled = [name for name, group in self.groups.items() if len(group.start_s)]
        if len(filled) == 1:
            return found | {"total": found[filled[0]]}
        together = tuple(np.concatenate(parts) for parts in zip(*taken.values(), strict=True))
        return found | {"total": of(*together, *limits)}


def _metrics(times: _Times) -> dict[str, Any]:
    each = times.each
    values = of_values

    def plain(of: Callable[[Requests], Floats]) -> dict[str, Any]:
        return each(values, lambda r: (of(r),))

    found = {
        "request_totals": times.counts,
        "requests_per_second": each(of_rate, lambda r: (r.end_s, np.ones(len(r.end_s))), True),
        "request_concurrency": each(
            of_concurrency, lambda r: (r.start_s, r.end_s, np.ones(len(r.end_s))), True
        ),
        "request_latency": plain(lambda r: r.latency_s),
        "request_streaming_iterations_count": plain(lambda r: r.iterations.astype(np.float64)),
        "prompt_token_count": plain(lambda r: r.read),
        "output_token_count": plain(lambda r: np.nan_to_num(r.written)),
        "total_token_count": plain(lambda r: r.read + np.nan_to_num(r.written)),
        "time_to_first_token_ms": plain(lambda r: r.ttft_ms),
        "time_to_first_output_token_ms": plain(lambda r: r.ttfo_ms),
        "time_per_output_token_ms": each(values, lambda r: r.tpot_ms),
        "inter_token_latency_ms": each(values, lambda r: r.itl_ms),
        "time_to_last_round_trip_ms": plain(lambda r: np.zeros(len(r.end_s))),
        "avg_round_trip_time_ms": plain(lambda r: np.zeros(len(r.end_s))),
        "prompt_tokens_per_second": each(of_rate, lambda r: r.read_at, True),
        "output_tokens_per_second": each(of_rate, lambda r: r.written_at, True),
        "tokens_per_second": each(of_rate, _all_at, True),
        "output_tokens_per_iteration": plain(lambda r: r.written_at[1]),
        "iter_tokens_per_iteration": plain(lambda r: r.later_at[1]),
        "text": {"tokens": _text_tokens(times), "words": None, "characters": None},
    }
    if times.open_loop:
        found |= {
            "request_dispatch_delay": plain(lambda r: known_of(r.start_s - r.due_s)),
            "request_scheduled_latency": plain(lambda r: known_of(r.end_s - r.due_s)),
        }
    return found | _OTHER_MEDIA


def _text_tokens(times: _Times) -> dict[str, Any]:
    """``GenerativeMetricsSummary``: tokens that are stated, counted at the end of each request."""
    found: dict[str, Any] = {}
    for name, of in _STATED.items():

        def stated(r: Requests, of: Callable[[Requests], Floats] = of) -> tuple[Floats]:
            return (known_of(of(r)),)

        def ended(r: Requests, of: Callable[[Requests], Floats] = of) -> tuple[Floats, ...]:
            amounts = np.nan_to_num(of(r))
            return np.resize(r.end_s, len(amounts)), amounts

        def lasted(r: Requests, of: Callable[[Requests], Floats] = of) -> tuple[Floats, ...]:
            amounts = np.nan_to_num(of(r))
            return np.resize(r.start_s, len(amounts)), np.resize(r.end_s, len(amounts)), amounts

        found[name] = times.each(of_values, stated)
        found[f"{name}_per_second"] = times.each(of_rate, ended)
        found[f"{name}_concurrency"] = times.each(of_concurrency, lasted)
    return found


_STATED: dict[str, Callable[[Requests], Floats]] = {
    "input": lambda r: r.read_stated,
    "output": lambda r: r.columns.usage_output_tokens,
    "total": lambda r: np.concatenate((r.read_stated, r.columns.usage_output_tokens)),
}


_OF_MEDIA = {
    "image": ("tokens", "images", "pixels", "bytes"),
    "video": ("tokens", "frames", "seconds", "bytes"),
    "audio": ("tokens", "samples", "seconds", "bytes"),
    "tool_call": ("tokens", "mixed_tokens", "count"),
}
_OTHER_MEDIA = {name: dict.fromkeys(parts) for name, parts in _OF_MEDIA.items()}
"""Null: our records do not hold the sizes of media."""


def _terms(material: Material, times: _Times, metrics: Mapping[str, Any]) -> list[Term]:
    summary = material.summary
    requests = times.groups["successful"]
    start_s, end_s = times.window
    terms = [
        Term(
            *("duration", end_s - start_s, "s", "start of the load to the end of the last request"),
            "guidellm/benchmark/schemas/benchmark.py: GenerativeBenchmark.duration",
            *("duration_s", summary.duration_s),
            (Step(f"it starts {times.lead_s:.3g} s before the first send", end_s - start_s),),
        ),
        _mean_rate(
            metrics["requests_per_second"],
            *("requests_per_second", "req/s", "request_throughput_rps"),
            summary.request_throughput_rps,
        ),
        _mean_rate(
            metrics["output_tokens_per_second"],
            *("output_tokens_per_second", "tok/s", "output_throughput_tok_s"),
            summary.output_throughput_tok_s,
        ),
        _mean_rate(
            metrics["tokens_per_second"],
            *("tokens_per_second", "tok/s", "total_throughput_tok_s"),
            summary.total_throughput_tok_s,
        ),
        _concurrency(summary, metrics),
    ]
    return [*terms, *_spreads(material, requests, metrics), *_iterations(metrics)]


def _concurrency(summary: Summary, metrics: Mapping[str, Any]) -> Term:
    concurrency = metrics["request_concurrency"]["successful"]["mean"]
    return Term(
        *("request_concurrency.mean", concurrency, ""),
        *("requests under way, weighted by time", _METRICS),
        *("mean_in_flight", summary.mean_in_flight),
        (
            Step(
                "of successes, over its own window; sends and ends within 0.1 ms of each other "
                "count as one instant",
                concurrency,
            ),
        ),
    )


def _spreads(material: Material, requests: Requests, metrics: Mapping[str, Any]) -> list[Term]:
    ours = material.ours
    plan: tuple[tuple[str, str, str, Sequence[tuple[str, Floats]]], ...] = (
        (
            *("request_latency", "s", "e2e_ms"),
            [
                ("", ours("e2e_ms") / _MS),
                ("it ends with the last byte, ours with the last token", requests.latency_s),
            ],
        ),
        ("time_to_first_token_ms", "ms", "ttft_ms", [("", ours("ttft_ms"))]),
        (
            *("time_per_output_token_ms", "ms", "tpot_ms"),
            [
                ("", ours("tpot_ms")),
                (
                    "TTFT is part of it, and it is over all tokens, not all but one",
                    _weighing(requests.tpot_ms),
                ),
            ],
        ),
        (
            *("inter_token_latency_ms", "ms", "tpot_ms"),
            [
                ("", ours("tpot_ms")),
                (
                    "answers of several tokens in one chunk count, with no time between tokens",
                    _weighing(requests.itl_ms),
                ),
            ],
        ),
        ("output_token_count", "tokens", "output_tokens", [("", ours("output_tokens"))]),
        ("prompt_token_count", "tokens", "input_tokens", [("", ours("input_tokens"))]),
    )
    return [
        term
        for name, unit, metric, stages in plan
        for term in _spread(name, unit, metric, stages, metrics[name]["successful"])
    ]


def _spread(
    name: str,
    unit: str,
    metric: str,
    stages: Sequence[tuple[str, Floats]],
    theirs: Mapping[str, Any],
) -> list[Term]:
    known = theirs["count"] > 0
    figures = {
        "mean": theirs["mean"] if known else None,
        **{key: theirs["percentiles"][key] if known else None for key in ("p50", "p99")},
    }
    because = "percentiles are one of the values, the median too; nothing is interpolated"
    if name in ("time_per_output_token_ms", "inter_token_latency_ms"):
        because = f"a request weighs as many times as it has such tokens; {because}"
    method = Method(lambda _: figures, because)
    spread = Spread(metric, unit, _DEFINED[name], _STATS, stages, method)
    return spread.terms(
        {
            f"{name}.successful.mean": "mean",
            f"{name}.successful.median": "p50",
            f"{name}.successful.percentiles.p99": "p99",
        }
    )


_DEFINED = {
    "request_latency": "end of the response − send",
    "time_to_first_token_ms": "first chunk with tokens − send",
    "time_per_output_token_ms": "(last token − send) / output tokens: TTFT is part of it",
    "inter_token_latency_ms": "(last − first token) / (output tokens − 1) of each request: what we "
    "call TPOT",
    "output_token_count": "usage, else the number of chunks",
    "prompt_token_count": "usage, else the length that the data set counted",
}


def _weighing(weighted: tuple[Floats, Floats]) -> Floats:
    """The values that have any weight."""
    values, weights = weighted
    found: Floats = values[weights > 0]
    return found


def _mean_rate(
    found: Mapping[str, Any], name: str, unit: str, figure: str, ours: float | None
) -> Term:
    value = found["successful"]["mean"]
    return Term(
        *(f"{name}.successful.mean", value, unit),
        "mean over time of a rate: each amount over half the time to its neighbours",
        f"{_METRICS}; guidellm/schemas/base/statistics.py: rate_distribution_from_timings",
        *(figure, ours),
        (
            Step(
                "it is a mean over its own window, whose ends are counted as instants; ours is an "
                "amount over the time from the first send to the last end",
                value,
            ),
        ),
    )


def _iterations(metrics: Mapping[str, Any]) -> list[Term]:
    return [
        Term(
            *(f"{name}.successful.mean", metrics[name]["successful"]["mean"], "tokens"),
            *(said, _STATS),
        )
        for name, said in (
            ("iter_tokens_per_iteration", "(output tokens − 1) / (chunks − 1), for each chunk"),
            ("output_tokens_per_iteration", "the same, the first chunk as one token"),
        )
    ]


def _all_at(requests: Requests) -> tuple[Floats, Floats]:
    (read_s, read), (written_s, written) = requests.read_at, requests.written_at
    return np.concatenate((read_s, written_s)), np.concatenate((read, written))


def files(sheets: Sequence[Sheet]) -> Mapping[str, Any]:
    """``benchmarks.json`` with a benchmark for each point."""
    if not sheets:
        return {}
    return {"benchmarks.json": report([sheet.document for sheet in sheets])}


TOOL = Tool(
    "GuideLLM 0.8.1 (guidellm benchmark)",
    read,
    files,
    (
        "request_streaming_iterations_count has the chunks with tokens: GuideLLM also counts those "
        "without, which our records do not hold.",
        "Queueing and resolving times of its scheduler are -1, as where it has none; intervals "
        "(mean_ci) and words and characters are null. Requests one by one are in perfbench export.",
    ),
)
