r"""What part of a sentence says what it comes to: behind its last "so", before its "because".

Owns how a sentence is divided: its consequence, what introduces its main clause, and what follows
it as a reason, a purpose or a comparison. Knows nothing of which number of a clause counts.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from perfbench.evaluation.extraction.arguments import is_governed
from perfbench.evaluation.extraction.numerals import Numeral
from perfbench.evaluation.extraction.reading import readable

_CHANGE = (
    r"(?:increase|decrease|growth|gain|loss|drop|fall|rise|savings?|reduction|discount|difference"
    r"|change|improvement|profit)"
)
_COMPARED = (
    r",\s+(?:which\s+is\s+|that\s+is\s+|das\s+(?:ist|sind)\s+|soit\s+|cioè\s+|ou\s+seja,?\s+|es\s+decir,?\s+|that['’]s\s+)?"
    r"(?=[*_$£€]*\d[\d.,]*[*_]*\s?[€$%]?\s*(?:\w+\s+)?(?:more|less|fewer|higher|lower|greater|older"
    r"|younger|cheaper|longer|shorter|taller|short|away|times|weniger|mehr|(?:de\s+)?(?:moins|plus|menos|más)"
    r"|a\s+mais|in\s+(?:meno|più)|меньше|больше)\b)"
)
_CONSEQUENCE = re.compile(
    r"\b(?:so|thus|therefore|hence|consequently|meaning|that['’]s|namely|but"
    r"|(?:which|that|this|it|and)\s+(?:means|makes|gives|leaves|equals|is(?=\s+(?:an?\s+(?:total\s+of\s+)?)?[*_$£€]*\d)(?!\s+(?:an?\s+)?[*_$£€]*\d\S*(?:\s\w+)?\s+(?:less|more|fewer|higher|lower|greater|above"
    r"|(?:in|de)crease\s+(?:over|from|on|compared)|below|cheaper|older|younger|longer|shorter|short|times|of)\b)"
    r"|comes\s+(?:out\s+)?to|adds\s+up\s+to|totals|amounts\s+to|results\s+in|brings"
    r"|works\s+out\s+to)"
    r"|(?:yields|leaves|gives(?:\s+us)?|results\s+in)(?=\s+[*_$£€]*(?:[a-z]\s*=\s*)?\d)"
    r"|(?:(?:to|and)\s+(?:get|obtain|find|give)|leaves\s+a\s+remainder\s+of)(?=\s+[*_$£€]*\d)"
    r"|out\s+of\s+(?:the\s+)?\d+(?:\s\w+)?\s+(?:is|equals)(?=\s+\d)"
    r"|and\s+now\s+ha(?:s|ve)|(?:to|we|you|I)\s+find\s+that|(?:is|are|['’]re|['’]s)\s+left\s+with|(?:end|wind)(?:s|ed)?\s+up\s+with"
    r"|for\s+an?\s+(?:\w+\s+)?(?:rate|average|score|percentage|speed)\s+of"
    r"|(?:together|combined),?\s+(?:they|we|both)"
    r"|from\s+[*_$£€]*-?\d[^;\n]{0,40}?\bto\s+[*_$£€]*-?\d[^;\n]{0,25}?,\s+an?\s+(?:\w+\s+)?"
    rf"{_CHANGE}\s+of"
    r"|(?<!after )(?<!by )(?<!before )(?<!without )(?<!for )(?<!of )(?<!from )(?:giving|making"
    r"|leaving|earning|totall?ing|resulting\s+in|bringing|yielding|costing|netting)"
    r"|and\s+(?:then\s+)?(?:earn(?:s|ed)|g[eo]ts?\s+paid|paid|pays|spen(?:ds|t)|save[sd]|costs?"
    r"|collect(?:s|ed)|receive[sd])"
    r"|also|donc|por\s+lo\s+tanto|por\s+tanto|así\s+que|portanto|quindi|значит|поэтому"
    r"|следовательно"
    r"|daher|somit|folglich|dus)\b"
    r"|,\s+and\s+(?:since|because)\b[^,;\n]{1,80},(?=[^\n;]*\d)"
    r"|,\s+and(?=\s+in\s+\d+\s+\w+\s+(?:he|she|it|they)\b)"
    r"|\b(?:more|less|fewer|higher|lower),\s+or(?=\s+[*_$£€]*\d)"
    r"|\btakes?\s+(?:the\s+)?\d+\s+[a-z]+(?=\s+\d+(?:\.\d+)?\s+(?:minute|hour|day|week|month|year)s?\b)"
    r"|(?:には|では)(?=\d)|(?<=[,;]\s)(?:that|this)\s+[a-z]{2,}s(?=\s+[^\n;]*\d)"
    r"|\b(?:you|we|I|one)\s+(?:get|obtain|arrive\s+at)\b|,\s*then\b|\bi\.\s?e\.,?(?!\s+\S+\s+(?:\w+\s+)?(?:more|less|fewer|older|younger|longer|shorter|higher|lower|cheaper|taller|faster|slower|earlier|later|below|above)\b)(?!\s+\S+%\s+of\b)(?=\s+(?:about\s+|only\s+)?[*_$£€-]*\d)"
    r"|(?:(?:%|/\d+)\s+of|\bplus|\d\s?[-+×*])\s+[^;\n=]{1,40}?,\s+or(?=\s+[*_$£€]*\d)|\bthat\s+is,|所以"
    r"|จึง|ดังนั้น|เพราะฉะนั้น|তাই|সুতরাং|অতএব|కాబట్టి|అందువల్ల|इसलिए|अतः|\bkwa\s+hi[yv]o\b"
    r"|因此|因而|故|从而|即(?!\s*\d+[^\d，。]{0,4}[乘加减除×+*/])|于是|したがって|よって|따라서|그래서|∴|→|⇒|=>",
    re.IGNORECASE,
)
_PREMISE = re.compile(
    r"\s*(?:[Ss]ince|[Bb]ecause|[Aa]s|[Gg]iven\s+that)\b[^.;\n]{1,200}=[^=.;\n]{1,40}(?:\.\d+)?,"
    r"(?=\s+(?:the|he|she|they|it|we|you|I|there|each|every|[A-Z][a-z]+)\s[^=\n]*\Z)"
)
_TAIL = re.compile(
    r"\b(?:because|since|using|(?<=,\s)(?:spending|keeping|paying)|whereas|while|although|though|including|includes|included|instead\s+of"
    r"|rather\s+than|not|compared|given|assuming|based\s+on|where|who|whose|when|once|until|unless|than"
    r"|as\s+(?:opposed|compared)|(?:down|up)\s+from|out\s+of|by\s+\w+ing|after(?!\s+\w+\s+and\s+[*_$£€]*\d)|if|as"
    r"|(?:of|for|from|in|at)\s+which|which|to\s+(?!\d|an?\b|the\b|be\s+[*_$£€]*\d)[a-z]+|before(?!\s+\w+\s+and\s+[*_$£€]*\d)|versus|vs"
    r"|après\s+(?:que|avoir)|nachdem|después\s+de|dopo\s+(?:che|aver)|depois\s+(?:de|que)"
    r"|weil|denn|indem|wenn|parce|puisque|car|en\s+\w+ant|porque|pues|ya\s+que|\w+[ai]endo|perché"
    r"|pois"
    r"|(?:en|para|pour|per|per\s+poter)\s+(?!\d)\w+(?:ar|er|ir|re)(?:lo|la|los|las)?|um\s+(?:[\w-]+\s+){0,6}zu\s+\w+en"
    r"|vendendo|\w+[аяе]я|потому|поскольку|так\s+как|если)\b"
    r"|,\s+that\s+is,?\s+(?=[*_$£€]*\d\S*(?:\s\w+)?\s+(?:out\s+)?of\b)"
    rf"|,\s+an?\s+(?:\w+\s+)?{_CHANGE}\s+of\b|{_COMPARED}"
    r"|\b(?:by\s+the\s+time|después\s+de|depois\s+de|après\s+avoir|nachdem|dopo\s+aver)\b"
    r"|[，,]是[^，。\d]{0,8}(?=\d+倍)|,\s+da\b|\bi\.\s?e\.|\bthat\s+(?:\w+ly\s+)?(?:costs?|was|were|had|has|are|used\s+to|sells?)\b"
    r"(?![^,;.\d]{1,60}\bis\s+[*_$£€]*\d)"
    r"|\b(?:sendo|siendo|essendo|para\s+que|pour\s+que|afin|damit|чтобы|(?:an)?statt|вместо|en\s+(?:lugar|vez)\s+de"
    r"|au\s+lieu|invece|em\s+vez|in\s+plaats)\b"
    r"|,?\s*\b(?:из\s+(?:них|которых)|davon|dont|de\s+(?:los|las)\s+(?:cuales|que)|di\s+cui"
    r"|d[oa]s\s+quais)\b|其中|그중"
    r"|(?<=[\w%*])(?<!\band\sthe)\s\w{3,20}ing\b|,\s+(?:having|being|saving|with)\b|—|,?\s*\b(?:or|oder|ou|o)\s+(?:about"
    r"|approximately|roughly|around|almost|nearly|etwa|environ|circa)\b"
    r"|,\s+(?:das\s+sind|soit|es\s+decir|cioè|ou\s+seja|that['’]s|that\s+is)\s+(?:rund|etwa|ca\.|circa"
    r"|environ|unos|aproximadamente|about|roughly|approximately|around)\s"
    r"|,\s+(?:soit|es\s+decir,?|ou\s+seja,?|cioè)\s+\S+(?:\s\w+)?\s+(?:par|por|per)\s"
    r"|,?\s+and\s+(?:it|this|that)\s+is\s+(?:half|twice|double|\w+\s+times)\b"
    r"|;\s+(?:the|an?|another|one)\s[^;\n\d]{1,60}\bwould\b"
    r"|因为|由于|如果|才能|以便|[，,]比|[，,]即(?=\s*\d+[^\d，。]{0,4}[乘加减除×+*/])|而不是|不是|\s[-–—]{1,2}\s(?![$£€(\d])",
    re.IGNORECASE,
)
_INTRODUCTION = re.compile(
    r"[\s*_>#,-]*(?:(?:so|thus|therefore|hence|and|then|but|also|now)\b,?\s+)?"
    r"(?:after|by|with|if|since|when|because|given|as|while|although|though|before|once|assuming"
    r"|for"
    r"|at|on|in(?!\s+(?:short|summary|conclusion|fact|total|all|sum|other\s+words)\b)|over|out\s+of|of|from|to|during|within|(?:every|each)(?=\s+(?:\w+\s+)?(?:day|week|month|year|hour|minute|time|second|trip|round)\b)|starting|using|through|per"
    r"|instead\s+of"
    r"|considering|despite|having|adding|subtracting|multiplying|dividing|nach|nachdem|weil|sobald|bei|mit|wenn|da|von"
    r"|après|quand|puisque|cuando|quando|dopo|poiché|siccome|depois|avec|si|en|dans|pour|sur|comme|al|con|de|después|para|по|за|в|из|если|при|после)\b",
    re.IGNORECASE,
)

_DATED = re.compile(r"\W*(?:[Oo]n|[Ii]n|[Dd]uring)\s+[A-Z][a-z]+\s+[^,\d]*\Z")
_COMMA = re.compile(r"[,，](?!\d)(?!\s+(?:which|who|whose|where)\b)")
_SUBJECT = re.compile(r"(?<=\w\s)(?:he|she|it|they|we|you|I)\s(?!\w+ing\b)")
"""What begins a main clause that no comma parts from its introduction."""


_GIVEN_AGAIN = re.compile(
    r"which\s+(?:gives?|makes?|leaves?|adds?|totals?|brings?)\s+(?:[a-z]+\s+){0,3}the\s+[*_$£€]*\d"
)
"""Where a sentence comes back to what was given: "which makes up the $720 bill"."""
_AMOUNTS_TO = re.compile(
    r",\s+(?:soit|es\s+decir,?|ou\s+seja,?|ossia|ovvero|cioè|das\s+(?:macht|sind|ergibt)|was\s+\w+\s+von)\s+"
    r"(?=[*_$€£]*\d)(?!\S+(?:\s(?!euros?|dollars?|dólares)\w+)?\s+(?:par|por|per|pro)\s)"
)
"""What gives the result of the numbers before it, or the only one of them in other words."""


def consequence(text: str, begin: int, end: int, found: Sequence[Numeral]) -> int:
    """Where what a sentence comes to begins: after its last "so"."""
    premise = _PREMISE.match(text, begin, end)
    if premise and premise.end() <= found[-1].start:
        begin = premise.end()
    for sign in _CONSEQUENCE.finditer(text, begin, end):
        if sign.end() <= found[-1].start and not _GIVEN_AGAIN.match(text, sign.start()):
            begin = sign.end()
    amounts = _AMOUNTS_TO.search(text, begin, end)
    given = [each for each in found if amounts and begin <= each.start < amounts.start()]
    if amounts and len(given) > 1 and amounts.end() <= found[-1].start:
        begin = amounts.end()
    return begin


def main_clause(text: str, begin: int, end: int, found: Sequence[Numeral]) -> tuple[int, int]:
    """The clause without what introduces it, or follows as a reason or a comparison."""
    first = next(each for each in found if each.start >= begin)
    introduced = _INTRODUCTION.match(text, begin, first.start + 1)
    dated = _DATED.match(text, begin, first.start) and not is_governed(text, begin, first)
    if introduced is not None and not dated:
        comma = next(
            (
                each.end()
                for each in _COMMA.finditer(text[begin:end])
                if any(number.start >= begin + each.end() for number in found)
                and (each.start() + begin > first.start)
            ),
            None,
        )
        main = _SUBJECT.search(text, first.end, found[-1].start) if comma is None else None
        if comma is not None or main is not None:
            begin = main.start() if main is not None else begin + (comma or 0)
            first = next(each for each in found if each.start >= begin)
    tail = next((each for each in _TAIL.finditer(text, first.end, end)), None)
    while tail is not None and not _argues(text, begin, tail.start(), found):
        tail = _TAIL.search(text, tail.end(), end)
    return begin, tail.start() if tail else end


def before_tail(text: str, begin: int, found: Sequence[Numeral]) -> Numeral | None:
    """The one number before a tail, of a sentence that has no argument ("in 18 days, if ...")."""
    tail = _TAIL.search(text, found[0].end, found[-1].start)
    before = [each for each in found if tail is not None and each.start < tail.start()]
    return before[0] if len(before) == 1 and readable(before[0]) else None


def _argues(text: str, begin: int, end: int, found: Sequence[Numeral]) -> bool:
    """Whether a number that is not reckoned with only stands before a tail."""
    inside = [each for each in found if begin <= each.start < end]
    return any(not is_governed(text, begin, each) for each in inside)
