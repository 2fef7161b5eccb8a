"""IFEval's 25 instructions: for each, texts that follow it and texts that do not."""

from typing import Any

import pytest

from perfbench.errors import WorkloadError
from perfbench.evaluation.scorers.ifeval import ifeval
from perfbench.evaluation.scorers.instructions import CHECKS, sentences
from perfbench.types import Sample

ENGLISH = "The quick brown fox jumps over the lazy dog while the children play in the garden"
FRENCH = "Le renard brun saute par-dessus le chien paresseux pendant que les enfants jouent"

Case = tuple[str, dict[str, Any], list[str], list[str]]

CASES: list[Case] = [
    ("keywords:existence", {"keywords": ["sun", "moon"]}, ["The Sun and the moon."], ["The sun."]),
    (
        "keywords:frequency",
        {"keyword": "sun", "frequency": 2, "relation": "at least"},
        ["Sun sun", "sun sun sun"],
        ["sun", "moon"],
    ),
    (
        "keywords:frequency",
        {"keyword": "sun", "frequency": 2, "relation": "less than"},
        ["sun", "moon"],
        ["sun sun"],
    ),
    (
        "keywords:forbidden_words",
        {"forbidden_words": ["sun", "moon"]},
        ["The sunny day", "stars"],
        ["The Sun.", "a moon"],
    ),
    (
        "keywords:letter_frequency",
        {"letter": "q", "let_frequency": 2, "let_relation": "at least"},
        ["Quick quiz"],
        ["quick"],
    ),
    (
        "keywords:letter_frequency",
        {"letter": "q", "let_frequency": 2, "let_relation": "less than"},
        ["quick"],
        ["Quick quiz"],
    ),
    ("language:response_language", {"language": "fr"}, [FRENCH, "12345"], [ENGLISH]),
    ("language:response_language", {"language": "en"}, [ENGLISH], [FRENCH]),
    (
        "length_constraints:number_sentences",
        {"num_sentences": 2, "relation": "at least"},
        ["One. Two.", "One! Two? Three."],
        ["One.", "Mr. Smith met Dr. Jones."],
    ),
    (
        "length_constraints:number_sentences",
        {"num_sentences": 2, "relation": "less than"},
        ["One.", "It costs 3.5 dollars."],
        ["One. Two."],
    ),
    (
        "length_constraints:number_paragraphs",
        {"num_paragraphs": 2},
        ["one\n***\ntwo", "***\none\n***\ntwo\n***"],
        ["one", "one\n***\n***\ntwo", "one\n***\ntwo\n***\nthree"],
    ),
    (
        "length_constraints:number_words",
        {"num_words": 3, "relation": "at least"},
        ["one two three", "a, b; c. d"],
        ["one two"],
    ),
    (
        "length_constraints:number_words",
        {"num_words": 3, "relation": "less than"},
        ["one two"],
        ["one two three"],
    ),
    (
        "length_constraints:nth_paragraph_first_word",
        {"num_paragraphs": 2, "nth_paragraph": 2, "first_word": "hello"},
        ["One.\n\nHello, you.", 'One.\n\n"Hello" you.'],
        ["Hello.\n\nOne.", "One.\n\nHello.\n\nTwo.", "One."],
    ),
    (
        "detectable_content:number_placeholders",
        {"num_placeholders": 2},
        ["[name] at [place]", "[a][b][c]"],
        ["[name]", "name"],
    ),
    (
        "detectable_content:postscript",
        {"postscript_marker": "P.S."},
        ["Hi.\nP.S. Bye", "p. s. bye"],
        ["Hi.", "PS bye"],
    ),
    (
        "detectable_content:postscript",
        {"postscript_marker": "P.P.S"},
        ["Hi.\nP.P.S Bye", "P.P.S. Bye"],
        ["P.S. Bye"],
    ),
    (
        "detectable_format:number_bullet_lists",
        {"num_bullets": 2},
        ["* a\n* b", "- a\n- b", "Here:\n* a\n- b"],
        ["* a", "* a\n* b\n* c", "** a\n** b"],
    ),
    (
        "detectable_format:constrained_response",
        {},
        ["My answer is yes.", "So: My answer is maybe."],
        ["Yes.", "my answer is yes"],
    ),
    (
        "detectable_format:number_highlighted_sections",
        {"num_highlights": 2},
        ["*one* and *two*", "**one** and *two*"],
        ["*one*", "** ** and *  *"],
    ),
    (
        "detectable_format:multiple_sections",
        {"section_spliter": "Section", "num_sections": 2},
        ["Section 1\na\nSection 2\nb"],
        ["Section 1\na", "a"],
    ),
    (
        "detectable_format:json_format",
        {},
        ['{"a": 1}', '```json\n{"a": 1}\n```', "```\n[1, 2]\n```"],
        ["a: 1", '{"a": 1} and more'],
    ),
    ("detectable_format:title", {}, ["<<A title>>\ntext"], ["<<>>", "<title>", "<< >>"]),
    (
        "combination:two_responses",
        {},
        ["one\n******\ntwo", "******one******two"],
        ["one", "one******one", "one************two", "a******b******c"],
    ),
    (
        "combination:repeat_prompt",
        {"prompt_to_repeat": "Say it."},
        ["Say it. I do.", "say it. Yes"],
        ["I say it."],
    ),
    (
        "startend:end_checker",
        {"end_phrase": "That is all."},
        ["x. That is all.", 'x. that is all."'],
        ["That is all. x"],
    ),
    ("startend:quotation", {}, ['"quoted"', ' "a" '], ["quoted", '"', '"half']),
    (
        "change_case:capital_word_frequency",
        {"capital_frequency": 2, "capital_relation": "at least"},
        ["NASA and ESA", "I am A B"],
        ["NASA and Esa"],
    ),
    (
        "change_case:capital_word_frequency",
        {"capital_frequency": 2, "capital_relation": "less than"},
        ["NASA and Esa"],
        ["NASA and ESA"],
    ),
    ("change_case:english_capital", {}, [ENGLISH.upper()], [ENGLISH, FRENCH.upper()]),
    ("change_case:english_lowercase", {}, [ENGLISH.lower()], [ENGLISH, FRENCH.lower()]),
    ("punctuation:no_comma", {}, ["one two"], ["one, two"]),
]


