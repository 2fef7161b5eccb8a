"""Runs AIPerf's own metrics on ``requests.json`` and prints the figures.

    python tests/reports/rivals/aiperf_golden.py > tests/reports/golden/words_aiperf.json

Needs AIPerf 0.13.0. Each metric's ``_parse_record`` gets a record with the stamps and token counts
of the file, and ``metric_result_from_array`` makes the statistics; values are in nanoseconds, as
AIPerf keeps them.
"""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
from aiperf.common.exceptions import NoMetricValue
from aiperf.metrics.metric_dicts import MetricRecordDict, metric_result_from_array
from aiperf.metrics.types.e2e_output_throughput_metric import E2EOutputTokenThroughputMetric
from aiperf.metrics.types.input_sequence_length_metric import InputSequenceLengthMetric
from aiperf.metrics.types.inter_chunk_latency_metric import InterChunkLatencyMetric
from aiperf.metrics.types.inter_token_latency_metric import InterTokenLatencyMetric
from aiperf.metrics.types.max_response_metric import MaxResponseTimestampMetric
from aiperf.metrics.types.output_sequence_length_metric import OutputSequenceLengthMetric
from aiperf.metrics.types.output_token_throughput_metrics import (
    OutputTokenThroughputPerUserMetric,
)
from aiperf.metrics.types.prefill_throughput_per_user import PrefillThroughputPerUserMetric
from aiperf.metrics.types.request_latency_metric import RequestLatencyMetric
from aiperf.metrics.types.ttft_metric import TTFTMetric
from aiperf.metrics.types.ttst_metric import TTSTMetric

METRICS = (
    *(OutputSequenceLengthMetric, InputSequenceLengthMetric, TTFTMetric, TTSTMetric),
    *(RequestLatencyMetric, InterTokenLatencyMetric, InterChunkLatencyMetric),
    *(OutputTokenThroughputPerUserMetric, PrefillThroughputPerUserMetric),
    E2EOutputTokenThroughputMetric,
)


def main() -> None:
    """Print statistics by metric, and the duration in nanoseconds."""
    requests = json.loads(Path(__file__).with_name("requests.json").read_text())
    values: dict[str, list[float]] = {}
    last = 0
    for each in requests:
        if each["outcome"] != "ok":
            continue
        record, found = _record(each), MetricRecordDict()
        for metric in METRICS:
            try:
                value = metric()._parse_record(record, found)
            except NoMetricValue:
                continue
            found[metric.tag] = value
            values.setdefault(metric.tag, []).extend(value if isinstance(value, list) else [value])
        last = max(last, MaxResponseTimestampMetric()._parse_record(record, found))
    figures = {
        tag: metric_result_from_array(
            tag, tag, "", np.array(each, dtype=np.float64), float(np.sum(each))
        ).model_dump(exclude_none=True)
        for tag, each in values.items()
    }
    first = min(each["sent_ns"] for each in requests if each["outcome"] == "ok")
    print(json.dumps({"benchmark_duration": last - first, "metrics": figures}))


def _record(each: Any) -> Any:
    stamps = [each["first_ns"]]
    for gap in each["gaps_ns"]:
        stamps.append(stamps[-1] + gap)
    return SimpleNamespace(
        start_perf_ns=each["sent_ns"],
        timestamp_ns=each["sent_ns"],
        request=SimpleNamespace(start_perf_ns=each["sent_ns"]),
        content_responses=[SimpleNamespace(perf_ns=stamp) for stamp in stamps],
        token_counts=SimpleNamespace(
            input=each["counted_input"],
            output=each["counted_output"],
            reasoning=None,
            first_content_chunk_tokens=None,
        ),
    )


if __name__ == "__main__":
    main()
