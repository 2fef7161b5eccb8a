"""Prompts for judges: those that ship, those of users, and what the judged texts may hold."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfbench.errors import ConfigError
from perfbench.evaluation.judging import rubrics
from perfbench.evaluation.judging.rubrics import Texts

OWN = """---
contract: json
labels: [good, bad]
values: {good: 1, bad: 0}
---
Is this any good?
<{{ nonce }}>{{ question }}</{{ nonce }}>
<{{ nonce }}>{{ answer }}</{{ nonce }}>
"""
TEXTS = Texts("What is 6 * 7?", "It is 42.", "It is 43.", "42")


@pytest.mark.parametrize("name", rubrics.names())
def test_shipped_prompt_is_whole(name: str) -> None:
    rubric = rubrics.find(name)
    assert rubric.head.source
    sample = rubric.sample("1", TEXTS)
    assert isinstance(sample.input, list)
    asked = sample.input[-1]["content"]
    assert TEXTS.question in asked
    assert TEXTS.answer in asked
    assert (str(TEXTS.other) in asked) == rubric.is_pairwise
    assert "{{" not in asked
    assert rubric.needs_reference == ("reference" in name or name in ("aisbench", "simpleqa"))


def test_every_promised_prompt_ships() -> None:
    assert rubrics.names() == [
        *("aisbench", "alpaca_eval", "arena_hard", "mt_bench_pair", "mt_bench_pair_reference"),
        *("mt_bench_single", "mt_bench_single_reference", "simpleqa"),
    ]
    assert rubrics.find("arena_hard").contract.labels == ("A>>B", "A>B", "A=B", "B>A", "B>>A")
    assert rubrics.find("mt_bench_single").contract.high == 10


def test_swapped_pair_shows_the_candidate_second_and_turns_the_values() -> None:
    rubric = rubrics.find("arena_hard")
    straight = rubric.sample("1", TEXTS)
    swapped = rubric.sample("1", Texts("What is 6 * 7?", "It is 42.", "It is 43.", swapped=True))
    first, second = (str(each.input[-1]) for each in (straight, swapped))  # type: ignore[index]
    assert first.index("42.") < first.index("43.")
    assert second.index("43.") < second.index("42.")
    assert straight.meta["values"]["A>B"] == swapped.meta["values"]["B>A"] == 1
    assert straight.meta["values"]["A=B"] == swapped.meta["values"]["A=B"] == 0.5


@given(st.text(), st.text())
def test_judged_texts_are_data(question: str, answer: str) -> None:
    rubric = rubrics.parse("own", OWN)
    asked = rubric.filled(Texts(question, answer))
    nonce = rubrics.nonce([question, answer])
    assert asked == (
        f"Is this any good?\n<{nonce}>{question}</{nonce}>\n<{nonce}>{answer}</{nonce}>"
    )
    assert nonce not in question + answer


def test_template_in_an_answer_is_no_template() -> None:
    hostile = "{{ reference }}{% for x in range(9) %}a{% endfor %}{{ 7 * 7 }}{nonce}"
    assert hostile in rubrics.parse("own", OWN).filled(Texts("?", hostile))


def test_nonce_is_of_the_content_and_in_none_of_it() -> None:
    once = rubrics.nonce(["a", "b"])
    assert once == rubrics.nonce(["a", "b"])
    assert once != rubrics.nonce(["ab", ""])
    guessed = rubrics.nonce(["x"])
    assert rubrics.nonce([guessed]) not in guessed


def test_reasoning_is_shown_if_it_is_asked_for() -> None:
    thought = "<think>hm</think>42"
    plain = rubrics.parse("own", OWN)
    assert rubrics.shown(thought, plain) == "42"
    told = rubrics.parse("own", OWN.replace("contract: json", "contract: json\nreasoning: true"))
    assert rubrics.shown(thought, told) == thought


def test_digest_is_of_what_decides_a_verdict() -> None:
    digest = rubrics.parse("own", OWN).digest
    assert rubrics.parse("other name", OWN).digest == digest
    assert rubrics.parse("own", OWN.replace("labels:", "source: me\nlabels:")).digest == digest
    for before, after in (("any good", "good"), ("good: 1", "good: 0.9"), ("json", "letter")):
        assert rubrics.parse("own", OWN.replace(before, after, 1)).digest != digest


def test_prompt_of_a_user_is_a_file(tmp_path: Path) -> None:
    file = tmp_path / "mine.j2"
    file.write_text(OWN)
    rubric = rubrics.find(str(file))
    assert rubric.name == "mine"
    assert rubric.contract.form == "json"


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("---\ncontract", "contract", "begins with its contract"),
        ("contract: json", "contract: jason", "Invalid enum value"),
        ("contract: json", "contract: json\nlable: [x]", "unknown field `lable`"),
        ("labels: [good, bad]", "labels: [good", "expected"),
        ("bad: 0}", "bad: 7}", "values lie in 0 to 1"),
        ("bad: 0}", "}", "what each label is worth"),
        ("{{ answer }}", "{{ anwser }}", "there is no {{ anwser }}"),
        ("{{ answer }}", "{{ answer | upper }}", "line 3: placeholders only"),
        ("{{ answer }}", "{% if answer %}{% endif %}", "line 3: placeholders only"),
        ("{{ answer }}", "{{ answer", "line 3"),
        ("{{ answer }}", "", "shows no {{ answer }}"),
        ("{{ answer }}", "{{ answer_a }}", "answer_a and answer_b"),
        ("{{ answer }}", "{{ answer }}{{ answer_a }}{{ answer_b }}", "not both"),
        ("labels: [good, bad]", "range: [1, 10]\nlabels: [good, bad]", "one of them"),
    ],
)
def test_malformed_prompt_is_one_line(before: str, after: str, said: str) -> None:
    with pytest.raises(ConfigError) as refused:
        rubrics.parse("mine", OWN.replace(before, after))
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


def test_prompt_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="there are: aisbench"):
        rubrics.find("nothing")
    with pytest.raises(ConfigError, match="cannot read"):
        rubrics.find(str(tmp_path / "gone.j2"))
    (tmp_path / "latin.j2").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="not UTF-8"):
        rubrics.find(str(tmp_path / "latin.j2"))


def test_prompt_shows_no_text_that_there_is_none_of() -> None:
    with pytest.raises(ConfigError, match="shows a reference"):
        rubrics.find("aisbench").sample("1", Texts("?", "42"))
