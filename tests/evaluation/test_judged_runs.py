"""``perfbench eval`` with judges: candidates and judges that answer by scripts, on real sockets."""

from __future__ import annotations

import json
import os
import shutil
import signal
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from eval_runs import Done, command, evaluate, start, wait_for
from scripted_judge import ScriptedJudge, exact, is_right
from scripted_llm import Said, ScriptedLLM, perfect, sums, write_choices, write_sums

from perfbench import open_run

SAMPLES = 40
ANSWERS, JUDGED = "a/gsm8k", "a/gsm8k-judge"
CUT, SILENT, FAILED, REFUSED = 2 * 2, 2, 2, 2
"""Of 40 items, by the script of sums: cut off (16 in 20 would be right), without a word, without an
answer, and with words that hold none."""
RIGHT = 2 * 11


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    write_sums(folder, SAMPLES)
    return write_choices(folder, SAMPLES)


@pytest.fixture
def llm() -> Iterator[ScriptedLLM]:
    with ScriptedLLM().running() as service:
        yield service


def models(folder: Path, llm: ScriptedLLM, *judges: ScriptedLLM, **more: Any) -> Path:
    """A settings file with the candidate ``a`` and judges ``j``, ``k``, ..."""
    named = {"a": {"url": llm.url, "model": "candidate"}}
    for name, judge in zip("jkl", judges, strict=False):
        named[name] = {"url": judge.url, "model": f"judge-{name}", "temperature": 0, **more}
    file = folder / "models.json"
    file.write_text(json.dumps({"model_configs": named}))
    return file


def run(folder: Path, file: Path, data: Path, *words: object) -> Done:
    base = ("--config", file, "--models", "a", "--dataset-dir", data)
    return evaluate(folder, *base, *words)


GSM8K = ("--datasets", "gsm8k_gen_0_shot_llmjudge")


def test_judge_scores_what_was_answered(llm: ScriptedLLM, data: Path, tmp_path: Path) -> None:
    with ScriptedJudge(exact).running() as judge:
        file = models(tmp_path, llm, judge, price_input=2, price_output=10)
        words = ("--datasets", "gsm8k_gen_0_shot_llmjudge", "arc", "--judge", "j")
        done = run(tmp_path, file, data, *words)
    assert done.status == 0, done.err
    counts = done.counts(JUDGED)
    assert counts["asked"] == SAMPLES
    assert counts["right"] == RIGHT
    assert counts["cut_off"] == CUT
    assert counts["no_answer"] == SILENT
    assert counts["request_failed"] == FAILED
    assert counts["scored"] == SAMPLES - CUT - SILENT - FAILED
    assert counts["no_verdict"] == 0
    assert len(judge.bodies) == counts["scored"]
    assert done.tasks[ANSWERS]["result"] is None
    assert done.tasks["a/arc"]["result"] is not None
    assert "a/arc-judge" not in done.tasks
    (figures,) = done.tasks[JUDGED]["judges"]["judges"]
    assert figures["verdicts"] == counts["scored"]
    assert figures["input_tokens"] == 10 * counts["scored"]
    assert figures["output_tokens"] == counts["scored"]
    assert figures["cost"] == pytest.approx(counts["scored"] * (20 + 10) / 1e6)


