"""Traces: formats, exact lengths, shared blocks, arrivals, and what the settings leave of them."""

from __future__ import annotations

import gzip
import json
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer as Backend
from workload_points import point

from perfbench.config import PerfConfig
from perfbench.errors import ConfigError, PerfbenchError, WorkloadError
from perfbench.perf.points import plan_points
from perfbench.types import Sample
from perfbench.workloads import LoadedWorkload, Tokenizer, load_workload

MOONCAKE = [
    {"timestamp": 0, "input_length": 700, "output_length": 5, "hash_ids": [0, 1]},
    {"timestamp": 1000, "input_length": 600, "output_length": 6, "hash_ids": [0, 1]},
    {"timestamp": 1500, "input_length": 1100, "output_length": 7, "hash_ids": [0, 2, 3]},
    {"timestamp": 4000, "input_length": 100, "output_length": 8, "hash_ids": [9]},
]
AZURE = (
    "TIMESTAMP,ContextTokens,GeneratedTokens\n"
    "2023-11-16 18:17:03.9799600,48,10\n"
    "2023-11-16 18:17:04.0319600,31,8\n"
)
BURSTGPT = (
    "Timestamp,Model,Request tokens,Response tokens,Total tokens,Log Type\n"
    "5,ChatGPT,472,18,490,Conversation log\n"
    "45,ChatGPT,1087,0,1087,Conversation log\n"
    "118,GPT-4,417,276,693,API log\n"
)


