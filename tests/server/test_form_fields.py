"""Forms made of the settings tree: every setting has its field, and what a form says is what was
meant."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st
from test_cli import ARENA_VALUES, EVAL_VALUES, NEEDS, VALUES

from perfbench.config import public, validated
from perfbench.config.loading import problems
from perfbench.config.secrets import masked
from perfbench.server.checked import understood
from perfbench.server.fields import Field, fields_of, filled, given, shown_again
from perfbench.server.queue import Command
from perfbench.server.vetting import OURS, model_of

COMMANDS: tuple[Command, ...] = ("perf", "eval", "arena")
MORE: dict[str, Any] = {
    "model_configs": {"a": {"url": "http://h", "temperature": 0.5, "stop": ["x\n"]}},
    "simulator": {"ttft_ms": 5, "prefix_cache": False, "adapters": ["a", "b"], "usage": "late"},
}
"""Settings that are no options."""


def values_of(command: Command) -> dict[str, Any]:
    """A valid value of every setting of a command."""
    own = VALUES if command == "perf" else {**VALUES, **EVAL_VALUES}
    known = {**own, **(ARENA_VALUES if command == "arena" else {})}
    plain = {**{key: value for key, (_, value) in known.items()}, **MORE}
    return {key: plain[key] for key in model_of(command).model_fields}


def texts(command: Command, values: dict[str, Any]) -> dict[str, list[str]]:
    """A form as a browser sends it that has these values: line ends as forms have them."""
    shown = filled(command, values)
    assert not shown.again
    return {name: [text.replace("\n", "\r\n")] for name, text in shown.texts.items()}


CASES: list[tuple[Command, str]] = [
    *(("perf", key) for key in (*VALUES, "simulator")),
    *(("eval", key) for key in sorted({*EVAL_VALUES, "model_configs"} - VALUES.keys())),
    *(("arena", key) for key in ARENA_VALUES),
]


@pytest.mark.parametrize(("command", "key"), CASES)
def test_what_a_form_shows_is_what_it_gives(command: Command, key: str) -> None:
    wanted = {**NEEDS.get(key, {}), key: values_of(command)[key]}
    model = model_of(command)
    assert not problems(model, wanted)
    found = given(command, texts(command, wanted))
    assert public(validated(model, found)) == public(validated(model, wanted))
    assert set(found) <= set(wanted)
    settled = understood(command, found)
    assert public(validated(model, settled)) == public(validated(model, wanted))
    json.dumps(settled)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_setting_has_a_field(command: Command) -> None:
    fields = fields_of(command)
    names = [field.name for field in fields]
    assert len(set(names)) == len({field.id for field in fields}) == len(names)
    assert {name.partition(".")[0] for name in names} == set(model_of(command).model_fields)
    everyday = [field.name for field in fields if field.group == "Everyday"]
    assert everyday == list(model_of(command).everyday) == names[: len(everyday)]
    assert all(field.help for field in fields)
    assert set(OURS) <= {*names, "dry_run"}


def field(command: Command, name: str) -> Field:
    return next(each for each in fields_of(command) if each.name == name)


def test_fields_say_what_the_tree_says() -> None:
    api = field("perf", "api")
    assert (api.kind, api.default, api.is_open) == ("select", "openai", False)
    assert dict((each.value, each.text) for each in api.choices)["tgi"].startswith("Text Gen")
    assert {each.value for each in field("eval", "datasets").choices} >= {"gsm8k", "mmlu"}
    assert field("perf", "dataset").is_open
    assert field("perf", "read_timeout").limits == "above 0"
    assert field("perf", "read_timeout").unit == "s"
    assert [field("perf", name).kind for name in ("url", "stop", "headers", "extra_args")] == [
        *("words", "lines", "pairs", "json")
    ]
    assert field("eval", "url").kind == "text"
    assert [field("perf", name).is_secret for name in ("api_key", "headers", "model")] == [
        *(True, True, False)
    ]
    assert (field("perf", "stream").on, field("perf", "ignore_eos").on) == (True, False)


def test_an_empty_form_gives_nothing() -> None:
    for command in COMMANDS:
        empty = {
            each.name: ["on" if each.on else "off"] if each.kind == "switch" else [""]
            for each in fields_of(command)
        }
        assert given(command, empty) == {}


def test_switches_are_given_where_they_differ() -> None:
    # A browser sends the hidden input, and behind it the box if it is ticked.
    assert given("perf", {"stream": ["off"], "verbose": ["off", "on"]}) == {
        **{"stream": False, "verbose": True}
    }
    assert given("perf", {"stream": ["off", "on"], "verbose": ["off"]}) == {}


def test_lists_may_stand_in_several_inputs() -> None:
    form = {"datasets": ["gsm8k", "mmlu", "own.jsonl, more.csv"]}
    assert given("eval", form) == {"datasets": ["gsm8k", "mmlu", "own.jsonl", "more.csv"]}


def test_a_comma_is_a_part_of_a_url() -> None:
    address = "http://h/v1?x=1,2"
    assert given("perf", {"url": [address]}) == {"url": [address]}


def test_urls_stand_in_a_line_and_paths_in_lines_of_their_own() -> None:
    assert given("perf", {"metrics_url": ["h:1/m?x=1,2 i:2"]}) == {
        "metrics_url": ["h:1/m?x=1,2", "i:2"]
    }
    assert given("arena", {"runs": ["my runs/a\r\nb"]}) == {"runs": ["my runs/a", "b"]}


def test_null_is_given_where_it_is_not_the_default() -> None:
    assert given("perf", {"max_tokens": ["none"]}) == {"max_tokens": None}
    assert given("perf", {"total_timeout": ["none"]}) == {"total_timeout": None}
    assert filled("perf", {"total_timeout": None}).texts == {"total_timeout": "none"}
    assert filled("perf", {"duration": None}).texts == {}


@pytest.mark.parametrize(
    ("name", "text"), [("model_configs", "a: ["), ("extra_args", "{"), ("extra_args", "x")]
)
def test_what_cannot_be_read_is_a_problem_of_its_field(name: str, text: str) -> None:
    found = problems(model_of("eval"), given("eval", {name: [text]}))
    assert [each.setting for each in found] == [name]


KEY = "sk-4711-secret-of-somebody"


def test_secrets_are_not_shown_again() -> None:
    form = {
        "api_key": [KEY],
        "headers": [f"X-Key={KEY}\r\nAccept=text/plain"],
        "extra_args": [json.dumps({"min_p": 0.1, "token": KEY})],
        "parallel": ["two"],
        "url": [f"http://user:{KEY}@h"],
        "model": ["m"],
    }
    again = shown_again("perf", form)
    assert KEY not in str(again)
    assert again.again == {"api_key", "headers", "extra_args", "url"}
    assert again.texts["parallel"] == "two"
    assert json.loads(again.texts["extra_args"]) == {"min_p": 0.1}
    assert KEY not in str(shown_again("perf", {"extra_args": ['{"token": "' + KEY]}))
    named = {"model_configs": [f"a:\n  url: http://h\n  api_key: {KEY}\n"]}
    models = shown_again("eval", named)
    assert (KEY in str(models), "http://h" in models.texts["model_configs"]) == (False, True)


def test_masks_of_a_run_are_left_out() -> None:
    shown = filled("perf", masked({"api_key": KEY, "headers": {"X": KEY}, "number": [3]}))
    assert shown.texts == {"number": "3"}
    assert shown.again == {"api_key", "headers"}


def test_names_of_other_tools_are_filled_in_as_ours() -> None:
    assert filled("eval", {"eval_batch_size": 3}).texts == {"parallel": "3"}


TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0\r"))


@settings(max_examples=30)
@drawn(st.lists(TEXT, min_size=1).filter(any))
def test_texts_on_lines(values: list[str]) -> None:
    assert given("perf", texts("perf", {"stop": values})) == {"stop": values}


@settings(max_examples=30)
@drawn(st.dictionaries(TEXT.filter(bool), TEXT, min_size=1).filter(lambda d: masked(d) == d))
def test_pairs(values: dict[str, str]) -> None:
    form = texts("perf", {"metrics_map": values})
    found = given("perf", form)["metrics_map"]
    assert (found if isinstance(found, dict) else dict(p.split("=", 1) for p in found)) == values


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner),
    max_leaves=5,
)


@settings(max_examples=30)
@drawn(st.dictionaries(TEXT, JSON, min_size=1).filter(lambda d: masked(d) == d))
def test_objects(values: dict[str, Any]) -> None:
    assert given("perf", texts("perf", {"extra_args": values})) == {"extra_args": values}


@settings(max_examples=30)
@drawn(st.dictionaries(st.sampled_from([f.name for f in fields_of("perf")]), TEXT))
def test_anything_in_a_form_is_right_or_a_problem(form: dict[str, str]) -> None:
    found = given("perf", {name: [text] for name, text in form.items()})
    for problem in problems(model_of("perf"), found):
        assert "\n" not in str(problem).strip() or "\n" in "".join(form.values())
    shown_again("perf", {name: [text] for name, text in form.items()})
