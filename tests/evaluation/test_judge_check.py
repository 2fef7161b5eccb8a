"""``perfbench judge-check``: scripted judges of known leanings against labels written here."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Any

import pytest
from eval_runs import Done, command
from scripted_judge import ScriptedJudge
from scripted_llm import Said

from perfbench.evaluation.figures.calibration import Compared, calibrated

VOTES = Path("/work/shared/data/votes")


def pairs(file: Path, labels: list[str]) -> Path:
    """Comparisons: of row ``i`` the first answer is ``i`` letters, the second twice as long where
    ``i`` is even, else half."""
    rows = [
        {
            "id": f"p{i}",
            "question": f"Item {i}: which is better?",
            "answer_a": "x" * (4 * i + 4),
            "answer_b": "y" * (8 * i + 8 if i % 2 == 0 else 2 * i + 2),
            "label": label,
        }
        for i, label in enumerate(labels)
    ]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return file


def check(folder: Path, judge: ScriptedJudge, labels: Path, *words: object) -> Done:
    at = ("--url", judge.url, "--model", "judge", "--no-probe", "--retries", 0, "--no-report")
    return command(folder, "judge-check", "--labels", labels, *at, "--json", *words)


def figures(done: Done) -> dict[str, Any]:
    assert done.status == 0, done.err
    (found,) = json.loads(done.out)["judges"]
    return dict(found)


def shown_first(prompt: str) -> str:
    """The candidate that is shown first: A is written in x, B in y."""
    return "A" if prompt.index("xx") < prompt.index("yy") else "B"


def test_judge_that_prefers_what_is_first(tmp_path: Path) -> None:
    def first(prompt: str, item: int, before: int) -> Said:
        return Said("[[A]]")

    labels = pairs(tmp_path / "pairs.jsonl", ["A", "B", "tie", "model_a"] * 5)
    with ScriptedJudge(first).running() as judge:
        found = figures(check(tmp_path, judge, labels))
    assert len(judge.bodies) == 40
    assert found["first_wins"]["value"] == 1
    assert found["same_swapped"]["value"] == 0
    assert found["accuracy"]["value"] == pytest.approx(5 / 20)  # it says tie, all in all
    assert found["kappa"]["value"] == pytest.approx(0)


def test_judge_that_prefers_what_is_longer(tmp_path: Path) -> None:
    def longer(prompt: str, item: int, before: int) -> Said:
        sizes = [len(run) for run in re.findall(r"x{2,}|y{2,}", prompt)]
        return Said(f"[[{'A' if sizes[0] > sizes[1] else 'B'}]]")

    labels = pairs(tmp_path / "pairs.jsonl", ["A", "A", "B", "B"] * 5)
    with ScriptedJudge(longer).running() as judge:
        found = figures(check(tmp_path, judge, labels))
    assert found["same_swapped"]["value"] == 1
    assert found["first_wins"]["value"] == pytest.approx(0.5)
    assert found["length"]["judge"]["value"] == 1
    assert found["length"]["human"]["value"] == 0.5
    assert found["length"]["difference"]["value"] == 0.5
    assert found["accuracy"]["value"] == 0.5
    assert found["confusion"]["A"] == {"A": 5, "B": 5}


def test_judge_without_a_verdict_counts_nowhere(tmp_path: Path) -> None:
    def half_silent(prompt: str, item: int, before: int) -> Said:
        if item % 4 == 0:
            return Said("Both have their merits.")
        return Said(f"[[{'A' if shown_first(prompt) == 'A' else 'B'}]]")

    labels = pairs(tmp_path / "pairs.jsonl", ["A"] * 12)
    with ScriptedJudge(half_silent).running() as judge:
        found = figures(check(tmp_path, judge, labels, "--judge-retries", 2))
    assert (found["labels"], found["verdicts"]) == (12, 9)
    assert found["accuracy"]["value"] == 1
    assert len(judge.bodies) == 24 + 2 * 6


def test_right_or_wrong_against_people_from_csv(tmp_path: Path) -> None:
    labels = tmp_path / "grades.csv"
    with open(labels, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["question", "answer", "reference", "label"])
        for i in range(20):
            label = "CORRECT" if i % 2 else "B"
            writer.writerow([f"Item {i}: how many?", "long " * i + str(i), str(i), label])

    def lenient(prompt: str, item: int, before: int) -> Said:
        return Said("A" if item % 2 or item in (0, 2) else "B")

    with ScriptedJudge(lenient).running() as judge:
        done = check(tmp_path, judge, labels)
        found = figures(done)
    assert found["accuracy"]["value"] == pytest.approx(0.9)
    assert found["confusion"] == {"B": {"A": 2, "B": 8}, "A": {"A": 10, "B": 0}}
    assert found["kappa"]["value"] == pytest.approx((0.9 - 0.5) / 0.5)
    assert found["length"]["human"]["value"] == pytest.approx(2 / 10)  # the shorter half
    assert found["length"]["judge"]["value"] == 0
    assert "judge_check.json" in done.err.replace("\n", "")


def test_rating_against_people(tmp_path: Path) -> None:
    labels = tmp_path / "ratings.jsonl"
    rows = [
        {"question": f"Item {i}: say", "answer": "word " * (i + 1), "label": 1 + i % 10}
        for i in range(20)
    ]
    labels.write_text("".join(json.dumps(row) + "\n" for row in rows))

    def harsh(prompt: str, item: int, before: int) -> Said:
        return Said(f"Rating: [[{max(1, item % 10)}]]")

    with ScriptedJudge(harsh).running() as judge:
        found = figures(check(tmp_path, judge, labels))
    assert found["accuracy"]["value"] == pytest.approx(0.1)
    assert 0.8 < found["kappa"]["value"] < 1


def test_same_texts_are_asked_once_whoever_labelled_them(tmp_path: Path) -> None:
    labels = tmp_path / "votes.jsonl"
    row = {"question": "Item 1: which?", "answer_a": "xx", "answer_b": "yy"}
    rows = [row | {"label": label} for label in ("A", "A", "B")]
    labels.write_text("".join(json.dumps(each) + "\n" for each in rows))
    with ScriptedJudge(lambda prompt, item, before: Said("[[C]]")).running() as judge:
        found = figures(check(tmp_path, judge, labels, "--no-judge-swap"))
    assert len(judge.bodies) == 1
    assert found["labels"] == found["verdicts"] == 3


def test_check_is_stored_and_continued(tmp_path: Path) -> None:
    labels = pairs(tmp_path / "pairs.jsonl", ["A", "B"] * 5)

    def fails_once(prompt: str, item: int, before: int) -> Said:
        return Said(status=503) if item == 3 and not before else Said("[[C]]")

    with ScriptedJudge(fails_once).running() as judge:
        first = check(tmp_path, judge, labels)
        assert figures(first)["verdicts"] == 9
        run = json.loads(first.out)["run"]["path"]
        second = check(tmp_path, judge, labels, "--reuse", run)
        assert figures(second)["verdicts"] == 10
        assert len(judge.bodies) == 22
    shown = command(tmp_path, "report", run)
    assert shown.status == 0, shown.err
    assert "agreement" in shown.out


@pytest.mark.parametrize(
    ("row", "words", "said"),
    [
        ({"question": "q", "answer": "a"}, (), "has no label"),
        ({"question": "q", "answer": "a", "label": "11"}, (), "is none of 1 to 10"),
        ({"answer": "a", "label": "1"}, (), "has no question"),
        ({"question": "q", "answer_a": "a", "answer_b": "b", "label": "D"}, (), "is none of A, B"),
        ({"question": "q", "answer": "a", "label": "1"}, ("--judge", "x"), "'x' is not under"),
        (
            {"question": "q", "answer": "a", "label": "A"},
            ("--judge-prompt", "aisbench"),
            "has no reference",
        ),
    ],
)
def test_bad_input_is_one_line(
    row: dict[str, str], words: tuple[str, ...], said: str, tmp_path: Path
) -> None:
    labels = tmp_path / "labels.jsonl"
    labels.write_text(json.dumps(row) + "\n")
    done = command(tmp_path, "judge-check", "--labels", labels, *words)
    assert done.status == 2
    assert said in done.err
    assert done.err.count("\n") == 1


def test_file_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    done = command(tmp_path, "judge-check", "--labels", "gone.jsonl")
    assert done.status == 2
    assert done.err.count("\n") == 1


def test_calibration_by_hand() -> None:
    """Of four questions with two labels each: kappa of 6 of 8 alike, 4 and 4 against 4 and 4."""
    humans = [1.0, 1.0, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0]
    judges = [1.0, 1.0, 0.0, 0.0, 1.0, 0.0, 1.0, 0.0]
    compared = [
        Compared(place // 2, human, judge)
        for place, (human, judge) in enumerate(zip(humans, judges, strict=True))
    ]
    found = calibrated(compared, str, on_a_scale=False)
    assert found.accuracy.value == 0.75
    assert found.accuracy.samples == 4
    assert found.kappa.value == pytest.approx(0.5)
    assert found.kappa.clusters == 4
    assert found.first_wins.value is None
    none = calibrated([Compared(0, 1.0, None)], str, on_a_scale=False)
    assert (none.labels, none.verdicts, none.accuracy.value, none.kappa.value) == (1, 0, None, None)


@pytest.mark.skipif(not VOTES.exists(), reason="the votes of people are not on this machine")
def test_recorded_verdicts_against_recorded_votes(tmp_path: Path) -> None:
    """GPT-4's verdicts on answers that people compared, as they were published: it agrees on two
    thirds of what both decide, and hardly beyond chance where people say tie."""
    prompts = {
        str(row["id"]): row["text"]
        for row in map(json.loads, (VOTES / "prompts.jsonl").read_text().splitlines())
    }
    with open(VOTES / "gpt4-crowd-comparisons.csv") as file:
        said = {(r["prompt"], r["left"], r["right"]): r["winner"] for r in csv.DictReader(file)}
    with open(VOTES / "crowd-comparisons.csv") as file:
        votes = list(csv.DictReader(file))[::8]
    labels = tmp_path / "votes.jsonl"
    rows = [
        {
            "question": f"Item {vote['prompt']}: {prompts[vote['prompt']]}",
            "answer_a": f"<{vote['left']}|>",
            "answer_b": f"<{vote['right']}|>",
            "label": vote["winner"],
        }
        for vote in votes
    ]
    labels.write_text("".join(json.dumps(row) + "\n" for row in rows))

    def recorded(prompt: str, item: int, before: int) -> Said:
        first, second = re.findall(r"<([^|<>]*)\|>", prompt)[-2:]
        verdict = said[str(item), first, second]
        return Said(f"[[{dict(left='A', right='B', tie='C')[verdict]}]]")

    with ScriptedJudge(recorded).running() as judge:
        found = figures(check(tmp_path, judge, labels, "--no-judge-swap"))
    assert found["verdicts"] == len(votes)
    assert 0.6 < found["decided"]["value"] < 0.72
    assert 0.1 < found["kappa"]["value"] < 0.22