def jsonl(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


@pytest.fixture
def mooncake(tmp_path: Path) -> Path:
    return jsonl(tmp_path / "trace.jsonl", MOONCAKE)


def opened(tokenizer: Tokenizer | None, path: Path, **fields: Any) -> LoadedWorkload:
    fields = {"dataset": "mooncake", **fields}
    return load_workload(PerfConfig(dataset_path=path, **fields), tokenizer)


def replayed(workload: LoadedWorkload, speed: float = 1.0, index: int = 0) -> list[Sample]:
    return list(workload.samples(point(index, trace_speed=speed)))


@pytest.mark.parametrize("api", ["openai", "completions", "vllm"])
def test_lengths_are_exact_and_equal_blocks_are_equal_tokens(
    real: tuple[Tokenizer, Backend], mooncake: Path, api: str
) -> None:
    tokenizer, bare = real
    samples = replayed(opened(tokenizer, mooncake, api=api))
    assert [sample.input_tokens for sample in samples] == [700, 600, 1100, 100]
    assert [sample.max_tokens for sample in samples] == [5, 6, 7, 8]
    ids = [
        sample.input
        if isinstance(sample.input, list)
        else bare.encode(str(sample.input), add_special_tokens=False).ids
        for sample in samples
    ]
    if api != "openai":  # There the chat template is part of the length.
        assert [len(each) for each in ids] == [700, 600, 1100, 100]
    shared = min(len(ids[0]), len(ids[1]))
    assert ids[0][:shared] == ids[1][:shared]
    assert ids[0][:512] == ids[2][:512]
    assert ids[0][512:600] != ids[2][512:600]
    assert ids[0][:50] != ids[3][:50]


def test_points_and_seeds_share_no_blocks(mooncake: Path) -> None:
    workload = opened(None, mooncake)
    first, again, second = (replayed(workload, index=index) for index in (0, 0, 1))
    assert [sample.input for sample in first] == [sample.input for sample in again]
    assert str(first[0].input)[:200] != str(second[0].input)[:200]
    assert [len(str(sample.input).split()) for sample in second] == [700, 600, 1100, 100]


def test_arrivals_are_the_traces_own_over_the_speed(mooncake: Path) -> None:
    assert [sample.offset_s for sample in replayed(opened(None, mooncake))] == [0, 1, 1.5, 4]
    assert [sample.offset_s for sample in replayed(opened(None, mooncake), 2)] == [0, 0.5, 0.75, 2]
    part = opened(None, mooncake, trace_start=1.0, trace_duration=3.0)
    assert [sample.offset_s for sample in replayed(part)] == [0, 0.5]
    with pytest.raises(WorkloadError, match=r"the trace lasts 4\.0 s"):
        opened(None, mooncake, trace_start=5)


def test_points_of_a_trace(mooncake: Path) -> None:
    def points(**fields: Any) -> list[Any]:
        return plan_points(PerfConfig(dataset="mooncake", dataset_path=mooncake, **fields))

    (plain,) = points()
    assert (plain.number, plain.rate, plain.parallel) == (4, pytest.approx(3 / 4), None)
    assert [(p.number, p.trace_speed, p.rate) for p in points(trace_speed=[1, 4])] == [
        (4, 1.0, pytest.approx(0.75)),
        (4, 4.0, pytest.approx(3.0)),
    ]
    assert points(number=[2])[0].number == 2
    assert points(number=[2], warmup=1)[0].number == 2
    assert points(warmup=1)[0].number == 3
    assert points(duration=1.2)[0].number == 2
    assert [p.parallel for p in points(parallel=[1, 2])] == [1, 2]
    assert len({p.name for p in points(parallel=[1, 2], number=[2, 3])}) == 2
    for wrong, said in (
        ({"rate": [5]}, "--rate and --dataset mooncake both say .* --trace-speed"),
        ({"trace_speed": [1, 2], "parallel": [1, 2, 3]}, "one for all, or one each"),
        ({"warmup": 4}, "--warmup 4 leaves nothing"),
    ):
        with pytest.raises(PerfbenchError, match=said):
            points(**wrong)


def test_an_azure_trace(tmp_path: Path) -> None:
    path = tmp_path / "azure.csv.gz"
    path.write_bytes(gzip.compress(AZURE.encode()))
    samples = replayed(opened(None, path, dataset="azure_llm"))
    assert [len(str(sample.input).split()) for sample in samples] == [48, 31]
    assert [sample.max_tokens for sample in samples] == [10, 8]
    assert [sample.offset_s for sample in samples] == [0, pytest.approx(0.052, abs=1e-6)]


def test_a_burstgpt_trace_without_its_failures(tmp_path: Path) -> None:
    path = tmp_path / "burst.csv"
    path.write_text(BURSTGPT)
    workload = opened(None, path, dataset="burstgpt")
    samples = replayed(workload)
    assert [(len(str(s.input).split()), s.max_tokens, s.offset_s) for s in samples] == [
        (472, 18, 0),
        (417, 276, 113),
    ]
    assert any("1 rows of the trace are left out" in note for note in workload.notes)


def test_a_generic_trace(tmp_path: Path) -> None:
    body = {"messages": [{"role": "user", "content": "Hi"}], "temperature": 0}
    rows: list[dict[str, Any]] = [
        {"timestamp": "2024-05-10T00:00:01.5+00:00", "body": json.dumps(body)},
        {"timestamp": "2024-05-10 00:00:00", "input_length": 7, "output_length": 3},
        {"timestamp": "2024-05-10 00:00:03Z", "prompt": "Why?", "completion_tokens": 9},
    ]
    workload = opened(None, jsonl(tmp_path / "t.jsonl", rows), dataset="trace")
    first, second, third = replayed(workload)
    assert (len(str(first.input).split()), first.max_tokens, first.offset_s) == (7, 3, 0)
    assert (second.input, second.offset_s, second.max_tokens) == (body, 1.5, 2048)
    assert (third.input, third.max_tokens, third.offset_s) == ("Why?", 9, 3)
    assert any("not in the order of time" in note for note in workload.notes)
    ms = jsonl(tmp_path / "ms.jsonl", [{"timestamp_ms": at, "prompt": "a"} for at in (500, 750)])
    assert [s.offset_s for s in replayed(opened(None, ms, dataset="trace"))] == [0, 0.25]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"timestamp": 0, "input_length": 7}, "no 'output_length' in it"),
        ({"timestamp": "soon", "input_length": 7, "output_length": 1}, "'timestamp' is a number"),
        ({"timestamp": 0, "input_length": 1.5, "output_length": 1}, "a number of tokens"),
        ({"timestamp": 0, "input_length": -1, "output_length": 1}, "a number of tokens"),
        (
            {"timestamp": 0, "input_length": 1, "output_length": 1, "hash_ids": ["a"]},
            "list of whole",
        ),
        ([1], "a row has its fields by name"),
    ],
)
def test_a_malformed_row_is_told_with_its_place(tmp_path: Path, row: Any, said: str) -> None:
    path = jsonl(tmp_path / "t.jsonl", [MOONCAKE[0], row])
    with pytest.raises(WorkloadError, match=rf"t\.jsonl:2: .*{said}"):
        opened(None, path)


