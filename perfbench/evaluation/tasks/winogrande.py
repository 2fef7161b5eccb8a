"""WinoGrande: which of two options fills the blank ``_``; asked on ``validation`` (dev)."""

from __future__ import annotations

from perfbench.evaluation.fields import Row, letter_of, sample_id, text
from perfbench.evaluation.prompts import choice_kinds, prompt_of
from perfbench.evaluation.task import Task
from perfbench.types import Sample

VARIANTS = choice_kinds("Which option fills the blank (_) in the sentence?")


def _to_sample(row: Row, subset: str, index: int) -> Sample:
    sentence = text(row, "sentence")
    if "_" not in sentence:
        raise ValueError("'sentence' has no blank '_'")
    return Sample(
        id=sample_id("winogrande", subset, index),
        input=sentence,
        target=letter_of(text(row, "answer"), ["1", "2"]),
        choices=(text(row, "option1"), text(row, "option2")),
    )


TASK = Task(
    name="winogrande",
    title="WinoGrande: resolving who or what is meant, two options (Sakaguchi et al. 2020)",
    to_sample=_to_sample,
    prompt=prompt_of(VARIANTS, "cot_chat_prompt"),
    extractor="choice",
    scorer="choice",
    split="validation",
    few_shot_split="train",
    variants=VARIANTS,
    files={
        "validation": "dev.jsonl|winogrande_xl/validation-*.parquet",
        "train": "train_xs.jsonl|train_s.jsonl|train_m.jsonl|train_l.jsonl|train_xl.jsonl"
        "|winogrande_xs/train-*.parquet|winogrande_xl/train-*.parquet",
    },
    hub="allenai/winogrande",
)
