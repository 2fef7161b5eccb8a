"""What the built-in simulator answers in an evaluation: a stated share of the questions right, so
that a first look shows figures at work.

Knows questions and their right answers; a wrong answer is the right one to another question, or a
program that does nothing.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

from perfbench.evaluation.plan.questions import Questions
from perfbench.types import Question, Request

RIGHT_SHARE = 0.7
NOTE = (
    f"the built-in simulator answers: told to give the right answer {RIGHT_SHARE:.0%} of the time "
    "where a data set has one, so scores are no model's"
)
KNOWS_NOTHING = (
    "the service is perfbench's simulator, which knows no right answers; without --url one is "
    f"started that is told {RIGHT_SHARE:.0%} of them"
)
_WORDED: Mapping[str, str] = {
    "verbatim": "{}",
    "first_line": "{}",
    "math": "\\boxed{{{}}}",
    "code": "```python\n{}\n```",
}
"""How extractors expect an answer; else as a sentence."""
_VERDICTS: Mapping[str, str] = {
    "brackets": "[[{}]]",
    "scale": "[[{}]]",
    "json": '{{"verdict": "{}"}}',
}
"""How contracts of judges expect a verdict; else bare."""


def answers(questions: Questions, requests: Sequence[Request]) -> dict[bytes, list[str]]:
    """By the body of a request, what is answered to its repeats in turn.

    Questions without a right answer are left out.
    """
    if questions.subtask.judge is not None:
        return _verdicts(questions, requests)
    asked = questions.asked
    wording = _WORDED.get(questions.subtask.extractor, "The answer is {}.")
    found: dict[bytes, list[str]] = {}
    for place, (question, request) in enumerate(zip(asked, requests, strict=True)):
        right = _target(question)
        if right is None:
            continue
        if questions.subtask.extractor == "code":
            wrong = _idle(str(question.sample.meta.get("entry_point") or ""))
        else:
            others = (_target(asked[(place + step) % len(asked)]) for step in range(1, len(asked)))
            wrong = next((each for each in others if each not in (None, right)), right)
        draw = random.Random(question.hash)
        found[request.body] = [
            wording.format(right if draw.random() < RIGHT_SHARE else wrong)
            for _ in range(questions.subtask.repeats)
        ]
    return found


def _verdicts(questions: Questions, requests: Sequence[Request]) -> dict[bytes, list[str]]:
    """A judge's: as often in favour as answers are right, whatever they are."""
    found: dict[bytes, list[str]] = {}
    for question, request in zip(questions.asked, requests, strict=True):
        contract = question.sample.meta["contract"]
        ends = {f"{contract['low'] or 0:g}": 0, f"{contract['high'] or 1:g}": 1}
        values = question.sample.meta.get("values") or ends
        best, worst = max(values, key=values.__getitem__), min(values, key=values.__getitem__)
        draw = random.Random(question.hash)
        label = best if draw.random() < RIGHT_SHARE else worst
        wording = _VERDICTS.get(contract["form"], "{}")
        found[request.body] = [wording.format(label)]
    return found


def _target(question: Question) -> str | None:
    target = question.sample.target
    if isinstance(target, str):
        return target
    return target[0] if target else None


def _idle(entry_point: str) -> str:
    """A program that defines what is asked for (``add``, ``Solution().add``) and does nothing."""
    owner, _, name = entry_point.rpartition("().")
    if owner:
        return f"class {owner}:\n    def {name}(*arguments, **named):\n        return None"
    return f"def {name}(*arguments, **named):\n    return None" if name else "print('?')"
