"""Evaluations that are continued with the settings of then (``--resume``), or done again."""

from __future__ import annotations

import os
import signal
from collections import Counter
from pathlib import Path

from eval_runs import command, evaluate, start, wait_for
from scripted_llm import ScriptedLLM, perfect, write_sums

import perfbench
from perfbench import EvalConfig, EvalResult, open_run

SAMPLES = 60
TASK = "m/gsm8k"


def test_a_killed_evaluation_is_resumed_by_its_folder_alone(tmp_path: Path) -> None:
    data = write_sums(tmp_path, SAMPLES)
    words = ["--dataset-dir", data, "--datasets", "gsm8k", "--parallel", 4, "--model", "m"]
    with ScriptedLLM(perfect, delay_s=0.03).running() as llm:
        child = start(tmp_path, "--url", llm.url, *words)
        wait_for(lambda: llm.answered >= SAMPLES * 0.4)
        os.kill(child.pid, signal.SIGKILL)
        child.communicate(timeout=20)
        (path,) = (tmp_path / "results").iterdir()
        with open_run(path) as run:
            known = run.answers.answered(TASK)
        wait_for(lambda: llm.answered == len(llm.bodies))
        before = len(llm.bodies)
        refused = evaluate(tmp_path, "--resume", path, "--limit", 5, "--temperature", 1)
        assert refused.status == 2
        assert refused.err.count("\n") == 1
        assert "--limit is 5.0 here and not given there" in refused.err
        assert "--temperature is 1.0 here and not given there" in refused.err
        twice = evaluate(tmp_path, "--resume", path, "--reuse", "other")
        assert (twice.status, "--reuse takes what of its answers" in twice.err) == (2, True)
        assert len(llm.bodies) == before
        done = evaluate(tmp_path, "--resume", path)
        assert (done.status, done.path) == (0, path)
        assert len(llm.bodies) == before + SAMPLES - len(known)
        assert done.counts(TASK)["right"] == SAMPLES
        # Nothing is missing now.
        assert evaluate(tmp_path, "--resume", path).status == 0
        assert len(llm.bodies) == before + SAMPLES - len(known)


def test_an_evaluation_is_done_again_whole(tmp_path: Path) -> None:
    data = write_sums(tmp_path, 12)
    with ScriptedLLM(perfect).running() as llm:
        first = perfbench.run_eval(
            EvalConfig(
                url=llm.url,
                model="m",
                dataset_dir=data,
                datasets=["gsm8k"],
                limit=8,
                shuffle=True,
                outputs_dir=tmp_path / "runs",
                report=False,
                probe=False,
            )
        )
        asked = Counter(llm.items())
        second = perfbench.rerun(first.path)
        assert isinstance(second, EvalResult)
        assert second.path != first.path
        assert Counter(llm.items()) == Counter({item: 2 * count for item, count in asked.items()})
        assert [each.version for each in second.subtasks] == [
            each.version for each in first.subtasks
        ]
        done = command(tmp_path, "rerun", first.path)
        assert done.status == 0
        assert "and was" not in done.out
        assert f"perfbench compare {first.path} " in done.out
        resumed = perfbench.resume(first.path)
        assert resumed.path == first.path
        assert len(llm.items()) == 24


def test_a_fork_has_the_answers_and_leaves_the_run_as_it_is(tmp_path: Path) -> None:
    data = write_sums(tmp_path, SAMPLES)
    words = ["--dataset-dir", data, "--datasets", "gsm8k", "--model", "m"]
    with ScriptedLLM(perfect).running() as llm:
        first = evaluate(tmp_path, "--url", llm.url, *words, "--limit", 20)
        before = (first.path / "run.db").read_bytes()
        fork = ("--reuse", first.path.name, "--fork", "--name", "fork")
        done = evaluate(tmp_path, "--url", llm.url, *words, *fork)
        assert len(llm.bodies) == SAMPLES
        assert (done.status, done.counts(TASK)["right"]) == (0, SAMPLES)
        assert done.path != first.path
        assert (first.path / "run.db").read_bytes() == before
        with open_run(first.path) as run, open_run(done.path) as forked:
            assert (run.config["limit"], forked.config["limit"]) == (20, None)
            assert forked.about.given is not None
            assert forked.about.given["fork"] is True
        # It is a run like any other: it can be resumed, in its own folder.
        assert evaluate(tmp_path, "--resume", done.path).path == done.path
    lacking = evaluate(tmp_path, "--datasets", "gsm8k", "--fork")
    assert (lacking.status, lacking.err.count("\n")) == (2, 1)
    assert "--fork goes on in a copy of the run of --reuse RUN: give that" in lacking.err
