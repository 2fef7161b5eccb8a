"""The samples of an evaluation: a list that is filtered and ordered on the server, and each sample
with all that was asked, answered and said of it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import msgspec

from perfbench.evaluation.extraction.reasoning import split_reasoning
from perfbench.evaluation.grading import SubtaskScores
from perfbench.evaluation.outcome import EvalRun
from perfbench.foreign import visible
from perfbench.reports import wording
from perfbench.reports.evaluation.figures import REASON_WORDS
from perfbench.reports.evaluation.page import prompt_text, shortened
from perfbench.server.answers import (
    ORDERS,
    OUTCOMES,
    PAGE,
    REASONS,
    WantedAnswers,
    outcome_of,
    selected_answers,
    verdicts_on,
    wanted_answers,
)
from perfbench.server.pages.forms import go_to, run_path
from perfbench.server.pages.paging import paging
from perfbench.server.pages.run import Head, head_of, page_of
from perfbench.server.refusal import Refusal
from perfbench.server.routes import Call, Reply, Route
from perfbench.types import Judgement, ScoredAnswer

_SHORT = 200
"""Characters of a text in the list."""
_LONGEST = 200_000
"""Characters of a text on a sample's page; its middle is left out beyond."""


async def _opened(call: Call) -> tuple[Head, EvalRun, SubtaskScores, WantedAnswers]:
    head = await head_of(call)
    if head.run.kind != "evaluation":
        raise Refusal(404, f"{head.run.name} is a {head.run.kind}: it has no samples")
    wanted = wanted_answers(call.request.query)
    found = await call.server.shelf.evaluation(head.path)
    if not found.scores:
        why = next((str(error) for error in found.failures.values()), "nothing was scored yet")
        raise Refusal(409, why)
    tasks = {each.subtask.name: each for each in found.scores}
    if wanted.task and wanted.task not in tasks:
        raise Refusal(404, f"the run has no task {wanted.task[:80]!r}", "task")
    return head, found, tasks[wanted.task] if wanted.task else found.scores[0], wanted


async def _samples(call: Call) -> Reply:
    head, found, scores, wanted = await _opened(call)
    rows = await asyncio.to_thread(selected_answers, scores.answers, wanted)
    at = paging(wanted.offset, PAGE, len(rows))
    wanted = msgspec.structs.replace(wanted, offset=at.offset)
    shown = rows[at.offset : at.offset + PAGE]
    base = run_path(head.run.name, "samples")
    return page_of(
        head,
        "samples.html.j2",
        "Samples",
        base=base,
        rows=[_row(each, base, scores, wanted) for each in shown],
        total=len(rows),
        of=len(scores.answers),
        wanted=wanted,
        tasks=[each.subtask.name for each in found.scores],
        task=scores.subtask.name,
        subsets=list(dict.fromkeys(each.subset for each in scores.answers)),
        outcomes=OUTCOMES,
        reasons={name: REASON_WORDS.get(name, name) for name in REASONS},
        judged=sorted({word for each in scores.answers for word in verdicts_on(each)})[:50],
        orders=list(ORDERS),
        repeats=scores.result.repeats,
        before=_turned(base, wanted, at.before),
        after=_turned(base, wanted, at.after),
    )


def _turned(base: str, wanted: WantedAnswers, offset: int | None) -> str | None:
    return None if offset is None else f"{base}?{wanted.query(offset=offset)}"


def _row(
    each: ScoredAnswer, base: str, scores: SubtaskScores, wanted: WantedAnswers
) -> dict[str, Any]:
    score = each.score
    target = None if each.sample is None else _target(each.sample.target)
    return {
        "href": _href(base, each, scores, wanted),
        "answer": each,
        "outcome": outcome_of(each),
        "reason": None if score.unscored is None else REASON_WORDS.get(score.unscored),
        "said": _short(score.answer),
        "target": _short(target),
    }


def _href(base: str, each: ScoredAnswer, scores: SubtaskScores, wanted: WantedAnswers) -> str:
    task = wanted.task or scores.subtask.name
    return f"{base}/{each.hash}/{each.repeat}?{wanted.query(task=task, offset=0)}"


def _short(text: str | None) -> str:
    if text is None:
        return wording.UNKNOWN
    return wording.one_line(text, _SHORT)


def _target(target: str | list[str] | None) -> str | None:
    return " | ".join(target) if isinstance(target, list) else target


