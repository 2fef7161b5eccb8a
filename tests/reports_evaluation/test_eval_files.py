"""The files of an evaluation; what summaries look like is held in ``golden/``."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from eval_builders import HOSTILE, evaluated, many, questions
from report_builders import make_summary

from perfbench.errors import StoreError
from perfbench.evaluation.grading import scores_of
from perfbench.evaluation.outcome import EvalRun
from perfbench.reports.evaluation import json_of, write_outputs
from perfbench.reports.evaluation.figures import answered, places
from perfbench.reports.evaluation.files import summary_files
from perfbench.reports.evaluation.tables import (
    SummaryRow,
    SummaryTable,
    missing_rows,
    report_rows,
    summary_table,
)

GOLDEN = Path(__file__).parent / "golden"


def two_models(folder: Path) -> EvalRun:
    """Two models and two data sets, one with subsets and categories; versions made stable."""
    planned = questions(["gsm8k", "mmlu"], ["qwen-a", "qwen-b"])
    planned = [
        replace(each, subtask=msgspec.structs.replace(each.subtask, version=version))
        for each in planned
        for version in ["84f965" if each.subtask.data_set == "gsm8k" else "604a78"]
    ]
    return evaluated(folder, planned, ["RRRwwfcn", "RRRRRwwwww", "RRRRwwww", "RwRwRwRwRw"])


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> EvalRun:
    return two_models(tmp_path_factory.mktemp("results"))


@pytest.fixture(scope="module")
def written(run: EvalRun) -> dict[str, Path]:
    files = write_outputs(run)
    assert all(file.exists() for file in files)
    return {re.sub(r"\d{8}_\d{6}", "T", str(f.relative_to(run.run.path))): f for f in files}


def rows(table: SummaryTable) -> dict[tuple[str, str], tuple[str, ...]]:
    """The models' cells by data set and metric."""
    return {(row[0], row[2]): row[4:] for row in table.rows}


def test_the_layout_is_aisbench_s(written: dict[str, Path]) -> None:
    places = [f"{m}/{d}" for m in ("qwen-a", "qwen-b") for d in ("gsm8k", "mmlu")]
    assert set(written) == {
        *(f"predictions/{place}.jsonl" for place in places),
        *(f"results/{place}.json" for place in places),
        *(f"summary/summary_T.{suffix}" for suffix in ("csv", "md", "txt")),
        "report.html",
    }


def test_predictions_hold_what_was_asked_and_said(written: dict[str, Path]) -> None:
    lines = written["predictions/qwen-a/gsm8k.jsonl"].read_text("utf-8").splitlines()
    found = [json.loads(line) for line in lines]
    assert [each["score"] for each in found] == [1, 1, 1, 0, 0, None, None, None]
    assert [each["unscored"] for each in found][5:] == ["request_failed", "cut_off", "no_answer"]
    right, failed = found[0], found[5]
    assert right["data_abbr"] == "gsm8k"
    assert right["success"] is True
    assert right["origin_prompt"][0]["role"] == "user"
    assert right["prediction"] == f"I think it is R. {HOSTILE}"
    assert right["answer"] == right["gold"]
    assert (right["input_tokens"], right["output_tokens"]) == (30, 10)
    assert (right["ttft_ms"], right["latency_ms"]) == (20.0, 110.0)
    assert failed["success"] is False
    assert (failed["outcome"], failed["status"]) == ("http_5xx", 500)
    assert (failed["ttft_ms"], failed["output_tokens"], failed["finish"]) == (None, None, None)


def test_results_hold_figures_parts_and_details(run: EvalRun, written: dict[str, Path]) -> None:
    found = json.loads(written["results/qwen-a/gsm8k.json"].read_text("utf-8"))
    assert found["schema"] == "perfbench.result/1"
    assert found["version"] == "84f965"
    assert found["parts"] == dict(run.subtasks[0].parts)
    assert found["score"] == pytest.approx(3 / 5)
    assert found["score_over_all"] == pytest.approx(3 / 8)
    assert found["coverage"] == pytest.approx(5 / 8)
    assert found["result"]["overall"]["counts"]["cut_off"] == 1
    assert len(found["details"]) == 8
    assert found["details"][6]["unscored"] == "cut_off"


@pytest.mark.parametrize("suffix", ["csv", "md", "txt"])
def test_golden_summary(run: EvalRun, suffix: str) -> None:
    text = summary_files(summary_table(run.scores))[suffix]
    assert text == (GOLDEN / f"summary.{suffix}").read_text("utf-8")


