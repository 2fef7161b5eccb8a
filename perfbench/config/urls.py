"""How a load test that asks several services shares its requests among them."""

from __future__ import annotations

from perfbench.config.base import Settings
from perfbench.config.facts import setting
from perfbench.types import UrlStrategy


class UrlSettings(Settings):
    """Which of several URLs a request goes to."""

    url_strategy: UrlStrategy = setting(
        "round_robin",
        "Which of several --url a request goes to: the next in turn, or the one where each worker "
        "has the fewest in flight. A conversation stays where it began.",
        "Target",
    )
