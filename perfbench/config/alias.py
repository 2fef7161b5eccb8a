"""A flag of another tool and what it is here: the shape of a row, and the tools.

Holds no flag; ``aliases`` has the table.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

EVALSCOPE, VLLM, SGLANG, GUIDELLM, AIPERF = "EvalScope", "vLLM", "SGLang", "GuideLLM", "AIPerf"
WEB = "k6, Locust, hey and wrk"
AISBENCH = "AISBench"
TOOLS = (EVALSCOPE, VLLM, SGLANG, GUIDELLM, AIPERF, WEB, AISBENCH)

PROGRAMS: dict[tuple[str, ...], tuple[str, str]] = {
    ("evalscope", "perf"): ("perf", EVALSCOPE),
    ("evalscope", "eval"): ("eval", EVALSCOPE),
    ("evalscope", "service"): ("serve", EVALSCOPE),
    ("evalscope", "app"): ("app", EVALSCOPE),
    ("ais_bench",): ("eval", AISBENCH),
    ("vllm", "bench", "serve"): ("perf", VLLM),
    ("bench", "serve"): ("perf", VLLM),
    ("python", "-m", "sglang.bench_serving"): ("perf", SGLANG),
    ("python3", "-m", "sglang.bench_serving"): ("perf", SGLANG),
    ("sglang.bench_serving",): ("perf", SGLANG),
    ("guidellm", "benchmark", "run"): ("perf", GUIDELLM),
    ("guidellm", "benchmark"): ("perf", GUIDELLM),
    ("benchmark", "run"): ("perf", GUIDELLM),
    ("benchmark",): ("perf", GUIDELLM),
    ("aiperf", "profile"): ("perf", AIPERF),
    ("genai-perf", "profile"): ("perf", AIPERF),
    ("profile",): ("perf", AIPERF),
    ("k6", "run"): ("perf", WEB),
    ("run",): ("perf", WEB),
    ("locust",): ("perf", WEB),
    ("hey",): ("perf", WEB),
    ("wrk",): ("perf", WEB),
}
"""The words before a tool's flags, as they may be pasted too: our command, and the tool."""

ELSEWHERE: dict[tuple[str, ...], str] = {
    **dict.fromkeys(
        (("vllm", "bench", "throughput"), ("vllm", "bench", "latency")),
        "it runs the engine in its own process; perfbench measures a service (vllm serve), as vllm "
        "bench serve does",
    ),
    ("evalscope", "benchmark-info"): "data sets are listed by perfbench eval --search",
}
"""The words of programs that are not taken, and what there is in their place."""

Takes = Literal["value", "values", "nothing", "perhaps"]


class Alias(msgspec.Struct, frozen=True):
    """Flags of other tools that mean one thing."""

    flags: tuple[str, ...]
    tools: tuple[str, ...]
    takes: Takes = "value"
    key: str | None = None
    """The setting that takes the value as it is."""
    constant: Any = None
    """The value of ``key``, for flags that take none."""
    field: str | None = None
    """The field of the request body that takes the value."""
    part: str | None = None
    """Under which name ``habits`` reads it together with others."""
    means: str = ""
    """What it is here, where the setting does not say it."""
    note: str | None = None
    """What the user is told who gives it: why it has no effect, or what is done instead."""


def same(key: str, flags: str, *tools: str, takes: Takes = "value", means: str = "") -> Alias:
    """A setting of ours under another name."""
    return Alias(tuple(flags.split()), tools, takes, key=key, means=means)


def fixed(key: str, constant: Any, flags: str, *tools: str) -> Alias:
    """A flag without a value that gives a setting this one."""
    return Alias(tuple(flags.split()), tools, "nothing", key=key, constant=constant)


def body(field: str, flags: str, *tools: str, takes: Takes = "value") -> Alias:
    """A field of the request body."""
    return Alias(tuple(flags.split()), tools, takes, field=field)


def read(part: str, flags: str, *tools: str, means: str, takes: Takes = "value") -> Alias:
    """Read together with others by ``habits``, as ``part``."""
    return Alias(tuple(flags.split()), tools, takes, part=part, means=means)


def none(flags: str, *tools: str, note: str, takes: Takes = "value") -> Alias:
    """Without effect; ``note`` says why, or what is done instead."""
    return Alias(tuple(flags.split()), tools, takes, note=note)