def test_the_summary_has_one_column_a_model(run: EvalRun) -> None:
    table = summary_table(run.scores)
    assert table.columns == ("dataset", "version", "metric", "mode", "qwen-a", "qwen-b")
    found = rows(table)
    assert found["gsm8k", "accuracy"] == ("60.00", "50.00")
    assert found["gsm8k", "accuracy (over all)"] == ("37.50", "50.00")
    assert found["gsm8k", "coverage"] == ("62.50", "100.00")
    assert found["gsm8k", "unscored: cut off"] == ("1", "0")
    assert ("gsm8k", "unscored: not asked") not in found
    assert ("mmlu", "accuracy (over all)") not in found
    assert found["mmlu", "accuracy"] == ("50.00", "50.00")
    assert {row[3] for row in table.rows} == {"gen"}
    names = [row[0] for row in table.rows]
    assert names.index("mmlu-STEM") < names.index("mmlu-astronomy")
    assert "mmlu-astronomy" not in {row[0] for row in summary_table(run.scores, False).rows}


def test_versions_that_differ_stand_behind_the_scores(run: EvalRun) -> None:
    changed = msgspec.structs.replace(run.scores[2].subtask, version="abcdef")
    table = summary_table([run.scores[0], replace(run.scores[2], subtask=changed)])
    main = [row for row in table.rows if row[2] == "accuracy"]
    assert main == [
        ("gsm8k", "–", "accuracy", "gen", "60.00 [84f965]", "50.00 [abcdef]"),
    ]
    files = summary_files(table)
    assert "gsm8k,84f965/abcdef,accuracy,gen,60.00,50.00" in files["csv"]
    assert "cannot be compared" in files["txt"]
    same = summary_table([run.scores[0], run.scores[2]])
    assert "cannot be compared" not in " ".join(same.notes)


def test_a_model_that_was_not_asked_has_an_empty_cell_in_csv(run: EvalRun) -> None:
    table = summary_table([run.scores[0], run.scores[3]])
    (row,) = [row for row in table.rows if row[:3] == ("gsm8k", "84f965", "accuracy")]
    assert row[4:] == ("60.00", "–")
    assert "gsm8k,84f965,accuracy,gen,60.00,\n" in summary_files(table)["csv"]


def test_a_data_set_that_is_absent_has_a_row(run: EvalRun) -> None:
    absent = [msgspec.structs.replace(each, data_set="x") for each in run.subtasks[:1]]
    table = summary_table(run.scores, absent=absent)
    assert table.rows[-1] == ("x", "", "absent", "", "–", "–")
    assert "x,,absent,,,\n" in summary_files(table)["csv"]
    (row,) = missing_rows(absent)
    assert (row.dataset, row.subset, row.number, row.score) == ("x", "absent", None, "–")


def test_a_metric_of_few_answers_counts_its_own(tmp_path: Path) -> None:
    result = evaluated(tmp_path, questions(["gsm8k"]), ["RRwwR"])
    given = result.scores[0]
    answers = [
        replace(each, score=replace(each.score, metrics={"bleu": 0.2} if place < 2 else {}))
        for place, each in enumerate(given.answers)
    ]
    found = {row.metric: row for row in report_rows(scores_of(given.subtask, answers))}
    assert (found["bleu"].number, found["bleu"].scored) == (2, "2/2")
    assert found["accuracy"].number == len(answers)
    result.run.close()


def test_an_empty_answer_is_no_failed_request() -> None:
    summary = make_summary(completed=2, failed=3, errors={"empty": 2, "http_5xx": 1})
    assert answered(summary) == (4, 1)


def test_repeats_have_aisbench_s_rows(tmp_path: Path) -> None:
    planned = questions(["gsm8k"], repeats=5)
    result = evaluated(tmp_path, planned, ["RwwwwRRwww"])
    found = rows(summary_table(result.scores))
    assert found["gsm8k", "accuracy (5 runs average)"] == ("30.00",)
    assert found["gsm8k", "avg@5"] == ("30.00",)
    assert found["gsm8k", "pass@5"] == ("100.00",)
    assert ("gsm8k", "cons@5") in found
    result.run.close()


def test_what_was_never_asked_is_not_called_failed(tmp_path: Path) -> None:
    result = evaluated(tmp_path, questions(["gsm8k"]), ["RRff"])
    scores = result.scores[0]
    left = [replace(a, record=None) if i == 2 else a for i, a in enumerate(scores.answers)]
    found = rows(summary_table([scores_of(scores.subtask, left)]))
    assert found["gsm8k", "unscored: request failed"] == ("3",)
    assert found["gsm8k", "unscored: not asked"] == ("1",)
    result.scores[0] = scores_of(scores.subtask, left)
    (predictions, *_) = write_outputs(result, report=False)
    assert len(predictions.read_text("utf-8").splitlines()) == 7
    result.run.close()


