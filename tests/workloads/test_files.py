"""Workloads that read files: openqa, line_by_line, sharegpt."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterable
from itertools import chain, islice, repeat
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from workload_points import point

from perfbench.config import PerfConfig
from perfbench.errors import ConfigError, WorkloadError
from perfbench.types import Input, Sample
from perfbench.workloads import LoadedWorkload, Tokenizer, load_workload

HELLO = [{"role": "user", "content": "hello"}]
TALK = {"conversations": [{"from": "human", "value": "hi"}, {"from": "gpt", "value": "hello you"}]}


def opened(path: Path, tokenizer: Tokenizer | None = None, **fields: Any) -> LoadedWorkload:
    fields.setdefault("dataset", "line_by_line")
    return load_workload(PerfConfig(dataset_path=path, **fields), tokenizer)


def samples_of(workload: LoadedWorkload, index: int = 0) -> list[Sample]:
    return list(workload.samples(point(index)))


def inputs_of(workload: LoadedWorkload) -> list[Input]:
    return [sample.input for sample in samples_of(workload)]


def written(path: Path, *rows: Any) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def test_a_text_file_is_one_prompt_a_line(tmp_path: Path) -> None:
    path = tmp_path / "prompts.txt"
    path.write_bytes('\ufeffone\r\n\n  two: {"a"}\u2028still two  \n\n为什么'.encode())
    samples = samples_of(opened(path))
    assert [sample.input for sample in samples] == ["one", 'two: {"a"}\u2028still two', "为什么"]
    assert [sample.id for sample in samples] == ["prompts.txt:1", "prompts.txt:3", "prompts.txt:5"]


@settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\n\r"), min_size=1)))
def test_any_text_comes_back_as_it_was(tmp_path: Path, lines: list[str]) -> None:
    path = written(tmp_path / "rows.jsonl", *({"prompt": line + "x"} for line in lines), HELLO)
    assert inputs_of(opened(path)) == [*(line + "x" for line in lines), HELLO]


def test_rows_of_jsonl(tmp_path: Path) -> None:
    body = {"messages": HELLO, "temperature": 0}
    completion = {"prompt": "once", "max_tokens": 3}
    path = written(
        tmp_path / "rows.jsonl",
        HELLO,
        {"messages": HELLO},
        body,
        completion,
        {"prompt": "text"},
        {"prompt": [1, 2, 3]},
        {"question": "why?", "answer": "so"},
    )
    workload = opened(path)
    assert inputs_of(workload) == [HELLO, HELLO, body, completion, "text", [1, 2, 3], "why?"]
    assert any(note.startswith("2 rows are whole request bodies") for note in workload.notes)


def test_json_is_known_by_its_first_line_too(tmp_path: Path) -> None:
    lines = [json.dumps({"prompt": "a"}), json.dumps({"prompt": "b"})]
    (tmp_path / "prompts").write_text("\n".join(lines))
    assert inputs_of(opened(tmp_path / "prompts")) == ["a", "b"]
    (tmp_path / "words.txt").write_text('[1] is a footnote\n"quoted"\n42\n')
    assert inputs_of(opened(tmp_path / "words.txt")) == ["[1] is a footnote", '"quoted"', "42"]


def test_a_json_array_is_a_file_of_rows(tmp_path: Path) -> None:
    path = tmp_path / "rows.json"
    path.write_text(json.dumps([{"prompt": "a"}, HELLO], indent=2))
    samples = samples_of(opened(path))
    assert [sample.input for sample in samples] == ["a", HELLO]
    assert [sample.id for sample in samples] == ["rows.json#1", "rows.json#2"]


def test_every_format_is_a_file_of_rows(tmp_path: Path) -> None:
    lines = "".join(json.dumps({"prompt": text}) + "\n" for text in ("a", "b"))
    files = {
        "rows.ndjson": lines.encode(),
        "rows.jsonl.gz": gzip.compress(lines.encode()),
        "rows.csv": b"n,prompt\n1,a\n2,b\n",
        "rows.tsv": b"prompt\tn\na\t1\nb\t2\n",
        "rows.txt.gz": gzip.compress(b"a\nb\n"),
    }
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
        assert inputs_of(opened(tmp_path / name)) == ["a", "b"], name
        assert sorted(map(str, inputs_of(opened(tmp_path / name, dataset="openqa")))) == ["a", "b"]
    (tmp_path / "rows.csv").write_bytes(b"prompt\na\n \nb,c\n")
    with pytest.raises(WorkloadError, match=r"rows\.csv:4: 2 fields; a row has 1: prompt"):
        opened(tmp_path / "rows.csv")


def test_parquet_files_hold_lists(tmp_path: Path) -> None:
    arrow = pytest.importorskip("pyarrow", reason="needs the extra 'parquet'")
    parquet = pytest.importorskip("pyarrow.parquet")
    parquet.write_table(arrow.Table.from_pylist([{"messages": HELLO}]), tmp_path / "chat.parquet")
    (sample,) = samples_of(opened(tmp_path / "chat.parquet"))
    assert (sample.id, sample.input) == ("chat.parquet#1", HELLO)
    parquet.write_table(arrow.Table.from_pylist([TALK]), tmp_path / "talk.parquet")
    assert inputs_of(opened(tmp_path / "talk.parquet", dataset="sharegpt")) == ["hi"]


GOOD = '{"prompt": "fine"}\n'
MALFORMED = [
    ("line_by_line", GOOD + "{oops}\n", 2, "not valid JSON"),
    ("line_by_line", GOOD + "\n" + '{"prompt": "cut', 3, "not valid JSON"),
    ("line_by_line", GOOD + '"text"', 2, "an object or a list of messages, not a text"),
    ("line_by_line", GOOD + "7", 2, "not a number"),
    ("line_by_line", GOOD + '{"text": "x"}', 2, 'no prompt in it; a row has "prompt"'),
    ("line_by_line", GOOD + '{"prompt": ""}', 2, '"prompt" is empty'),
    ("line_by_line", GOOD + '{"prompt": [1, true]}', 2, '"prompt" is a list; it holds the text'),
    ("line_by_line", GOOD + "[]", 2, "messages are empty; messages are a list of"),
    ("line_by_line", GOOD + '["x"]', 2, "message 1 is a text; messages are a list of"),
    ("line_by_line", GOOD + '{"messages": null}', 2, "messages are null"),
    ("line_by_line", GOOD + '[{"content": "x"}]', 2, 'message 1 has no "role"'),
    ("line_by_line", GOOD + '[{"role": "user"}]', 2, 'message 1 has no "content"'),
    ("line_by_line", GOOD + "[" * 100_000, 2, "nested too deeply"),
    ("openqa", GOOD + '{"question": 3}', 2, '"question" is a number; it holds the text'),
    ("sharegpt", json.dumps(TALK) + "\n[]", 2, 'a row is {"conversations": [...]}, not a list'),
    ("sharegpt", '\n{"id": 1}', 2, 'no list "conversations" in it'),
    ("sharegpt", '{"conversations": [{"value": "x"}]}', 1, 'turn 1 has no "from"'),
    ("sharegpt", '{"conversations": [{"from": "human"}]}', 1, 'turn 1 has no text "value"'),
    ("sharegpt", '{"conversations": ["x"]}', 1, "turn 1 is a text; a turn is"),
]


@pytest.mark.parametrize(("dataset", "text", "line", "reason"), MALFORMED)
def test_malformed_rows_are_told_with_file_and_line(
    tmp_path: Path, dataset: str, text: str, line: int, reason: str
) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text(text)
    with pytest.raises(WorkloadError) as caught:
        opened(path, dataset=dataset)
    assert str(caught.value).startswith(f"{path}:{line}: ")
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)


ARRAYS = [
    (
        '[\n  {"prompt": "a"},\n\n  {"prompt": "b, ]"},\n  {"prompt": 3}\n]',
        5,
        '"prompt" is a number',
    ),
    ('[\n  {"prompt": "a"},\n  {"prompt" "b"}\n]', 3, "not valid JSON"),
    ('[{"prompt": "a"}', 1, "not valid JSON"),
]


@pytest.mark.parametrize(("text", "line", "reason"), ARRAYS)
def test_malformed_arrays_are_told_with_file_and_line(
    tmp_path: Path, text: str, line: int, reason: str
) -> None:
    path = tmp_path / "rows.json"
    path.write_text(text)
    with pytest.raises(WorkloadError, match=re.escape(f"{path}:{line}: ")) as caught:
        opened(path)
    assert reason in str(caught.value)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["prompt", "messages", "question", "role", "content", "from", "value"])
            | st.just("conversations"),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)


@settings(
    deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(row=JSON_VALUES, dataset=st.sampled_from(["line_by_line", "openqa", "sharegpt"]))
def test_a_row_is_either_understood_or_told_where(tmp_path: Path, row: Any, dataset: str) -> None:
    good = TALK if dataset == "sharegpt" else {"prompt": "fine"}
    path = written(tmp_path / "rows.jsonl", good, row)
    try:
        outcome = len(inputs_of(opened(path, dataset=dataset)))
    except WorkloadError as error:
        outcome = str(error).partition(": ")[0]
    assert outcome in (1, 2, f"{path}:2")


@pytest.mark.parametrize("dataset", ["line_by_line", "openqa", "sharegpt"])
def test_files_that_cannot_be_used(tmp_path: Path, dataset: str) -> None:
    missing = tmp_path / "missing.jsonl"
    with pytest.raises(WorkloadError, match=re.escape(f"cannot read {missing}: No such")):
        opened(missing, dataset=dataset)
    with pytest.raises(WorkloadError, match=r"cannot read .*: Is a directory"):
        opened(tmp_path, dataset=dataset)
    for name, content in [("a.jsonl", b""), ("b.jsonl", b" \n\n"), ("c.json", b"[]")]:
        (tmp_path / name).write_bytes(content)
        with pytest.raises(WorkloadError, match=f"{name} is empty"):
            opened(tmp_path / name, dataset=dataset)


def test_text_that_is_not_utf8_is_told_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "latin.txt"
    path.write_bytes(b"plain\ncaf\xe9\n")
    with pytest.raises(WorkloadError, match=re.escape(f"{path}:2: not UTF-8 text")):
        opened(path)
    path = tmp_path / "latin.jsonl"
    path.write_bytes(GOOD.encode() + b'{"prompt": "caf\xe9"}\n')
    with pytest.raises(WorkloadError, match=re.escape(f"{path}:2: not valid JSON")):
        opened(path)


@pytest.mark.parametrize("dataset", ["line_by_line", "sharegpt"])
def test_a_file_is_needed(dataset: str) -> None:
    with pytest.raises(ConfigError, match=f"--dataset {dataset} needs --dataset-path"):
        load_workload(PerfConfig(dataset=dataset), None)


def lengths_file(tmp_path: Path) -> Path:
    path = tmp_path / "lengths.txt"
    path.write_text("\n".join("word " * n for n in (1, 10, 100, 1000)))
    return path


def test_default_limits_drop_nothing(tmp_path: Path) -> None:
    workload = opened(lengths_file(tmp_path))
    assert len(samples_of(workload)) == 4
    assert workload.notes == []


def test_limits_that_were_set_drop_by_characters_and_say_so(tmp_path: Path) -> None:
    workload = opened(lengths_file(tmp_path), min_prompt_length=10, max_prompt_length=499)
    assert [len(str(item)) for item in inputs_of(workload)] == [49, 499]
    assert workload.notes == [
        "2 of the 4 prompts read are left out: not 10 to 499 characters long "
        "(--min-prompt-length, --max-prompt-length)"
    ]


def test_limits_are_tokens_with_a_tokenizer(tmp_path: Path, bos: Tokenizer) -> None:
    counts = bos.count([("word " * n).strip() for n in (1, 10, 100, 1000)])
    around = bos.count([bos.render([{"role": "user", "content": "word"}])])[0] - counts[0]
    for longest, length_of in ((counts[1], "content"), (counts[1] + around, "request")):
        limits: dict[str, Any] = {"max_prompt_length": longest, "length_of": length_of}
        kept = samples_of(opened(lengths_file(tmp_path), bos, **limits))
        assert [sample.id for sample in kept] == ["lengths.txt:1", "lengths.txt:2"]
    short = tmp_path / "short.txt"
    short.write_text("one\ntwo\n")
    with pytest.raises(WorkloadError, match=r"none of the 2 prompts .* is 500 tokens or longer"):
        samples_of(opened(short, bos, min_prompt_length=500))


def openqa(number: int, index: int = 0, **fields: Any) -> list[Sample]:
    """The first questions that come with perfbench, as a point asks them."""
    workload = load_workload(PerfConfig(), None)
    return list(islice(workload.samples(point(index, **fields)), number))


def unnumbered(samples: Iterable[Sample]) -> list[str]:
    return [str(sample.input).split(". ", 1)[1] for sample in samples]


def test_openqa_comes_with_perfbench() -> None:
    questions = list(dict.fromkeys(unnumbered(openqa(1000))))
    assert 180 <= len(questions) == len(set(unnumbered(openqa(len(questions)))))
    lengths = sorted(map(len, questions))
    assert lengths[0] < 12
    assert lengths[-1] > 400


def test_openqa_asks_nothing_twice_in_a_run_or_in_two_runs() -> None:
    runs = [(openqa(1000, seed=seed), openqa(1000, 1, seed=seed)) for seed in (1, 2)]
    asked = [str(sample.input) for points in runs for samples in points for sample in samples]
    assert all(re.match(r"\d{6}\. ", text) for text in asked)
    # The number of a question meets itself once in about 200 such tests; the seeds are fixed.
    assert len(set(asked)) == len(asked)
    assert openqa(1000, seed=1) == runs[0][0]


def test_openqa_goes_on_where_the_point_before_stopped() -> None:
    first, second = openqa(100, seed=3), openqa(80, 1, seed=3, first_prompt=100)
    assert not set(unnumbered(first)) & set(unnumbered(second))
    workload = load_workload(PerfConfig(), None)
    list(islice(workload.samples(point(1, first_prompt=150)), 400))
    assert workload.distinct is None
    assert workload.notes == []


def test_a_file_of_openqa_is_sent_as_it_is_in_an_order_of_the_seed(tmp_path: Path) -> None:
    path = written(tmp_path / "qa.jsonl", *({"question": f"q{n}?"} for n in range(50)))
    workload = opened(path, dataset="openqa")

    def asked(seed: int) -> list[str]:
        return [str(sample.input) for sample in workload.samples(point(seed=seed))]

    assert sorted(asked(0)) == sorted(f"q{n}?" for n in range(50))
    assert asked(0) == asked(0) != asked(1)


def test_openqa_ignores_other_fields(tmp_path: Path) -> None:
    path = written(
        tmp_path / "qa.jsonl", {"prompt": "a", "source": "x"}, {"messages": HELLO, "n": 2}
    )
    assert sorted(map(str, inputs_of(opened(path, dataset="openqa")))) == sorted(["a", str(HELLO)])


@settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    rows=st.integers(3, 30),
    counts=st.lists(st.integers(1, 70), min_size=1, max_size=4),
    shortest=st.sampled_from([None, 3]),
    dataset=st.sampled_from(["line_by_line", "openqa"]),
)
def test_points_go_on_through_a_file_and_start_over(
    tmp_path: Path, rows: int, counts: list[int], shortest: int | None, dataset: str
) -> None:
    """What the points ask one after another is what one long point asks."""
    path = written(tmp_path / "f.jsonl", *({"prompt": "x" * (n % 5) + str(n)} for n in range(rows)))
    settings: dict[str, Any] = {"dataset": dataset, "min_prompt_length": shortest}

    def taken(workload: LoadedWorkload, number: int, first: int) -> list[Sample]:
        turns = (workload.samples(point(first_prompt=first)) for _ in repeat(None))
        return list(islice(chain.from_iterable(turns), number))

    whole = taken(opened(path, **settings), sum(counts), 0)
    workload, asked = opened(path, **settings), list[Sample]()
    for number in counts:
        asked += taken(workload, number, len(asked))
    assert asked == whole
    kept = len({sample.id for sample in taken(workload, 100, 0)})
    if len(asked) - counts[-1] and len(asked) > kept:
        assert workload.distinct == kept


def test_line_by_line_keeps_its_order(tmp_path: Path) -> None:
    workload = opened(lengths_file(tmp_path), parallel=[1, 4])
    assert samples_of(workload, 0) == samples_of(workload, 1)
    assert workload.notes == []


def sharegpt(tmp_path: Path) -> Path:
    def talk(*turns: tuple[str, str]) -> dict[str, Any]:
        return {"conversations": [{"from": who, "value": what} for who, what in turns]}

    path = tmp_path / "sharegpt.json"
    rows = [
        talk(("human", "first question"), ("gpt", "a short reply"), ("human", "more")),
        talk(("system", "be kind"), ("user", "second question"), ("assistant", "yes " * 50)),
        talk(("gpt", "reply to nothing")),
        talk(("human", "no reply")),
        talk(("human", "   "), ("gpt", "reply to a blank")),
        talk(("human", "long " * 3000), ("gpt", "reply")),
        {"conversations": []},
    ]
    path.write_text(json.dumps(rows))
    return path


def test_sharegpt_asks_the_first_question(tmp_path: Path) -> None:
    workload = opened(sharegpt(tmp_path), dataset="sharegpt")
    found = {sample.id: sample for sample in samples_of(workload)}
    assert sorted(found) == ["sharegpt.json#1", "sharegpt.json#2", "sharegpt.json#6"]
    assert found["sharegpt.json#2"].input == "second question"
    assert {sample.max_tokens for sample in found.values()} == {2048}
    assert any(note.startswith("4 of 7 conversations are left out") for note in workload.notes)


def test_sharegpt_asks_for_the_length_of_the_reply(tmp_path: Path, bos: Tokenizer) -> None:
    workload = opened(sharegpt(tmp_path), bos, dataset="sharegpt")
    wanted = {sample.id: sample.max_tokens for sample in samples_of(workload)}
    assert wanted == {
        "sharegpt.json#1": bos.count(["a short reply"])[0],
        "sharegpt.json#2": bos.count(["yes " * 50])[0],
    }
    assert any("not 1 to 1024 tokens long" in note for note in workload.notes)
    fixed = opened(sharegpt(tmp_path), bos, dataset="sharegpt", max_tokens=5)
    assert {sample.max_tokens for sample in samples_of(fixed)} == {5}
    same = opened(sharegpt(tmp_path), bos, dataset="sharegpt", max_tokens=2048)
    assert {sample.max_tokens for sample in samples_of(same)} == {2048}


def test_sharegpt_without_exchanges(tmp_path: Path) -> None:
    path = written(tmp_path / "s.jsonl", {"conversations": [{"from": "gpt", "value": "x"}]})
    with pytest.raises(WorkloadError, match="no conversation has a human turn and a reply"):
        opened(path, dataset="sharegpt")


def test_samples_are_lazy(tmp_path: Path, bos: Tokenizer) -> None:
    path = tmp_path / "many.txt"
    path.write_text("a line of text\n" * 8_000)
    workload = opened(path, bos, min_prompt_length=10_000, max_prompt_length=20_000)
    with pytest.raises(WorkloadError):
        next(workload.samples(point()))
    assert len(list(islice(opened(path, bos).samples(point()), 3))) == 3
