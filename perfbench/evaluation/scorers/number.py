"""Numbers: right if exactly equal, as rationals.

There is no tolerance: 0.333 is not 1/3, and 3.14 is not 3.1416. How a number is written does not
matter: 18, 18.00, $18 and 36/2 are equal. A percentage equals its number and its fraction: 25% is
right where 25, 25% or 0.25 is; 0.25 is not right where 25 is.
"""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache

from perfbench.errors import WorkloadError
from perfbench.evaluation.extraction.numerals import exact
from perfbench.evaluation.scorers.targets import targets
from perfbench.types import Sample, Score


def number(answer: str, sample: Sample) -> Score:
    """1 if the answer equals a target.

    Raises:
        WorkloadError: a target is no number.
    """
    given = _read(answer)
    right = [(_read(each), each) for each in targets(sample)]
    for value, text in right:
        if value is None:
            raise WorkloadError(f"sample {sample.id}: the target {text!r} is no number")
    if given is None:
        return Score(0.0, answer, why=f"{answer!r} is no number", scorer="number")
    for value, text in right:
        if value is not None and same_number(given, value):
            return Score(1.0, answer, why=f"equals {text}", scorer="number")
    wanted = " or ".join(text for _, text in right)
    return Score(0.0, answer, why=f"{answer} is not {wanted}", scorer="number")


def same_number(left: tuple[Fraction, bool], right: tuple[Fraction, bool]) -> bool:
    """Whether two numbers, each with its percent sign or not, are equal."""
    (a, a_percent), (b, b_percent) = left, right
    if a == b:
        return True
    if a_percent == b_percent:
        return False
    return a == b * 100 if a_percent else b == a * 100


@lru_cache(maxsize=4096)
def _read(text: str) -> tuple[Fraction, bool] | None:
    return exact(text)
