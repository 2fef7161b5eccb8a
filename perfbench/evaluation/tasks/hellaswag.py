"""HellaSwag: which of four endings follows; asked on ``validation`` (test is unlabelled)."""

from __future__ import annotations

import re

from perfbench.evaluation.fields import Row, integer, letter_at, optional, sample_id, text, texts
from perfbench.evaluation.prompts import choice_kinds, prompt_of
from perfbench.evaluation.task import Task
from perfbench.types import Sample

_TAG = re.compile(r"\s*\[[a-z]+\]\s*")
"""Section marks of the WikiHow half: ``[header]``, ``[title]``, ``[step]``, ``[substeps]``."""

VARIANTS = choice_kinds("Which ending follows the text best?")


def _to_sample(row: Row, subset: str, index: int) -> Sample:
    """A row of the hub (``ctx, endings, label``) or of OpenCompass (``query, choices, gold``)."""
    if "endings" in row:
        label = optional(row, "activity_label")
        context, endings, gold = text(row, "ctx"), texts(row, "endings"), integer(row, "label")
        context = f"{label}: {context}" if label else context
    else:
        context, endings = text(row, "query"), texts(row, "choices")
        gold = integer(row, "gold")
    choices = tuple(_TAG.sub(" ", ending).strip() for ending in endings)
    return Sample(
        id=sample_id("hellaswag", subset, index),
        input=_TAG.sub(" ", context).strip(),
        target=letter_at(gold, choices),
        choices=choices,
    )


TASK = Task(
    name="hellaswag",
    title="HellaSwag: commonsense completion, four endings (Zellers et al. 2019)",
    to_sample=_to_sample,
    prompt=prompt_of(VARIANTS, "cot_chat_prompt"),
    extractor="choice",
    scorer="choice",
    split="validation",
    few_shot_split="train",
    variants=VARIANTS,
    files={
        "validation": "validation.jsonl|hellaswag_val.jsonl|hellaswag.jsonl"
        "|data/validation-*.parquet",
        "train": "train.jsonl|hellaswag_train_sampled25.jsonl|hellaswag_train.jsonl"
        "|data/train-*.parquet",
    },
    hub="Rowan/hellaswag",
)
