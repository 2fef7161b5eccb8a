"""Evaluations of programs from the command line to the figures, in the sandbox of this machine."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest
from code_llm import CodeLLM, idle, right
from eval_runs import command, evaluate
from scripted_llm import Said

from perfbench.errors import ConfigError
from perfbench.sandbox.local import open_box
from perfbench.types import Sample

ALL = [
    *("demo_humaneval", "demo_humaneval_plus", "demo_mbpp", "demo_mbpp_plus"),
    *("demo_live_code_bench", "demo_bigcodebench", "demo_general_code"),
]


@pytest.fixture(scope="module", autouse=True)
def sandbox() -> None:
    try:
        open_box("auto").close()
    except ConfigError as error:
        pytest.skip(f"no sandbox here: {error}")


def test_right_programs_pass(tmp_path: Path) -> None:
    with CodeLLM(ALL, right).running() as service:
        done = evaluate(tmp_path, "--url", service.url, "--datasets", *ALL)
    assert done.status == 0, done.err
    for name in ALL:
        task = f"scripted/{name}"
        counts = done.counts(task)
        assert counts["right"] == counts["asked"] == done.tasks[task]["verdicts"]["passed"]
        said = done.tasks[task]["parts"].get("verdicts")
        assert said == ("can be forged" if name == "demo_bigcodebench" else None)
        assert "1024 MiB" in done.tasks[task]["parts"]["limits"]
        assert "3." in done.tasks[task]["parts"]["interpreter"]
    assert any("can be forged" in note for note in done.tasks[f"scripted/{ALL[5]}"]["notes"])


def test_programs_that_end_in_every_way(tmp_path: Path) -> None:
    """Each row of the demonstration is answered otherwise; nothing of it is taken for right."""
    programs = [
        "return [low]",
        "raise ValueError('b\\x1b[31mad')",
        "print('deep in it', flush=True); import time; time.sleep(60)",
        "return bytearray(1 << 34)",
        "import os; os._exit(0)",
    ]
    left = iter(programs)

    def says(sample: Sample) -> Said:
        heads = [line for line in str(sample.meta["stub"]).split("\n") if line[:4] == "def "]
        return Said(f"```python\n{heads[-1]}\n    {next(left)}\n```")

    with CodeLLM(["demo_humaneval"], says).running() as service:
        words = ("--url", service.url, "--datasets", "demo_humaneval", "--parallel", 1)
        done = evaluate(tmp_path, *words, "--sandbox-timeout", "1.5")
    task = done.tasks["scripted/demo_humaneval"]
    assert done.status == 0, done.err
    assert done.counts("scripted/demo_humaneval")["scored"] == 5
    assert task["verdicts"] == {"failed": 1, "error": 2, "timeout": 1, "memory": 1}
    file = done.path / "predictions/scripted/demo_humaneval.jsonl"
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    whys = [row["why"] for row in rows]
    assert whys[0].startswith("failed: ")
    assert "ValueError" in whys[1]
    assert "\x1b" not in "".join(whys)
    assert whys[2].startswith("timeout: ")
    assert "deep in it" in whys[2]
    assert whys[3].startswith("memory")
    assert [row["score"] for row in rows] == [0.0] * 5

    again = command(tmp_path, "eval", "--mode", "eval", "--reuse", done.path, "--json")
    assert again.tasks["scripted/demo_humaneval"]["verdicts"]["error"] == 2
    shown = command(tmp_path, "report", done.path)
    assert "programs: 1 failed, 2 error, 1 timeout, 1 memory" in " ".join(shown.out.split())


def test_answers_without_a_program_are_unscored(tmp_path: Path) -> None:
    said = iter(
        [
            Said("I cannot."),
            Said("```python\ndef other():\n    return 1\n```"),
            Said("```python\ndef decode_steps(steps):\n    return", finish="length"),
            Said("```python\ndef mean_gap(times):\n    return 9\n```\nThe gap", finish="length"),
            Said(status=500),
        ]
    )
    with CodeLLM(["demo_humaneval"], lambda sample: next(said)).running() as service:
        words = ("--url", service.url, "--datasets", "demo_humaneval", "--parallel", 1)
        done = evaluate(tmp_path, *words)
    counts = done.counts("scripted/demo_humaneval")
    reasons = ("no_answer", "cut_off", "request_failed", "scored", "right")
    assert [counts[reason] for reason in reasons] == [2, 1, 1, 1, 0]


def test_programs_that_do_nothing_fail(tmp_path: Path) -> None:
    with CodeLLM(["demo_humaneval", "demo_mbpp"], idle).running() as service:
        words = ("--url", service.url, "--datasets", "demo_humaneval", "demo_mbpp")
        done = evaluate(tmp_path, *words, "--repeats", 2)
    for name in ("demo_humaneval", "demo_mbpp"):
        assert done.score(f"scripted/{name}")["scored"]["value"] == 0
        assert done.score(f"scripted/{name}", "pass@2")["scored"]["value"] == 0
        assert done.counts(f"scripted/{name}")["scored"] == 10


def test_the_built_in_simulator_gives_the_stated_share(tmp_path: Path) -> None:
    words = ("--datasets", "demo_mbpp", "demo_general_code", "--repeats", 8)
    done = evaluate(tmp_path, *words)
    assert done.status == 0, done.err
    verdicts = done.tasks["simulated/demo_mbpp"]["verdicts"]
    assert set(verdicts) <= {"passed", "failed", "error"}
    assert sum(verdicts.values()) == 40
    assert 14 <= verdicts["passed"] <= 39


def test_rows_whose_own_solution_does_not_pass_are_refused(tmp_path: Path) -> None:
    folder = tmp_path / "own"
    folder.mkdir()
    row = {"prompt": "Add.", "entry_point": "add", "solution": "def add(a, b):\n    return a - b"}
    rows = [
        {**row, "tests": ["assert add(1, 0) == 1"]},
        {**row, "tests": ["assert add(1, 2) == 3"]},
        {**row, "cases": [{"input": [1, 2], "output": 3}], "solution": "def add(a, b): 1 / 0"},
        {"prompt": "Add.", "entry_point": "add", "tests": ["assert add(1, 2) == 3"]},
    ]

    def write(*chosen: dict[str, object]) -> None:
        text = "".join(json.dumps(each) + "\n" for each in chosen)
        (folder / "sums.jsonl").write_text(text, encoding="utf-8")

    args = json.dumps({"general_code": {"local_path": str(folder)}})
    with CodeLLM([], idle).running() as service:
        words = ("--url", service.url, "--datasets", "general_code", "--dataset-args", args)
        for chosen, said in (
            (rows[:2], "its own solution does not pass: failed: "),
            (rows, "its own solution does not pass (so it is with 2 rows): failed: "),
            (rows[2:], "its own solution does not pass: error: case 1: "),
        ):
            write(*chosen)
            done = evaluate(tmp_path, *words)
            assert done.status == 2
            assert said in done.err
            assert done.err.count("\n") == 1
        assert not service.bodies
    assert not (tmp_path / "results").exists()
    write(rows[0], rows[3])
    assert evaluate(tmp_path, "--datasets", "general_code", "--dataset-args", args).status == 0


def test_without_a_sandbox_nothing_is_asked(tmp_path: Path) -> None:
    with CodeLLM(["demo_humaneval"], right).running() as service:
        words = ("--url", service.url, "--datasets", "demo_humaneval")
        elsewhere = ("--sandbox", "remote", "--sandbox-url", "http://127.0.0.1:1")
        done = evaluate(tmp_path, *words, *elsewhere)
        assert done.status == 2
        assert "--sandbox remote runs no programs: the service cannot be reached" in done.err
        assert done.err.count("\n") == 1
        assert not service.bodies
        assert evaluate(tmp_path, *words, *elsewhere, "--mode", "infer").status == 0
        assert len(service.bodies) == 5
    (run,) = (tmp_path / "results").iterdir()
    done = command(tmp_path, "eval", "--mode", "eval", "--reuse", run, *elsewhere)
    assert done.status == 1
    assert "runs no programs" in done.out
    assert command(tmp_path, "eval", "--mode", "eval", "--reuse", run).status == 0


def test_a_key_of_a_sandbox_is_stored_nowhere(tmp_path: Path) -> None:
    key = "sandbox-secret-4711"
    elsewhere = ("--sandbox", "remote", "--sandbox-url", f"http://u:{key}@127.0.0.1:1/?k={key}")
    words = ("--datasets", "demo_humaneval", "--mode", "infer", "--sandbox-key", key, *elsewhere)
    done = evaluate(tmp_path, *words)
    assert done.status == 0, done.err
    assert key not in done.out + done.err
    for file in done.path.rglob("*"):
        assert not file.is_file() or key.encode() not in file.read_bytes()
    with sqlite3.connect(done.path / "run.db") as db:
        assert db.execute("SELECT count(*) FROM subtask").fetchone() == (1,)
    db.close()


def test_unconfined_programs_need_a_word(tmp_path: Path) -> None:
    words = ("--datasets", "demo_humaneval", "--limit", 2, "--sandbox", "none")
    done = evaluate(tmp_path, *words)
    assert done.status == 2
    assert "--i-accept-running-untrusted-code" in done.err
    assert done.err.count("\n") == 1
    done = evaluate(tmp_path, *words, "--i-accept-running-untrusted-code")
    assert done.status == 0, done.err
    assert done.counts("simulated/demo_humaneval")["scored"] == 2
