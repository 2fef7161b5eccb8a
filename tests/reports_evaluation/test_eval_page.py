from __future__ import annotations

import base64
import hashlib
import json
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
from eval_builders import HOSTILE, evaluated, many, questions
from parsed_page import Page

from perfbench.evaluation.grading import scores_of
from perfbench.evaluation.outcome import EvalRun
from perfbench.reports.evaluation import page
from perfbench.reports.evaluation.page import CHUNK, prompt_text, render, shortened


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> EvalRun:
    planned = questions(["gsm8k", "mmlu"], ["qwen-a"])
    return evaluated(tmp_path_factory.mktemp("results"), planned, ["RRRwwfcn", "RRpw"])


@pytest.fixture(scope="module")
def shown(result: EvalRun) -> Page:
    return Page(render(result).decode())


def test_scores_intervals_and_coverage_are_shown(shown: Page) -> None:
    words = " ".join(shown.words.split())
    assert "accuracy, scored 5/8; 1 request failed, 1 cut off, 1 no answer found" in words
    assert "60.00 %" in words
    assert "23.07–88.24" in words
    assert "high_school_geography" in words
    assert "STEM" in words
    bars = [a["style"] for t, a in shown.tags if t == "b" and "style" in a]
    assert "left:60.0%" in bars


def test_every_answer_can_be_browsed(shown: Page, result: EvalRun) -> None:
    tasks = shown.catalogue["tasks"]
    assert [(task["name"], task["answers"]) for task in tasks] == [
        ("qwen-a/gsm8k", 8),
        ("qwen-a/mmlu", 10),
    ]
    index, texts, *_ = shown.blobs
    assert len(index) == len(texts) == 8
    assert [row[4] for row in index] == [None] * 5 + ["request_failed", "cut_off", "no_answer"]
    prompt, output, reasoning, _, judgements = texts[0]
    assert judgements == []
    question = result.scores[0].answers[0].sample.input
    assert prompt == f"[user]\n{question[0]['content']}"
    assert output == f"I think it is R. {HOSTILE}"
    assert reasoning == "Let me see. " * 5
    assert texts[5][3] == HOSTILE


def test_reasoning_in_the_text_is_folded_too(tmp_path: Path) -> None:
    result = evaluated(tmp_path, questions(["gsm8k"]), ["R"])
    scores = result.scores[0]
    first = scores.answers[0]
    assert first.record is not None
    first.record.text, first.record.reasoning = "<think>hm</think>so 7", ""
    texts = Page(render(result).decode()).blobs[1]
    assert texts[0][1:3] == ["so 7", "hm"]
    result.run.close()


def test_the_page_asks_nothing_of_the_network_and_runs_only_its_own_script(shown: Page) -> None:
    for tag, attributes in shown.tags:
        assert tag not in ("iframe", "object", "embed", "img", "base", "form")
        assert not any(name.startswith("on") for name in attributes)
        for name in ("src", "href", "action"):
            assert (attributes.get(name) or "data:").startswith("data:")
    policy = next(a["content"] for t, a in shown.tags if "http-equiv" in a) or ""
    assert policy.startswith("default-src 'none'")
    allowed = set(re.findall(r"'sha256-([^']+)'", policy))
    run = [text for kind, text in shown.scripts if kind is None]
    digests = {base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in run}
    assert len(run) == 2  # What pages share, and its own.
    assert digests == allowed


def test_hostile_names_are_text(tmp_path: Path) -> None:
    planned = questions(["gsm8k"])
    subtask = msgspec.structs.replace(planned[0].subtask, model=HOSTILE)
    hostile = replace(planned[0], subtask=subtask)
    result = evaluated(tmp_path, [hostile], ["Rw"], model=HOSTILE)
    shown = Page(render(result).decode())
    assert len(shown.scripts) == 5
    assert "<script>alert('x')</script>" in shown.words
    assert shown.catalogue["tasks"][0]["name"] == f"{HOSTILE}/gsm8k"
    result.run.close()


def test_texts_lose_their_middle_and_say_so() -> None:
    assert shortened("short", 100) == "short"
    text = shortened("a" * 1000 + "END", 100)
    assert text.startswith("a" * 40)
    assert text.endswith("END")
    assert "[... 903 characters left out ...]" in text
    assert len(text) < 150


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        ("plain", "plain"),
        ([{"role": "system", "content": "s"}, {"role": "user", "content": "u"}],
         "[system]\ns\n\n[user]\nu"),
        ([{"role": "user", "content": [{"type": "text", "text": "t"}]}],
         '[user]\n[{"type":"text","text":"t"}]'),
        ([1, 2], "[1,2]"),
        ({"prompt": "x"}, '{"prompt":"x"}'),
    ],
)  # fmt: skip
def test_prompts_read_as_text(asked: Any, text: str) -> None:
    assert prompt_text(asked) == text


