"""Writes a run in the words of other tools: their files, and the page that explains them.

All is made from the store, so it can be made again at any time. Holds the columns of one point at a
time; of the points before it the terms and documents.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from perfbench import registry
from perfbench.errors import StoreError
from perfbench.metrics.columns import Columns
from perfbench.reports import wording
from perfbench.reports.frame import describe, fill
from perfbench.reports.words.material import Material
from perfbench.reports.words.show import rows
from perfbench.reports.words.term import Sheet, Tool
from perfbench.store import Run
from perfbench.types import Point, PointFacts, Summary

FOLDER = "words"
PAGE = "words.html"


def load_tools(names: Sequence[str]) -> dict[str, Tool]:
    """The tools of these names, in order and once each.

    Raises:
        ConfigError: there is none of that name.
    """
    return {name: registry.resolve(registry.WORDS, name) for name in names}


def write_words(
    run: Run, summaries: Sequence[Summary], tools: Mapping[str, Tool]
) -> dict[str, list[Sheet]]:
    """Write ``words/TOOL/…`` for each tool, and ``words.html``; returns what is in them, without
    points in which nothing was sent.

    Args:
        summaries: our figures of each point of the run.
        tools: by name.

    Raises:
        StoreError: the run cannot be read, or its folder cannot be written.
    """
    found: dict[str, list[Sheet]] = {name: [] for name in tools}
    points = {point.name: point for point in run.points()}
    for summary, label in zip(summaries, wording.load_labels(summaries), strict=True):
        material = _material(run, points[summary.name], summary, label)
        if np.isnan(material.asked.sent_ns).all():
            continue  # Nothing was sent: no tool has a word for that.
        for name, tool in tools.items():
            found[name].append(tool.read(material))
    try:
        for name, tool in tools.items():
            for path, content in tool.files(found[name]).items():
                _write(run.path / FOLDER / name / path, content)
        page = _page(run, found, tools).encode("utf-8", "replace")
        (run.path / PAGE).write_bytes(page)
    except OSError as error:
        reason = error.strerror or str(error)
        raise StoreError(f"cannot write the words of {run.path}: {reason}") from None
    return found


def _material(run: Run, point: Point, summary: Summary, label: str) -> Material:
    columns = run.columns(point)
    return Material(
        point=point,
        label=label,
        summary=summary,
        asked=columns,
        start_ns=_start_ns(run, point, columns, run.facts(point)),
        config=run.config,
        model=run.about.model or "unknown",
        url=run.about.url or "",
    )


def _start_ns(run: Run, point: Point, columns: Columns, facts: PointFacts | None) -> float | None:
    """When the measured load began, on the clock of the columns: with the point, or after a warm-up
    with what was planned first. ``None`` where no plan says it."""
    if facts is not None and facts.start_ns is not None and not point.warmup:
        start_ns = float(facts.start_ns - run.origin_ns)
    elif np.isnan(columns.due_ns).all():
        return None
    else:
        start_ns = float(np.nanmin(columns.due_ns))
    # Never after the first send: a closed loop may begin before its start is stamped.
    return min(start_ns, float(np.nanmin(columns.sent_ns, initial=np.inf)))


def _write(path: Path, content: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, str):
        path.write_bytes(content.encode("utf-8", "replace"))
    else:
        path.write_bytes(msgspec.json.format(msgspec.json.encode(content), indent=2) + b"\n")


def _page(run: Run, found: Mapping[str, Sequence[Sheet]], tools: Mapping[str, Tool]) -> str:
    about = describe(run)
    values = {
        "tools": [
            {
                "name": name,
                "tool": tools[name],
                "files": sorted(str(path) for path in tools[name].files(sheets)),
                "points": [
                    {"label": sheet.label, "rows": rows(sheet), "notes": sheet.notes}
                    for sheet in sheets
                ],
            }
            for name, sheets in found.items()
        ],
        "folder": FOLDER,
    }
    about = replace(about, title=f"{about.title}, in other tools' words")
    return fill("words.html.j2", about, ("report.css", "words.css"), (), values)
