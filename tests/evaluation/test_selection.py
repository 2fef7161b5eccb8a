"""Which samples are asked, and what stands before each question."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfbench.errors import ConfigError, WorkloadError
from perfbench.evaluation.data import Found, Places
from perfbench.evaluation.plan import catalogue
from perfbench.evaluation.plan.selection import MERGED, Selection, notes, samples, with_system
from perfbench.types import Sample

MMLU = catalogue.find("demo_mmlu")
GSM8K = catalogue.find("demo_gsm8k")


def data(resolved: catalogue.Resolved) -> Found:
    return catalogue.find_data(resolved, Places())


def asked(resolved: catalogue.Resolved, **choice: object) -> list[tuple[Sample, str]]:
    return list(samples(resolved, data(resolved), Selection(**choice)))  # type: ignore[arg-type]


def ids(resolved: catalogue.Resolved, **choice: object) -> list[str]:
    return [sample.id for sample, _ in asked(resolved, **choice)]


def turns(sample: Sample) -> list[str]:
    assert isinstance(sample.input, list)
    return [turn["role"] for turn in sample.input if isinstance(turn, dict)]


def test_all_in_the_order_of_the_files() -> None:
    assert ids(GSM8K) == [f"gsm8k/{n}" for n in range(8)]
    subsets = [subset for _, subset in asked(MMLU)]
    assert subsets == ["astronomy"] * 5 + ["high_school_geography"] * 5


@pytest.mark.parametrize(
    ("limit", "count"), [(1, 1), (1.0, 1), (3, 3), (99, 8), (0.5, 4), (0.3, 3), (0.01, 1)]
)
def test_limit_by_count_and_share(limit: float, count: int) -> None:
    assert ids(GSM8K, limit=limit) == [f"gsm8k/{n}" for n in range(count)]


def test_share_is_exact() -> None:
    rows = "".join(json.dumps({"question": str(n), "answer": "1"}) + "\n" for n in range(100))
    path = Path("own.jsonl")
    path.write_text(rows)
    resolved = catalogue.find(str(path))
    for percent in range(1, 100):
        assert len(ids(resolved, limit=percent / 100)) == percent


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_limit_is_of_each_subset_and_num_prompts_of_all() -> None:
    assert len(ids(MMLU, limit=2)) == 4
    assert ids(MMLU, limit=2, num_prompts=3)[-1] == "mmlu/high_school_geography/0"
    assert len(ids(MMLU, num_prompts=7)) == 7


@pytest.mark.parametrize(
    ("sizes", "count", "expected"),
    [
        ((5, 5), 4, (2, 2)),
        ((5, 5), 1, (1, 0)),
        ((100, 2, 2), 10, (8, 1, 1)),
        ((1, 2, 3, 4), 7, (1, 2, 2, 2)),
        ((3, 3, 3), 2, (1, 1, 0)),
        ((2, 2), 9, (2, 2)),
    ],
)
def test_a_count_is_spread_over_subsets(
    tmp_path: Path, sizes: tuple[int, ...], count: int, expected: tuple[int, ...]
) -> None:
    folder = tmp_path / "mine" / "mmlu"
    folder.mkdir(parents=True)
    subsets = catalogue.find("mmlu").subsets[: len(sizes)]
    (folder / "test").mkdir()
    for subset, size in zip(subsets, sizes, strict=True):
        row = '"What?","a","b","c","d","A"\n'
        (folder / "test" / f"{subset}_test.csv").write_text(row * size)
    mmlu = catalogue.find("mmlu")
    found = catalogue.find_data(mmlu, Places(dataset_dir=tmp_path / "mine"))
    choice = Selection(num_prompts=count, few_shot_num=0)
    kept = Counter(subset for _, subset in samples(mmlu, found, choice))
    assert tuple(kept[subset] for subset in subsets) == expected


def test_merged_subsets_are_limited_together() -> None:
    merged = asked(MMLU, merge=True, limit=7)
    assert {subset for _, subset in merged} == {MERGED}
    astronomy, geography = ids(MMLU)[:5], ids(MMLU)[5:]
    assert [sample.id for sample, _ in merged] == [*astronomy[:4], *geography[:3]]
    plain = {sample.id: sample.input for sample, _ in asked(MMLU)}
    assert all(sample.input == plain[sample.id] for sample, _ in merged), "shots stay the subset's"


def test_chosen_subsets() -> None:
    assert {s for _, s in asked(MMLU, subsets=("high_school_geography",))} == {
        "high_school_geography"
    }
    with pytest.raises(ConfigError, match="has no subset 'astronmy'; did you mean astronomy"):
        ids(MMLU, subsets=("astronmy",))
    with pytest.raises(WorkloadError, match="has no rows for virology"):
        ids(MMLU, subsets=("virology",))


def test_absent_subsets_are_told() -> None:
    said = notes(MMLU, data(MMLU))
    assert "55 of 57 subsets have no file" in said[1]
    assert len(notes(MMLU, data(MMLU), ("astronomy",))) == 1


@given(st.integers(0, 1000), st.integers(1, 8))
def test_shuffling_is_a_choice_of_the_seed(seed: int, limit: int) -> None:
    first = ids(GSM8K, shuffle=True, seed=seed, limit=limit)
    assert first == ids(GSM8K, shuffle=True, seed=seed, limit=limit)
    assert len(set(first)) == limit
    assert set(first) <= set(ids(GSM8K))
    assert sorted(ids(GSM8K, shuffle=True, seed=seed)) == ids(GSM8K)


def test_seeds_differ() -> None:
    assert len({tuple(ids(GSM8K, shuffle=True, seed=seed)) for seed in range(20)}) > 15


@pytest.mark.parametrize("shots", [0, 1, 5])
def test_few_shot_turns(shots: int) -> None:
    for sample, _ in asked(GSM8K, few_shot_num=shots):
        assert turns(sample) == ["user", "assistant"] * shots + ["user"]


def test_examples_are_of_the_same_subset() -> None:
    for sample, subset in asked(MMLU):
        assert isinstance(sample.input, list)
        about = subset.replace("_", " ")
        assert all(about in str(turn) for turn in sample.input if "user" in str(turn))
        assert len(sample.input) == 11


def test_random_examples() -> None:
    def shots(seed: int) -> str:
        ((sample, _),) = asked(
            GSM8K, few_shot_num=2, few_shot_random=True, seed=seed, num_prompts=1
        )
        assert isinstance(sample.input, list)
        return str(sample.input[:-1])

    assert len({shots(seed) for seed in range(12)}) > 3
    assert shots(3) == shots(3)


def test_too_many_examples() -> None:
    with pytest.raises(ConfigError, match=r"6 few-shot examples wanted, .* has 5 for 'default'"):
        ids(GSM8K, few_shot_num=6)
    with pytest.raises(ConfigError, match="demo_truthfulqa has no few-shot examples"):
        ids(catalogue.find("demo_truthfulqa"), few_shot_num=1)


def test_system_prompt() -> None:
    ((sample, _),) = asked(GSM8K, system_prompt="Be brief.", num_prompts=1)
    assert turns(sample) == ["system", "user"]
    text = catalogue.find("demo_gsm8k_gen_0_shot_cot_str")
    ((sample, _),) = asked(text, system_prompt="Be brief.", num_prompts=1)
    assert turns(sample) == ["system", "user"]
    own = [{"role": "system", "content": "old"}, {"role": "user", "content": "q"}]
    assert with_system(own, "new") == [{"role": "system", "content": "new"}, own[1]]
    assert with_system("q", None) == "q"


@pytest.mark.parametrize(
    "choice",
    [{"limit": 0}, {"limit": -1}, {"limit": 2.5}, {"num_prompts": 0}, {"few_shot_num": -1}],
)
def test_senseless_selection(choice: dict[str, float]) -> None:
    with pytest.raises(ConfigError, match=next(iter(choice))):
        ids(GSM8K, **choice)


def test_malformed_row_names_file_and_line(tmp_path: Path) -> None:
    folder = tmp_path / "gsm8k"
    folder.mkdir()
    good = json.dumps({"question": "?", "answer": "#### 1"})
    (folder / "test.jsonl").write_text(f'{good}\n\n{{"question": "?", "answer": "1"}}\n')
    resolved = catalogue.find("gsm8k")
    found = catalogue.find_data(resolved, Places(dataset_dir=tmp_path))
    with pytest.raises(WorkloadError, match=r"gsm8k/test\.jsonl:3: 'answer' must end in '#### N'"):
        list(samples(resolved, found, Selection()))
