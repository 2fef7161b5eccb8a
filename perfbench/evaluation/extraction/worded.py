r"""Answers to mathematical questions that are words: "So the graph is an **ellipse**."

Owns which closing sentences say such an answer: a predicate behind a "so" or in a paragraph of its
own, a yes or a no, that there is no solution, who has the most. What stays in doubt says nothing:
most sentences without numbers are no answers.
"""

from __future__ import annotations

import re

from perfbench.evaluation.extraction.spelled import spelled

_OPENER = re.compile(
    r"[\s*_#>-]*(?:(?:(?:so|thus|therefore|hence|consequently|accordingly|finally|overall|in\s+conclusion"
    r"|(?:we|I)\s+(?:can\s+)?conclude(?:\s+that)?|it\s+follows\s+that|this\s+(?:means|shows)(?:\s+that)?"
    r"|by\s+definition|all\s+in\s+all)\b|(?:by|since|because|as|\w{2,20}ing)\b[^,;]{1,80},"
    r"|所以|因此|故)[,:，：]?\s*){1,3}",
    re.IGNORECASE,
)
_VALUE = r"(?P<value>[A-Za-z][A-Za-z'’-]*(?:\s[A-Za-z][A-Za-z'’-]*){0,2})"
_CLAIM = re.compile(
    r"[*_\s]*(?:[A-Za-z](?:\([a-z]\))?\s(?=is\b)|it|the|this|that|its|our|his|her)(?:['’]s\s+|\b(?:[^,;:.?\d]{0,70}?\s)??"
    r"(?:is|are|was|will\s+be|must\s+be|has\s+to\s+be|represents|describes|falls\s+on|lands\s+on)\s+)"
    r"(?:(?:therefore|thus|hence|then|always|also)\s+)?(?:an?\s+|the\s+|on\s+an?\s+|always\s+|called\s+"
    r"|(?:the|an?)\s+(?:equation|graph)\s+of\s+(?:an?\s+|the\s+)?)?(?P<bold>\*\*)?"
    rf"(?:an?\s+|the\s+)?{_VALUE}[*_.!]*\Z",
    re.IGNORECASE,
)
_BOLD_LINE = re.compile(rf"[\s>#-]*\*\*{_VALUE}[.!]?\*\*[.!]?\s*\Z")
_NO_ANSWERS = re.compile(
    r"\b(?:therefore|thus|hence|then|as|by|in|of|to|from|for|with|at|that|what|how|why|not|no|and|or|we|you|only|also|then"
    r"|complet\w+|correct|incorrect|right|wrong|done|clear\w*|obvious\w*|trivial|prove[nd]?|shown"
    r"|solv\w+|desired|required|needed|given|known|unknown|result|results|answer|answers|solution"
    r"|solutions|contradiction|proof|claim|conclusion|conclude|following|same|necessary|sufficient"
    r"|explanation|step|steps|summary|verification|check|note|final|consistent|impossible|possible"
    r"|true\s+for|equivalent|similar|sketch|valid|strategy|equal|larger|smaller|greater|bigger|lower|higher|better|worse|strict|less|more|different|distinct"
    r"|positive|negative|important|easy|simple|straightforward|useful|case|cases|problem|one|here"
    r"|follows?|this|that|it|them|used|find|found|unclear|ambiguous|missing|approach|method|analysis"
    r"|everything|everyone|nothing|something|matter|goal|point|question|idea|key|wait|hmm|sure)\b",
    re.IGNORECASE,
)
_ABOUT_THE_TEXT = re.compile(
    r"\b(?:step|argument|proof|approach|method|strategy|claim|idea|rest|process|calculation"
    r"|computation|analysis|explanation|reasoning|task|problem|question)s?\b",
    re.IGNORECASE,
)
_DERIVED = re.compile(r"(?!(?:in|de)creasing)\w+(?:ing|ed|ly)\Z", re.IGNORECASE)
"""Words that tell what is done rather than what something is."""
_YES_NO = re.compile(r"(?P<word>yes|no)\b\s*[,;:.!—–-]", re.IGNORECASE)
_NONE = re.compile(
    r"(?:[^\d]{0,200}\b)?(?:there\s+(?:is|are|exists?)|ha(?:s|ve)|admits?)\s+(?:therefore\s+|thus\s+"
    r"|indeed\s+)?\**no\s+(?P<kind>(?:real|integer|positive|such|possible|valid|rational)\s+)?"
    r"(?:solutions?|roots?|values?)\**(?:\s+(?:to|for|of)\s+(?:this|the)\s+\w+(?:\s\w+)?)?[.!*]*\Z",
    re.IGNORECASE,
)
_INFINITE = re.compile(
    r"(?:[^\d]{0,200}\b)?(?:there\s+are|has|have|admits?)\s+(?:therefore\s+|thus\s+|indeed\s+)?"
    r"\**infinitely\s+many\s+(?:(?:real|integer|positive|such|possible|different)\s+)?"
    r"(?:solutions?|roots?|values?|pairs|triples|points|answers)\**[.!*]*\Z",
    re.IGNORECASE,
)
_NOWHERE = re.compile(
    r"[^\d]{0,160}\b(?:limit|sum|inverse|integral|maximum|minimum|it)\b[^\d.]{0,80}\s\**does\s+not\s+exist\**"
    r"(?:,?\s+(?:since|because|as)\s[^.!]{1,160})?[.!*]*\Z",
    re.IGNORECASE,
)
_UNDECIDED = re.compile(
    r"\b(?:if|whether|unless|suppose|assume|would|could|might|may)\b", re.IGNORECASE
)
_MOST = re.compile(
    r"[\s*_]*(?!(?:The|This|That|It|Each|Every|Both|Which|Who|He|She|They|We|One|There|These)\b)"
    r"(?P<name>[A-Z][a-z]+(?:\s[A-Z][a-z]+)?)\**\s+(?:is|was|ha[sd]|makes?|made|earn(?:s|ed)|w[io]ns?|r[au]ns?"
    r"|got|gets|t[oa]kes?|took|scor(?:es|ed)|runs|did|does|drives?|drove|pays?|paid|s[ae]ll?s|sold)\s+the\s+"
    r"(?:\w+\s)?(?:most|least|fewest|(?!for)\w{2,}est)\b[^.;]{0,60}[.!*]*\s*\Z"
)