def test_unknown_is_a_dash_and_null(tmp_path: Path) -> None:
    result = evaluated(tmp_path, questions(["gsm8k"]), ["n"])
    assert rows(summary_table(result.scores))["gsm8k", "accuracy"] == ("–",)
    (row,) = report_rows(result.scores[0])
    assert (row.score, row.standard_error, row.interval, row.scored) == ("–", "–", "–", "0/8")
    files = write_outputs(result, report=False)
    assert json.loads(files[1].read_text("utf-8"))["score"] is None
    assert "NaN" not in files[1].read_text("utf-8")
    result.run.close()


def test_the_report_has_every_subset_and_the_whole(run: EvalRun) -> None:
    found = [(r.metric, r.subset, r.number, r.score) for r in report_rows(run.scores[1])]
    assert found == [
        ("accuracy", "astronomy", 5, "100.00"),
        ("accuracy", "high_school_geography", 5, "0.00"),
        ("accuracy", "[STEM]", 5, "100.00"),
        ("accuracy", "[Social Science]", 5, "0.00"),
        ("accuracy", "OVERALL", 10, "50.00"),
        ("accuracy", "OVERALL (macro)", 10, "50.00"),
    ]


def test_amounts_are_not_shown_as_per_cent(run: EvalRun) -> None:
    scores = run.scores[0]
    subtask = msgspec.structs.replace(scores.subtask, weights={"strict": "weight"})
    answers = [
        replace(a, score=replace(a.score, metrics={"strict": 0.25, "weight": 1.0, "words": 230.0}))
        for a in scores.answers
    ]
    found = rows(summary_table([scores_of(subtask, answers)]))
    assert found["gsm8k", "weight"] == ("1.00",)
    assert found["gsm8k", "words"] == ("230.0",)
    assert found["gsm8k", "strict"] == ("25.00",)


def test_asking_alone_leaves_predictions_alone(run: EvalRun) -> None:
    asked = EvalRun(run.run, run.subtasks[:1])
    (file,) = write_outputs(asked, report=False)
    first = json.loads(file.read_text("utf-8").splitlines()[0])
    assert first["prediction"].startswith("I think it is R.")
    assert "score" not in first


def test_json_holds_every_task(run: EvalRun) -> None:
    found = json.loads(json.dumps(json_of(run), allow_nan=False))
    assert found["schema"] == "perfbench.evaluation/1"
    assert [task["task"] for task in found["tasks"]] == [each.name for each in run.subtasks]
    first = found["tasks"][0]
    assert first["result"]["overall"]["figures"]["accuracy"]["scored"]["value"] == 0.6
    assert first["performance"][0]["completed"] == 7
    assert first["failure"] is None
    assert found["run"]["id"] == run.run.path.name


def test_tables_survive_odd_names() -> None:
    table = SummaryTable(
        ("a|b", 'c,"d'), (SummaryRow("x\\y", "m|n", "gen", ("1", "1"), ("1.00", "2.00")),)
    )
    files = summary_files(table)
    assert list(csv.reader(io.StringIO(files["csv"])))[1][2] == "m|n"
    head, rule, row, *_ = files["md"].splitlines()
    assert len(re.findall(r"(?<!\\)\|", head)) == len(re.findall(r"(?<!\\)\|", row)) == 7
    assert rule.count("|") == 7
    assert "x\\\\y" in row


def test_odd_names_make_tame_paths() -> None:
    planned = questions(["gsm8k"], ["../../etc/x", "a:b", "a_b", "..", "模型"])
    found = [
        str(place)
        for place in places(
            (each.subtask.name, each.subtask.model, each.subtask.data_set) for each in planned
        ).values()
    ]
    assert found == ["_.._etc_x/gsm8k", "a_b/gsm8k", "a_b/gsm8k-2", "_/gsm8k", "模型/gsm8k"]


def test_a_folder_that_cannot_be_written_is_one_line(run: EvalRun, tmp_path: Path) -> None:
    result = evaluated(tmp_path, questions(["gsm8k"]), ["R"])
    (result.run.path / "predictions").write_text("in the way")
    with pytest.raises(StoreError, match=r"^cannot write [^\n]*$"):
        write_outputs(result)
    result.run.close()


def test_many_answers_cost_little(tmp_path: Path) -> None:
    (planned,) = questions(["gsm8k"])
    result = evaluated(tmp_path, [many(planned, 1000)], ["RwcnRR"])
    files = write_outputs(result)
    assert len(files[0].read_text("utf-8").splitlines()) == 1000
    assert files[-1].stat().st_size < 500_000
    result.run.close()
