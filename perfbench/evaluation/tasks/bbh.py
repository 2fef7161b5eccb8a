"""BIG-Bench Hard: 27 tasks that need reasoning; rows are ``input`` and ``target``.

The official files are JSON objects with the rows under ``examples``. Few-shot examples with
reasoning come with perfbench: the data has none.
"""

from __future__ import annotations

from collections.abc import Sequence

from perfbench.evaluation.fields import Row, sample_id, text
from perfbench.evaluation.prompts import Chat, Text, kinds, prompt_of, question, solution, target
from perfbench.evaluation.task import Task, Variant
from perfbench.evaluation.tasks.bbh_examples import (
    BRACKETS,
    NUMBER,
    OPTION,
    TRUE_FALSE,
    VALID,
    WORDS,
    YES_NO,
)
from perfbench.types import Sample

_LANGUAGE = """causal_judgement date_understanding disambiguation_qa formal_fallacies hyperbaton
    movie_recommendation penguins_in_a_table reasoning_about_colored_objects ruin_names
    salient_translation_error_detection snarks sports_understanding"""
_ALGORITHM = """boolean_expressions dyck_languages geometric_shapes
    logical_deduction_five_objects logical_deduction_seven_objects
    logical_deduction_three_objects multistep_arithmetic_two navigate object_counting
    temporal_sequences tracking_shuffled_objects_five_objects
    tracking_shuffled_objects_seven_objects tracking_shuffled_objects_three_objects web_of_lies
    word_sorting"""

CATEGORIES = {
    **dict.fromkeys(_LANGUAGE.split(), "NLP"),
    **dict.fromkeys(_ALGORITHM.split(), "Algorithmic"),
}
"""The two groups of the paper (Suzgun et al. 2022)."""

_FORMS = {
    "boolean_expressions": TRUE_FALSE,
    "causal_judgement": YES_NO,
    "dyck_languages": BRACKETS,
    "formal_fallacies": VALID,
    "multistep_arithmetic_two": NUMBER,
    "navigate": YES_NO,
    "object_counting": NUMBER,
    "sports_understanding": YES_NO,
    "web_of_lies": YES_NO,
    "word_sorting": WORDS,
}
"""Tasks whose answer is not one of the lettered options."""


def _to_sample(row: Row, subset: str, index: int) -> Sample:
    return Sample(
        id=sample_id("bbh", subset, index),
        input=text(row, "input"),
        target=text(row, "target"),
    )


def _examples(subset: str) -> Sequence[Sample]:
    return [
        Sample(
            id=f"bbh/{subset}/example/{place}",
            input=asked,
            target=answer,
            meta={"solution": reasoning},
        )
        for place, (asked, reasoning, answer) in enumerate(_FORMS.get(subset, OPTION))
    ]


def _worked(sample: Sample) -> str:
    return f"{solution(sample)} So the answer is {target(sample)}."


def _answer(sample: Sample) -> str:
    return f"So the answer is {target(sample)}."


def _asks(instruction: str) -> Chat:
    reply = _worked if "step" in instruction else _answer
    return Chat(lambda s: f"{question(s)}\n\n{instruction}", reply)


VARIANTS = kinds(
    _asks("Think step by step, and end with a sentence of the form: So the answer is X."),
    _asks("Reply with one sentence of the form: So the answer is X."),
    Text(
        lambda s: "",
        lambda s: f"Q: {question(s)}",
        "A: Let's think step by step. ",
        _worked,
    ),
    Text(lambda s: "", lambda s: f"Q: {question(s)}", "A: ", _answer),
)

TASK = Task(
    name="bbh",
    title="BIG-Bench Hard: 27 reasoning tasks (Suzgun et al. 2022)",
    to_sample=_to_sample,
    prompt=prompt_of(VARIANTS, "cot_chat_prompt"),
    extractor="bbh",
    scorer="exact",
    subsets=tuple(sorted(CATEGORIES)),
    categories=CATEGORIES,
    few_shot_num=3,
    examples=_examples,
    variants={
        **VARIANTS,
        "bbh_gen_3_shot_cot_chat": Variant(3, prompt_of(VARIANTS, "cot_chat_prompt")),
    },
    folders=("BBH", "BBH/data"),
    files={
        "test": "{subset}.json|data/{subset}.json|{subset}/test-*.parquet|{subset}/test/*.parquet"
    },
    hub="lukaemon/bbh",
)
