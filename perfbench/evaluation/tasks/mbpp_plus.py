"""MBPP+: 378 of MBPP's functions, put right, with some 35 times as many tests (EvalPlus).

Rows are ``task_id, prompt, code, test_imports, test_list, test``; the three tests of ``test_list``
are shown, those of ``test`` judge.
"""

from __future__ import annotations

from dataclasses import replace

from perfbench.evaluation.tasks import mbpp

TASK = replace(
    mbpp.TASK,
    name="mbpp_plus",
    title="MBPP+: MBPP put right, with many more tests (Liu et al. 2023)",
    to_sample=lambda row, subset, index: mbpp.to_sample(row, "mbpp_plus", index),
    subsets=("default",),
    asked=(),
    keeps=None,
    few_shot_split=None,
    few_shot_num=0,
    folders=("mbppplus",),
    files={"test": "MbppPlus.jsonl|MbppPlus*.jsonl|test.jsonl|data/test-*.parquet"},
    hub="evalplus/mbppplus",
    modelscope="evalscope/mbppplus",
)
