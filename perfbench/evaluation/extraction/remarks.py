r"""What a text adds to its answer: notes, checks, explanations, offers of help.

Owns how such a passage begins, and what begins a conclusion instead. Knows nothing of how a
sentence is read.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from perfbench.evaluation.extraction.numerals import numerals

PARAGRAPHS = re.compile(r"\n[ \t]*\n")
REMARK = re.compile(
    r"[\s*_#>(（-]*(?:(?:Please\s+)?(?:notes?|Notes?)\b|\$?\\textbf\{(?:Remark|Note)|(?:A|One|Another)\s+(?:common|frequent|typical)\s+(?:mistake|error|trap|pitfall)\b"
    r"|If\s+(?:s?he|they)\s[^.\n]{1,120}(?:\bwould\b|['’]d\s)[^.\n]{0,120}(?:n['’]t|\bnot)\s+change\b|\$Remark\b|Keep\s+in\s+mind|P\.?S\.?|(?:Fun\s+fact|(?:Pro\s+)?Tip|Side\s+note|Bonus|Disclaimer|Hinweis|Remarque)\s*[*_]*:"
    r"|That['’]s\s+(?:a\s+lot|quite|pretty|not\s+bad|impressive|amazing)\b|By\s+the\s+way\b|For\s+(?:reference|context|comparison|perspective)\b|As\s+a\s+side\s+note\b|Incidentally\b|Übrigens\b|I\s+hope|Hope\s+this|Let\s+me\s+know|Feel\s+free"
    r"|If\s+you(?:['’](?:d|re)|\s+(?:have|need|want|would|like|prefer|are|plan))\b"
    r"|Remember\b|I\s+(?:can|could)\s+also\b|In\s+this\s+(?:problem|exercise|question|solution),?\s+we\b"
    r"|Would\s+you|Do\s+you|Is\s+there|Good\s+luck|注意?[:：]|备注|希望|如果您?你?有)",
    re.IGNORECASE,
)
ASKS = re.compile(
    r"\b(?:how\s+(?:many|much|long|far|old|often|tall|fast|big|large|heavy)|what(?:['’]s|\s+is|\s+was|\s+are|\s+will|\s+would"
    r"|\s+fraction|\s+percent\w*)|wie\s*viele?|combien|cuánt[oa]s?|quant[oiae]s?|сколько)\b"
    r"(?![^?\n]*\b(?:you|I|me)\b)[^?\n]*\?\W*\Z|(?:多少|几)[^？?\n]*[？?]\W*\Z"
    r"|(?:\A\W*|,\s+)(?:calculate|find|determine|compute)\s+(?:the|how)\b(?!.*\b(?:is|are|get|so)\b)[^=≈:,\d\n]*\Z",
    re.IGNORECASE,
)
"""What a sentence ends in that asks for a number."""
QUESTION = re.compile(
    r"\W*(?:(?:So|And|But|Now),?\s+)?(?:What|How|Which|Who|Why|Where|When|Could|Would|Can|Do|Does|Did"
    r"|Is|Are|Should|Shall)\b[^?]*\?\W*\Z"
)
CHECK = re.compile(
    r"[\s*_#>(（-]*(?:(?:Let['’]s|Let\s+us|Let\s+me|To|We\s+can|You\s+can|A\s+quick"
    r"|Quick)\s+(?:double[\s-]?)?"
    r"(?:check|verify|confirm|sanity)|(?:Double[\s-]?|Quick\s+|Sanity\s+|Numerical\s+)?(?:Check(?:ing)?|Verification"
    r"|Verify(?:ing)?|Proof|Probe)\b"
    r"|(?:An\s+)?Alternat(?:iv)?e(?:ly\b|\s+(?:method|approach|solution|way))|Another\s+(?:way|method)"
    r"|Key\s+(?:takeaways?|points?|facts?|steps?|insights?)\b"
    r"|Indeed,(?=[^.\n]{0,80}[=+×])"
    r"|Vérification|Comprobación|Verificación|Verificação|Verifica|Überprüfung|Kontrolle|Проверка|検算|確認|確かめ|検証"
    r"|验证|检验|检查|验算)",
    re.IGNORECASE,
)
EXPLAINS = re.compile(
    r"[\s*_#>(（-]*(?:Explanation|Reason(?:ing|s)?\b"
    r"|Because(?!\b[^.\n]{1,200},\s+(?:you|we|he|she|they|it|the|there|I)\s[^.\n]{0,120}\d)|Justification"
    r"|(?:Why|How)\s+(?:this|it|that)\s+works|(?:The\s+)?key\s+(?:idea|insight|point)\b"
    r"|(?:Breakdown|Details|Working|Steps|Solution|Calculations?)(?=[ *_]*(?:[:：\n]|\Z))"
    r"|Here(?:['’]s|\s+is|\s+are)\s+(?:why|how|the|a|my)|This\s+(?:includes|is\s+because|assumes"
    r"|accounts|reflects"
    r"|(?:was|is)\s+(?:calculated|found|obtained|based|the\s+result)|comes\s+from|follows\s+from)"
    r"|(?:I|We|You)\s+(?:can\s+)?(?:g[eo]t|arrived?\s+at|f[io]u?nd|calculated?|computed?|worked|obtain(?:ed)?|reach(?:ed)?)\s+(?:this|that|it)\b[^.\n]{0,40}?\b(?:by|from|using|with|as)\b|That(?:['’]s"
    r"|\s+is)\s+because|It\s+includes"
    r"|That(?:['’]s|\s+is)\s+\S+\s+(?:\w+\s+)?(?:more|less|fewer|higher|lower|cheaper|older|younger)\b"
    r"|Without\b[^.\n]{1,60}(?:\bwould|['’]d)\b|Otherwise\b"
    r"|If\s+instead\b|If\s+(?:s?he|they|it|you|we)\s[^.\n]{0,60}\b(?:had|were|instead)\b[^.\n]{0,80}(?:\bwould|['’]d)\b"
    r"|That(?:['’]s|\s+is)\s+[$£€]?\d[^.\n=]{1,60}?\bfor\b[^.\n=]{1,60}?\b(?:plus|and)\s+[$£€]?\d[^.\n=]{1,80}\.?\s*\Z"
    r"|[(（]|其中|解释|解析|说明|理由|Erklärung|Begründung|Explicación|Explication|Spiegazione|Explicação"
    r"|Объяснение)",
    re.IGNORECASE,
)
CONCLUDES = re.compile(
    r"[\s*_#>-]*(?:So|Therefore|Thus|Hence|In\s+total|In\s+conclusion|Consequently|Finally|Overall"
    r"|Altogether|Total|All\s+in\s+all|All\s+told|In\s+all"
    r"|因此|所以|综上|故|Daher|Somit|Insgesamt|Donc|Ainsi|Por\s+(?:lo\s+)?tanto|Portanto|Quindi"
    r"|Таким\s+образом|Итак)\b",
)
OFFER_TO_WORK = re.compile(
    r"\b(?:would\s+you\s+like\s+me\s+to|shall\s+I|should\s+I)\s+(?:(?:proceed|continue)\b"
    r"|(?:carry\s+out|perform|execute|do|work\s+out)\s+(?:it|this|that|these|those"
    r"|the\s+(?:calculations?|computations?|steps?|plan|working|arithmetic|maths?))\b)",
    re.IGNORECASE,
)
"""An offer to do what an answer still needs."""
_INSTRUCTS = re.compile(
    r"\W*(?:Students\s+should|Show|Explain|Justify|Support|Write|Draw|Circle|Label|Round|Check)\b[^.!?\n]{0,120}\b"
    r"(?:your|their|all|an?|each|every)\s[^.!?\n]{0,60}\.\s*\Z"
)
_WORTH = re.compile(
    r"\W*(?:\d+\s+(?:points?|pts?|marks?|credits?)|Allow\s+(?:about\s+)?\d+\s+minutes|(?:Next|Homework|See|Source|Unit|Lesson|Chapter"
    r"|Page|Exercises?)\b[^.!?\n=]{0,60})\W*\Z"
)
_CODE = re.compile(r"\n[ \t]*```[a-zA-Z+]+[ \t]*\n(?:(?!```)(?s:.)){1,4000}(?:```)?\s*\Z")
COMES_TO = re.compile(
    r"=|≈|\b(?:so|thus|therefore|hence|total|making|giving|leaves?|leaving|which\s+means"
    r"|altogether|in\s+all|all\s+told)\b",
    re.IGNORECASE,
)


def before_remarks(text: str) -> int:
    """Where the notes, checks and offers of help begin that close a text with numbers."""
    first = next(numerals(text), None)
    end = len(text)
    if first is None:
        return end
    gaps = [*PARAGRAPHS.finditer(text, first.end)]
    for gap in gaps:
        if CHECK.match(text, gap.end()) and not _concluded_later(text, gap.end(), gaps):
            end = gap.start()
            break
    for gap in reversed(gaps):
        if gap.start() < end:
            if not REMARK.match(text, gap.end()):
                break
            end = gap.start()
    return end


def _concluded_later(text: str, begin: int, gaps: Sequence[re.Match[str]]) -> bool:
    return any(gap.start() > begin and CONCLUDES.match(text, gap.end()) for gap in gaps)


def without_remarks(text: str, sentences: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The sentences without the offers and the questions to the reader that they end in."""
    last = len(sentences)
    while last and (
        (last > 1 and REMARK.match(text, sentences[last - 1][0]))
        or QUESTION.match(text[slice(*sentences[last - 1])])
    ):
        last -= 1
    return sentences[:last]


def is_worksheet(text: str, sentences: Sequence[tuple[int, int]]) -> bool:
    """Whether sentences set an exercise, and then only say what it is worth or where it stands."""
    for place, sentence in enumerate(sentences[:-1]):
        if _INSTRUCTS.match(text[slice(*sentence)]):
            return all(_WORTH.match(text[slice(*each)]) for each in sentences[place + 1 :])
    return False


def without_code(text: str) -> str:
    """The text without a program that it ends in, if it says a number before and has no more."""
    fence = _CODE.search(text)
    if fence is None or not any(not each.label for each in numerals(text, 0, fence.start())):
        return text
    before = text[: fence.start()].rstrip()
    return text if before.endswith((":", "：")) else before
