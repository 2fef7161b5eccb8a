"""Runs GenAI-Perf's own parser and statistics on ``requests.json`` and prints the figures.

    python tests/reports/rivals/genai_perf_golden.py > tests/reports/golden/words_genai_perf.json

Needs genai-perf 0.0.16. Only what reads texts is put aside: token counts are those of the file.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from genai_perf.metrics.statistics import Statistics
from genai_perf.profile_data_parser.llm_profile_data_parser import LLMProfileDataParser


class _Counted(LLMProfileDataParser):
    def __init__(self) -> None:
        self._goodput_constraints: Any = {}
        self._session_metrics: Any = {}

    def _preprocess_response(self, *_: Any) -> None:
        """Responses have content, all of them."""

    def _get_input_token_count(self, inputs: Any) -> int:
        return inputs["tokens"]

    def _get_output_token_counts(self, outputs: Any) -> Any:
        return [1] * len(outputs), outputs[0]["tokens"] if outputs else 0


def main() -> None:
    """Print the statistics as JSON."""
    requests = json.loads(Path(__file__).with_name("requests.json").read_text())
    taken = [_request(each) for each in requests if each["outcome"] in ("ok", "empty")]
    statistics = Statistics(_Counted()._parse_requests(taken))
    statistics.scale_data()
    print(json.dumps(statistics.stats_dict))


def _request(each: Any) -> Any:
    stamps = [] if each["first_ns"] is None else [each["first_ns"]]
    for gap in each["gaps_ns"]:
        stamps.append(stamps[-1] + gap)
    return {
        "timestamp": each["sent_ns"],
        "request_inputs": {"tokens": each["counted_input"]},
        "response_timestamps": stamps,
        "response_outputs": [{"tokens": each["counted_output"]}] * len(stamps),
    }


if __name__ == "__main__":
    main()
