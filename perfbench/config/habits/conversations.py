"""What a command line means by conversations, and by answers that are given up.

Durations are seconds here; AIPerf's delays are milliseconds.
"""

from __future__ import annotations

import math

from perfbench.config.alias import EVALSCOPE
from perfbench.config.habits.line import Line
from perfbench.errors import ConfigError


def read_conversations(line: Line) -> None:
    """Read turns, delays and cancellation.

    Raises:
        ConfigError: an amount is no number.
    """
    _turns(line)
    _delays(line)
    _cancellation(line)
    talks = str(line.settings.get("dataset", "")).endswith("_multi_turn")
    if talks and line.named and line.tool == EVALSCOPE and "number" in line.settings:
        flag = line.flags.pop("number")
        line.set("conversations", line.settings.pop("number"), flag)
        line.notes.append(f"{flag}: counts conversations (--conversations), as there")
    if "conversations" in line.settings:
        line.implied.pop("number", None)


def _turns(line: Line) -> None:
    mean, deviation = line.take("turns"), line.take("turns_stddev")
    if mean is None:
        return
    reach = math.sqrt(3) * _amount(deviation) if deviation is not None else 0.0
    least = max(1, round(_amount(mean) - reach))
    line.set("min_turns", str(least), mean[0])
    line.set("max_turns", str(max(least, round(_amount(mean) + reach))), mean[0])
    line.implied["dataset"] = "random_multi_turn"
    if deviation is not None and reach:
        line.notes.append(
            f"{deviation[0]}: turns are spread evenly, as wide as the normal ones there"
        )


def _delays(line: Line) -> None:
    mean, deviation = line.take("delay"), line.take("delay_stddev")
    if mean is None:
        return
    wait_s, spread_s = _amount(mean) / 1000, _amount(deviation) / 1000 if deviation else 0.0
    if deviation is None or not spread_s or not wait_s:
        line.set("think_time", f"{wait_s:g}", mean[0])
        return
    sigma = math.sqrt(math.log1p((spread_s / wait_s) ** 2))
    line.set("think_time", f"lognormal:{wait_s:g}:{sigma:.4g}", mean[0])
    line.notes.append(
        f"{deviation[0]}: delays are lognormal, of the same mean and deviation as the normal there"
    )


def _cancellation(line: Line) -> None:
    """AIPerf's percentage, and its delay in seconds."""
    share, delay = line.take("cancel_percent"), line.take("cancel_delay")
    if share is None:
        return
    line.set("cancel_rate", f"{_amount(share) / 100:g}", share[0])
    flag, value = delay or (share[0], "0")
    line.set("cancel_after", f"{_amount((flag, value)):g}", flag)


def _amount(given: tuple[str, object]) -> float:
    flag, value = given
    try:
        amount = float(str(value))
    except ValueError:
        raise ConfigError(f"{flag}: {value!r} is not a number") from None
    if not 0 <= amount < math.inf:
        raise ConfigError(f"{flag}: must be 0 or more (got {value!r})")
    return amount
