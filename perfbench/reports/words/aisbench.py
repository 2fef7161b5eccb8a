"""AISBench's words: ``ais_bench --mode perf``. Read from AISBench 3.1.20260630.

Definitions are those of ``DefaultPerfSummarizer._calc_perf_data`` in
``ais_bench/benchmark/summarizers/default_perf.py``, and of ``BasePerfMetricCalculator`` and
``DefaultPerfMetricCalculator`` in ``ais_bench/benchmark/calculators``. Its files hold values with
their unit in a text.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from perfbench.metrics import ledger
from perfbench.metrics.columns import Floats
from perfbench.reports.words.material import (
    Material,
    file_part,
    input_total,
    output_total,
    per,
    ratio,
)
from perfbench.reports.words.serving import Requests, spreads, until_usage, whole_as_first
from perfbench.reports.words.term import Clock, Rate, Sheet, Spread, Step, Term, Tool, rounded

_CALCULATOR = "ais_bench/benchmark/calculators/base_perf_metric_calculator.py"
_COMMON = f"{_CALCULATOR}: _calc_common_metrics"
_DETAILS = "ais_bench/benchmark/summarizers/default_perf.py: _calc_perf_data"
_STATISTICS = {
    **{"Average": "mean", "Min": "min", "Max": "max", "Median": "p50"},
    **{"P75": "p75", "P90": "p90", "P99": "p99"},
}
_STAGE = "total"
_DIGITS = 4
_MS_DIGITS = 1
"""Statistics are rounded to 4 decimals of a second before they become ms."""


def read(material: Material) -> Sheet:
    """A point as AISBench's ``default_perf`` summarizer would report it."""
    done = material.done
    requests = until_usage(done)
    time = _clock(material)
    common = _common(material, requests, time)
    metrics = _metrics(material, requests)
    details = [
        term
        for name, spread in metrics.items()
        for term in spread.terms({f"{name}.{each}": key for each, key in _STATISTICS.items()})
        if term.value is not None
    ]
    document = {"json": _json(common), "csv": _csv(details, requests)}
    shown = [t for t in details if t.name.rpartition(".")[2] in ("Average", "Median", "P99")]
    return Sheet(
        *(material.point, material.label, [*common, *shown], document, _name(material)),
        notes=_unknown(common),
    )


def _clock(material: Material) -> Clock:
    """``max(end_time) - min(start_time)`` over the requests that succeeded
    (``default_perf_metric_calculator.py``, ``_process_result``)."""
    done = material.done
    if not len(done):
        return Clock(np.nan, "")
    duration_s = (float(np.nanmax(done.end_ns)) - float(done.sent_ns.min())) / 1e9
    return Clock(duration_s, "its time is that of successes alone; ours that of all requests")


def _metrics(material: Material, requests: Requests) -> dict[str, Spread]:
    """Per request; names as in the first column of the CSV. An answer of one token has a TPOT of
    0 there, and counts."""
    done = requests.columns
    of = whole_as_first(spreads(requests, material, _DETAILS), requests)
    read_tokens, written = ledger.input_tokens(done), ledger.output_tokens(done)
    ttft_s = of["ttft"].stages[-1][1] / 1000
    prefill = ratio(read_tokens, ttft_s)
    tpot_ms = np.where((written <= 1) & done.stream, 0.0, requests.tpot_ms)
    speed: list[tuple[str, Floats]] = [
        ("", material.ours("output_tok_s")),
        (requests.ends_later, ratio(written, requests.latency_ns / 1e9)),
    ]
    zeros = "an answer of one token counts as 0 ms"
    found = {
        "E2EL": of["latency"],
        "TTFT": of["ttft"],
        "TPOT": replace(of["tpot"], stages=[*of["tpot"].stages, (zeros, tpot_ms)]),
        "ITL": of["itl"],
        "InputTokens": Spread(
            *("input_tokens", "", "prompt tokens of a request", _DETAILS), [("", read_tokens)]
        ),
        "OutputTokens": Spread(
            *("output_tokens", "", "output tokens of a request", _DETAILS), [("", written)]
        ),
        "OutputTokenThroughput": Spread(
            *("output_tok_s", "token/s", "output tokens / latency", _DETAILS), speed
        ),
        "PrefillTokenThroughput": Spread(
            *(None, "token/s", "prompt tokens / TTFT", f"{_CALCULATOR}: convert_result"),
            [("", prefill)],
        ),
    }
    return {
        name: replace(spread, digits=_MS_DIGITS if spread.unit == "ms" else _DIGITS)
        for name, spread in found.items()
    }