def test_files_have_the_known_names(llm: ScriptedLLM, data: Path, tmp_path: Path) -> None:
    with ScriptedJudge(exact).running() as judge:
        done = run(tmp_path, models(tmp_path, llm, judge), data, *GSM8K, "--judge", "j")
    for name in (
        *("logs/infer/a/gsm8k.out", "logs/infer/a/gsm8k-judge.out", "logs/eval/a/gsm8k-judge.out"),
        *("predictions/a/gsm8k.jsonl", "predictions/a/gsm8k-judge.jsonl"),
        "results/a/gsm8k-judge.json",
    ):
        assert (done.path / name).stat().st_size > 0, name
    assert not (done.path / "results/a/gsm8k.json").exists()
    lines = (done.path / "predictions/a/gsm8k-judge.jsonl").read_text().splitlines()
    told = [json.loads(line) for line in lines]
    assert {line["prediction"] for line in told} == {"A", "B"}
    assert {line["judge"] for line in told} == {"j"}
    assert all("Please as a grading expert" in str(line["origin_prompt"]) for line in told)
    assert all(line["score"] == (line["answer"] == "A") for line in told)
    result = json.loads((done.path / "results/a/gsm8k-judge.json").read_text())
    assert result["judges"]["judges"][0]["judge"] == "j"
    assert {each["judgements"][0]["verdict"] for each in result["details"] if "judgements" in each}
    for suffix in ("csv", "md", "txt"):
        (summary,) = (done.path / "summary").glob(f"summary_*.{suffix}")
        assert "gsm8k-judge" in summary.read_text()


def test_judge_sees_the_bare_question_and_no_reasoning(data: Path, tmp_path: Path) -> None:
    def thinks(item: int, before: int) -> Said:
        return Said(f"<think>99999 it is</think>{perfect(item).text}")

    with ScriptedLLM(thinks).running() as llm, ScriptedJudge(exact).running() as judge:
        words = ("--datasets", "gsm8k_gen_4_shot_cot_str", "--judge", "j", "--limit", 3)
        done = run(tmp_path, models(tmp_path, llm, judge), data, *words)
    assert done.counts("a/gsm8k-judge")["right"] == 3 or done.err
    (prompt, *_) = judge.asked
    assert "99999" not in prompt
    assert prompt.count("Item ") == 1


def test_text_without_a_verdict_is_asked_for_again_and_never_wrong(
    llm: ScriptedLLM, data: Path, tmp_path: Path
) -> None:
    def garbled(prompt: str, item: int, before: int) -> Said:
        if item in (0, 1) and not before:
            return Said("Hm, let me think about that.")
        if item in (2, 3):
            return Said("A\nB" if item == 2 else "")
        if item == 4:
            return Said("Verdict: ", finish="length")
        return exact(prompt, item, before)

    with ScriptedJudge(garbled).running() as judge:
        file = models(tmp_path, llm, judge)
        done = run(tmp_path, file, data, *GSM8K, "--judge", "j")
        assert done.counts(JUDGED)["no_verdict"] == 3
        assert done.counts(JUDGED)["right"] == RIGHT - 3
        times = Counter(judge.items())
        assert [times[item] for item in range(6)] == [2, 2, 2, 2, 2, 1]
        before = len(judge.bodies)
        again = run(tmp_path, file, data, *GSM8K, "--judge", "j", "--reuse")
        assert len(judge.bodies) == before
        assert again.counts(JUDGED) == done.counts(JUDGED)
        more = run(tmp_path, file, data, *GSM8K, "--judge", "j", "--reuse", "--judge-retries", 2)
        assert len(judge.bodies) == before + 3
        assert more.counts(JUDGED)["no_verdict"] == 3
    lines = (done.path / "predictions/a/gsm8k-judge.jsonl").read_text().splitlines()
    tries = {line["id"]: line["attempts"] for line in map(json.loads, lines)}
    assert tries["gsm8k/0"] == ["ok", "ok"]


def test_killed_judging_is_continued_and_nothing_is_asked_twice(data: Path, tmp_path: Path) -> None:
    words = ("--dataset-dir", data, *GSM8K, "--judge", "j", "--parallel", 4)
    with (
        ScriptedLLM(perfect).running() as llm,
        ScriptedJudge(exact, delay_s=0.03).running() as judge,
    ):
        file = models(tmp_path, llm, judge)
        child = start(tmp_path, "--config", file, "--models", "a", *words)
        wait_for(lambda: judge.answered >= SAMPLES * 0.4)
        os.kill(child.pid, signal.SIGKILL)
        child.communicate(timeout=20)
        (path,) = (tmp_path / "results").iterdir()
        with open_run(path) as stored:
            known = stored.answers.answered(JUDGED)
        wait_for(lambda: judge.answered == len(judge.bodies))
        asked, judged = len(llm.bodies), len(judge.bodies)
        assert 0 < len(known) < SAMPLES

        done = evaluate(tmp_path, "--config", file, "--models", "a", *words, "--reuse")
        assert done.status == 0, done.err
        assert done.path == path
        assert len(llm.bodies) == asked == SAMPLES
        assert len(judge.bodies) - judged == SAMPLES - len(known)
    assert done.counts(JUDGED)["right"] == SAMPLES


