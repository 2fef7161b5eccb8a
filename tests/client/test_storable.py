"""What is kept of texts that no encoding takes as they came."""

from __future__ import annotations

import pytest

from perfbench.client.storable import text_of


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("plain", "plain"),
        ("日本", "日本"),
        ("\ud83c" + "\udf89!", "🎉!"),  # The halves came in two events.
        ("a\ud83d", "a?"),
        ("\udf89\ud83c", "??"),
        ("🎉\ud83d", "🎉?"),
        ({"a": "\ud83d"}, '{"a":"?"}'),
    ],
)
def test_halves_of_a_character_are_one_and_lone_ones_are_none(said: object, kept: str) -> None:
    assert text_of(said) == kept