def test_big_pages_keep_less_of_each_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (planned,) = questions(["gsm8k"])
    result = evaluated(tmp_path, [many(planned, 450)], ["RwRcn"])
    whole = render(result)
    shown = Page(whole.decode())
    assert [len(blob) for blob in shown.blobs] == [450, CHUNK, CHUNK, 50]
    assert "longer than 4,000 characters" in shown.words
    packed = sum(len(text) for kind, text in shown.scripts if kind == "application/gzip")
    monkeypatch.setattr(page, "MAX_BYTES", packed - 100)
    monkeypatch.setattr(page, "TEXT_LIMITS", (4000, 60))
    assert "longer than 60 characters" in Page(render(result).decode()).words
    monkeypatch.setattr(page, "MAX_BYTES", 100)
    bare = Page(render(result).decode())
    assert "too many answers for their texts" in bare.words
    assert [len(blob) for blob in bare.blobs] == [450]
    result.run.close()


def test_amounts_are_not_shown_as_per_cent(tmp_path: Path) -> None:
    result = evaluated(tmp_path, questions(["gsm8k"]), ["R"])
    scores = result.scores[0]
    said = [replace(a, score=replace(a.score, metrics={"words": 230.0})) for a in scores.answers]
    result.scores[0] = scores_of(scores.subtask, said)
    words = Page(render(result).decode()).words
    assert "230.0" in words
    assert "23000" not in words
    result.run.close()


def test_a_run_without_scores_makes_a_page(tmp_path: Path) -> None:
    result = evaluated(tmp_path, questions(["gsm8k"]), ["R"])
    result.scores.clear()
    result.interrupted = True
    words = Page(render(result).decode()).words
    assert "interrupted" in words
    assert "Samples" not in words
    assert "Service" in words
    result.run.close()


def test_unknown_is_a_dash(tmp_path: Path) -> None:
    result = evaluated(tmp_path, questions(["gsm8k"]), ["n"])
    left = [replace(a, record=None) for a in result.scores[0].answers]
    result.scores[0] = scores_of(result.scores[0].subtask, left)
    shown = Page(render(result).decode())
    assert "nan" not in shown.words.lower().split()
    assert shown.blobs[0][0][8:] == [None] * 4
    result.run.close()


CHROMIUM = shutil.which("chromium")
CLICKS = """
const wait = (ms) => new Promise((done) => setTimeout(done, ms));
(async () => {
  await wait(300);
  const press = (word) => [...document.querySelectorAll("#samples .choice button")]
    .find((b) => b.textContent.startsWith(word)).click();
  const shown = () => document.querySelectorAll(".sample").length;
  const said = [shown()];
  press("wrong"); await wait(100); said.push(shown());
  press("unscored"); await wait(100); said.push(shown());
  press("all"); await wait(100);
  const box = document.querySelector("input[type=search]");
  box.value = "i THINK it is c"; box.dispatchEvent(new Event("input")); await wait(500);
  said.push(shown());
  document.querySelector(".sample summary").click(); await wait(200);
  said.push(document.querySelector(".sample > div > pre:last-child").textContent);
  document.title = JSON.stringify(said);
})();
"""


@pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium here")
def test_a_browser_filters_searches_and_opens(result: EvalRun, tmp_path: Path) -> None:
    policy = base64.b64encode(hashlib.sha256(CLICKS.encode()).digest()).decode()
    text = render(result).decode().replace("script-src ", f"script-src 'sha256-{policy}' ")
    file = tmp_path / "report.html"
    file.write_text(text.replace("</body>", f"<script>{CLICKS}</script></body>"), "utf-8")
    flags = "headless no-sandbox disable-gpu disable-quic no-first-run disable-sync dump-dom "
    flags += "disable-background-networking disable-component-update virtual-time-budget=5000"
    done = subprocess.run(
        [CHROMIUM or "", *(f"--{flag}" for flag in flags.split()),
         f"--user-data-dir={tmp_path / 'profile'}", file.as_uri()],
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    found = re.search(r"<title>(\[.*?\])</title>", done.stdout)
    assert found, done.stdout[:300]
    said = json.loads(found[1].replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))
    assert said == [8, 2, 3, 1, f"I think it is c. {HOSTILE}"]
