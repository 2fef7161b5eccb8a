r"""A yes or a no, a true or a false, a word and its opposite, where these are options.

Owns how a text begins with one, and how its last sentence denies. Knows nothing of other options.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from perfbench.evaluation.extraction.letters import Candidate
from perfbench.evaluation.extraction.options import Options

_YES = ("yes", "true", "ja", "oui", "si", "sim", "да", "是", "对", "はい", "예", "네")
_NO = ("no", "false", "nein", "non", "nao", "нет", "否", "不是", "错", "いいえ", "아니오")
_INTERJECTION = re.compile(
    r"[\s*_\"'“(]*(?P<said>[^\W\d_]{1,8})[*_\"'”)]*(?:[,，.。!:;]|\s+[-–—])"
    r"(?!\s*(?:but|wait|however|and|or|aber|mais|pero|但)\b)(?=\s*\S)"
)
_OF_TWO = re.compile(
    r"\b(?P<which>both|neither)\s+(?P<one>[^,.;\n]{1,60}?)\s+(?:and|nor)\s+(?P<other>[^,.;\n]{1,60}?)[\s.!*_]*\Z",
    re.IGNORECASE,
)
_NOT_TRUE = re.compile(
    r"[\s*_>#-]*(?:(?:so|thus|therefore|hence),?\s+)?(?:it|this|that|the\s+(?:statement|claim|sentence))"
    r"(?:['’]s|\s+is)(?:\s+(?:\w+ly\s+)?not|n['’]t)\s+(?:\w+ly\s+)?(?:true|correct|so)[\s.!*_]*",
    re.IGNORECASE,
)


def yes_or_no(text: str, last: str, options: Options) -> Iterator[Candidate]:
    """What a text begins with, or its ``last`` sentence comes to."""
    yield from _interjected(text, options)
    if {"true", "false"} <= options.texts.keys() and _NOT_TRUE.fullmatch(last):
        letter = options.texts["false"]
        if letter:
            yield Candidate(len(text) - len(last), 2, letter, "not true")
    opposite = _opposite(last, options)
    if opposite is not None:
        yield Candidate(len(text) - len(last), 2, opposite, "not the opposite")
    found = _OF_TWO.search(last)
    pair = [options.named(found[name]) for name in ("one", "other")] if found else [None]
    which = options.texts.get(found["which"].lower()) if found else None
    if which and None not in pair and len({*pair}) == 2:
        yield Candidate(len(text) - len(last), 2, which, "both or neither")


def _opposite(last: str, options: Options) -> str | None:
    """The option of two that is the opposite of the other one, which a sentence denies."""
    if len(options.letters) != 2 or len(options.texts) != 2:
        return None
    plain, negated = sorted(options.texts, key=len)
    if re.fullmatch(rf"(?:un|in|im|il|ir|non|dis)[ -]?{re.escape(plain)}", negated) is None:
        return None
    denied = re.search(
        rf"(?:\bnot|n['’]t)\s+(?:\w+ly\s+)?{re.escape(plain)}[\s.!*_]*\Z", last, re.I
    )
    return options.texts[negated] if denied else None


def _interjected(text: str, options: Options) -> Iterator[Candidate]:
    """The "Yes" or "No" that a text begins with, where both are options."""
    yes = {options.texts.get(each) for each in _YES} - {None}
    no = {options.texts.get(each) for each in _NO} - {None}
    said = _INTERJECTION.match(text)
    letter = options.named(said["said"]) if said and yes and no else None
    if letter is not None and letter in yes | no:
        yield Candidate(0, 2, letter, "yes or no")
