"""A run as lists show it: what it is, and what sums it up, read from its folder.

Reads, and changes nothing in the folder. Scores are shares of 1, latencies ms, ratings Elo points,
times Unix seconds; unknown is ``None``.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import msgspec

from perfbench.reports import wording
from perfbench.reports.charts import best_place, sweep_of, throughputs, waits
from perfbench.store import Run, open_run
from perfbench.types import RunKind, Summary

State = Literal["being written", "complete", "incomplete"]
"""``incomplete``: ended before its plan was done, or before it was scored; it can be resumed."""
VERDICTS = ("trusted", "strained", "saturated")
"""From the best to the worst."""


class Best(msgspec.Struct, frozen=True, kw_only=True):
    """Where a load test got most done."""

    load: str
    throughput: float
    unit: str
    wait: str | None = None
    """What users wait for: TTFT, or all of an answer where none is streamed."""
    wait_p50_ms: float | None = None
    wait_p99_ms: float | None = None
    wait_unsupported: tuple[str, ...] = ()
    """Those percentiles (``p50``, ``p99``) that too few requests bear."""


class ScoreOf(msgspec.Struct, frozen=True, kw_only=True):
    """The main figure of a model on a data set."""

    model: str
    dataset: str
    metric: str
    value: float | None
    low: float | None
    """Lower end of the 95 % interval."""
    high: float | None


class Leader(msgspec.Struct, frozen=True, kw_only=True):
    """Who is ahead in an arena."""

    model: str
    rating: float | None
    low: float | None
    high: float | None
    rank_high: int | None
    """The lowest place that the battles allow it."""


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """A run, as lists show it. Unknown is ``None``."""

    name: str
    """Of its folder, which identifies it."""
    kind: RunKind
    started_s: float
    title: str | None = None
    """What it was called."""
    model: str | None = None
    url: str | None = None
    simulated: bool = False
    datasets: tuple[str, ...] = ()
    version: str
    state: State = "complete"
    verdict: str | None = None
    """Of a load test: the worst of its points, how far the client was to be trusted."""
    points: int | None = None
    """Of a load test."""
    best: Best | None = None
    scores: tuple[ScoreOf, ...] = ()
    leader: Leader | None = None
    tags: tuple[str, ...] = ()
    note: str = ""


def read_listed(path: Path) -> Listed:
    """A run from its folder, but for what people say of it.

    Raises:
        StoreError: it cannot be read.
    """
    with open_run(path, read_only=True) as run:
        about = run.about
        found = Listed(
            name=path.name,
            kind=about.kind,
            started_s=run.started_s,
            title=str(run.config.get("name") or "") or None,
            model=about.model,
            url=about.url,
            simulated=bool(about.simulator),
            datasets=about.datasets or _datasets(run.config),
            version=run.version,
        )
        if about.kind == "load test":
            return _load_test(run, found)
        return _arena(path, found) if about.kind == "arena" else _evaluation(path, run, found)


def _datasets(config: dict[str, Any]) -> tuple[str, ...]:
    name = config.get("dataset")
    return (name,) if isinstance(name, str) else ()


def _load_test(run: Run, found: Listed) -> Listed:
    summaries = run.summaries()
    ended = all(run.facts(point) is not None for point in run.points())
    whole = bool(summaries) and ended and not any(each.interrupted for each in summaries)
    verdicts = [v for each in summaries if (v := each.client.verdict) in VERDICTS]
    return msgspec.structs.replace(
        found,
        state="complete" if whole else "incomplete",
        verdict=max(verdicts, key=VERDICTS.index, default=None),
        points=len(summaries),
        best=_best(summaries),
    )


def _best(summaries: Sequence[Summary]) -> Best | None:
    sweep = sweep_of(summaries)
    if not sweep.summaries:
        return None
    place = best_place(sweep)
    unit, done = throughputs(sweep.summaries)
    if (throughput := done[place]) is None:
        return None
    summary = sweep.summaries[place]
    wait = waits([summary])
    figures = summary.metrics.get(wait or "", {})
    return Best(
        load=wording.load_label(summary),
        throughput=throughput,
        unit=unit,
        wait=None if wait is None else wait.removesuffix("_ms").upper(),
        wait_p50_ms=figures.get("p50"),
        wait_p99_ms=figures.get("p99"),
        wait_unsupported=tuple(
            name for name in summary.unsupported.get(wait or "", ()) if name in ("p50", "p99")
        ),
    )


class _Interval(msgspec.Struct):
    value: float | None = None
    low: float | None = None
    high: float | None = None


class _Figure(msgspec.Struct):
    scored: _Interval


class _Overall(msgspec.Struct):
    figures: dict[str, _Figure]


class _Result(msgspec.Struct):
    overall: _Overall


class _Scores(msgspec.Struct):
    """The part of ``results/MODEL/DATASET.json`` that is wanted; its samples are passed over."""

    model: str
    dataset: str
    metric: str
    result: _Result


def _evaluation(path: Path, run: Run, found: Listed) -> Listed:
    scores = []
    for file in sorted(path.glob("results/*/*.json")):
        try:
            each = msgspec.json.decode(file.read_bytes(), type=_Scores)
        except (OSError, msgspec.MsgspecError):
            continue  # It can be made again from the store, and the run's page says what is wrong.
        main = each.result.overall.figures.get(each.metric)
        known = _Interval() if main is None else main.scored
        scores.append(
            ScoreOf(
                model=each.model,
                dataset=each.dataset,
                metric=each.metric,
                value=known.value,
                low=known.low,
                high=known.high,
            )
        )
    lacking = any(
        len(run.answers.asked(each.name)) < each.samples * each.repeats
        for each in run.answers.subtasks()
    )
    state: State = "incomplete" if lacking or not scores else "complete"
    return msgspec.structs.replace(found, state=state, scores=tuple(scores))


class _Row(msgspec.Struct):
    model: str
    data_set: str | None = None
    rating: float | None = None
    rating_low: float | None = None
    rating_high: float | None = None
    rank_high: int | None = None


class _Board(msgspec.Struct):
    """The part of ``leaderboard.json`` that is wanted."""

    leaderboard: list[_Row]
    interrupted: bool = False


def _arena(path: Path, found: Listed) -> Listed:
    try:
        board = msgspec.json.decode((path / "leaderboard.json").read_bytes(), type=_Board)
    except (OSError, msgspec.MsgspecError):
        return msgspec.structs.replace(found, state="incomplete")
    rated = [row for row in board.leaderboard if row.data_set is None and row.rating is not None]
    top = max(rated, key=lambda row: row.rating or 0.0, default=None)
    return msgspec.structs.replace(
        found,
        state="incomplete" if board.interrupted else "complete",
        leader=top
        and Leader(
            model=top.model,
            rating=top.rating,
            low=top.rating_low,
            high=top.rating_high,
            rank_high=top.rank_high,
        ),
    )
