"""Both hubs, spoken to over HTTP on loopback."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from evaluation.hub_standin import Hub, serve

from perfbench.errors import ConfigError, WorkloadError
from perfbench.evaluation.data import Places, locate
from perfbench.evaluation.plan import catalogue
from perfbench.evaluation.plan.selection import Selection, samples
from perfbench.rows.hub import HUBS, HuggingFace, ModelScope

ROWS = "".join(
    json.dumps({"question": f"What is {n} + {n}?", "answer": f"Twice {n}.\n#### {2 * n}"}) + "\n"
    for n in range(300)
).encode()


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    with serve(Hub({"README.md": b"#", "test.jsonl": ROWS, "train.jsonl": ROWS})) as served:
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
        monkeypatch.setenv("HF_ENDPOINT", served.url)
        monkeypatch.setenv("MODELSCOPE_ENDPOINT", served.url)
        monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
        monkeypatch.delenv("MODELSCOPE_API_TOKEN", raising=False)
        monkeypatch.setenv("HF_TOKEN", "none-needed")
        monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hf"))
        yield served


def gsm8k(hub_name: str) -> list[str]:
    resolved = catalogue.find("gsm8k")
    places = Places(hub=hub_name, hub_id="someone/set")
    found = locate(resolved.task, places, {})
    assert found.origin == hub_name
    return [str(sample.target) for sample, _ in samples(resolved, found, Selection())]


@pytest.mark.parametrize("name", HUBS)
def test_fetched_once_then_offline(name: str, hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = [str(2 * n) for n in range(300)]
    assert gsm8k(name) == expected
    fetched = [path for path, _ in hub.asked if "README" in path or "train" in path]
    assert not fetched, "only what is read is fetched"
    hub.asked.clear()
    hub.files.clear()
    monkeypatch.setattr("urllib.request.urlopen", _unreachable)
    assert gsm8k(name) == expected
    assert not hub.asked


def _unreachable(*_: object, **__: object) -> None:
    raise ConnectionRefusedError("no route to the hub")


@pytest.mark.parametrize("name", HUBS)
def test_out_of_reach_with_nothing_kept(
    name: str, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("urllib.request.urlopen", _unreachable)
    with pytest.raises(WorkloadError, match="cannot be reached: no route to the hub"):
        gsm8k(name)


@pytest.mark.parametrize("name", HUBS)
@pytest.mark.parametrize("silent", ["tree", "test.jsonl"])
def test_one_that_says_nothing_is_given_up(
    name: str, silent: str, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    listing = silent == "tree"
    hub.silent = "/revision/" if listing and name == "huggingface" else silent
    monkeypatch.setattr("perfbench.rows.hub._TIMEOUT_S", 0.3)
    said = "cannot be reached: timed out" if listing else r"cannot fetch test\.jsonl: timed out"
    with pytest.raises(WorkloadError, match=said):
        gsm8k(name)
    assert len([path for path, _ in hub.asked if hub.silent in path]) == 1


@pytest.mark.parametrize("name", HUBS)
def test_missing_repository(name: str, hub: Hub) -> None:
    resolved = catalogue.find("gsm8k")
    with pytest.raises(WorkloadError, match="HTTP 404: there is no such data set"):
        locate(resolved.task, Places(hub=name, hub_id="nobody/nothing"), {})


@pytest.mark.parametrize("name", HUBS)
def test_private_repository(name: str, hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    hub.token = "secret-token"
    with pytest.raises(WorkloadError, match=r"HTTP 401: .*private or gated; set HF_TOKEN"):
        gsm8k(name)
    monkeypatch.setenv("HF_TOKEN", "secret-token")
    monkeypatch.setenv("MODELSCOPE_API_TOKEN", "secret-token")
    assert len(gsm8k(name)) == 300


@pytest.mark.parametrize("name", HUBS)
def test_repository_without_the_task(name: str, hub: Hub) -> None:
    del hub.files["test.jsonl"]
    with pytest.raises(WorkloadError, match=r"has no gsm8k data: looked for test\.jsonl.*README"):
        gsm8k(name)


def test_modelscope_goes_on_where_it_broke_off(hub: Hub) -> None:
    hub.cut_once.add("test.jsonl")
    with pytest.raises(WorkloadError, match=r"test\.jsonl came incomplete|cannot fetch"):
        gsm8k("modelscope")
    assert len(gsm8k("modelscope")) == 300


def test_modelscope_asks_for_the_rest_of_a_part(hub: Hub, tmp_path: Path) -> None:
    repository = ModelScope("someone/set", cache=tmp_path)
    name, whole = repository.read("test.jsonl")
    assert name.endswith("/datasets/someone/set/test.jsonl")
    (kept,) = tmp_path.rglob("test.jsonl")
    kept.with_name("test.jsonl.part").write_bytes(whole[:1000])
    kept.unlink()
    hub.asked.clear()
    assert repository.read("test.jsonl")[1] == whole
    assert [wanted for _, wanted in hub.asked] == ["bytes=1000-"]


def test_modelscope_refuses_altered_files(hub: Hub, tmp_path: Path) -> None:
    repository = ModelScope("someone/set", cache=tmp_path)
    repository.names()
    hub.files["test.jsonl"] = b"x" * len(ROWS)
    with pytest.raises(WorkloadError, match="came incomplete or altered"):
        repository.read("test.jsonl")


def test_modelscope_listing_of_many_pages(hub: Hub) -> None:
    hub.files.update({f"part/{n:03}.csv": b"" for n in range(250)})
    assert len(ModelScope("someone/set").names()) == 253


def test_modelscope_refusal_in_its_own_words(hub: Hub) -> None:
    hub.refusal = "dataset not found"
    with pytest.raises(WorkloadError, match="someone/set: dataset not found"):
        ModelScope("someone/set").names()


def test_parquet_of_the_hub(hub: Hub) -> None:
    arrow = pytest.importorskip("pyarrow", reason="needs the extra 'parquet'")
    parquet = pytest.importorskip("pyarrow.parquet")
    row = {"question": "Q", "subject": "virology", "choices": ["p", "q", "r", "s"], "answer": 3}
    for split, shards in (("dev", 1), ("test", 2)):
        for shard in range(shards):
            out = io.BytesIO()
            parquet.write_table(arrow.Table.from_pylist([row] * 5), out)
            name = f"virology/{split}-{shard:05}-of-{shards:05}.parquet"
            hub.files[name] = out.getvalue()
    resolved = catalogue.find("mmlu")
    found = locate(resolved.task, Places(hub="huggingface", hub_id="someone/set"), {})
    rows = list(samples(resolved, found, Selection()))
    assert len(rows) == 10
    assert {(sample.target, subset) for sample, subset in rows} == {("D", "virology")}


def test_huggingface_goes_on_after_a_broken_transfer(hub: Hub, tmp_path: Path) -> None:
    hub.cut_once.add("test.jsonl")
    assert HuggingFace("someone/set", cache=tmp_path).read("test.jsonl")[1] == ROWS


def test_huggingface_offline_by_setting(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(WorkloadError, match="HF_HUB_OFFLINE is set"):
        HuggingFace("someone/set").names()


def test_unknown_hub() -> None:
    with pytest.raises(ConfigError, match="no hub is called 'kaggle'; there are huggingface"):
        locate(catalogue.find("gsm8k").task, Places(hub="kaggle"), {})