def _common(material: Material, requests: Requests, time: Clock) -> list[Term]:
    done, summary = requests.columns, material.summary
    total = len(material.asked)
    read_tokens, written = input_total(done), output_total(done)
    latency_s = float(requests.latency_ns.sum()) / 1e9
    in_flight = per(latency_s, time.duration_s)
    duration_ms = None if np.isnan(time.duration_s) else time.duration_s * 1000
    ours_s = summary.duration_s
    throughput, output, both = _rates(material, requests, time)
    return [
        Term(
            *("Benchmark Duration", _round(duration_ms), "ms"),
            "first send to last end of the requests that succeeded",
            f"{_COMMON}; default_perf_metric_calculator.py: _process_result",
            *("duration_s", None if ours_s is None else ours_s * 1000),
            (Step(time.because, duration_ms), Step(rounded(_DIGITS), _round(duration_ms))),
        ),
        Term("Total Requests", total, "", "requests that ended", _COMMON),
        Term(
            *("Failed Requests", total - len(done), "", "all without success", _COMMON),
            *("failed", summary.failed),
            (Step("requests that were abandoned as planned count too", total - len(done)),),
        ),
        Term(
            *("Success Requests", len(done), "", "status 200 and no error", _COMMON),
            *("completed", summary.completed),
        ),
        Term(
            *("Concurrency", _round(in_flight), "", "sum of E2EL / Benchmark Duration", _COMMON),
            *("mean_in_flight", summary.mean_in_flight),
            (
                Step("requests that failed are left out", per(latency_s, ours_s or 0.0)),
                Step(time.because, in_flight),
                Step(rounded(_DIGITS), _round(in_flight)),
            ),
        ),
        Term(
            *("Max Concurrency", material.point.parallel, "", "what was asked for", _COMMON),
            *("parallel", material.point.parallel),
        ),
        throughput,
        Term(
            *("Total Input Tokens", read_tokens, "", "prompt_tokens of usage, else counted"),
            _DETAILS,
            *("tokens.input_tokens", summary.tokens.input_tokens),
        ),
        *_prefill(requests, read_tokens),
        Term(
            *("Total Generated Tokens", written, "", "completion_tokens of usage, else counted"),
            _DETAILS,
            *("tokens.output_tokens", summary.tokens.output_tokens),
        ),
        Term(
            *("Input Token Throughput", _round(per(read_tokens, time.duration_s)), "token/s"),
            *("prompt tokens / Benchmark Duration", _COMMON),
        ),
        output,
        both,
    ]


def _rates(material: Material, requests: Requests, time: Clock) -> list[Term]:
    done = requests.columns
    read_tokens, written = input_total(done), output_total(done)
    together = None if read_tokens is None or written is None else read_tokens + written
    return [
        Rate(*(name, unit, said, _COMMON, figure, amount), digits=_DIGITS).term(material, time)
        for name, unit, said, figure, amount in (
            (
                *("Request Throughput", "req/s", "Success Requests / Benchmark Duration"),
                *("request_throughput_rps", len(done)),
            ),
            (
                *("Output Token Throughput", "token/s", "output tokens / Benchmark Duration"),
                *("output_throughput_tok_s", written),
            ),
            (
                *("Total Token Throughput", "token/s", "all tokens / Benchmark Duration"),
                *("total_throughput_tok_s", together),
            ),
        )
    ]


def _prefill(requests: Requests, read_tokens: int | None) -> list[Term]:
    """Prompt tokens / the sum of all TTFT; left out where answers were not streamed."""
    waited_s = float(np.nansum(requests.ttft_ms)) / 1000
    if not waited_s or np.isnan(requests.ttft_ms).any():
        return []
    return [
        Term(
            *("Prefill Token Throughput", _round(per(read_tokens, waited_s)), "token/s"),
            *("prompt tokens / sum of TTFT: of one request after another, not of the service",),
            _COMMON,
        )
    ]


def _json(common: Sequence[Term]) -> dict[str, dict[str, Any]]:
    """Values as texts with units (``_add_units_to_common_metrics``)."""
    return {
        term.name: {_STAGE: f"{term.value} {term.unit}" if term.unit else term.value}
        for term in common
        if term.value is not None
    }


def _csv(details: Sequence[Term], requests: Requests) -> str:
    """The table of ``_export_to_csv``; N is the requests, of TPOT and ITL those that have gaps."""
    rows: dict[str, dict[str, str]] = {}
    for term in details:
        name, _, statistic = term.name.rpartition(".")
        value = f"{term.value} {term.unit}" if term.unit else str(term.value)
        rows.setdefault(name, {})[statistic] = value
    done = requests.columns
    decoding = int((np.diff(done.gap_offsets) > 0).sum())
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["Performance Parameters", "Stage", *_STATISTICS, "N"])
    for name, values in rows.items():
        count = decoding if name in ("TPOT", "ITL") else len(done)
        writer.writerow([name, _STAGE, *(values[each] for each in _STATISTICS), count])
    return text.getvalue()


def _unknown(common: Sequence[Term]) -> list[str]:
    missing = [t.name for t in common if t.value is None and t.name != "Max Concurrency"]
    if not missing:
        return []
    return [
        f"{', '.join(missing)}: left out. AISBench counts with its tokenizer what the service does "
        "not state; this run has neither for every request."
    ]


def _round(value: float | None) -> float | None:
    return None if value is None else round(value, _DIGITS)


def files(sheets: Sequence[Sheet]) -> Mapping[str, Any]:
    """``performances/MODEL/DATASET.json`` and ``.csv`` of each point."""
    return {
        f"{sheet.point.name}/{sheet.name}.{kind}": content
        for sheet in sheets
        for kind, content in sheet.document.items()
    }


def _name(material: Material) -> str:
    data = file_part(str(material.config.get("dataset") or "custom"))
    return f"performances/{file_part(material.model)}/{data}"


TOOL = Tool(
    "AISBench 3.1 (ais_bench --mode perf)",
    read,
    files,
    (
        "AISBench stamps every data line but [DONE], also one that names a role only or usage. "
        "The records hold the lines with tokens and the end of the response: its TTFT and first "
        "gap may begin earlier, at a line without a token, and its end is taken from ours.",
        "With its stable_stage summarizer AISBench keeps requests sent while the concurrency was "
        "at its maximum; ours is in summary.json as steady.",
    ),
)
