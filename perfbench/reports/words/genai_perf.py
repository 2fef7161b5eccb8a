"""GenAI-Perf's words: ``genai-perf profile``. Read from genai-perf 0.0.16.

Definitions are those of ``LLMProfileDataParser`` in
``genai_perf/profile_data_parser/llm_profile_data_parser.py`` and of ``Statistics`` in
``genai_perf/metrics/statistics.py``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from perfbench.metrics.columns import OUTCOMES, Columns, Floats
from perfbench.metrics.definitions import NS_TO_MS
from perfbench.reports.words.blocks import OURS_OF, blocks, shown, spread_terms
from perfbench.reports.words.material import Material, counted_total, ratio
from perfbench.reports.words.term import Clock, Rate, Sheet, Spread, Term, Tool

_PARSER = "genai_perf/profile_data_parser/llm_profile_data_parser.py: _parse_requests"
_RECOUNTED = "the tokenizer's count of the text, where ours is the service's"


def read(material: Material) -> Sheet:
    """A point as ``genai-perf profile`` would report it."""
    spreads = _spreads(material)
    terms = [*_rates(material), *spread_terms(spreads, tuple(OURS_OF))]
    document = blocks(terms) | {"input_config": _settings(material)}
    return Sheet(material.point, material.label, shown(terms), document, notes=_unknown(document))


def _clock(material: Material) -> Clock:
    """``max_res_timestamp - min_req_timestamp``: over requests with content, to their last."""
    done = material.done
    if not len(done):
        return Clock(np.nan, "")
    duration_s = (float(np.nanmax(_last_ns(done))) - float(done.sent_ns.min())) / 1e9
    return Clock(
        duration_s,
        "its time ends with the last token of the last answer, ours with the last byte of the "
        "last request, also of one that failed",
    )


def _rates(material: Material) -> list[Term]:
    done, time = material.done, _clock(material)
    empty = int((material.asked.outcome == OUTCOMES.index("empty")).sum())
    written = counted_total(done.counted_output_tokens) if len(done) else None
    rates = [
        Rate(
            "request_throughput.avg",
            "requests/sec",
            "requests / benchmark duration; empty answers count here and in nothing else",
            f"{_PARSER}, _calculate_throughput_metrics",
            "request_throughput_rps",
            len(done) + empty if len(done) else None,
            f"{empty} empty answers count",
        ),
        Rate(
            "output_token_throughput.avg",
            "tokens/sec",
            "output sequence lengths / benchmark duration",
            f"{_PARSER}, _calculate_throughput_metrics",
            "output_throughput_tok_s",
            written,
            _RECOUNTED,
        ),
    ]
    count = Term(
        "request_count.avg",
        len(done),
        "count",
        "requests with an answer that is not empty",
        "genai_perf/metrics/metrics.py: Metrics",
        "completed",
        material.summary.completed,
    )
    return [*(rate.term(material, time) for rate in rates), count]


def _spreads(material: Material) -> dict[str, Spread]:
    done = material.done
    ms = "ms"
    counted = done.counted_output_tokens
    ours = material.ours
    itl_ms = _between_tokens_ms(done)
    per_user = ratio(np.full(len(itl_ms), 1000.0), itl_ms)
    second_ns = _second_gap_ns(done)
    return {
        "request_latency": Spread(
            *("e2e_ms", ms, "last response with content − send", _PARSER),
            [("", ours("e2e_ms")), ("", (_last_ns(done) - done.sent_ns) * NS_TO_MS)],
        ),
        "time_to_first_token": Spread(
            *("ttft_ms", ms, "first response with content − send", _PARSER),
            [("", ours("ttft_ms"))],
        ),
        "time_to_second_token": Spread(
            *(None, ms, "second − first response with content", _PARSER),
            [("", second_ns * NS_TO_MS)],
        ),
        "inter_token_latency": Spread(
            *(
                "tpot_ms",
                ms,
                "(latency − TTFT) / (output tokens − 1) of each request: what we call TPOT",
            ),
            _PARSER,
            [("", ours("tpot_ms")), (_RECOUNTED, itl_ms)],
        ),
        "output_token_throughput_per_user": Spread(
            *(None, "tokens/sec/user", "1 / inter_token_latency of each request", _PARSER),
            [("", per_user)],
        ),
        "output_sequence_length": Spread(
            *("output_tokens", "tokens", "the answer's text counted with the tokenizer", _PARSER),
            [("", ours("output_tokens")), (_RECOUNTED, counted)],
        ),
        "input_sequence_length": Spread(
            *("input_tokens", "tokens", "the prompt's text counted with the tokenizer", _PARSER),
            [
                ("", ours("input_tokens")),
                (f"{_RECOUNTED}: no chat template, if none was applied", done.input_tokens),
            ],
        ),
    }


def _between_tokens_ms(done: Columns) -> Floats:
    """Rounded to whole nanoseconds, as there."""
    steps = done.counted_output_tokens - 1
    seen = (done.events > 1) & (steps > 0) & done.stream
    found = np.full(len(done), np.nan)
    np.divide(done.last_ns - done.first_ns, steps, out=found, where=seen)
    return np.round(found) * NS_TO_MS


def _second_gap_ns(done: Columns) -> Floats:
    """First gap of each request that has one."""
    several = np.diff(done.gap_offsets) > 0
    return done.gaps[done.gap_offsets[:-1][several]].astype(np.float64)


def _last_ns(done: Columns) -> Floats:
    return np.where(done.stream, done.last_ns, done.end_ns)


def _settings(material: Material) -> dict[str, Any]:
    point, config = material.point, material.config
    stimulus = (
        {"concurrency": point.parallel} if point.rate is None else {"request_rate": point.rate}
    )
    return {
        "model_names": [material.model],
        "perf_analyzer": {"stimulus": stimulus},
        "endpoint": {"url": material.url, "streaming": bool(config.get("stream", True))},
        "tokenizer": {"name": config.get("tokenizer_path")},
    }


def _unknown(document: Mapping[str, Any]) -> list[str]:
    names = ("output_sequence_length", "inter_token_latency", "output_token_throughput")
    missing = [name for name in (*names, "input_sequence_length") if name not in document]
    if not missing:
        return []
    return [
        f"{', '.join(missing)}: left out. GenAI-Perf counts every text with its tokenizer; this "
        "run has no such count (--tokenizer-path)."
    ]


def files(sheets: Sequence[Sheet]) -> Mapping[str, Any]:
    """``profile_export_genai_perf.json`` of each point (``export_data/json_exporter.py``)."""
    return {
        f"{sheet.point.name}/profile_export_genai_perf.json": sheet.document for sheet in sheets
    }


TOOL = Tool(
    "GenAI-Perf 0.0.16 (genai-perf profile)",
    read,
    files,
    (
        "Failed requests: GenAI-Perf ends at a stream that holds an error, so it would have no "
        "figures of a run in which one failed so; here failures are left out of them.",
        "A response with reasoning but no text is empty there. Our stamps are of text, reasoning "
        "and tool calls alike.",
        "profile_export.json, with every response as it came, is not made: records hold no raw "
        "responses. perfbench export has every request with its stamps.",
    ),
)
