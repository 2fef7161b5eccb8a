"""Settings of a load test that asks several models (or LoRA adapters) of one service."""

from __future__ import annotations

import math
from typing import Annotated

from pydantic import field_validator, model_validator

from perfbench.config.base import Settings, Words
from perfbench.config.facts import setting
from perfbench.config.laws import ChoiceLaw


class ModelSettings(Settings):
    """Which models are asked, and how often each."""

    models: Annotated[list[str] | None, Words] = setting(
        None,
        "Ask several models or adapters of the service, as NAME or NAME=WEIGHT: each request one "
        "of them, drawn by weight.",
        "Target",
        metavar="NAME[=WEIGHT]",
    )
    model_choice: str = setting(
        "uniform",
        "How one of --models without weights is chosen: uniform, or zipf:EXPONENT in their order.",
        "Target",
        metavar="LAW",
    )

    @field_validator("model_choice")
    @classmethod
    def _law_of_models(cls, text: str) -> str:
        ChoiceLaw.of(text)
        return text

    @field_validator("models")
    @classmethod
    def _several(cls, models: list[str] | None) -> list[str] | None:
        if models is not None:
            names = [_parted(model)[0] for model in models]
            if not all(names):
                raise ValueError("a model is NAME or NAME=WEIGHT")
            if len(set(names)) < len(names) or len(names) < 2:
                raise ValueError("two or more different names; one alone is --model")
        return models

    @model_validator(mode="after")
    def _chosen(self) -> ModelSettings:
        weighted = [model for model in self.models or () if _parted(model)[1] is not None]
        if self.asks("model_choice"):
            if self.models is None:
                raise ValueError("--model-choice needs --models")
            if weighted:
                raise ValueError(f"--model-choice and a weight ({weighted[0]}): give one of them")
        return self

    @property
    def weighed_models(self) -> dict[str, float]:
        """The models to be asked with their weights, in their order; none where there is one."""
        given = [_parted(model) for model in self.models or ()]
        law = ChoiceLaw.of(self.model_choice).weights(len(given))
        return {
            name: by_law if weight is None else weight
            for (name, weight), by_law in zip(given, law, strict=True)
        }


def _parted(model: str) -> tuple[str, float | None]:
    """Name and weight. What stands behind the last ``=`` is a weight only if it is a number.

    Raises:
        ValueError: the weight is not above 0.
    """
    name, equals, text = model.rpartition("=")
    try:
        weight = float(text)
    except ValueError:
        return model, None
    if not equals:
        return model, None
    if not 0 < weight < math.inf:
        raise ValueError(f"{model}: a weight is above 0")
    return name, weight
