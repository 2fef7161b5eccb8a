"""MGSM: 250 problems of GSM8K in eleven languages; TSV without header: question, number."""

from __future__ import annotations

from perfbench.evaluation.fields import Row, optional, sample_id, text
from perfbench.evaluation.prompts import Chat, Text, kinds, prompt_of, question, solution, target
from perfbench.evaluation.task import Task
from perfbench.types import Sample

_INSTRUCTIONS = {
    "bn": "ধাপে ধাপে চিন্তা করুন এবং চূড়ান্ত উত্তরটি \\boxed{} এর মধ্যে লিখুন।",
    "de": "Denke Schritt für Schritt und schreibe die endgültige Antwort in \\boxed{}.",
    "en": "Reason step by step, and put your final answer within \\boxed{}.",
    "es": "Razona paso a paso y escribe la respuesta final dentro de \\boxed{}.",
    "fr": "Raisonne étape par étape et écris la réponse finale dans \\boxed{}.",
    "ja": "段階的に考え、最終的な答えを \\boxed{} の中に書いてください。",
    "ru": "Рассуждай шаг за шагом и запиши окончательный ответ в \\boxed{}.",
    "sw": "Fikiri hatua kwa hatua na uandike jibu la mwisho ndani ya \\boxed{}.",
    "te": "దశలవారీగా ఆలోచించి, తుది సమాధానాన్ని \\boxed{} లో రాయండి.",
    "th": "คิดทีละขั้นตอน แล้วเขียนคำตอบสุดท้ายไว้ใน \\boxed{}",
    "zh": "请逐步推理，并将最终答案写在 \\boxed{} 中。",
}


def _to_sample(row: Row, subset: str, index: int) -> Sample:
    number = text(row, "answer_number") if "answer_number" in row else text(row, "answer")
    return Sample(
        id=sample_id("mgsm", subset, index),
        input=text(row, "question"),
        target=number.replace(",", ""),
        meta={
            "language": subset,
            "solution": optional(row, "answer") if "answer_number" in row else None,
        },
    )


def _instruction(sample: Sample) -> str:
    return _INSTRUCTIONS[str(sample.meta["language"])]


def _ask(sample: Sample) -> str:
    return f"{question(sample)}\n\n{_instruction(sample)}"


def _reply(sample: Sample) -> str:
    return f"{solution(sample)}\n\\boxed{{{target(sample)}}}".lstrip()


_CHAT = Chat(_ask, _reply)
_TEXT = Text(_instruction, question, "", _reply)
VARIANTS = kinds(_CHAT, _CHAT, _TEXT, _TEXT)

TASK = Task(
    name="mgsm",
    title="MGSM: grade-school maths in eleven languages (Shi et al. 2022)",
    to_sample=_to_sample,
    prompt=prompt_of(VARIANTS, "cot_chat_prompt"),
    extractor="number",
    scorer="number",
    subsets=tuple(_INSTRUCTIONS),
    few_shot_split="train",
    variants=VARIANTS,
    files={
        "test": "mgsm_{subset}.tsv|{subset}/test-*.parquet",
        "train": "mgsm_{subset}_train.tsv|{subset}/train-*.parquet",
    },
    columns=("question", "answer"),
    hub="juletxara/mgsm",
)
