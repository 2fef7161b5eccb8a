from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from eval_builders import asks, begun, evaluated, progress, questions, subtasks

from perfbench.evaluation import telling
from perfbench.evaluation.outcome import EvalRun
from perfbench.reports.evaluation import display, eval_display
from perfbench.reports.evaluation.board import EvalBoard
from perfbench.reports.evaluation.display import PlainEvalDisplay
from perfbench.reports.evaluation.logs import TaskLogs
from perfbench.types import Asked, Note, Observer, RunFinished, Scoring


class Terminal(io.StringIO):
    """A text stream that says it is a terminal."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


def test_terminals_get_the_board_and_pipes_get_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    def kind(file: io.StringIO, debug: bool = False) -> type:
        with eval_display(file, debug) as shown:
            return type(shown)

    monkeypatch.setenv("TERM", "xterm-256color")
    assert kind(Terminal()) is EvalBoard
    assert kind(Terminal(), debug=True) is PlainEvalDisplay
    assert kind(io.StringIO()) is PlainEvalDisplay
    monkeypatch.setenv("TERM", "dumb")
    assert kind(Terminal()) is PlainEvalDisplay


def told(shown: Observer, result: EvalRun) -> None:
    """What an evaluation tells its observer, in the order in which it happens."""
    shown(begun(str(result.run.path), result.subtasks))
    shown(Note("a handful of rows"))
    for subtask in result.subtasks:
        shown(asks(subtask, reused=2, failed_before=1, changed=4))
        done = subtask.samples * subtask.repeats - 2
        shown(progress(subtask, done, failed={"http_5xx": 1}))
        failed = subtask.data_set == "arc"
        shown(Asked(subtask.name, "nobody\nthere" if failed else None))
    for scores in result.scores:
        shown(Scoring(scores.subtask.name))
        shown(telling.scored(scores, ()))
    shown(RunFinished())


@pytest.fixture
def result(tmp_path: Path) -> EvalRun:
    result = evaluated(tmp_path, questions(["gsm8k", "arc"]), ["RRRwwfcn", "R"])
    result.run.close()
    return result


def test_lines_say_what_happens(result: EvalRun) -> None:
    file = io.StringIO()
    told(PlainEvalDisplay(file), result)
    lines = re.sub(r"\[[^\]]+ it/s\]|\d+ms", "#", file.getvalue()).splitlines()
    assert lines[0] == "perfbench: evaluating qwen-a; on gsm8k, arc"
    assert lines[1] == f"results in {result.run.path}"
    assert "note: a handful of rows" in lines
    assert (
        "qwen-a/gsm8k: 6 requests to send (1 of them failed before), 2 answers reused; 4 stored "
        "answers are not used: they are to other questions, or to another prompt, model or sampling"
        in lines
    )
    assert (
        "qwen-a/gsm8k: asking finished: 8/8 done #, 14 sent, 6 received, 5 finished, 1 failed "
        "(http_5xx 1), #, TTFT 20.00 ms, TPOT 5.00 ms (means)" in lines
    )
    assert any(line.startswith("qwen-a/arc: asking failed") for line in lines)
    assert any(line.endswith("nobody there") for line in lines)
    assert (
        "qwen-a/gsm8k: accuracy 60.00 (95 % interval 23.07–88.24), scored 5/8; 1 request failed, "
        "1 cut off, 1 no answer found; over all 37.50" in lines
    )
    assert any(line.startswith("qwen-a/arc: accuracy 100.00") for line in lines)
    assert not any("unscored default/" in line for line in lines)


def test_debug_tells_all(result: EvalRun) -> None:
    file = io.StringIO()
    told(PlainEvalDisplay(file, debug=True), result)
    text = file.getvalue()
    assert "qwen-a/gsm8k: 8 samples; gsm8k, version " in text
    assert "qwen-a/gsm8k: scoring" in text
    assert "unscored default/gsm8k/6: cut_off: because of c" in text


def test_progress_lines_are_rare(monkeypatch: pytest.MonkeyPatch) -> None:
    file, (subtask,) = io.StringIO(), subtasks(["gsm8k"])
    shown = PlainEvalDisplay(file)
    shown(begun("x", [subtask]))
    shown(asks(subtask))
    shown(progress(subtask, 3))
    assert "3/8" not in file.getvalue()
    monkeypatch.setattr(display, "LINE_EVERY_S", 0.0)
    shown(progress(subtask, 4, failed={"timeout": 2}))
    assert "4/8 done" in file.getvalue()
    assert "2 failed (timeout 2)" in file.getvalue()


def test_every_subtask_has_its_logs(result: EvalRun) -> None:
    told(TaskLogs(), result)
    logs = result.run.path / "logs"
    found = sorted(str(path.relative_to(logs)) for path in logs.rglob("*.out"))
    assert found == [f"{kind}/qwen-a/{name}.out" for kind in ("eval", "infer") for name in
                     ("arc", "gsm8k")]  # fmt: skip
    asked = (logs / "infer/qwen-a/gsm8k.out").read_text("utf-8")
    assert "model org/qwen-a at http://127.0.0.1:9, 8 in flight" in asked
    assert "2 answers reused" in asked
    assert "asking finished" in asked
    assert "(http_5xx 1)" in asked
    assert all(re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}", x) for x in asked.splitlines())
    assert "nobody there" in (logs / "infer/qwen-a/arc.out").read_text("utf-8")
    scored = (logs / "eval/qwen-a/gsm8k.out").read_text("utf-8")
    assert "scored 5/8" in scored
    assert "unscored default/gsm8k/5: request_failed: because of f (http_5xx: </script>" in scored
    assert "\x1b" not in scored
    assert "failed requests: http_5xx 1" in scored


def test_a_log_that_cannot_be_written_ends_nothing(result: EvalRun) -> None:
    (result.run.path / "logs").write_text("in the way")
    told(TaskLogs(), result)
    assert (result.run.path / "logs").read_text() == "in the way"


def test_the_simulator_is_named() -> None:
    file = io.StringIO()
    PlainEvalDisplay(file)(begun("x", subtasks(), simulated=True))
    assert "the built-in simulator" in file.getvalue().split("\n")[0]
