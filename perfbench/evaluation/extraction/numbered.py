r"""Options that are sets of numbered statements ("I and III only", "①②④", "True, False").

Owns what such a set is called for short, and which statements a text finds true one by one
("Statement I is true. II is false."). Knows nothing of other options, nor of what this weighs
against a stated answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

_ROMAN = ("i", "ii", "iii", "iv", "v")
_NUMBERS = {
    label: number
    for labels in (_ROMAN, "12345", "①②③④⑤", ("one", "two"))
    for number, label in enumerate(labels, 1)
}
_LABEL = r"(?:\(?(?:III|II|IV|I|V|[1-5])\)?(?![\w%]|\.\d)|[①-⑤])"
_LIST = (
    rf"{_LABEL}(?:(?:\s*,\s*(?:and\s+)?|\s+(?:and|nor)\s+|\s*[&、和]\s*|(?<=[①-⑤]))"
    rf"(?:statement\s+)?{_LABEL}){{0,4}}"
)
_NOUN = r"(?:statement|scenario|proposition|assertion|claim|conclusion|item|condition)s?"
_SET = re.compile(
    rf"(?:(?:only|just|both|neither|all\s+of)\s+)?(?:{_NOUN}\s+)?(?P<labels>{_LIST})"
    r"(?:,?\s+(?:only|alone|(?:is|are)\s+(?:true|correct)))?",
    re.IGNORECASE,
)
_NONE = re.compile(
    r"none(?:\s+of\s+(?:them|these|the\s+(?:above|statements)))?|neither\b.*", re.IGNORECASE
)
_ALL = re.compile(r"all(?:\s+(?:three|four|of\s+(?:them|these|the\s+(?:above|statements))))?", re.I)
_SURELY = r"(?:(?:both|all|also|indeed|clearly|therefore|thus|definitely|always|necessarily)\s+)*"
_GOOD = r"(?:true|correct|right|valid)"
_TRUTH = (
    rf"(?:(?:is|are|must\s+be)\s+{_SURELY}[*_]*(?:(?P<true>{_GOOD}|not\s+wrong)"
    rf"|(?:not\s+(?:\w+ly\s+)?{_GOOD}|false|incorrect|wrong|invalid))\b"
    r"|[:：—–|-][\s*_]*(?:(?P<said_true>true|correct|not\s+wrong)|false|incorrect|wrong)\b"
    r"|[是:：]?\s*(?:(?P<chinese>正确|对)|错误|不正确|不对|错)"
    r"|(?:(?P<holds>holds?)|fails?|(?:does|do|is|are)(?:\s+not|n['’]t)(?:\s+hold)?)(?=\s*[.,;]|\s*\Z))"
)
_TOLD = re.compile(
    rf"(?<![\w.])(?:(?P<only>only\s+|just\s+)|(?P<neither>neither\s+|nor\s+))?"
    rf"(?:{_NOUN}[\s*_]+(?P<named>{_LIST}|one\b|two\b)[^.!?;\n]{{0,160}}?(?:[.!?]\s+(?:This|That|It)\s+)?"
    rf"|[*_]*(?P<bare>{_LIST})[.*_]*(?:\s*\([^()\n]{{1,80}}\))?)[\s,|]*{_TRUTH}",
    re.IGNORECASE,
)
_PLACED = re.compile(
    rf"\b(?P<only>only\s+)?(?:the\s+)?(?P<place>first|second|third|fourth)"
    rf"(?:\s+(?:{_NOUN}|one)[^.!?;\n]{{0,160}}?)?[\s*_]*{_TRUTH}",
    re.IGNORECASE,
)
_TOGETHER = re.compile(
    r"\b(?P<which>both|all(?:\s+(?:two|three|four|five))?|neither|none)(?:\s+of\s+(?:the|these))?"
    rf"(?:\s+(?:two|three|four|five))?(?:\s+{_NOUN})?\s+{_TRUTH}",
    re.IGNORECASE,
)
_CLOSES = re.compile(
    r"(?:\A|[.!?\n])[\s*_]*(?:(?:so|therefore|thus|hence|(?:that|this)\s+leaves)[:,]?\s+)?"
    rf"(?:(?:it['’]s|it\s+is)\s+)?(?P<only>(?:only|just)\s+)?(?:{_NOUN}\s+)?[*_]*"
    rf"(?P<labels>{_LIST})[*_]*(?P<alone>\s+(?:only|alone))?[\s.!*_]*\Z",
    re.IGNORECASE,
)
_SO_IS = re.compile(
    rf"\band\s+so\s+(?:is|are|does)\s+(?:{_NOUN}\s+)?(?P<bare>{_LABEL})", re.IGNORECASE
)
_TELLING = (_TOLD, _PLACED, _TOGETHER, _SO_IS)
_PAIR = re.compile(
    r"(?P<first>true|false|wrong|not wrong), (?P<second>true|false|wrong|not wrong)", re.IGNORECASE
)
_PLACES = ("first", "second", "third", "fourth")
_ASKS_OTHERS = re.compile(
    r"\b(?:incorrect|false|untrue|wrong|except)\b|\bnot\s+(?:\w+\s+)?(?:true|correct)\b|错误|不正确",
    re.IGNORECASE,
)


def told_by(choices: Sequence[str], question: str) -> list[frozenset[int]] | None:
    """The statements that each option says are true; ``None`` where one does not say, or names
    those that a question asks for as wrong."""
    return _by_truth(choices) or (None if _ASKS_OTHERS.search(question) else sets(choices))


def sets(choices: Sequence[str]) -> list[frozenset[int]] | None:
    """The statements that each option names; ``None`` where one is no such set."""
    plain = [choice.strip(" .*()") for choice in choices]
    named = [None if _ALL.fullmatch(each) else _set(each) for each in plain]
    every = frozenset().union(*(each for each in named if each))
    if len(choices) < 3 or len(every) < 2:
        return None
    found = [every if _ALL.fullmatch(each) else _set(each) for each in plain]
    known = [each for each in found if each is not None]
    return known if len(known) == len(found) == len({*known}) else None


def _by_truth(choices: Sequence[str]) -> list[frozenset[int]] | None:
    """The statements that each option says are true, of two: "Both statements are false"."""
    known = []
    for choice in choices:
        pair = _PAIR.fullmatch(choice.strip(" ."))
        truths = _truths_in(choice, frozenset((1, 2)))[1] if pair is None else _pair(pair)
        if {*truths} != {1, 2}:
            return None
        known.append(frozenset(each for each, holds in truths.items() if holds))
    return known if len({*known}) == len(known) > 2 else None


def _pair(found: re.Match[str]) -> dict[int, bool]:
    return {
        number: found[name].lower() in ("true", "not wrong")
        for number, name in ((1, "first"), (2, "second"))
    }


def _set(choice: str) -> frozenset[int] | None:
    if _NONE.fullmatch(choice):
        return frozenset()
    named = _SET.fullmatch(choice)
    return _numbers(named["labels"]) if named else None


def _numbers(labels: str) -> frozenset[int]:
    found = re.findall(r"one|two|[ivIV]+|[1-5①-⑤]", labels.lower())
    return frozenset(_NUMBERS[each] for each in found)


def shorts(choices: Sequence[str]) -> Iterator[tuple[int, str]]:
    """What each option may be called as well, by its place: "I & II", "statements I and II"."""
    for place, (choice, own) in enumerate(zip(choices, sets(choices) or (), strict=False)):
        named = _SET.fullmatch(choice.strip(" .*()"))
        if named is None or not own:
            continue
        labels = re.findall(r"[ivIV]+|[1-5①-⑤]", named["labels"])
        lists = [" and ".join(labels), ", ".join(labels), " & ".join(labels), "".join(labels)]
        if len(labels) > 2:
            lists.append(f"{', '.join(labels[:-1])} and {labels[-1]}")
            lists.append(f"{', '.join(labels[:-1])}, and {labels[-1]}")
        for written in lists:
            for head in ("", "only ", "both ", "statement ", "statements ", "only statement "):
                for tail in ("", " only", " alone"):
                    if "only" in head or tail or len(labels) > 1:
                        yield place, head + written + tail


def told(text: str, options: Sequence[frozenset[int]]) -> tuple[int, int | None] | None:
    """Where a text has told the truth of every statement, and the place of the option that names
    those it finds true, if one does; ``None`` where it leaves a statement open."""
    every = frozenset().union(*options)
    start, truths = _truths_in(text, every)
    closing = _CLOSES.search(text)
    if closing and (closing["only"] or closing["alone"] or truths):
        own = _numbers(closing["labels"])
        truths, start = {each: each in own for each in every}, closing.start()
    if {*truths} < every:
        return None
    held = frozenset(each for each in every if truths[each])
    return start, options.index(held) if held in options else None


def _truths_in(text: str, every: frozenset[int]) -> tuple[int, dict[int, bool]]:
    """What a text last says of each statement, and where it says the last of that."""
    truths: dict[int, bool] = {}
    start = 0
    found = [each for pattern in _TELLING for each in pattern.finditer(text)]
    for each in sorted(found, key=re.Match.start):
        if each.re is not _SO_IS:
            truths.update(_truths(each, every))
        elif truths:
            truths.update(dict.fromkeys(_numbers(each["bare"]), [*truths.values()][-1]))
        start = each.start()
    return start, truths


def _truths(found: re.Match[str], every: frozenset[int]) -> dict[int, bool]:
    said = found.groupdict()
    holds = any(said[each] for each in ("true", "said_true", "holds", "chinese"))
    holds = holds is not bool(said.get("neither"))
    if said.get("which"):
        none = said["which"].lower() in ("neither", "none")
        return dict.fromkeys(every, holds is not none)
    if said.get("place"):
        own = frozenset([_PLACES.index(said["place"].lower()) + 1])
    else:
        own = _numbers(said["named"] or said["bare"])
    if said["only"]:
        return {each: (each in own) is holds for each in every}
    return dict.fromkeys(own, holds)
