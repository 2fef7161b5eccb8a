"""random and speed_benchmark: lengths proved with the bare tokenizer."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer as Backend
from workload_points import point

from perfbench.config import PerfConfig
from perfbench.errors import ConfigError
from perfbench.types import Sample
from perfbench.workloads import LoadedWorkload, Tokenizer, load_tokenizer, load_workload
from perfbench.workloads.speed_benchmark import SpeedBenchmark

APIS = ["openai", "completions", "vllm"]


def opened(tokenizer: Tokenizer | None, **fields: Any) -> LoadedWorkload:
    return load_workload(PerfConfig(dataset="random", **fields), tokenizer)


def drawn(workload: LoadedWorkload, number: int, index: int = 0, **fields: Any) -> list[Sample]:
    return list(islice(workload.samples(point(index, **fields)), number))


def ids_of(bare: Backend, sample: Sample) -> list[int]:
    """Token ids of the prompt as a server without a template reads it."""
    if isinstance(sample.input, str):
        return bare.encode(sample.input, add_special_tokens=False).ids
    assert isinstance(sample.input, list)
    return sample.input


def read_by(tokenizer: Tokenizer, bare: Backend, api: str, sample: Sample) -> list[int]:
    """Token ids of the whole request as a server reads it, with its chat template if it has one."""
    if api != "openai":
        return ids_of(bare, sample)
    messages = [{"role": "user", "content": sample.input}]
    return bare.encode(tokenizer.render(messages), add_special_tokens=False).ids


@pytest.mark.parametrize("api", APIS)
def test_real_lengths_are_exact(real: tuple[Tokenizer, Backend], api: str) -> None:
    tokenizer, bare = real
    workload = opened(tokenizer, api=api, min_prompt_length=100, max_prompt_length=120)
    samples = drawn(workload, 200)
    lengths = [len(read_by(tokenizer, bare, api, sample)) for sample in samples]
    assert set(lengths) == set(range(100, 121))
    assert len({sample.id for sample in samples}) == 200
    assert workload.notes == []
    for sample, length in zip(samples, lengths, strict=True):
        assert sample.input_tokens == length


def test_one_seed_asks_the_same_through_every_api(real: tuple[Tokenizer, Backend]) -> None:
    tokenizer, bare = real
    asked = [
        [
            ids_of(bare, sample)
            for sample in drawn(opened(tokenizer, api=api, length_of="content"), 5)
        ]
        for api in APIS
    ]
    assert asked[0] == asked[1] == asked[2]


@pytest.mark.parametrize("api", APIS)
def test_speed_benchmark_lengths_are_exact(real: tuple[Tokenizer, Backend], api: str) -> None:
    tokenizer, bare = real
    workload = load_workload(PerfConfig(dataset="speed_benchmark", api=api), tokenizer)
    for index, length in enumerate(SpeedBenchmark.input_lengths):
        sample = drawn(workload, 1, index, input_length=length)[0]
        assert len(ids_of(bare, sample)) == length
        assert sample.max_tokens == 2048
    assert any("--ignore-eos" in note for note in workload.notes)


@settings(deadline=None, max_examples=30)
@given(
    api=st.sampled_from(APIS),
    bounds=st.tuples(st.integers(20, 300), st.integers(20, 300)).map(sorted),
    length_of=st.sampled_from(["request", "content"]),
    prefix=st.integers(0, 40),
    seed=st.integers(0, 10**6),
    index=st.integers(0, 20),
)
def test_lengths_are_exact_with_bos_and_prefix(
    folders: dict[str, Path],
    bos: Tokenizer,
    api: str,
    bounds: list[int],
    length_of: str,
    prefix: int,
    seed: int,
    index: int,
) -> None:
    bare = Backend.from_file(str(folders["bos"] / "tokenizer.json"))
    shortest, longest = bounds
    workload = opened(
        bos,
        api=api,
        min_prompt_length=shortest,
        max_prompt_length=longest,
        prefix_length=prefix,
        length_of=length_of,
    )
    assert workload.notes == []
    samples = drawn(workload, 12, index, seed=seed)
    starts = set()
    for sample in samples:
        ids = ids_of(bare, sample)
        # A server adds BOS to the text of a completion, and that counts as prompt.
        counted = len(read_by(bos, bare, api, sample)) + (api == "completions")
        asked = len(ids) if (api, length_of) == ("openai", "content") else counted
        assert shortest <= asked - prefix <= longest
        starts.add(tuple(ids[:prefix]))
        assert sample.input_tokens == counted
    assert len(starts) == 1
    again = opened(
        bos,
        api=api,
        min_prompt_length=shortest,
        max_prompt_length=longest,
        prefix_length=prefix,
        length_of=length_of,
    )
    assert drawn(again, 12, index, seed=seed) == samples


@pytest.mark.parametrize("api", APIS)
def test_lengths_are_mended_where_tokens_span_words(
    folders: dict[str, Path], joining: Tokenizer, api: str
) -> None:
    bare = Backend.from_file(str(folders["joining"] / "tokenizer.json"))
    words = opened(joining, api=api, min_prompt_length=400, max_prompt_length=400)
    samples = drawn(words, 20)
    assert [len(ids_of(bare, sample)) for sample in samples] == [400] * 20
    spoken = [joining.decode(ids_of(bare, sample)).count(" ") + 1 for sample in samples]
    assert spoken != [400] * 20, "this tokenizer must join words for the test to mean anything"


def test_a_length_that_cannot_be_had_is_admitted(bos: Tokenizer) -> None:
    workload = opened(bos, api="completions", min_prompt_length=1, max_prompt_length=1)
    assert [sample.input_tokens for sample in drawn(workload, 3)] == [2, 2, 2]
    assert any("could not be made of the length asked for" in note for note in workload.notes)


def test_points_share_nothing_but_the_prefix(bos: Tokenizer) -> None:
    workload = opened(bos, prefix_length=10, min_prompt_length=20, max_prompt_length=20)
    first, second = (drawn(workload, 100, index) for index in (0, 1))
    texts = [str(sample.input) for sample in [*first, *second]]
    assert len(set(texts)) == 200
    assert len({tuple(text.split()[:10]) for text in texts}) == 1
    assert len({tuple(text.split()[10:14]) for text in texts}) == 200
    assert drawn(workload, 1, seed=1) != drawn(workload, 1, seed=2)


def test_points_that_are_to_have_the_same_prompts_have_those_of_the_first(bos: Tokenizer) -> None:
    fields: dict[str, Any] = {"parallel": [1, 2], "max_tokens": [1, 9]}
    same, fresh = (opened(bos, same_prompts=same, **fields) for same in (True, False))
    first = drawn(fresh, 20)
    assert drawn(same, 20, 0) == drawn(same, 20, 1, first_prompt=20) == first
    assert drawn(fresh, 20, 1) != first
    assert any("--same-prompts" in note for note in same.notes)
    assert fresh.notes == []
    # The third point is the first of another input length: it shares nothing with the first.
    assert str(drawn(same, 1, 2)[0].input).split()[0] != str(first[0].input).split()[0]


@pytest.mark.parametrize("api", APIS)
def test_without_a_tokenizer_lengths_are_words_and_it_says_so(api: str) -> None:
    workload = opened(None, api=api, min_prompt_length=3, max_prompt_length=6, prefix_length=2)
    samples = drawn(workload, 100)
    assert {len(str(sample.input).split()) for sample in samples} == {5, 6, 7, 8}
    assert {sample.input_tokens for sample in samples} == {None}
    assert any("words, not tokens" in note for note in workload.notes)


def test_a_request_that_cannot_be_as_short_is_one_clear_line(bos: Tokenizer) -> None:
    around = bos.count([bos.render([{"role": "user", "content": "a"}])])[0]
    with pytest.raises(ConfigError, match=f"it has {around} or more.*--length-of content"):
        opened(bos, max_prompt_length=around - 1)
    exact = opened(bos, max_prompt_length=around)
    assert {sample.input_tokens for sample in drawn(exact, 5)} == {around}
    assert exact.notes == []
    raised = opened(bos, min_prompt_length=2, max_prompt_length=around + 1)
    assert {sample.input_tokens for sample in drawn(raised, 50)} == {around, around + 1}
    assert any(f"have {around} tokens" in note for note in raised.notes)
    opened(bos, max_prompt_length=1, length_of="content")
    opened(bos, max_prompt_length=1, api="vllm")


def test_the_length_of_a_request_is_not_known_without_its_template(
    folders: dict[str, Path],
) -> None:
    without = load_tokenizer(str(folders["cut"]))
    for tokenizer in (None, without):
        with pytest.raises(ConfigError, match="--length-of request needs"):
            opened(tokenizer, length_of="request")
        assert opened(tokenizer).template_unknown


def test_what_prompts_have_in_common_is_known(bos: Tokenizer) -> None:
    head = bos.render([{"role": "user", "content": "HERE"}]).partition("HERE")[0]
    assert opened(bos, prefix_length=7).common_start == 7 + bos.count([head])[0]
    assert opened(bos, api="completions").common_start == 1  # BOS
    assert opened(bos, api="completions", apply_chat_template=True).common_start == (
        opened(bos).common_start
    )
    assert opened(None, prefix_length=3).common_start == 3


@pytest.mark.parametrize("length_of", ["request", "content"])
def test_chat_template_goes_around_exact_lengths(bos: Tokenizer, length_of: str) -> None:
    fields: dict[str, Any] = {"length_of": length_of}
    if length_of == "request":
        fields |= {"min_prompt_length": 60, "max_prompt_length": 60}
    plain = drawn(opened(bos, api="completions", apply_chat_template=True, **fields), 20)
    bare = drawn(opened(bos, api="openai", **fields), 20)
    if length_of == "request":
        assert {sample.input_tokens for sample in plain} == {60}
    for rendered, chat in zip(plain, bare, strict=True):
        messages = [{"role": "user", "content": chat.input}]
        assert rendered.input == bos.apply_chat_template(messages)
        assert rendered.input_tokens == chat.input_tokens == bos.count([bos.render(messages)])[0]
    spelled = drawn(opened(bos, api="vllm", apply_chat_template=True, **fields), 1)[0]
    assert str(spelled.input).startswith("<s><|user|>")
    assert spelled.input_tokens == bare[0].input_tokens


def test_a_tokenizer_without_words_is_refused(folders: dict[str, Path]) -> None:
    letters = load_tokenizer(str(folders["letters"]))
    with pytest.raises(ConfigError, match="no words of one token"):
        opened(letters)


def test_speed_benchmark_limits(bos: Tokenizer) -> None:
    fixed = PerfConfig(dataset="speed_benchmark", max_tokens=[7], ignore_eos=True)
    workload = load_workload(fixed, bos)
    assert drawn(workload, 1, input_length=1)[0].max_tokens == 7
    assert workload.notes == []
    with pytest.raises(ValueError, match="needs its input_length"):
        drawn(workload, 1)
