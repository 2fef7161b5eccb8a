"""``--dataset-args``: each setting does what it says, and nothing in it is ignored."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from eval_runs import command, evaluate
from hypothesis import given
from hypothesis import strategies as st
from scripted_llm import ScriptedLLM, write_sums

from perfbench.config.dataset_args import ALIASES, FOREIGN, DatasetArgs
from perfbench.config.evaluation import EvalConfig
from perfbench.errors import ConfigError, PerfbenchError
from perfbench.evaluation.evaluate import plan
from perfbench.evaluation.plan.questions import Questions
from perfbench.evaluation.plan.selection import with_choices_shuffled
from perfbench.types import Input, Sample

DOCS = Path(__file__).parents[2] / "docs"
ONE_AND_ONE = {"question": "1 + 1?", "answer": "One and one are two.\n#### 2"}


def planned(name: str, own: Any, **settings: Any) -> Questions:
    config = EvalConfig(datasets=[name], dataset_args={name: own}, **settings)
    (found,) = plan(config)
    return found


def first(name: str, own: dict[str, Any], **settings: Any) -> Input:
    return planned(name, own, **settings).asked[0].sample.input


def rolls(text: str) -> str:
    return text.replace("{question}", str(first("demo_gsm8k", {"prompt_template": "{question}"})))


def test_every_setting_is_documented() -> None:
    page = (DOCS / "accuracy.md").read_text(encoding="utf-8")
    table = page.partition("## Settings of one data set")[2].partition("\n## ")[0]
    for name in DatasetArgs.model_fields:
        assert f"`{name}`" in table
    assert not {*ALIASES, *FOREIGN} & {*DatasetArgs.model_fields}


def test_template_alone_is_text() -> None:
    own = {"prompt_template": "Q: {query}\nFinish with \\boxed{{}} or \\boxed{}."}
    assert first("demo_gsm8k", own) == rolls("Q: {question}\nFinish with \\boxed{} or \\boxed{}.")
    found = planned("demo_gsm8k", own)
    assert found.subtask.prompt == "prompt_template"


def test_template_with_examples_in_it() -> None:
    own = {"prompt_template": "{fewshot}Q: {question}\nA:", "examples": [ONE_AND_ONE]}
    assert first("demo_gsm8k", own) == rolls("1 + 1?\n2\n\nQ: {question}\nA:")
    own["example_template"] = "Q: {question}\nA: {solution} {answer}\n"
    assert first("demo_gsm8k", own) == rolls(
        "Q: 1 + 1?\nA: One and one are two. 2\nQ: {question}\nA:"
    )


def test_template_with_examples_before_it() -> None:
    asked = first("demo_gsm8k", {"prompt_template": "Q: {question}", "few_shot_num": 1})
    assert isinstance(asked, list)
    assert [turn["role"] for turn in asked if isinstance(turn, dict)] == [
        *("user", "assistant", "user")
    ]
    assert isinstance(asked[1], dict)
    assert asked[1]["content"].endswith("The final answer is \\boxed{98}.")


@pytest.mark.parametrize(
    ("name", "own", "hint"),
    [
        ("demo_mmlu_gen_5_shot_chat_prompt", {}, "demo_mmlu_gen_5_shot_str asks with text"),
        ("demo_gsm8k", {"few_shot_num": 1}, "demo_gsm8k_gen_0_shot_cot_str asks with text"),
        (
            "demo_gsm8k",
            {"prompt_template": "{question}", "few_shot_num": 1},
            "{fewshot} in prompt_template makes the examples text",
        ),
    ],
)
def test_turns_for_an_api_of_text(name: str, own: dict[str, Any], hint: str) -> None:
    with pytest.raises(ConfigError) as raised:
        planned(name, own, api="completions")
    assert str(raised.value).endswith(hint)
    planned("demo_gsm8k", {"prompt_template": "{question}"}, api="completions")


def test_options_and_subject_in_a_template() -> None:
    own = {"prompt_template": "{subject}: {question}\n{choices}\n{letters} {C}", "few_shot_num": 0}
    assert first("demo_mmlu", own) == (
        "astronomy: In which phase does the Moon stand between Earth and Sun?\nA) New moon\n"
        "B) First quarter\nC) Full moon\nD) Last quarter\nA, B, C, D Full moon"
    )


def test_columns_of_your_own_file_in_a_template(tmp_path: Path) -> None:
    file = tmp_path / "own.jsonl"
    file.write_text('{"question": "Who?", "answer": "Ada", "place": "London"}\n')
    asked = first(str(file), {"prompt_template": "{question} ({place})"})
    assert asked == "Who? (London)"


def test_examples_from_a_list_and_a_file(tmp_path: Path) -> None:
    file = tmp_path / "shots.jsonl"
    other = {"question": "2 + 2?", "answer": "#### 4"}
    file.write_text("".join(json.dumps(row) + "\n" for row in (ONE_AND_ONE, other)))
    listed = first("demo_gsm8k", {"examples": [ONE_AND_ONE, other]})
    assert listed == first("demo_gsm8k", {"examples": str(file)})
    assert len(listed) == 5
    assert len(first("demo_gsm8k", {"examples": str(file), "few_shot_num": 1})) == 3
    assert len(first("demo_gsm8k", {"examples": [ONE_AND_ONE]}, few_shot_num=0)) == 3


def test_own_examples_win_over_flags_and_the_data_set() -> None:
    asked = first("demo_mmlu", {"few_shot_num": 1}, few_shot_num=3)
    assert isinstance(asked, list)
    assert len(asked) == 3


def test_another_tools_prompt_changed_is_no_longer_its() -> None:
    name = "demo_mmlu_gen_5_shot_str"
    rows = [{"question": "Up?", "A": "u", "B": "d", "C": "l", "D": "r", "answer": "A"}]
    changes: list[dict[str, Any]] = [
        {"prompt_template": "{question}\n{choices}"},
        {"examples": rows},
        {"few_shot_random": True},
        {"shuffle_choices": True},
        {"system_prompt": "Be brief."},
    ]
    for own in changes:
        notes = " ".join(planned(name, own).subtask.notes)
        assert f"{name}: {next(iter(own))} changed; scores are not comparable" in notes
        assert "answers are read and scored by perfbench" not in notes
    notes = " ".join(planned(name, {"limit": 1}, system_prompt="Be brief.").subtask.notes)
    assert f"{name}: system_prompt changed; scores are not comparable" in notes
    assert "asked with the prompt" in " ".join(planned(name, {"limit": 1}).subtask.notes)
    asked = first(name, {"examples": rows})
    assert str(asked).count("Answer: A\n\n") == 1


def test_repeats_and_k() -> None:
    subtask = planned("demo_gsm8k", {"repeats": 4, "k": [2, 4]}).subtask
    assert (subtask.repeats, subtask.ks) == (4, (2, 4))
    assert planned("demo_gsm8k", {"k": 2}, repeats=3).subtask.ks == (2,)
    versions = {planned("demo_gsm8k", {"repeats": n}).subtask.version for n in (1, 2)}
    assert len(versions) == 2


@given(st.integers(2, 10), st.integers(0, 9), st.integers(0, 10**6), st.booleans())
def test_the_right_option_stays_right(count: int, right: int, seed: int, many: bool) -> None:
    right %= count
    letters = "ABCDEFGHIJ"[:count]
    choices = tuple(f"option {n}" for n in range(count))
    target: str | list[str] = [letters[right]] if many else letters[right]
    before = Sample(id=f"x/{seed % 7}", input="?", choices=choices, target=target)
    after = with_choices_shuffled(before, seed)
    assert after == with_choices_shuffled(before, seed)
    assert sorted(after.choices) == sorted(choices)
    letter = after.target[0] if isinstance(after.target, list) else after.target
    assert letter is not None
    assert after.choices[letters.index(letter)] == choices[right]
    were = after.meta["choices_were"]
    assert [choices[letters.index(was)] for was in were] == list(after.choices)


def test_several_right_letters_move_together() -> None:
    before = Sample(id="x", input="?", choices=("a", "b", "c", "d"), target="BD")
    after = with_choices_shuffled(before, 1)
    assert isinstance(after.target, str)
    assert {after.choices["ABCD".index(letter)] for letter in after.target} == {"b", "d"}
    assert list(after.target) == sorted(after.target)


def test_shuffled_choices_are_stable_and_favour_no_letter() -> None:
    shuffled = {"shuffle_choices": True, "few_shot_num": 0}
    whole = {q.sample.id: q.sample for q in planned("demo_mmlu", shuffled).asked}
    part = planned("demo_mmlu", {**shuffled, "shuffle": True, "limit": 2}).asked
    assert all(whole[q.sample.id] == q.sample for q in part), "whatever else is asked"
    other = planned("demo_mmlu", {**shuffled, "seed": 1}).asked
    assert any(whole[q.sample.id].choices != q.sample.choices for q in other)
    letters: Counter[str] = Counter()
    for seed in range(50):
        for q in planned("demo_mmlu", {**shuffled, "seed": seed}).asked:
            letters[str(q.sample.target)] += 1
    assert set(letters) == set("ABCD")
    # 500 letters: six standard deviations are 58.
    assert all(abs(count - 125) < 58 for count in letters.values())


def test_sent_as_recorded() -> None:
    for q in planned("demo_mmlu", {"shuffle_choices": True, "few_shot_num": 0}).asked:
        sample = q.sample
        assert isinstance(sample.input, list)
        assert isinstance(sample.input[0], dict)
        for letter, choice in zip("ABCD", sample.choices, strict=True):
            assert f"\n{letter}) {choice}" in sample.input[0]["content"]


@pytest.mark.parametrize(
    ("own", "line"),
    [
        ({"shots": 3}, "demo_gsm8k has no setting 'shots'; there are: local_path"),
        ({"few_shot_nun": 3}, "has no setting 'few_shot_nun'; did you mean few_shot_num?"),
        ({"filters": {}}, "demo_gsm8k: perfbench has no filters: reasoning is set aside"),
        ({"few_shot_prompt_template": "x"}, "put {fewshot} into prompt_template"),
        ({"few_shot_num": -1}, "few_shot_num: Input should be greater than or equal to 0"),
        ({"limit": 1.5}, "limit: must be a whole count"),
        ({"k": 0}, "k: must be counts of 1 or more"),
        ({"k": 4}, "k is 4, and each question is asked 1 time; repeats must be 4 or more"),
        ({"extractor": "nmber"}, "no extractor is called 'nmber'; did you mean number?"),
        ({"prompt_template": "Hello!"}, "prompt_template has no {question}"),
        ({"prompt_template": "{question} {E}"}, "nothing is called {E} in a prompt"),
        ({"prompt_template": "{question} {answer}"}, "nothing is called {answer} in a prompt"),
        ({"example_template": "{question}"}, "example_template needs {fewshot}"),
        ({"examples": 3}, "examples: must be a list of rows, or the name of a file"),
        ({"examples": [{"question": "?", "answer": "2"}]}, "examples[0] of --dataset-args: "),
        ({"examples": "no/such.jsonl"}, "cannot read no/such.jsonl"),
        ({"examples": [ONE_AND_ONE], "few_shot_num": 2}, "2 few-shot examples wanted, examples"),
        ({"subsets": ["a"], "subset_list": ["b"]}, "subset_list is given by two of its names"),
        ({"shuffle_choices": True}, "shuffle_choices: gsm8k/0 has no options with letters"),
        (5, 'expected settings as {"few_shot_num": 0}, got 5'),
    ],
)
def test_what_is_wrong_is_one_line(own: Any, line: str) -> None:
    with pytest.raises(PerfbenchError) as raised:
        planned("demo_gsm8k", own)
    assert line in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_name_that_is_no_data_set() -> None:
    with pytest.raises(ConfigError, match="--dataset-args: no data set is called 'gsm9k'"):
        plan(EvalConfig(datasets=["demo_gsm8k"], dataset_args={"gsm9k": {}}))
    plan(EvalConfig(datasets=["demo_gsm8k"], dataset_args={"mmlu": {"limit": 1}}))
    with pytest.raises(ConfigError, match="mmlu has no setting 'limt'; did you mean limit"):
        plan(EvalConfig(datasets=["demo_gsm8k"], dataset_args={"mmlu": {"limt": 1}}))


def test_examples_written_in_another_tools_prompt() -> None:
    with pytest.raises(ConfigError, match="has its examples in its prompt"):
        planned("demo_gsm8k_gen_4_shot_cot_str", {"examples": [ONE_AND_ONE]})


def test_k_of_a_run_and_of_stored_answers(tmp_path: Path) -> None:
    data = write_sums(tmp_path / "data", 4)
    own = {"gsm8k": {"repeats": 3, "k": [2]}}
    with ScriptedLLM().running() as llm:
        words = ["--url", llm.url, "--dataset-dir", data, "--datasets", "gsm8k"]
        done = evaluate(tmp_path, *words, "--dataset-args", json.dumps(own))
    (task,) = done.tasks.values()
    figures = task["result"]["overall"]["figures"]
    assert len(llm.bodies) == 12
    assert "pass@2" in figures
    assert not {"pass@1", "pass@3"} & set(figures)
    again = ["--reuse", done.path, "--mode", "eval", "--dataset-args"]
    (task,) = evaluate(tmp_path, *again, '{"gsm8k": {"k": [1, 3]}}').tasks.values()
    assert {"pass@1", "pass@3"} <= set(task["result"]["overall"]["figures"])
    wrong = command(tmp_path, "eval", *again, '{"gsm8k": {"k": 4}}')
    assert (wrong.status, wrong.err.count("\n")) == (2, 1)
    assert "repeats must be 4 or more" in wrong.err
