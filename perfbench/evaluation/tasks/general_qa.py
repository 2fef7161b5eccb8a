"""Open questions with reference answers, scored by ROUGE and BLEU: EvalScope's ``general_qa``.

Rows have ``query`` or ``question`` and, where there is a reference, ``response`` or ``answer``;
``system`` and ``history`` (pairs of question and answer) may go before. Every file of the folder
is a subset of its own.
"""

from __future__ import annotations

from collections.abc import Sequence

from perfbench.evaluation.fields import Row, optional, sample_id, text
from perfbench.evaluation.prompts import question
from perfbench.evaluation.task import Task, Variant
from perfbench.types import Input, Message, Sample


def to_sample(row: Row, task: str, subset: str, index: int) -> Sample:
    """An open question. Without a reference its target is ``None``: it cannot be scored."""
    history = row.get("history") or []
    if not isinstance(history, list) or not all(
        isinstance(turn, (list, tuple)) and len(turn) == 2 for turn in history
    ):
        raise ValueError("'history' must be a list of pairs: question and answer")
    return Sample(
        id=sample_id(task, subset, index),
        input=text(row, "query", "question"),
        target=optional(row, "response", "answer"),
        meta={"system": optional(row, "system"), "history": history},
    )


def chat(sample: Sample, shots: Sequence[Sample]) -> Input:
    """The question as it stands, after the turns the row gives."""
    turns: list[Message] = []
    if sample.meta.get("system"):
        turns.append({"role": "system", "content": str(sample.meta["system"])})
    for asked, answered in sample.meta.get("history") or []:
        turns.append({"role": "user", "content": str(asked)})
        turns.append({"role": "assistant", "content": str(answered)})
    return [*turns, {"role": "user", "content": question(sample)}]


def _as_text(sample: Sample, shots: Sequence[Sample]) -> Input:
    return question(sample)


VARIANTS = {"chat_prompt": Variant(prompt=chat), "str": Variant(prompt=_as_text)}

TASK = Task(
    name="general_qa",
    title="Open questions of your own, against reference answers by ROUGE and BLEU",
    to_sample=lambda row, subset, index: to_sample(row, "general_qa", subset, index),
    prompt=chat,
    extractor="verbatim",
    scorer="rouge_bleu",
    subsets=(),
    metric="rouge_l_f",
    variants=VARIANTS,
    files={"test": "{subset}.jsonl|{subset}.csv|{subset}.json"},
)
