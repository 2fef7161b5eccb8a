"""What ``perfbench eval`` shows without asking anything: previews, and mistakes in one line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from eval_runs import command, evaluate, settings
from scripted_llm import ScriptedLLM, write_choices, write_sums

SUMS = "scripted/gsm8k"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with both data sets of the script."""
    folder = tmp_path_factory.mktemp("data")
    write_sums(folder, 100)
    return write_choices(folder, 100)


@pytest.fixture
def llm() -> Iterator[ScriptedLLM]:
    with ScriptedLLM().running() as service:
        yield service


def test_dry_run_sends_nothing(llm: ScriptedLLM, data: Path, tmp_path: Path) -> None:
    words = ["--url", llm.url, "--dataset-dir", data, "--datasets", "gsm8k", "arc"]
    done = command(tmp_path, "eval", *words, "--limit", 0.1, "--repeats", 2, "--dry-run")
    assert (done.status, done.err) == (0, "")
    assert llm.bodies == []
    assert "Item 0: how many are left?" in done.out
    assert "ARC-Challenge: 5" in done.out
    assert "2 subtasks, 40 requests" in done.out
    assert not (tmp_path / "results").exists()
    real = evaluate(tmp_path, *words, "--limit", 0.1, "--repeats", 2)
    assert real.tasks[SUMS]["version"] in done.out


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ("--datasets gsm9k", "did you mean gsm8k?"),
        ("--datasets gsm8k_gen_4_shot_cot_xyz", "gsm8k has no variant"),
        ("", "--datasets: name at least one data set"),
        ("--datasets gsm8k --dataset-dir /nonexistent", "/nonexistent"),
        ("--datasets gsm8k --limit 1.5", "--limit: must be a whole count"),
        ("--datasets gsm8k --mode eval", "--mode eval needs --reuse RUN"),
        ("--datasets gsm8k --models x", "'x' is not under model_configs"),
        (
            "--datasets gsm8k --reuse",
            "--reuse: no evaluation in results asked m/gsm8k of this service with",
        ),
        ("--datasets gsm8k --reuse 2025", "there is no run '2025'"),
        ("--datasets no/such.jsonl", "no/such.jsonl"),
        ("--datasets gsm8k --dataset-args {", "--dataset-args: not valid JSON"),
        ('--datasets mmlu --dataset-args {"mmlu":{"shots":3}}', "has no setting 'shots'"),
        ("--datasets gsm8k --generation-config temperature=hot", "--generation-config"),
        ("--datasets gsm8k --eval-batch-sise 3", "did you mean --eval-batch-size?"),
        ("--search gsm9k", "did you mean gsm8k?"),
    ],
)
def test_bad_input_is_one_line(words: str, line: str, tmp_path: Path) -> None:
    done = command(tmp_path, "eval", "--url", "http://127.0.0.1:9", "--model", "m", *words.split())
    assert (done.status, done.out) == (2, "")
    assert done.err.count("\n") == 1
    assert line in done.err
    assert list(tmp_path.iterdir()) == []


def test_malformed_row_names_file_and_line(tmp_path: Path) -> None:
    write_sums(tmp_path, 3)
    file = tmp_path / "gsm8k/test.jsonl"
    file.write_text(file.read_text().replace("#### 1037", "1037"))
    words = ["--url", "http://127.0.0.1:9", "--model", "m", "--dataset-dir", tmp_path]
    done = evaluate(tmp_path, *words, "--datasets", "gsm8k")
    assert done.status == 2
    assert f"{file}:2: " in done.err


def test_wrong_key_of_a_settings_file(tmp_path: Path) -> None:
    file = tmp_path / "settings.yaml"
    file.write_text("dataset: [gsm8k]\n")
    done = evaluate(tmp_path, "--config", file)
    assert done.status == 2
    assert "did you mean datasets?" in done.err


def test_load_test_is_not_continued(tmp_path: Path) -> None:
    assert command(tmp_path, "--number", 2, "--no-report").status == 0
    (path,) = (tmp_path / "results").iterdir()
    done = evaluate(tmp_path, "--datasets", "gsm8k", "--reuse", path)
    assert done.status == 2
    assert "is a load test, not an evaluation" in done.err


def test_search_shows_data_sets_and_models(data: Path, tmp_path: Path) -> None:
    file = settings(tmp_path, {"url": "http://h", "model": "m", "api_key": "sk-secret"})
    words = ["--config", file, "--models", "a", "--datasets", "gsm8k", "--dataset-dir", data]
    done = command(tmp_path, "eval", *words, "--search")
    assert (done.status, done.err) == (0, "")
    assert "tasks/gsm8k.py" in done.out
    assert str(data / "gsm8k") in done.out
    assert str(file) in done.out
    assert "http://h" in done.out
    assert "sk-secret" not in done.out
    assert "mmlu" not in done.out
    everything = command(tmp_path, "eval", "--search")
    assert all(f"\n{name}\n" in everything.out for name in ("gsm8k", "mmlu", "general_mcq"))
    assert "\nmmlu\n" in command(tmp_path, "eval", "--search", "*mmlu").out
