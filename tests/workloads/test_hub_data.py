"""Data sets by name and column: hubs spoken to over loopback, and the files that are chosen."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from evaluation.hub_standin import Hub, serve
from workload_points import point

from perfbench.config import PerfConfig
from perfbench.errors import ConfigError, WorkloadError
from perfbench.types import Sample
from perfbench.workloads import load_workload
from perfbench.workloads.hub import choose


def jsonl(rows: list[dict[str, Any]]) -> bytes:
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


ASKED = jsonl([{"ask": f"What is {n}?", "answer_tokens": 10 + n} for n in range(5)])


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    files = {"README.md": b"#", "main/train.jsonl": ASKED, "main/test.jsonl": ASKED.splitlines()[0]}
    with serve(Hub(files)) as served:
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
        monkeypatch.setenv("HF_ENDPOINT", served.url)
        monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hf"))
        monkeypatch.setenv("MODELSCOPE_ENDPOINT", served.url)
        yield served


def asked(dataset: str, **fields: Any) -> list[Sample]:
    workload = load_workload(PerfConfig(dataset=dataset, **fields), None)
    return list(workload.samples(point()))


@pytest.mark.parametrize("kind", ["hf", "modelscope"])
def test_a_data_set_of_a_hub_by_column(hub: Hub, kind: str) -> None:
    if kind == "hf":
        pytest.importorskip("huggingface_hub")
    fields = {"prompt_column": "ask", "output_length_column": "answer_tokens"}
    samples = asked(f"{kind}:someone/set", **fields)
    assert {s.input: s.max_tokens for s in samples} == {f"What is {n}?": 10 + n for n in range(5)}
    assert [s.input for s in asked(f"{kind}:someone/set:main:test", **fields)] == ["What is 0?"]
    assert [s.input for s in asked(f"{kind}:someone/set:test", **fields)] == ["What is 0?"]


def test_what_a_hub_has_not_is_one_clear_line(hub: Hub) -> None:
    for dataset, said in (
        ("modelscope:someone/set:dev", "no split 'dev'; there are test, train"),
        ("modelscope:someone/set:easy:test", "no configuration 'easy'; there are main"),
        ("modelscope:someone/set", '"prompt", "question" or "messages".*--prompt-column'),
        ("modelscope:nobody/none", "no such data set"),
    ):
        with pytest.raises(WorkloadError, match=said) as caught:
            asked(dataset)
        assert "\n" not in str(caught.value)
    for dataset in ("modelscope", "modelscope:set", "hf:a/b:c:d:e"):
        with pytest.raises(ConfigError, match=r"OWNER/NAME\[@REVISION\]\[:CONFIG\]\[:SPLIT\]"):
            asked(dataset)
    with pytest.raises(WorkloadError, match=r"no 'q' in it; it has ask, answer_tokens"):
        asked("modelscope:someone/set", prompt_column="q")


def test_a_package_that_is_missing_is_named(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(ConfigError, match=r"package huggingface_hub: pip install 'perfbench\[eval"):
        asked("hf:someone/set")


PARQUET = ["main/train-00000-of-00002.parquet", "main/train-00001-of-00002.parquet"]


@pytest.mark.parametrize(
    ("names", "config", "split", "chosen"),
    [
        ([*PARQUET, "main/test-00000-of-00001.parquet"], None, None, PARQUET),
        ([*PARQUET, "other/train.jsonl"], "main", "train", PARQUET),
        (["data/test-00000.parquet", "README.md"], None, None, ["data/test-00000.parquet"]),
        (["en/test/0.parquet", "en/train/0.parquet"], "en", "test", ["en/test/0.parquet"]),
        (["questions.json.gz"], None, None, ["questions.json.gz"]),
        (["train.jsonl", "extra/train.jsonl"], None, None, ["train.jsonl"]),
        (["a.csv", "b.csv"], None, "b", ["b.csv"]),
    ],
)
def test_files_of_a_split(
    names: list[str], config: str | None, split: str | None, chosen: list[str]
) -> None:
    assert choose(names, config, split) == chosen


def test_files_that_could_be_several_are_listed() -> None:
    with pytest.raises(ValueError, match="several splits; there are a, b"):
        choose(["a.csv", "b.csv"], None, None)
    with pytest.raises(ValueError, match="several configurations; there are x, y"):
        choose(["x/train.csv", "y/train.csv"], None, None)
    with pytest.raises(ValueError, match="no data files"):
        choose(["README.md"], None, None)


@pytest.mark.parametrize("dataset", ["openqa", "line_by_line"])
def test_columns_of_a_local_file(tmp_path: Path, dataset: str) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("ask,tokens\nWhy?,12\nHow?,0\n")
    fields: dict[str, Any] = {"dataset_path": path, "prompt_column": "ask"}
    assert {s.input for s in asked(dataset, **fields)} == {"Why?", "How?"}
    with pytest.raises(WorkloadError, match=r"rows\.csv:3: 'tokens' is '0'"):
        asked(dataset, output_length_column="tokens", **fields)
    with pytest.raises(ConfigError, match="--prompt-column means nothing to --dataset random"):
        asked("random", prompt_column="ask")


def test_known_names_from_the_hub_or_a_copy(hub: Hub, tmp_path: Path) -> None:
    alpaca = tmp_path / "LongAlpaca-12k.json"
    alpaca.write_text(json.dumps([{"instruction": " Tell it. ", "output": "x"}]))
    assert [s.input for s in asked("longalpaca", dataset_path=alpaca)] == ["Tell it."]
    hub.repository = "swift/sharegpt"
    turns = [{"human": "Hi", "assistant": "Yes?"}, {"human": "Why?", "assistant": "So."}]
    hub.files = {"common_en_70k.jsonl": jsonl([{"conversation": turns}, {"conversation": []}])}
    (sample,) = asked("share_gpt_en")
    assert [(m["role"], m["content"]) for m in sample.input] == [
        ("user", "Hi"),
        ("assistant", "Yes?"),
        ("user", "Why?"),
    ]
    with pytest.raises(WorkloadError, match=r"no file common_zh_70k.jsonl.*--dataset-path"):
        asked("share_gpt_zh")
    swe = tmp_path / "swe.jsonl"
    history = [
        {"role": "system", "content": "Mend."},
        {"role": "user", "content": [{"type": "text", "text": "Bug"}]},
        {"role": "assistant", "content": "ls"},
        {"role": "tool", "content": "a.py"},
        {"role": "assistant", "content": "done"},
    ]
    swe.write_bytes(jsonl([{"messages": json.dumps(history)}]))
    (sample,) = asked("swe_smith", dataset_path=swe)
    assert [(m["role"], m["content"]) for m in sample.input] == [
        ("system", "Mend."),
        ("user", "Bug"),
        ("assistant", "ls"),
        ("user", "a.py"),
    ]


def test_names_whose_data_cannot_be_had_end_in_one_line(hub: Hub) -> None:
    for name in ("longalpaca", "share_gpt_zh", "swe_smith", "flickr8k", "kontext_bench"):
        with pytest.raises(WorkloadError, match=r"no such data set.*--dataset-path") as caught:
            list(islice(asked(name), 1))
        assert "\n" not in str(caught.value)