def test_stages_one_by_one(llm: ScriptedLLM, data: Path, tmp_path: Path) -> None:
    with ScriptedJudge(exact).running() as judge:
        file = models(tmp_path, llm, judge)
        whole = run(tmp_path, file, data, *GSM8K, "--judge", "j", "--name", "whole")
        asked, judged = len(llm.bodies), len(judge.bodies)
        first = run(tmp_path, file, data, *GSM8K, "--mode", "infer", "--name", "parts")
        assert len(llm.bodies) == 2 * asked
        assert len(judge.bodies) == judged
        at = ("--config", file, "--reuse", first.path)
        second = evaluate(tmp_path, *at, "--mode", "judge", "--judge", "j")
        assert second.status == 0, second.err
        assert (len(llm.bodies), len(judge.bodies)) == (2 * asked, 2 * judged)
        assert second.tasks[JUDGED]["result"] is None
        assert not (first.path / "results").exists()
        both = run(tmp_path, file, data, *GSM8K, "--judge", "j", "--mode", "infer_judge")
        assert (len(llm.bodies), len(judge.bodies)) == (3 * asked, 3 * judged)
        assert both.tasks[JUDGED]["result"] is None
        again = evaluate(tmp_path, *at, "--mode", "judge", "--judge", "j", "--rejudge")
        assert again.status == 0, again.err
        assert len(judge.bodies) == 4 * judged
    third = evaluate(tmp_path, "--reuse", first.path, "--mode", "eval")
    assert third.status == 0, third.err
    assert third.counts(JUDGED) == whole.counts(JUDGED)
    assert third.score(JUDGED) == whole.score(JUDGED)
    assert third.tasks[JUDGED]["version"] == whole.tasks[JUDGED]["version"]
    assert third.tasks[JUDGED]["judges"] is not None


def test_what_is_stored_is_enough(llm: ScriptedLLM, data: Path, tmp_path: Path) -> None:
    """Neither service nor data nor prompt file are there any more."""
    prompt = tmp_path / "mine.j2"
    prompt.write_text(
        "---\ncontract: letter\nlabels: [A, B]\nvalues: {A: 1, B: 0}\n---\n"
        "{{ question }}\n<Predicted Answer Begin {{ nonce }}>: \n{{ answer }}\n"
        "<Predicted End {{ nonce }}>\n"
    )
    made = tmp_path / "made"
    made.mkdir()
    with ScriptedJudge(exact).running() as judge:
        file = models(tmp_path, llm, judge)
        words = ("--judge", "j", "--judge-prompt", prompt)
        first = run(made, file, data, *GSM8K, *words)
        assert first.status == 0, first.err
    prompt.unlink()
    away = shutil.move(first.path, tmp_path / "away")
    for mode in ("eval", "viz"):
        done = evaluate(tmp_path, "--mode", mode, "--reuse", away)
        assert done.status == 0, done.err
        for key in ("result", "version", "judges"):
            assert done.tasks[JUDGED][key] == first.tasks[JUDGED][key], key
    median = evaluate(tmp_path, "--mode", "eval", "--reuse", away, "--judge-aggregate", "median")
    assert median.score(JUDGED) == first.score(JUDGED)
    assert median.tasks[JUDGED]["version"] != first.tasks[JUDGED]["version"]


