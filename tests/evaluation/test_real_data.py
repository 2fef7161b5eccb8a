"""The real data sets load whole, where they are at hand."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from perfbench.evaluation.data import Places
from perfbench.evaluation.plan import catalogue
from perfbench.evaluation.plan.selection import Selection, samples
from perfbench.types import Sample

DATA = Path(
    os.environ.get("PERFBENCH_DATA", Path(__file__).parents[2] / ".." / "shared" / "data")
).resolve()


def loaded(name: str) -> list[tuple[Sample, str]]:
    resolved = catalogue.find(name)
    if not (DATA / resolved.task.name).is_dir():
        pytest.skip(f"no real {resolved.task.name} in {DATA}; PERFBENCH_DATA names the data folder")
    found = catalogue.find_data(resolved, Places(dataset_dir=DATA))
    assert found.origin == "folder"
    return list(samples(resolved, found, Selection()))


def test_gsm8k() -> None:
    rows = [sample for sample, _ in loaded("gsm8k_gen_4_shot_cot_chat_prompt")]
    assert len(rows) == 1319
    assert rows[0].target == "18"
    assert all(str(sample.target).lstrip("-").isdigit() for sample in rows)
    assert all("<<" not in str(sample.input) for sample in rows)


def test_math500() -> None:
    rows = [sample for sample, _ in loaded("math500")]
    assert len(rows) == 500
    assert all(sample.target for sample in rows)


def test_aime2024() -> None:
    rows = [sample for sample, _ in loaded("aime2024")]
    assert len(rows) == 30
    assert all(0 <= int(str(sample.target)) <= 999 for sample in rows)


def test_mmlu() -> None:
    rows = loaded("mmlu")
    counts: dict[str, int] = {}
    for sample, subset in rows:
        counts[subset] = counts.get(subset, 0) + 1
        assert len(sample.choices) == 4
        assert sample.target in tuple("ABCD")
        assert isinstance(sample.input, list)
        assert len(sample.input) == 11
    assert {
        "abstract_algebra": 100,
        "college_computer_science": 100,
        "global_facts": 100,
        "high_school_geography": 198,
        "us_foreign_policy": 100,
    }.items() <= counts.items()
