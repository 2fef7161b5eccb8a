"""What can be done with finished evaluations, and evaluations by the Python API."""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from eval_runs import command, evaluate
from scripted_llm import Said, ScriptedLLM, number_of, sums, write_choices, write_sums

from perfbench import EvalConfig, TaskConfig, compare, open_run, run_eval, run_task
from perfbench.errors import ConfigError, StoreError
from perfbench.registry import TASKS

SAMPLES = 60


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    write_sums(folder, SAMPLES)
    return write_choices(folder, SAMPLES)


@pytest.fixture
def llm() -> Iterator[ScriptedLLM]:
    with ScriptedLLM().running() as service:
        yield service


def worse(item: int, asked_before: int = 0) -> Said:
    """The sums with every fourth item wrong, if it was right, and item 1 no longer answered."""
    if item == 1:
        return Said("Who knows?", kind="no_answer")
    if sums(item).kind == "right" and item % 4 == 0:
        return Said(f"#### {number_of(item) + 5}", kind="wrong")
    return sums(item)


@pytest.fixture(scope="module")
def two_runs(data: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two models on the same sums, the second one worse."""
    paths = []
    for model, script in (("good", sums), ("bad", worse)):
        with ScriptedLLM(script).running() as llm:
            config = EvalConfig(
                url=llm.url,
                model=model,
                datasets=["gsm8k"],
                dataset_dir=data,
                outputs_dir=tmp_path_factory.mktemp("runs"),
                report=False,
                retries=0,
                probe=False,
            )
            paths.append(run_eval(config).path)
    return paths[0], paths[1]


def test_comparison_finds_the_known_flips(two_runs: tuple[Path, Path], tmp_path: Path) -> None:
    lost = {f"gsm8k/{i}" for i in range(SAMPLES) if sums(i).kind == "right" and i % 4 == 0}
    found = compare(*two_runs)
    (task,) = found.tasks
    flips = {flip.sample_id: flip.kind for flip in task.flips}
    assert flips == {**dict.fromkeys(lost, "right_to_wrong"), "gsm8k/1": "scored_to_unscored"}
    assert task.scored.samples == 47
    assert task.scored.difference == pytest.approx(-len(lost) / 47)
    assert task.scored.real is True
    assert task.warnings == ()

    printed = command(tmp_path, "compare", *two_runs, "--flips")
    assert (printed.status, printed.err) == (0, "")
    assert all(sample in printed.out.split() for sample in lost)
    as_json = json.loads(command(tmp_path, "compare", *two_runs, "--json").out)
    assert len(as_json["tasks"][0]["flips"]) == len(lost) + 1


def test_run_without_scores_has_no_figures(
    llm: ScriptedLLM, data: Path, two_runs: tuple[Path, Path], tmp_path: Path
) -> None:
    config = EvalConfig(
        url=llm.url,
        datasets=["gsm8k"],
        dataset_dir=data,
        mode="infer",
        outputs_dir=tmp_path,
        limit=20,
        retries=0,
        probe=False,
    )
    path = run_eval(config).path
    with pytest.raises(ConfigError, match=r"no scores yet: perfbench eval --mode eval --reuse"):
        compare(two_runs[0], path)
    done = command(tmp_path, "report", path)
    assert (done.status, done.out) == (2, "")
    assert done.err == f"perfbench: no scores yet: perfbench eval --mode eval --reuse {path}\n"
    with pytest.raises(StoreError, match="no run in"):
        compare(two_runs[0], tmp_path)


def test_report_writes_all_outputs_again(
    two_runs: tuple[Path, Path], data: Path, tmp_path: Path
) -> None:
    run = shutil.copytree(two_runs[0], tmp_path / "copy")
    before = (run / "results/good/gsm8k.json").read_text()
    shutil.rmtree(run / "results")
    shutil.rmtree(run / "predictions")
    done = command(tmp_path, "report", run)
    assert (done.status, done.err) == (0, "")
    assert (run / "results/good/gsm8k.json").read_text() == before
    assert len((run / "predictions/good/gsm8k.jsonl").read_text().splitlines()) == SAMPLES
    assert (run / "report.html").stat().st_size > 10_000
    assert str(run / "report.html") in done.out.split()


def test_export_has_every_request(two_runs: tuple[Path, Path], tmp_path: Path) -> None:
    done = command(tmp_path, "export", two_runs[0])
    rows = list(csv.DictReader(io.StringIO(done.out)))
    assert {row["sample_id"] for row in rows} == {f"gsm8k/{i}" for i in range(SAMPLES)}


def test_names_without_effect_are_told_in_python_too() -> None:
    with pytest.warns(UserWarning, match="eval_type: models are asked behind a service"):
        config = TaskConfig(eval_type="openai_api", datasets=["gsm8k"])
    assert config == TaskConfig(datasets=["gsm8k"])


def test_tasks_by_mapping_file_and_list(llm: ScriptedLLM, data: Path, tmp_path: Path) -> None:
    """EvalScope's names for the settings are understood."""
    as_mapping = {
        "model": "scripted",
        "api_url": f"{llm.url}/v1/chat/completions",
        "datasets": ["gsm8k", "arc"],
        "dataset_args": {"arc": {"subset_list": ["ARC-Easy"]}},
        "dataset_dir": str(data),
        "eval_batch_size": 4,
        "retries": 0,
        "generation_config": {"max_tokens": 99, "do_sample": False},
        "limit": 20,
        "work_dir": str(tmp_path / "out"),
        "report": False,
        "probe": False,
    }
    as_json, as_yaml = tmp_path / "task.json", tmp_path / "task.yaml"
    as_json.write_text(json.dumps(as_mapping, indent="\t"))
    as_yaml.write_text(
        f"url: {llm.url}\ndatasets: gsm8k\nlimit: 20\ndataset-dir: {data}\nmax-tokens: 99\n"
        f"outputs-dir: {tmp_path / 'out'}\nreport: false\nretries: 0\nprobe: false\n"
    )
    config = TaskConfig(**as_mapping)
    found = run_task(task_cfg=[config, as_mapping, as_json, str(as_yaml)])
    assert repr(found[0].subtasks[0]) == "SubtaskResult(scripted/gsm8k: score 0.75)"
    assert len({each.path for each in found}) == 4
    for each in found:
        sums_found = each.subtasks[0]
        assert (sums_found.model, sums_found.dataset) == ("scripted", "gsm8k")
        assert sums_found.error is None
        assert sums_found.result is not None
        assert sums_found.result.overall.counts.right == 12
        assert sums_found.performance[0].completed == 18
    assert [len(each.subtasks) for each in found] == [2, 2, 2, 1]
    assert len({each.subtasks[0].version for each in found}) == 1
    assert {body["max_tokens"] for body in llm.bodies} == {99}
    assert not any("do_sample" in body for body in llm.bodies)


@pytest.mark.parametrize(
    ("task", "message"),
    [
        ({"dataset": "gsm8k"}, "no setting is called 'dataset'; did you mean datasets?"),
        ({"url": "http://h", "api_url": "http://h"}, "api_url and url are the same setting"),
        ({"datasets": "gsm9k", "model": "m", "url": "http://h"}, "did you mean gsm8k?"),
        ("/nonexistent.yaml", "cannot read settings file"),
    ],
)
def test_bad_task_is_one_line(task: object, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        run_task(task)  # type: ignore[arg-type]
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_api_prints_nothing_and_leaves_no_masked_secret(
    llm: ScriptedLLM, data: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    config = EvalConfig(
        url=llm.url,
        datasets=["gsm8k"],
        dataset_dir=data,
        outputs_dir=tmp_path,
        api_key="sk-1",
        retries=0,
        probe=False,
    )
    result = run_eval(config)
    assert capfd.readouterr() == ("", "")
    with open_run(result.path) as run:
        assert run.config["api_key"] == "***"
    assert b"sk-1" not in b"".join(
        file.read_bytes() for file in result.path.rglob("*") if file.is_file()
    )


def test_variants_of_one_data_set_in_one_run(llm: ScriptedLLM, data: Path, tmp_path: Path) -> None:
    names = ["gsm8k", "gsm8k_gen_0_shot_str"]
    done = evaluate(
        tmp_path, "--url", llm.url, "--dataset-dir", data, "--datasets", *names, "--limit", 20
    )
    assert list(done.tasks) == [f"scripted/{name}" for name in names]
    assert {done.counts(task)["right"] for task in done.tasks} == {12}


def test_every_task_runs_out_of_the_box(tmp_path: Path) -> None:
    """On the rows that ship and on the built-in simulator, whose answers are cut off: some data
    sets have no score at all, which the exit status says."""
    done = evaluate(
        tmp_path,
        *("--datasets", *TASKS, "--limit", 2, "--max-tokens", 8, "--max-num-workers", 2),
        *("--parallel", 16),
    )
    assert done.status == 1, done.err
    assert len(done.tasks) == len(TASKS)
    for name, task in done.tasks.items():
        counts = task["result"]["overall"]["counts"]
        assert counts["asked"] > 0, name
        assert counts["request_failed"] == 0, name


def test_a_first_look_shows_a_score_and_says_whose(tmp_path: Path) -> None:
    done = evaluate(tmp_path, "--datasets", "gsm8k", "math_500", "mmlu", "--repeats", 2)
    assert done.status == 0
    for task in done.tasks.values():
        figures = task["result"]["overall"]["figures"]
        assert 0 < figures["accuracy"]["scored"]["value"] < 1
        assert task["result"]["overall"]["coverage"] == 1
    assert "note: the built-in simulator answers: told to give the right answer 70%" in done.err
    words = ("--datasets", "gsm8k", "math_500", "mmlu", "--repeats", 2, "--json")
    again = command(tmp_path, "eval", *words)
    for name in done.tasks:
        assert again.score(name) == done.score(name)
    assert "right answer 70% of the time" in (again.path / "report.html").read_text()
