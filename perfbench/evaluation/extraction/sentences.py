r"""The number one sentence amounts to: "he has 12 apples left out of 20" says 12.

Owns which number of a sentence with several is what it says: the result of its equation, its
total, its subject's object; not what it is made of ("10 boys and 14 girls"), compared with ("of
the 20"), reckoned from ("by selling 9 eggs at $2"). Where two numbers have the same claim, none
has. Knows nothing of which sentence of a text to read.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from perfbench.evaluation.extraction.arguments import (
    SOLD_FOR,
    arguments_of,
    is_governed,
)
from perfbench.evaluation.extraction.asserted import asserted, unbracketed
from perfbench.evaluation.extraction.beside_digits import PREDICATE, SO, words_after, words_before
from perfbench.evaluation.extraction.chinese import verbal_object
from perfbench.evaluation.extraction.clauses import before_tail, consequence, main_clause
from perfbench.evaluation.extraction.equations import EQUALS, OPEN_CALCULATION, equation
from perfbench.evaluation.extraction.languages import is_foreign
from perfbench.evaluation.extraction.numerals import Numeral, numerals
from perfbench.evaluation.extraction.reading import (
    UNREADABLE,
    Unreadable,
    are_one_quantity,
    readable,
)
from perfbench.evaluation.extraction.spelled import spelled

_LONGEST = 2000
_RANGE = re.compile(
    r"(?:\A|(?<!from)(?<!by)(?<!add)(?<!adding)\s)[*_$£€]*\d[\d.,]*\s+to\s+[*_$£€]*\d|"
    r"\bbetween\s+[*_$£€]*\d[^.;\n]{0,30}?\band\s+[*_$£€]*\d"
    r"|(?<!ed )(?<!es )(?<!rose )(?<!rises )(?<!fell )(?<!falls )(?<!drops )(?<!went )(?<!grew )"
    r"(?<!grows )\bfrom\s+[*_$£€]*\d[^.;,\n]{0,20}?\bto\s+[*_$£€]*\d",
    re.IGNORECASE,
)
_SHARE = re.compile(r"\s*out\s+of\s+[*_$£€]*\d|(?<=\b1)\s+in\s+\d")
_UNFINISHED = re.compile(r"\s*(?:[+*×÷=]|-)[\s$(£€]*\Z")
_REASON = re.compile(
    r",\s+as\b|\b(?:because|since|weil|denn|parce|puisque|porque|pues|ya\s+que|perché|потому|поскольку)\b"
    r"|因为|由于",
    re.IGNORECASE,
)
_WHERE = re.compile(
    r",?\s+(?:which\s+(?:occurs|happens|is\s+(?:attained|achieved|reached))|attained|achieved|reached"
    r"|occurring|when|where|at|if)\b[^.;=\d]{0,20}\b[A-Za-z]\s?=(?=[^=]*\Z)"
)
_CASE = re.compile(
    r"[\s*_]*(?:[Ff]or|[Ww]hen|[Ii]f|[Ww]ith|[Aa]t)\s+[$(]*[A-Za-z]\s?=\s?[-\d.,]*\d[$)]*,?\s+"
    r"(?=(?:the|it|we|you|there|this|that)\b)"
)
_TOTAL_BEFORE = re.compile(
    r"\b(?:totals?|totall?ing|combined\s+\w+\s+(?:is|was|of)|total\s+(?:of|is|was|cost|amount"
    r"|number|price)|sum(?:\s+of)?|sums?\s+to"
    r"|итого|insgesamt|au\s+total|en\s+total|in\s+totale)\b"
    r"[\s:,=*_]*(?:(?:is|are|was|of|has|have|about|only|there\s+(?:are|were"
    r"|will\s+be))\s+){0,2}[*_$\\£€¥(]*\Z"
    r"|(?:一共|总共|总计|合计|共计|共有)[^\d，,。]{0,8}\Z",
    re.IGNORECASE,
)
_TOTAL_AFTER = re.compile(
    r"[*_]*(?:\s+[A-Za-z]+){0,3}[*_]*,?\s+(?:in\s+total|in\s+all|total|altogether|overall|insgesamt"
    r"|au\s+total|en\s+total|in\s+totale|no\s+total|всего)\b"
    r"(?!\s+[*_$£€]*\d)",
    re.IGNORECASE,
)
_SUBJECT = re.compile(
    r"[\s\W_]*(?:(?:the|an?|number|integer|all|these|those|each|every|of|his|her|my|their|its|our|about|only|both|and"
    r"|so|thus|therefore|hence|then|but|now|total|les|die|los|las|le|i|os|as|gli|alle|всего"
    r"|insgesamt|altogether|en\s+total|au\s+total|in\s+totale|in\s+total|\w+ing)\b[\s,*_$£€]*)*\Z",
    re.IGNORECASE,
)
_BOUND = re.compile(
    r"(?:[≥≤]|(?<![<\w])[A-Za-z]\s?[<>]=?|\\[gl]eq?|(?<!no\s)(?<!not\s)\b(?:greater|less|more"
    r"|fewer|larger|smaller|higher|lower|bigger)\s+than)\s*[*_$\\£€¥]*\Z",
    re.IGNORECASE,
)
_COORDINATED = re.compile(
    r"[*_$\s]*(?:[^\W\d]+[\s*_]+){0,4}[^\W\d]*[*_]*\s*(?:,\s*(?:and|or)?|\band\b|\bor\b|\bund\b"
    r"|\bet\b|\by\b"
    r"|\be\b|\bи\b|\bplus\b|[+&、和与及])\s*(?:(?:the|another|a|other)\s+){0,2}[$£€*_]*\Z",
    re.IGNORECASE,
)
_ROUNDED = re.compile(
    r"\b(?:rounds?|rounded|rounding|aufgerundet|redondeando|redondeado|arrondi\w*)\b[^.;,\n\d]{0,30}?"
    r"(?:\b(?:to|up|down|as|auf|à|a)|→|≈)\s+[*_$\\£€¥(]*\Z"
    r"|四舍五入[^\d，。]{0,6}[为是到]\s*[*_]*\Z|(?:进一|向上取整|取整)[^\d，。]{0,4}\Z",
    re.IGNORECASE,
)
_PLACES = re.compile(
    r"[*_]*\s*(?:decimal|significant|places?|digits?|sig\b|d\.?p\.?\b|位)", re.IGNORECASE
)
_THERE_ARE = re.compile(r"\b(?:[Tt]here\s+(?:are|is|were)|has|have)\s+(?:exactly\s+)?[*_$]*\Z")
_ATTRIBUTE = re.compile(r"-[a-z]{2,}")
_MORE_THAN = re.compile(r"\s+(?:\w+\s+)?(?:more|less|fewer|older|younger|taller|longer)\s+than\b")
_OF_METHOD = re.compile(
    r"\s+(?:(?:linear|different|separate|simple|main)\s+)?"
    r"(?:equations?|unknowns?|variables?|steps|conditions|approaches|methods)\b",
    re.IGNORECASE,
)
"""What a solution counts of itself, not of its problem."""
_TIMES_AS = re.compile(r"\s+times\s+(?:as|the|that|more|older|\w+['’]s)\b")
_COSTS = re.compile(
    r"\b(?:costs?|pa(?:ys?|id)|kosten|kostet|zahl(?:t|en)|cuestan?|paga[nr]?|coûten?t|custam?|costano?"
    r"|kost|стоит|стоят|заплатит)\b",
    re.IGNORECASE,
)
_JOINED = re.compile(r"[,;]\s|\b(?:and|or|und|oder|et|ou|y|o|e|и|или)\b")
_DEFINITE = re.compile(r"\bthe\s+(?:\w+ing\s+|other\s+|last\s+)?[*_$]*\Z")
_IN = re.compile(r"\b(?:in|within)\s+(?:only\s+|just\s+|about\s+|another\s+)?[*_]*\Z")
_MONEY = re.compile(
    r"[*_]*\s?(?:€|\$|euros?\b|dollars?\b|dólares|dollari|Dollar\b|долл|руб|reais|yuan|cents?\b)",
    re.IGNORECASE,
)
_APPOSED = re.compile(r",\s+an?\s+(?:\w+\s+)?\w+\s+of\s+(?=[*_$£€]*\d)")
_NAMED = re.compile(
    r"[*_]*(?:\s\w+)?\s+(?:is|are|was)\s+(?:what|the\s+(?:only\s+|total\s+|correct\s+|final\s+)?"
    r"(?:number|value|answer|amount|total|solution|result|sum|price|cost)"
    r"|the\s+(?:most|fewest|least|maximum|minimum)\b"
    r"|the\s+(?:\w+\s+){1,4}of)\b"
)
_COPULA = re.compile(
    r"\b(?:is|was|(?<!and )(?:would|will)\s+[a-z]+|adds?\s+up\s+to|sums?\s+to"
    r"|(?:turns|works)\s+out\s+to\s+be)\s+"
    r"(?:about\s+|only\s+)?[*_$\\£€¥(]*\Z"
)
_BARE = re.compile(r"[*_]*[$£€¥]?[\d.,]*\d[*_]*[.!]?\s*\Z")
_BREAKDOWN = re.compile(r"[:：]\s")
_THEN = re.compile(
    r"(?:[^\s,.;\d]+\s+){0,3}(?:so|therefore|thus|hence|donc|daher|somit|also|por\s+(?:lo\s+)?tanto|quindi"
    r"|portanto)\b"
)
_NEEDED = re.compile(r"\b(?:is|are|were|was)\s+(?:needed|required|necessary|left|enough)\b")
_COUNTED = re.compile(
    r"\b(?:day|week|month|year|page|level|grade|round|person|house|room|floor|chapter|line|trial"
    r"|player|team|number|no\.)\s*[#*_]*\Z|第\Z",
    re.IGNORECASE,
)
_CJK = re.compile(r"[\u0900-\u0e7f\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af]")
"""Of languages without prepositions before numbers, those of India and Thai among them."""


def said(text: str, begin: int, end: int) -> Numeral | Unreadable | None:
    """The number the sentence ``text[begin:end]`` amounts to; ``None`` if it has no number."""
    end = min(end, begin + _LONGEST)
    everything = [*numerals(text, begin, end)]
    found: Sequence[Numeral] = [each for each in everything if not each.label]
    if not found:
        return _in_words(text, begin, end) or _counted(text, everything)
    whole = [each for each in found if not _ATTRIBUTE.match(text, each.end)]
    if not whole:
        counted = _counted(text, [each for each in everything if each.label])
        counted = counted or _in_words(text, begin, end)
        if counted is not None:
            return counted
    found = whole or found
    counted = _counted_after(text, end, everything)
    if counted is not None:
        return counted
    reason = _REASON.search(text, begin, found[0].start)
    worded = _in_words(text, begin, reason.start()) if reason else None
    if worded is not None:
        return worded
    worded = words_after(text, begin, end, found[-1].end) or words_before(text, begin, found)
    if worded is not None:
        return worded
    found = asserted(text, begin, end, found)
    if not found or _UNFINISHED.match(text, found[-1].end, end):
        return UNREADABLE
    if _RANGE.search(unbracketed(text, begin, end)):
        return _beside_range(text, begin, end, found) or UNREADABLE
    if len({each.value for each in found}) == 1 and not any(each.formula for each in found):
        bounded = _BOUND.search(text[max(0, found[-1].start - 24) : found[-1].start])
        return found[-1] if readable(found[-1]) and not bounded else UNREADABLE
    rounded = [each for each in found if _is_rounded(text, begin, each)]
    if rounded:
        return rounded[-1] if readable(rounded[-1]) else UNREADABLE
    after = consequence(text, begin, end, found)
    explained = _explained(text, begin, end, found) or _explained(text, after, end, found)
    chosen = explained or _concluded(text, after, end, found)
    if isinstance(chosen, Numeral):
        bounded = _BOUND.search(text[max(0, chosen.start - 24) : chosen.start])
        if bounded or _SHARE.match(text, chosen.end):
            return UNREADABLE
    return chosen


def _explained(text: str, begin: int, end: int, found: Sequence[Numeral]) -> Numeral | None:
    """The one number that a clause says before a colon, where what follows reckons nothing out."""
    colon = _BREAKDOWN.search(text, found[0].end, end)
    if colon is None or EQUALS.search(text, begin, end) or _BARE.match(text, colon.end(), end):
        return None
    if _THEN.match(text, colon.end(), end) and found[-1].start > colon.end():
        return None
    before = [each for each in found if begin <= each.start < colon.start()]
    arguments = arguments_of(text, begin, before)
    if len(arguments) != 1:
        return None
    subject = _SUBJECT.match(text[begin : arguments[0].start])
    if subject and not _NEEDED.search(text, arguments[0].end, colon.start()):
        return None
    return arguments[0] if readable(arguments[0]) else None


def _concluded(text: str, begin: int, end: int, found: Sequence[Numeral]) -> Numeral | Unreadable:
    """The number of several that what follows the last "so" of a sentence amounts to."""
    reason = _REASON.search(text, found[0].end, end)
    if (
        reason
        and reason.start() > begin
        and any(begin <= each.start < reason.start() for each in found)
    ):
        end = reason.start()
    case = _CASE.match(text, begin, end)
    if case and any(each.start >= case.end() for each in found):
        begin = case.end()
    condition = _WHERE.search(text, begin, end)
    if condition and any(begin <= each.start < condition.start() for each in found):
        end = condition.start()
    found = [each for each in found if begin <= each.start < end]
    if _NAMED.match(text, found[0].end, end) and _SUBJECT.match(text[begin : found[0].start]):
        return found[0] if readable(found[0]) else UNREADABLE
    chosen = equation(text, begin, end, found)
    if chosen is not None:
        return chosen
    begin, until = main_clause(text, begin, end, found)
    found = [each for each in found if begin <= each.start < until]
    chosen = _chosen(text, begin, until, found)
    if chosen == UNREADABLE and not arguments_of(text, begin, found):
        chosen = before_tail(text, begin, found) or chosen
    if chosen == UNREADABLE and len(found) > 1:
        chosen = _apposed(text, until, end) or chosen
    return chosen


def _apposed(text: str, begin: int, end: int) -> Numeral | None:
    """The total or the difference that follows the numbers it is made of."""
    apposed = _APPOSED.match(text, begin, end)
    result = next(numerals(text, apposed.end(), end), None) if apposed else None
    return result if result is not None and readable(result) else None


def _beside_range(text: str, begin: int, end: int, found: Sequence[Numeral]) -> Numeral | None:
    """The one number that a sentence says of a range ("there are 6 integers between 5 and 12")."""
    spans = [each.span() for each in _RANGE.finditer(text, begin, end)]
    beside = [each for each in found if not any(a <= each.start < b for a, b in spans)]
    if len({each.value for each in beside}) != 1 or not readable(beside[0]):
        return None
    before = text[max(begin, beside[0].start - 24) : beside[0].start]
    return beside[0] if _COPULA.search(before) or _THERE_ARE.search(before) else None


def _is_rounded(text: str, begin: int, numeral: Numeral) -> bool:
    """Whether a number is what another one is rounded to."""
    if not _ROUNDED.search(text[max(begin, numeral.start - 60) : numeral.start]):
        return False
    return not _PLACES.match(text, numeral.end)


def _in_words(text: str, begin: int, end: int) -> Numeral | None:
    found = [
        each
        for each in spelled(text, begin, end, is_foreign(text))
        if not each.label and not _OF_METHOD.match(text, each.end)
    ]
    for compares in (_MORE_THAN, _TIMES_AS):
        found = [each for each in found if not compares.match(text, each.end, end)] or found
    if len({each.value for each in found}) == 1:
        return found[-1]
    results = [each for each in found if PREDICATE.search(text[begin : each.start])]
    if not found or results == found[-1:]:
        return found[-1] if found else None
    after = consequence(text, begin, end, found)
    divided = (
        after > begin
        or main_clause(text, begin, end, found)[0] > begin
        or _REASON.search(text, found[0].end, end)
    )
    concluded = _concluded(text, after, end, found) if divided else None
    return concluded if isinstance(concluded, Numeral) else None


def _counted(text: str, found: Sequence[Numeral]) -> Numeral | None:
    """The one day, page or place that a sentence names, which counts where nothing else does."""
    found = [each for each in found if ";" not in text[found[0].end : each.start]]
    if len(found) != 1 or found[0].value is None or found[0].formula:
        return None
    ordinal = text[found[0].end - 2 : found[0].end].isalpha()
    before = text[max(0, found[0].start - 12) : found[0].start]
    return found[0] if ordinal or _COUNTED.search(before) else None


def _counted_after(text: str, end: int, everything: Sequence[Numeral]) -> Numeral | None:
    """The day, page or place in which what follows a "so" ends, where it has no other number."""
    last = everything[-1]
    before = [each for each in everything if not each.label]
    so = [*SO.finditer(text, before[-1].end, last.start)]
    if not so or re.search(r"\w", text[last.end : end]):
        return None
    return _counted(text, [each for each in everything if each.start > so[-1].end()])


def _chosen(text: str, begin: int, end: int, found: Sequence[Numeral]) -> Numeral | Unreadable:
    if len({each.value for each in found}) == 1:
        return found[-1] if readable(found[-1]) else UNREADABLE
    one_quantity = any(
        are_one_quantity(text, one, other) or _is_calculation(text, begin, one, other)
        for one, other in pairwise(found)
    )
    colon = _BREAKDOWN.search(text, begin, end)
    if colon:
        before = [each for each in found if each.start < colon.start()]
        if len(found) == len(before) + 1 and _BARE.match(text, colon.end(), end):
            return found[-1] if readable(found[-1]) else UNREADABLE
        arguments = arguments_of(text, begin, before)
        if len(arguments) == 1 and not _SUBJECT.match(text[begin : arguments[0].start]):
            return arguments[0]
        found = [each for each in found if each.start > colon.start()] or found
        begin = colon.end() if found[0].start > colon.start() else begin
    if one_quantity:
        predicate = PREDICATE.search(text[max(begin, found[-1].start - 24) : found[-1].start])
        return found[-1] if predicate and readable(found[-1]) else UNREADABLE
    copula = [
        each for each in found if _COPULA.search(text[max(begin, each.start - 24) : each.start])
    ]
    if copula == [found[-1]] and readable(found[-1]):
        return found[-1]
    totals = [
        each
        for each in found
        if _TOTAL_BEFORE.search(text[max(begin, each.start - 60) : each.start])
        or _TOTAL_AFTER.match(text, each.end, end)
    ]
    if len({each.value for each in totals}) == 1:
        return totals[-1] if readable(totals[-1]) else UNREADABLE
    return _argument(text, begin, found)


def _is_calculation(text: str, begin: int, one: Numeral, other: Numeral) -> bool:
    """Whether two numbers are parts of one ("3 by 4"), not a record and what it is beaten by."""
    if not OPEN_CALCULATION.match(text, one.end, other.start):
        return False
    return is_governed(text, begin, other) or not text[one.end : other.start].endswith("by ")


def _argument(text: str, begin: int, found: Sequence[Numeral]) -> Numeral | Unreadable:
    """The only number that is subject or object; the object if both are numbers."""
    if _CJK.search(text, begin, found[-1].end):
        return verbal_object(text, begin, found)
    arguments = arguments_of(text, begin, found)
    if not arguments:
        return UNREADABLE
    sold = [
        each
        for each in arguments
        if SOLD_FOR.search(text[max(begin, each.start - 60) : each.start])
    ]
    arguments = sold or arguments
    if len(arguments) > 1 and _SUBJECT.match(text[begin : arguments[0].start]):
        while len(arguments) > 1 and _COORDINATED.match(text, arguments[0].end, arguments[1].start):
            arguments = arguments[1:]
            if len(arguments) == 1:
                return UNREADABLE
        arguments = arguments[1:]
    joined = _JOINED.search(text, arguments[0].end, arguments[-1].start)
    if len(arguments) > 1 and not joined and _COSTS.search(text, begin, arguments[-1].start):
        priced = [
            each for each in arguments if text[each.start] in "$£€¥" or _MONEY.match(text, each.end)
        ]
        arguments = priced or arguments
    if len(arguments) == 1 and _DEFINITE.search(text[begin : arguments[0].start]):
        later = [each for each in found if each.start > arguments[0].end]
        timed = [each for each in later if _IN.search(text[begin : each.start])]
        arguments = timed if len(timed) == 1 else arguments
    values = {each.value for each in arguments}
    return arguments[0] if len(values) == 1 and readable(arguments[0]) else UNREADABLE
