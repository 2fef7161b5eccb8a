"""What a run's folder holds, as EvalScope's API answers it.

Reads the files that a run leaves; measures and scores nothing. Scores are shares of 1; unknown is
null.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from perfbench import registry
from perfbench.errors import StoreError
from perfbench.reports.words.write import FOLDER

_TABLE = (
    ("Concurrency", "Concurrency"),
    ("Rate (req/s)", "Request Rate (req/s)"),
    ("Requests", "Total Requests"),
    ("RPS", "Req Throughput (req/s)"),
    ("Avg latency (s)", "Avg Latency (s)"),
    ("P99 latency (s)", "Latency (s)"),
    ("Avg TTFT (ms)", "Avg TTFT (ms)"),
    ("P99 TTFT (ms)", "TTFT (ms)"),
    ("Avg TPOT (ms)", "Avg TPOT (ms)"),
    ("P99 TPOT (ms)", "TPOT (ms)"),
    ("Output (tok/s)", "Output Throughput (tok/s)"),
)
"""Heads of the table of a load test, and what of a point they show: a percentile where it starts
with one."""


class _Counts(msgspec.Struct, frozen=True):
    scored: int


class _Value(msgspec.Struct, frozen=True):
    value: float | None


class _Figure(msgspec.Struct, frozen=True):
    scored: _Value


class _Part(msgspec.Struct, frozen=True):
    name: str
    category: str | None
    counts: _Counts
    figures: dict[str, _Figure]

    def score(self, metric: str) -> float | None:
        figure = self.figures.get(metric)
        return None if figure is None else figure.scored.value


class _Result(msgspec.Struct, frozen=True):
    metric: str
    overall: _Part
    subsets: list[_Part]


class _Scored(msgspec.Struct, frozen=True):
    """What is read of a file of ``results``."""

    model: str
    dataset: str
    name: str
    result: _Result


def load_test(folder: Path) -> dict[str, Any]:
    """Each load of a load test by its name: ``metrics``, and ``percentiles`` by quantity."""
    found = {}
    for place in sorted((folder / FOLDER / "evalscope").glob("*/benchmark_summary.json")):
        rows = _json(place.with_name("benchmark_percentile.json")) or []
        names = dict.fromkeys(name for row in rows for name in row)
        found[place.parent.name] = {
            "metrics": _json(place),
            "percentiles": {name: [row.get(name) for row in rows] for name in names},
        }
    return dict(sorted(found.items(), key=lambda each: _load(each[1]["metrics"])))


def evaluation(folder: Path) -> dict[str, Any]:
    """A report for each data set, by its name; of several models by model and data set.

    Raises:
        StoreError: a file of the results cannot be read.
    """
    reports = [_report(each) for each in _scored(folder)]
    several = len({report["model_name"] for report in reports}) > 1
    return {report["name" if several else "dataset_name"]: report for report in reports}


def load_table(results: Mapping[str, Any]) -> str:
    """The loads of a load test as a Markdown table."""
    heads = [head for head, _ in _TABLE]
    lines = [heads, ["---"] * len(heads)]
    lines += [[_cell(point, *column) for column in _TABLE] for point in results.values()]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def evaluation_table(folder: Path) -> str:
    """The scores of an evaluation as a Markdown table; empty if it has none."""
    files = sorted((folder / "summary").glob("summary_*.md"))
    return files[-1].read_text(encoding="utf-8") if files else ""


def _cell(point: Mapping[str, Any], head: str, name: str) -> str:
    value = point["metrics"].get(name)
    if head.startswith("P99"):
        spread = point["percentiles"]
        labels: Sequence[str] = spread.get("Percentiles", [])
        value = spread[name][labels.index("99%")] if "99%" in labels and name in spread else None
    return "–" if value is None else f"{value:g}"


def _load(metrics: Mapping[str, Any]) -> tuple[float, float]:
    return metrics.get("Concurrency") or 0, metrics.get("Request Rate (req/s)") or 0


def _scored(folder: Path) -> Iterator[_Scored]:
    for path in sorted((folder / "results").glob("*/*.json")):
        try:
            yield msgspec.json.decode(path.read_bytes(), type=_Scored)
        except (OSError, msgspec.DecodeError) as error:
            raise StoreError(f"{path}: {error}") from None


def _report(scored: _Scored) -> dict[str, Any]:
    """A report as EvalScope writes it: metric, category, subset."""
    result = scored.result
    title = _title(scored.name)
    return {
        "name": f"{scored.model}@{scored.dataset}",
        "dataset_name": scored.dataset,
        "dataset_pretty_name": title.partition(":")[0],
        "dataset_description": title,
        "model_name": scored.model,
        "score": result.overall.score(result.metric),
        "metrics": [_metric(name, result) for name in result.overall.figures],
    }


def _metric(name: str, result: _Result) -> dict[str, Any]:
    categories = dict.fromkeys(part.category or "default" for part in result.subsets)
    return {
        "name": name,
        **_totals(name, [result.overall]),
        "macro_score": _mean([part.score(name) for part in result.subsets]),
        "categories": [
            {
                "name": [category],
                **_totals(name, parts),
                "macro_score": _mean([part.score(name) for part in parts]),
                "subsets": [{"name": part.name, **_totals(name, [part])} for part in parts],
            }
            for category in categories
            for parts in [[p for p in result.subsets if (p.category or "default") == category]]
        ],
    }


def _totals(name: str, parts: Sequence[_Part]) -> dict[str, Any]:
    """How many answers were scored, and their mean."""
    known = [
        (part.counts.scored, score) for part in parts if (score := part.score(name)) is not None
    ]
    count = sum(number for number, _ in known)
    mean = sum(number * score for number, score in known) / count if count else None
    return {"num": count, "score": None if mean is None else round(mean, 4)}


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return round(sum(known) / len(known), 4) if known else None


def _title(name: str) -> str:
    task = name.partition("-")[0]
    return str(registry.resolve(registry.TASKS, task).title) if task in registry.TASKS else name


def _json(path: Path) -> Any:
    """What a file of the run holds; ``None`` if it cannot be read."""
    try:
        return msgspec.json.decode(path.read_bytes())
    except (OSError, msgspec.DecodeError):
        return None
