"""Verdicts in the texts of judges: a corpus of replies, and any text at all."""

from __future__ import annotations

import pytest
from corpus import judge_replies as replies
from hypothesis import given
from hypothesis import strategies as st

from perfbench.errors import ConfigError
from perfbench.evaluation.extraction.reasoning import split_reasoning
from perfbench.evaluation.judging.contracts import FIVE, Contract, judgement, verdict
from perfbench.types import Sample

LETTER = Contract("letter", ("A", "B"), {"CORRECT": "A", "INCORRECT": "B"})
GRADES = {"CORRECT": "A", "INCORRECT": "B", "NOT_ATTEMPTED": "C"}
THREE = Contract("letter", ("A", "B", "C"), GRADES)
CASED = Contract("letter", ("m", "M"))
PAIR = Contract("brackets", ("A", "B", "C"))
FIVE_WAYS = Contract("brackets", FIVE)
SCALE = Contract("scale", low=1, high=10)
OBJECT = Contract("json", ("yes", "no"))
SHARE = Contract("json", low=0, high=1)
CORPUS = [
    (contract, text, expected)
    for contract, cases in (
        (LETTER, replies.RIGHT_OR_WRONG),
        (THREE, replies.THREE_WAY),
        (CASED, replies.LAST_LETTER),
        (PAIR, replies.PAIR),
        (FIVE_WAYS, replies.FIVE),
        (SCALE, replies.ONE_TO_TEN),
        (OBJECT, replies.OBJECT),
        (SHARE, replies.SHARE),
    )
    for text, expected in cases
]
CONTRACTS = [LETTER, THREE, CASED, PAIR, FIVE_WAYS, SCALE, OBJECT, SHARE]


def test_corpus_is_large_and_mixed() -> None:
    assert len(CORPUS) >= 250
    assert 0.3 < sum(expected is None for *_, expected in CORPUS) / len(CORPUS) < 0.6


@pytest.mark.parametrize(("contract", "text", "expected"), CORPUS)
def test_reply_is_read(contract: Contract, text: str, expected: str | None) -> None:
    found = contract.read(text)
    assert found.answer == expected, found.how


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<think>[[A]] perhaps</think>[[B]]", "B"),
        ("<think>It must be [[A]]", None),
        ("It was [[A]] all along</think>\n[[C]]", "C"),
    ],
)
def test_reasoning_states_nothing(text: str, expected: str | None) -> None:
    assert PAIR.read(split_reasoning(text)[0]).answer == expected


def test_why_there_is_no_verdict_is_said() -> None:
    assert PAIR.read("hm").how == "states no verdict"
    assert PAIR.read("[[A]] [[B]]").how == "states different verdicts: A, B"


def test_bare_letter_at_the_end_of_a_cut_text_is_not_believed() -> None:
    assert not LETTER.read("Judgement: A").marked
    assert LETTER.read("A").marked
    assert LETTER.read("Judgement: A.").marked
    assert PAIR.read("it is [[A]]").marked


@pytest.mark.parametrize(
    "wrong",
    [
        {"form": "scale"},
        {"form": "scale", "low": 3, "high": 3},
        {"form": "letter"},
        {"form": "brackets"},
        {"form": "json"},
        {"form": "json", "labels": ("a",), "low": 0, "high": 1},
        {"form": "letter", "labels": ("a",), "words": {"x": "b"}},
    ],
)
def test_contract_that_reads_nothing_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ConfigError, match="contract"):
        Contract(**wrong)  # type: ignore[arg-type]


def test_schema_is_of_the_verdict() -> None:
    assert PAIR.schema() is None
    schema = OBJECT.schema()
    assert schema is not None
    assert schema["properties"]["verdict"] == {"type": "string", "enum": ["yes", "no"]}
    schema = SHARE.schema()
    assert schema is not None
    assert schema["properties"]["verdict"] == {"type": "number", "minimum": 0, "maximum": 1}


def test_verdict_is_worth_what_its_question_says() -> None:
    meta = {"contract": {"form": "letter", "labels": ["A", "B"], "words": {}}}
    sample = Sample("1", "?", meta={**meta, "values": {"A": 1, "B": 0}, "shares": {"no": ["B"]}})
    assert verdict("B", sample).answer == "B"
    assert judgement("B", sample).value == 0
    assert judgement("B", sample).metrics == {"no": 1}
    scale = Sample("1", "?", meta={"contract": {"form": "scale", "low": 1, "high": 10}})
    found = judgement("5.5", scale)
    assert found.value == 0.5
    assert found.metrics == {"rating": 5.5}


def test_question_without_a_contract_is_refused() -> None:
    with pytest.raises(ConfigError, match="no contract"):
        verdict("A", Sample("17", "?"))


PIECES = st.sampled_from(
    [
        *("A", "B", "C", "M", "m", "[[", "]]", ">>", ">", "=", "7", "10", "/", ".", ":", "\n"),
        *('"', "'", "`", "```", "**", "*", "_", "verdict", "Rating", "is", "CORRECT", "INCORRECT"),
        *(
            '{"verdict": ',
            '"yes"',
            "}",
            "{",
            "［［",
            "］］",
            "“",
            "”",
            "> ",
            "not ",
            "or ",
            "\\boxed{",
        ),
    ]
)


@given(st.lists(PIECES, max_size=30).map("".join) | st.text(max_size=200))
def test_any_text_has_a_verdict_of_the_contract_or_none(text: str) -> None:
    for contract in CONTRACTS:
        answer = contract.read(text).answer
        if answer is None:
            continue
        if contract.is_scale:
            assert contract.low is not None
            assert contract.high is not None
            assert contract.low <= float(answer) <= contract.high
        else:
            assert answer in contract.labels


@given(st.sampled_from(CONTRACTS), st.lists(st.sampled_from(CORPUS), min_size=2, max_size=3))
def test_texts_with_different_verdicts_have_none(
    contract: Contract, drawn: list[tuple[Contract, str, str | None]]
) -> None:
    stated = [
        text
        for own, text, expected in drawn
        if own is contract and expected is not None and not set(text) & set("\"'`“「>")
    ]
    verdicts = {contract.read(text).answer for text in stated}
    if len(verdicts) > 1:
        assert contract.read("\n\n".join(stated)).answer is None
