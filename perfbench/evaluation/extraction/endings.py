r"""The formula in plain text that a sentence ends in: ``so x = 1 +/- sqrt(19)``.

Owns where such a formula begins, behind which words it is what the sentence comes to, and what may
still follow it ("inches per second", "for all real x"). Knows nothing of TeX, and leaves numbers
that stand alone to those who can tell which of them a sentence means.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_LONGEST = 400
_FUNCTION = (
    r"(?:a(?:rc)?)?(?:sin|cos|tan|cot|sec|csc)h?|sqrt|cbrt|pi|log|ln|lg|exp|inf|infinity|theta|phi"
    r"|alpha|beta|lambda|omega"
)
_TOKEN = re.compile(
    rf"""
    (?P<formula> (?: {_FUNCTION} ) (?![A-Za-z])
       | \d+ (?: [.,]\d+ )* (?: [a-z]{{1,2}} (?![A-Za-z]) )?
       | [πθαβγλφωσμ∞⁰¹²³⁴-⁹₀-₉ℝℤℕℚ½¼¾] | (?<=\)) [a-z] (?![A-Za-z]) )
  | (?P<joint> \b (?: or | and | plus\s+or\s+minus ) \b )
  | (?P<bound> [A-Za-z]\.[A-Za-z]\. ,? | => | [⇒⟹⟺⇔→∴↔;?!。，；：|—] | (?<=\S):(?=\s)
       | \.(?=\s|\Z) | \.{{2,}} | … )
  | (?P<article> (?<![\w'’]) [aAI] (?= \s+ (?! [-+=<>≤≥≠∈∪∩*/^−×·] ) ) )
  | (?P<symbol> (?<![A-Za-z'’]) [A-Za-z] (?![A-Za-z'’]) )
  | (?P<word> [^\W\d_]+ (?: ['’][a-z]+ )? )
  | (?P<other> [$\\#@`"“”&%] | < (?= /?[a-z]+> ) )
    """,
    re.VERBOSE,
)
_TAIL = re.compile(
    r"\s*(?:,?\s+(?:for\s+(?:(?:all|every|any|each|some)\b|(?:an?\s+)?(?:real|integers?|positive|arbitrary)\b"
    r"|[a-z]\s?(?:∈|in\b|=|≠|≥|>))"
    r"|(?:where|because|since|as\s+(?:required|desired|claimed|wanted|needed)|respectively|only|too"
    r"|as\s+well|which\s+is\s+(?:what|as|our|the))\b)[^=]*"
    r"|\s*[(](?=\s*[a-z]{2,}\b)(?!(?:sqrt|sin|cos|tan|log|ln|pi)\b)[^()]*[)])\s*[.!]*\s*\Z"
)
_UNITS = re.compile(
    r"(?<=[\dπ)}²³])\s*(?:\s(?:square|cubic|sq\.?|cu\.?)\s)?\s*(?<=\s)(?:units?|(?:centi|milli|kilo"
    r"|deci)?met(?:er|re)s?|inch(?:es)?|f(?:ee|oo)t|yards?|miles?|cm|mm|km|ft|in|degrees?|radians?|rad"
    r"|grams?|kg|pounds?|dollars?|cents?|liters?|litres?|seconds?|minutes?|hours?|days?|weeks?|years?)"
    r"(?:\s?(?:\^?\{?[23]\}?|[²³]))?(?:\s?(?:per|/|a)\s?(?:second|minute|hour|day|year|s|min|h))?\s*\Z"
)
_INTRODUCES = re.compile(
    r"(?:\b(?:ist|sind|beträgt|lautet|est|sont|vaut|es|son|vale|são|sono|равн[оаы]|равен|is|are|be|becomes?|remains|equals?|so|thus|hence|therefore|then|gives?|giving|yields?"
    r"|yielding|means?|meaning|implies|implying|gets?|obtains?|obtaining|finds?|ha(?:ve|s)|leaves"
    r"|leaving|concludes?|suggests?|shows?|reads|through|namely|to|as|that|finally|set|point|interval|range|domain"
    r"|solutions?|roots?|zeros|values?|vertex|cent(?:er|re)|focus|matrix|vector|polynomial|function"
    r"|equation|line|for|or|and|union|every|(?:is|are|intersect|meet|centered|located|\w{1,15}(?<!occur)(?<!vanishe)(?<!evaluate)s)\s+at"
    r"|(?:\b[a-z]|lies?|is|are)\s+in)"
    r"|[:：=⇒⟹⟺⇔→∴,，；;]|[是为得即故以]|=>|\bi\.e\.,?)"
    r"\s*(?:(?:exactly|just|simply|only|precisely)\s+)?[*_`\s]*\Z"
)
_DENIES = re.compile(
    r"(?:\b(?:not|never|n['’]t|than|without|from|with|using|except|excluding|between|unless|if|when"
    r"|assum\w+|suppose|by|let|consider|given|cannot|can['’]?t|equation|solve|solving|expand\w*"
    r"|check\w*|test\w*|verif\w+|whether|substitut\w+|plug\w*|at\s+which)\s+(?:(?:the|an?)\s+)?(?:(?:point|line|function"
    r"|equation|vector|matrix|interval|set|value)s?\s+)?[*_`\s]*|≠\s*)\Z",
    re.IGNORECASE,
)
TOLD_BEFORE = re.compile(
    r"\b(?:is|are)\s[^,;]*\d[^,;]*\b(?:and|while)\s+(?:its|the|their|his|her)\s[^,;]*\Z"
)
"""What a sentence says of one thing before it says it of another."""
_EITHER = re.compile(r"(?:\b(?:for|or|and|as|to|that|line|function|equation)|[,，;；])[*_`\s]*\Z")
"""Words that introduce only what has a sign of equality or inequality."""
_COMES_TO = re.compile(
    r"\b(?:converg|simplifi|reduc|evaluat|equal|amount|simplif|lead|tend|sum)(?:e?s|y|d)?\s+to\s*\Z"
)
_STATEMENT = re.compile(r"[=<>≤≥∈]")
_WORTH = re.compile(
    r"[<>≤≥≠∈∪∩∅√π^²³⁴±∞°_]|\+\s?/\s?-|\b(?:sqrt|pi)\b|[(\[{].*,.*[)\]}]|\d\s?:\s?\d|[A-Za-z]"
)
_IN_FORMULAS = re.compile(r"[\d=<>≤≥π√^∞]|\b[a-z]\b|\b(?:ln|log|sin|cos|tan)\b")
_NAME = re.compile(
    r"[A-Za-z](?:_\w|[₀-₉'])?(?:\s?\([A-Za-z](?:\s?,\s?[A-Za-z])*\))?"
    r"|\([A-Za-z](?:,\s?[A-Za-z])+\)"
)
_NO_NUMBER = re.compile(r"\^\s*\(?[A-Za-z]|[A-Za-z]\s?[-+−^²³]|[-+−]\s?\d*[A-Za-z](?![A-Za-z])")
_CUT = re.compile(
    r"\A(?:[+*/^<>≤≥×·∪]|\(?[A-F]\)\s|[-−–]\s+[\dA-Za-z])|(?:[-+*/=<>≤≥^∪(\[{,±·×−]|\b(?:or|and|sqrt))\s*\Z"
)
_MARKS = " \t\n.,;:!*_`。．"


def ending(sentence: str) -> str | None:
    """The formula a sentence ends in, if it is no mere number and what the sentence comes to."""
    text = sentence.strip(" \t\n*_`")[-_LONGEST:]
    text = _without_tail(text.rstrip(_MARKS))
    begin = _begin(text)
    if begin is None or (begin == 0 and len(sentence) > _LONGEST):
        return None
    equation = re.match(r"[\s*_]*=", text[begin:])
    begin += equation.end() if equation else 0
    formula = text[begin:].strip(_MARKS)
    before = text[: text.index(formula, begin)]
    if not _WORTH.search(formula) or _NAME.fullmatch(formula) or not _is_closed(formula):
        return None
    if re.search(r"\w", before):
        if not _INTRODUCES.search(before) or _DENIES.search(before) or TOLD_BEFORE.search(before):
            return None
        either = _EITHER.search(before) and not _COMES_TO.search(before)
        if either and not _STATEMENT.search(formula):
            return None
    elif not _STATEMENT.search(formula) and not re.search(r"\d|∞", formula):
        return None
    return _last_statement(formula)


def is_open(sentence: str) -> bool:
    """Whether a sentence ends in a formula whose value is no number: none of its numbers counts."""
    text = sentence.strip(_MARKS)[-_LONGEST:]
    begin = _begin(text)
    formula = text[begin:].rpartition("=")[2] if begin is not None else ""
    return bool(_NO_NUMBER.search(formula)) and _is_closed(formula.strip(_MARKS))


def _without_tail(text: str) -> str:
    """A sentence without the unit or the range of validity that follows its formula."""
    while True:
        tail = _TAIL.search(text[-_LONGEST:])
        rest = text[: len(text) - len(tail.group())] if tail else text
        rest = _UNITS.sub("", rest.rstrip(_MARKS))
        if rest == text or not _IN_FORMULAS.search(rest):
            return text
        text = rest


def _begin(text: str) -> int | None:
    """Where the formula begins that a text ends in: behind its last word."""
    begin = 0
    for token in _TOKEN.finditer(text):
        if token["other"]:
            return None
        opens = token["joint"] and not text[begin : token.start()].strip(_MARKS)
        if token["word"] or token["bound"] or token["article"] or opens:
            begin = token.end()
    return begin if begin < len(text) else None


def _is_closed(formula: str) -> bool:
    """Whether brackets match (one kind may close another, as in intervals), and nothing is cut."""
    depth = 0
    for character in formula:
        depth += (character in "([{") - (character in ")]}")
        if depth < 0:
            return False
    return depth == 0 and not _CUT.search(formula)


def _last_statement(formula: str) -> str | None:
    """The values that a formula lists, or the last of several equations, which they lead to."""
    parts = _parts(formula)
    if len(parts) == 1:
        return formula
    names = [_name(part) for part in parts]
    if None not in names or not any("=" in each for each in parts[1:]):
        return formula
    return parts[-1] if names[-1] is not None else None


def _name(part: str) -> str | None:
    """What an equation names; empty for a mere value or a relation."""
    left, equals, _ = part.partition("=")
    if not equals or re.search(r"[<>≤≥]", part):
        return ""
    return left.strip() if _NAME.fullmatch(left.strip()) else None


def _parts(formula: str) -> Sequence[str]:
    """The parts between commas and "or" outside of brackets."""
    parts, depth, begin = [], 0, 0
    for each in re.finditer(r"[(\[{]|[)\]}]|,(?!\d{3}\b)|\b(?:or|and)\b", formula):
        sign = each.group()
        if sign in "([{":
            depth += 1
        elif sign in ")]}":
            depth -= 1
        elif depth == 0:
            parts.append(formula[begin : each.start()])
            begin = each.end()
    parts.append(formula[begin:])
    return [each.strip() for each in parts if each.strip()]
