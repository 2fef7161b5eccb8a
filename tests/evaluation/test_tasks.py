"""Every task on the rows that come with perfbench; prompts are held in ``prompts/``.

To change a prompt, change its file there.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from perfbench import registry
from perfbench.evaluation.data import Places
from perfbench.evaluation.plan import catalogue
from perfbench.evaluation.plan.selection import Selection, samples
from perfbench.evaluation.task import Task
from perfbench.types import Input, Sample

PROMPTS = Path(__file__).parent / "prompts"

EXPECTED = {
    "gsm8k": (8, "28 96 54 36 168 115 104 19800"),
    "math500": (7, r"\frac{2}{3} 11 24 \sqrt{74} \frac14 [-1,4] \frac{3}{25}-\frac{4}{25}i"),
    "aime2024": (5, "30 108 90 401 346"),
    "aime2025": (5, "331 120 240 228 61"),
    "mmlu": (10, "A C B D C B D A C B"),
    "cmmlu": (10, "B A C D A C D A B C"),
    "ceval": (10, "C A B D C D B A C B"),
    "arc": (10, "A B C D A B D A C B"),
    "bbh": (26, None),
    "truthfulqa": (6, None),
    "mgsm": (9, "312 49 12 312 49 12 312 49 12"),
    "hellaswag": (5, "B A D C A"),
    "winogrande": (6, "B A B B B A"),
    "commonsense_qa": (6, "A C B D E A"),
    "iquiz": (6, "B C A D A B"),
    "ifeval": (8, None),
    "general_qa": (4, None),
    "general_mcq": (5, "C B A D B"),
    "humaneval": (5, None),
    "humaneval_plus": (3, None),
    "mbpp": (5, None),
    "mbpp_plus": (3, None),
    "live_code_bench": (4, None),
    "bigcodebench": (2, None),
    "general_code": (3, None),
}
"""Rows that come with perfbench, and their right answers where they are short."""


def asked(name: str, selection: Selection | None = None) -> list[tuple[Sample, str]]:
    resolved = catalogue.find(name)
    found = catalogue.find_data(resolved, Places())
    return list(samples(resolved, found, selection or Selection()))


def task(name: str) -> Task:
    found: Task = registry.resolve(registry.TASKS, name)
    return found


def test_every_task_is_expected_here() -> None:
    assert list(EXPECTED) == list(registry.TASKS)


@pytest.mark.parametrize("name", EXPECTED)
def test_shipped_rows(name: str) -> None:
    rows = asked(f"demo_{name}")
    count, targets = EXPECTED[name]
    assert len(rows) == count
    assert len({sample.id for sample, _ in rows}) == count
    if targets is not None:
        assert [sample.target for sample, _ in rows] == targets.split()
    for sample, subset in rows:
        assert sample.input
        assert subset in (task(name).subsets or ("example",))


@pytest.mark.parametrize("name", EXPECTED)
def test_letters_name_an_option(name: str) -> None:
    for sample, _ in asked(f"demo_{name}"):
        if task(name).extractor == "choice":
            assert isinstance(sample.target, str)
            assert 0 <= "ABCDEFGHIJ".index(sample.target) < len(sample.choices)
        else:
            assert not sample.choices


@pytest.mark.parametrize("name", EXPECTED)
def test_prompts(name: str) -> None:
    shots = 1 if task(name).few_shot_split or task(name).examples else 0
    shown = []
    for variant in ("", f"_{shots}_shot_cot_str", f"_{shots}_shot_str"):
        for sample, _ in asked(f"demo_{name}{variant}", Selection(num_prompts=1)):
            shown.append(f"=== {name}{variant}\n{rendered(sample.input)}")
    assert "".join(shown) == (PROMPTS / f"{name}.txt").read_text(encoding="utf-8")


def rendered(prompt: Input) -> str:
    if isinstance(prompt, str):
        return f"{prompt}\n"
    turns = [turn for turn in prompt if isinstance(turn, dict)]
    return "".join(f"--- {turn['role']}\n{turn['content']}\n" for turn in turns)


@pytest.mark.parametrize("name", EXPECTED)
def test_no_prompt_holds_its_own_answer(name: str) -> None:
    """A worked solution must reach no prompt but as another question's example."""
    for sample, _ in asked(f"demo_{name}", Selection(few_shot_num=0)):
        last = sample.input if isinstance(sample.input, str) else sample.input[-1]["content"]
        assert not sample.meta.get("solution") or str(sample.meta["solution"]) not in last
        assert f"boxed{{{sample.target}}}" not in last
        assert not re.search(r"(ANSWER: |答案：)[A-J]\b", last)


def test_categories_cover_the_subsets() -> None:
    for name, count in (("mmlu", 57), ("cmmlu", 67), ("ceval", 52), ("bbh", 27)):
        assert len(task(name).subsets) == count
        assert set(task(name).categories) == set(task(name).subsets)
    assert len(task("mgsm").subsets) == 11
    assert len(set(task("mmlu").categories.values())) == 4
    assert len(set(task("cmmlu").categories.values())) == 5


def sample_of(name: str, row: dict[str, object], subset: str = "default") -> Sample:
    return task(name).to_sample(row, subset, 0)