def test_rule_first_and_the_judge_where_it_said_wrong(
    llm: ScriptedLLM, data: Path, tmp_path: Path
) -> None:
    """The rule finds nothing in item 17 of 20, where this judge finds the right answer."""

    def generous(prompt: str, item: int, before: int) -> Said:
        return Said("A" if item % 20 == 17 or is_right(prompt, item) else "B")

    with ScriptedJudge(generous).running() as judge:
        words = ("--judge", "j", "--judge-strategy", "llm_recall")
        done = run(tmp_path, models(tmp_path, llm, judge), data, "--datasets", "gsm8k", *words)
    assert done.status == 0, done.err
    asked = {item % 20 for item in judge.items()}
    assert asked == {11, 12, 13, 14, 17}
    assert done.counts(ANSWERS)["right"] == 24  # with item 16, which the rule believes
    assert done.counts(JUDGED)["right"] == 26
    assert done.counts(JUDGED)["scored"] == 34


def test_agreement_with_the_rule(llm: ScriptedLLM, data: Path, tmp_path: Path) -> None:
    def strict(prompt: str, item: int, before: int) -> Said:
        return Said("B" if item == 0 else exact(prompt, item, before).text)

    with ScriptedJudge(strict).running() as judge:
        words = ("--judge", "j", "--judge-strategy", "both")
        done = run(tmp_path, models(tmp_path, llm, judge), data, "--datasets", "gsm8k", *words)
    rule = done.tasks[JUDGED]["judges"]["rule"]
    assert rule["confusion"] == {
        "right": {"right": 21, "wrong": 1},
        "wrong": {"right": 0, "wrong": 8},
    }
    # 29 of 30 alike; by chance (22 * 21 + 8 * 9) / 900
    chance = (22 * 21 + 8 * 9) / 900
    assert rule["kappa"]["value"] == pytest.approx((29 / 30 - chance) / (1 - chance))
    assert done.counts(ANSWERS)["right"] == 24
    assert done.counts(JUDGED)["right"] == 21


def test_panel_of_judges(data: Path, tmp_path: Path) -> None:
    """Two exact judges and one that always says right; one of them is silent on item 0."""

    def silent_once(prompt: str, item: int, before: int) -> Said:
        return Said("?") if item == 0 else exact(prompt, item, before)

    def kind(prompt: str, item: int, before: int) -> Said:
        return Said("A")

    with (
        ScriptedLLM(lambda item, _: sums(item % 15)).running() as llm,
        ScriptedJudge(exact).running() as one,
        ScriptedJudge(silent_once).running() as two,
        ScriptedJudge(kind).running() as three,
    ):
        file = models(tmp_path, llm, one, two, three)
        words = ("--judge", "j", "k", "l", "--judge-aggregate", "majority", "--limit", 15)
        done = run(tmp_path, file, data, *GSM8K, *words, "--min-valid-judges", 3)
        assert done.status == 0, done.err
        asked = [len(each.bodies) for each in (one, two, three)]
        mean = evaluate(
            tmp_path,
            *("--mode", "eval", "--reuse", done.path),
            *("--judge-aggregate", "mean", "--min-valid-judges", 1),
        )
        assert asked == [len(each.bodies) for each in (one, two, three)] == [15, 16, 15]
        alone = run(tmp_path, file, data, *GSM8K, "--judge", "j", "--limit", 15, "--reuse")
        assert asked == [len(each.bodies) for each in (one, two, three)]
    assert done.counts(JUDGED)["no_verdict"] == 1
    assert done.counts(JUDGED)["right"] == 10
    assert done.score(JUDGED)["scored"]["value"] == pytest.approx(10 / 14)
    assert mean.score(JUDGED)["scored"]["value"] == pytest.approx((11 + 4 / 3) / 15)
    assert alone.counts(JUDGED)["right"] == 11
    panel = done.tasks[JUDGED]["judges"]
    assert [each["judge"] for each in panel["judges"]] == ["j", "k", "l"]
    assert [each["no_verdict"] for each in panel["judges"]] == [0, 1, 0]
    assert panel["alpha"]["units"] == 15
    assert panel["alpha"]["value"] < 0.6


