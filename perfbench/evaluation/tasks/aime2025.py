"""AIME 2025, parts I and II: 30 problems; every answer is a whole number, 0 to 999."""

from __future__ import annotations

from perfbench.evaluation.prompts import prompt_of
from perfbench.evaluation.task import Task
from perfbench.evaluation.tasks.aime2024 import VARIANTS, to_sample

TASK = Task(
    name="aime2025",
    title="AIME 2025: 30 contest problems with whole-number answers",
    to_sample=lambda row, subset, index: to_sample(row, "aime2025", subset, index),
    prompt=prompt_of(VARIANTS, "cot_chat_prompt"),
    extractor="number",
    scorer="number",
    variants=VARIANTS,
    folders=("aime25",),
    files={"test": "aime2025.jsonl|test.jsonl|aime2025-*.jsonl"},
    hub="opencompass/AIME2025",
)
