"""What the events of a response amount to: texts, tool calls, token counts."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfbench.client.answer import Answer
from perfbench.types import Delta, Record, Usage

STOP = Delta(finish="stop")


def fold(*deltas: Delta, stream: bool = True) -> Record:
    """The record of these deltas, the first at 1000 ns and each 10 ns after the one before."""
    answer = Answer()
    answer.add(deltas, range(1000, 1000 + 10 * len(deltas), 10))
    record = Record(seq=0, sample_id="0", stream=stream)
    answer.fill(record)
    return record


def stated(
    output: int | None,
    cached: int | None = None,
    thought: int | None = None,
    apart: bool = True,
    **more: Any,
) -> Delta:
    """Usage of a prompt of 5 tokens, in an event without choices unless said otherwise."""
    return Delta(usage=Usage(5, output, cached, thought), usage_apart=apart, **more)


def beside(output: int, choice: int, finish: str | None = None) -> Delta:
    """Usage in an event of one choice."""
    return stated(output, apart=False, choice=choice, finish=finish)


def end(choice: int) -> Delta:
    return Delta(finish="stop", choice=choice)


def tokens(record: Record) -> list[int] | None:
    return None if record.event_tokens is None else list(memoryview(record.event_tokens).cast("H"))


def test_nothing_said() -> None:
    record = fold()
    assert record == Record(seq=0, sample_id="0")


def test_only_events_with_content_are_stamped() -> None:
    record = fold(
        Delta(response_id="r1"), Delta(text="a"), Delta(), Delta(text="b"), STOP, stated(2)
    )
    assert record.event_ns == [1010, 1030]
    assert (record.text, record.finish, record.response_id) == ("ab", "stop", "r1")
    assert record.usage == Usage(5, 2)


def test_reasoning_comes_before_the_first_content() -> None:
    record = fold(Delta(reasoning="h"), Delta(reasoning="m"), Delta(text="a"), Delta(reasoning="!"))
    assert (record.first_ns, record.first_content_ns) == (1000, 1020)
    assert (record.reasoning, record.text) == ("hm!", "a")


def test_reasoning_alone_has_no_content() -> None:
    assert fold(Delta(reasoning="h")).first_content_ns is None


def test_a_tool_call_is_content() -> None:
    record = fold(Delta(reasoning="h"), Delta(tool_calls=[{"function": {"name": "f"}}]))
    assert record.first_content_ns == 1010


def test_a_whole_body_stamps_nothing() -> None:
    record = fold(Delta(text="ab", finish="stop"), stream=False)
    assert (record.text, record.first_ns, record.first_content_ns) == ("ab", None, None)
    assert (record.events, record.event_tokens) == (0, None)


def test_tool_calls_are_merged_by_index() -> None:
    def fragment(index: int, **function: str) -> Delta:
        more = {"id": function.pop("id")} if "id" in function else {}
        return Delta(tool_calls=[{"index": index, "function": function, **more}])

    record = fold(
        fragment(1, id="call_b", name="g", arguments=""),
        fragment(0, id="call_a", name="f", arguments='{"x"'),
        fragment(1, arguments="{}"),
        fragment(0, arguments=": 1}"),
    )
    assert record.tool_calls == [
        {"id": "call_a", "type": "function", "function": {"name": "f", "arguments": '{"x": 1}'}},
        {"id": "call_b", "type": "function", "function": {"name": "g", "arguments": "{}"}},
    ]


def test_tool_calls_of_different_choices_stay_apart() -> None:
    call = [{"index": 0, "function": {"name": "f", "arguments": "{}"}}]
    record = fold(Delta(tool_calls=call), Delta(tool_calls=call, choice=1))
    assert record.tool_calls is not None
    assert [each["function"]["arguments"] for each in record.tool_calls] == ["{}", "{}"]


def test_texts_of_choices_are_told_apart() -> None:
    record = fold(
        Delta(text="b1", choice=1), Delta(text="a1"), Delta(reasoning="y", choice=1),
        Delta(text="b2", choice=1), Delta(reasoning="x"), Delta(finish="length", choice=2),
        STOP, Delta(finish="eos", choice=1),
    )  # fmt: skip
    assert (record.text, record.more_texts, record.reasoning) == ("a1", ["b1b2", ""], "xy")
    assert record.finish == "stop"


def test_several_choices_in_one_event_are_one_arrival() -> None:
    both = Delta(text="a", tokens=3, more=[Delta(text="b", choice=1, reasoning="r", finish="eos")])
    empty = Delta(more=[Delta(choice=1)])
    late = Delta(more=[Delta(choice=1, text="c")], tokens=1)
    record = fold(empty, both, late, STOP)
    assert record.event_ns == [1010, 1020]
    assert (record.text, record.more_texts, record.reasoning) == ("a", ["bc"], "r")
    assert tokens(record) == [3, 1]
    assert (record.first_content_ns, record.finish) == (1010, "stop")


def test_an_answer_is_complete_when_every_choice_is() -> None:
    answer = Answer()
    answer.add([Delta(text="a"), Delta(text="b", choice=1)], [1, 2])
    assert not answer.complete
    answer.add([Delta(finish="stop", choice=1)], [3])
    assert not answer.complete
    answer.add([STOP], [4])
    assert answer.complete


@given(st.lists(st.builds(Usage, *[st.none() | st.integers(0, 9)] * 4), min_size=1))
def test_each_count_of_one_choice_is_the_latest_stated(usages: list[Usage]) -> None:
    record = fold(Delta(text="a"), *(Delta(usage=usage) for usage in usages))
    assert record.usage is not None
    for name in ("input_tokens", "output_tokens", "cached_tokens", "reasoning_tokens"):
        known = [count for usage in usages if (count := getattr(usage, name)) is not None]
        assert getattr(record.usage, name) == (known[-1] if known else None)


class TestTokensOfEvents:
    def test_as_the_events_say(self) -> None:
        assert tokens(fold(Delta(text="a", tokens=1), Delta(text="b", tokens=4), STOP)) == [1, 4]

    def test_from_the_growth_of_running_usage(self) -> None:
        record = fold(
            stated(0, apart=False),
            stated(1, apart=False, text="a"),
            stated(5, apart=False, text="b"),
            stated(5),
        )
        assert tokens(record) == [1, 4]

    def test_tokens_that_showed_no_text_count_with_the_next_event(self) -> None:
        """A character of several tokens: nothing can be shown until the last of them."""
        record = fold(
            stated(1, apart=False, text="a"),
            stated(2, apart=False),
            stated(3, apart=False),
            stated(4, apart=False, text="é"),
        )
        assert tokens(record) == [1, 3]

    @pytest.mark.parametrize(
        "deltas",
        [
            [Delta(text="a", tokens=1), Delta(text="b")],
            [stated(1, apart=False, text="a"), stated(1, apart=False, text="b")],
            [stated(2, apart=False, text="a"), stated(1, apart=False, text="b")],
            [Delta(text="a", tokens=70_000)],
            [stated(None, apart=False, text="a")],
            [Delta(text="a"), Delta(text="b"), stated(2)],
        ],
    )
    def test_unknown_unless_every_event_says(self, deltas: list[Delta]) -> None:
        assert fold(*deltas).event_tokens is None

    def test_running_usage_of_several_choices_counts_no_events(self) -> None:
        record = fold(stated(1, apart=False, text="a"), stated(2, apart=False, text="x", choice=1))
        assert record.event_tokens is None

    def test_events_of_several_choices_that_say_themselves(self) -> None:
        record = fold(Delta(text="a", tokens=2), Delta(text="x", choice=1, tokens=3))
        assert tokens(record) == [2, 3]


class TestUsageOfSeveralChoices:
    """Output tokens are right or unknown, whatever the server means by ``usage``."""

    def test_total_at_the_end(self) -> None:
        """OpenAI, SGLang."""
        record = fold(Delta(text="a"), Delta(text="x", choice=1), STOP, end(1), stated(7))
        assert record.usage == Usage(5, 7)

    def test_running_usage_of_each_choice_and_the_total_at_the_end(self) -> None:
        """vLLM with ``continuous_usage_stats``."""
        record = fold(
            stated(0, apart=False),
            stated(0, apart=False, choice=1),
            stated(3, apart=False, text="a"),
            stated(2, apart=False, text="x", choice=1),
            stated(3, apart=False, finish="stop"),
            stated(4, apart=False, text="y", choice=1),
            stated(4, apart=False, choice=1, finish="stop"),
            stated(7),
        )
        assert record.usage == Usage(5, 7)

    def test_one_for_each_choice_when_it_is_finished(self) -> None:
        """llama.cpp."""
        record = fold(
            Delta(text="a"), Delta(text="x", choice=1),
            end(1), stated(4, cached=2, thought=1), STOP, stated(3, cached=2, thought=0),
        )  # fmt: skip
        assert record.usage == Usage(5, 7, 2, 1)

    def test_cached_tokens_that_differ_between_choices_are_unknown(self) -> None:
        record = fold(
            Delta(text="a"), Delta(text="x", choice=1),
            end(1), stated(4, cached=0), STOP, stated(3, cached=5),
        )  # fmt: skip
        assert record.usage == Usage(5, 7, None)

    def test_total_beside_the_last_choice(self) -> None:
        record = fold(Delta(text="a"), Delta(text="x", choice=1), STOP, beside(7, 1, "stop"))
        assert record.usage == Usage(5, 7)

    def test_choices_of_one_body(self) -> None:
        more = [Delta(text="x", choice=1, finish="stop")]
        record = fold(stated(7, text="a", finish="stop", more=more), stream=False)
        assert record.usage == Usage(5, 7)

    @pytest.mark.parametrize(
        "deltas",
        [
            pytest.param([beside(3, 0, "stop"), beside(4, 1, "stop")], id="beside each choice"),
            pytest.param([beside(3, 0, "stop"), end(1)], id="beside the first choice to finish"),
            pytest.param([STOP, stated(3)], id="cut after the first choice"),
            pytest.param([STOP, end(1), stated(3), stated(4)], id="two at the end"),
            pytest.param([stated(1), stated(2), STOP, end(1)], id="running totals"),
            pytest.param([STOP, stated(3), stated(4), end(1)], id="one too early"),
            pytest.param([STOP, stated(3), end(1), stated(None)], id="one of them says nothing"),
            pytest.param([STOP, end(1), stated(7), beside(4, 1)], id="more after the total"),
        ],
    )
    def test_unknown_where_it_is_not_certain(self, deltas: list[Delta]) -> None:
        record = fold(Delta(text="a"), Delta(text="x", choice=1), *deltas)
        assert record.usage == Usage(5, None)

    def test_absent(self) -> None:
        assert fold(Delta(text="a"), Delta(text="x", choice=1), STOP, end(1)).usage is None
