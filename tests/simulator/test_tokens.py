import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfbench.simulator import tokens

ids = st.lists(st.integers(0, 2**32 - 1), max_size=60)


@given(ids)
def test_ids_survive_the_round_trip(numbers):
    assert tokens.decode_ids(tokens.encode_ids(numbers)) == numbers


@given(st.text())
def test_a_text_and_its_token_ids_are_the_same_prompt(text):
    data = tokens.encode_text(text)
    assert tokens.count(data) == -(-len(text.encode()) // 4)
    assert tokens.encode_ids(tokens.decode_ids(data)) == data


@pytest.mark.parametrize("bad", [[-1], [2**32], ["a"], [1.5], [None]])
def test_what_is_no_token_id_is_refused(bad):
    with pytest.raises(ValueError, match="token ids"):
        tokens.encode_ids(bad)


@given(ids, ids, st.integers(1, 8))
def test_blocks_are_equal_exactly_as_far_as_the_prompts_are(first, second, size):
    one = tokens.block_keys(tokens.encode_ids(first), size)
    two = tokens.block_keys(tokens.encode_ids(second), size)
    assert len(one) == len(first) // size
    for block in range(min(len(one), len(two))):
        end = (block + 1) * size
        assert (one[block] == two[block]) == (first[:end] == second[:end])


def test_the_chat_template_keeps_roles_and_texts_and_names_other_parts():
    text = tokens.render_chat(
        [
            {"role": "system", "content": "Be brief."},
            {
                "role": "user",
                "content": [{"type": "text", "text": "What is it?"}, {"type": "image"}],
            },
            {"role": "assistant", "content": None},
        ]
    )
    assert text == (
        "<|system|>\nBe brief.\n<|user|>\nWhat is it?<|image|>\n<|assistant|>\n\n<|assistant|>\n"
    )
