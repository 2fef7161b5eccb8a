"""CommonsenseQA: everyday questions, five options; asked on ``validation`` (test has no labels)."""

from __future__ import annotations

from perfbench.evaluation.prompts import CHOICE, prompt_of
from perfbench.evaluation.task import Task
from perfbench.evaluation.tasks.arc import to_sample

TASK = Task(
    name="commonsense_qa",
    title="CommonsenseQA: everyday knowledge, five options (Talmor et al. 2019)",
    to_sample=lambda row, subset, index: to_sample(row, "commonsense_qa", subset, index),
    prompt=prompt_of(CHOICE, "cot_chat_prompt"),
    extractor="choice",
    scorer="choice",
    split="validation",
    few_shot_split="train",
    variants=CHOICE,
    folders=("commonsenseqa",),
    files={
        "validation": "validation.jsonl|dev_rand_split.jsonl|data/validation-*.parquet",
        "train": "train.jsonl|train_rand_split.jsonl|data/train-*.parquet",
    },
    hub="tau/commonsense_qa",
)
