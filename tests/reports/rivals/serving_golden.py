"""Runs vLLM's and SGLang's own ``calculate_metrics`` on ``requests.json`` and prints the figures.

    python tests/reports/rivals/serving_golden.py vllm WHEEL/vllm/benchmarks > …
    python tests/reports/rivals/serving_golden.py sglang WHEEL/sglang/benchmark > …

Needs numpy, and the unpacked wheel: the functions are taken out of the source file as they stand.
What the request functions of each would have recorded is worked out here from the stamps, as their
source has it: see :func:`_vllm_output` and :func:`_sglang_output`.
"""

from __future__ import annotations

import contextlib
import io
import json
import sys
import warnings
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
from source import definitions

START_NS = 9_998_000_000
"""When the load began: 2 ms before the first request could be sent."""


def main(tool: str, folder: str) -> None:
    """Print the figures as JSON."""
    requests = json.loads(Path(__file__).with_name("requests.json").read_text())
    duration_s = (max(each["end_ns"] for each in requests) - START_NS) / 1e9
    print(json.dumps({"vllm": _vllm, "sglang": _sglang}[tool](requests, duration_s, folder)))


def _vllm(requests: list[Any], duration_s: float, folder: str) -> dict[str, Any]:
    known = {"np": np, "warnings": warnings, "dataclass": dataclass, "field": field}
    known |= {"TERM_PLOTLIB_AVAILABLE": False, "MILLISECONDS_TO_SECONDS_CONVERSION": 1000}
    names = ["calculate_metrics", "BenchmarkMetrics"]
    found = definitions(f"{folder}/serve.py", names, known)
    outputs = [_vllm_output(each) for each in requests]
    with contextlib.redirect_stdout(io.StringIO()):
        metrics, _ = found["calculate_metrics"](
            input_requests=[],
            outputs=outputs,
            dur_s=duration_s,
            tokenizer=lambda text, add_special_tokens: SimpleNamespace(input_ids=text),
            selected_percentiles=[99.0],
            goodput_config_dict={"ttft": 80.0, "tpot": 12.0},
        )
    figures = {name: _plain(value) for name, value in vars(metrics).items()}
    return {"duration": duration_s, **figures}


def _vllm_output(each: Any) -> Any:
    """``async_request_openai_chat_completions``: success is a chunk with output after status 200;
    latency ends with the last such chunk. ``generated_text`` is a list of its tokens here, which
    the tokenizer above counts."""
    success = each["status"] == 200 and each["first_ns"] is not None
    first = (each["first_ns"] or each["sent_ns"]) - each["sent_ns"]
    return SimpleNamespace(
        success=success,
        error="",
        output_tokens=each["usage_output"] or 0,
        generated_text=[0] * (each["counted_output"] or 0),
        prompt_len=each["usage_input"] or each["counted_input"],
        ttft=first / 1e9,
        itl=[gap / 1e9 for gap in each["gaps_ns"]],
        latency=(first + sum(each["gaps_ns"])) / 1e9,
        start_time=each["sent_ns"] / 1e9,
        input_audio_duration=0.0,
    )


def _sglang(requests: list[Any], duration_s: float, folder: str) -> dict[str, Any]:
    known = {"np": np, "warnings": warnings, "dataclass": dataclass, "field": field}
    known |= {"TERM_PLOTLIB_AVAILABLE": False}
    names = ["calculate_metrics", "BenchmarkMetrics"]
    found = definitions(f"{folder}/serving.py", names, known)
    rows = [
        SimpleNamespace(prompt_len=each["counted_input"], text_prompt_len=0, vision_prompt_len=0)
        for each in requests
    ]
    metrics, _ = found["calculate_metrics"](
        input_requests=rows,
        outputs=[_sglang_output(each) for each in requests],
        dur_s=duration_s,
        tokenizer=SimpleNamespace(encode=lambda text, add_special_tokens: text),
        backend="sglang-oai-chat",
    )
    figures = asdict(metrics)
    return {"duration": duration_s} | {name: _plain(value) for name, value in figures.items()}


def _sglang_output(each: Any) -> Any:
    """``async_request_openai_chat_completions``: latency ends with the last line."""
    return SimpleNamespace(
        success=each["outcome"] == "ok",
        output_len=each["usage_output"] or 0,
        generated_text=[0] * (each["counted_output"] or 0),
        ttft=((each["first_ns"] or each["sent_ns"]) - each["sent_ns"]) / 1e9,
        itl=[gap / 1e9 for gap in each["gaps_ns"]],
        latency=(each["end_ns"] - each["sent_ns"]) / 1e9,
        start_time=each["sent_ns"] / 1e9,
        text_chunks=[],
    )


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [[float(part) for part in each] for each in value]
    return float(value)


if __name__ == "__main__":
    main(*sys.argv[1:])
