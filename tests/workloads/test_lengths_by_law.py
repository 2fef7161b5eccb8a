"""Lengths drawn by a law, and prefixes that prompts share: what is drawn, and what is refused."""

from __future__ import annotations

import random
from collections import Counter
from itertools import islice
from pathlib import Path
from statistics import fmean, pstdev
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from workload_points import point

from perfbench.config import PerfConfig, load_config
from perfbench.config.laws import ChoiceLaw, LengthLaw, drawn
from perfbench.errors import ConfigError, WorkloadError
from perfbench.types import Sample
from perfbench.workloads import LoadedWorkload, Tokenizer, load_workload


def lengths(text: str, count: int = 20_000, values: list[int] | None = None) -> list[int]:
    draw, chance = LengthLaw.of(text).drawer(values or []), random.Random(7)
    return [draw(chance) for _ in range(count)]


def opened(tokenizer: Tokenizer | None = None, **fields: Any) -> LoadedWorkload:
    return load_workload(PerfConfig(dataset="random", **fields), tokenizer)


def asked(workload: LoadedWorkload, count: int, index: int = 0) -> list[Sample]:
    return list(islice(workload.samples(point(index)), count))


def test_laws_have_the_moments_they_name() -> None:
    assert set(lengths("512", 10)) == set(lengths("fixed:512", 10)) == {512}
    uniform = lengths("uniform:min=3,max=7")
    assert set(uniform) == {3, 4, 5, 6, 7}
    assert fmean(uniform) == pytest.approx(5, abs=0.05)
    normal = lengths("normal:mean=512,std=64")
    assert (fmean(normal), pstdev(normal)) == (
        pytest.approx(512, 0.01),
        pytest.approx(64, rel=0.05),
    )
    skewed = lengths("lognormal:mean=512,std=200")
    assert (fmean(skewed), pstdev(skewed)) == (
        pytest.approx(512, 0.02),
        pytest.approx(200, rel=0.1),
    )
    assert sorted(skewed)[len(skewed) // 2] < 500, "a log-normal law leans to the left"


def test_zipf_follows_its_exponent() -> None:
    counts = Counter(lengths("zipf:exponent=1,min=10,max=1000", 50_000))
    assert min(counts) == 10
    assert max(counts) <= 1000
    assert counts[10] / counts[11] == pytest.approx(2, rel=0.1)
    assert counts[10] / counts[13] == pytest.approx(4, rel=0.15)


def test_ends_bound_what_is_drawn() -> None:
    bounded = lengths("lognormal:mean=50,std=100,min=20,max=90")
    assert (min(bounded), max(bounded)) == (20, 90)
    assert min(lengths("normal:mean=5,std=20")) == 1


@settings(max_examples=60)
@given(
    st.sampled_from(["normal", "lognormal"]),
    st.integers(1, 5000),
    st.floats(0, 5000),
    st.integers(0, 10**6),
)
def test_any_law_draws_a_length(kind: str, mean: int, std: float, seed: int) -> None:
    draw = LengthLaw.of(f"{kind}:mean={mean},std={std}").drawer()
    assert all(draw(random.Random(f"{seed}/{i}")) >= 1 for i in range(20))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("0", "value is a whole number from 1"),
        ("many", "is no name=number"),
        ("gauss:mean=3", "no law is called 'gauss'"),
        ("normal:mean=3", "normal needs std"),
        ("uniform:min=9,max=3", "min is above max"),
        ("normal:mean=3,std=1,shape=2", "knows no 'shape'"),
        ("normal:mean=3,std=-1", "std is 0 or more"),
        ("normal:mean=300,std=1,max=20", "mean is not between"),
        ("zipf:exponent=1", "zipf needs max"),
        ("file:", "file needs the path"),
        ("lognormal:mean=nan,std=1", "is no name=number"),
    ],
)
def test_a_wrong_law_is_one_clear_line(text: str, said: str) -> None:
    with pytest.raises(ConfigError, match=f"--input-lengths: .*{said}") as caught:
        load_config({"input_lengths": text}, environment={})
    assert "\n" not in str(caught.value)


def test_prompts_are_of_the_lengths_drawn(bos: Tokenizer) -> None:
    workload = opened(bos, api="vllm", input_lengths="lognormal:mean=60,std=30,max=200")
    samples = asked(workload, 400)
    assert all(len(sample.input) == sample.input_tokens for sample in samples)
    assert fmean(sample.input_tokens or 0 for sample in samples) == pytest.approx(60, rel=0.1)
    assert [s.input for s in asked(workload, 9)] == [s.input for s in samples[:9]]
    assert [s.input_tokens for s in asked(workload, 9, 1)] != [s.input_tokens for s in samples[:9]]