async def _sample_of(call: Call) -> Reply:
    """From the name of a sample, by which runs are compared, to its page."""
    head = await head_of(call)
    query = call.request.query
    found = await call.server.shelf.evaluation(head.path)
    task, subset, name = (query.get(part, "") for part in ("task", "subset", "id"))
    # A sample of a run whose subsets were merged is known by its id alone.
    for exact in (True, False):
        for scores in found.scores:
            if task in (scores.subtask.name, scores.subtask.data_set):
                for each in scores.answers:
                    if each.sample_id == name and (each.subset == subset or not exact):
                        base = run_path(head.run.name, "samples")
                        return go_to(_href(base, each, scores, WantedAnswers()))
    raise Refusal(404, f"the run has no sample {name[:80]!r}")


async def _sample(call: Call) -> Reply:
    head, _, scores, wanted = await _opened(call)
    key = (call.path["hash"], call.path["repeat"])
    each = next((a for a in scores.answers if (a.hash, str(a.repeat)) == key), None)
    if each is None:
        raise Refusal(404, "the task has no such sample")
    rows = await asyncio.to_thread(selected_answers, scores.answers, wanted)
    base = run_path(head.run.name, "samples")
    place = next((i for i, row in enumerate(rows) if row is each), None)
    beside: dict[str, str | None] = {"before": None, "after": None}
    if place is not None:
        if place > 0:
            beside["before"] = _href(base, rows[place - 1], scores, wanted)
        if place + 1 < len(rows):
            beside["after"] = _href(base, rows[place + 1], scores, wanted)
    return page_of(
        head,
        "sample.html.j2",
        "Samples",
        base=base,
        wanted=wanted,
        task=scores.subtask.name,
        subtask=scores.subtask,
        answer=each,
        outcome=outcome_of(each),
        reason=None
        if each.score.unscored is None
        else REASON_WORDS.get(each.score.unscored, each.score.unscored),
        texts=_texts(each),
        target=None if each.sample is None else _text(_target(each.sample.target)),
        metrics=[(name, wording.number(value)) for name, value in each.score.metrics.items()],
        judgements=[_said(said) for said in each.judgements],
        others=_repeats(scores.answers, each, base, scores, wanted),
        place=None if place is None else place + 1,
        total=len(rows),
        **beside,
    )


def _repeats(
    answers: Sequence[ScoredAnswer],
    each: ScoredAnswer,
    base: str,
    scores: SubtaskScores,
    wanted: WantedAnswers,
) -> list[tuple[int, str, str]]:
    """The answers to the same question: number, address, outcome."""
    same = [other for other in answers if other.hash == each.hash]
    if len(same) < 2:
        return []
    return [
        (other.repeat + 1, _href(base, other, scores, wanted), outcome_of(other)) for other in same
    ]


def _texts(each: ScoredAnswer) -> list[tuple[str, str]]:
    """What was asked and answered, each under its title; what is empty is left out."""
    sample, record = each.sample, each.record
    found = [("Prompt as asked", wording.UNKNOWN if sample is None else prompt_text(sample.input))]
    if sample is not None and sample.choices:
        found.append(("Choices", "\n".join(sample.choices)))
    if record is not None:
        text, thought = split_reasoning(record.text)
        reasoning = "\n\n".join(part for part in (record.reasoning, thought) if part)
        found += [("Reasoning", reasoning), ("Answer", text or wording.UNKNOWN)]
        found += [("What went wrong", record.detail)]
    else:
        found.append(("Answer", f"{wording.UNKNOWN} (it was not asked, or never ended)"))
    return [(title, _text(text)) for title, text in found if text]


def _text(text: str | None) -> str:
    return wording.UNKNOWN if text is None else visible(shortened(text, _LONGEST))


def _said(said: Judgement) -> dict[str, Any]:
    score, record = said.score, said.record
    words = None if record is None else record.text or record.detail
    return {
        "judge": said.judge,
        "repeat": said.repeat,
        "swapped": said.swapped,
        "verdict": score.answer,
        "value": score.value,
        "why": score.why,
        "unscored": score.unscored,
        "words": _text(words),
    }


ROUTES = (
    Route("GET", "/runs/{run}/samples", _samples, hidden=True),
    Route("GET", "/runs/{run}/samples/of", _sample_of, hidden=True),
    Route("GET", "/runs/{run}/samples/{hash}/{repeat}", _sample, hidden=True),
)