_DAY = re.compile(
    r".{0,200}\b(?:is|be|was|on|falls|lands)\s+(?:an?\s+|on\s+(?:an?\s+)?)?\**(?P<day>(?:Mon|Tues|Wednes|Thurs|Fri|Satur"
    r"|Sun)day)[*.!]*\s*\Z"
)
_BARE = re.compile(
    r"[\s*_\"']*(?!(?:Sure|Okay|Error|Unknown|None|Hello|Thanks?|Sorry)\b)(?P<value>[A-Za-z][a-z]{2,20})[\s*_.!\"']*"
)
_LIMIT = re.compile(
    r"\s*(?:the|this|our)\s+(?:\w+\s+)?(?:series|sequence|integral|sum|product)\s+"
    r"(?:(?:absolutely|conditionally)\s+)?(?P<word>diverges|converges)[\s.!*]*\Z",
    re.IGNORECASE,
)


def worded(sentence: str, alone: bool) -> str | None:
    """The word that a text's last sentence answers with; ``alone``: it is a paragraph by itself."""
    line = _BOLD_LINE.match(sentence)
    if line:
        return _answer(line["value"])
    if not sentence.rstrip().endswith((".", "!", "。", "．", "*")) or _UNDECIDED.search(sentence):
        return None
    opener = _OPENER.match(sentence)
    said = sentence[opener.end() :] if opener else sentence
    yes_no = _YES_NO.match(said.lstrip(" *_"))
    if yes_no and (opener or alone):
        return yes_no["word"].capitalize()
    if _NONE.match(sentence):
        return "no solution"
    if _NOWHERE.match(sentence):
        return "does not exist"
    if _INFINITE.match(sentence):
        return "infinitely many"
    if not opener and not alone:
        return None
    limit = _LIMIT.match(said)
    if limit is not None:
        return limit["word"]
    most = superlative(said)
    if most is not None:
        return most
    claim = _CLAIM.match(said)
    if claim is None or _ABOUT_THE_TEXT.search(said[: claim.start("value")]):
        return None
    return _answer(claim["value"])


def existence(sentence: str) -> str | None:
    """That there is no solution or no limit, or whether something converges, in a whole text."""
    if _UNDECIDED.search(sentence):
        return None
    limit = _LIMIT.match(sentence)
    nowhere = "does not exist" if _NOWHERE.match(sentence) else None
    return limit["word"] if limit else nowhere or ("no solution" if _NONE.match(sentence) else None)


def bare_word(text: str) -> str | None:
    """The one word that a whole text is."""
    found = _BARE.fullmatch(text)
    return None if found is None else _answer(found["value"])


def without_opener(sentence: str) -> str:
    """What a sentence says behind its "so" or its reason."""
    opener = _OPENER.match(sentence)
    return sentence[opener.end() :] if opener else sentence


def weekday(sentence: str) -> str | None:
    """The day of the week that a sentence ends in."""
    found = _DAY.match(sentence)
    return found["day"] if found else None


def superlative(sentence: str) -> str | None:
    """Who a sentence says has the most, or the longest, or the least."""
    found = _MOST.match(sentence)
    return found["name"] if found else None


def _answer(words: str) -> str | None:
    number = next(spelled(words, 0, len(words)), None)
    if number or _NO_ANSWERS.search(words) or _DERIVED.search(words.split()[-1]):
        return None
    return words