def test_lengths_below_a_chat_template_are_raised_and_counted(bos: Tokenizer) -> None:
    workload = opened(bos, input_lengths="uniform:min=1,max=40")
    least = bos.count([bos.render([{"role": "user", "content": "a"}])])[0]
    assert min(sample.input_tokens or 0 for sample in asked(workload, 200)) == least
    assert any(f"below {least} tokens" in note for note in workload.notes)


def test_lengths_of_a_file(tmp_path: Path) -> None:
    column = tmp_path / "lengths.csv"
    column.write_text("asked,answered\n3,30\n5,50\n")
    lines = tmp_path / "lengths.txt"
    lines.write_text("4\n6\n")
    fields = {"input_lengths": f"file:{column}:asked", "output_lengths": f"file:{lines}"}
    samples = asked(opened(None, **fields), 100)
    assert {len(str(sample.input).split()) for sample in samples} == {3, 5}
    assert {sample.max_tokens for sample in samples} == {4, 6}
    with pytest.raises(WorkloadError, match=r"several columns; .* takes one of asked, answered"):
        opened(None, input_lengths=f"file:{column}")
    with pytest.raises(WorkloadError, match="cannot read"):
        opened(None, input_lengths=f"file:{tmp_path}/none.csv")
    lines.write_text("4\nmany\n")
    with pytest.raises(WorkloadError, match=r"lengths\.txt:2: 'many' is no length"):
        opened(None, input_lengths=f"file:{lines}")


def test_output_lengths_are_drawn_for_each_request() -> None:
    samples = asked(opened(output_lengths="uniform:min=5,max=9", min_tokens=7), 200)
    assert {sample.max_tokens for sample in samples} == {7, 8, 9}
    for other in ({"max_tokens": 5}, {"input_lengths": "9", "min_prompt_length": 2}):
        with pytest.raises(ConfigError, match=r"both|limit"):
            load_config({"output_lengths": "9", **other}, environment={})


def test_each_prompt_has_one_of_the_prefixes(bos: Tokenizer) -> None:
    fields: dict[str, Any] = {"prefix_length": 12, "prefixes": 5, "input_lengths": "20"}
    workload = opened(bos, api="vllm", **fields)
    samples = asked(workload, 2000)
    assert {sample.input_tokens for sample in samples} == {32}
    counts = Counter(tuple(sample.input[:12]) for sample in samples)
    assert len(counts) == 5
    assert max(counts.values()) < 1.3 * min(counts.values())
    # Points share the prefixes, and nothing else.
    second = asked(workload, 200, 1)
    assert {tuple(sample.input[:12]) for sample in second} == set(counts)
    assert not {tuple(s.input) for s in second} & {tuple(s.input) for s in samples}


def test_a_zipf_choice_has_a_favourite() -> None:
    fields: dict[str, Any] = {"prefix_length": 6, "prefixes": 4, "prefix_choice": "zipf:1"}
    samples = asked(opened(**fields), 4000)
    counts = Counter(tuple(str(sample.input).split()[:6]) for sample in samples).most_common()
    shares = [count / 4000 for _, count in counts]
    expected = [weight / sum([1, 1 / 2, 1 / 3, 1 / 4]) for weight in (1, 1 / 2, 1 / 3, 1 / 4)]
    assert shares == pytest.approx(expected, abs=0.03)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"prefixes": 3}, "--prefixes needs --prefix-length"),
        ({"prefix_length": 3, "prefix_choice": "zipf:1"}, "--prefix-choice needs --prefixes"),
        ({"prefix_length": 3, "prefixes": 2, "prefix_choice": "often"}, "uniform, or zipf"),
        ({"prefix_length": 3, "prefixes": 2, "prefix_choice": "zipf:-1"}, "uniform, or zipf"),
    ],
)
def test_wrong_prefixes_are_one_clear_line(fields: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        load_config(fields, environment={})


def test_choices_are_as_likely_as_their_weights() -> None:
    places = Counter(islice(drawn(random.Random(1), [3, 0, 1]), 4000))
    assert set(places) == {0, 2}
    assert places[0] / places[2] == pytest.approx(3, rel=0.1)
    assert ChoiceLaw.of("uniform").weights(3) == [1, 1, 1]
