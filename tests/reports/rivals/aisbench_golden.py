"""Runs AISBench's own calculator on ``requests.json`` and prints the figures.

    python tests/reports/rivals/aisbench_golden.py WHEEL/ais_bench/benchmark/calculators > …

Needs numpy and the unpacked wheel of AISBench 3.1: the classes are taken out of their source files
as they stand. What ``_calc_perf_data`` in ``summarizers/default_perf.py`` makes of the time points
of a request is worked out here; they end with the last event.
"""

from __future__ import annotations

import abc
import csv
import json
import math
import re
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
from source import definitions


class _Registry:
    @staticmethod
    def register_module() -> Any:
        return lambda cls: cls


def main(folder: str) -> None:
    """Print common metrics and metrics of requests as JSON."""
    requests = json.loads(Path(__file__).with_name("requests.json").read_text())
    quiet = SimpleNamespace(**dict.fromkeys(("debug", "info", "warning"), lambda *_: None))
    known: dict[str, Any] = {"np": np, "math": math, "re": re, "csv": csv, "ABC": abc.ABC}
    known |= {"abstractmethod": abc.abstractmethod, "AISLogger": lambda: quiet}
    known |= {"DEFAULT_STATS": ["Average", "Min", "Max", "Median", "P75", "P90", "P99"]}
    known |= {"MAX_STATS_LEN": 8, "SECOND_TO_MILLISECOND": 1000}
    known |= {"PERCENTAGE_PATTERN": r"^P(0*[1-9]\d{0,1})$", "PERF_METRIC_CALCULATORS": _Registry}
    names = ["BasePerfMetricCalculator", "is_legal_percentage_str"]
    base = definitions(f"{folder}/base_perf_metric_calculator.py", names, known)
    names = ["DefaultPerfMetricCalculator"]
    path = f"{folder}/default_perf_metric_calculator.py"
    calculator = definitions(path, names, base)["DefaultPerfMetricCalculator"]()
    calculator._init_datas(_details(requests), 8)
    calculator.calculate()
    print(json.dumps({"common": calculator.get_common_res(), "metrics": calculator.metrics}))


def _details(requests: list[Any]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {"success": [each["outcome"] == "ok" for each in requests]}
    for each in requests:
        if each["outcome"] == "ok":
            for name, value in _detail(each).items():
                found.setdefault(name, []).append(value)
    return found


def _detail(each: Any) -> dict[str, Any]:
    latency = (each["end_ns"] - each["sent_ns"]) / 1e9
    ttft = (each["first_ns"] - each["sent_ns"]) / 1e9
    tokens = each["usage_output"]
    return {
        "id": each["seq"],
        "input_tokens": each["usage_input"],
        "output_tokens": tokens,
        "start_time": each["sent_ns"] / 1e9,
        "end_time": each["end_ns"] / 1e9,
        "latency": latency,
        "ttft": ttft,
        "tpot": (latency - ttft) / (tokens - 1) if tokens > 1 else 0,
        "itl": [gap / 1e9 for gap in each["gaps_ns"]],
        "generate_tokens_speed": tokens / latency,
    }


if __name__ == "__main__":
    main(*sys.argv[1:])
