"""What is shown of the judges behind a score: a row for each, and lines on how far they agree.

Pure functions from an evaluation to text. Shares are shown as per cent, prices in the currency they
were given in; unknown is an en dash.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from perfbench.evaluation.figures.agreement import Agreement
from perfbench.reports.evaluation.figures import interval, percent
from perfbench.reports.wording import UNKNOWN, number

if TYPE_CHECKING:
    from perfbench.evaluation.figures.intervals import Estimate
    from perfbench.evaluation.figures.judges import JudgeFigures, PanelFigures
    from perfbench.evaluation.grading import SubtaskScores
    from perfbench.evaluation.outcome import EvalRun
    from perfbench.types import Subtask, Summary

COLUMNS = (
    *("judge", "verdicts", "none", "failed", "mean"),
    *("same again", "same swapped", "first wins", "tokens in", "tokens out", "cost"),
)
NOTE = (
    "'same again': questions to which all repeats of a judge gave one verdict; 'same swapped': "
    "comparisons judged alike in both orders; 'first wins': decided verdicts for what was shown "
    "first, 50 is unbiased."
)


@dataclass(frozen=True, slots=True)
class Spent:
    """What asking a judge took. Unknown is ``None``."""

    input_tokens: int | None
    output_tokens: int | None
    cost: float | None


def spent(subtask: Subtask, performance: Sequence[Summary]) -> Spent:
    """Over all that a judge was asked: tokens as its service counts them, and their price."""
    ledgers = [summary.tokens for summary in performance]
    read = _sum([each.input_tokens for each in ledgers])
    written = _sum([None if each.unknown else each.output_tokens for each in ledgers])
    prices = subtask.judging.prices if subtask.judging is not None else (None, None)
    parts = [
        None if tokens is None or price is None else tokens * price / 1e6
        for tokens, price in zip((read, written), prices, strict=True)
    ]
    cost = None if None in parts else sum(part for part in parts if part is not None)
    return Spent(read, written, cost)


def rows(eval_run: EvalRun, scores: SubtaskScores) -> list[tuple[str, ...]]:
    """``COLUMNS`` of every judge of a subtask, and of all together where there are several."""
    panel = scores.panel
    if panel is None:
        return []
    asked = {each.judge: each for each in _asked(eval_run, scores)}
    found, costs = [], []
    for judge in panel.judges:
        subtask = asked.get(judge.judge)
        told = Spent(None, None, None)
        if subtask is not None:
            told = spent(subtask, eval_run.performance.get(subtask.name, ()))
        costs.append(told.cost)
        found.append(_row(judge, told))
    if len(found) > 1:
        total = None if None in costs else sum(cost for cost in costs if cost is not None)
        blank = ("",) * (len(COLUMNS) - 2)
        found.append(("all", *blank, _money(total)))
    return found


def lines(panel: PanelFigures) -> Iterator[str]:
    """How far judges agree with each other, and with the rule; what else must be known of them."""
    if panel.alpha is not None:
        yield (
            f"agreement of judges: Krippendorff's alpha ({panel.level}) {_agreement(panel.alpha)}"
        )
    if panel.rule is not None:
        table = panel.rule.confusion
        yield f"agreement with the rule: Cohen's kappa {_agreement(panel.rule.kappa)}"
        yield (
            f"rule right: judge right {table['right']['right']}, wrong {table['right']['wrong']}; "
            f"rule wrong: judge right {table['wrong']['right']}, wrong {table['wrong']['wrong']}"
        )
    for name in panel.own:
        yield f"{name} judges itself: models tend to prefer their own answers"


def plain(eval_run: EvalRun | None, scores: SubtaskScores) -> dict[str, Any] | None:
    """All that is known of the judges as JSON types; ``None`` if there are none."""
    if scores.panel is None:
        return None
    found: dict[str, Any] = msgspec.to_builtins(scores.panel)
    if eval_run is not None:
        asked = {each.judge: each for each in _asked(eval_run, scores)}
        for judge in found["judges"]:
            subtask = asked.get(judge["judge"])
            if subtask is not None:
                told = spent(subtask, eval_run.performance.get(subtask.name, ()))
                judge |= msgspec.to_builtins(told)
    return found


def _asked(eval_run: EvalRun, scores: SubtaskScores) -> list[Subtask]:
    judging = scores.subtask.judging
    names = judging.panel if judging is not None else ()
    return [each for each in eval_run.subtasks if each.name in names]


def _row(judge: JudgeFigures, told: Spent) -> tuple[str, ...]:
    return (
        judge.judge,
        f"{judge.verdicts:,} of {judge.judgements:,}",
        f"{judge.no_verdict:,}",
        f"{judge.failed:,}",
        percent(judge.score),
        _share(judge.repeats),
        _share(judge.orders),
        _share(judge.first),
        number(told.input_tokens),
        number(told.output_tokens),
        _money(told.cost),
    )


def _share(estimate: Estimate) -> str:
    if estimate.value is None:
        return UNKNOWN
    return f"{percent(estimate.value)} ({interval(estimate)})"


def _agreement(found: Agreement) -> str:
    if found.value is None:
        return f"{UNKNOWN} ({found.units:,} answers)"
    between = UNKNOWN
    if found.low is not None and found.high is not None:
        between = f"{found.low:.2f} to {found.high:.2f}"
    return f"{found.value:.2f} (95 % interval {between}, {found.units:,} answers)"


def _money(cost: float | None) -> str:
    return UNKNOWN if cost is None else f"{cost:,.4g}"


def _sum(counts: Sequence[int | None]) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if known and len(known) == len(counts) else None
