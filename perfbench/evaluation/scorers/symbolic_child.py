"""The process that compares formulas: one JSON pair a line in, one JSON verdict a line out.

Run by ``symbolic`` as ``python -m perfbench.evaluation.scorers.symbolic_child SECONDS``. A question
ends after so much processor time: by a Python signal where Python can answer one, else by the
system's limit, which ends the process. Knows nothing of samples or scores.
"""

from __future__ import annotations

import contextlib
import json
import logging
import resource
import signal
import sys
from types import FrameType
from typing import Any

_MEMORY_BYTES = 4 << 30


class _TimeIsUp(BaseException):
    """Not an ``Exception``, so that no library swallows it."""


def main() -> None:
    """Answer questions until standard input ends."""
    limit_s = int(sys.argv[1])
    logging.disable(logging.CRITICAL)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGVTALRM, _stop)
    import math_verify  # noqa: F401, before the clock of the first question starts

    for line in sys.stdin:
        target, answer = json.loads(line)
        _allow(limit_s + 1)
        try:
            signal.setitimer(signal.ITIMER_VIRTUAL, limit_s)
            reply = _compare(target, answer)
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        except _TimeIsUp:
            reply = (False, "not shown equal: time limit")
        except (Exception, RecursionError) as error:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
            reply = (False, f"cannot be compared: {type(error).__name__}")
        print(json.dumps(reply), flush=True)


def _stop(signal_number: int, frame: FrameType | None) -> None:
    raise _TimeIsUp


def _allow(more_s: int) -> None:
    """Let the system end this process after so much more processor time."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    used_s = int(usage.ru_utime + usage.ru_stime) + 1
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (used_s + more_s, hard))


def _compare(target: str, answer: str) -> tuple[bool, str]:
    from math_verify import LatexExtractionConfig, parse, verify

    config = [LatexExtractionConfig()]
    left = parse(f"${target}$", config, parsing_timeout=None)
    right = parse(f"${answer}$", config, parsing_timeout=None)
    if not left or not right:
        return False, "cannot be read as formulas"
    exactly = {"float_rounding": 14, "numeric_precision": 30, "timeout_seconds": None}
    if verify(left, right, allow_set_relation_comp=True, **exactly):
        return True, "symbolically equal"
    return _same_with_imaginary_unit(left[0], right[0]), "compared as formulas"


def _same_with_imaginary_unit(left: Any, right: Any) -> bool:
    """Equality with ``i`` read as the imaginary unit, where both are expressions."""
    from sympy import Expr, I, Symbol, expand, simplify

    if not isinstance(left, Expr) or not isinstance(right, Expr):
        return False
    symbols = left.free_symbols | right.free_symbols
    if all(each.name != "i" for each in symbols):
        return False
    # the parser gives one name different assumptions: by name they are the same
    plain = {each: I if each.name == "i" else Symbol(each.name) for each in symbols}
    return bool(simplify(expand((left - right).xreplace(plain))) == 0)


if __name__ == "__main__":
    main()