def test_verdicts_stay_with_their_judge(llm: ScriptedLLM, data: Path, tmp_path: Path) -> None:
    """Whatever the panel and its order: none is asked again, and what it took is its own."""
    with (
        ScriptedJudge(exact).running() as one,
        ScriptedJudge(lambda *_: Said("Verdict: B.")).running() as two,
        ScriptedJudge(exact).running() as three,
    ):
        file = models(tmp_path, llm, one, two, three, price_input=1, price_output=1)
        words = (*GSM8K, "--limit", 4, "--judge")
        first = run(tmp_path, file, data, *words, "j", "k")
        asked = first.counts(JUDGED)["scored"]
        at = ("--config", file, "--reuse", first.path, "--mode", "judge", "--judge")
        assert evaluate(tmp_path, *at, "k", "j").status == 0
        turned = evaluate(tmp_path, "--mode", "eval", "--reuse", first.path)
        alone = run(tmp_path, file, data, *words, "k", "--reuse", first.path)
        other = run(tmp_path, file, data, *words, "j", "--reuse", first.path)
        more = run(tmp_path, file, data, *words, "l", "j", "k", "--reuse", first.path)
        assert [len(each.bodies) for each in (one, two, three)] == [asked] * 3
    assert turned.score(JUDGED)["scored"] == first.score(JUDGED)["scored"]
    assert alone.counts(JUDGED)["right"] == 0
    assert other.counts(JUDGED)["right"] == asked
    for done, names in ((first, "jk"), (turned, "kj"), (alone, "k"), (other, "j"), (more, "ljk")):
        judges = done.tasks[JUDGED]["judges"]["judges"]
        assert [each["judge"] for each in judges] == [*names]
        assert {each["input_tokens"] for each in judges} == {10 * asked}
        assert [each["score"] for each in judges] == [float(n != "k") for n in names]


def test_judge_that_became_another_model_is_another(
    llm: ScriptedLLM, data: Path, tmp_path: Path
) -> None:
    with ScriptedJudge(exact).running() as judge:
        words = (*GSM8K, "--limit", 4, "--judge", "j")
        older = models(tmp_path, llm, judge)
        first = run(tmp_path, older, data, *words)
        asked = len(judge.bodies)
        newer = tmp_path / "newer.json"
        newer.write_text(older.read_text().replace("judge-j", "judge-new"))
        second = run(tmp_path, newer, data, *words, "--reuse", first.path)
        assert len(judge.bodies) == 2 * asked
        third = run(tmp_path, older, data, *words, "--reuse", first.path)
        assert len(judge.bodies) == 2 * asked
    for done in (first, second, third):
        (figures,) = done.tasks[JUDGED]["judges"]["judges"]
        assert figures["input_tokens"] == 10 * asked


def test_position_bias_comes_out(data: Path, tmp_path: Path) -> None:
    """A judge that always prefers what is shown first says nothing: half, and no order agrees."""

    def first(prompt: str, item: int, before: int) -> Said:
        return Said("The first is better: [[A]]")

    with ScriptedLLM(perfect).running() as llm, ScriptedJudge(first).running() as judge:
        words = ("--judge", "j", "--judge-prompt", "mt_bench_pair")
        done = run(tmp_path, models(tmp_path, llm, judge), data, "--datasets", "gsm8k", *words)
    assert done.status == 0, done.err
    assert len(judge.bodies) == 2 * SAMPLES
    assert done.score(JUDGED, "winrate")["scored"]["value"] == 0.5
    (figures,) = done.tasks[JUDGED]["judges"]["judges"]
    assert figures["orders"]["value"] == 0
    assert figures["first"]["value"] == 1
    assert figures["score"] == 0.5


def test_repeats_of_a_noisy_judge(data: Path, tmp_path: Path) -> None:
    def noisy(prompt: str, item: int, before: int) -> Said:
        return Said("B" if item % 4 == 0 and before == 1 else "A")

    with ScriptedLLM(perfect).running() as llm, ScriptedJudge(noisy).running() as judge:
        words = ("--judge", "j", "--judge-repeats", 3, "--judge-aggregate", "majority")
        file = models(tmp_path, llm, judge)
        done = run(tmp_path, file, data, *GSM8K, *words, "--parallel", 1)
    assert len(judge.bodies) == 3 * SAMPLES
    assert done.counts(JUDGED)["right"] == SAMPLES
    (figures,) = done.tasks[JUDGED]["judges"]["judges"]
    assert figures["repeats"]["value"] == pytest.approx(0.75)
    assert figures["judgements"] == 3 * SAMPLES


