"""A run that was moved to a machine without its data sets, its service and its settings: all that
comes after asking stands on the store alone."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from eval_runs import Done, command, evaluate
from scripted_llm import ScriptedLLM, perfect, write_choices, write_sums

from perfbench import open_run

SUMS, CHOICES = "scripted/gsm8k", "scripted/arc"


@pytest.fixture
def moved(tmp_path: Path) -> tuple[Path, Done]:
    """The folder of a run of 40 answers whose data, service and first place are gone, and what was
    said when it was made."""
    data, made = tmp_path / "data", tmp_path / "made"
    data.mkdir()
    made.mkdir()
    write_sums(data, 20)
    write_choices(data, 20)
    with ScriptedLLM().running() as llm:
        words = ["--url", llm.url, "--dataset-dir", data, "--datasets", "gsm8k", "arc"]
        done = evaluate(made, *words, "--system-prompt", "Be brief.")
    assert done.status == 0, done.err
    away = tmp_path / "away"
    away.mkdir()
    run = Path(shutil.copytree(done.path, away / "run"))
    shutil.rmtree(data)
    shutil.rmtree(made)
    return run, done


def test_reports_are_written_from_the_store(moved: tuple[Path, Done]) -> None:
    run, first = moved
    for place in ("predictions", "results", "summary"):
        shutil.rmtree(run / place)
    done = command(run.parent, "report", "run")
    assert (done.status, done.err) == (0, "")
    assert (run / "report.html").stat().st_size > 10_000
    lines = (run / "predictions/scripted/gsm8k.jsonl").read_text().splitlines()
    assert len(lines) == 20
    prediction = json.loads(lines[0])
    assert prediction["origin_prompt"][0] == {"role": "system", "content": "Be brief."}
    assert prediction["gold"]
    again = json.loads((run / "results/scripted/gsm8k.json").read_text())
    assert again["version"] == first.tasks[SUMS]["version"]
    assert again["score"] == first.score(SUMS)["scored"]["value"]


def test_answers_are_scored_again(moved: tuple[Path, Done]) -> None:
    run, first = moved
    with closing(sqlite3.connect(run / "run.db")) as db, db:
        db.execute("DELETE FROM score")
    unscored = evaluate(run.parent, "--mode", "viz", "--reuse", run)
    assert unscored.status == 1
    assert "no scores yet" in unscored.tasks[SUMS]["failure"]
    done = evaluate(run.parent, "--mode", "eval", "--reuse", run)
    assert done.status == 0, done.err
    assert list(done.tasks) == [SUMS, CHOICES]
    for task in (SUMS, CHOICES):
        assert done.tasks[task]["result"] == first.tasks[task]["result"]
        assert done.tasks[task]["version"] == first.tasks[task]["version"]
    assert evaluate(run.parent, "--mode", "viz", "--reuse", run).counts(SUMS) == done.counts(SUMS)


def test_runs_are_compared(moved: tuple[Path, Done]) -> None:
    run, _ = moved
    other = shutil.copytree(run, run.parent / "other")
    done = command(run.parent, "compare", "run", other)
    assert (done.status, done.err) == (0, "")
    assert "no difference is shown on 2 of 2 tasks." in done.out


def test_what_was_asked_earlier_keeps_its_questions(tmp_path: Path) -> None:
    data = write_sums(tmp_path, 10)
    with ScriptedLLM(perfect).running() as llm:
        words = ["--url", llm.url, "--dataset-dir", data, "--datasets", "gsm8k"]
        first = evaluate(tmp_path, *words)
        more = ["--system-prompt", "Be brief.", "--limit", 4]
        done = evaluate(tmp_path, *words, "--reuse", first.path, *more)
    assert done.path == first.path
    with open_run(done.path) as run:
        assert [question.seq for question in run.samples.of(SUMS)] == [0, 1, 2, 3]
        before, after = (run.samples.asked(point) for point in run.points())
    assert (len(before), len(after)) == (10, 4)
    assert before[0].input == after[0].input[1:]


def test_a_run_of_an_older_perfbench(moved: tuple[Path, Done]) -> None:
    """Without questions in its store: reports lack prompts, and scoring says what to do."""
    run, first = moved
    with closing(sqlite3.connect(run / "run.db")) as db, db:
        db.execute("DELETE FROM sample")
    done = command(run.parent, "report", "run")
    assert (done.status, done.err) == (0, "")
    line = (run / "predictions/scripted/gsm8k.jsonl").read_text().splitlines()[0]
    assert json.loads(line)["origin_prompt"] is None
    result = json.loads((run / "results/scripted/gsm8k.json").read_text())
    assert result["score"] == first.score(SUMS)["scored"]["value"]
    refused = evaluate(run.parent, "--mode", "eval", "--reuse", run)
    assert refused.status == 1
    assert "made by an older perfbench" in refused.tasks[SUMS]["failure"]
