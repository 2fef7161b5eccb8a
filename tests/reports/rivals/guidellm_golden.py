"""Runs GuideLLM's own ``GenerativeMetrics.compile`` on ``requests.json`` and prints what it finds.

    python tests/reports/rivals/guidellm_golden.py > tests/reports/golden/words_guidellm.json

Needs GuideLLM 0.8.1. The accumulator holds ``GenerativeRequestStats`` with the stamps of the file;
its window is from the start of the load until the last request is over.
"""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from guidellm.benchmark.schemas.accumulator import GenerativeRequestsAccumulator
from guidellm.benchmark.schemas.metrics import GenerativeMetrics
from guidellm.schemas import GenerativeRequestStats, RequestInfo, RequestTimings, UsageMetrics

START_S = 9.998


def main() -> None:
    """Print the metrics as GuideLLM's JSON has them."""
    requests = json.loads(Path(__file__).with_name("requests.json").read_text())
    groups: dict[str, list[Any]] = {"completed": [], "errored": [], "incomplete": []}
    for each in requests:
        groups["completed" if each["outcome"] == "ok" else "errored"].append(_stats(each))
    end_s = max(each["end_ns"] for each in requests) / 1e9
    accumulator: Any = SimpleNamespace(
        timings=SimpleNamespace(finalized_measure_start=START_S, finalized_measure_end=end_s),
        config=SimpleNamespace(
            confidence=None, slo=None, strategy=SimpleNamespace(defines_arrival_schedule=False)
        ),
        **{
            name: GenerativeRequestsAccumulator(sample_size=None, requests_stats=stats)
            for name, stats in groups.items()
        },
    )
    print(json.dumps(GenerativeMetrics.compile(accumulator).model_dump(mode="json")))


def _stats(each: Any) -> GenerativeRequestStats:
    first, gaps = each["first_ns"], each["gaps_ns"]
    timings = RequestTimings(
        resolve_start=each["sent_ns"] / 1e9,
        request_start=each["sent_ns"] / 1e9,
        request_end=each["end_ns"] / 1e9,
        resolve_end=each["end_ns"] / 1e9,
        first_token_iteration=None if first is None else first / 1e9,
        first_output_token_iteration=None if first is None else first / 1e9,
        last_token_iteration=None if first is None else (first + sum(gaps)) / 1e9,
        request_iterations=0 if first is None else 1 + len(gaps),
        token_iterations=0 if first is None else 1 + len(gaps),
    )
    read = each["usage_input"] or each["counted_input"]
    return GenerativeRequestStats(
        request_id=str(each["seq"]),
        info=RequestInfo(timings=timings),
        input_metrics=UsageMetrics(text_tokens=read),
        output_metrics=UsageMetrics(text_tokens=each["usage_output"]),
    )


if __name__ == "__main__":
    main()
