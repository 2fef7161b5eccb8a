"""FlagEval's rules without a server: whose answers, which baseline, what status, what release."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfbench.evaluation.figures.compare import ScoredTask, TaskComparison, compare
from perfbench.server.feed import Seen
from perfbench.server.flageval import rules
from perfbench.server.flageval.asked import (
    EvalInfo,
    data_sets_of,
    sampling_of,
    settings_of,
    without_secrets,
)
from perfbench.server.flageval.progress import seen_steps, stored_steps, texts
from perfbench.server.flageval.register import Evaluation
from perfbench.server.flageval.rules import Standing, Status
from perfbench.server.queue import State
from perfbench.server.refusal import Refusal
from perfbench.types import Score, ScoredAnswer

KEY = "a-key-that-nobody-must-see-0987654321"
MASKED = 'extra={"token": "***", "a": 1}'


def info(name: str, model: str = "m", **more: Any) -> EvalInfo:
    return EvalInfo(eval_model=name, model=model, eval_url="http://h", tokenizer="t", **more)


def evaluation(name: str, batch: str, reuses: str | None = None, **more: Any) -> Evaluation:
    return Evaluation(
        request_id=batch,
        domain="NLP",
        data_sets=("mmlu", "gsm8k"),
        info=info(name, **more),
        has_key=False,
        reuses=reuses,
    )


def test_sampling_is_read_from_text() -> None:
    text = "temperature=0.6,top_k=20,top_p=0.95,min_p=0,max_gen_toks=16000"
    settings, extra = sampling_of(text)
    assert settings == {"temperature": 0.6, "top_k": 20, "top_p": 0.95, "max_tokens": 16000}
    assert extra == {"min_p": 0}
    assert sampling_of('until=["a","b=c"], do_sample=True , seed=3') == (
        {"stop": ["a", "b=c"]},
        {"seed": 3},
    )
    assert sampling_of("") == ({}, {})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("temperature", "expected NAME=VALUE, found 'temperature'"),
        ("=1", "expected NAME=VALUE"),
        ("messages=[]", "messages is nothing of sampling"),
        ("max_tokens=1,max_gen_toks=2", "max_gen_toks says again what was said before"),
    ],
)
def test_sampling_that_cannot_be_is_refused(text: str, said: str) -> None:
    with pytest.raises(Refusal) as refused:
        sampling_of(text)
    assert said in str(refused.value)


@given(st.text(max_size=80))
def test_no_sampling_text_is_a_fault(text: str) -> None:
    try:
        settings, extra = sampling_of(text)
    except Refusal:
        return
    assert not {"url", "api_key", "headers", "model"} & settings.keys()
    assert not {"model", "messages", "stream"} & extra.keys()


@pytest.mark.parametrize(
    ("url", "sampling", "kept_url", "kept_sampling"),
    [
        ("http://h/v1", "temperature=0.6, top_k=20", "http://h/v1", "temperature=0.6, top_k=20"),
        (
            f"https://me:{KEY}@h/v1?key={KEY}",
            f"n=1, api_key={KEY},min_p=0",
            "https://***@h/v1?key=***",
            "n=1, api_key=***,min_p=0",
        ),
        (f"me:{KEY}@h/v1", f'extra={{"token": "{KEY}", "a": 1}}', "***@h/v1", MASKED),
        ("http://h/?" + "a=b&" * 47, "k_key=a," * 125, None, None),
    ],
)
def test_what_is_kept_of_an_evaluation_has_no_secret(
    url: str, sampling: str, kept_url: str | None, kept_sampling: str | None
) -> None:
    asked = EvalInfo(
        eval_model="a", model="m", eval_url=url, tokenizer="t", api_key=KEY, gen_kwargs=sampling
    )
    kept = without_secrets(asked)
    stored = msgspec.json.encode(kept)
    assert msgspec.json.decode(stored, type=EvalInfo) == kept
    assert KEY.encode() not in stored
    assert kept.eval_url == (kept_url or kept.eval_url)
    assert kept.gen_kwargs == (kept_sampling or kept.gen_kwargs)


def test_an_evaluation_becomes_settings() -> None:
    asked = info("a", "qwen", num_concurrent=4, num_retry=3, retry_time=60, thinking=True)
    found = settings_of(asked, ("gsm8k",), (), "some_run")
    assert (found["parallel"], found["retries"]) == (4, 3)
    assert found["total_timeout"] == found["read_timeout"] == 60
    assert found["extra_args"] == {"chat_template_kwargs": {"enable_thinking": True}}
    assert (found["reuse"], found["fork"]) == ("some_run", True)
    assert "api_key" not in found  # EMPTY is none
    assert "extra_args" not in settings_of(info("a"), ("gsm8k",), (), None)


@pytest.mark.parametrize(
    ("domain", "mode"),
    [("MM", None), ("MM", "EmbodiedVerse"), ("NLP", "EmbodiedVerse"), ("", None)],
)
def test_what_has_no_data_sets_says_what_has(domain: str, mode: str | None) -> None:
    with pytest.raises(Refusal, match="NLP asks mmlu, gsm8k"):
        data_sets_of(domain, mode)


def base_name(
    evaluation: Evaluation, known: list[Evaluation], beside: Sequence[str] = ()
) -> str | None:
    found = rules.baseline_of(evaluation, known, beside)
    return None if found is None else found.name


def test_the_baseline_is_found() -> None:
    old = evaluation("Qwen3-8B-nvidia-origin", "1")
    other = evaluation("plain", "1", model="Qwen3-4B")
    base = evaluation("x-nvidia-origin", "2", base_model_name="B")
    second = evaluation("y-nvidia-origin", "2", base_model_name="C")
    mine = evaluation("mine", "2", base_model_name="C")
    known = [old, other, base, second, mine]
    assert base_name(base, known) == "x-nvidia-origin"
    assert base_name(mine, known) == "y-nvidia-origin"
    for named, expected in (
        ("plain", "plain"),  # an evaluation
        ("Qwen3-8B", "Qwen3-8B-nvidia-origin"),  # an earlier baseline
        ("Qwen3-4B", "plain"),  # the model of an earlier one
        ("nothing", None),
        (None, None),
    ):
        alone = evaluation("alone", "3", base_model_name=named)
        assert base_name(alone, [*known, alone]) == expected
    alone = evaluation("alone", "3")
    assert base_name(alone, [*known, alone], ["3", "1"]) == "Qwen3-8B-nvidia-origin"
    # What was asked for later is no baseline unless it is named by its own name.
    later = evaluation("late-nvidia-origin", "4", base_model_name="Z")
    early = evaluation("early", "3", base_model_name="Z")
    assert base_name(early, [early, later]) is None
    early = evaluation("early", "3", base_model_name="late-nvidia-origin")
    assert base_name(early, [early, later]) == "late-nvidia-origin"


def test_answers_are_shared_by_model_but_never_with_the_baseline() -> None:
    first = evaluation("first", "1", chip="A")
    base = evaluation("b-nvidia-origin", "2", chip="A", reuses="first")
    mine = evaluation("mine", "3", chip="A")
    assert rules.sources_of(mine, [first, base, mine]) == [base, first]
    for other in (
        evaluation("other", "3", chip="B"),
        evaluation("other", "3", chip="A", model="n"),
        evaluation("other", "3", chip="A", gen_kwargs="temperature=1"),
        evaluation("other", "3", chip="A", thinking=True),
    ):
        assert rules.sources_of(other, [first, base, other]) == []
    # The baseline rests on the answers of the first: neither of them may count.
    measured = evaluation("mine", "3", chip="A", base_model_name="b-nvidia-origin")
    assert rules.sources_of(measured, [first, base, measured]) == []
    assert rules.shares_answers(first, base, [first, base])
    assert not rules.shares_answers(mine, base, [first, base, mine])


def standing(ended: int, answered: int, accuracy: float | None = 0.5) -> Standing:
    return Standing("gsm8k", 100, ended, answered, accuracy)


@pytest.mark.parametrize(
    ("state", "found", "status"),
    [
        ("queued", None, "R"),
        ("running", standing(100, 100), "R"),
        ("stopping", standing(100, 100), "R"),
        ("done", standing(100, 100), "S"),
        ("done", standing(100, 95), "S"),
        ("done", standing(100, 94), "OOR"),
        ("failed", standing(100, 0, None), "OOR"),
        ("done", standing(100, 100, None), "F"),
        ("failed", standing(60, 60), "F"),
        ("failed", None, "F"),
        ("interrupted", standing(60, 60), "F"),
        ("stopped", standing(100, 100), "S"),
        ("stopped", standing(60, 60), "C"),
        ("stopped", None, "C"),
        (None, None, "F"),
    ],
)
def test_the_status_of_a_data_set(
    state: State | None, found: Standing | None, status: Status
) -> None:
    assert rules.status_of_data_set(state, found) == status


def test_the_status_of_several() -> None:
    assert rules.status_of_model("done", ["S", "S"]) == "S"
    assert rules.status_of_model("done", ["S", "OOR"]) == "OOR"
    assert rules.status_of_model("failed", ["F", "OOR"]) == "F"
    assert rules.status_of_model("failed", ["S", "S"]) == "F"
    assert rules.status_of_model("stopped", ["S", "C"]) == "C"
    assert rules.status_of_model("queued", ["R", "R"]) == "R"
    assert rules.worst(["S", "C", "R"]) == "R"
    assert rules.worst(["S", "C", "OOR"]) == "OOR"


def rows(values: list[float | None]) -> list[ScoredAnswer]:
    return [
        ScoredAnswer(
            str(place), Score(value, None, None if value is not None else "request_failed"), "s"
        )
        for place, value in enumerate(values)
    ]


def compared(base: list[float | None], own: list[float | None]) -> TaskComparison:
    sides = [ScoredTask("gsm8k", rows(side), "v") for side in (base, own)]
    (found,) = compare(sides[:1], sides[1:]).tasks
    return found


def release(
    base: list[float | None], own: list[float | None], tolerance: float = 0.05
) -> bool | None:
    same = standing(100, 100)
    return rules.verdict_on(compared(base, own), tolerance, same, same).release


def test_a_release_is_a_difference_within_the_tolerance_and_an_interval_that_says_so() -> None:
    right: list[float | None] = [1.0] * 400
    assert release(right, right) is True
    assert release([0.0] * 5, [1.0] * 5) is True  # a better score never blocks
    assert release(right, [0.0] * 4 + right[4:]) is True  # 1 point below, known to 1.1
    assert release(right, [0.0] * 40 + right[40:]) is False  # 10 points
    # 4 points below, within 5, but it may be 6.
    assert release(right, [0.0] * 16 + right[16:]) is False
    # 2.5 points below over few questions: it may be much more.
    assert release(right[:40], [0.0, *right[1:40]]) is False
    # What has no answer is not right.
    assert release(right, [None] * 40 + right[40:]) is False
    # Other questions, or nothing in common.
    assert release(right, right[:399]) is None
    assert release([None], [None]) is None


def test_what_was_not_asked_the_same_is_not_judged() -> None:
    right: list[float | None] = [1.0] * 50
    base = Standing("gsm8k", 50, 50, 50, 1.0, "v1", (("data", "x"), ("generation", "g")))
    data = Standing("gsm8k", 50, 50, 50, 1.0, "v2", (("data", "y"), ("generation", "g")))
    found = rules.verdict_on(compared(right, right), 0.05, base, data)
    assert (found.release, "data differ" in found.reason) == (None, True)
    sampled = Standing("gsm8k", 50, 50, 50, 1.0, "v3", (("data", "x"), ("generation", "h")))
    found = rules.verdict_on(compared(right, right), 0.05, base, sampled)
    assert (found.release, "its sampling is not the baseline's" in found.reason) == (True, True)


def test_a_model_is_released_when_all_data_sets_say_so() -> None:
    yes, no, unknown = (rules.Verdict(each, "") for each in (True, False, None))
    assert rules.release_of("S", [yes, yes]) is True
    assert rules.release_of("S", [yes, no]) is False
    assert rules.release_of("S", [no, unknown]) is False
    assert rules.release_of("S", [yes, unknown]) is None
    assert rules.release_of("R", [yes, yes]) is None
    for status in ("F", "C", "OOR"):
        assert rules.release_of(status, [yes, yes]) is False


def asking(name: str, missing: int, reused: int) -> dict[str, Any]:
    return {"event": "asking", "name": name, "missing": missing, "reused": reused}


def test_progress_counts_stored_answers_too() -> None:
    seen = Seen()
    assert texts([seen_steps(2, seen)]) == {
        "datasets_progress": "0/2",
        "running_dataset": "",
        "running_progress": "0%",
    }
    subtasks = [{"name": f"m/{each}", "dataset": each} for each in ("mmlu", "gsm8k")]
    seen.hear({"event": "run_started", "subtasks": subtasks})
    for event in (asking("m/mmlu", 0, 30), {"event": "asked", "name": "m/mmlu"}):
        seen.hear(event)
    seen.hear(asking("m/gsm8k", 75, 25))
    seen.hear({"event": "progress", "name": "m/gsm8k", "done": 10, "planned": 75})
    running = seen_steps(2, seen)
    assert texts([running]) == {
        "datasets_progress": "1/2",
        "running_dataset": "gsm8k",
        "running_progress": "35%",
    }
    # It was stopped: what was not asked is not over.
    seen.hear({"event": "asked", "name": "m/gsm8k", "error": None})
    assert texts([seen_steps(2, seen)])["datasets_progress"] == "1/2"
    whole = Standing("gsm8k", 100, 100, 100)
    cut = Standing("mmlu", 50, 10, 10)
    assert texts([stored_steps(2, {"gsm8k": whole, "mmlu": cut})]) == {
        "datasets_progress": "1/2",
        "running_dataset": "",
        "running_progress": "73.3%",
    }
    both = texts([running, stored_steps(2, {"gsm8k": whole, "mmlu": whole})])
    assert (both["datasets_progress"], both["running_progress"]) == ("3/4", "35%")
