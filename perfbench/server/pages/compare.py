"""The page of a comparison: curves over each other, differences with intervals, samples and battles
that came out otherwise, leaderboards side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from markupsafe import Markup

from perfbench.evaluation.arena.differing import Meeting
from perfbench.evaluation.figures.compare import TaskComparison
from perfbench.metrics.definitions import figure_title
from perfbench.metrics.repeats import figure_of
from perfbench.reports.arena.page import agreement_words
from perfbench.reports.charts import sweep_of, wide
from perfbench.reports.comparison import page_values
from perfbench.reports.evaluation.comparison import FLIP_WORDS, difference_cells
from perfbench.reports.frame import embeddable
from perfbench.reports.wording import UNKNOWN
from perfbench.server.comparing import MOST_RUNS, boards_of, chosen_runs, compared
from perfbench.server.listed import Listed
from perfbench.server.pages.forms import run_path
from perfbench.server.routes import Call, Page, Reply, Route
from perfbench.server.shelf import Facts, OpenedArena

_MOST_FLIPS = 500
"""Listed of one task, and of one arena."""
_CURVES = (
    ("output_throughput_tok_s", ("output_throughput_tok_s",)),
    ("request_throughput_rps", ("request_throughput_rps",)),
    ("ttft", ("ttft_ms.p50", "ttft_ms.p99")),
    ("tpot", ("tpot_ms.p50", "tpot_ms.p99")),
    ("e2e", ("e2e_ms.p50", "e2e_ms.p99")),
)
"""Charts, and the figures that each draws."""
_COLOURS = (
    *("#4385be", "#da702c", "#879a39", "#8b7ec8", "#d14d41"),
    *("#3aa99f", "#d0a215", "#ce5d97", "#7a7f87", "#9d6b3f"),
)
"""Of the runs; readable on light and on dark ground."""


async def _compare(call: Call) -> Reply:
    names = call.request.query.getall("run", [])
    if not names:
        return Page("compare.html.j2", {"runs": [], "most": MOST_RUNS})
    server = call.server
    runs = await chosen_runs(server.library, names)
    found = await compared(server.shelf, server.library, runs)
    values: dict[str, Any] = {"runs": runs, "most": MOST_RUNS, "kind": runs[0].kind}
    if found.load_tests is not None:
        facts = [await server.shelf.facts(server.library.path(run.name)) for run in runs]
        charts = _charts([run.name for run in runs], facts)
        values |= {**page_values(found.load_tests), "charts": charts, "colours": _COLOURS}
        values |= {"compared": values.pop("runs"), "runs": runs}
        values["data"] = Markup(embeddable(charts))
    elif found.evaluations:
        values["pairs"] = [
            {
                "run": run,
                "comparison": each,
                "tasks": [_task(task, runs[0].name, run.name) for task in each.tasks],
            }
            for run, each in zip(runs[1:], found.evaluations, strict=True)
        ]
    else:
        values["boards"] = boards_of(found)
        values["meetings"] = [
            {
                "run": run,
                "meeting": each,
                **_reversals(each, found.arenas[0], (runs[0], run)),
            }
            for run, each in zip(runs[1:], found.meetings, strict=True)
        ]
    return Page("compare.html.j2", values)


def _charts(names: Sequence[str], facts: Sequence[Facts]) -> list[dict[str, Any]]:
    """Each figure against the load: a line for each run."""
    sweeps = [sweep_of(each.summaries) for each in facts]
    titles = {sweep.title for sweep in sweeps if sweep.summaries}
    found = []
    for key, figures in _CURVES:
        lines = [
            {
                "run": name,
                "name": figure.rpartition(".")[2] if "." in figure else "",
                "dashed": place > 0,
                "colour": _COLOURS[at],
                "points": sorted(
                    (x, value)
                    for x, summary in zip(sweep.places, sweep.summaries, strict=True)
                    if (value := figure_of(summary, figure)) is not None
                ),
            }
            for at, (name, sweep) in enumerate(zip(names, sweeps, strict=True))
            for place, figure in enumerate(figures)
        ]
        drawn: list[Any] = [line for line in lines if line["points"]]
        xs = sorted({x for line in drawn for x, _ in line["points"]})
        if len(xs) < 2 or len(titles) > 1:
            continue
        ys = [y for line in drawn for _, y in line["points"]]
        title = figure_title(figures[0]).replace(" p50", "")
        found.append(
            {
                "key": key,
                "title": title,
                "xTitle": next(iter(titles)),
                "xLog": wide(xs),
                "yLog": wide(ys),
                "lines": drawn,
            }
        )
    return found


def _task(task: TaskComparison, a: str, b: str) -> dict[str, Any]:
    found, counts = task.scored, task.flip_counts
    return {
        "task": task.task,
        "verdict": task.verdict,
        "warnings": task.warnings,
        "cells": difference_cells(task),
        "real": UNKNOWN if found.real is None else "yes" if found.real else "not shown",
        "counts": [(FLIP_WORDS[kind], number) for kind, number in counts.items()],
        "only": (len(task.only_a), len(task.only_b)),
        "flips": [
            {
                "flip": flip,
                "kind": FLIP_WORDS[flip.kind],
                "a": _sample(a, task.task, flip.subset, flip.sample_id),
                "b": _sample(b, task.task, flip.subset, flip.sample_id),
            }
            for flip in task.flips[:_MOST_FLIPS]
        ],
        "more": max(0, len(task.flips) - _MOST_FLIPS),
    }


def _reversals(meeting: Meeting, arena: OpenedArena, runs: Sequence[Listed]) -> dict[str, Any]:
    questions = arena.found.roster.questions
    a, b = (run_path(run.name, "battles") for run in runs)
    return {
        "kappa": agreement_words(meeting.kappa),
        "reversals": [
            {
                "asked": questions[each.question],
                "models": each.models,
                "a": (each.winner_a, f"{a}/{each.a}"),
                "b": (each.winner_b, f"{b}/{each.b}"),
            }
            for each in meeting.reversals[:_MOST_FLIPS]
        ],
        "more": max(0, len(meeting.reversals) - _MOST_FLIPS),
    }


def _sample(run: str, task: str, subset: str, sample_id: str) -> str:
    query = urlencode({"task": task, "subset": subset, "id": sample_id})
    return f"{run_path(run, 'samples', 'of')}?{query}"


ROUTES = (Route("GET", "/compare", _compare, hidden=True),)
