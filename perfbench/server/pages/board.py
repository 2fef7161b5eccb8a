"""How a job stands, as its page shows it, from what it has told: plain values for a template.

Pure. Texts are for people; unknown is an en dash.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import msgspec

from perfbench.reports import wording
from perfbench.reports.evaluation.figures import figure, in_words, interval, reason_words
from perfbench.reports.picture import failures, token_rate
from perfbench.reports.sweep import tokens_so_far
from perfbench.reports.wording import UNKNOWN, compact, number, percentile, span
from perfbench.server.feed import Seen
from perfbench.server.progress import Part, Progress, progress_of
from perfbench.server.queue import ENDED, Job
from perfbench.types import QUANTITIES, Point, Scored, Summary
from perfbench.types import Progress as Counters

KINDS = {"perf": "Load test", "eval": "Evaluation", "arena": "Arena"}
"""What a command's jobs are called."""
_SHOWN_PARTS = 60
"""Points of which the table has a row: the latest."""
_EXAMPLES = 10


class Cells(msgspec.Struct, frozen=True):
    """A row of a table: what its head says, the state for its colour, and the other cells."""

    head: str
    state: str
    cells: Sequence[str]


class Board(msgspec.Struct, frozen=True, kw_only=True):
    """How a job stands."""

    job: Job
    progress: Progress
    said: str
    """The state in a few words that change seldom: what a screen reader is told."""
    tiles: Sequence[tuple[str, str]]
    """Of a load test: title and figure."""
    rows: Sequence[Cells]
    """Points or subtasks."""
    left_out: int
    """Rows before them that are not shown."""
    health: Sequence[Cells]
    """The client at the points that have ended: verdict and reason."""
    failures: Sequence[tuple[str, int, str]]
    """Outcome, count, and what the service said of one."""
    unscored: Sequence[tuple[str, str, str, str]]
    """Subtask, sample, reason and detail of the latest answers without a score."""
    service: Sequence[tuple[str, str]]
    """What the service says of itself."""
    notes: Sequence[str]


_POINT_HEADS = (
    *("done", "failed", "req/s", "tok/s", "TTFT p50", "TTFT p99", "ITL p50", "ITL p99"),
    *("time", "left"),
)
_ASKING_HEADS = ("done", "failed", "left")
HEADS = {
    "perf": _POINT_HEADS,
    "eval": (*_ASKING_HEADS, "score", "95 % interval", "unscored"),
    "arena": _ASKING_HEADS,
}
"""What cells of a row are, by command."""


def board_of(job: Job, seen: Seen) -> Board:
    """How a job stands that has told this."""
    progress = progress_of(seen, job.state in ENDED)
    parts = progress.parts
    begun = [part for part in parts if part.state != "waiting"]
    first = max(0, len(begun) - _SHOWN_PARTS) if len(parts) > _SHOWN_PARTS else 0
    shown = parts[first : first + _SHOWN_PARTS]
    running = _running(seen, progress)
    return Board(
        job=job,
        progress=progress,
        said=_said(job, progress),
        tiles=() if running is None or job.command != "perf" else _tiles(running),
        rows=[_row(seen, part, progress.kind) for part in shown],
        left_out=first,
        health=[
            Cells(part.label, found.client.verdict or "", (found.client.reason,))
            for part in shown
            if (found := seen.summaries.get(part.name)) is not None
        ],
        failures=_failures(seen),
        unscored=list(_unscored(seen))[-_EXAMPLES:],
        service=list(_service(running)),
        notes=list(seen.notes)[::-1],
    )


def _said(job: Job, progress: Progress) -> str:
    words: list[str] = [job.state]
    if job.state == "running" and progress.kind is None:
        words = ["starting"]
    elif progress.parts_planned:
        unit = "points" if progress.kind == "load test" else "subtasks"
        words.append(f"{progress.parts_done} of {progress.parts_planned} {unit} done")
        at_work = ", ".join(p.label for p in progress.parts if p.name in progress.running[:3])
        if at_work and job.state not in ENDED:
            words.append(f"now {at_work}")
    return ", ".join(words)


def _running(seen: Seen, progress: Progress) -> Counters | None:
    """The counters of what runs, or ran last."""
    for name in (*progress.running, *reversed(seen.begun)):
        if (told := seen.progress.get(name)) is not None:
            return msgspec.convert(told, Counters)
    return None


def _tiles(counters: Counters) -> list[tuple[str, str]]:
    planned = "" if counters.planned is None else f" / {counters.planned:,}"
    return [
        ("requests done", f"{counters.done:,}{planned}"),
        ("in flight", f"{counters.in_flight:,}"),
        ("requests/s", compact(counters.request_rate_rps)),
        ("output tokens/s", token_rate(counters)),
        ("output tokens", compact(None if (t := tokens_so_far(counters)) is None else round(t))),
        ("TTFT p50 · p99, ms", _pair(counters.ttft_p50_ms, counters.ttft_p99_ms)),
        ("ITL p50 · p99, ms", _pair(counters.itl_p50_ms, counters.itl_p99_ms)),
        ("failed", f"{sum(counters.failed.values()):,}"),
    ]