def test_gsm8k_solution_is_plain_text() -> None:
    sample = sample_of("gsm8k", {"question": "?", "answer": "It is 2*3=<<2*3=6>>6.\n#### 1,006"})
    assert sample.target == "1006"
    assert sample.meta["solution"] == "It is 2*3=6."


def test_aime_schemas_agree() -> None:
    wanted = sample_of("aime2024", {"problem": "Q", "answer": 33})
    for row in (
        {"question": "Q", "answer": "033"},
        {"origin_prompt": "Q", "gold_answer": "33"},
        {"Problem": "Q", "Answer": 33},
    ):
        assert sample_of("aime2024", row) == wanted


def test_mmlu_schemas_agree() -> None:
    csv = {"question": "Q", "A": "p", "B": "q", "C": "r", "D": "s", "answer": "C"}
    hub = {"question": "Q", "subject": "x", "choices": ["p", "q", "r", "s"], "answer": 2}
    assert sample_of("mmlu", csv, "anatomy") == sample_of("mmlu", hub, "anatomy")


def test_arc_schemas_agree() -> None:
    options = [{"text": "p", "label": "1"}, {"text": "q", "label": "2"}]
    original = {"question": {"stem": "Q", "choices": options}, "answerKey": "2"}
    hub = {
        "question": "Q",
        "choices": {"text": ["p", "q"], "label": ["1", "2"]},
        "answerKey": "2",
    }
    assert sample_of("arc", original) == sample_of("arc", hub)
    assert sample_of("arc", hub).target == "B"


def test_hellaswag_schemas_agree() -> None:
    hub = {"activity_label": "Go", "ctx": "He [step] runs", "endings": ["a", "b"], "label": "1"}
    other = {"query": "Go: He [step] runs", "choices": ["a", "b"], "gold": 1}
    assert sample_of("hellaswag", hub) == sample_of("hellaswag", other)
    assert sample_of("hellaswag", hub).input == "Go: He runs"


def test_truthfulqa_schemas_agree_and_spread_the_answer() -> None:
    letters = set()
    for number in range(40):
        question = f"Q{number}"
        hub = {
            "question": question,
            "mc1_targets": {"choices": list("pqrs"), "labels": [1, 0, 0, 0]},
        }
        original = {"question": question, "mc1_targets": {"p": 1, "q": 0, "r": 0, "s": 0}}
        sample = sample_of("truthfulqa", hub)
        assert sample == sample_of("truthfulqa", original)
        assert sample.choices["ABCD".index(str(sample.target))] == "p"
        letters.add(sample.target)
    assert letters == set("ABCD")


def test_mgsm_schemas_agree_on_the_number() -> None:
    local = sample_of("mgsm", {"question": "Q", "answer": "1,200"}, "en")
    hub = {"question": "Q", "answer": "Step by step ...", "answer_number": 1200}
    assert local.target == sample_of("mgsm", hub, "en").target == "1200"


def test_ifeval_keeps_what_the_checks_need() -> None:
    row = {"key": 7, "prompt": "P", "instruction_id_list": ["a:b"], "kwargs": [{"n": None}]}
    meta = sample_of("ifeval", row).meta
    assert meta == {
        "key": "7",
        "prompt": "P",
        "instruction_id_list": ["a:b"],
        "kwargs": [{"n": None}],
    }


@pytest.mark.parametrize(
    ("name", "row", "wrong"),
    [
        ("gsm8k", {"question": "?", "answer": "six"}, "must end in '#### N'"),
        ("gsm8k", {"answer": "#### 6"}, "has no 'question'; its fields are 'answer'"),
        ("aime2024", {"problem": "?", "answer": "1000"}, "an AIME answer is 0 to 999"),
        ("aime2024", {"problem": "?", "answer": "x"}, "must be a whole number"),
        ("mmlu", {"question": "?", "choices": ["p", "q"], "answer": 2}, "is option 2 of 2"),
        ("mmlu", {"question": "?", "A": "p", "B": "q", "answer": "E"}, "'E' is none of the"),
        ("mmlu", {"question": "?", "A": "p", "answer": "A"}, "at least two"),
        ("arc", {"question": "?", "choices": "p, q", "answerKey": "A"}, "must be an object"),
        ("truthfulqa", {"question": "?", "mc1_targets": {"p": 0, "q": 0}}, "marks 0 of 2"),
        ("winogrande", {"sentence": "no blank", "answer": "1"}, "has no blank"),
        ("ifeval", {"prompt": "?", "instruction_id_list": ["a"], "kwargs": []}, "one object for"),
        ("general_qa", {"query": "?", "history": ["x"]}, "must be a list of pairs"),
        ("math500", {"problem": "  ", "answer": "1"}, "'problem' is empty"),
    ],
)
def test_malformed_rows(name: str, row: dict[str, object], wrong: str) -> None:
    with pytest.raises(ValueError, match=wrong):
        sample_of(name, row)


def test_general_qa_turns() -> None:
    row = {"system": "S", "history": [["q", "a"]], "query": "Q"}
    prompt = task("general_qa").prompt(sample_of("general_qa", row), [])
    assert rendered(prompt) == "--- system\nS\n--- user\nq\n--- assistant\na\n--- user\nQ\n"
