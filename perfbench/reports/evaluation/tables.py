"""The rows of the tables of an evaluation, as text: AISBench's summary, EvalScope's report.

Pure functions from scores to rows; screens and files lay them out. The average over samples (micro)
is the figure named after the metric alone; the mean of the subsets' averages says ``macro``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from perfbench.evaluation.figures.aggregate import Group
from perfbench.evaluation.figures.intervals import Estimate
from perfbench.evaluation.grading import amounts
from perfbench.reports.evaluation.figures import (
    figure,
    interval,
    lacking,
    percent,
    score,
    several_subsets,
)
from perfbench.reports.wording import UNKNOWN, number

if TYPE_CHECKING:
    from perfbench.evaluation.grading import SubtaskScores

SUMMARY_COLUMNS = ("dataset", "version", "metric", "mode")
"""Before one column a model."""
SUMMARY_NOTES = (
    "Scores are per cent, over the scored answers; '(over all)' counts unscored answers as not "
    "right.",
    "Unscored answers are not wrong: coverage is the share of answers that are scored.",
    "'(macro)' is the unweighted mean of the subsets, all else averages over samples (micro).",
)
OVERALL = "OVERALL"
_SUBSETS = 6
"""Section of the summary in which subsets have their rows."""


@dataclass(frozen=True, slots=True)
class SummaryTable:
    """AISBench's summary: one row a figure, one column a model."""

    models: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    """``SUMMARY_COLUMNS``, then a cell for each model."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Titles of all columns."""
        return (*SUMMARY_COLUMNS, *self.models)


@dataclass(frozen=True, slots=True)
class ReportRow:
    """One line of EvalScope's report; scores are shares of 1."""

    model: str
    dataset: str
    metric: str
    subset: str
    number: int
    score: str
    standard_error: str
    interval: str
    scored: str
    """Scored of asked answers."""


def report_rows(scores: SubtaskScores) -> Iterator[ReportRow]:
    """Every metric: its subsets, its categories, the whole. Figures of repeats: the whole only."""
    result, plain = scores.result, amounts(scores)
    parts = several_subsets(result.subsets)
    for name, found in result.overall.figures.items():
        groups: list[tuple[str, Group, Estimate]] = []
        if parts and "@" not in name and "^" not in name:
            groups += [(g.name, g, g.figures[name].scored) for g in result.subsets]
            groups += [(f"[{g.name}]", g, g.figures[name].scored) for g in result.categories]
        whole = OVERALL if parts or not result.subsets else result.subsets[0].name
        groups.append((whole, result.overall, found.scored))
        if name == result.metric and name in result.overall.macro:
            macro = result.overall.macro[name].scored
            groups.append((f"{OVERALL} (macro)", result.overall, macro))
        for subset, group, estimate in groups:
            amount = name in plain
            yield ReportRow(
                model=scores.subtask.model,
                dataset=scores.subtask.data_set,
                metric=name,
                subset=subset,
                number=group.counts.samples,
                score=number(estimate.value) if amount else score(estimate.value),
                standard_error=score(estimate.standard_error),
                interval=interval(estimate),
                scored=f"{group.counts.scored}/{group.counts.asked}",
            )


@dataclass(frozen=True, slots=True)
class _Cell:
    """One figure of one model, and where it stands among the rows of its data set."""

    section: int
    dataset: str
    metric: str
    text: str
    idle: bool = False
    """Says nothing by itself: the row is left out if that holds of every model."""


def summary_table(scores: Sequence[SubtaskScores], subsets: bool = True) -> SummaryTable:
    """The summary of all subtasks, with or without rows for their subsets.

    Models that were asked or scored otherwise have another version, and rows of their own: those
    scores cannot be compared.
    """
    models = tuple(dict.fromkeys(each.subtask.model for each in scores))
    data_sets = list(dict.fromkeys(each.subtask.data_set for each in scores))
    versions = list(dict.fromkeys(each.subtask.version for each in scores))
    rows: dict[tuple[str, ...], dict[str, _Cell]] = {}
    places: dict[tuple[str, ...], tuple[int, ...]] = {}
    for each in scores:
        subtask = each.subtask
        before = (data_sets.index(subtask.data_set), versions.index(subtask.version))
        for order, cell in enumerate(_cells(each)):
            key = (cell.dataset, subtask.version, cell.metric, subtask.mode)
            places.setdefault(key, (*before, cell.section, order))
            rows.setdefault(key, {})[subtask.model] = cell
    return SummaryTable(
        models,
        tuple(
            (*key, *(rows[key][m].text if m in rows[key] else UNKNOWN for m in models))
            for key in sorted(rows, key=places.__getitem__)
            if not all(cell.idle for cell in rows[key].values())
            and (subsets or places[key][2] != _SUBSETS)
        ),
    )


def _cells(scores: SubtaskScores) -> Iterator[_Cell]:
    """The cells of one model's column, for one data set."""
    subtask, result = scores.subtask, scores.result
    name, metric, overall = subtask.data_set, result.metric, result.overall
    repeats = f" ({result.repeats} runs average)" if result.repeats > 1 else ""
    whole = overall.counts.scored == overall.counts.asked
    plain = amounts(scores)
    for key, found in overall.figures.items():
        title = key if "@" in key or "^" in key else key + repeats
        yield _Cell(0, name, title, figure(found.scored.value, key in plain))
    main = overall.figures[metric]
    yield _Cell(1, name, f"{metric} (over all)", percent(main.over_all.value), idle=whole)
    if metric in overall.macro:
        yield _Cell(2, name, f"{metric} (macro)", percent(overall.macro[metric].scored.value))
    for key, tie in overall.ties.items():
        yield _Cell(2, name, f"{key} ties", percent(tie), idle=tie == 0)
    yield _Cell(3, name, "coverage", percent(overall.coverage))
    for words, count in lacking(scores).items():
        yield _Cell(4, name, f"unscored: {words}", str(count), idle=count == 0)
    for group in result.categories:
        yield from _group_cells(scores, 5, group)
    if several_subsets(result.subsets):
        for group in result.subsets:
            yield from _group_cells(scores, _SUBSETS, group)


def _group_cells(scores: SubtaskScores, section: int, group: Group) -> Iterator[_Cell]:
    name = f"{scores.subtask.data_set}-{group.name}"
    metric = scores.result.metric
    yield _Cell(section, name, metric, percent(group.figures[metric].scored.value))
    whole = group.counts.scored == group.counts.asked
    yield _Cell(section, name, "coverage", percent(group.coverage), idle=whole)