def test_rating_on_a_scale(data: Path, tmp_path: Path) -> None:
    def rates(prompt: str, item: int, before: int) -> Said:
        return Said(f"Rating: [[{1 + item % 10}]]")

    with ScriptedLLM(perfect).running() as llm, ScriptedJudge(rates).running() as judge:
        words = ("--judge", "j", "--judge-prompt", "mt_bench_single")
        done = run(tmp_path, models(tmp_path, llm, judge), data, "--datasets", "gsm8k", *words)
    assert done.score(JUDGED, "rating")["scored"]["value"] == pytest.approx(5.5)
    assert done.score(JUDGED, "score")["scored"]["value"] == pytest.approx(0.5)


def test_repeats_of_the_model_are_judged_each(data: Path, tmp_path: Path) -> None:
    def half(item: int, before: int) -> Said:
        return perfect(item) if before % 2 == 0 else Said("#### 1")

    with ScriptedLLM(half).running() as llm, ScriptedJudge(exact).running() as judge:
        words = ("--judge", "j", "--repeats", 2, "--limit", 10, "--parallel", 1)
        done = run(tmp_path, models(tmp_path, llm, judge), data, *GSM8K, *words)
    assert done.counts(JUDGED)["asked"] == 20
    assert done.counts(JUDGED)["right"] == 10
    assert done.score(JUDGED, "pass@2")["scored"]["value"] == 1
    assert done.score(JUDGED, "pass^2")["scored"]["value"] == 0


def test_model_judges_itself(data: Path, tmp_path: Path) -> None:
    class Both(ScriptedJudge):
        def answer(self, body: dict[str, Any]) -> Said:
            if "grading expert" in body["messages"][-1]["content"]:
                return super().answer(body)
            return ScriptedLLM.answer(self, body)

    with Both(exact).running() as service:
        words = ("--url", service.url, "--model", "m", "--dataset-dir", data, *GSM8K)
        done = evaluate(tmp_path, *words, "--judge", "self")
        assert done.status == 0, done.err
        assert done.counts("m/gsm8k-judge")["right"] == RIGHT
    assert done.tasks["m/gsm8k-judge"]["judges"]["own"] == ["m"]


def test_judge_of_no_settings_file_in_the_words_of_evalscope(
    llm: ScriptedLLM, data: Path, tmp_path: Path
) -> None:
    with ScriptedJudge(exact).running() as judge:
        given = {
            "model_id": "big",
            "api_url": judge.url,
            "api_key": "sk-secret-of-the-judge",
            "generation_config": {"temperature": 0, "max_tokens": 512, "seed": 7},
            "extra_args": {"min_p": 0.1},
        }
        words = ("--url", llm.url, "--model", "m", "--dataset-dir", data, "--datasets", "gsm8k")
        more = ("--judge-model-args", json.dumps(given), "--judge-worker-num", 3)
        done = evaluate(tmp_path, *words, *more, "--judge-strategy", "llm", "--limit", 5)
    assert done.status == 0, done.err
    assert done.counts("m/gsm8k-judge")["right"] == 5
    assert {(body["model"], body["max_tokens"]) for body in judge.bodies} == {("big", 512)}
    assert {(body["seed"], body["min_p"]) for body in judge.bodies} == {(7, 0.1)}
    assert done.tasks["m/gsm8k-judge"]["parallel"] == 3
    stored = b"".join(p.read_bytes() for p in done.path.rglob("*") if p.is_file())
    assert b"secret-of-the-judge" not in stored


