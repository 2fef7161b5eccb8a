"""What really happened: the ground-truth log, the service's counters, and its own lateness.

Knows nothing of sockets or of how requests are scheduled. Instants and gaps are ns; Prometheus
metrics carry vLLM's names and are in seconds.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from itertools import accumulate
from pathlib import Path
from typing import TextIO

_TTFT_S = (
    *(0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5),
    *(10.0, 20.0, 40.0, 80.0, 160.0, 640.0, 2560.0),
)
_GAP_S = (
    *(0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0),
    *(20.0, 40.0, 80.0),
)
_E2E_S = (
    *(0.3, 0.5, 0.8, 1.0, 1.5, 2.0, 2.5, 5.0, 10.0, 15.0, 20.0, 30.0, 40.0, 50.0, 60.0, 120.0),
    *(240.0, 480.0, 960.0, 1920.0, 7680.0),
)


class Histogram:
    """A Prometheus histogram of times, in ns inside and seconds outside."""

    def __init__(self, name: str, help_text: str, bounds_s: tuple[float, ...]) -> None:
        self.name = name
        self._help = help_text
        self._bounds_s = bounds_s
        self._bounds_ns = [int(bound * 1e9) for bound in bounds_s]
        self._counts = [0] * (len(bounds_s) + 1)
        self._sum_ns = 0

    def observe(self, value_ns: int, times: int = 1) -> None:
        """Count a value, or the same value several times."""
        self._counts[bisect_left(self._bounds_ns, value_ns)] += times
        self._sum_ns += value_ns * times

    def lines(self, labels: str) -> Iterator[str]:
        """The exposition of this histogram."""
        yield f"# HELP {self.name} {self._help}"
        yield f"# TYPE {self.name} histogram"
        totals = list(accumulate(self._counts))
        for bound, total in zip((*self._bounds_s, math.inf), totals, strict=True):
            le = "+Inf" if bound == math.inf else str(bound)
            yield f'{self.name}_bucket{{le="{le}",{labels}}} {total}'
        yield f"{self.name}_sum{{{labels}}} {self._sum_ns / 1e9}"
        yield f"{self.name}_count{{{labels}}} {totals[-1]}"


class Lateness:
    """How long after its due time each event was sent; exact but for percentiles (10 µs)."""

    STEP_NS = 10_000
    STEPS = 10_000

    def __init__(self) -> None:
        self.count = 0
        self.sum_ns = 0
        self.max_ns = 0
        self._steps = [0] * self.STEPS

    def add(self, late_ns: int) -> None:
        """Count one event."""
        self.count += 1
        self.sum_ns += late_ns
        if late_ns > self.max_ns:
            self.max_ns = late_ns
        step = late_ns // self.STEP_NS
        self._steps[step if step < self.STEPS else -1] += 1

    @property
    def mean_ns(self) -> float | None:
        return self.sum_ns / self.count if self.count else None

    def percentile_ns(self, percent: float) -> int | None:
        """Upper end of the 10 µs step that holds the percentile; beyond 0.1 s the maximum."""
        if not self.count:
            return None
        wanted = math.ceil(self.count * percent / 100)
        at = bisect_left(list(accumulate(self._steps)), wanted)
        return self.max_ns if at == self.STEPS - 1 else min((at + 1) * self.STEP_NS, self.max_ns)

    def sentence(self) -> str:
        """Lateness in one line, in ms."""
        if self.mean_ns is None:
            return "events 0"
        p50, p99 = ((self.percentile_ns(percent) or 0) / 1e6 for percent in (50, 99))
        return (
            f"events {self.count}, sent late by: mean {self.mean_ns / 1e6:.3f} ms, "
            f"p50 {p50:.3f} ms, p99 {p99:.3f} ms, max {self.max_ns / 1e6:.3f} ms"
        )


class Book:
    """Everything that is counted or logged about requests."""

    def __init__(self, log: str | None) -> None:
        self.lateness = Lateness()
        self.ttft = Histogram(
            "vllm:time_to_first_token_seconds", "Histogram of time to first token.", _TTFT_S
        )
        self.gaps = Histogram(
            "vllm:inter_token_latency_seconds", "Histogram of inter-token latency.", _GAP_S
        )
        self.tpot = Histogram(
            "vllm:request_time_per_output_token_seconds",
            "Histogram of time per output token per request.",
            _GAP_S,
        )
        self.e2e = Histogram(
            "vllm:e2e_request_latency_seconds", "Histogram of e2e request latency.", _E2E_S
        )
        self.prompt_tokens = 0
        self.generated_tokens = 0
        self.finished: dict[str, int] = dict.fromkeys(("stop", "length", "abort", "error"), 0)
        self._log: TextIO | None = None
        if log is not None:
            # By line: whoever reads the log while the service runs finds all that has ended.
            self._log = Path(log).open("w", buffering=1, encoding="utf-8")  # noqa: SIM115

    def truth(self, number: int, instants: tuple[int, int, int], tokens: int, status: str) -> None:
        """Log one request: ``instants`` are received, first and last token (0: there was none)."""
        if self._log is not None:
            received, first, last = instants
            self._log.write(f"{number}\t{received}\t{first}\t{last}\t{tokens}\t{status}\n")

    def finish(
        self, reason: str, instants: tuple[int, int, int], tokens: int, choices: int = 1
    ) -> None:
        """Count a request whose answer has ended.

        Args:
            reason: Finish reason, or ``abort`` or ``error``.
            instants: As in :meth:`truth`.
            tokens: Tokens sent, of all choices together.
            choices: Number of choices, which are decoded side by side.
        """
        received, first, last = instants
        reason = "stop" if reason == "tool_calls" else reason
        self.finished[reason] += 1
        self.generated_tokens += tokens
        if first and reason in ("stop", "length"):
            self.e2e.observe(last - received)
            if tokens > choices:
                self.tpot.observe((last - first) * choices // (tokens - choices))

    def close(self) -> None:
        """End the log with the service's own lateness."""
        if self._log is not None:
            self._log.write(f"# {self.lateness.sentence()}\n")
            self._log.close()
            self._log = None

    def exposition(self, model: str, now: Mapping[str, float], streaming_tokens: int) -> str:
        """The text of ``/metrics``.

        Args:
            model: Label of all metrics.
            now: Gauges and counters that are kept elsewhere, by vLLM's name.
            streaming_tokens: Tokens of answers that have not ended yet.
        """
        labels = f'engine="0",model_name="{model}"'
        values = {
            **now,
            "vllm:prompt_tokens_total": self.prompt_tokens,
            "vllm:generation_tokens_total": self.generated_tokens + streaming_tokens,
        }
        lines: list[str] = []
        for name, value in values.items():
            lines += [f"# HELP {name} {_HELP[name]}", f"# TYPE {name} {_kind(name)}"]
            lines.append(f"{name}{{{labels}}} {value}")
        name = "vllm:request_success_total"
        lines += [f"# HELP {name} Count of finished requests.", f"# TYPE {name} counter"]
        for reason, count in self.finished.items():
            lines.append(f'{name}{{finished_reason="{reason}",{labels}}} {count}')
        for histogram in (self.ttft, self.gaps, self.tpot, self.e2e):
            lines += histogram.lines(labels)
        lines += self._lateness_lines(labels)
        return "\n".join(lines) + "\n"

    def _lateness_lines(self, labels: str) -> Iterator[str]:
        name, late = "simulator:send_lateness_seconds", self.lateness
        yield f"# HELP {name} Time from when an event was due to when it was sent."
        yield f"# TYPE {name} summary"
        for percent in (50, 99, 100):
            at = late.max_ns if percent == 100 else late.percentile_ns(percent)
            if late.count and at is not None:
                yield f'{name}{{quantile="{percent / 100:g}",{labels}}} {at / 1e9}'
        yield f"{name}_sum{{{labels}}} {late.sum_ns / 1e9}"
        yield f"{name}_count{{{labels}}} {late.count}"


_HELP = {
    "vllm:num_requests_running": "Number of requests in model execution batches.",
    "vllm:num_requests_waiting": "Number of requests waiting to be processed.",
    "vllm:kv_cache_usage_perc": "KV-cache usage. 1 means 100 percent usage.",
    "vllm:prefix_cache_queries_total": "Prefix cache queries, in tokens.",
    "vllm:prefix_cache_hits_total": "Prefix cache hits, in tokens.",
    "vllm:prompt_tokens_total": "Number of prefill tokens processed.",
    "vllm:generation_tokens_total": "Number of generation tokens processed.",
}


def _kind(name: str) -> str:
    return "counter" if name.endswith("_total") else "gauge"
