"""``perfbench eval`` from command line to figures, on a service that answers by a script."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import warm
from eval_runs import Done, evaluate, process, settings, start, wait_for
from scripted_llm import (
    ROUND,
    SHARES,
    Said,
    ScriptedLLM,
    choices,
    number_of,
    perfect,
    sums,
    write_choices,
    write_sums,
)

from perfbench import open_run
from perfbench.store.summaries import summarise_point

SAMPLES = 100
SUMS = "scripted/gsm8k"
CHOICES = "scripted/arc"


def expected(samples: int) -> dict[str, int]:
    """How answers to the first ``samples`` items end, by the script."""
    kinds = Counter(sums(item).kind for item in range(samples))
    return {
        "samples": samples,
        "asked": samples,
        "scored": kinds["right"] + kinds["wrong"],
        "request_failed": kinds["request_failed"],
        "cut_off": kinds["cut_off"],
        "no_answer": kinds["no_answer"],
        "no_reference": 0,
        "grading_failed": 0,
        "no_verdict": 0,
        "sandbox_failed": 0,
        "right": kinds["right"],
    }


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with both data sets of the script."""
    folder = tmp_path_factory.mktemp("data")
    write_sums(folder, SAMPLES)
    return write_choices(folder, SAMPLES)


@pytest.fixture
def llm() -> Iterator[ScriptedLLM]:
    with ScriptedLLM().running() as service:
        yield service


def test_script_says_what_it_promises() -> None:
    for script in (sums, choices):
        kinds = Counter(script(item).kind for item in range(ROUND))
        assert kinds == SHARES


@pytest.mark.parametrize("stream", ["--stream", "--no-stream"])
def test_score_in_many_dresses_is_exact(
    llm: ScriptedLLM, data: Path, tmp_path: Path, stream: str
) -> None:
    done = evaluate(
        tmp_path, "--url", llm.url, "--dataset-dir", data, "--datasets", "gsm8k", "arc", stream
    )
    assert done.status == 0, done.err
    for task in (SUMS, CHOICES):
        assert done.counts(task) == expected(SAMPLES)
        assert done.score(task)["scored"]["value"] == pytest.approx(12 / 16)
        assert done.score(task)["over_all"]["value"] == pytest.approx(12 / 20)
    assert all(body["stream"] is (stream == "--stream") for body in llm.bodies)
    assert sorted(llm.items()) == sorted([*range(SAMPLES)] * 2)
    with open_run(done.path) as run:
        for each in run.answers.scores(SUMS):
            said = sums(int(each.sample_id.rpartition("/")[2].rpartition("-")[2]))
            verdict = "right" if each.score.value == 1 else "wrong"
            assert (each.score.unscored or verdict) == said.kind


def test_outputs_lie_in_the_known_places(llm: ScriptedLLM, data: Path, tmp_path: Path) -> None:
    done = evaluate(
        tmp_path, "--url", llm.url, "--dataset-dir", data, "--datasets", "gsm8k", "--limit", 20
    )
    lines = (done.path / "predictions/scripted/gsm8k.jsonl").read_text().splitlines()
    assert len(lines) == 20
    result = json.loads((done.path / "results/scripted/gsm8k.json").read_text())
    assert result["score"] == 0.75
    (summary,) = (done.path / "summary").glob("summary_*.csv")
    row = summary.read_text().splitlines()[1]
    assert row.startswith("gsm8k,")
    assert "75.00" in row
    assert (done.path / "logs/infer/scripted/gsm8k.out").stat().st_size > 0
    assert {"gsm8k", "75.00"} <= set(done.err.replace("│", " ").split())


def test_killed_run_is_continued_and_nothing_is_asked_twice(data: Path, tmp_path: Path) -> None:
    words = ["--dataset-dir", data, "--datasets", "gsm8k", "--parallel", 4, "--model", "m"]
    with ScriptedLLM(perfect, delay_s=0.03).running() as llm:
        child = start(tmp_path, "--url", llm.url, *words)
        wait_for(lambda: llm.answered >= SAMPLES * 0.4)
        os.kill(child.pid, signal.SIGKILL)
        child.communicate(timeout=20)
        (path,) = (tmp_path / "results").iterdir()
        with open_run(path) as run:
            known = run.answers.answered("m/gsm8k")
        wait_for(lambda: llm.answered == len(llm.bodies))
        before = Counter(llm.items())
        assert 0.25 * SAMPLES < len(known) < SAMPLES
        assert len(before) - len(known) <= 3 * 4  # in flight, or on the way to the store

        done = evaluate(tmp_path, "--url", llm.url, *words, "--reuse")
        assert done.status == 0, done.err
        assert done.path == path
        assert len(llm.bodies) - before.total() == SAMPLES - len(known)
        assert set(llm.items()) == set(range(SAMPLES))
    assert done.counts("m/gsm8k")["right"] == SAMPLES
    assert f"{len(known)}" in done.err