def test_judge_where_it_is_needed(llm: ScriptedLLM, data: Path, tmp_path: Path) -> None:
    with ScriptedJudge(exact).running() as judge:
        file = models(tmp_path, llm, judge)
        words = ("--judge", "j", "--judge-strategy", "auto", "--limit", 3)
        ruled = run(tmp_path, file, data, "--datasets", "gsm8k", *words)
        assert not judge.bodies
        judged = run(tmp_path, file, data, *GSM8K, *words)
        at = ("--config", file, "--reuse", ruled.path, "--mode", "judge")
        nothing = evaluate(tmp_path, *at, *words[:4])
    assert nothing.status == 2
    assert "none of the run is" in nothing.err
    assert ruled.status == judged.status == 0, ruled.err + judged.err
    assert ruled.tasks[ANSWERS]["result"] is not None
    assert JUDGED not in ruled.tasks
    assert judged.counts(JUDGED)["asked"] == 3


def test_structured_output_is_asked_for_where_the_prompt_is_json(
    data: Path, tmp_path: Path
) -> None:
    prompt = tmp_path / "mine.j2"
    prompt.write_text(
        "---\ncontract: json\nlabels: [good, bad]\nvalues: {good: 1, bad: 0}\n---\n"
        "{{ question }}\n<{{ nonce }}>{{ answer }}</{{ nonce }}>\n"
    )

    def says(prompt: str, item: int, before: int) -> Said:
        return Said(json.dumps({"reasoning": "so {it} is", "verdict": "good"}))

    with ScriptedLLM(perfect).running() as llm, ScriptedJudge(says).running() as judge:
        file = models(tmp_path, llm, judge)
        words = (*GSM8K, "--judge", "j", "--judge-prompt", prompt, "--limit", 2)
        done = run(tmp_path, file, data, *words)
        assert done.counts(JUDGED)["right"] == 2
        form = judge.bodies[0]["response_format"]
        assert form["json_schema"]["schema"]["required"] == ["reasoning", "verdict"]
        run(tmp_path, file, data, *words, "--no-judge-structured")
        assert "response_format" not in judge.bodies[-1]
    assert "response_format" not in llm.bodies[0]


def test_version_is_of_prompt_and_judge_but_not_of_the_model(
    llm: ScriptedLLM, data: Path, tmp_path: Path
) -> None:
    versions = []
    with ScriptedJudge(exact).running() as judge:
        for more in ({}, {"temperature": 0.5}, {"model": "other"}):
            file = models(tmp_path, llm, judge, **more)
            words = (*GSM8K, "--judge", "j", "--limit", 2)
            versions.append(run(tmp_path, file, data, *words).tasks[JUDGED]["version"])
        content = json.loads(file.read_text())
        content["model_configs"]["a"]["model"] = "renamed"
        file.write_text(json.dumps(content))
        renamed = run(tmp_path, file, data, *words).tasks[JUDGED]["version"]
    assert len(set(versions)) == 3
    assert renamed == versions[-1]


def test_failed_judge_requests_are_retested_alone(data: Path, tmp_path: Path) -> None:
    def fails_first(prompt: str, item: int, before: int) -> Said:
        return Said(status=503) if item == 3 and not before else exact(prompt, item, before)

    with ScriptedLLM(perfect).running() as llm, ScriptedJudge(fails_first).running() as judge:
        file = models(tmp_path, llm, judge)
        words = (*GSM8K, "--judge", "j", "--limit", 10)
        first = run(tmp_path, file, data, *words)
        assert first.counts(JUDGED)["request_failed"] == 1
        second = run(tmp_path, file, data, *words, "--reuse")
    assert second.counts(JUDGED)["right"] == 10
    assert len(judge.bodies) == 11
    assert len(llm.bodies) == 10


