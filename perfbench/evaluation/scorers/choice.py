"""Options: right if exactly the right letters are chosen.

The target is a letter (``B``), letters (``AC`` or ``["A", "C"]``) or an option's text. Where
several options are right, ``precision``, ``recall`` and ``f1`` say how near a wrong set comes.
"""

from __future__ import annotations

import re

from perfbench.errors import WorkloadError
from perfbench.evaluation.extraction.options import options_of
from perfbench.evaluation.scorers.targets import targets
from perfbench.types import Sample, Score

_SEVERAL = re.compile(r"[A-Z](?:[\s,;、]*[A-Z])+\Z")


def choice(answer: str, sample: Sample) -> Score:
    """1 if the chosen letters are the right ones.

    Raises:
        WorkloadError: the target names no option.
    """
    right = {letter for target in targets(sample) for letter in _letters(target, sample)}
    given = set(answer)
    value = float(given == right)
    wanted = "".join(sorted(right))
    why = f"{wanted} is right" if value else f"{answer} is not {wanted}"
    metrics = {}
    if len(right) > 1:
        shared = len(given & right)
        metrics = {
            "precision": shared / len(given) if given else 0.0,
            "recall": shared / len(right),
            "f1": 2 * shared / (len(given) + len(right)),
        }
    return Score(value, answer, why=why, scorer="choice", metrics=metrics)


def _letters(target: str, sample: Sample) -> str:
    bare = target.strip().strip("().[] ")
    options = options_of(sample.choices)
    if len(bare) == 1 and bare.upper() in options.letters:
        return bare.upper()
    if _SEVERAL.match(bare):
        several = re.sub(r"[\s,;、]", "", bare)
        if set(several) <= set(options.letters):
            return several
    by_text = options.named(target)
    if by_text is None:
        raise WorkloadError(f"sample {sample.id}: the target {target!r} is none of the options")
    return by_text
