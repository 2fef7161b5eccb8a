"""Tasks, extractors and scorers fit together: an answer in the form asked for scores as due."""

from __future__ import annotations

import pytest

from perfbench import registry
from perfbench.evaluation.data import Places
from perfbench.evaluation.fields import LETTERS
from perfbench.evaluation.plan import catalogue
from perfbench.evaluation.plan.selection import Selection, samples
from perfbench.evaluation.prompts import target
from perfbench.types import Sample, Score

TASKS = [
    name
    for name in registry.TASKS
    if name != "ifeval" and registry.resolve(registry.TASKS, name).scorer in registry.SCORERS
]
"""Those whose answers are compared; programs are run in ``test_code_runs``."""


def shipped(name: str) -> list[Sample]:
    resolved = catalogue.find(f"demo_{name}")
    found = catalogue.find_data(resolved, Places())
    return [sample for sample, _ in samples(resolved, found, Selection())]


def judged(name: str, text: str, sample: Sample) -> Score:
    """The verdict; nothing to extract is no score, as it is in an evaluation."""
    task = registry.resolve(registry.TASKS, name)
    extraction = registry.resolve(registry.EXTRACTORS, task.extractor)(text, sample)
    if extraction.answer is None:
        return Score(None, unscored="no_answer")
    score: Score = registry.resolve(registry.SCORERS, task.scorer)(extraction.answer, sample)
    return score


def said(name: str, answer: str) -> str:
    """An answer in the form that the task's prompt asks for."""
    extractor = registry.resolve(registry.TASKS, name).extractor
    forms = {
        "number": f"First this, then 17 of that.\n\\boxed{{{answer}}}",
        "math": f"We find $x = 17$.\n\nThe final answer is $\\boxed{{{answer}}}$.",
        "choice": f"Some would say otherwise.\n\nANSWER: {answer}",
        "bbh": f"One after another. So the answer is {answer}.",
        "verbatim": answer,
    }
    return forms[extractor]


@pytest.mark.parametrize("name", TASKS)
def test_right_answers_score_one(name: str) -> None:
    for sample in shipped(name):
        assert judged(name, said(name, target(sample)), sample).value == 1, sample.id


@pytest.mark.parametrize("name", TASKS)
def test_wrong_answers_score_less(name: str) -> None:
    for sample in shipped(name):
        wrong = "987654"
        if sample.choices:
            wrong = LETTERS[(LETTERS.index(target(sample)) + 1) % len(sample.choices)]
        value = judged(name, said(name, wrong), sample).value
        assert value is None or value < 0.5, sample.id
        assert value is not None or name == "bbh", "a number is no answer to some of its tasks"


def test_chinese_form_of_choices() -> None:
    for sample in shipped("ceval"):
        assert judged("ceval", f"逐项分析如下。\n答案：{target(sample)}", sample).value == 1


def test_instructions_of_shipped_ifeval_rows_can_be_followed() -> None:
    answers = [
        "the path was soft and the light came down in long thin lines " * 6,
        "the sea is wide\nthe sea is deep",
        "* a\n* b\n* c\n* d",
        "It warns each ship of the rock below. That is all.",
        '{"tea": "good"}',
        '"<<The Lost Glove>>"',
        "Bicycles are quiet.\n\n***\n\nThey need no fuel.",
        "A pan. A good pan, a heavy pan.",
    ]
    for sample, answer in zip(shipped("ifeval"), answers, strict=True):
        assert judged("ifeval", answer, sample).metrics["prompt_strict"] == 1, sample.id
