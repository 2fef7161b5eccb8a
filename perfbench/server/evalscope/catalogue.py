"""The data sets of evaluations, as EvalScope's API lists benchmarks."""

from __future__ import annotations

import functools
from typing import Any

import msgspec

from perfbench import registry


class Benchmark(msgspec.Struct, frozen=True, kw_only=True):
    """A data set. What only its files say is null."""

    name: str
    pretty_name: str
    tags: tuple[str, ...]
    category: str
    subset_list: tuple[str, ...]
    """Empty: whatever its files are called."""
    total_samples: int | None
    few_shot_num: int
    dataset_id: str | None
    """On the Hugging Face hub."""
    paper_url: str | None
    metrics: tuple[str, ...]
    meta: dict[str, Any]
    description: dict[str, Any]
    """By language: ``full``, and ``sections``."""


class Benchmarks(msgspec.Struct, frozen=True):
    """Data sets by what a model must be able to read."""

    text: tuple[Benchmark, ...] | None = None
    multimodal: tuple[Benchmark, ...] | None = None


@functools.cache
def benchmarks() -> Benchmarks:
    """All built-in data sets."""
    return Benchmarks(tuple(map(_benchmark, registry.TASKS)), ())


def _benchmark(name: str) -> Benchmark:
    task = registry.resolve(registry.TASKS, name)
    return Benchmark(
        name=name,
        pretty_name=task.title.partition(":")[0],
        tags=(),
        category="llm",
        subset_list=task.subsets,
        total_samples=None,
        few_shot_num=task.few_shot_num,
        dataset_id=task.hub,
        paper_url=None,
        metrics=(task.metric,),
        meta={"split": task.split, "scorer": task.scorer, "extractor": task.extractor},
        description={"en": {"full": task.title, "sections": {}}},
    )
