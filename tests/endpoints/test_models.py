"""The lists of models that services give."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfbench.endpoints.models import parse_models


@pytest.mark.parametrize(
    ("answer", "names"),
    [
        (
            {"object": "list", "data": [{"id": "a", "object": "model"}, {"id": "lora"}]},
            ["a", "lora"],
        ),
        ({"models": [{"name": "x", "model": "x"}], "object": "list", "data": [{"id": "x"}]}, ["x"]),
        ({"models": [{"name": "qwen3:8b", "size": 1}]}, ["qwen3:8b"]),
        ([{"id": "a", "type": "chat"}, {"id": "b"}, {"id": "a"}], ["a", "b"]),
        (["a", "b"], ["a", "b"]),
        ({"model_id": "tgi", "model_dtype": "float16"}, ["tgi"]),
        ({"object": "list", "data": []}, []),
        ({"data": [{"id": None}, {"id": "b"}]}, ["b"]),
    ],
)
def test_shapes(answer: Any, names: list[str]) -> None:
    assert parse_models(json.dumps(answer).encode()) == names


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>", b"17", b"{}", b'{"data":{}}', b'{"data":[{}]}', b"[" * 100_000, b"\xff"],
)
def test_what_is_no_list_of_models_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - some messages are the JSON library's
        parse_models(body)


@given(st.lists(st.text(min_size=1), unique=True))
def test_every_name_is_kept_in_order(names: list[str]) -> None:
    body = json.dumps({"data": [{"id": name} for name in names]}).encode()
    assert parse_models(body) == names
