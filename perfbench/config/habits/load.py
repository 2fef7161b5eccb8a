"""How hard a command line means to load the service: rates, requests in flight, how many."""

from __future__ import annotations

import math
from itertools import pairwise

from perfbench.config.alias import AIPERF, GUIDELLM, SGLANG, VLLM
from perfbench.config.habits.line import Line, words
from perfbench.config.quantities import plain
from perfbench.errors import ConfigError

_STEPS = 10
"""Loads of GuideLLM's sweep where their number is left out."""
_PIECES = 10
"""Stages in which vLLM's exponential ramp is followed: each has as many requests."""
_THROUGHPUT = 512
"""Requests in flight of GuideLLM's throughput profile where they are not bounded."""


def read_load(line: Line) -> None:
    """Read ``number``, ``parallel``, ``rate``, ``arrival``, ``stages`` and ``ramp``.

    Raises:
        ConfigError: flags contradict each other, or a profile is unknown or incomplete.
    """
    unlimited = _drop_unlimited(line)
    _profile(line)
    _ramp_up(line)
    _users(line)
    _all_at_once(line)
    if unlimited and {"parallel", "stages"}.isdisjoint(line.settings | line.implied):
        line.notes.append(
            f"{unlimited}: no rate is a closed loop, here of one request at a time; --parallel is "
            "how many are in flight"
        )
    if line.named and line.tool == AIPERF and {"number", "duration"}.isdisjoint(line.settings):
        levels = words(line.settings.get("parallel", "1"), "parallel")
        line.implied["number"] = [
            str(max(10, 2 * int(level))) for level in levels if level.isdecimal()
        ]


def _all_at_once(line: Line) -> None:
    """vLLM and SGLang send all prompts at time 0, unless a rate, a bound or a trace is given."""
    prompts = line.take("num_prompts")
    if prompts is None and line.named and line.tool in (VLLM, SGLANG):
        line.implied["number"] = "1000"
    elif prompts is None:
        return
    else:
        line.set("number", prompts[1], prompts[0])
    timed = line.parts.get("dataset", ("", ""))[1] == "mooncake"
    if {"parallel", "rate", "stages"}.isdisjoint(line.settings) and not timed:
        line.implied["parallel"] = prompts[1] if prompts else "1000"
        line.notes.append(
            f"without a rate and --max-concurrency all {line.implied['parallel']} requests are in "
            "flight at once, as there; --parallel bounds them"
        )


def _drop_unlimited(line: Line) -> str | None:
    """Take a rate that is none out of the line: ``-1`` and ``inf`` are a closed loop. The flag."""
    if (given := line.take("request_rate")) is not None:
        line.set("rate", given[1], given[0])
    rates = {word.lower() for word in words(line.settings.get("rate", []), "rate")}
    if not rates or not rates <= {"-1", "-1.0", "inf", "infinity"}:
        return None
    for key in ("burstiness", "arrival"):
        if line.settings.pop(key, None) is not None:
            line.notes.append(f"{line.flags[key]}: without a rate nothing arrives by a law")
    del line.settings["rate"]
    return line.flags.pop("rate")


def _profile(line: Line) -> None:
    given = line.take("profile")
    if given is None:
        if line.tool != GUIDELLM or {"rate", "parallel"} & line.settings.keys():
            return
        line.implied["parallel"] = _levels(line, "sweep", [], "--profile")
        return
    flag, profile = given
    rates = words(line.settings.get("rate", []), "rate")
    if profile is None:
        line.notes.append(f"{flag}: the service's profiler is not started")
    elif profile in ("constant", "async", "poisson"):
        line.implied["arrival"] = "poisson" if profile == "poisson" else "constant"
        if not rates:
            raise ConfigError(f"{flag} {profile} needs --rate")
    elif profile in ("concurrent", "throughput", "synchronous", "sweep"):
        line.settings.pop("rate", None)
        line.set("parallel", _levels(line, profile, rates, flag), flag)
    else:
        raise ConfigError(
            f"{flag} {profile}: known are constant, poisson, concurrent, throughput, synchronous "
            "and sweep"
        )


