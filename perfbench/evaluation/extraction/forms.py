r"""Forms in which a sentence gives an option, but for the option's text behind a verb.

A letter at its end, a list of letters, the end of an equation, a name behind its title, quotation
marks. Knows nothing of which sentence of a text counts.
"""

from __future__ import annotations

import re

from perfbench.evaluation.extraction.letters import UNDECIDED, read
from perfbench.evaluation.extraction.mentions import DENIED
from perfbench.evaluation.extraction.options import Options

LISTING = re.compile(
    r"\b(?:options|choices|possibilities|candidates|alternatives)\b", re.IGNORECASE
)
IS_LETTER = re.compile(
    r"\b(?:is|was|are|be|in|want|by|with|to)\s+(?:option\s+)?[(*_]*([A-Z])[)*_]*[.!]?[*_\s]*\Z"
)
_BARE_LETTER = re.compile(r"(?<![A-Za-z'’])[A-HJ-Z](?![A-Za-z'’])")
_CLOSING_LETTER = re.compile(
    r"(?<=[^\s.!?])\s*\(\s*\**(?:(?:[Oo]ption|[Oo]pzione|[Oo]pción|[Oo]pção|[Cc]hoice|[Aa]ntwort|[Вв]ариант|[Rr]éponse)\s+)?([A-Z])\**\s*\)[*_.!。\s]*\Z"
)
_ANY_LETTER = re.compile(r"\(\s*\**(?:[^\W\d_]{5,8}\s+)?([A-Z])\**\s*\)")
_SEVERAL = re.compile(
    r"(?:[:：]|\b(?:are|sind|sont|son|são|sono)\b|[是为])\s*(?=[(*_]{0,3}[A-Z][)*_]{0,3}(?:\s*[(,、和与]|\s+and\b))"
)
_TITLED = re.compile(r"[是为](?P<said>[\u4e00-\u9fff·]{2,24})(?=[，。；,;\s]|\Z)")
_IN_QUOTES = re.compile(r"[\"“„「『«]([^\"“”„」』«»\n]{1,80})[\"”“」』»]")


def closing_letter(sentence: str) -> re.Match[str] | None:
    """The only letter of a sentence, at its end: "(B)", "is B"; nothing that is denied."""
    if DENIED.search(sentence):
        return None
    closing = _CLOSING_LETTER.search(sentence)
    if closing and len({*_ANY_LETTER.findall(sentence)}) == 1:
        return closing
    is_letter = IS_LETTER.search(sentence)
    return is_letter if len({*_BARE_LETTER.findall(sentence)} - {"A"}) <= 1 else None


def several_letters(text: str, begin: int, end: int, options: Options) -> str | None:
    """The letters that a sentence lists as what it says: "are A and D.", ": A (x), C (y)"."""
    if LISTING.search(text, begin, end) or DENIED.search(text, begin, end):
        return None
    for introduced in _SEVERAL.finditer(text, begin, end):
        letters = read(text, introduced.end(), end, options)
        if letters is not None and letters != UNDECIDED and len(letters) > 1:
            return letters
    return None


def equated(text: str, begin: int, end: int, options: Options) -> str | None:
    """The option that an equation ends in: "P = (1/2)(1/3) = 1/6"."""
    sides = text[begin:end].split("=")
    if len(sides) < 3:
        return None
    named = {options.named(part) for side in sides[:-1] for part in side.split(",")}
    last = options.named(sides[-1])
    return last if named <= {None, last} else None


def entitled(sentence: str, options: Options) -> str | None:
    """The option that a Chinese clause ends in behind "is" and a title: "作者是唐代诗人白居易"."""
    found: set[str] = set()
    for clause in _TITLED.finditer(sentence):
        said = clause["said"]
        ends = [option for option in options.texts if said.endswith(option) and option != said]
        letter = options.texts[max(ends, key=len)] if ends else None
        if letter is not None and not DENIED.search(clause.group()):
            found.add(letter)
    return found.pop() if len(found) == 1 else None


def quoted(sentence: str, options: Options) -> str | None:
    """The only option that a sentence has in quotation marks, if it denies nothing."""
    named = (options.named(each) for each in _IN_QUOTES.findall(sentence))
    found = {letter for letter in named if letter is not None}
    return found.pop() if len(found) == 1 and not DENIED.search(sentence) else None
