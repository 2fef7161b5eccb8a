"""What a command line asks of figures: EvalScope's search for a load, GuideLLM's limits of errors.

EvalScope's limits are seconds, ours are in the unit of the figure.
"""

from __future__ import annotations

import json
import re
from typing import Any

from perfbench.config.habits.line import Line
from perfbench.errors import ConfigError

_LATENCY = re.compile(r"(avg|p\d+)_(latency|ttft|tpot)")
_FIGURES = {"latency": "e2e_ms", "ttft": "ttft_ms", "tpot": "tpot_ms"}
_RATES = {"rps": "request_throughput_rps", "tps": "output_throughput_tok_s"}
_LIMIT = re.compile(r"\s*(<=|<|>=|>)\s*(\d+(?:\.\d+)?(?:e-?\d+)?)\s*")
_LEFT_OUT = "the search says itself how much load there is"


def read_objectives(line: Line) -> None:
    """Read ``search``, its bounds, ``slo`` and ``abort_if``.

    Raises:
        ConfigError: ``--sla-params`` is no list of limits, or asks for what no search finds.
    """
    for part, figure in (("max_error_rate", "error_rate"), ("max_errors", "failed")):
        if (limit := line.take(part)) is not None:
            line.set("abort_if", [f"{figure}>{limit[1]}"], limit[0])
    if (tune := line.take("sla_auto_tune")) is None or str(tune[1]).lower() == "false":
        return  # What else there is of it has no effect then, and that is told.
    variable = line.take("sla_variable")
    searched = variable[1] if variable is not None else "parallel"
    line.set("search", searched, variable[0] if variable is not None else tune[0])
    for part, key in (("sla_lower", "search_min"), ("sla_upper", "search_max")):
        if (bound := line.take(part)) is not None:
            line.set(key, bound[1], bound[0])
    for key in [key for key in ("parallel", "rate", "number") if key in line.settings]:
        del line.settings[key]
        line.notes.append(f"{line.flags.pop(key)}: {_LEFT_OUT}")
    cap = line.take("sla_parallel")
    if cap is not None and searched == "rate":
        line.set("parallel", cap[1], cap[0])
    if (params := line.take("sla_params")) is not None:
        line.set("slo", [_expression(params[1], params[0])], params[0])


def _expression(text: str, flag: str) -> str:
    """All limits of a group hold."""
    try:
        groups: Any = json.loads(text)
    except ValueError:
        raise ConfigError(f"{flag}: not valid JSON") from None
    groups = [groups] if isinstance(groups, dict) else groups
    if not isinstance(groups, list) or not all(groups) or not groups:
        raise ConfigError(f'{flag}: expected a list of limits, such as [{{"p99_ttft": "<=2"}}]')
    if len(groups) > 1:
        raise ConfigError(
            f"{flag}: each of several groups is a search of its own: give one, run once for each"
        )
    if not isinstance(groups[0], dict):
        _clause(str(groups[0]), None, flag)
    return " and ".join(_clause(name, limit, flag) for name, limit in groups[0].items())


def _clause(name: str, limit: Any, flag: str) -> str:
    if str(limit) in ("max", "min"):
        raise ConfigError(
            f"{flag}: {name}: {limit} asks for the best load: give several loads "
            "(--parallel 1 2 4 8), the report says which is it"
        )
    found, of = _LIMIT.fullmatch(str(limit)), _LATENCY.fullmatch(name)
    if found is None or (of is None and name not in _RATES):
        raise ConfigError(f"{flag}: {name}: {limit} is no limit that is known here")
    if of is None:
        return f"{_RATES[name]}{found[1]}{found[2]}"
    key = "mean" if of[1] == "avg" else of[1]
    return f"{_FIGURES[of[2]]}.{key}{found[1]}{float(found[2]) * 1000:g}"
