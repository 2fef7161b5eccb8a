r"""What number a text without a stated answer gives: in its opening, or in its closing statement.

Owns which sentence of a text says its result: not a note, an offer of help, a check or an
explanation after it, and none where the text refuses. Knows nothing of how a sentence is read.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from perfbench.evaluation.extraction.numerals import Numeral, numerals
from perfbench.evaluation.extraction.reading import UNREADABLE, Unreadable, readable
from perfbench.evaluation.extraction.sentences import said
from perfbench.evaluation.extraction.spelled import spelled

REFUSAL = re.compile(
    r"(?:\A\W*Not\s+sure\b|\bI(?:['’]m|\s+am)\s+(?:sorry|unable|not\s+(?:sure|able|certain))"
    r"|\bI\s+(?:do\s+not|don['’]t|can\s?not|can['’]t|could\s+not|couldn['’]t)\s+"
    r"(?:know|solve|answer|determine|help|provide|find|figure|calculate|compute|view|see|access"
    r"|tell|count|read|open)"
    r"|cannot\s+be\s+(?:determined|solved|answered|calculated|found)"
    r"|(?:not|isn['’]t|no|lacks?|without)\s+(?:enough|sufficient)\s+(?:\w+\s+)?(?:information|data"
    r"|details?|context)|n['’]t\s+have\s+enough"
    r"|insufficient\s+(?:information|data)|impossible\s+to\s+(?:determine|say|know|answer|solve"
    r"|calculate|tell)"
    r"|无法(?:确定|回答|解答|计算|得出|判断|求)|不知道|抱歉|信息不足|条件不足|不能确定|缺少(?:条件|信息|数据))",
    re.IGNORECASE,
)
_DECLINED = re.compile(
    r"\b(?:not\s+possible\s+to|(?:can\s?not|can['’]t|could\s+not|couldn['’]t"
    r"|unable\s+to)\s+(?:\w+\s+)?(?:be\s+)?"
    r"(?:determined?|solved?|answer(?:ed)?|calculated?|tell|say|known?|help|find|found|computed?"
    r"|provide|assist|count|see|view|read|open|access)"
    r"|(?:do(?:es)?n['’]t|does\s+not|did\s+not|didn['’]t|not)\s+(?:say|specif(?:y|ied)|tell"
    r"|provided?|given?|mention(?:ed)?|stated?|include)"
    r"|(?:that|it|this)\s+depends|(?:is|are)\s+(?:missing|not\s+(?:known|stated|mentioned))"
    r"|(?:have\s+not|haven['’]t|has\s+not|hasn['’]t)\s+(?:been\s+)?(?:told|given|provided|specified"
    r"|said|stated|mentioned)|no\s+(?:\w+\s+){1,3}(?:is|are|was|were)\s+(?:given|provided|stated"
    r"|specified|mentioned)|(?:we|I)\s+only\s+know|infinitely\s+many|(?:problem|question|text)\s+says\s+nothing|without\s+knowing|(?:can\s?not|can['’]t|could\s+not|couldn['’]t|unable\s+to)\s+(?:\w+\s+)?"
    r"(?:give|say|be\s+(?:sure|worked\s+out|given|inferred|deduced|established))|\w+ing\s+unknown"
    r"|no\s+answer\s+can|(?:I['’]d|I\s+would)\s+need|apologi[zs]e(?!\s+for\s+(?:the|my|any)\s+(?:\w+\s+)?(?:confusion|mistakes?|errors?|oversight))|(?:don['’]t"
    r"|do\s+not)\s+have\s+access|(?:would\s+)?need(?:s|ed)?\s+(?:to\s+know|more\s+(?:information"
    r"|details|context|data))"
    r"|(?:question|problem|information|prompt)\s+(?:is|seems|appears"
    r"|looks)\s+(?:to\s+be\s+)?(?:incomplete|unclear|ambiguous|missing)"
    r"|(?:could|can|would)\s+you\s+(?:please\s+)?(?:clarify|provide|specify|share|confirm)"
    r"|please\s+(?:clarify|provide|specify|share)"
    r"|As\s+an\s+AI|(?:can\s?not|can['’]t)\s+(?:browse|look\s+up|verify)|I\s+can\s+only\s+(?:help|say)|unclear|no\s+(?:se\s+puede|es\s+posible)|no\s+puedo|faltan?\s+datos"
    r"|kann\s+(?:\w+\s+){0,6}nicht|nicht\s+(?:lösbar|bestimmt\s+werden|genug)|(?:ne\s+p(?:eux|eut)"
    r"|impossible\s+de)"
    r"|não\s+(?:é\s+possível|posso)|non\s+(?:è\s+possibile|posso)|нельзя|невозможно|недостаточно)\b"
    r"|\A\W*(?:None|Nobody|Error|(?:That|It|This)\s+depends)\b|\bcontains?\s+an\s+error\b"
    r"|\b(?:ha[sd]?v?e?|is|are)\s+no\s+(?:\w+\s+)?(?:solutions?|answers?)\b|缺少|没法|不足以|請提供|请提供"
    r"|できません|わかりません|알\s*수\s*없",
    re.IGNORECASE,
)
_SETS_OUT = re.compile(
    r"\W*(?:Step\s+\d+\W+)?(?:(?:First|Next|Then|Now),?\s+)?(?:[Ww]e\s+(?:\w+\s+(?:to\s+)?)?)?"
    r"(?:[Mm]ultiply|[Aa]dd|[Ss]ubtract|[Dd]ivide|[Cc]alculate|[Cc]ompute|[Ff]ind(?!\s+that)|[Dd]etermine(?!\s+that))\b"
    r"(?![^\n]*(?:=|≈|:\s*\S?\d|\b(?:get|obtain|find\s+that)\b"
    r"|gives?\b|giving|equals?\b|\bso\b|yields?|is\b|are\b|makes?\b|\bhave\b))"
    r"|\W*(?:Let\s+\w{1,3}\s*=|Suppose\b|Assume\b|Consider\b)(?![^.\n]*\b(?:so|then)\b)"
)
_PARAGRAPHS = re.compile(r"\n[ \t]*\n")
_REMARK = re.compile(
    r"[\s*_#>(（-]*(?:(?:Please\s+)?(?:note|Note)\b|Keep\s+in\s+mind|P\.?S\.?|I\s+hope|Hope\s+this|Let\s+me\s+know|Feel\s+free"
    r"|If\s+you\s+(?:have|need|want|would)"
    r"|Would\s+you|Do\s+you|Is\s+there|Good\s+luck|注意?[:：]|备注|希望|如果您?你?有)",
    re.IGNORECASE,
)
_QUESTION = re.compile(
    r"\W*(?:(?:So|And|But|Now),?\s+)?(?:What|How|Which|Who|Why|Where|When|Could|Would|Can|Do|Does|Did"
    r"|Is|Are|Should|Shall)\b[^?]*\?\W*\Z"
)
_CHECK = re.compile(
    r"[\s*_#>(（-]*(?:(?:Let['’]s|Let\s+us|Let\s+me|To|We\s+can|You\s+can|A\s+quick"
    r"|Quick)\s+(?:double[\s-]?)?"
    r"(?:check|verify|confirm|sanity)|(?:Double[\s-]?|Quick\s+|Sanity\s+)?(?:Check(?:ing)?|Verification"
    r"|Verify(?:ing)?|Proof|Probe)\b"
    r"|(?:An\s+)?Alternat(?:iv)?e(?:ly\b|\s+(?:method|approach|solution|way))|Another\s+(?:way|method)"
    r"|Key\s+(?:takeaways?|points?|facts?|steps?|insights?)\b"
    r"|验证|检验|检查|验算)",
    re.IGNORECASE,
)
_EXPLAINS = re.compile(
    r"[\s*_#>(（-]*(?:Explanation|Reason(?:ing|s)?\b|Because|Justification"
    r"|(?:Breakdown|Details|Working|Steps|Solution|Calculations?)(?=[ *_]*(?:[:：\n]|\Z))"
    r"|Here(?:['’]s|\s+is|\s+are)\s+(?:why|how|the|a|my)|This\s+(?:includes|is\s+because|assumes"
    r"|accounts|reflects"
    r"|(?:was|is)\s+(?:calculated|found|obtained|based|the\s+result)|comes\s+from)|That(?:['’]s"
    r"|\s+is)\s+because|It\s+includes"
    r"|That(?:['’]s|\s+is)\s+\S+\s+(?:\w+\s+)?(?:more|less|fewer|higher|lower|cheaper|older|younger)\b"
    r"|Without\b[^.\n]{1,60}(?:\bwould|['’]d)\b|Otherwise\b"
    r"|[(（]|解释|解析|说明|理由|Erklärung|Begründung|Explicación|Explication|Spiegazione|Explicação"
    r"|Объяснение)",
    re.IGNORECASE,
)
_CONCLUDES = re.compile(
    r"[\s*_#>-]*(?:So|Therefore|Thus|Hence|In\s+total|In\s+conclusion|Consequently|Finally|Overall"
    r"|Altogether|Total"
    r"|因此|所以|综上|故|Daher|Somit|Insgesamt|Donc|Ainsi|Por\s+(?:lo\s+)?tanto|Portanto|Quindi"
    r"|Таким\s+образом|Итак)\b",
)
_WORD = re.compile(r"[^\W\d_]{2,}")
_BY_THEN = re.compile(r"\s*(?:(?:At|By)\s+(?:that|this)\s+(?:time|point|moment)|By\s+then|Then)\b")
_CONCLUDED = re.compile(
    r"\b(?:so|therefore|thus|hence|in\s+total|altogether)\b|所以|因此|一共|总共", re.IGNORECASE
)
_COMES_TO = re.compile(
    r"=|≈|\b(?:so|thus|therefore|hence|total|making|giving|leaves?|leaving|which\s+means"
    r"|altogether)\b",
    re.IGNORECASE,
)
_ABBREVIATED = re.compile(
    r"\b(?:Rs|approx|No|Nr|i\.e|e\.g|vs|Mr|Mrs|Ms|Dr|St|Fig|Eq|ca|z\.B|d\.h|etc|lbs?|oz|ft|in|hrs?"
    r"|mins?|sq|[ap]\.m|U\.S)\Z",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"[.!?]+[\"'”’)*_]*(?=\s)|[。！？]+[\"'”’）*_]*|\n+")
_BOLD = re.compile(
    r"\*\*(?P<bold>[^*\n]{1,300})\*\*|__(?P<under>[^_\n]{1,300})__"
    r"|(?<![*\w])\*(?P<slanted>[^*\s](?:[^*\n]{0,60}[^*\s])?)\*(?![*\w])"
)
_ALONE = re.compile(
    r"(?:[*_]*(?:TL;?DR|In\s+short|Short\s+version|Summary)[*_]*:[*_]*)?[\s*_`>#$\\({\[<b\]}]*(?:[-–+]"
    r"|[$£€¥₹])?[\s$*_]*\S{1,40}(?:\s+[^\s\d=+×:]+){0,3}[\s*_`$.)>/b]*\Z"
)
_MOST_SENTENCES = 400


def refuses(text: str, begin: int, end: int) -> bool:
    """Whether a sentence says that there is no answer."""
    sentence = text[begin:end]
    return bool(REFUSAL.search(sentence) or _DECLINED.search(sentence))


def closing(text: str) -> tuple[Numeral | Unreadable | None, str]:
    """The number that a text gives without calling it the answer, and how it gives it."""
    if REFUSAL.search(text):
        return UNREADABLE, "refusal"
    end = before_remarks(text)
    sentences = _sentences(text, end)
    if not sentences:
        return None, "no number"
    if _SETS_OUT.match(text, sentences[-1][0]):
        return UNREADABLE, "no conclusion"
    if refuses(text, *sentences[-1]) or (len(sentences) > 1 and refuses(text, *sentences[0])):
        return UNREADABLE, "refusal"
    sentences = _without_remarks(text, sentences)
    if not sentences:
        return UNREADABLE, "no statement"
    numbered = [each for each in sentences if _has_number(text, *each)]
    opening = _opening(text, sentences, numbered)
    if opening is not None:
        return opening, "opening"
    if not numbered:
        return _worded(text, sentences), "number in words"
    if sentences[-1] not in numbered and _CONCLUDED.search(text[slice(*sentences[-1])]):
        words = said(text, *sentences[-1])
        if words is not None:
            return words, "number in words"
    bold = _bold(text, end, numbered)
    if bold is not None:
        return bold, "bold"
    concluding = _concluding(text, numbered)
    if _is_broken_off(text[concluding[0] :]):
        return UNREADABLE, "broken off"
    return said(text, *concluding), "closing statement"


def _worded(text: str, sentences: Sequence[tuple[int, int]]) -> Numeral | Unreadable | None:
    """What the last sentence with a number in words says, of a text without digits."""
    if len(sentences) == 1:
        words = [*spelled(text, *sentences[0])]
        if len(words) == 1 and not re.search(r"\w", text[: words[0].start] + text[words[0].end :]):
            return words[0]
    for begin, end in reversed(sentences[-4:]):
        if any(not each.label for each in spelled(text, begin, end)):
            return said(text, begin, end) or UNREADABLE
    return said(text, *sentences[-1])


def _is_broken_off(sentence: str) -> bool:
    """Whether a text ends within its last sentence, at a comma."""
    return sentence.rstrip().endswith((",", "，")) and len(_WORD.findall(sentence)) > 3


def before_remarks(text: str) -> int:
    """Where the notes, checks and offers of help begin that close a text with numbers."""
    first = next(numerals(text), None)
    end = len(text)
    if first is None:
        return end
    gaps = [*_PARAGRAPHS.finditer(text, first.end)]
    for gap in gaps:
        if _CHECK.match(text, gap.end()) and not _concluded_later(text, gap.end(), gaps):
            end = gap.start()
            break
    for gap in reversed(gaps):
        if gap.start() < end:
            if not _REMARK.match(text, gap.end()):
                break
            end = gap.start()
    return end


def _concluded_later(text: str, begin: int, gaps: Sequence[re.Match[str]]) -> bool:
    return any(gap.start() > begin and _CONCLUDES.match(text, gap.end()) for gap in gaps)


def _sentences(text: str, end: int) -> list[tuple[int, int]]:
    """Bounds of the sentences with a word or a digit, of a text in a loop the last ones."""
    found = []
    begin = 0
    for stop in _SENTENCE_END.finditer(text, 0, end):
        if stop.group()[0] == "." and (
            _ABBREVIATED.search(text, max(begin, stop.start() - 8), stop.start())
            or re.match(r"\s+[a-z),;]", text[stop.end() : stop.end() + 40])
        ):
            continue
        found.append((begin, stop.end()))
        begin = stop.end()
    found.append((begin, end))
    return [each for each in found if re.search(r"\w", text[slice(*each)])][-_MOST_SENTENCES:]


def _without_remarks(text: str, sentences: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The sentences without the offers and the questions to the reader that they end in."""
    last = len(sentences)
    while last and (
        (last > 1 and _REMARK.match(text, sentences[last - 1][0]))
        or _QUESTION.match(text[slice(*sentences[last - 1])])
    ):
        last -= 1
    return sentences[:last]