def test_only_failures_are_asked_again(data: Path, tmp_path: Path) -> None:
    def first_fails(item: int, asked_before: int) -> Said:
        return Said(status=503) if item % 20 == 7 and not asked_before else perfect(item)

    with ScriptedLLM(first_fails).running() as llm:
        words = ["--url", llm.url, "--dataset-dir", data, "--datasets", "gsm8k"]
        first = evaluate(tmp_path, *words)
        assert first.status == 0
        assert first.counts(SUMS)["request_failed"] == SAMPLES // 20
        asked = len(llm.bodies)
        second = evaluate(tmp_path, *words, "--reuse", first.path.name)
        assert sorted(llm.items()[asked:]) == [i for i in range(SAMPLES) if i % 20 == 7]
        third = evaluate(tmp_path, *words, "--reuse", first.path)
    assert second.counts(SUMS)["right"] == SAMPLES
    assert third.counts(SUMS) == second.counts(SUMS)
    assert len(llm.bodies) == SAMPLES + SAMPLES // 20


def test_failures_are_asked_again_within_the_run_and_every_attempt_is_kept(
    data: Path, tmp_path: Path
) -> None:
    def script(item: int, asked_before: int) -> Said:
        if item == 0 and asked_before < 2:
            return Said(status=503)
        if item == 1:
            return Said(status=500)
        if item in (2, 3):
            return Said(status=400 if item == 2 else 429)
        return perfect(item)

    words = ("--dataset-dir", data, "--datasets", "gsm8k", "--limit", 10, "--retries", 2)
    with ScriptedLLM(script).running() as llm:
        done = evaluate(tmp_path, "--url", llm.url, *words)
    assert Counter(llm.items()) == Counter(
        {0: 3, 1: 3, 2: 1, 3: 3} | dict.fromkeys(range(4, 10), 1)
    )
    assert done.counts(SUMS)["scored"] == 7
    assert done.counts(SUMS)["request_failed"] == 3
    lines = (done.path / "predictions/scripted/gsm8k.jsonl").read_text().splitlines()
    attempts = [json.loads(line)["attempts"] for line in lines]
    assert attempts[:5] == [
        ["http_5xx", "http_5xx", "ok"],
        ["http_5xx"] * 3,
        ["http_4xx"],
        ["http_4xx"] * 3,
        ["ok"],
    ]
    with open_run(done.path) as run:
        summaries = [summarise_point(run, point) for point in run.points()]
    assert [each.ledger.sent for each in summaries if each.ledger] == [10, 3, 3]
    assert all(each.ledger is not None and each.ledger.balanced for each in summaries)


def test_ctrl_c_ends_the_pause_before_a_retry(data: Path, tmp_path: Path) -> None:
    words = ("--dataset-dir", data, "--datasets", "gsm8k", "--limit", 4, "--retries", 99)
    with ScriptedLLM(lambda item, before: Said(status=503)).running() as llm:
        child = start(tmp_path, "--url", llm.url, *words)
        wait_for(lambda: llm.answered >= 12)
        child.send_signal(signal.SIGINT)
        out, err = child.communicate(timeout=20)
    assert child.returncode == 130
    assert "Traceback" not in err
    assert Done(130, out, err).counts(SUMS)["request_failed"] == 4


def test_an_empty_answer_is_an_answer_and_not_asked_again(data: Path, tmp_path: Path) -> None:
    words = ("--dataset-dir", data, "--datasets", "gsm8k", "--limit", 3)
    with ScriptedLLM(lambda item, before: Said("" if item else "#### 1000")).running() as llm:
        first = evaluate(tmp_path, "--url", llm.url, *words, "--retries", 1)
        assert first.status == 0
        assert (first.counts(SUMS)["no_answer"], first.counts(SUMS)["request_failed"]) == (2, 0)
        evaluate(tmp_path, "--url", llm.url, *words, "--reuse", first.path)
        assert sorted(llm.items()) == [0, 1, 2]


