"""What every sink sends, whatever the tracker: names, series, tables, files.

Owns the names of the series, each ``section/figure``. Knows no tracker. Unknown figures are left
out of series and are ``None`` in tables. Units are in the names, as in ``summary.json``; scores
are shares of 1.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from msgspec.structs import replace

from perfbench.reports.sinks.charts import (
    Chart,
    load_charts,
    load_outcome,
    score_charts,
    score_outcome,
)
from perfbench.store.about import environment
from perfbench.types import (
    Asked,
    Event,
    Note,
    Point,
    PointFinished,
    Progress,
    RunStarted,
    Scored,
    SubtaskFacts,
    Summary,
)

LOAD = "load"
"""The axis of the per-point series: the setting that the run sweeps, see :func:`load_axis`."""
TIME = "time_s"
"""The axis of the live series: seconds under load (see :class:`LiveClock`), or seconds since a
subtask began to ask."""

STATISTICS = ("mean", "p50", "p90", "p99", "max")
"""What is sent of a metric; ``summary.json``, which is kept too, has all."""

LONGEST_TAG = 64
"""Characters; trackers refuse longer ones."""


@dataclass(frozen=True, slots=True)
class Series:
    """Figures that belong together: one value of each series, and of their axis."""

    axis: str | None
    """Which of the values the others are drawn over; ``None`` if they stand alone."""
    step: int
    """Rows of this axis before this one."""
    place: int
    """Where on the axis it stands, for trackers that count it in whole numbers: the load where all
    loads are whole, seconds; else its step."""
    values: Mapping[str, float]

    def sections(self) -> set[str]:
        """What stands before the slash in the names."""
        return {name.partition("/")[0] for name in self.values if name != self.axis}


@dataclass(frozen=True, slots=True)
class Table:
    """Columns by name, and their rows."""

    columns: list[str]
    rows: list[list[Any]]


class Account:
    """One run, event by event, as what a tracker is sent of it."""

    def __init__(self, started: RunStarted) -> None:
        self.folder = Path(started.path)
        """The results folder."""
        self.kind = started.kind
        self.config = {**started.config, "environment": {**environment(), "cpus": os.cpu_count()}}
        """Settings, what is asked or swept, and the machine, which a sink process runs on too."""
        self.tags = _tags(started)
        self._sections = sections(started.subtasks)
        self._subtasks = {subtask.name: subtask for subtask in started.subtasks}
        self._axis = load_axis(started.points)
        # A search by rate knows only its first load.
        loads = [float(getattr(point, self._axis)) for point in started.points]
        self._whole = all(map(float.is_integer, loads)) and (self._axis != "rate" or len(loads) > 1)
        if started.kind == "load test":
            self.config["load_axis"] = self._axis
        else:
            self.config["subtasks"] = {
                self._sections[each.name]: {
                    "model": each.served_model,
                    "dataset": each.dataset,
                    "version": each.version,
                    "samples": each.samples,
                    "repeats": each.repeats,
                }
                for each in started.subtasks
            }
        self._clock = LiveClock()
        self._steps: Counter[str | None] = Counter()
        self._summaries: list[Summary] = []
        self._scores: list[Scored] = []
        self._notes: list[str] = []

    def hear(self, event: Event) -> Series | None:
        """Take in what has happened; the figures to send at once, if it has any."""
        match event:
            case Progress():
                if (section := self._sections.get(event.name)) is None:
                    time_s, section = self._clock.time_s(event), "live"
                else:
                    time_s, section = event.elapsed_s, f"live {section}"
                return self._series(TIME, live_series(event, time_s, section))
            case PointFinished(point, summary):
                self._summaries.append(summary)
                place = getattr(point, self._axis)
                return self._series(LOAD, {LOAD: place, **metric_series(summary)})
            case Scored():
                self._scores.append(event)
                return self._series(None, score_series(event, self._sections[event.name]))
            case Note(text):
                self._notes.append(text)
            case Asked(name, str(error)):
                self._notes.append(f"{name}: {error}")
        return None

    def tables(self) -> dict[str, Table]:
        """The figures of the whole run, and its notes if there are any."""
        found = {}
        if self._summaries:
            found["summary"] = summary_table(self._summaries)
        if self._scores:
            found["scores"] = score_table(self._scores, self._subtasks)
        if asked := [each for each in self._scores if each.performance]:
            loads = [replace(s.performance[-1], name=self._sections[s.name]) for s in asked]
            found["load"] = summary_table(loads)
        if self._notes:
            found["notes"] = Table(["note"], [[text] for text in self._notes])
        return found

    def charts(self) -> list[Chart]:
        """The composed charts of the whole run."""
        return load_charts(self._summaries) + score_charts(self._scores, self._subtasks)

    def outcome(self) -> dict[str, float | str]:
        """The few figures that stand for the run."""
        found = load_outcome(self._summaries) if self._summaries else {}
        return found | score_outcome(self._scores, self._sections)

    def settings(self) -> dict[str, str | float | bool]:
        """The settings that are known, by name with dots, for trackers that show them in a row."""
        return dict(_flattened("", self.config))

    def verdicts(self) -> dict[str, str]:
        """What the client says of itself, by point, or by subtask and time that it asked."""
        found = {summary.name: summary for summary in self._summaries}
        for each in self._scores:
            section, times = self._sections[each.name], len(each.performance)
            for time, summary in enumerate(each.performance, 1):
                found[section if times == 1 else f"{section} ({time} of {times})"] = summary
        return {
            name: f"{summary.client.verdict or 'unknown'}: {summary.client.reason}"
            for name, summary in found.items()
        }

    def _series(self, axis: str | None, values: Mapping[str, float]) -> Series:
        step = self._steps[axis]
        self._steps[axis] += 1
        place = int(values[axis]) if axis == TIME or (axis == LOAD and self._whole) else step
        return Series(axis, step, place, values)


LoadAxis = Literal["rate", "parallel", "input_length", "index"]


def load_axis(points: Sequence[Point]) -> LoadAxis:
    """The field of the points that is known and different in each: what the run sweeps.

    ``index`` when there is none (the same load twice), so that no two points fall on each other.
    """
    candidates: tuple[LoadAxis, ...] = ("rate", "parallel", "input_length")
    for name in candidates:
        values = {getattr(point, name) for point in points}
        if len(values) == len(points) and None not in values:
            return name
    return "index"


def metric_series(summary: Summary) -> dict[str, float]:
    """A point's figures by name, for example ``ttft_ms/p99`` or ``throughput/output_tok_s``: five
    statistics of a metric that is not 0 throughout, and of counts that are usually 0 only those
    that are not.
    """
    tokens, client, ledger = summary.tokens, summary.client, summary.ledger
    series: dict[str, float | int | None] = {
        "requests/parallel": summary.parallel,
        "requests/rate_rps": summary.rate,
        "requests/sent_rate_rps": summary.sent_rate_rps,
        "requests/mean_in_flight": summary.mean_in_flight,
        "requests/completed": summary.completed,
        "requests/failed": summary.failed,
        "requests/lost": (ledger.lost or None) if ledger else None,
        "requests/unsent": (ledger.unsent or None) if ledger else None,
        "requests/abandoned": summary.abandoned or None,
        "requests/duration_s": summary.duration_s,
        "throughput/requests_rps": summary.request_throughput_rps,
        "throughput/output_tok_s": summary.output_throughput_tok_s,
        "throughput/total_tok_s": summary.total_throughput_tok_s,
        "tokens/input": tokens.input_tokens,
        "tokens/output": tokens.output_tokens,
        "tokens/cached_share": tokens.cached_share,
        "client/cpu_us_per_event": client.cpu_us_per_event,
        "client/send_lag_ms_p99": client.send_lag_ms.get("p99"),
        "client/read_delay_ms_p99": client.read_delay_ms.get("p99"),
    }
    if summary.goodput is not None:
        series |= {
            "goodput/attainment": summary.goodput.attainment,
            "goodput/requests_rps": summary.goodput.request_goodput_rps,
            "goodput/output_tok_s": summary.goodput.output_goodput_tok_s,
        }
    series |= {
        f"objectives/{_flat(each.expression)}": {"met": 1, "missed": 0, "unknown": None}[
            each.attained
        ]
        for each in summary.objectives or ()
    }
    series |= {f"errors/{kind}": count or None for kind, count in summary.errors.items()}
    for name, figures in summary.metrics.items():
        # Without reasoning the first output token is the first token.
        said_again = name == "ttfo_ms" and figures == summary.metrics.get("ttft_ms")
        if figures.get("max") and not said_again:
            series |= {f"{name}/{stat}": figures.get(stat) for stat in STATISTICS}
    return {name: value for name, value in series.items() if value is not None}


def _tags(started: RunStarted) -> list[str]:
    """By which a run is found again: its kind, models, endpoint and data."""
    config = started.config
    words = ["perfbench", started.kind, config.get("api"), config.get("model")]
    words += [each.model for each in started.subtasks]
    words += [each.dataset for each in started.subtasks] or [config.get("dataset")]
    words += ["simulator"] if started.simulated else []
    return [str(word)[:LONGEST_TAG] for word in dict.fromkeys(words) if word]


class LiveClock:
    """Joins the elapsed times of successive points to one axis: seconds under load."""

    def __init__(self) -> None:
        self._point: int | None = None
        self._before_s = 0.0
        self._elapsed_s = 0.0

    def time_s(self, progress: Progress) -> float:
        """Where ``progress`` stands on the axis."""
        if progress.index != self._point:
            self._point = progress.index
            self._before_s += self._elapsed_s
        self._elapsed_s = progress.elapsed_s
        return self._before_s + progress.elapsed_s


def live_series(progress: Progress, time_s: float, section: str = "live") -> dict[str, float]:
    """The counters of a running point or subtask, at ``time_s`` of its axis."""
    series: dict[str, float | int | None] = {
        "point": progress.index,
        "in_flight": progress.in_flight,
        "sent": progress.sent,
        "done": progress.done,
        "failed": sum(progress.failed.values()),
        "events": progress.events,
        "output_tokens": progress.output_tokens,
        "requests_rps": progress.request_rate_rps,
        "events_per_s": progress.event_rate_eps,
        "ttft_ms": progress.ttft_ms,
        "tpot_ms": progress.tpot_ms,
    }
    known = {f"{section}/{name}": value for name, value in series.items() if value is not None}
    return {TIME: time_s, **known}


def sections(subtasks: Sequence[SubtaskFacts]) -> dict[str, str]:
    """The section of each subtask's figures: its data set, so that runs of different models can be
    laid side by side; model and data set where a run has several models.
    """
    several = len({subtask.model for subtask in subtasks}) > 1
    names = {
        each.name: f"{each.model} {each.dataset}" if several else each.dataset for each in subtasks
    }
    return {name: _flat(section) for name, section in names.items()}


_OF_LOAD = (
    *("requests/failed", "throughput/output_tok_s", "ttft_ms/p50", "ttft_ms/p99"),
    *("tpot_ms/p50", "tpot_ms/p99", "e2e_ms/p99"),
)
"""What is a series of its own of a subtask's load; the table ``load`` has all."""


