"""HumanEval+: HumanEval's functions with some 80 times as many tests (EvalPlus)."""

from __future__ import annotations

from dataclasses import replace

from perfbench.evaluation.tasks import humaneval

TASK = replace(
    humaneval.TASK,
    name="humaneval_plus",
    title="HumanEval+: HumanEval with many more tests (Liu et al. 2023)",
    to_sample=lambda row, subset, index: humaneval.to_sample(row, "humaneval_plus", subset, index),
    folders=("humanevalplus",),
    files={"test": "HumanEvalPlus.jsonl|HumanEvalPlus*.jsonl|test.jsonl|data/test-*.parquet"},
    hub="evalplus/humanevalplus",
    modelscope="evalscope/humanevalplus",
)