def test_a_vote_counts_equal_answers_together(data: Path, tmp_path: Path) -> None:
    right, wrong = ("1000", "1000.00", "$1,000", "2000/2", "1e3"), ("7", "7")

    def script(item: int, asked_before: int) -> Said:
        return Said(f"The answer is {(*right, *wrong)[asked_before]}")

    words = ("--dataset-dir", data, "--datasets", "gsm8k", "--limit", 1, "--repeats", 7)
    with ScriptedLLM(script).running() as llm:
        done = evaluate(tmp_path, "--url", llm.url, *words, "--parallel", 1)
        assert done.score(SUMS, "cons@7")["scored"]["value"] == 1
        again = evaluate(tmp_path, "--mode", "viz", "--reuse", done.path)
        assert again.score(SUMS, "cons@7")["scored"]["value"] == 1


@pytest.mark.parametrize(
    "change", [["--temperature", "0.5"], ["--system-prompt", "Be brief."], ["--model", "other"]]
)
def test_what_changed_is_asked_again(
    llm: ScriptedLLM, data: Path, tmp_path: Path, change: list[str]
) -> None:
    llm.script = perfect
    words = ["--url", llm.url, "--dataset-dir", data, "--datasets", "gsm8k", "--limit", 12]
    first = evaluate(tmp_path, *words)
    done = evaluate(tmp_path, *words, "--reuse", first.path, *change)
    assert done.status == 0, done.err
    assert len(llm.bodies) == 24
    if change[0] != "--model":
        assert "12 " in done.err
        assert "changed" in done.err or "not used" in done.err or "another" in done.err
    assert done.path == first.path


def test_more_samples_ask_only_the_new_ones(llm: ScriptedLLM, data: Path, tmp_path: Path) -> None:
    llm.script = perfect
    words = ["--url", llm.url, "--dataset-dir", data, "--datasets", "gsm8k"]
    evaluate(tmp_path, *words, "--limit", 10)
    done = evaluate(tmp_path, *words, "--limit", 0.25, "--reuse")
    assert done.counts(SUMS)["asked"] == 25
    assert sorted(llm.items()) == list(range(25))


def test_infer_now_and_score_later_without_a_server(data: Path, tmp_path: Path) -> None:
    words = ["--dataset-dir", data, "--datasets", "gsm8k", "arc", "--limit", 20]
    with ScriptedLLM().running() as llm:
        asked = evaluate(tmp_path, "--url", llm.url, *words, "--mode", "infer")
        assert asked.status == 0, asked.err
        assert asked.tasks[SUMS]["result"] is None
        url = llm.url
    assert "simulator" not in asked.err
    for again in (["--url", url], []):
        done = evaluate(tmp_path, *again, *words, "--mode", "eval", "--reuse")
        assert done.status == 0, done.err
        assert done.counts(SUMS) == expected(20)
        assert "simulator" not in done.err
    other = evaluate(tmp_path, *words, "--mode", "eval", "--reuse", "--temperature", 1)
    assert other.counts(SUMS) == expected(20)
    assert "--temperature not used: stored questions are scored as they were asked" in other.err
    viewed = evaluate(tmp_path, "--mode", "viz", "--reuse", "--datasets", "gsm8k")
    assert list(viewed.tasks) == [SUMS]
    assert viewed.counts(SUMS) == expected(20)
    assert viewed.score(SUMS) == done.score(SUMS)
    unknown = evaluate(tmp_path, "--mode", "viz", "--reuse", "--datasets", "mmlu")
    assert unknown.status == 2
    assert "has no 'mmlu'; it has: gsm8k, arc; nor has any other run" in unknown.err


