r"""What several set formulas of one sentence are to each other: a list, alternatives, a chain.

Owns how a sentence gives values side by side, and which words lead to them. Knows nothing of the
text that the sentence ends.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from perfbench.evaluation.extraction.plain_formulas import CONCLUDES
from perfbench.evaluation.extraction.set_formulas import BETWEEN, PROSE, content_of, listed_from
from perfbench.evaluation.extraction.tails import goes_on

NAME = re.compile(
    r"[A-Za-z]{1,3}|\([A-Za-z](?:,\s*[A-Za-z])+\)|[A-Za-z]\([A-Za-z]\)|[A-Za-z]_\{?\w\}?"
)
_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_COMMAND = re.compile(r"\\[A-Za-z]+")
_RECKONED = re.compile(r"[+*/-]|\\(?:cdot|times)|(?<=[a-z])[a-z]")
_BY = re.compile(r"\s+(?:by|using|from|due\s+to|because|since|as)\b[^=$\d]*")
_AND = re.compile(r"\band\b|和")
_EITHER = re.compile(r"\b(?:or|and)\b|[或和]")
_BOUND = re.compile(r"(?P<name>[a-z])\s*(?:[<>≤≥]|\\(?:leq?|geq?|lt|gt)(?![a-z]))[^<>≤≥=]{1,30}")
LISTED_BEFORE = re.compile(
    r"(?:\b(?:is|are|es|est|ist|é|vale|vaut|beträgt|son|sont|sind|lauten|lautet|são|sono"
    r"|(?<!could )(?<!might )(?<!may )be|by|equals)"
    r"(?:\s+(?:thus|therefore|then|hence|exactly|just|only|simply))?"
    r"|\b(?:maximum|minimum|value)|[:=：为是得]|\b(?:solutions|roots|zeros|values),)[\s*_]*\Z"
)
_UNIT_AFTER = re.compile(r"\A\s*(?:(?:square|cubic|sq)\s+)?[a-z]{1,12}[²³]?(?=\W*\Z)")
_COPULA = re.compile(r"\s*(?:である|です|だ|となる|になる|となります|이다|입니다)[\s。.]*\Z")


def ends(sentence: str, formulas: Sequence[re.Match[str]]) -> bool:
    """Whether a sentence ends in its last formula, or the unit of it."""
    tail = _COPULA.sub("", sentence[formulas[-1].end() :])
    return not _UNIT_AFTER.sub("", tail).strip(" .*。!")


def is_solved(sentence: str, formulas: Sequence[re.Match[str]]) -> bool:
    """Whether the last formula solves the equation before it: ``$2x = 6$, or $x = 3$``."""
    if len(formulas) < 2 or not re.fullmatch(
        r"\s*,?\s*or\s*", sentence[formulas[-2].end() : formulas[-1].start()]
    ):
        return False
    before = content_of(formulas[-2]).partition("=")[0].strip()
    return "=" in content_of(formulas[-2]) and not NAME.fullmatch(before)


def listed(sentence: str, formulas: Sequence[re.Match[str]]) -> str | None:
    """All formulas of a sentence, if it gives them side by side as what it comes to."""
    run = listed_from(sentence, formulas[0].start())
    if run is None or not all(
        BETWEEN.match(sentence[one.end() : other.start()]) for one, other in pairwise(formulas)
    ):
        return None
    before, after = sentence[: formulas[0].start()], sentence[formulas[-1].end() :]
    concluded = CONCLUDES.match(before)
    equations = all("=" in content_of(each) for each in formulas)
    bare = concluded is not None and concluded.end() == len(before) and bool(before.strip())
    left_sides = [content_of(each).split("=")[0].strip() for each in formulas]
    names = {*left_sides}
    either = equations and len(names) == 1
    solved = equations and all(NAME.fullmatch(each) for each in names)
    if re.match(
        r"\s+are\s+(?:all\s+)?(?:the|its|our)\s+(?:only\s+)?(?:solutions|roots|answers|zeros"
        r"|values)\b",
        after,
    ):
        return run
    if PROSE.search(after):
        return None
    if equations and bare and not solved and NAME.fullmatch(left_sides[-1]):
        return content_of(formulas[-1])
    return run if either or (solved and bare) or LISTED_BEFORE.search(before) else None


def alternatives(sentence: str, formulas: Sequence[re.Match[str]]) -> str | None:
    """The values of one name that a sentence ends in: ``so $x=2$ or $x=-2$``."""
    first = len(formulas) - 1
    name = content_of(formulas[-1]).partition("=")[0].strip()
    while first and re.fullmatch(
        r"\s*,\s*|\s*,?\s*(?:or|and|或|和)\s*",
        sentence[formulas[first - 1].end() : formulas[first].start()],
    ):
        first -= 1
    alternatives = [content_of(each) for each in formulas[first:]]
    if len(alternatives) < 2 or sentence[formulas[-1].end() :].strip(" .*。!"):
        return None
    between = sentence[formulas[first].end() : formulas[-1].start()]
    bounds = all(_BOUND.fullmatch(each) for each in alternatives) and not _AND.search(between)
    if not bounds and not _EITHER.search(between):
        return None
    names = {each.partition("=")[0].strip() for each in alternatives}
    if not bounds and (not NAME.fullmatch(name) or names != {name}):
        return None
    return ", ".join(alternatives)


def coordinated(sentence: str, formulas: Sequence[re.Match[str]]) -> bool:
    """Whether the last formula is only one of two that a sentence gives ("and its radius is")."""
    contents = ["".join(content_of(each).split()) for each in formulas[-2:]]
    if contents[0].endswith(contents[1]):
        return False
    between = sentence[formulas[-2].end() : formulas[-1].start()]
    before = sentence[: formulas[-2].start()]
    if goes_on(before, between):
        return False
    told = re.search(r"[为是]\s*\Z", before)
    if told and re.fullmatch(r"[,，；;].*[为是]\s*", between):
        return True
    return bool(
        re.match(r"(?:\s*[a-z²³]+)?\s*,?\s*(?:and|while)\s+(?:its|the|their|his|her)\b", between)
    )


def reckons(formulas: Sequence[re.Match[str]]) -> bool:
    """Whether the last formula makes a value of the names that those before it have solved:
    ``$a=3$, $b=4$, and $a+b=7$``."""
    *solved, (left, _, value) = (content_of(each).rpartition("=") for each in formulas)
    names = set(_COMMAND.sub("", "".join(each for each, _, _ in solved))) & set(_LETTERS)
    used = set(_COMMAND.sub("", left)) & set(_LETTERS)
    return bool(
        len(used) > 1
        and used <= names
        and _RECKONED.search(left)
        and re.search(r"\d", value)
        and all(equals for _, equals, _ in solved)
    )


def so_solved(sentence: str, formulas: Sequence[re.Match[str]]) -> bool:
    """Whether the last formula is a "so $x=5$", and only a reason follows."""
    last = formulas[-1]
    left, equals, _ = content_of(last).partition("=")
    return bool(
        equals
        and re.fullmatch(r"[A-Za-z]{1,3}", left.strip())
        and re.search(r"\b(?:so|hence|thus|therefore)\s*\Z", sentence[: last.start()])
        and _BY.fullmatch(sentence, last.end())
    )
