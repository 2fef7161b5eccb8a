"""An evaluation in plain lines: what a log file, a pipe or ``--debug`` shows of each event.

Pure: from events to text. One function for each event, so that the screen and the logs on disk
tell the same story.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from perfbench.reports import wording
from perfbench.reports.evaluation.figures import (
    amounts,
    coverage,
    figure,
    in_words,
    interval,
    percent,
    unscored,
)
from perfbench.reports.evaluation.state import TaskState
from perfbench.reports.live import failures

if TYPE_CHECKING:
    from perfbench.errors import PerfbenchError
    from perfbench.evaluation.asking import Missing
    from perfbench.evaluation.grading import SubtaskScores
    from perfbench.types import Scored, Subtask

MAX_EXAMPLES = 200
"""Unscored answers that are listed one by one."""


def opening(run: str, subtasks: Sequence[Subtask]) -> tuple[str, str]:
    """The first two lines: who answers what, and where results go."""
    models = dict.fromkeys(subtask.model for subtask in subtasks)
    data_sets = dict.fromkeys(subtask.data_set for subtask in subtasks)
    if any(subtask.simulated for subtask in subtasks):
        who = "the built-in simulator (no --url was given): its answers are not a model's"
    else:
        who = ", ".join(models)
    return f"perfbench: evaluating {who}; on {', '.join(data_sets)}", f"results in {run}"


def planned(subtask: Subtask) -> str:
    """What a subtask is."""
    text = f"{subtask.samples:,} samples"
    if subtask.repeats > 1:
        text += f", {subtask.repeats} times each"
    return (
        f"{text}; {subtask.asked_as}, version {subtask.version}, prompt {subtask.prompt}, "
        f"extractor {subtask.extractor}, scorer {subtask.scorer}"
    )


def asking(lacking: Missing) -> str:
    """What is asked, and why not all or again."""
    text = f"{len(lacking.requests):,} requests to send"
    if lacking.failed_before:
        text += f" ({lacking.failed_before:,} of them failed before)"
    text += f", {lacking.reused:,} answers reused"
    if lacking.changed:
        text += (
            f"; {lacking.changed:,} stored answers are not used, for another prompt, model or "
            "sampling was asked then"
        )
    return text


def progress(state: TaskState, now_s: float) -> str:
    """Counters so far."""
    traffic, rate = state.traffic, state.rate(now_s)
    done = wording.UNKNOWN if state.done is None else f"{state.done:,}"
    text = f"{done}/{state.total:,} done [{wording.compact(rate)} it/s], {traffic.sent:,} sent"
    text += f", {traffic.received:,} received, {traffic.finished:,} finished"
    text += f", {traffic.failed:,} failed"
    if state.progress is not None and traffic.failed:
        text += f" ({failures(state.progress.failed)})"
    return f"{text}, {wording.span(state.spent(now_s))}"


def asked(state: TaskState, error: PerfbenchError | None, now_s: float) -> str:
    """How asking ended, with its timings."""
    text = f"{'asking failed' if error is not None else f'asking {state.status}'}"
    if state.progress is not None:
        text += f": {progress(state, now_s)}"
        text += f", TTFT {wording.number(state.progress.ttft_ms)} ms"
        text += f", TPOT {wording.number(state.progress.tpot_ms)} ms (means)"
    return text if error is None else f"{text}: {wording.one_line(str(error), 1000)}"


def scored(scores: SubtaskScores) -> str:
    """The main figure and its coverage."""
    result, overall = scores.result, scores.result.overall
    main = overall.figures[result.metric]
    text = f"{result.metric} {percent(main.scored.value)}"
    text += f" (95 % interval {interval(main.scored)}), {coverage(scores)}"
    if overall.counts.scored < overall.counts.asked:
        text += f"; over all {percent(main.over_all.value)}"
    return text


def details(scores: SubtaskScores) -> Iterator[str]:
    """Further figures, subsets, failures by kind, then every unscored answer with its reason."""
    overall, plain = scores.result.overall, amounts(scores)
    for name, found in overall.figures.items():
        shown = figure(found.scored.value, name in plain)
        yield f"{name} {shown}, over all {figure(found.over_all.value, name in plain)}"
    for kind, groups in (
        ("category", scores.result.categories),
        ("subset", scores.result.subsets),
    ):
        for group in groups:
            main = group.figures[scores.result.metric].scored
            counts = group.counts
            text = f"{kind} {group.name}: {percent(main.value)}, scored {counts.scored:,}"
            yield f"{text}/{counts.asked:,}; {in_words(unscored(counts)) or 'none unscored'}"
    lacking = [each for each in scores.answers if each.score.value is None]
    kinds = Counter(each.record.outcome for each in lacking if each.record is not None)
    if any(kind != "ok" for kind in kinds):
        yield f"failed requests: {failures({k: n for k, n in kinds.items() if k != 'ok'})}"
    for each in lacking[:MAX_EXAMPLES]:
        yield _unscored(each)
    if len(lacking) > MAX_EXAMPLES:
        yield f"... and {len(lacking) - MAX_EXAMPLES:,} more unscored; predictions hold them all"


def _unscored(each: Scored) -> str:
    text = f"unscored {each.subset}/{each.sample_id}"
    if each.repeat:
        text += f" repeat {each.repeat}"
    text += f": {each.score.unscored}: {each.score.why or wording.UNKNOWN}"
    if each.record is not None and each.record.outcome != "ok":
        text += f" ({each.record.outcome}: {wording.one_line(each.record.detail)})"
    return wording.one_line(text, 600)
