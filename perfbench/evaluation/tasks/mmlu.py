"""MMLU: 57 subjects in four categories; CSV without header (question, A, B, C, D, letter), or the
hub's columns ``question, subject, choices, answer`` with the answer as a place from 0."""

from __future__ import annotations

from perfbench.evaluation.fields import (
    Row,
    integer,
    letter_at,
    letter_of,
    lettered,
    sample_id,
    text,
    texts,
)
from perfbench.evaluation.prompts import CHOICE, prompt_of
from perfbench.evaluation.task import Task
from perfbench.types import Sample

_SUBJECTS = {
    "STEM": """
        abstract_algebra anatomy astronomy college_biology college_chemistry
        college_computer_science college_mathematics college_physics computer_security
        conceptual_physics electrical_engineering elementary_mathematics high_school_biology
        high_school_chemistry high_school_computer_science high_school_mathematics
        high_school_physics high_school_statistics machine_learning""",
    "Humanities": """
        formal_logic high_school_european_history high_school_us_history
        high_school_world_history international_law jurisprudence logical_fallacies
        moral_disputes moral_scenarios philosophy prehistory professional_law world_religions""",
    "Social Science": """
        econometrics high_school_geography high_school_government_and_politics
        high_school_macroeconomics high_school_microeconomics high_school_psychology
        human_sexuality professional_psychology public_relations security_studies sociology
        us_foreign_policy""",
    "Other": """
        business_ethics clinical_knowledge college_medicine global_facts human_aging management
        marketing medical_genetics miscellaneous nutrition professional_accounting
        professional_medicine virology""",
}
"""The hub's and OpenCompass's grouping: anatomy is STEM there."""

CATEGORIES = {
    subject: category for category, subjects in _SUBJECTS.items() for subject in subjects.split()
}


def _to_sample(row: Row, subset: str, index: int) -> Sample:
    if "choices" in row:
        choices = tuple(texts(row, "choices"))
        answer = letter_at(integer(row, "answer"), choices)
    else:
        choices = lettered(row)
        answer = letter_of(text(row, "answer"), [*"ABCDEFGHIJ"[: len(choices)]])
    return Sample(
        id=sample_id("mmlu", subset, index),
        input=text(row, "question"),
        target=answer,
        choices=choices,
        meta={"subject": subset.replace("_", " ")},
    )


TASK = Task(
    name="mmlu",
    title="MMLU: knowledge in 57 subjects, four options (Hendrycks et al. 2021)",
    to_sample=_to_sample,
    prompt=prompt_of(CHOICE, "chat_prompt"),
    extractor="choice",
    scorer="choice",
    subsets=tuple(sorted(CATEGORIES)),
    categories=CATEGORIES,
    few_shot_split="dev",
    few_shot_num=5,
    variants=CHOICE,
    files={
        "test": "test/{subset}_test.csv|{subset}/test-*.parquet",
        "dev": "dev/{subset}_dev.csv|{subset}/dev-*.parquet",
    },
    columns=("question", "A", "B", "C", "D", "answer"),
    hub="cais/mmlu",
)