def score_series(scores: Scored, section: str) -> dict[str, float]:
    """A subtask's figures by name: ``gsm8k/accuracy``, ``mmlu subset/astronomy``, and those of its
    load when it asked last: ``mmlu load/ttft_ms p99``."""
    main = scores.figures[scores.metric]
    unscored = sum(scores.unscored.values())
    series: dict[str, float | None] = {
        **{f"{section}/{_flat(name)}": found.scored for name, found in scores.figures.items()},
        f"{section}/{_flat(scores.metric)} low": main.low,
        f"{section}/{_flat(scores.metric)} high": main.high,
        f"{section}/{_flat(scores.metric)} over all": main.over_all,
        f"{section}/answers": scores.answers,
        f"{section}/scored": scores.answers - unscored,
        **{f"{section}/unscored {why}": count or None for why, count in scores.unscored.items()},
    }
    if len(scores.parts) > 1:
        series |= {f"{section} {p.kind}/{_flat(p.name)}": p.scored for p in scores.parts}
    for summary in scores.performance[-1:]:
        load = metric_series(summary)
        known = {name: load[name] for name in _OF_LOAD if name in load}
        series |= {f"{section} load/{name.replace('/', ' ')}": each for name, each in known.items()}
    return {name: value for name, value in series.items() if value is not None}