def test_judged_runs_are_compared_by_the_score_of_the_panel(data: Path, tmp_path: Path) -> None:
    def worse(prompt: str, item: int, before: int) -> Said:
        return Said("B" if item < 10 else "A")

    with (
        ScriptedLLM(perfect).running() as llm,
        ScriptedJudge(exact).running() as one,
        ScriptedJudge(worse).running() as two,
    ):
        file = models(tmp_path, llm, one, two)
        a = run(tmp_path, file, data, *GSM8K, "--judge", "j", "--name", "a")
        b = run(tmp_path, file, data, *GSM8K, "--judge", "j", "k", "--name", "b")
    done = command(tmp_path, "compare", a.path, b.path)
    assert done.status == 0, done.err
    assert "gsm8k-judge " in done.out
    assert "gsm8k-judge-k" not in done.out
    assert "-12.50" in done.out.replace("−", "-")  # 10 of 40 by a half


def test_reasoning_that_the_service_tells_apart_is_shown_if_asked_for(
    data: Path, tmp_path: Path
) -> None:
    prompt = tmp_path / "mine.j2"
    prompt.write_text(
        "---\ncontract: letter\nlabels: [A, B]\nvalues: {A: 1, B: 0}\nreasoning: true\n---\n"
        "{{ question }} {{ answer }}\n"
    )

    def thinks(item: int, before: int) -> Said:
        return Said("#### 7", reasoning="I thought of bees.")

    def says(prompt: str, item: int, before: int) -> Said:
        return Said("A" if "bees" in prompt else "B")

    with ScriptedLLM(thinks).running() as llm, ScriptedJudge(says).running() as judge:
        words = (*GSM8K, "--judge", "j", "--judge-prompt", prompt, "--limit", 2)
        done = run(tmp_path, models(tmp_path, llm, judge), data, *words)
    assert done.counts(JUDGED)["right"] == 2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--datasets", "gsm8k_gen_0_shot_llmjudge"), "name one with --judge"),
        (("--datasets", "gsm8k", "--judge", "nobody"), "'nobody' is not under model_configs"),
        (("--datasets", "gsm8k", "--judge", "self", "self"), "each judge once"),
        (("--datasets", "gsm8k", "--judge", "self", "--judge-prompt", "x"), "there are: aisbench"),
        (("--datasets", "gsm8k", "--judge", "self", "--judge-prompt", "x.j2"), "cannot read x.j2"),
        (
            ("--datasets", "gsm8k", "--judge", "self", "--min-valid-judges", 2),
            "more than there are",
        ),
        (("--mode", "judge"), "--mode judge needs --reuse"),
        (("--datasets", "gsm9k_llmjudge", "--judge", "self"), "no data set is called 'gsm9k'"),
        (("--datasets", "gsm8k", "--judge-args", '{"url": 7}'), "--judge-args"),
        *(
            (
                ("--datasets", "gsm8k", "--judge-args", f'{{"{name}": "x"}}'),
                "--judge-prompt FILE.j2",
            )
            for name in ("prompt_template", "score_pattern", "score_type", "system_prompt")
        ),
        (("--datasets", "gsm8k", "--judge-args", '{"modle_id": "x"}'), "did you mean model_id"),
        (("--datasets", "gsm8k", "--judge-args", '{"seed": 7}'), "extra_args"),
        (("--datasets", "gsm8k", "--judge-strategy", "best"), "--judge-strategy"),
    ],
)
def test_bad_input_is_one_line(words: tuple[object, ...], said: str, tmp_path: Path) -> None:
    done = evaluate(tmp_path, *words)
    assert done.status == 2
    assert said in done.err
    assert done.err.count("\n") == 1
    assert "Traceback" not in done.err


def test_judge_mode_needs_a_judge(llm: ScriptedLLM, data: Path, tmp_path: Path) -> None:
    first = run(tmp_path, models(tmp_path, llm), data, "--datasets", "gsm8k", "--limit", 2)
    done = evaluate(tmp_path, "--reuse", first.path, "--mode", "judge")
    assert done.status == 2
    assert "needs a judge" in done.err
    words = ("--mode", "judge", "--judge", "self", "--url", llm.url, "--model", "another")
    done = evaluate(tmp_path, "--reuse", first.path, *words)
    assert done.status == 2
    assert "a, which gave the answers" in done.err
    assert done.err.count("\n") == 1
