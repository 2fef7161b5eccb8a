"""What holds for every workload: --prompt, --max-tokens, --apply-chat-template, lengths."""

from __future__ import annotations

import json
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from workload_points import point

from perfbench import registry
from perfbench.config import PerfConfig
from perfbench.errors import ConfigError, WorkloadError
from perfbench.types import Sample
from perfbench.workloads import Tokenizer, load_workload

HELLO = [{"role": "user", "content": "hello"}]


def first(number: int, tokenizer: Tokenizer | None, index: int = 0, **fields: Any) -> list[Sample]:
    workload = load_workload(PerfConfig(**fields), tokenizer)
    return list(islice(workload.samples(point(index)), number))


def test_an_endpoint_must_say_what_it_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(registry.ENDPOINTS, "mute", "builtins:object")
    with pytest.raises(ConfigError, match="--api mute: the endpoint does not say what it takes"):
        load_workload(PerfConfig(api="mute"), None)


@pytest.mark.parametrize(
    ("other", "same"), [("openai_chat", "openai"), ("openai_completions", "completions")]
)
def test_an_endpoint_of_two_names_is_one(bos: Tokenizer, other: str, same: str) -> None:
    assert registry.ENDPOINTS[other] == registry.ENDPOINTS[same]
    found = [first(3, bos, dataset="random", api=name) for name in (other, same)]
    assert found[0] == found[1]


def asked(tmp_path: Path, tokenizer: Tokenizer, row: Any, **fields: Any) -> Sample:
    path = tmp_path / "row.jsonl"
    path.write_text(json.dumps(row))
    return first(1, tokenizer, dataset="line_by_line", dataset_path=path, **fields)[0]


@pytest.mark.parametrize("dataset", ["openqa", "random", "speed_benchmark", "prompt"])
def test_one_max_tokens_holds_for_every_sample(dataset: str) -> None:
    fields: dict[str, Any] = {"dataset": dataset}
    if dataset == "prompt":
        fields = {"prompt": "again"}
    workload = load_workload(PerfConfig(max_tokens=[17], **fields), None)
    drawn = islice(workload.samples(point(input_length=5)), 50)
    assert {sample.max_tokens for sample in drawn} == {17}


def test_a_range_is_drawn_uniformly_from_seed_and_point(bos: Tokenizer) -> None:
    def limits(tokenizer: Tokenizer | None, seed: int, index: int) -> list[int | None]:
        workload = load_workload(PerfConfig(dataset="random", max_tokens=[5, 8]), tokenizer)
        found = islice(workload.samples(point(index, seed=seed)), 400)
        return [sample.max_tokens for sample in found]

    base = limits(None, 0, 0)
    assert base == limits(None, 0, 0) == limits(bos, 0, 0)
    assert base not in (limits(None, 1, 0), limits(None, 0, 1))
    counts = [base.count(value) for value in (5, 6, 7, 8)]
    assert sum(counts) == 400
    assert min(counts) > 60


def test_draws_are_not_below_min_tokens() -> None:
    found = first(200, None, max_tokens=[1, 10], min_tokens=8)
    assert {sample.max_tokens for sample in found} == {8, 9, 10}


def test_every_output_is_limited_unless_that_is_switched_off() -> None:
    assert {sample.max_tokens for sample in first(20, None)} == {2048}
    assert {sample.max_tokens for sample in first(20, None, max_tokens=None)} == {None}


def test_a_prompt_is_sent_every_time_instead_of_a_data_set(tmp_path: Path, bos: Tokenizer) -> None:
    file = tmp_path / "prompt.txt"
    file.write_text("two\nlines\n")
    config = PerfConfig(prompt=f"@{file}")
    workload = load_workload(config, bos)
    found = list(islice(workload.samples(point()), 100))
    assert {str(sample.input) for sample in found} == {"two\nlines"}
    length = bos.count([bos.render([{"role": "user", "content": "two\nlines"}])])[0]
    assert {sample.input_tokens for sample in found} == {length}
    assert any("prefix cache" in note for note in workload.notes)


