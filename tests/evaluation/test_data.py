"""Where data sets are found, and which of a folder's files are read."""

from __future__ import annotations

import gzip
import json
import zipfile
from pathlib import Path

import pytest

from perfbench import registry
from perfbench.errors import WorkloadError
from perfbench.evaluation.data import Places, locate
from perfbench.evaluation.plan import catalogue
from perfbench.evaluation.task import Source, Task
from perfbench.rows import Folder, LocalFiles

GSM8K: Task = registry.resolve(registry.TASKS, "gsm8k")


def put(path: Path, answer: int = 1) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"question": "?", "answer": f"#### {answer}"}) + "\n")
    return path


def where(places: Places, environment: dict[str, str] | None = None) -> tuple[str, str]:
    found = locate(GSM8K, places, environment or {})
    return found.origin, found.where


def test_search_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    environment = {
        "PERFBENCH_DATASETS": f"{tmp_path / 'none'}:{tmp_path / 'many'}",
        "PERFBENCH_DATA": str(tmp_path / "shared"),
    }
    assert where(Places(), environment)[0] == "shipped"
    for folder in ("shared", "datasets", "many", "flag"):
        put(tmp_path / folder / "gsm8k" / "test.jsonl")
        flag = Places(dataset_dir=Path("flag")) if folder == "flag" else Places()
        expected = f"{folder if folder in ('datasets', 'flag') else tmp_path / folder}/gsm8k"
        assert where(flag, environment) == ("folder", expected)


def test_shipped_rows_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(Path(__file__).parents[2])
    found = locate(GSM8K, Places(), {})
    assert found.origin == "shipped", "./datasets of a checkout is what comes with perfbench"
    assert "not the real data set" in found.note


def test_a_named_folder_is_the_only_one(tmp_path: Path) -> None:
    with pytest.raises(WorkloadError, match=r"has no gsm8k: looked for a folder gsm8k with test\."):
        locate(GSM8K, Places(dataset_dir=tmp_path), {})


def test_folder_named_itself(tmp_path: Path) -> None:
    put(tmp_path / "gsm8k" / "test.jsonl")
    assert where(Places(dataset_dir=tmp_path / "gsm8k"))[1] == str(tmp_path / "gsm8k")
    put(tmp_path / "mine" / "test.jsonl")
    assert where(Places(data_path=tmp_path / "mine"))[1] == str(tmp_path / "mine")
    with pytest.raises(WorkloadError, match="has no gsm8k"):
        locate(GSM8K, Places(data_path=tmp_path), {})


def test_other_folder_names(tmp_path: Path) -> None:
    (tmp_path / "ceval" / "formal_ceval" / "val").mkdir(parents=True)
    file = tmp_path / "ceval" / "formal_ceval" / "val" / "law_val.csv"
    file.write_text("id,question,A,B,C,D,answer\n0,Q,1,2,3,4,B\n")
    resolved = catalogue.find("ceval")
    found = catalogue.find_data(resolved, Places(dataset_dir=tmp_path))
    assert catalogue.subsets(resolved, found) == ("law",)


def folder_of(top: Path, patterns: dict[str, str]) -> Folder:
    return Folder(LocalFiles(top), patterns, (), str(top))


def test_folder_is_a_source(tmp_path: Path) -> None:
    source: Source = folder_of(put(tmp_path / "test.jsonl").parent, {"test": "test.jsonl"})
    assert [row["answer"] for row in source.rows("test", "default")] == ["#### 1"]


def test_patterns(tmp_path: Path) -> None:
    for number, name in enumerate(
        ["en/b-1.jsonl", "en/b-0.jsonl", "en/b-x/c.jsonl", "b[1].jsonl", "en_c.jsonl"]
    ):
        put(tmp_path / name, number)
    folder = folder_of(tmp_path, {"s": "none.jsonl|{subset}/b-*.jsonl", "t": "{subset}_c.jsonl"})
    assert [row["answer"] for row in folder.rows("s", "en")] == ["#### 1", "#### 0"]
    assert folder.has("t", "en")
    assert not folder.has("t", "fr")
    assert not folder.has("none", "en")
    assert folder.subsets("t") == ("en",)


def test_missing_file_says_what_was_looked_for(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, {"test": "{subset}.jsonl|{subset}.csv"})
    with pytest.raises(WorkloadError, match=r"no file for 'test' of 'x'; looked for x\.jsonl, x\."):
        list(folder.rows("test", "x"))


@pytest.mark.parametrize(
    ("name", "data", "place"),
    [("a.jsonl", b'{"a": 1}\n\n[1]\n', "a.jsonl:3"), ("a.json", b'[{"a": 1},\n 2]', "a.json:2")],
)
def test_a_row_of_a_data_set_has_its_fields_by_name(
    tmp_path: Path, name: str, data: bytes, place: str
) -> None:
    (tmp_path / name).write_bytes(data)
    folder = folder_of(tmp_path, {"test": name})
    with pytest.raises(WorkloadError, match=f"{place}: not a JSON object"):
        list(folder.rows("test", "default"))


def test_archives(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.writestr("test/law.csv", "q,a\nx,y\n")
        archive.writestr("test/bad.csv", "q,a\nx\n")
    folder = folder_of(tmp_path, {"test": "test/{subset}.csv|all.zip!test/{subset}.csv"})
    assert list(folder.rows("test", "law")) == [{"q": "x", "a": "y"}]
    with pytest.raises(WorkloadError, match=r"all\.zip!test/bad\.csv:2: 1 fields"):
        list(folder.rows("test", "bad"))
    (tmp_path / "all.zip").write_bytes(b"no archive")
    with pytest.raises(WorkloadError, match=r"all\.zip: not a zip archive"):
        folder_of(tmp_path, {"test": "all.zip!x"}).has("test", "x")


def test_compressed_files(tmp_path: Path) -> None:
    plain = put(tmp_path / "test.jsonl").read_bytes()
    (tmp_path / "test.jsonl").unlink()
    (tmp_path / "test.jsonl.gz").write_bytes(gzip.compress(plain))
    assert len(list(folder_of(tmp_path, {"test": "test.jsonl"}).rows("test", "default"))) == 1


def test_fingerprint_is_of_what_was_read(tmp_path: Path) -> None:
    put(tmp_path / "a.jsonl", 1)
    put(tmp_path / "b.jsonl", 2)

    def fingerprint(*subsets: str) -> str:
        folder = folder_of(tmp_path, {"test": "{subset}.jsonl"})
        for subset in subsets:
            list(folder.rows("test", subset))
        return folder.fingerprint

    before = fingerprint("a", "b")
    assert before == fingerprint("b", "a")
    assert len({before, fingerprint("a"), fingerprint("b")}) == 3
    put(tmp_path / "b.jsonl", 3)
    assert fingerprint("a", "b") != before
