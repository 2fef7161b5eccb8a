"""Settings of how well figures are known: repeats, and intervals."""

from __future__ import annotations

from perfbench.config.base import Settings
from perfbench.config.facts import setting


class StatisticsSettings(Settings):
    """How often it is measured, and what is said of chance."""

    repeat: int = setting(
        1,
        "Run every point of the sweep so many times, in rounds (first all points once, then all "
        "again); the spread between runs is shown, and compare uses it.",
        "Load",
        ge=1,
    )
    intervals: bool = setting(
        False,
        "Say how well one run knows each figure: 95 % intervals that respect autocorrelation.",
        "Output",
    )
