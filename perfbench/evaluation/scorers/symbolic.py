"""Whether two LaTeX formulas have the same value, by math-verify (sympy).

What it costs is not bounded here: sympy evaluates what it is given, and some formulas of a few
characters keep it busy for ever. It is for a process with a limit; ``evaluation.grader`` has one.
Knows nothing of samples or scores.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from perfbench.evaluation.cpu_limit import off_the_clock

_NAMES = re.compile(r"\\[A-Za-z]+|[A-Za-z]")
_SPARE = "qwuvzsrtpkhgmyj"
LONGEST = 500
"""Characters; longer formulas are not compared symbolically."""


@lru_cache(maxsize=16384)
def same_value(target: str, answer: str) -> tuple[bool, str]:
    """Whether two LaTeX formulas are equal, and how that was found."""
    if max(len(target), len(answer)) > LONGEST:
        return False, "too long to compare"
    with off_the_clock():
        import math_verify  # noqa: F401
    try:
        return _compare(target, answer)
    except MemoryError:
        raise
    except Exception as error:  # of the parser or of sympy: no formula that it can read
        return False, f"cannot be compared: {type(error).__name__}"


def _compare(target: str, answer: str) -> tuple[bool, str]:
    from math_verify import LatexExtractionConfig, parse, verify

    config = [LatexExtractionConfig()]
    target, answer = _cases_apart(target, answer)
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
    difference = (left - right).xreplace(plain)
    if not difference.free_symbols:
        return bool(abs(difference.evalf(30)) < 1e-25)
    return bool(simplify(expand(difference)) == 0)


def _cases_apart(target: str, answer: str) -> tuple[str, str]:
    """Both formulas with another name for ``N`` where they have ``n``: the parser folds case."""
    letters = {each for each in _NAMES.findall(target + " " + answer) if len(each) == 1}
    free = (each for each in _SPARE if each not in letters and each.upper() not in letters)
    renamed = {
        each: next(free, each)
        for each in sorted(letters)
        if each.isupper() and each.lower() in letters
    }
    if not renamed:
        return target, answer

    def name(found: re.Match[str]) -> str:
        return renamed.get(found.group(), found.group())

    return _NAMES.sub(name, target), _NAMES.sub(name, answer)