def test_a_generic_row_needs_a_prompt_or_its_length(tmp_path: Path) -> None:
    path = jsonl(tmp_path / "t.jsonl", [{"timestamp": 1}])
    with pytest.raises(WorkloadError, match='"input_length", "body", "messages" or "prompt"'):
        opened(None, path, dataset="trace")


def test_prompts_of_other_lengths_are_left_out_and_counted(mooncake: Path) -> None:
    workload = opened(None, mooncake, max_prompt_length=650)
    assert [sample.offset_s for sample in replayed(workload)] == [1, 4]
    assert any("2 of 4 requests of the trace are left out" in note for note in workload.notes)


def test_settings_of_traces_mean_nothing_to_others(mooncake: Path) -> None:
    for fields in ({"trace_speed": [2]}, {"trace_start": 1}, {"trace_duration": 1}):
        with pytest.raises(ConfigError, match=r"--trace-.* means nothing to --dataset random"):
            load_workload(PerfConfig(dataset="random", **fields), None)
    with pytest.raises(ConfigError, match="--prefix-length means nothing to --dataset mooncake"):
        opened(None, mooncake, prefix_length=3)
    with pytest.raises(ConfigError, match="needs --dataset-path"):
        load_workload(PerfConfig(dataset="mooncake"), None)


def test_forced_lengths_are_asked_for(mooncake: Path) -> None:
    assert any("--ignore-eos" in note for note in opened(None, mooncake).notes)
    forced = opened(None, mooncake, ignore_eos=True)
    assert not any("--ignore-eos" in note for note in forced.notes)
    limited = opened(None, mooncake, max_tokens=[3])
    assert [sample.max_tokens for sample in islice(replayed(limited), 2)] == [3, 3]


@settings(deadline=None, max_examples=25)
@given(
    rows=st.lists(
        st.tuples(st.integers(0, 3), st.integers(1, 500), st.integers(0, 10**6)),
        min_size=1,
        max_size=12,
    )
)
def test_any_trace_is_replayed_row_by_row(
    tmp_path_factory: pytest.TempPathFactory, bos: Tokenizer, rows: list[tuple[int, int, int]]
) -> None:
    """Blocks from a small set, the last of any length: lengths exact, sharing as the ids say."""
    traced = [
        {
            "timestamp": at,
            "input_length": 512 * blocks + tail + 20,
            "output_length": 1,
            "hash_ids": [*range(blocks), 100 + tail],
        }
        for blocks, tail, at in rows
    ]
    path = jsonl(tmp_path_factory.mktemp("t") / "t.jsonl", traced)
    samples = replayed(opened(bos, path, api="vllm"))
    ordered = sorted(traced, key=lambda row: row["timestamp"])
    for row, sample in zip(ordered, samples, strict=True):
        assert isinstance(sample.input, list)
        assert len(sample.input) == row["input_length"]
        assert sample.offset_s == pytest.approx((row["timestamp"] - ordered[0]["timestamp"]) / 1000)
    for a, one in zip(ordered, samples, strict=True):
        for b, other in zip(ordered, samples, strict=True):
            common = 512 * min(len(a["hash_ids"]), len(b["hash_ids"])) - 512
            assert one.input[:common] == other.input[:common]