def test_reuse_alone_takes_the_newest_run_that_matches(
    llm: ScriptedLLM, data: Path, tmp_path: Path
) -> None:
    words = ("--url", llm.url, "--dataset-dir", data, "--limit", 3)
    both = evaluate(tmp_path, *words, "--datasets", "gsm8k", "arc")
    sums_only = evaluate(tmp_path, *words, "--datasets", "gsm8k")
    evaluate(tmp_path, *words, "--datasets", "arc", "--model", "other")
    asked = len(llm.bodies)
    assert evaluate(tmp_path, *words, "--datasets", "gsm8k", "--reuse").path == sums_only.path
    assert evaluate(tmp_path, *words, "--datasets", "gsm8k", "arc", "--reuse").path == both.path
    arc_only = ("--mode", "eval", "--datasets", "gsm8k", "arc", "--reuse")
    assert evaluate(tmp_path, *arc_only).path == both.path
    failed = {item for item in range(3) if sums(item).kind == "request_failed"}
    assert len(llm.bodies) == asked + len(failed)
    refused = evaluate(tmp_path, *words, "--datasets", "gsm8k", "--model", "third", "--reuse")
    assert (refused.status, refused.out, refused.err.count("\n")) == (2, "", 1)
    assert "no evaluation in results asked third/gsm8k" in refused.err
    elsewhere = llm.url.replace("127.0.0.1", "localhost")
    refused = evaluate(tmp_path, "--url", elsewhere, *words[2:], "--datasets", "gsm8k", "--reuse")
    assert (refused.status, refused.err.count("\n")) == (2, 1)
    # Nothing that was answered counts with another sampling: its results are no place for these.
    warmer = evaluate(tmp_path, *words, "--datasets", "gsm8k", "--temperature", 1, "--reuse")
    assert (warmer.status, warmer.err.count("\n")) == (2, 1)
    assert f"asked {SUMS} of this service with these settings" in warmer.err


def test_a_data_set_that_is_not_there_is_marked_and_the_others_run(
    llm: ScriptedLLM, data: Path, tmp_path: Path
) -> None:
    words = ("--url", llm.url, "--dataset-dir", data, "--limit", 3)
    done = evaluate(tmp_path, *words, "--datasets", "mmlu", "gsm8k")
    assert done.status == 1
    assert done.counts(SUMS)["asked"] == 3
    assert f"{data} has no mmlu" in done.tasks["scripted/mmlu"]["failure"]
    assert f"scripted/mmlu failed: {data} has no mmlu" in " ".join(done.err.split())
    assert not (done.path / "predictions/scripted/mmlu.jsonl").exists()
    with open_run(done.path) as run:
        assert [each.name for each in run.answers.subtasks()] == [SUMS]
    none = evaluate(tmp_path, *words, "--datasets", "mmlu", "math_500")
    assert (none.status, none.out) == (2, "")