def test_prompts_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "empty").write_text("\n")
    (tmp_path / "latin").write_bytes(b"caf\xe9")
    for prompt, reason in [
        ("  ", "--prompt is empty"),
        (f"@{tmp_path}/empty", "/empty is empty"),
        (f"@{tmp_path}/latin", "latin: not UTF-8"),
        (f"@{tmp_path}/missing", "cannot read .*missing: No such file"),
    ]:
        with pytest.raises(WorkloadError, match=reason):
            load_workload(PerfConfig(prompt=prompt), None)


@pytest.mark.parametrize(
    ("dataset", "setting", "value"),
    [
        ("random", "dataset_path", Path("prompts.txt")),
        ("speed_benchmark", "max_prompt_length", 7),
        ("openqa", "prefix_length", 7),
    ],
)
def test_what_a_workload_ignores_is_refused(dataset: str, setting: str, value: Any) -> None:
    config = PerfConfig.model_validate({"dataset": dataset, setting: value})
    flag = "--" + setting.replace("_", "-")
    with pytest.raises(ConfigError, match=f"^{flag} means nothing to --dataset {dataset}: leave"):
        load_workload(config, None)


def test_input_tokens_are_what_the_server_will_count(tmp_path: Path, bos: Tokenizer) -> None:
    chat = bos.count([bos.render(HELLO)])[0]
    text = bos.count(["hello"])[0]
    cases: list[tuple[str, Any, int | None]] = [
        ("openai", HELLO, chat),
        ("openai", {"prompt": "hello"}, chat),
        ("openai", {"messages": HELLO, "temperature": 0}, chat),
        ("openai", {"messages": HELLO, "tools": []}, None),
        ("openai", [{"role": "user", "content": [{"type": "text", "text": "hello"}]}], None),
        ("openai", [{"role": "forbidden", "content": "hello"}], None),
        ("completions", {"prompt": "hello"}, text + 1),
        ("completions", {"prompt": "hello", "temperature": 0}, text + 1),
        ("vllm", {"prompt": [5, 6, 7]}, 3),
        ("vllm", {"prompt": [5, 6, 7], "temperature": 0}, 3),
    ]
    for api, row, expected in cases:
        assert asked(tmp_path, bos, row, api=api).input_tokens == expected, (api, row)


def test_without_a_template_chats_count_their_content(tmp_path: Path, joining: Tokenizer) -> None:
    assert asked(tmp_path, joining, HELLO).input_tokens == joining.count(["hello"])[0]


def test_the_template_is_rendered_where_asked(tmp_path: Path, bos: Tokenizer) -> None:
    for row in (HELLO, {"prompt": "hello"}):
        sample = asked(tmp_path, bos, row, api="completions", apply_chat_template=True)
        assert sample.input == "<|user|>\nhello\n<|assistant|>"
        assert sample.input_tokens == bos.count([bos.render(HELLO)])[0]
    body = {"prompt": "hello", "temperature": 0}
    assert asked(tmp_path, bos, body, api="vllm", apply_chat_template=True).input == body
    refused = [{"role": "forbidden", "content": "x"}]
    with pytest.raises(WorkloadError, match=r"^row.jsonl:1: the chat template refuses"):
        asked(tmp_path, bos, refused, api="vllm", apply_chat_template=True)


def test_templates_that_cannot_be_applied(bos: Tokenizer, joining: Tokenizer) -> None:
    for tokenizer, api, reason in [
        (bos, "openai", "the server applies the template itself"),
        (None, "completions", "needs --tokenizer-path"),
        (joining, "vllm", "has no chat template"),
    ]:
        with pytest.raises(ConfigError, match=reason):
            load_workload(PerfConfig(api=api, apply_chat_template=True), tokenizer)
