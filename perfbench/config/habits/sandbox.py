"""Where programs run and how many answers are judged at a time, as EvalScope's flags say it."""

from __future__ import annotations

from perfbench.config.habits.line import Line
from perfbench.config.sandbox import translated
from perfbench.errors import ConfigError

_NAMES = ("sandbox_type", "sandbox_manager_config", "judge_worker_num")


def read_sandbox(line: Line) -> None:
    """Read ``sandbox``, its URL, and how many run.

    Raises:
        ConfigError: a value is not known here. One line.
    """
    given = {name: found for name in _NAMES if (found := line.take(name)) is not None}
    try:
        ours = translated({name: value for name, (_, value) in given.items()})
    except ValueError as error:
        raise ConfigError(str(error)) from None
    flags = ", ".join(flag for flag, _ in given.values())
    for key, value in ours.items():
        line.set(key, value, flags)