def test_rescoring_uses_the_extractor_of_today(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An extractor of one's own that finds nothing at first, and is mended after all was asked."""
    source = tmp_path / "my_parts.py"
    source.write_text(
        "from dataclasses import replace\n"
        "from perfbench.evaluation.tasks.gsm8k import TASK\n"
        "from perfbench.evaluation.extraction.text import verbatim as mine\n"
        "def find(text, sample):\n"
        "    return mine(text, sample)\n"
        "SUMS = replace(TASK, name='sums', folders=('gsm8k',), extractor='mine')\n"
    )
    info = tmp_path / "my_parts-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: my-parts\nVersion: 1\n")
    (info / "entry_points.txt").write_text(
        "[perfbench.tasks]\nsums = my_parts:SUMS\n[perfbench.extractors]\nmine = my_parts:find\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    words = ["--dataset-dir", data, "--datasets", "sums", "--limit", 11, "--no-probe"]
    quiet = ("--json", "--no-report")
    with ScriptedLLM().running() as llm:
        first = process(tmp_path, "eval", "--url", llm.url, *words, *quiet)
    assert first.counts("scripted/sums")["right"] == 0
    mended = source.read_text().replace("text import verbatim", "number import number")
    source.write_text(
        mended + "# of another length: what is compiled is known by second and size\n"
    )
    second = process(tmp_path, "eval", *quiet, "--mode", "eval", "--reuse")
    assert second.counts("scripted/sums")["right"] == 11
    versions = {done.tasks["scripted/sums"]["version"] for done in (first, second)}
    assert len(versions) == 2
    again = process(tmp_path, "eval", *quiet, "--mode", "viz", "--reuse")
    assert again.tasks["scripted/sums"]["version"] == second.tasks["scripted/sums"]["version"]


def test_two_models_and_three_data_sets_at_a_time(
    llm: ScriptedLLM, data: Path, tmp_path: Path
) -> None:
    file = settings(
        tmp_path,
        {"url": llm.url, "model": "first", "temperature": 0.5, "parallel": 2},
        {
            "url": llm.url,
            "model": "second",
            "api_key": "sk-secret",
            "extra_args": {"access_token": "sk-sent"},
        },
    )
    names = ["gsm8k", "ARC_e", "ARC_c"]
    done = evaluate(
        tmp_path,
        *("--config", file, "--models", "a", "b", "--dataset-dir", data, "--datasets", *names),
        *("--max-num-workers", 4),
    )
    assert done.status == 0, done.err
    assert list(done.tasks) == [f"{model}/{name}" for model in "ab" for name in names]
    for model in "ab":
        assert done.counts(f"{model}/gsm8k") == expected(SAMPLES)
        halves = [done.counts(f"{model}/{name}") for name in names[1:]]
        assert [half["samples"] for half in halves] == [50, 50]
        assert sum(half["right"] for half in halves) == expected(SAMPLES)["right"]
    assert len(llm.bodies) == 2 * 2 * SAMPLES
    sent = {body["model"]: body.get("temperature") for body in llm.bodies}
    assert sent == {"first": 0.5, "second": None}
    assert "sk-secret" not in done.out + done.err + (done.path / "config.yaml").read_text()
    tokens = {body["model"]: body.get("access_token") for body in llm.bodies}
    assert tokens == {"first": None, "second": "sk-sent"}
    with open_run(done.path) as run:
        assert "sk-sent" not in str(run.answers.subtasks())
    assert "sk-sent" not in done.out + done.err


def test_one_model_down_leaves_the_other_scored(
    llm: ScriptedLLM, data: Path, tmp_path: Path
) -> None:
    file = settings(
        tmp_path, {"url": llm.url, "model": "m"}, {"url": "http://127.0.0.1:9", "model": "m"}
    )
    words = ["--config", file, "--dataset-dir", data, "--datasets", "gsm8k", "--limit", 20]
    done = evaluate(tmp_path, *words, "--models", "b", "a")
    assert done.status == 1
    assert done.counts("a/gsm8k") == expected(20)
    assert done.counts("b/gsm8k")["request_failed"] == 20
    assert "127.0.0.1:9" in done.err
    with open_run(done.path) as run:
        assert run.about.url == f"http://127.0.0.1:9, {llm.url}"
    again = evaluate(tmp_path, *words, "--models", "a", "--reuse", done.path)
    assert (again.status, again.counts("a/gsm8k")) == (0, expected(20))


def test_repeats(data: Path, tmp_path: Path) -> None:
    """Item i is right the first i % 4 of 3 times: c of 3 is 0, 1, 2, 3 for a quarter each."""

    def some_right(item: int, asked_before: int) -> Said:
        right = asked_before < item % 4
        return Said(f"#### {number_of(item) + (0 if right else 1 + asked_before)}")

    with ScriptedLLM(some_right).running() as llm:
        done = evaluate(
            tmp_path,
            *("--url", llm.url, "--dataset-dir", data, "--datasets", "gsm8k", "--limit", 20),
            *("--num-return-sequences", 3),
        )
    assert done.counts(SUMS)["asked"] == 60
    assert Counter(Counter(llm.items()).values()) == {3: 20}
    figures = done.tasks[SUMS]["result"]["overall"]["figures"]
    known = {name: figure["scored"]["value"] for name, figure in figures.items()}
    assert known["accuracy"] == pytest.approx((0 + 1 + 2 + 3) / 12)
    assert known["avg@3"] == pytest.approx(0.5)
    assert known["pass@3"] == pytest.approx(3 / 4)
    assert known["pass^3"] == pytest.approx(1 / 4)
    # One right and two different wrong answers: a three-way tie.
    assert known["cons@3"] == pytest.approx((0 + 1 / 3 + 1 + 1) / 4)


def test_selection_reaches_the_server(llm: ScriptedLLM, data: Path, tmp_path: Path) -> None:
    words = ["--url", llm.url, "--dataset-dir", data]
    assert evaluate(tmp_path, *words, "--datasets", "arc", "--limit", 3).status == 0
    assert sorted(llm.items()) == [0, 1, 2, 3, 4, 5]
    llm.bodies.clear()
    assert evaluate(tmp_path, *words, "--datasets", "arc", "--num-prompts", 3).status == 0
    assert sorted(llm.items()) == [0, 1, 2]
    llm.bodies.clear()
    merged = evaluate(tmp_path, *words, "--datasets", "arc", "--merge-ds", "--limit", 4)
    assert sorted(llm.items()) == [0, 1, 2, 3]
    assert [each["name"] for each in merged.tasks[CHOICES]["result"]["subsets"]] == ["all"]


def test_prompt_settings_reach_the_server(llm: ScriptedLLM, data: Path, tmp_path: Path) -> None:
    (data / "gsm8k" / "train.jsonl").write_text(
        "".join(f'{{"question": "Shot {i}?", "answer": "#### {i}"}}\n' for i in range(5))
    )
    generation = '{"temperature": 0.25, "max_tokens": 77, "min_p": 0.1}'
    done = evaluate(
        tmp_path,
        *("--api-url", llm.url, "--dataset-dir", data, "--datasets", "gsm8k", "--limit", 1),
        *("--few-shot-num", 2, "--system-prompt", "Be brief.", "--eval-batch-size", 1),
        *("--generation-config", generation, "--work-dir", tmp_path / "elsewhere"),
    )
    assert done.path.parent == tmp_path / "elsewhere"
    (body,) = llm.bodies
    roles = [message["role"] for message in body["messages"]]
    assert roles == ["system", "user", "assistant", "user", "assistant", "user"]
    assert body["messages"][0]["content"] == "Be brief."
    assert "Shot 1?" in body["messages"][3]["content"]
    assert (body["temperature"], body["max_tokens"], body["min_p"]) == (0.25, 77, 0.1)


def test_ctrl_c_keeps_and_reports_what_there_is(data: Path, tmp_path: Path) -> None:
    words = ["--dataset-dir", data, "--datasets", "gsm8k", "arc", "--parallel", 2]
    with ScriptedLLM(perfect, delay_s=0.05).running() as llm:
        child = start(tmp_path, "--url", llm.url, *words)
        wait_for(lambda: llm.answered >= 20)
        child.send_signal(signal.SIGINT)
        out, err = child.communicate(timeout=20)
    done = Done(child.returncode, out, err)
    assert done.status == 130, err
    assert "Traceback" not in err
    assert json.loads(out)["interrupted"] is True
    counts = done.counts(SUMS)
    assert 10 < counts["right"] == counts["scored"] < SAMPLES
    assert counts["request_failed"] == SAMPLES - counts["right"]
    assert not any("which one is meant" in str(body) for body in llm.bodies)


@pytest.mark.parametrize("api", ["completions", "vllm"])
def test_text_prompts_go_to_the_completions_api(tmp_path: Path, api: str) -> None:
    """Asked of the simulator: what it answers is nonsense, that it answers is the point."""
    words = ["--datasets", "demo_gsm8k_gen_0_shot_cot_str", "--limit", 3, "--max-tokens", 8]
    done = evaluate(tmp_path, *words, "--api", api)
    assert done.status == 0, done.err
    (task,) = done.tasks
    counts = done.counts(task)
    assert (counts["asked"], counts["request_failed"]) == (3, 0)
    refused = evaluate(tmp_path, "--datasets", "demo_gsm8k", "--api", api)
    assert refused.status == 2
    assert "demo_gsm8k_gen_0_shot_cot_str" in refused.err
    assert len(refused.err.splitlines()) == 1


def test_all_failed_is_status_1(data: Path, tmp_path: Path) -> None:
    with ScriptedLLM(lambda item, before: Said(status=500)).running() as llm:
        words = ["--url", llm.url, "--dataset-dir", data, "--datasets", "gsm8k", "--limit", 5]
        done = evaluate(tmp_path, *words)
        assert done.status == 1
        assert done.score(SUMS)["scored"]["value"] is None
        assert evaluate(tmp_path, *words, "--mode", "infer").status == 1


LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (90_000, 90_000))
from perfbench.cli import main
sys.exit(main())
"""


@pytest.mark.undisturbed
def test_a_full_disk_while_answers_come_is_one_clear_line(tmp_path):
    arguments = ["eval", "--datasets", "gsm8k", "--limit", "3", "--repeats", "40"]
    command = [sys.executable, "-c", LIMITED, *arguments]
    done = warm.run(command, cwd=tmp_path, text=True, timeout=60)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("perfbench: cannot write ")
