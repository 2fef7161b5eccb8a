"""Summaries, progress and stored runs with known figures, for reports to show."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from handles import closed_when_dropped
from msgspec.structs import replace

from perfbench.store import Run
from perfbench.types import (
    FAILURES,
    ClientAudit,
    Distribution,
    Point,
    PointFacts,
    Progress,
    Record,
    RequestLedger,
    RunStarted,
    Summary,
    TokenLedger,
    Usage,
    WorkerFacts,
    pack_gaps,
)

MS = 1_000_000
HOSTILE = """</script><script>alert('x')</script><img src=x onerror="alert(1)">\x1b[31m{{ 7*7 }}"""

FIGURES = [
    "mean",
    "std",
    "min",
    "p1",
    "p5",
    "p10",
    "p25",
    "p50",
    "p75",
    "p90",
    "p95",
    "p99",
    "p99.9",
    "max",
    "count",
]


def distribution(centre: float, count: int = 1000) -> Distribution:
    """A distribution whose figures grow from left to right around ``centre``."""
    values: Distribution = {
        name: centre * (0.5 + 0.1 * place) for place, name in enumerate(FIGURES)
    }
    values["mean"], values["std"], values["count"] = centre, centre / 10, count
    return values


def nothing() -> Distribution:
    """A distribution of no values."""
    return {**dict.fromkeys(FIGURES), "count": 0}


def make_point(index: int = 0, parallel: int | None = 10, **changes: Any) -> Point:
    fields: dict[str, Any] = {"rate": None, "number": 1000, **changes}
    name = fields.pop("name", f"parallel_{parallel}_number_{fields['number']}")
    return Point(index=index, name=name, parallel=parallel, **fields)


def make_summary(parallel: int | None = 10, **changes: Any) -> Summary:
    scale = float(parallel or 1) ** 0.5
    client = ClientAudit(
        verdict="trusted",
        reason="The client kept up: reads were handled 0.1 ms after they came (p99).",
        send_lag_ms=nothing(),
        read_delay_ms=distribution(0.05),
        cpu_s=1.25,
        cpu_us_per_event=12.5,
        events=100_000,
        workers=1,
        worker_cpu_share=[0.31],
        sched_delay_share=0.01,
        coalesced_share=0.002,
        kernel_stamps=True,
    )
    fields: dict[str, Any] = {
        "name": f"parallel_{parallel}_number_1000",
        "parallel": parallel,
        "rate": None,
        "number": 1000,
        "completed": 1000,
        "failed": 0,
        "errors": dict.fromkeys(FAILURES, 0),
        "error_examples": {},
        "duration_s": 12.5,
        "request_throughput_rps": 80.0 * scale,
        "output_throughput_tok_s": 8000.0 * scale,
        "total_throughput_tok_s": 12_345.6 * scale,
        "steady_state": {
            "start_s": 0.5,
            "end_s": 12.0,
            "request_throughput_rps": 81.0,
            "output_throughput_tok_s": 8100.0,
        },
        "metrics": {
            "ttft_ms": distribution(50 * scale),
            "ttfo_ms": distribution(50 * scale),
            "tpot_ms": distribution(20.0),
            "itl_ms": distribution(19.5, 99_000),
            "itl_token_ms": nothing(),
            "e2e_ms": distribution(2030.0 * scale),
            "schedule_latency_ms": nothing(),
            "schedule_ttft_ms": nothing(),
            "connect_ms": distribution(0.4, 10),
            "input_tokens": distribution(54.0),
            "output_tokens": distribution(100.0),
            "output_tok_s": distribution(49.0),
        },
        "unsupported": {"connect_ms": ["p99", "p99.9"]},
        "tokens": TokenLedger(
            source="usage", from_usage=1000, input_tokens=54_000, output_tokens=100_000
        ),
        "client": client,
        "ledger": RequestLedger(
            planned=1000,
            sent=1000,
            unsent=0,
            dropped=0,
            ok=1000,
            failed={kind: 0 for kind in FAILURES if kind != "cancelled"},
            cut=0,
            lost=0,
            resends=0,
        ),
    }
    return Summary(**{**fields, **changes})


def make_progress(point: Point, done: int = 430, **changes: Any) -> Progress:
    fields: dict[str, Any] = {
        "elapsed_s": 12.4,
        "planned": 1000,
        "sent": done + 10,
        "done": done,
        "in_flight": 10,
        "failed": {},
        "events": done * 100,
        "output_tokens": done * 100,
        "request_rate_rps": 35.2,
        "event_rate_eps": 3520.0,
        "ttft_ms": 50.25,
        "tpot_ms": 20.125,
        "eta_s": 16.2,
        "ttft_p50_ms": 49.5,
        "ttft_p99_ms": 81.25,
        "itl_p50_ms": 19.25,
        "itl_p99_ms": 44.125,
        **changes,
    }
    return Progress(index=point.index, name=point.name, **fields)


def begun(points: Sequence[Point], **config: Any) -> RunStarted:
    """The start of a load test; of the simulator if no settings are given."""
    return RunStarted(
        kind="load test",
        path="results/x",
        simulated=not config,
        config=config,
        points=tuple(points),
    )


def make_sweep() -> list[Summary]:
    """Parallel 1, 10 and 50; the last with failures."""
    whole = make_summary(50).ledger
    assert whole is not None
    failures = {"http_5xx": 40, "timeout": 8}
    broken = make_summary(
        50,
        completed=952,
        failed=48,
        errors={**dict.fromkeys(FAILURES, 0), **failures},
        ledger=replace(whole, ok=952, failed=whole.failed | failures),
        error_examples={
            "http_5xx": '503 {"error": "\x1b[31mno room\x1b[0m\r\nfor <b>you</b>"}',
            "timeout": "no data for 600 s",
        },
    )
    return [make_summary(1), make_summary(10), broken]


def make_records(
    parallel: int,
    number: int,
    start_ns: int,
    seed: int = 0,
    failed_every: int = 0,
    tokens: int = 100,
) -> list[Record]:
    """A closed loop: ``parallel`` streams, 50 ms to the first token and 20 ms between tokens, both
    growing with the load. Every ``failed_every``-th request fails half way.
    """
    draw = random.Random(seed)
    free = [start_ns] * parallel
    records = []
    for seq in range(number):
        slot = min(range(parallel), key=free.__getitem__)
        sent = free[slot] + draw.randrange(50_000)
        first = sent + round(MS * (30 + 20 * parallel**0.5) * draw.lognormvariate(0, 0.25))
        length = draw.randint(tokens // 2, tokens)
        failed = bool(failed_every) and seq % failed_every == failed_every - 1
        count = length // 2 if failed else length
        gap = MS * (5 + parallel**0.5)
        gaps = [round(gap * draw.uniform(0.9, 1.2)) for _ in range(count - 1)]
        packed, width = pack_gaps(gaps)
        end = first + sum(gaps) + 100_000
        records.append(
            Record(
                seq=seq,
                sample_id=f"q{seq}",
                sent_ns=sent,
                headers_ns=first - 1_000_000,
                first_ns=first,
                first_content_ns=first,
                gaps=packed,
                gap_width=width,
                end_ns=end,
                read_delay_ns=draw.randrange(400_000),
                reused=seq >= parallel,
                status=200,
                outcome="truncated" if failed else "ok",
                detail=HOSTILE if failed else "",
                text="word " * count,
                finish=None if failed else "stop",
                usage=None if failed else Usage(draw.randint(20, 400), length),
            )
        )
        free[slot] = end
    return sorted(records, key=lambda record: record.end_ns or 0)


def make_run(
    folder: Path, loads: Sequence[tuple[int, int]], failed_every: int = 0, **about: Any
) -> Run:
    """A stored run with one point for each ``(parallel, number)``, not summarised yet."""
    config = {"url": None, "model": None, "parallel": [p for p, _ in loads], "api_key": "***"}
    facts = {"url": None, "model": "simulated", "simulator": True, "host": {"cpus": 2}, **about}
    run = closed_when_dropped(Run.create(folder, "simulated", config, facts))
    start_ns = run.origin_ns + 1_000_000
    for index, (parallel, number) in enumerate(loads):
        point = make_point(index, parallel, number=number)
        run.begin_point(point)
        records = make_records(
            parallel, number, start_ns, index, failed_every if index == len(loads) - 1 else 0
        )
        run.append(point, records)
        start_ns = max(record.end_ns or 0 for record in records) + 200_000_000
        worker = WorkerFacts(0, wall_s=10.0, cpu_s=1.0, sched_delay_s=0.1, kernel_stamps=True)
        run.end_point(point, PointFacts([worker], parent_cpu_s=0.3))
    return run
