"""BIG-Bench Hard: 27 tasks that need reasoning; rows are ``input`` and ``target``.

The official files are JSON objects with the rows under ``examples``. The worked examples are the
chain-of-thought prompts that were published with the tasks; they come with perfbench.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache

from perfbench.evaluation.fields import Row, sample_id, text
from perfbench.evaluation.prompts import Chat, Template, prompt_of, question, target
from perfbench.evaluation.task import Task, Variant
from perfbench.rows import read_text
from perfbench.rows.shipped import shipped
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

_CUE = "A: Let's think step by step."
_END = "So the answer is "


def _to_sample(row: Row, subset: str, index: int) -> Sample:
    return Sample(
        id=sample_id("bbh", subset, index),
        input=text(row, "input"),
        target=text(row, "target"),
        meta={"description": _published(subset)[0]},
    )


def _examples(subset: str) -> Sequence[Sample]:
    return _published(subset)[1]


@cache
def _published(subset: str) -> tuple[str, tuple[Sample, ...]]:
    """What a task is about, and its worked examples, from its file in ``bbh/cot-prompts``.

    ``worked`` in an example is all that follows the cue, white space included.
    """
    body = read_text(shipped(f"bbh/cot-prompts/{subset}.txt")).partition("-----\n")[2]
    description, *examples = body.removesuffix("\n").split("\n\nQ: ")
    found = []
    for place, example in enumerate(examples):
        asked, _, worked = example.partition(f"\n{_CUE}")
        found.append(
            Sample(
                id=f"bbh/{subset}/example/{place}",
                input=asked,
                target=worked.rpartition(_END)[2].removesuffix("."),
                meta={"description": description, "worked": worked},
            )
        )
    return description, tuple(found)


def _asks(instruction: str, reply: Callable[[Sample], str]) -> Chat:
    return Chat(lambda s: f"{s.meta['description']}\n\n{question(s)}\n\n{instruction}", reply)


VARIANTS = {
    "cot_chat_prompt": Variant(
        prompt=_asks(
            "Think step by step, and end with a sentence of the form: So the answer is X.",
            lambda s: str(s.meta["worked"]).strip(),
        )
    ),
    "chat_prompt": Variant(
        prompt=_asks(
            "Reply with one sentence of the form: So the answer is X.",
            lambda s: f"{_END}{target(s)}.",
        )
    ),
    "cot_str": Variant(
        prompt=Template(
            f"{{description}}\n\n{{fewshot}}Q: {{question}}\n{_CUE}",
            f"Q: {{question}}\n{_CUE}{{worked}}\n\n",
        )
    ),
    "str": Variant(
        prompt=Template(
            "{description}\n\n{fewshot}Q: {question}\nA:",
            f"Q: {{question}}\nA: {_END}{{target}}.\n\n",
        )
    ),
}

TASK = Task(
    name="bbh",
    title="BIG-Bench Hard: 27 reasoning tasks (Suzgun et al. 2022)",
    to_sample=_to_sample,
    prompt=prompt_of(VARIANTS, "cot_str"),
    extractor="bbh",
    scorer="exact",
    subsets=tuple(sorted(CATEGORIES)),
    categories=CATEGORIES,
    few_shot_num=3,
    examples=_examples,
    variants=VARIANTS,
    folders=("BBH", "BBH/data"),
    files={
        "test": "{subset}.json|data/{subset}.json|{subset}/test-*.parquet|{subset}/test/*.parquet"
    },
    hub="lukaemon/bbh",
)
