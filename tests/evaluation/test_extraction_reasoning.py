"""Reasoning is set aside, and nothing in it is an answer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfbench.evaluation.extraction.reasoning import split_reasoning

CASES = [
    ("The answer is 18.", "The answer is 18.", ""),
    ("<think>9*2</think>The answer is 18.", "The answer is 18.", "9*2"),
    ("<think>\n9*2\n</think>\n\nThe answer is 18.", "The answer is 18.", "9*2"),
    ("<think></think>\n18", "18", ""),
    ("<THINK>9</THINK>18", "18", "9"),
    ("< think >9</ think >18", "18", "9"),
    ("<thinking>9</thinking>18", "18", "9"),
    ("<reasoning>9</reasoning>18", "18", "9"),
    ("<thought>9</thought>18", "18", "9"),
    ("<seed:think>9</seed:think>18", "18", "9"),
    ("[THINK]9[/THINK]18", "18", "9"),
    ("◁think▷9◁/think▷18", "18", "9"),
    ("<think>The answer is 5", "", "The answer is 5"),
    ("The answer is 5.\n<think>or", "The answer is 5.", "or"),
    ("9*2 is easy.</think>The answer is 18.", "The answer is 18.", "9*2 is easy."),
    ("a</think>b</think>18", "18", "a</think>b"),
    ("<think>a</think>x<think>b</think>18", "x18", "a\nb"),
    ("<think>a <think>b</think> c</think>18", "18", "a <think>b\n c"),
    ("Use the `<think>` tag: 18", "Use the `<think>` tag: 18", ""),
    (
        "<|begin_of_thought|>9<|end_of_thought|><|begin_of_solution|>18<|end_of_solution|>",
        "18",
        "9",
    ),
    (
        "<|channel|>analysis<|message|>9*2<|end|><|start|>assistant<|channel|>final<|message|>18"
        "<|return|>",
        "18",
        "9*2",
    ),
    ("<|channel|>analysis<|message|>9*2 is", "", "9*2 is"),
    ("<|channel|>analysis<|message|>a<|end|><|channel|>commentary<|message|>b", "", "a\nb"),
    ("analysisWe need 9*2.assistantfinalThe answer is 18.", "The answer is 18.", "We need 9*2."),
    ("An analysis of 18", "An analysis of 18", ""),
]


@pytest.mark.parametrize(("text", "answer", "reasoning"), CASES)
def test_split(text: str, answer: str, reasoning: str) -> None:
    found = split_reasoning(text)
    assert (found[0], " ".join(found[1].split())) == (answer, " ".join(reasoning.split()))


TAGS = [
    ("<think>", "</think>"),
    ("<thinking>", "</thinking>"),
    ("<reasoning>", "</reasoning>"),
    ("◁think▷", "◁/think▷"),
    ("[THINK]", "[/THINK]"),
]
PLAIN = st.text(st.characters(exclude_characters="<>[]◁▷`|"), max_size=40).map(str.strip)


@given(st.sampled_from(TAGS), PLAIN, PLAIN, st.booleans())
def test_only_what_follows_the_reasoning_is_the_answer(
    tags: tuple[str, str], thought: str, answer: str, opened: bool
) -> None:
    text = (tags[0] if opened else "") + thought + tags[1] + answer
    if "assistantfinal" not in text:
        assert split_reasoning(text) == (answer, thought)


@given(PLAIN)
def test_a_text_without_marks_is_all_answer(text: str) -> None:
    if "assistantfinal" not in text:
        assert split_reasoning(text) == (text, "")
