"""An evaluation in plain lines: what a log file, a pipe or ``--debug`` shows of each event.

Pure: from events to text. One function for each event, so that the screen and the logs on disk
tell the same story.
"""

from __future__ import annotations

from collections.abc import Iterator

from perfbench.endpoints.fields import said
from perfbench.reports import wording
from perfbench.reports.evaluation.figures import figure, in_words, interval, percent, reason_words
from perfbench.reports.evaluation.state import TaskState
from perfbench.reports.picture import failures
from perfbench.types import Asked, Asking, RunStarted, Scored, SubtaskFacts, UnscoredAnswer


def opening(started: RunStarted) -> tuple[str, str]:
    """The first two lines: who answers what, and where results go."""
    models = dict.fromkeys(subtask.model for subtask in started.subtasks)
    data_sets = dict.fromkeys(subtask.dataset for subtask in started.subtasks)
    if started.simulated:
        who = "the built-in simulator (no --url was given): its answers are not a model's"
    else:
        who = ", ".join(models)
    return f"perfbench: evaluating {who}; on {', '.join(data_sets)}", f"results in {started.path}"


def planned(subtask: SubtaskFacts) -> str:
    """What a subtask is."""
    text = f"{subtask.samples:,} samples"
    if subtask.repeats > 1:
        text += f", {subtask.repeats} times each"
    return (
        f"{text}; {subtask.variant}, version {subtask.version}, prompt {subtask.prompt}, "
        f"extractor {subtask.extractor}, scorer {subtask.scorer}"
    )


def asking(lacks: Asking) -> str:
    """What is asked, and why not all or again."""
    text = f"{lacks.missing:,} requests to send"
    if lacks.failed_before:
        text += f" ({lacks.failed_before:,} of them failed before)"
    text += f", {lacks.reused:,} answers reused"
    if lacks.changed:
        text += (
            f"; {lacks.changed:,} stored answers are not used: they are to other questions, or to "
            "another prompt, model or sampling"
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
    if state.progress is not None and state.progress.retried:
        text += f", {state.progress.retried:,} sent again"
    return f"{text}, {wording.span(state.spent(now_s))}"


def asked(state: TaskState, ended: Asked, now_s: float) -> str:
    """How asking ended, with its timings."""
    text = "asking failed" if ended.error is not None else f"asking {state.status}"
    if state.progress is not None:
        text += f": {progress(state, now_s)}"
        text += f", TTFT {wording.number(state.progress.ttft_ms)} ms"
        text += f", TPOT {wording.number(state.progress.tpot_ms)} ms (means)"
    return text if ended.error is None else f"{text}: {wording.one_line(ended.error, 1000)}"


def scored(scores: Scored) -> str:
    """The main figure and its coverage."""
    main = scores.figures[scores.metric]
    counted = scores.answers - sum(scores.unscored.values())
    text = f"{scores.metric} {percent(main.scored)} (95 % interval {interval(main)})"
    text += f", scored {counted:,}/{scores.answers:,}"
    if words := in_words(reason_words(scores.unscored)):
        text += f"; {words}"
    failed = [each.why for each in scores.examples if each.reason == "grading_failed"]
    if failed:
        text += f"; grading failed: {wording.one_line(failed[0], 200)}"
    return f"{text}; over all {percent(main.over_all)}" if counted < scores.answers else text


def details(scores: Scored) -> Iterator[str]:
    """Further figures, subsets, failures by kind, then unscored answers with their reasons."""
    for name, found in scores.figures.items():
        shown, over_all = figure(found.scored, found.amount), figure(found.over_all, found.amount)
        between = interval(found, found.amount)
        yield f"{name} {shown} (95 % interval {between}), over all {over_all}"
    for part in scores.parts:
        counted = part.answers - sum(part.unscored.values())
        text = f"{part.kind} {part.name}: {percent(part.scored)}, scored {counted:,}"
        yield f"{text}/{part.answers:,}; {in_words(reason_words(part.unscored)) or 'none unscored'}"
    if scores.failed:
        yield f"failed requests: {failures(scores.failed)}"
    for each in scores.examples:
        yield _unscored(each)
    if more := sum(scores.unscored.values()) - len(scores.examples):
        yield f"... and {more:,} more unscored; predictions hold them all"


def _unscored(each: UnscoredAnswer) -> str:
    text = f"unscored {each.subset}/{each.id}"
    if each.repeat:
        text += f" repeat {each.repeat}"
    text += f": {each.reason}: {each.why or wording.UNKNOWN}"
    if each.outcome not in (None, "ok"):
        text += f" ({each.outcome}: {wording.one_line(said(each.detail))})"
    return wording.one_line(text, 600)
