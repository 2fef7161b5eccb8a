import json
from statistics import mean

from hypothesis import given
from hypothesis import strategies as st

from perfbench.simulator.output import WORDS, call_tool, draw, open_length, speak


def test_draws_are_uniform_and_repeatable():
    draws = [draw(7, number, 3) for number in range(4000)]
    assert draws == [draw(7, number, 3) for number in range(4000)]
    assert 0 <= min(draws) < 0.01
    assert 0.99 < max(draws) < 1
    assert abs(mean(draws) - 0.5) < 0.02
    assert draws[:50] != [draw(8, number, 3) for number in range(50)]


@given(st.integers(1, 500), st.integers(), st.integers(0, 10**9))
def test_open_lengths_stay_around_the_mean(size, seed, number):
    assert size / 2 <= open_length(size, seed, number) <= size * 1.5


def test_open_lengths_have_the_mean_that_was_asked_for():
    assert abs(mean(open_length(24, 0, number) for number in range(4000)) - 24) < 0.5


@given(st.integers(0, 10**6), st.integers(0, 200), st.integers(0, 250))
def test_every_token_is_a_word_and_reasoning_comes_first(start, tokens, reasoning):
    output = speak(start, tokens, reasoning, (), "length")
    assert [*output.reasoning, *output.content] == [
        WORDS[(start + i) % len(WORDS)] for i in range(tokens)
    ]
    assert len(output.reasoning) == min(reasoning, tokens)
    assert (output.tokens, output.finish) == (tokens, "length")


whole = "".join(WORDS)
stops = st.lists(
    st.tuples(st.integers(0, len(whole) - 1), st.integers(1, 9)).map(
        lambda cut: whole[cut[0] : cut[0] + cut[1]]
    ),
    min_size=1,
    max_size=3,
)


@given(st.integers(0, 15), st.integers(1, 60), st.integers(0, 5), stops)
def test_the_answer_ends_before_the_first_stop_string(start, tokens, reasoning, stop):
    plain = speak(start, tokens, reasoning, (), "length")
    output = speak(start, tokens, reasoning, stop, "length")
    full, text = "".join(plain.content), "".join(output.content)
    found = [full.find(one) for one in stop if one in full]
    assert text == (full[: min(found)] if found else full)
    assert output.finish == ("stop" if found else "length")
    assert output.reasoning == plain.reasoning
    assert len(output.reasoning) + len(output.content) <= output.tokens <= plain.tokens
    if not found:
        assert output.tokens == plain.tokens


@given(st.integers(0, 100), st.integers(1, 60))
def test_tool_arguments_are_json_whatever_their_length(start, tokens):
    output = call_tool(start, tokens)
    assert len(output.content) == output.tokens == tokens
    assert isinstance(json.loads("".join(output.content)), dict)
    assert output.finish == "tool_calls"
