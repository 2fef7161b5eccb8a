"""Settings of what a load test is to reach: objectives, gates, and the search for the largest load.

Whether a figure that is named exists is not known here but in ``metrics.objectives``: a name that
does not is told before anything is sent. Limits of goodput are ms.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, field_validator, model_validator

from perfbench.config.base import Pairs, Settings
from perfbench.config.expressions import parted, read_expression
from perfbench.config.facts import setting
from perfbench.config.quantities import plain


def _as_expressions(value: Any) -> Any:
    """A list of expressions; one text may hold several, as a variable must."""
    return parted(value) if isinstance(value, str) else value


def _as_pairs(value: Any) -> Any:
    """Words apart: ``"ttft:200 tpot:30"`` is two pairs, as it is for AIPerf."""
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, (list, tuple)) or str(texts[:1]).lstrip("['\"").startswith("{"):
        return value
    words = [word for text in texts for word in str(text).replace(",", " ").split()]
    names = [re.split("[:=]", word)[0] for word in words]
    for name, word in zip(names, words, strict=True):
        if name == word:
            raise ValueError(f"{word!r} has no limit: NAME:MS, such as ttft:200")
        if names.count(name) > 1:
            raise ValueError(f"{name} stands there twice")
    return words


def _as_limits(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return {_OURS.get(name, name): plain(limit, "ms") for name, limit in value.items()}


_OURS = {
    "e2el": "e2e",
    "time_to_first_token": "ttft",
    "inter_token_latency": "tpot",
    "request_latency": "e2e",
}
"""What vLLM and AIPerf call them; AIPerf's inter-token latency of a request is a TPOT."""


Expressions = BeforeValidator(_as_expressions)
Limits = BeforeValidator(_as_limits)


class ObjectiveSettings(Settings):
    """What the figures are held against, and what follows."""

    slo: Annotated[list[str], Expressions] = setting(
        [],
        "Objectives that each point is held against: figures of summary.json with a limit, such as "
        '"ttft_ms.p99<=200" "error_rate<1%".',
        "Objectives",
        metavar="EXPR",
    )
    goodput: Annotated[dict[str, float], Limits, Pairs, BeforeValidator(_as_pairs)] = setting(
        {},
        "Limits that a request must keep to count as good, in ms: ttft:200 tpot:30 e2e:5000.",
        "Objectives",
        metavar="NAME:MS",
    )
    fail_if: Annotated[list[str], Expressions] = setting(
        [],
        "End with status 3 if one of these holds for a point, or cannot be said; also "
        '"ttft_ms.p99 worse than RUN by 5%".',
        "Objectives",
        metavar="EXPR",
        figures=False,
    )
    abort_if: Annotated[list[str], Expressions] = setting(
        [],
        "Stop the run as soon as one of these holds for what has finished of a point, and end with "
        "status 3; see docs/objectives.md for when that is asked.",
        "Objectives",
        metavar="EXPR",
    )
    search: Literal["parallel", "rate"] | None = setting(
        None, "Find the largest load that meets --slo and --goodput.", "Objectives"
    )
    search_min: float = setting(1.0, "Smallest load of --search.", "Objectives", gt=0)
    search_max: float = setting(4096.0, "Largest load of --search.", "Objectives", gt=0)
    search_tolerance: float = setting(
        0.05,
        "How far the load found may be below one that is too much, as a share of it.",
        "Objectives",
        gt=0,
        le=1,
    )
    search_confidence: float = setting(
        0.95,
        "Confidence that the load found meets the objectives, and that the one above does not.",
        "Objectives",
        ge=0.5,
        le=0.9999,
    )
    search_share: float = setting(
        0.99,
        "With --search, the share of requests that must keep --goodput.",
        "Objectives",
        gt=0,
        le=0.9999,
    )

    @field_validator("slo", "fail_if", "abort_if")
    @classmethod
    def _well_formed(cls, texts: list[str]) -> list[str]:
        for text in texts:
            read_expression(text)
        return texts

    @field_validator("goodput")
    @classmethod
    def _above_nothing(cls, limits: dict[str, float]) -> dict[str, float]:
        if not all(0 < limit < float("inf") for limit in limits.values()):
            raise ValueError("a limit must be above 0")
        return limits

    @property
    def judged_metrics(self) -> set[str]:
        """Metrics of requests that --slo, --goodput and the gates are about, such as ttft_ms."""
        texts = [*self.slo, *self.fail_if, *self.abort_if]
        limits = [limit for text in texts for limit in read_expression(text).limits]
        return {limit.figure.partition(".")[0] for limit in limits} | {
            name if name.endswith("_ms") else f"{name}_ms" for name in self.goodput
        }

    @model_validator(mode="after")
    def _search_can_act(self) -> ObjectiveSettings:
        if self.search is None:
            for key in (
                *("search_min", "search_max", "search_tolerance"),
                *("search_confidence", "search_share"),
            ):
                if self.asks(key):
                    flag = "--" + key.replace("_", "-")
                    raise ValueError(f"{flag} needs --search parallel or --search rate")
            return self
        if not self.slo and not self.goodput:
            raise ValueError("--search needs --slo or --goodput: what the load is to meet")
        if self.search_min > self.search_max:
            raise ValueError("--search-min is above --search-max")
        if self.asks("search_share") and not self.goodput:
            raise ValueError("--search-share is a share of the requests that keep --goodput")
        if self.search == "parallel" and not (
            self.search_min.is_integer() and self.search_max.is_integer()
        ):
            raise ValueError("--search parallel: requests in flight are whole numbers")
        return self
