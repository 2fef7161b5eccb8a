"""ARC: school science questions, two subsets; labels are letters or, in some rows, digits."""

from __future__ import annotations

from collections.abc import Mapping

from perfbench.evaluation.fields import Row, labelled, letter_of, mapping, sample_id, text
from perfbench.evaluation.prompts import CHOICE, prompt_of
from perfbench.evaluation.task import Task
from perfbench.types import Sample


def to_sample(row: Row, task: str, subset: str, index: int) -> Sample:
    """A question of ARC or CommonsenseQA, in the hub's columns or those of the original files,
    where ``question`` holds ``stem`` and ``choices``."""
    inner = row.get("question")
    if isinstance(inner, Mapping):
        stem, choices = text(inner, "stem"), inner.get("choices")
    else:
        stem, choices = text(row, "question"), mapping(row, "choices")
    labels, texts = labelled(choices)
    return Sample(
        id=sample_id(task, subset, index),
        input=stem,
        target=letter_of(text(row, "answerKey"), labels),
        choices=tuple(texts),
    )


TASK = Task(
    name="arc",
    title="ARC: school science questions, easy and challenge (Clark et al. 2018)",
    to_sample=lambda row, subset, index: to_sample(row, "arc", subset, index),
    prompt=prompt_of(CHOICE, "cot_chat_prompt"),
    extractor="choice",
    scorer="choice",
    subsets=("ARC-Easy", "ARC-Challenge"),
    categories={"ARC-Easy": "Easy", "ARC-Challenge": "Challenge"},
    few_shot_split="train",
    variants=CHOICE,
    folders=("ARC", "ARC/ARC-c", "ARC/ARC-e", "ai2_arc"),
    files={
        "test": "{subset}/test.jsonl|{subset}-Test.jsonl|ARC-?/{subset}-Test.jsonl"
        "|{subset}/test-*.parquet",
        "train": "{subset}/train.jsonl|{subset}-Train.jsonl|{subset}-Dev.jsonl"
        "|ARC-?/{subset}-Dev.jsonl|{subset}/train-*.parquet",
        "dev": "{subset}/validation.jsonl|{subset}-Dev.jsonl|ARC-?/{subset}-Dev.jsonl"
        "|{subset}/validation-*.parquet",
    },
    hub="allenai/ai2_arc",
)
