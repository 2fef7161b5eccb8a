"""GuideLLM's file around its metrics: ``GenerativeBenchmarksReport``, version 2.

Owns the layout (``guidellm/benchmark/schemas/report.py``, ``benchmark.py``, ``base.py``) and no
formula. Times are Unix seconds. Where a run of ours has no setting of GuideLLM's there is its
default.
"""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from typing import Any

from perfbench.reports.words.material import Material

_VERSION = "0.8.1"
_SCHEDULING = (
    *("queued_time_avg", "resolve_start_delay_avg", "resolve_targeted_start_delay_avg"),
    *("request_start_delay_avg", "request_targeted_start_delay_avg"),
    *("resolve_end_delay_avg", "resolve_time_avg", "finalized_delay_avg", "processed_delay_avg"),
)
"""Averages of GuideLLM's own scheduler; -1 where it has none."""


def benchmark(
    material: Material,
    metrics: Mapping[str, Any],
    window_s: tuple[float, float],
    counts: Mapping[str, int],
) -> dict[str, Any]:
    """One point as ``GenerativeBenchmark``.

    Args:
        window_s: its start and end after the origin of the columns' stamps.
        counts: requests by status, and ``total``.
    """
    origin_s = material.asked.origin_wall_ns / 1e9
    start_s, end_s = (origin_s + each for each in window_s)
    latency = metrics["request_latency"]["successful"]
    return {
        "type_": "generative_benchmark",
        "config": _config(material),
        "scheduler_state": {
            "start_time": start_s,
            "end_time": end_s,
            "start_requests_time": start_s,
            "end_requests_time": end_s,
            "created_requests": counts["total"],
            "processed_requests": counts["total"],
            "successful_requests": counts["successful"],
            "errored_requests": counts["errored"],
            "cancelled_requests": counts["incomplete"],
        },
        "scheduler_metrics": {
            "start_time": start_s,
            "request_start_time": start_s,
            "measure_start_time": start_s,
            "measure_end_time": end_s,
            "request_end_time": end_s,
            "end_time": end_s,
            "requests_made": dict(counts),
            **dict.fromkeys(_SCHEDULING, -1.0),
            "request_time_avg": latency["mean"] if latency["count"] else -1.0,
            "strategy_type": _strategy(material)["type_"],
        },
        "metrics": dict(metrics),
        "requests": {"successful": [], "incomplete": [], "errored": [], "total": None},
        "warnings": [],
        "start_time": start_s,
        "end_time": end_s,
        "duration": end_s - start_s,
        "warmup_duration": 0.0,
        "cooldown_duration": 0.0,
    }


def report(benchmarks: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """All points as the file."""
    backend = benchmarks[0]["config"]["backend"]
    profile = benchmarks[0]["config"]["profile"]
    data = {"kind": "in_memory_item_list", "data": []}
    spec = {"backend": backend, "profile": profile, "data": [data]}
    return {
        "metadata": {
            "version": 2,
            "guidellm_version": _VERSION,
            "python_version": platform.python_version(),
            "platform": platform.platform(),
        },
        "config": {"metadata": {}, "spec": spec, "benchmarks": []},
        "benchmarks": list(benchmarks),
        "conclusions": [],
    }


def _config(material: Material) -> dict[str, Any]:
    point = material.point
    return {
        "id_": point.name,
        "run_id": str(material.config.get("name") or material.model),
        "run_index": point.index,
        "strategy": _strategy(material),
        "constraints": {},
        "sample_size": 0,
        "confidence": None,
        "profile": _profile(material),
        "requests": {"data": str(material.config.get("dataset") or "")},
        "backend": {"kind": "openai_http", "target": material.url, "model": material.model},
        "environment": {"platform": platform.platform()},
    }


def _strategy(material: Material) -> dict[str, Any]:
    """The load as GuideLLM names such: streams, or arrivals at a rate."""
    point = material.point
    if point.rate is None:
        return {"type_": "concurrent", "streams": point.parallel or 1}
    law = "constant" if point.arrival == "constant" else "poisson"
    return {"type_": law, "rate": point.rate, "max_concurrency": point.parallel}


def _profile(material: Material) -> dict[str, Any]:
    point = material.point
    if point.rate is None:
        return {"kind": "concurrent", "streams": [point.parallel or 1]}
    return {"kind": "async", "rate": [point.rate]}
