"""Names that are another tool's ask its question: word for word what its own code sends.

``prompts/aisbench.json`` was written by the configurations and the prompt code of AISBench
3.1.20260630 from the rows that come with perfbench; ``bbh`` in it has a hash of each BBH task's
messages for the question ``QQ``.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from perfbench.errors import ConfigError
from perfbench.evaluation.data import Places
from perfbench.evaluation.plan import catalogue, published
from perfbench.evaluation.plan.selection import Selection, notes, samples
from perfbench.evaluation.tasks import bbh
from perfbench.types import Input, Sample

DATASETS = Path(__file__).parents[2] / "datasets"
SENT = json.loads((Path(__file__).parent / "prompts" / "aisbench.json").read_text(encoding="utf-8"))
ASKED = {
    "mmlu": ("astronomy",),
    "cmmlu": ("chinese_history",),
    "ceval": ("computer_network",),
    "mgsm": ("de",),
    "bbh": ("web_of_lies",),
}
"""Subsets whose first row was taken."""


def first(name: str, **choice: object) -> Input:
    resolved = catalogue.find(f"demo_{name}")
    selection = Selection(num_prompts=1, subsets=ASKED.get(resolved.task.name, ()), **choice)  # type: ignore[arg-type]
    ((sample, _),) = samples(resolved, catalogue.find_data(resolved, Places()), selection)
    return sample.input


@pytest.mark.parametrize("name", [name for name in SENT["prompts"] if "_25_shot_" not in name])
def test_sends_what_aisbench_sends(name: str) -> None:
    assert first(name) == SENT["prompts"][name]


@pytest.mark.parametrize(("half", "subset"), [("c", "ARC-Challenge"), ("e", "ARC-Easy")])
def test_questions_and_examples_without_four_options_are_left_out(
    half: str, subset: str, tmp_path: Path
) -> None:
    """As AISBench does; the examples it was given are ``Which is <n>?``."""
    rows = [arc_row(f"Which is {n}?", [f"{letter}{n}" for letter in "abcd"], n) for n in range(30)]
    short = arc_row("One of three?", ["a", "b", "c"], 0)
    rows[3:3] = [short]
    shipped = (DATASETS / "arc" / subset / "test.jsonl").read_text(encoding="utf-8")
    folder = tmp_path / "arc" / subset
    folder.mkdir(parents=True)
    (folder / "validation.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    (folder / "test.jsonl").write_text(f"{json.dumps(short)}\n{shipped}", encoding="utf-8")
    for name in (f"ARC_{half}_gen_25_shot_chat_prompt", f"ARC_{half}_gen_0_shot_chat_prompt"):
        resolved = catalogue.find(name)
        found = catalogue.find_data(resolved, Places(dataset_dir=tmp_path))
        asked = [sample for sample, _ in samples(resolved, found, Selection())]
        assert asked[0].input == SENT["prompts"][name]
        assert len(asked) == len(shipped.splitlines())
        assert "questions without 4 options are left out" in notes(resolved, found)[1]


def arc_row(question: str, texts: list[str], right: int) -> dict[str, object]:
    labels = list("ABCD"[: len(texts)])
    choices = {"text": texts, "label": labels}
    return {"question": question, "choices": choices, "answerKey": labels[right % len(texts)]}


def test_every_name_is_held_against_aisbench() -> None:
    tasks = {theirs.task for name in SENT["prompts"] if (theirs := published.find(name))}
    names = set(published.names(tasks))
    defaults = {"gsm8k", "aime2024", "aime2025", "mmlu", "ceval", "bbh"}
    assert names == {*SENT["prompts"], *(f"{task}_gen" for task in defaults)}


@pytest.mark.parametrize("task", sorted(bbh.CATEGORIES))
def test_every_bbh_prompt_is_the_published_one(task: str) -> None:
    theirs = published.find("bbh_gen_3_shot_cot_chat")
    assert theirs is not None
    asked = bbh.TASK.to_sample({"input": "QQ", "target": "x"}, task, 0)
    assert bbh.TASK.examples is not None
    sent = json.dumps(theirs.prompt(asked, bbh.TASK.examples(task)), ensure_ascii=False)
    assert hashlib.sha256(sent.encode()).hexdigest() == SENT["bbh"][task]


def test_bbh_alone_asks_the_published_prompt() -> None:
    theirs = first("bbh_gen_3_shot_cot_chat")
    assert isinstance(theirs, list)
    assert isinstance(theirs[0], dict)
    intro = "Follow the given examples and answer the question.\n"
    assert first("bbh") == str(theirs[0]["content"]).removeprefix(intro)


def test_examples_of_bbh_have_their_answers() -> None:
    for task in bbh.CATEGORIES:
        assert bbh.TASK.examples is not None
        examples = bbh.TASK.examples(task)
        assert len(examples) == 3
        for example in examples:
            assert f"So the answer is {example.target}." in str(example.meta["worked"])


def said(name: str) -> list[str]:
    resolved = catalogue.find(name)
    return notes(resolved, catalogue.find_data(resolved, Places()))[1:2]


@pytest.mark.parametrize(
    ("name", "note"),
    [
        ("demo_gsm8k", None),
        ("demo_gsm8k_gen", "asked with the prompt and examples of AISBench 3.1.20260630"),
        ("demo_gsm8k_gen_0_shot_cot_str", "asked with the prompt of AISBench 3.1.20260630"),
        ("demo_gsm8k_gen_2_shot_cot_str", "not comparable with those of AISBench"),
        ("demo_arc_gen", "not comparable with those of AISBench"),
        ("demo_ARC_c_gen_0_shot_chat_prompt", "4 options are left out, as there"),
        ("demo_ARC_c_gen_5_shot_chat_prompt", "not comparable with those of AISBench"),
        ("demo_ARC_c", "not comparable with those of AISBench"),
        ("demo_math_500", "not comparable with those of EvalScope"),
        ("demo_arc_easy", "not comparable with those of lm-evaluation-harness"),
    ],
)
def test_a_note_says_whose_question_it_is(name: str, note: str | None) -> None:
    (found,) = said(name) or [None]
    if note is None:
        assert found is None
    else:
        assert found is not None
        assert found.startswith(f"{name}: ")
        assert note in found


@pytest.mark.parametrize("name", ["gsm8k_gen_4_shot_cot_str", "mmlu_gen_5_shot_chat_prompt"])
def test_its_examples_are_as_many_as_they_are(name: str) -> None:
    shots = catalogue.find(name).few_shot_num
    assert first(name, few_shot_num=shots) == first(name)
    with pytest.raises(ConfigError, match=f"has the {shots} examples of AISBench"):
        first(name, few_shot_num=1)


def test_places_of_examples_are_those_of_the_other_tool() -> None:
    resolved = catalogue.find("demo_winogrande_gen_5_shot_chat_prompt")
    found = catalogue.find_data(resolved, Places())
    rows = list(found.folder.rows("train", "default"))
    asked = first("winogrande_gen_5_shot_chat_prompt")
    assert isinstance(asked, list)
    for turn, place in zip(asked[::2], (0, 2, 4, 6, 8), strict=False):
        assert isinstance(turn, dict)
        assert rows[place]["sentence"] in turn["content"]


def test_question_text_is_never_taken_for_a_template() -> None:
    theirs = published.find("mmlu_gen_5_shot_str")
    assert theirs is not None
    sample = Sample(
        id="x", input="{A} {fewshot} {{}}", choices=("{B}", "2", "3", "4"), meta={"subject": "{C}"}
    )
    asked = theirs.prompt(sample, [])
    assert asked == (
        "The following are multiple choice questions (with answers) about  {C}.\n\n"
        "{A} {fewshot} {{}}\nA. {B}\nB. 2\nC. 3\nD. 4\nAnswer:"
    )
