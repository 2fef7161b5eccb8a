"""IFEval: instructions whose keeping can be checked by a program (at least 25 kinds).

``Sample.meta`` holds what the checks need, as the official rows have it: ``instruction_id_list``
and ``kwargs``, a list of objects in the same order (absent arguments are ``None``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from perfbench.evaluation.fields import Row, optional, sample_id, text, texts
from perfbench.evaluation.prompts import Chat, question
from perfbench.evaluation.task import Task, Variant
from perfbench.types import Input, Sample


def _to_sample(row: Row, subset: str, index: int) -> Sample:
    instructions = texts(row, "instruction_id_list")
    arguments = row.get("kwargs")
    if not isinstance(arguments, list) or len(arguments) != len(instructions):
        raise ValueError("'kwargs' must be a list with one object for each instruction")
    if not all(isinstance(item, Mapping) for item in arguments):
        raise ValueError("'kwargs' must hold an object for each instruction")
    prompt = text(row, "prompt")
    return Sample(
        id=sample_id("ifeval", subset, index),
        input=prompt,
        meta={
            "key": optional(row, "key"),
            "prompt": prompt,
            "instruction_id_list": instructions,
            "kwargs": [dict(item) for item in arguments],
        },
    )


def _as_text(sample: Sample, shots: Sequence[Sample]) -> Input:
    return question(sample)


_CHAT = Chat(question, lambda sample: "")

TASK = Task(
    name="ifeval",
    title="IFEval: 541 prompts with instructions a program can check (Zhou et al. 2023)",
    to_sample=_to_sample,
    prompt=_CHAT,
    extractor="verbatim",
    scorer="ifeval",
    metric="prompt_strict",
    metric_weights={"instructions_strict": "instructions", "instructions_loose": "instructions"},
    variants={
        "chat_prompt": Variant(prompt=_CHAT),
        "str": Variant(prompt=_as_text),
    },
    files={
        "test": "input_data.jsonl|ifeval_input_data.jsonl|data/train-*.parquet",
    },
    hub="google/IFEval",
    modelscope="opencompass/ifeval",
)
