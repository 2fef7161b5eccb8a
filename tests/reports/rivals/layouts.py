"""Prints the fields of a rival's own files, taken from its models or its source.

    python layouts.py vllm WHEEL/vllm/benchmarks        # fields that are assigned in serve.py
    python layouts.py sglang WHEEL/sglang/benchmark     # those of `result` in serving.py
    python layouts.py guidellm | aiperf | evalscope | genai-perf     # in that tool's environment

``golden/words_layouts.json`` holds what each printed, by its name.
"""

from __future__ import annotations

import ast
import json
import sys
from typing import Any


def main(tool: str, folder: str = "") -> None:
    """Print the layout of one tool as JSON."""
    layouts = {
        "vllm": lambda: _assigned(f"{folder}/serve.py", ("result", "result_json")),
        "sglang": lambda: _assigned(f"{folder}/serving.py", ("result",)),
        "guidellm": _guidellm,
        "aiperf": _aiperf,
        "evalscope": _evalscope,
        "genai-perf": _genai_perf,
    }
    print(json.dumps({tool: layouts[tool]()}, indent=1))


def _assigned(path: str, names: tuple[str, ...]) -> list[str]:
    """Keys of the dictionaries that are assigned to these names, and of items set in them."""
    with open(path, encoding="utf-8") as file:
        tree = ast.parse(file.read())
    found: list[str] = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.Assign):
            continue
        target, value = node.targets[0], node.value
        if isinstance(target, ast.Name) and target.id in names and isinstance(value, ast.Dict):
            found += [key.value for key in value.keys if isinstance(key, ast.Constant)]
        if not isinstance(target, ast.Subscript) or getattr(target.value, "id", "") not in names:
            continue
        if isinstance(target.slice, ast.Constant):
            found.append(target.slice.value)
    return sorted({each for each in found if isinstance(each, str)})


def _models(*models: Any) -> dict[str, Any]:
    return {
        model.__name__: {
            "fields": sorted({*model.model_fields, *model.model_computed_fields}),
            "required": sorted(n for n, f in model.model_fields.items() if f.is_required()),
        }
        for model in models
    }


def _guidellm() -> dict[str, Any]:
    from guidellm.benchmark.schemas import GenerativeBenchmark, GenerativeBenchmarksReport
    from guidellm.benchmark.schemas.base import BenchmarkConfig
    from guidellm.benchmark.schemas.metrics import GenerativeMetrics, SchedulerMetrics
    from guidellm.schemas import DistributionSummary

    report = (GenerativeBenchmarksReport, GenerativeBenchmark, BenchmarkConfig)
    return _models(*report, SchedulerMetrics, GenerativeMetrics, DistributionSummary)


def _aiperf() -> dict[str, Any]:
    import aiperf.metrics.types  # noqa: F401
    from aiperf.common.models.export_models import JsonExportData, JsonMetricResult
    from aiperf.metrics.metric_registry import MetricRegistry

    units = {}
    for tag in MetricRegistry.all_tags():
        metric = MetricRegistry.get_class(tag)
        units[tag] = str(metric.display_unit or metric.unit)
    return _models(JsonExportData, JsonMetricResult) | {"units": units}


def _evalscope() -> dict[str, list[str]]:
    from evalscope.perf.utils.perf_models import BenchmarkSummary, PercentileRow

    return {
        model.__name__: sorted(str(field.alias) for field in model.model_fields.values())
        for model in (BenchmarkSummary, PercentileRow)
    }


def _genai_perf() -> list[str]:
    from genai_perf.record.record import RecordType

    return sorted(RecordType.get_all_record_types())


if __name__ == "__main__":
    main(*sys.argv[1:])
