"""Runs EvalScope's own accumulator and percentiles on ``requests.json`` and prints the figures.

    python tests/reports/rivals/evalscope_golden.py > tests/reports/golden/words_evalscope.json

Needs EvalScope 1.14.1. ``BenchmarkData`` holds what ``default_api.py`` records: TTFT and the gaps
between chunks with output, and a latency that ends with the last event.
"""

from __future__ import annotations

import json
import sqlite3
import tempfile
from pathlib import Path
from typing import Any

from evalscope.perf.utils.benchmark_util import BenchmarkData, MetricsAccumulator
from evalscope.perf.utils.db_util import (
    create_result_table,
    get_percentile_results,
    insert_benchmark_data,
)


def main() -> None:
    """Print summary and percentiles as JSON."""
    requests = json.loads(Path(__file__).with_name("requests.json").read_text())
    accumulator = MetricsAccumulator(concurrency=8, rate=-1)
    path = Path(tempfile.mkdtemp()) / "benchmark_data.db"
    with sqlite3.connect(path) as db:
        create_result_table(db.cursor())
        for each in requests:
            data = _data(each)
            accumulator.update(data, None)
            insert_benchmark_data(db.cursor(), data)
    summary = accumulator.to_result().create_message(api_type="openai")
    rows = get_percentile_results(str(path), api_type="openai").to_list()
    print(json.dumps({"summary": summary, "percentiles": rows}))


def _data(each: Any) -> BenchmarkData:
    ok = each["outcome"] == "ok"
    return BenchmarkData(
        start_time=each["sent_ns"] / 1e9,
        completed_time=each["end_ns"] / 1e9,
        success=ok,
        is_stream=True,
        query_latency=(each["end_ns"] - each["sent_ns"]) / 1e9,
        first_chunk_latency=((each["first_ns"] or each["sent_ns"]) - each["sent_ns"]) / 1e9,
        inter_chunk_latency=[gap / 1e9 for gap in each["gaps_ns"]],
        prompt_tokens=each["usage_input"],
        completion_tokens=each["usage_output"],
        real_cached_tokens=each["usage_cached"],
        n_decode_chunks=1 + len(each["gaps_ns"]),
    )


if __name__ == "__main__":
    main()