def _has_number(text: str, begin: int, end: int) -> bool:
    return any(not each.label for each in numerals(text, begin, end))


def _opening(
    text: str, sentences: Sequence[tuple[int, int]], numbered: Sequence[tuple[int, int]]
) -> Numeral | None:
    """A number that stands alone before an explanation, unless the text concludes otherwise."""
    begin, end = sentences[0]
    if len(sentences) < 2 or not _ALONE.match(text[begin:end].strip()):
        return None
    found = [*numerals(text, begin, end)] or [*spelled(text, begin, end)]
    if len(found) != 1 or not readable(found[0]) or found[0].label:
        return None
    explained = _EXPLAINS.match(text, sentences[1][0])
    parted = _PARAGRAPHS.search(text, found[0].end, sentences[1][0] + 2)
    told = re.match(r"\s*[A-Z][a-z'’]+\s", text[sentences[1][0] :][:40])
    fragment = text[begin:end].rstrip().endswith(".") and not _is_broken_off(text)
    if not (explained or parted or (told and ("\n" in text[begin:end] or fragment))):
        return None
    later = [
        each
        for each in numbered
        if each[0] >= end
        and (
            _CONCLUDES.match(text, each[0])
            or (not explained and not parted and _COMES_TO.search(text, *each))
        )
    ]
    other = said(text, *later[-1]) if later else None
    return None if isinstance(other, Numeral) and other.value != found[0].value else found[0]