def _pair(first: float | None, second: float | None) -> str:
    return f"{number(first)} · {number(second)}"


def _row(seen: Seen, part: Part, kind: str | None) -> Cells:
    planned = "" if part.planned is None else f" / {part.planned:,}"
    done = UNKNOWN if part.done is None else f"{part.done:,}{planned}"
    if part.done is None and part.planned is not None:
        done = f"– / {part.planned:,}"
    if kind == "load test":
        return Cells(part.label, part.state, _point(seen, seen.points[part.name], part, done))
    return Cells(part.label, part.state, _subtask(seen, part, done))


def _point(seen: Seen, point: Point, part: Part, done: str) -> Sequence[str]:
    found, told = seen.summaries.get(point.name), seen.progress.get(point.name)
    if found is not None:
        return (
            f"{found.completed:,}",
            f"{found.failed:,}",
            compact(found.request_throughput_rps),
            compact(found.output_throughput_tok_s),
            *(_latency(found, key, name) for key in ("ttft_ms", "itl_ms") for name in _TWO),
            span(found.duration_s),
            "cut" if found.interrupted else "done",
        )
    if told is None:
        return (done, *[UNKNOWN] * (len(_POINT_HEADS) - 1))
    counters = msgspec.convert(told, Counters)
    latencies = (
        *(counters.ttft_p50_ms, counters.ttft_p99_ms),
        *(counters.itl_p50_ms, counters.itl_p99_ms),
    )
    return (
        done,
        f"{part.failed:,}",
        compact(counters.request_rate_rps),
        token_rate(counters),
        *map(number, latencies),
        span(counters.elapsed_s),
        counters.phase if counters.phase != "measure" else span(counters.eta_s),
    )


_TWO = ("p50", "p99")


def _latency(found: Summary, key: str, name: str) -> str:
    return percentile(found.metrics.get(key, {}), name, found.unsupported.get(key, []))


def _subtask(seen: Seen, part: Part, done: str) -> Sequence[str]:
    left = span(part.left_s) if part.state == "running" else UNKNOWN
    told = seen.scored.get(part.name)
    if told is None:
        return (done, f"{part.failed:,}", left, UNKNOWN, UNKNOWN, UNKNOWN)
    scored = msgspec.convert(told, Scored)
    main = scored.figures[scored.metric]
    return (
        done,
        f"{sum(scored.failed.values()):,}",
        left,
        f"{scored.metric} {figure(main.scored, main.amount)}",
        interval(main, main.amount),
        in_words(reason_words(scored.unscored)) or "none",
    )


def _failures(seen: Seen) -> list[tuple[str, int, str]]:
    """Of all points or subtasks together."""
    counts: Counter[str] = Counter()
    examples: dict[str, str] = {}
    for found in seen.summaries.values():
        counts.update(found.errors)
        examples |= found.error_examples
    for name, told in seen.progress.items():
        if name not in seen.summaries:
            counts.update(told["failed"])
    return [
        (kind, count, wording.one_line(examples.get(kind, ""))[:300])
        for kind, count in counts.most_common()
        if count
    ]


def _unscored(seen: Seen) -> Iterator[tuple[str, str, str, str]]:
    for name, told in seen.scored.items():
        for each in told.get("examples", ()):
            detail = each.get("detail") or each.get("why") or ""
            sample = f"{each['id']}" + (f" ({each['repeat']})" if each.get("repeat") else "")
            yield name, sample, str(each["reason"]), wording.one_line(str(detail))[:300]


def _service(running: Counters | None) -> Iterator[tuple[str, str]]:
    for name, value in ((running.server if running is not None else None) or {}).items():
        quantity = QUANTITIES.get(name)
        if quantity is None or quantity.kind == "histogram":
            continue
        plain = number(value) + f" {quantity.unit}" if quantity.unit in "WJ" else f"{value:,.0f}"
        yield quantity.title, wording.share(value) if quantity.unit == "share" else plain


def summary_of(board: Board) -> str:
    """How far a job is, in a line: ``42 %, 3 of 5 points, about 2m05s left``."""
    progress, words = board.progress, []
    if progress.share is not None:
        words.append(f"{progress.share * 100:.0f} %")
    if progress.parts_planned:
        unit = "points" if progress.kind == "load test" else "subtasks"
        words.append(f"{progress.parts_done} of {progress.parts_planned} {unit}")
    if progress.eta_s is not None and board.job.state not in ENDED:
        words.append(f"about {span(progress.eta_s)} left")
    if failed := failures({kind: count for kind, count, _ in board.failures}):
        words.append(f"failed: {failed}")
    return ", ".join(words)
