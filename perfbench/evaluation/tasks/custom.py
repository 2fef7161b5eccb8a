"""Data sets of your own: one JSONL or CSV file and, where wanted, ``FILE.meta.json`` beside it.

Questions with options (``mcq``) have the columns ``question, A, B, ..., answer``; open questions
(``qa``) have ``question, answer`` or ``query, response``. ``max_tokens`` in a row bounds its
answer. What the meta file may say is in ``Meta``; keys that shape load, not answers
(``output_config``), are for the load test and named as unused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from perfbench.evaluation.fields import LETTERS, Row, integer, optional
from perfbench.evaluation.prompts import PromptFunction
from perfbench.evaluation.task import Task, Variant
from perfbench.evaluation.tasks import general_mcq, general_qa
from perfbench.types import Input, Sample

TYPES = ("mcq", "qa")
UNUSED = ("output_config",)

_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_NUMBER = re.compile(r"[-+]?\d[\d,]*(\.\d+)?")


@dataclass(frozen=True, slots=True)
class Meta:
    """What a ``.meta.json`` file may say of its data file. AISBench's and OpenCompass's names."""

    abbr: str | None = None
    """Name of the data set in reports; the file's own name otherwise."""
    data_type: str | None = None
    """``mcq`` or ``qa`` (also under ``type``); by the columns otherwise."""
    question_column: str | None = None
    answer_column: str | None = None
    """Also ``output_column``."""
    choices: tuple[str, ...] = ()
    """Columns of the options, in order (also ``options``); ``A``, ``B``, ... otherwise."""
    human_prompt: str | None = None
    """What is asked, with columns in braces: ``Translate: {question}``."""
    extractor: str | None = None
    scorer: str | None = None
    metric: str | None = None
    request_count: int | None = None
    """Only the first so many rows (after shuffling)."""
    sampling_mode: str | None = None
    """``shuffle`` or ``random``: rows in an order drawn from the seed; ``default``: as they are."""


def parse_meta(values: Mapping[str, Any]) -> Meta:
    """The contents of a ``.meta.json`` file.

    Raises:
        ValueError: an unknown key, or a value that makes no sense; says which and what is right.
    """
    names = {"type": "data_type", "output_column": "answer_column", "options": "choices"}
    ignored = {"infer_method": "gen"}
    known: dict[str, Any] = {}
    for key, value in values.items():
        if key in ignored:
            if value != ignored[key]:
                raise ValueError(f"{key!r} is {value!r}; only {ignored[key]!r} is there")
        elif key not in UNUSED:
            known[names.get(key, key)] = value
    allowed = set(Meta.__dataclass_fields__)
    for key in known:
        if key not in allowed:
            raise ValueError(f"nothing is called {key!r}; there are {', '.join(sorted(allowed))}")
    return _checked(known)


def _checked(known: dict[str, Any]) -> Meta:
    if "choices" in known:
        known["choices"] = tuple(_names("choices", known["choices"]))
    if known.get("request_count") is not None:
        known["request_count"] = integer(known, "request_count")
    for key, value in known.items():
        if key not in ("choices", "request_count") and not isinstance(value, str | None):
            raise ValueError(f"{key!r} is {value!r}; it must be text")
    meta = Meta(**known)
    if meta.data_type not in (None, *TYPES):
        raise ValueError(f"'data_type' is {meta.data_type!r}; there are {' and '.join(TYPES)}")
    if meta.sampling_mode not in (None, "default", "shuffle", "random"):
        raise ValueError(f"'sampling_mode' is {meta.sampling_mode!r}; shuffle, random or default")
    if meta.request_count is not None and meta.request_count < 1:
        raise ValueError("'request_count' must be at least 1")
    return meta


def task(name: str, rows: Sequence[Row], meta: Meta) -> Task:
    """The task that a file's rows make.

    Args:
        rows: all of them, as ``standard`` makes them: open questions are scored as numbers only
            if every answer is one.

    Raises:
        ValueError: the columns are those of neither kind.
    """
    kind = meta.data_type or _kind(rows[0])
    base = general_mcq.TASK if kind == "mcq" else general_qa.TASK
    reader = general_mcq.to_sample if kind == "mcq" else general_qa.to_sample

    def to_sample(row: Row, subset: str, index: int) -> Sample:
        sample = reader(standard(row, meta), name, subset, index)
        bound = integer(row, "max_tokens") if optional(row, "max_tokens") else None
        return replace(sample, max_tokens=bound, meta={**sample.meta, "row": dict(row)})

    made = replace(
        base,
        name=name,
        title=f"your own data, {'with options' if kind == 'mcq' else 'open questions'}",
        to_sample=to_sample,
        subsets=("default",),
        split="test",
        few_shot_split=None,
    )
    if kind == "qa" and all(_NUMBER.fullmatch(_answer(row)) for row in rows):
        made = replace(made, extractor="number", scorer="number", metric="accuracy")
    return _overridden(made, meta)


def _overridden(made: Task, meta: Meta) -> Task:
    if meta.human_prompt is not None:
        prompt = _template(meta.human_prompt)
        made = replace(made, prompt=prompt, variants={"chat_prompt": Variant(prompt=prompt)})
    return replace(
        made,
        extractor=meta.extractor or made.extractor,
        scorer=meta.scorer or made.scorer,
        metric=meta.metric or made.metric,
    )


def _template(text: str) -> PromptFunction:
    def prompt(sample: Sample, shots: Sequence[Sample]) -> Input:
        row = sample.meta["row"]
        asked = _PLACEHOLDER.sub(lambda match: str(row[match[1]]), text)
        return [{"role": "user", "content": asked}]

    return prompt


def standard(row: Row, meta: Meta) -> Row:
    """A row under the standard column names.

    Raises:
        ValueError: it lacks a column that the meta file names.
    """
    new_names = {
        "question": meta.question_column,
        "answer": meta.answer_column,
        **dict(zip(LETTERS, meta.choices, strict=False)),
    }
    wanted = [column for column in new_names.values() if column is not None]
    for column in [*wanted, *_PLACEHOLDER.findall(meta.human_prompt or "")]:
        if column not in row:
            raise ValueError(f"has no {column!r}; its fields are {', '.join(map(repr, row))}")
    return {**row, **{name: row[old] for name, old in new_names.items() if old is not None}}


def _kind(row: Row) -> str:
    if "A" in row and "B" in row and "question" in row:
        return "mcq"
    if "question" in row or "query" in row:
        return "qa"
    raise ValueError(
        f"has the fields {', '.join(map(repr, row))}; questions with options have question, A, B, "
        "..., answer, open ones question and answer (or query and response)"
    )


def _answer(row: Row) -> str:
    return optional(row, "response", "answer") or ""


def _names(key: str, value: Any) -> Sequence[str]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ValueError(f"{key!r} is {value!r}; it must be a list of column names")
    return value