def _bold(text: str, end: int, numbered: Sequence[tuple[int, int]]) -> Numeral | Unreadable | None:
    """The number in bold of the last paragraph that has numbers; of its last sentence with one."""
    if "*" not in text and "__" not in text:
        return None
    begin = 0
    for gap in _PARAGRAPHS.finditer(text, 0, numbered[-1][0]):
        begin = gap.end()
    for first, last in reversed(numbered):
        if last <= begin:
            break
        found = [
            number
            for passage in _BOLD.finditer(text, first, last)
            if not passage[passage.lastgroup or 0].rstrip().endswith((":", "："))
            and isinstance(number := said(text, *passage.span(passage.lastgroup or 0)), Numeral)
        ]
        if len({each.value for each in found}) == 1:
            return found[-1]
        if found:
            whole = said(text, first, last)
            return whole if whole is not None else UNREADABLE
    return None


def _concluding(text: str, numbered: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """The last sentence with numbers that is no explanation of the one before it."""
    kept = list(numbered)
    while len(kept) > 1 and (
        _EXPLAINS.match(text, kept[-1][0])
        or (_CHECK.match(text, kept[-1][0]) and isinstance(said(text, *kept[-2]), Numeral))
    ):
        kept.pop()
    while len(kept) > 1 and _BY_THEN.match(text, kept[-1][0]):
        if isinstance(said(text, *kept[-1]), Numeral):
            break
        kept.pop()
    for earlier in reversed(kept[-4:-1]):
        between = text[earlier[1] : kept[-1][1]]
        if "\n" in text[earlier[0] : earlier[1]].strip() or "\n\n" in between.rstrip():
            break
        if _COMES_TO.search(between):
            break
        if _CONCLUDES.match(text, earlier[0]):
            return earlier
    return kept[-1]
