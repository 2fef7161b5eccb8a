"""A small finished load test and evaluation, as sinks see them: settings, events, a folder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from perfbench.config import PerfConfig, public
from perfbench.config.evaluation import EvalConfig
from perfbench.types import (
    FAILURES,
    Asked,
    Asking,
    Average,
    ClientAudit,
    Distribution,
    Note,
    Observer,
    Part,
    Point,
    PointFinished,
    PointStarted,
    Progress,
    RunFinished,
    RunStarted,
    Scored,
    Scoring,
    SubtaskFacts,
    Summary,
    TokenLedger,
)

UNKNOWN: Distribution = {"mean": None, "p50": None, "p99": None, "count": 0}


def point(index: int, parallel: int | None, rate: float | None = None) -> Point:
    return Point(index, f"point_{index}", parallel, rate, number=20)


def progress(at: Point, elapsed_s: float, done: int) -> Progress:
    return Progress(
        index=at.index,
        name=at.name,
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
        own = {"sinks": ["wandb"], "sink_mode": "offline", "parallel": [1, 10]}
        return PerfConfig.model_validate({**own, **settings})

    def started(self, config: PerfConfig) -> RunStarted:
        """The first event."""
        return RunStarted(
            kind="load test",
            path=str(self.folder),
            simulated=True,
            config=public(config),
            points=tuple(self.points),
        )

    def play(self, sink: Observer, config: PerfConfig) -> None:
        """Every event of a run, in order, each point with two states a second apart."""
        sink(self.started(config))
        for at in self.points:
            sink(PointStarted(at))
            sink(progress(at, 0.5, done=5))
            sink(progress(at, 1.5, done=20))
            sink(PointFinished(at, summary(at, ttft_p99=60.0 + at.index)))
        sink(Note("the data set was repeated"))
        sink(RunFinished())


@dataclass(frozen=True)
class Evaluation:
    """Two data sets asked of one model, side by side, in a results folder with its reports."""

    folder: Path

    def config(self, **settings: object) -> EvalConfig:
        return EvalConfig.model_validate({"sinks": ["wandb"], "sink_mode": "offline", **settings})

    def play(self, sink: Observer, config: EvalConfig) -> None:
        """Every event of a run."""
        subtasks = (subtask("gsm8k", 8), subtask("mmlu", 20))
        sink(
            RunStarted(
                kind="evaluation",
                path=str(self.folder),
                simulated=False,
                config=public(config),
                subtasks=subtasks,
            )
        )
        points = [point(index, 8) for index in range(2)]
        for each in subtasks:
            sink(Asking(name=each.name, missing=each.samples, reused=0, failed_before=0, changed=0))
        for done in (1, 4):
            for at, each in zip(points, subtasks, strict=True):
                sink(replace_name(progress(at, done / 2, done), each.name))
        sink(Asked("qwen/gsm8k"))
        sink(Asked("qwen/mmlu", "the service has gone"))
        for each, value in zip(subtasks, (0.75, 0.5), strict=True):
            sink(Scoring(each.name))
            sink(scored(each, value))
        sink(Note("a handful of rows"))
        sink(RunFinished())


def replace_name(state: Progress, name: str) -> Progress:
    return msgspec.structs.replace(state, name=name)


def subtask(dataset: str, samples: int, model: str = "qwen") -> SubtaskFacts:
    return SubtaskFacts(
        name=f"{model}/{dataset}",
        model=model,
        served_model=f"org/{model}",
        url="http://127.0.0.1:9",
        parallel=8,
        dataset=dataset,
        variant=f"{dataset}_gen",
        version="abc123",
        prompt="chat",
        extractor="number",
        scorer="number",
        metric="accuracy",
        samples=samples,
        repeats=1,
        sampling={"temperature": 0},
    )


def scored(each: SubtaskFacts, value: float) -> Scored:
    unscored = {"request_failed": 0, "cut_off": 1, "no_answer": 3, "not_asked": 0}
    parts = [
        Part(kind="subset", name=name, scored=value, answers=each.samples // 2, unscored=unscored)
        for name in ("astronomy", "law/eu")
    ]
    return Scored(
        name=each.name,
        metric="accuracy",
        figures={"accuracy": Average(value, value - 0.25, value + 0.25, value / 2)},
        answers=each.samples,
        unscored=unscored,
        failed={},
        parts=tuple(parts) if each.dataset == "mmlu" else (),
        examples=(),
        performance=(summary(point(1, 8), ttft_p99=62.0),) if each.dataset == "mmlu" else (),
    )
