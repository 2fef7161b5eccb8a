"""How hard a command line means to load the service: rates, requests in flight, how many."""

from __future__ import annotations

from perfbench.config.aliases import AIPERF, GUIDELLM, SGLANG, VLLM
from perfbench.config.habits.line import Line, words
from perfbench.errors import ConfigError

_STEPS = 10
"""Loads of GuideLLM's sweep where their number is left out."""
_THROUGHPUT = 512
"""Requests in flight of GuideLLM's throughput profile where they are not bounded."""


def read_load(line: Line) -> None:
    """Read ``number``, ``parallel``, ``rate`` and ``arrival``.

    Raises:
        ConfigError: flags contradict each other, or a profile is unknown or incomplete.
    """
    _drop_unlimited(line)
    _profile(line)
    _all_at_once(line)
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
    if "parallel" not in line.settings and "rate" not in line.settings and not timed:
        line.implied["parallel"] = prompts[1] if prompts else "1000"
        line.notes.append(
            f"without a rate and --max-concurrency all {line.implied['parallel']} requests are in "
            "flight at once, as there; --parallel bounds them"
        )


def _drop_unlimited(line: Line) -> None:
    """Take a rate that is none out of the line: ``-1`` and ``inf`` are a closed loop."""
    if (given := line.take("request_rate")) is not None:
        line.set("rate", given[1], given[0])
    rates = {word.lower() for word in words(line.settings.get("rate", []), "rate")}
    if rates and rates <= {"-1", "-1.0", "inf", "infinity"}:
        del line.settings["rate"], line.flags["rate"]
        for key in ("burstiness", "arrival"):
            if line.settings.pop(key, None) is not None:
                line.notes.append(f"{line.flags[key]}: without a rate nothing arrives by a law")


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