@pytest.mark.parametrize(("name", "given", "kept", "broken"), CASES)
def test_instruction(name: str, given: dict[str, Any], kept: list[str], broken: list[str]) -> None:
    assert [text for text in kept if not CHECKS[name](text, given)] == []
    assert [text for text in broken if CHECKS[name](text, given)] == []


def test_every_instruction_is_tested() -> None:
    assert {name for name, _, _, _ in CASES} == set(CHECKS)
    assert len(CHECKS) == 25


def _sample(*instructions: tuple[str, dict[str, Any]]) -> Sample:
    return Sample(
        id="1",
        input="?",
        meta={
            "instruction_id_list": [name for name, _ in instructions],
            "kwargs": [given for _, given in instructions],
        },
    )


def test_strict_and_loose() -> None:
    sample = _sample(
        ("punctuation:no_comma", {"num_words": None}),
        ("startend:end_checker", {"end_phrase": "Bye."}),
        ("detectable_format:number_bullet_lists", {"num_bullets": 3}),
    )
    score = ifeval("Sure, here it is:\n* one\n* two\nBye.", sample)
    assert score.value == 0
    assert score.metrics == {
        "prompt_strict": 0,
        "prompt_loose": 0,
        "instructions": 3,
        "instructions_strict": 1 / 3,
        "instructions_loose": 2 / 3,
    }
    assert "punctuation:no_comma" in score.why
    assert ifeval("* one\n* two\n* three\nBye.", sample).value == 1


def test_loose_sets_markdown_aside() -> None:
    score = ifeval(
        "**Hello you. That is all.**",
        _sample(("startend:end_checker", {"end_phrase": "That is all."})),
    )
    assert (score.metrics["prompt_strict"], score.metrics["prompt_loose"]) == (0, 1)


def test_bad_rows_are_named() -> None:
    with pytest.raises(WorkloadError, match="unknown instruction 'keywords:none'"):
        ifeval("x", _sample(("keywords:none", {})))
    with pytest.raises(WorkloadError, match="lacks its argument 'keywords'"):
        ifeval("x", _sample(("keywords:existence", {"keywords": None})))


def test_sentences() -> None:
    assert sentences("Mr. Smith paid $3.50. He left! Did he? Yes.") == [
        "Mr. Smith paid $3.50.",
        "He left!",
        "Did he?",
        "Yes.",
    ]
    assert sentences("A title\n\nThen text.") == ["A title", "Then text."]
    assert sentences("你好。再见。") == ["你好。", "再见。"]
    assert sentences("") == []
