"""Names of data sets, and what they resolve to."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfbench import registry
from perfbench.errors import ConfigError, WorkloadError
from perfbench.evaluation.data import Places
from perfbench.evaluation.plan import catalogue
from perfbench.evaluation.plan.selection import Selection, notes, samples

DATASETS = Path(__file__).parents[2] / "datasets"

AISBENCH = [
    ("gsm8k", "gsm8k", 0, "cot_chat_prompt"),
    ("gsm8k_gen", "gsm8k", 4, "cot_str"),
    ("gsm8k_gen_4_shot_cot_str", "gsm8k", 4, "cot_str"),
    ("gsm8k_gen_0_shot_cot_str", "gsm8k", 0, "cot_str"),
    ("gsm8k_gen_4_shot_cot_chat_prompt", "gsm8k", 4, "cot_chat_prompt"),
    ("gsm8k_gen_0_shot_cot_chat_prompt", "gsm8k", 0, "cot_chat_prompt"),
    ("gsm8k_gen_0_shot_cot_chat_prompt.py", "gsm8k", 0, "cot_chat_prompt"),
    ("math500_gen_0_shot_cot_chat_prompt", "math500", 0, "cot_chat_prompt"),
    ("math_prm800k_500_0shot_cot_gen", "math500", 0, "cot_str"),
    ("aime2024_gen_0_shot_chat_prompt", "aime2024", 0, "chat_prompt"),
    ("aime2025_gen_0_shot_chat_prompt", "aime2025", 0, "chat_prompt"),
    ("aime2025_gen", "aime2025", 0, "chat_prompt"),
    ("mmlu", "mmlu", 5, "chat_prompt"),
    ("mmlu_gen_5_shot_str", "mmlu", 5, "str"),
    ("mmlu_gen_5_shot_chat_prompt", "mmlu", 5, "chat_prompt"),
    ("mmlu_gen_0_shot_cot_chat_prompt", "mmlu", 0, "cot_chat_prompt"),
    ("cmmlu_gen_0_shot_cot_chat_prompt", "cmmlu", 0, "cot_chat_prompt"),
    ("cmmlu_gen_5_shot_cot_chat_prompt", "cmmlu", 5, "cot_chat_prompt"),
    ("ceval_gen_5_shot_str", "ceval", 5, "str"),
    ("ceval_gen_0_shot_str", "ceval", 0, "str"),
    ("ceval_gen_0_shot_cot_chat_prompt", "ceval", 0, "cot_chat_prompt"),
    ("bbh_gen_3_shot_cot_chat", "bbh", 3, "cot_chat_prompt"),
    ("ARC_c_gen_0_shot_chat_prompt", "arc", 0, "chat_prompt"),
    ("ARC_c_gen_25_shot_chat_prompt", "arc", 25, "chat_prompt"),
    ("ARC_e_gen_0_shot_chat_prompt", "arc", 0, "chat_prompt"),
    ("hellaswag_gen_0_shot_chat_prompt", "hellaswag", 0, "chat_prompt"),
    ("hellaswag_gen_10_shot_chat_prompt", "hellaswag", 10, "chat_prompt"),
    ("winogrande_gen_5_shot_chat_prompt", "winogrande", 5, "chat_prompt"),
    ("mgsm_gen_0_shot_cot_chat_prompt", "mgsm", 0, "cot_chat_prompt"),
    ("mgsm_gen_8_shot_cot_chat_prompt", "mgsm", 8, "cot_chat_prompt"),
    ("ifeval_0_shot_gen_str", "ifeval", 0, "str"),
    ("commonsenseqa_gen_0_shot_chat_prompt", "commonsense_qa", 0, "chat_prompt"),
    ("truthful_qa", "truthfulqa", 0, "cot_chat_prompt"),
    ("math_500", "math500", 0, "cot_chat_prompt"),
    ("aime24", "aime2024", 0, "cot_chat_prompt"),
]


@pytest.mark.parametrize(("name", "task", "shots", "kind"), AISBENCH)
def test_names(name: str, task: str, shots: int, kind: str) -> None:
    resolved = catalogue.find(name)
    assert (resolved.task.name, resolved.few_shot_num, resolved.kind) == (task, shots, kind)
    assert resolved.defined_in.name == f"{task}.py"
    assert resolved.defined_in.exists()


@given(
    st.sampled_from(list(registry.TASKS)),
    st.integers(0, 99),
    st.sampled_from(["", "_cot", "_cot_chat", "_cot_chat_prompt", "_chat_prompt", "_str"]),
)
def test_general_rule(task: str, shots: int, suffix: str) -> None:
    resolved = catalogue.find(f"{task}_gen_{shots}_shot{suffix}")
    assert resolved.task.name == task
    assert resolved.few_shot_num == shots
    if suffix:
        assert resolved.kind.endswith("str") == suffix.endswith("str")


def test_arc_halves() -> None:
    assert catalogue.find("ARC_c").subsets == ("ARC-Challenge",)
    assert catalogue.find("ARC_e_gen_0_shot_chat_prompt").subsets == ("ARC-Easy",)
    assert catalogue.find("ARC_e").abbr == "ARC_e"
    assert catalogue.find("arc").abbr == "arc"


def test_demo_uses_the_shipped_rows(tmp_path: Path) -> None:
    resolved = catalogue.find("demo_gsm8k_gen_4_shot_cot_chat_prompt")
    assert resolved.abbr == "demo_gsm8k"
    found = catalogue.find_data(resolved, Places(dataset_dir=tmp_path))
    assert found.origin == "shipped"
    assert len(list(samples(resolved, found, Selection()))) == 8


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("gsm8", "no data set is called 'gsm8'; did you mean gsm8k?"),
        ("mmul_gen_5_shot_str", "did you mean mmlu?"),
        ("zzz", "there are: gsm8k, math500"),
        ("mmlu_ppl_0_shot_str", "mmlu has no variant 'mmlu_ppl_0_shot_str'"),
        ("gsm8k_gen_4_shot_cot_str_perf", "its names are gsm8k and gsm8k_gen_<k>_shot"),
    ],
)
def test_wrong_names(name: str, said: str) -> None:
    with pytest.raises(ConfigError) as raised:
        catalogue.find(name)
    assert said in str(raised.value)


def test_search_shows_settings() -> None:
    places = Places(dataset_dir=DATASETS)
    own, theirs, written = catalogue.search(
        ["gsm8k_gen_3_shot_cot_str", "mmlu_gen_5_shot_str", "gsm8k_gen_4_shot_cot_str"], places
    )
    assert own.task_type == "--datasets"
    assert Path(own.defined_in).is_absolute()
    assert own.settings["few-shot"] == "3 (split train)"
    assert own.settings["prompt"] == "cot_str"
    assert own.settings["extractor"] == "number"
    assert "gsm8k_gen_4_shot_cot_str" in own.settings["AISBench's"]
    assert theirs.settings["few-shot"] == "5 (split dev)"
    assert theirs.settings["prompt"] == "str of AISBench 3.1.20260630"
    assert written.settings["few-shot"] == "4 (written in the prompt)"


def test_search_for_many_and_none() -> None:
    assert len(catalogue.search([], Places())) == len(registry.TASKS)
    assert [each.name for each in catalogue.search(["aime*"], Places())] == ["aime2024", "aime2025"]
    with pytest.raises(ConfigError, match="no data set is called"):
        catalogue.search(["nothing*"], Places())


def test_search_says_where_data_is_missing(tmp_path: Path) -> None:
    (listed,) = catalogue.search(["gsm8k"], Places(dataset_dir=tmp_path))
    assert listed.settings["data"].startswith("not found: ")


def own(path: Path, text: str, meta: dict[str, object] | None = None) -> catalogue.Resolved:
    path.write_text(text, encoding="utf-8")
    if meta is not None:
        path.with_name(f"{path.name}.meta.json").write_text(json.dumps(meta), encoding="utf-8")
    return catalogue.find(str(path))


def prompts(resolved: catalogue.Resolved, selection: Selection | None = None) -> list[str]:
    found = catalogue.find_data(resolved, Places())
    asked = samples(resolved, found, selection or Selection())
    return [sample.input[-1]["content"] for sample, _ in asked]  # type: ignore[index]


def test_own_questions_with_options(tmp_path: Path) -> None:
    text = "question,A,B,C,answer,max_tokens\n1+1=,1,2,3,b,64\n2+2=,4,5,6,A,\n"
    resolved = own(tmp_path / "sums.csv", text)
    assert (resolved.abbr, resolved.task.extractor, resolved.task.scorer) == (
        "sums",
        "choice",
        "choice",
    )
    found = catalogue.find_data(resolved, Places())
    rows = [sample for sample, _ in samples(resolved, found, Selection())]
    assert [sample.target for sample in rows] == ["B", "A"]
    assert [sample.max_tokens for sample in rows] == [64, None]
    assert rows[0].choices == ("1", "2", "3")
    assert rows[0].id == "sums/0"
    assert f"data from {tmp_path / 'sums.csv'}" in notes(resolved, found)[0]


def test_own_open_questions(tmp_path: Path) -> None:
    numbers = own(tmp_path / "n.jsonl", '{"question": "1+1=", "answer": "1,002.5"}\n')
    assert (numbers.task.extractor, numbers.task.scorer, numbers.task.metric) == (
        "number",
        "number",
        "accuracy",
    )
    assert prompts(numbers) == ["1+1="], "asked as the user wrote it"
    words = own(tmp_path / "w.jsonl", '{"query": "Hi?", "response": "Hello 2 you"}\n')
    assert (words.task.extractor, words.task.scorer) == ("verbatim", "rouge_bleu")


def test_meta_of_own_data(tmp_path: Path) -> None:
    meta = {
        "abbr": "capitals",
        "type": "mcq",
        "question_column": "ask",
        "output_column": "right",
        "options": ["first", "second"],
        "human_prompt": "Say A or B: {ask} ({first} / {second})",
        "extractor": "verbatim",
        "request_count": "1",
        "infer_method": "gen",
        "output_config": {"method": "uniform"},
    }
    rows = '{"ask": "Peru?", "first": "Lima", "second": "Quito", "right": "A"}\n' * 3
    resolved = own(tmp_path / "c.jsonl", rows, meta)
    assert (resolved.abbr, resolved.task.extractor) == ("capitals", "verbatim")
    assert prompts(resolved) == ["Say A or B: Peru? (Lima / Quito)"]
    assert len(prompts(resolved, Selection(limit=2))) == 2, "a flag wins over the file"
    assert "output_config is for load tests" in resolved.notes[0]


@pytest.mark.parametrize(
    ("meta", "said"),
    [
        ({"abr": "x"}, "nothing is called 'abr'; there are abbr"),
        ({"type": "quiz"}, "'data_type' is 'quiz'; there are mcq and qa"),
        ({"infer_method": "ppl"}, "'infer_method' is 'ppl'; only 'gen'"),
        ({"request_count": "many"}, "must be a whole number"),
        ({"options": "A"}, "must be a list of column names"),
        ({"question_column": "q"}, "has no 'q'; its fields are 'question'"),
        ({"abbr": 3}, "must be text"),
        ({"human_prompt": "Say {answr}"}, "x.jsonl:1: has no 'answr'"),
    ],
)
def test_wrong_meta(meta: dict[str, object], said: str, tmp_path: Path) -> None:
    with pytest.raises(WorkloadError) as raised:
        own(tmp_path / "x.jsonl", '{"question": "?", "answer": "1"}\n', meta)
    assert said in str(raised.value)


def test_own_data_of_neither_kind(tmp_path: Path) -> None:
    with pytest.raises(WorkloadError, match=r"x\.jsonl:1: has the fields 'text'; questions with"):
        own(tmp_path / "x.jsonl", '{"text": "?"}\n')


def test_malformed_row_of_own_data(tmp_path: Path) -> None:
    resolved = own(tmp_path / "x.csv", "question,A,B,answer\n1?,p,q,A\n2?,p,q,C\n")
    found = catalogue.find_data(resolved, Places())
    with pytest.raises(WorkloadError, match=r"x\.csv:3: the right answer 'C' is none of"):
        list(samples(resolved, found, Selection()))


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(WorkloadError, match=r"cannot read .*No such file"):
        catalogue.find(str(tmp_path / "none.jsonl"))


def test_shipped_examples_of_own_data() -> None:
    folder = DATASETS / "custom"
    assert catalogue.find(str(folder / "sums_qa.jsonl")).task.scorer == "number"
    assert catalogue.find(str(folder / "sums_mcq.csv")).abbr == "sums"
