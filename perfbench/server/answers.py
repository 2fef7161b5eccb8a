"""Which answers of an evaluation are wanted, and in which order: the filters of its samples. Pure.

Scores are shares of 1, latencies ms; unknown is ``None``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, get_args

from perfbench.reports.evaluation.page import prompt_text
from perfbench.server.refusal import Refusal
from perfbench.server.wanted import Wants
from perfbench.types import ScoredAnswer, Unscored

Outcome = Literal["right", "partly", "wrong", "unscored"]
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
REASONS: tuple[Unscored, ...] = get_args(Unscored)
PAGE = 50


class WantedAnswers(Wants, frozen=True, kw_only=True):
    """What of the answers of a task is wanted; empty text is anything."""

    task: str = ""
    """Its name; the first task if empty."""
    subset: str = ""
    outcome: str = ""
    """``right``, ``partly``, ``wrong``, ``unscored`` or a reason for having no score."""
    judged: str = ""
    """A verdict that a judge stated of it."""
    text: str = ""
    """Stands somewhere in its id, prompt, target, text, reasoning or what was extracted."""
    sort: str = "order"
    offset: int = 0


ORDERS: Mapping[str, Callable[[ScoredAnswer], Any]] = {
    "order": lambda each: 0,
    "id": lambda each: each.sample_id,
    "score": lambda each: each.score.value,
    "tokens": lambda each: each.output_tokens,
    "latency": lambda each: each.latency_ms,
}
"""What answers can be ordered by; unknown is last, whichever way."""


def wanted_answers(query: Mapping[str, str]) -> WantedAnswers:
    """What an address asks for.

    Raises:
        Refusal: a value is none that there is.
    """
    names = [name for name in WantedAnswers.__struct_fields__ if name != "offset"]
    given: dict[str, Any] = {name: query[name] for name in names if name in query}
    if given.get("outcome", "") not in ("", *OUTCOMES, *REASONS):
        raise Refusal(422, f"outcome must be one of {', '.join((*OUTCOMES, *REASONS))}", "outcome")
    if given.get("sort", "order").removeprefix("-") not in ORDERS:
        raise Refusal(422, f"sort must be one of {', '.join(ORDERS)}", "sort")
    offset = query.get("offset", "0")
    if not (offset.isascii() and offset.isdigit() and len(offset) < 10):
        raise Refusal(422, "offset must be a whole number", "offset")
    return WantedAnswers(**given, offset=int(offset))


def outcome_of(each: ScoredAnswer) -> Outcome:
    """What came of an answer, in a word."""
    value = each.score.value
    if value is None:
        return "unscored"
    return "right" if value >= 1 else "wrong" if value <= 0 else "partly"


def selected_answers(answers: Sequence[ScoredAnswer], wanted: WantedAnswers) -> list[ScoredAnswer]:
    """The answers that are wanted, in the order that is wanted; all pages."""
    found = [each for each in answers if _is_wanted(each, wanted)]
    order = ORDERS[wanted.sort.removeprefix("-")]
    known = [each for each in found if order(each) is not None]
    known.sort(key=order, reverse=wanted.sort.startswith("-"))
    return known + [each for each in found if order(each) is None]


def _is_wanted(each: ScoredAnswer, wanted: WantedAnswers) -> bool:
    score = each.score
    if wanted.subset and each.subset != wanted.subset:
        return False
    if wanted.outcome and wanted.outcome not in (outcome_of(each), score.unscored):
        return False
    if wanted.judged and wanted.judged not in verdicts_on(each):
        return False
    return not wanted.text or _holds(each, wanted.text.casefold())


def verdicts_on(each: ScoredAnswer) -> list[str]:
    """What judges stated of it, by their own words for it."""
    return [said.score.answer for said in each.judgements if said.score.answer is not None]


def _holds(each: ScoredAnswer, part: str) -> bool:
    # The short ones first: most searches are for an id or an answer.
    record, sample, score = each.record, each.sample, each.score
    texts: list[Callable[[], str | None]] = [
        lambda: each.sample_id,
        lambda: score.answer,
        lambda: score.why,
        lambda: None if record is None else record.text,
        lambda: None if record is None else record.reasoning,
        lambda: None if sample is None else str(sample.target or ""),
        lambda: None if sample is None else prompt_text(sample.input),
    ]
    return any((text := make()) is not None and part in text.casefold() for make in texts)