def _levels(line: Line, profile: str, rates: list[str], flag: str) -> list[str]:
    """Requests in flight of the points that a closed-loop profile goes through."""
    if profile == "synchronous":
        return ["1"]
    if profile == "throughput":
        return rates or [str(_THROUGHPUT)]
    if profile == "concurrent":
        if not rates:
            raise ConfigError(f"{flag} concurrent needs --rate")
        return rates
    if rates and not (len(rates) == 1 and rates[0].isdecimal() and 0 < int(rates[0]) <= 20):
        raise ConfigError(f"{flag} sweep: --rate is the number of loads, 1 to 20")
    steps = int(rates[0]) if rates else _STEPS
    line.notes.append(
        f"sweep: loads of 1 to {2 ** (steps - 1)} requests in flight, doubling; GuideLLM goes "
        "through rates between the slowest and the fastest that it finds"
    )
    return [str(2**step) for step in range(steps)]


def _ramp_up(line: Line) -> None:
    """vLLM's ramp, in which each request has a rate of its own: that of request i of n lies
    between the first's and the last's. Where it grows by equal steps with the requests, it grows by
    equal factors over time."""
    given = [line.take(part) for part in ("ramp_strategy", "ramp_start", "ramp_end")]
    if not any(given):
        return
    if None in given:
        raise ConfigError(
            "--ramp-up-strategy, --ramp-up-start-rps and --ramp-up-end-rps: give all three"
        )
    (flag, strategy), (_, first), (_, last) = (each for each in given if each is not None)
    prompts = line.parts.get("num_prompts")
    start, end = _number(first, "--ramp-up-start-rps"), _number(last, "--ramp-up-end-rps")
    count = _number(plain(prompts[1] if prompts else "1000", None), "--num-prompts")
    if strategy not in ("linear", "exponential"):
        raise ConfigError(f"{flag} {strategy}: known are linear and exponential")
    if not 0 < start < end:
        raise ConfigError(f"{flag}: --ramp-up-start-rps must be above 0 and below the end")
    if prompts is None:
        line.implied["number"] = "1000"
    if strategy == "linear":
        ramp = {"rate": end, "ramp": _climb_s(start, end, count), "ramp_from": start}
        for key, value in ramp.items():
            line.set(key, f"{value:.9g}", flag)
        line.set("ramp_law", "exponential", flag)
        return
    factor = (end / start) ** (1 / _PIECES)
    rates = [start * factor**place for place in range(_PIECES + 1)]
    stages = [
        f"{_climb_s(a, b, count / _PIECES):.9g}s@{a:.9g}..{b:.9g}:exponential"
        for a, b in pairwise(rates)
    ]
    line.set("stages", stages, flag)
    line.notes.append(
        f"{flag} exponential: the rate climbs with the number of requests, there at each, here in "
        f"{_PIECES} stages of as many"
    )


def _climb_s(start: float, end: float, count: float) -> float:
    """How long an exponential climb between two rates takes that has so many requests."""
    return count * math.log(end / start) / (end - start)


def _users(line: Line) -> None:
    """k6's stages and Locust's spawn rate: users that come one by one."""
    stages, spawn = line.take("vus_stages"), line.take("spawn_rate")
    before = words(line.settings.get("parallel", "1"), "parallel")
    if stages is not None:
        line.settings.pop("parallel", None)
        level, made = before[0], []
        for stage in words(stages[1], "stages"):
            seconds, colon, target = stage.partition(":")
            target = target if colon else level  # k6 holds the users where it names none.
            made.append(f"{seconds}@{level}..{target}")
            level = target
        line.set("stages", made, stages[0])
        line.set("stages_of", "parallel", stages[0])
    if spawn is not None:
        rate = _number(spawn[1], spawn[0])
        if rate <= 0:
            raise ConfigError(f"{spawn[0]} {spawn[1]}: users per second, above 0")
        users = max(_number(plain(word, None), "--users") for word in before)
        line.set("ramp", f"{users / rate:g}", spawn[0])


def _number(word: str, flag: str) -> float:
    try:
        value = float(word)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise ConfigError(f"{flag} {word}: not a number")
    return value