def _flattened(name: str, value: Any) -> Iterator[tuple[str, str | float | bool]]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _flattened(f"{name}.{key}" if name else str(key), item)
    elif isinstance(value, (list, tuple)):
        if value:
            yield name, " ".join(map(str, value))
    elif value is not None and value != "":
        yield name, value if isinstance(value, (bool, int, float)) else str(value)


def _flat(name: str) -> str:
    """Without slashes: trackers make a section of what is before one."""
    return name.replace("/", "_")


def score_table(scores: Sequence[Scored], subtasks: Mapping[str, SubtaskFacts]) -> Table:
    """One row for each figure of a subtask, then for each of its categories and subsets."""
    columns = ["model", "dataset", "version", "part", "metric"]
    columns += ["scored", "low", "high", "over_all", "answers", "unscored"]
    return Table(columns, [row for each in scores for row in _rows(each, subtasks[each.name])])


def _rows(scores: Scored, subtask: SubtaskFacts) -> Iterator[list[Any]]:
    about = [subtask.model, subtask.dataset, subtask.version]
    for name, found in scores.figures.items():
        counts = [scores.answers, sum(scores.unscored.values())]
        yield [*about, "all", name, found.scored, found.low, found.high, found.over_all, *counts]
    for part in scores.parts:
        counts = [part.answers, sum(part.unscored.values())]
        title = f"{part.kind} {part.name}"
        yield [*about, title, scores.metric, part.scored, None, None, None, *counts]


def summary_table(summaries: Sequence[Summary]) -> Table:
    """One row for each point; metrics that no point has are left out."""
    metrics = dict.fromkeys(name for summary in summaries for name in summary.metrics)
    known = [
        name for name in metrics if any(s.metrics.get(name, {}).get("count") for s in summaries)
    ]
    plain = [
        *("name", "parallel", "rate", "input_length", "completed", "failed", "duration_s"),
        *("request_throughput_rps", "output_throughput_tok_s", "total_throughput_tok_s"),
    ]
    columns = [*plain, *(f"{name} {stat}" for name in known for stat in STATISTICS), "client"]
    rows = [
        [
            *(getattr(summary, name) for name in plain),
            *(summary.metrics.get(name, {}).get(stat) for name in known for stat in STATISTICS),
            summary.client.verdict,
        ]
        for summary in summaries
    ]
    return Table(columns, rows)


def plots(run: Path) -> list[Path]:
    """The plots of a results folder, in order of name."""
    return sorted(run.glob("plots/*.png"))


def artefacts(run: Path) -> list[Path]:
    """The files of a results folder that sinks keep; records stay where they are."""
    named = [run / name for name in ("summary.json", "report.html")]
    found = [*(path for path in named if path.is_file()), *plots(run)]
    return [*found, *sorted(run.glob("summary/*.csv"))]
