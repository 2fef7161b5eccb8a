"""Settings of drawn lengths, and of the prefixes that generated prompts share.

Lengths are tokens.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, field_validator, model_validator

from perfbench.config.base import Settings
from perfbench.config.facts import setting
from perfbench.config.laws import ChoiceLaw, LengthLaw

Law = Annotated[
    str | None, BeforeValidator(lambda value: str(value) if type(value) is int else value)
]
"""The words that name a law; a number alone is one too."""


class LengthSettings(Settings):
    """How long generated prompts and answers are, and what prompts have in common."""

    input_lengths: Law = setting(
        None,
        "Law of the lengths of generated prompts: 512, uniform:min=1,max=9, "
        "normal:mean=512,std=64 (lognormal alike; also min=, max=), zipf:exponent=1.2,max=4096 or "
        "file:FILE[:COLUMN].",
        "Workload",
        "tokens",
        metavar="LAW",
    )
    output_lengths: Law = setting(
        None,
        "Law of the output limits, one drawn for each request; --ignore-eos makes answers reach "
        "theirs.",
        "Workload",
        "tokens",
        metavar="LAW",
    )
    prefix_length: int = setting(
        0, "Shared prefix of generated prompts, added to their length.", "Workload", "tokens", ge=0
    )
    prefixes: int = setting(
        1, "Different shared prefixes, of which each prompt has one.", "Workload", ge=1
    )
    prefix_choice: str = setting(
        "uniform",
        "How a prompt's prefix is chosen: uniform, or zipf:EXPONENT.",
        "Workload",
        metavar="LAW",
    )

    @field_validator("input_lengths", "output_lengths")
    @classmethod
    def _laws_of_lengths(cls, text: str | None) -> str | None:
        if text is not None:
            LengthLaw.of(text)
        return text

    @field_validator("prefix_choice")
    @classmethod
    def _law_of_prefixes(cls, text: str) -> str:
        ChoiceLaw.of(text)
        return text

    @model_validator(mode="after")
    def _shared_beginning(self) -> LengthSettings:
        if self.asks("prefixes") and not self.prefix_length:
            raise ValueError("--prefixes needs --prefix-length")
        if self.asks("prefix_choice") and self.prefixes == 1:
            raise ValueError("--prefix-choice needs --prefixes")
        return self
