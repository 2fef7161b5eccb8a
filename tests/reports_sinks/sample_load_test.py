"""A small finished load test, as sinks see it: settings, points, figures, a results folder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from perfbench.config import PerfConfig, public
from perfbench.types import (
    FAILURES,
    ClientAudit,
    Distribution,
    Observer,
    Point,
    Progress,
    Summary,
    TokenLedger,
)

UNKNOWN: Distribution = {"mean": None, "p50": None, "p99": None, "count": 0}


def point(index: int, parallel: int | None, rate: float | None = None) -> Point:
    return Point(index, f"point_{index}", parallel, rate, number=20)


def progress(at: Point, elapsed_s: float, done: int) -> Progress:
    return Progress(
        point=at,
        elapsed_s=elapsed_s,
        planned=20,
        sent=done + 2,
        done=done,
        in_flight=2,
        failed={"timeout": 1, "http_5xx": 2},
        events=done * 100,
        output_tokens=None,
        request_rate_rps=12.5,
        event_rate_eps=1250.0,
        ttft_ms=50.25,
        tpot_ms=None,
        eta_s=None,
    )


def summary(at: Point, ttft_p99: float) -> Summary:
    ttft: Distribution = {"mean": 50.5, "p50": 50.0, "p99": ttft_p99, "max": 61.0, "count": 17}
    return Summary(
        name=at.name,
        parallel=at.parallel,
        rate=at.rate,
        number=20,
        completed=17,
        failed=3,
        errors={kind: 3 if kind == "timeout" else 0 for kind in FAILURES},
        error_examples={"timeout": "read timed out"},
        duration_s=1.5,
        request_throughput_rps=11.25,
        output_throughput_tok_s=None,
        total_throughput_tok_s=None,
        steady_state={"start_s": 0.25, "end_s": None},
        metrics={"ttft_ms": ttft, "itl_ms": UNKNOWN},
        unsupported={"ttft_ms": ["p99"]},
        tokens=TokenLedger("usage", from_usage=17, output_tokens=1700),
        client=ClientAudit(
            verdict="trusted",
            reason="",
            send_lag_ms=UNKNOWN,
            read_delay_ms={"mean": 0.5, "p99": 0.875},
            cpu_s=0.75,
            cpu_us_per_event=8.5,
            events=1700,
            workers=1,
            worker_cpu_share=[0.5],
            sched_delay_share=None,
            coalesced_share=None,
            kernel_stamps=True,
        ),
    )


@dataclass(frozen=True)
class LoadTest:
    """Two points in a results folder with all its reports."""

    folder: Path
    points: Sequence[Point]

    def config(self, **settings: object) -> PerfConfig:
        return PerfConfig.model_validate({"sink_mode": "offline", "parallel": [1, 10], **settings})

    def play(self, sink: Observer, config: PerfConfig) -> None:
        """Every call of a run, in order, each point with two states a second apart."""
        sink.run_started(str(self.folder), public(config), self.points)
        results = []
        for at in self.points:
            sink.point_started(at)
            sink.progress(progress(at, 0.5, done=5))
            sink.progress(progress(at, 1.5, done=20))
            results.append(summary(at, ttft_p99=60.0 + at.index))
            sink.point_finished(at, results[-1])
        sink.note("the data set was repeated")
        sink.run_finished(results)
