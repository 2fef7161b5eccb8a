"""Settings of users who do not wait for the end of an answer: which requests the client closes
amid their answers, and when.
"""

from __future__ import annotations

import random

from pydantic import field_validator, model_validator

from perfbench.config.base import Settings
from perfbench.config.conversations import Wait
from perfbench.config.facts import setting
from perfbench.config.waits import Drawn, read_drawn
from perfbench.types import Patience

_FIRST = "first-token"
_TOKENS = ("tokens", "token")


class CancelSettings(Settings):
    """How often and when answers are given up."""

    cancel_rate: float = setting(
        0.0,
        "Share of requests (0 to 1, drawn by the seed) whose connection the client closes amid the "
        "answer, as --cancel-after says: they count as abandoned, not as failed.",
        "Load",
        ge=0,
        le=1,
    )
    cancel_after: Wait = setting(
        None,
        "After how much of the answer: first-token, 5tokens, 200ms from the send, or drawn: "
        "exponential:2s, exponential:20tokens.",
        "Load",
        metavar="AMOUNT",
    )

    @field_validator("cancel_after")
    @classmethod
    def _amount(cls, text: str | None) -> str | None:
        if text is not None:
            _read(text)
        return text

    @model_validator(mode="after")
    def _together(self) -> CancelSettings:
        if self.cancel_rate and self.cancel_after is None:
            raise ValueError("--cancel-rate needs --cancel-after: 200ms, 5tokens or first-token")
        if self.cancel_after is not None and "cancel_rate" not in self.model_fields_set:
            raise ValueError("--cancel-after needs --cancel-rate: the share of requests")
        return self

    @property
    def cancels_at_tokens(self) -> bool:
        """Whether answers are given up at a token, which takes answers that are streamed."""
        return bool(self.cancel_rate and self.cancel_after and _read(self.cancel_after)[1])

    def patience(self, chance: random.Random) -> Patience | None:
        """That of one request, drawn."""
        if not self.cancel_rate or self.cancel_after is None or chance.random() >= self.cancel_rate:
            return None
        drawn, tokens = _read(self.cancel_after)
        amount = drawn.draw(chance)
        if tokens:
            return Patience(events=max(1, round(amount)))
        return Patience(wait_ns=round(amount * 1e9))


def _read(text: str) -> tuple[Drawn, bool]:
    """What is drawn, and whether it is tokens.

    Raises:
        ValueError: the text says neither a time nor tokens.
    """
    if text == _FIRST:
        return Drawn("constant", 1.0), True
    for word in _TOKENS:
        if text.endswith(word):
            drawn = read_drawn(text.removesuffix(word), None)
            if drawn.mean < 1:
                raise ValueError(f"{text!r}: an answer is given up at its first token or later")
            return drawn, True
    return read_drawn(text), False
