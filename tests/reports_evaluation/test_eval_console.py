"""What the final tables look like is held in ``golden/``; to change it, change the files."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from eval_builders import evaluated, questions
from test_eval_files import two_models

from perfbench.errors import TargetError
from perfbench.evaluation.figures.compare import Comparison, ScoredTask, compare
from perfbench.evaluation.outcome import EvalRun
from perfbench.reports.evaluation import print_comparison, print_evaluation
from perfbench.types import Score, ScoredAnswer

GOLDEN = Path(__file__).parent / "golden"


def printed(eval_run: EvalRun, width: int | None) -> str:
    file = io.StringIO()
    print_evaluation(eval_run, file, width)
    text = file.getvalue().replace(str(eval_run.run.path), "RUN")
    return "".join(line.rstrip() + "\n" for line in text.splitlines())


@pytest.mark.parametrize("width", [80, 120])
def test_golden(tmp_path: Path, width: int) -> None:
    result = two_models(tmp_path)
    result.failures["qwen-b/mmlu"] = TargetError("nobody\nis there")
    result.interrupted = True
    text = printed(result, width)
    assert text == (GOLDEN / f"evaluation_{width}.txt").read_text("utf-8")
    assert max(map(len, text.splitlines())) <= width
    assert "\x1b" not in text
    result.run.close()


def test_a_run_without_scores_shows_its_service(tmp_path: Path) -> None:
    result = evaluated(tmp_path, questions(["gsm8k"]), ["R"])
    result.scores.clear()
    text = printed(result, 80)
    assert "scores" not in text
    assert re.search(r"qwen-a/gsm8k +8 +0 ", text)
    result.run.close()


def test_long_names_fold(tmp_path: Path) -> None:
    name = "a-model-whose-name-is-longer-than-any-column-should-be"
    result = evaluated(tmp_path, questions(["gsm8k", "mmlu"], [name]), ["R", "Rw"])
    for width in (80, 120):
        text = printed(result, width)
        assert max(map(len, text.splitlines())) <= width
        assert "50.00" in text
    result.run.close()


def compared() -> Comparison:
    """One task that got better, one that is level, one with unscored answers."""

    def task(name: str, letters: str, version: str = "84f965") -> ScoredTask:
        values = {"R": 1.0, "w": 0.0}
        rows = [
            ScoredAnswer(
                f"{name}/{i}",
                Score(values[x]) if x in values else Score(None, unscored="cut_off"),
            )
            for i, x in enumerate(letters)
        ]
        return ScoredTask(name, rows, version, {"sampling": version})

    first = [task("gsm8k", "w" * 20 + "R" * 10), task("mmlu", "RwRw"), task("old", "R")]
    second = [task("gsm8k", "R" * 19 + "w" + "R" * 9 + "c"), task("mmlu", "wRRw", "604a78")]
    return compare(first, second)


@pytest.mark.parametrize("width", [80, 120])
def test_golden_comparison(width: int) -> None:
    file = io.StringIO()
    print_comparison(compared(), file, flips=True, width=width)
    text = "".join(line.rstrip() + "\n" for line in file.getvalue().splitlines())
    assert text == (GOLDEN / f"comparison_{width}.txt").read_text("utf-8")
    assert max(map(len, text.splitlines())) <= width


def test_flips_are_listed_when_wanted() -> None:
    file = io.StringIO()
    print_comparison(compared(), file)
    assert "gsm8k/0 " not in file.getvalue()
    assert "19 wrong to right" in file.getvalue()
    assert "only in A: old" in file.getvalue()


def test_runs_with_nothing_in_common_say_so() -> None:
    file = io.StringIO()
    print_comparison(compare([ScoredTask("a", [])], [ScoredTask("b", [])]), file)
    lines = [line.rstrip() for line in file.getvalue().splitlines()]
    assert lines == ["only in A: a", "only in B: b", "The runs have no task in common."]
