"""The rows of the tables of an evaluation, as text: AISBench's summary, EvalScope's report.

Pure functions from scores to rows; screens and files lay them out. The average over samples (micro)
is the figure named after the metric alone; the mean of the subsets' averages says ``macro``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
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
    several_subsets,
)
from perfbench.reports.wording import UNKNOWN

if TYPE_CHECKING:
    from perfbench.evaluation.grading import SubtaskScores
    from perfbench.types import Subtask

SUMMARY_COLUMNS = ("dataset", "version", "metric", "mode")
"""Before one column a model."""
SUMMARY_NOTES = (
    "Scores are per cent, over the scored answers; '(over all)' counts unscored answers as not "
    "right.",
    "Unscored answers are not wrong: coverage is the share of answers that are scored.",
    "'(macro)' is the unweighted mean of the subsets, all else averages over samples (micro).",
)
_MIXED_NOTE = (
    "Behind a score stands its version where models were asked or scored otherwise: such scores "
    "cannot be compared."
)
OVERALL = "OVERALL"
_SUBSETS = 6
"""Section of the summary in which subsets have their rows."""


@dataclass(frozen=True, slots=True)
class SummaryRow:
    """One figure of one data set: a cell for each model."""

    dataset: str
    metric: str
    mode: str
    versions: tuple[str | None, ...]
    """By model; ``None`` for one that was not asked this data set."""
    cells: tuple[str, ...]

    @property
    def mixed(self) -> bool:
        """Whether the models were asked or scored otherwise: their scores cannot be compared."""
        return len(set(self.versions) - {None}) > 1

    def shown(self) -> tuple[str, ...]:
        """For people: the version in its column if it is one, else behind each score."""
        if not self.mixed:
            return (self.dataset, self._versions(), self.metric, self.mode, *self.cells)
        cells = (
            cell if version is None else f"{cell} [{version}]"
            for cell, version in zip(self.cells, self.versions, strict=True)
        )
        return (self.dataset, UNKNOWN, self.metric, self.mode, *cells)

    def plain(self) -> tuple[str, ...]:
        """For programs: cells hold figures alone and nothing where unknown; several versions stand
        in one cell, in the order of the models."""
        cells = ("" if cell == UNKNOWN else cell for cell in self.cells)
        return (self.dataset, self._versions(), self.metric, self.mode, *cells)

    def _versions(self) -> str:
        if self.mixed:
            return "/".join(version or "" for version in self.versions)
        return next((version for version in self.versions if version is not None), "")


@dataclass(frozen=True, slots=True)
class SummaryTable:
    """AISBench's summary: one row a figure, one column a model."""

    models: tuple[str, ...]
    figures: tuple[SummaryRow, ...]

    @property
    def rows(self) -> tuple[tuple[str, ...], ...]:
        """``SUMMARY_COLUMNS``, then a cell for each model."""
        return tuple(row.shown() for row in self.figures)

    @property
    def columns(self) -> tuple[str, ...]:
        """Titles of all columns."""
        return (*SUMMARY_COLUMNS, *self.models)

    @property
    def notes(self) -> tuple[str, ...]:
        """What must be known to read it."""
        mixed = any(row.mixed for row in self.figures)
        return (*SUMMARY_NOTES, _MIXED_NOTE) if mixed else SUMMARY_NOTES


@dataclass(frozen=True, slots=True)
class ReportRow:
    """One line of EvalScope's report; scores are per cent."""

    model: str
    dataset: str
    metric: str
    subset: str
    number: int | None
    """Samples; ``None`` where the data set is not there."""
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
            number, scored = group.counts.samples, f"{group.counts.scored}/{group.counts.asked}"
            if name != result.metric and estimate.samples < _speaking(group, result.metric):
                # A metric that not every answer has: BLEU of one language among several.
                number, scored = estimate.samples, f"{estimate.samples}/{estimate.samples}"
            yield ReportRow(
                model=scores.subtask.model,
                dataset=scores.subtask.data_set,
                metric=name,
                subset=subset,
                number=number,
                score=figure(estimate.value, amount),
                standard_error=figure(estimate.standard_error, amount),
                interval=interval(estimate, amount),
                scored=scored,
            )


def _speaking(group: Group, metric: str) -> int:
    """Samples with a scored answer."""
    return group.figures[metric].scored.samples


def missing_rows(subtasks: Sequence[Subtask]) -> Iterator[ReportRow]:
    """A line for each data set that was asked for and is not there."""
    for each in subtasks:
        cells = (UNKNOWN,) * 4
        yield ReportRow(each.model, each.data_set, UNKNOWN, "absent", None, *cells)


@dataclass(frozen=True, slots=True)
class _Cell:
    """One figure of one model, and where it stands among the rows of its data set."""

    section: int
    dataset: str
    metric: str
    text: str
    idle: bool = False
    """Says nothing by itself: the row is left out if that holds of every model."""


def summary_table(
    scores: Sequence[SubtaskScores], subsets: bool = True, absent: Sequence[Subtask] = ()
) -> SummaryTable:
    """The summary of all subtasks, with or without rows for their subsets.

    Args:
        absent: those whose data set is not there: a row each that says so.
    """
    models = tuple(dict.fromkeys(each.subtask.model for each in scores))
    data_sets = list(dict.fromkeys(each.subtask.data_set for each in scores))
    missing = dict.fromkeys(each.data_set for each in absent if each.data_set not in data_sets)
    rows: dict[tuple[str, str, str], dict[str, tuple[_Cell, str]]] = {}
    places: dict[tuple[str, str, str], tuple[int, ...]] = {}
    for each in scores:
        subtask = each.subtask
        for order, cell in enumerate(_cells(each)):
            key = (cell.dataset, cell.metric, subtask.mode)
            places.setdefault(key, (data_sets.index(subtask.data_set), cell.section, order))
            rows.setdefault(key, {})[subtask.model] = (cell, subtask.version)
    nothing = (None,) * len(models), (UNKNOWN,) * len(models)
    return SummaryTable(
        models,
        (
            *(
                _summary_row(key, rows[key], models)
                for key in sorted(rows, key=places.__getitem__)
                if not all(cell.idle for cell, _ in rows[key].values())
                and (subsets or places[key][1] != _SUBSETS)
            ),
            *(SummaryRow(name, "absent", "", *nothing) for name in missing),
        ),
    )


def _summary_row(
    key: tuple[str, str, str], found: Mapping[str, tuple[_Cell, str]], models: Sequence[str]
) -> SummaryRow:
    return SummaryRow(
        *key,
        versions=tuple(found[model][1] if model in found else None for model in models),
        cells=tuple(found[model][0].text if model in found else UNKNOWN for model in models),
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
    for kind, count in scores.verdicts.items():
        yield _Cell(4, name, f"programs: {kind.replace('_', ' ')}", str(count))
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
