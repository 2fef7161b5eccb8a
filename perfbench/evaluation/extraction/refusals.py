r"""Whether a text says that it gives no answer: it cannot, it will not, it is not told enough.

Knows nothing of numbers. What is said of an assumption that was made, or of what a solution sets
out to find, is no refusal.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

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
    r"|(?:won['’]t|will\s+not|not\s+going\s+to|rather\s+not)\s+(?:\w+\s+)?(?:give|tell|solve|reveal|do)\s+(?:you|it|this)"
    r"|(?:here(?:['’]s|\s+is)|(?:give|offer)\s+you)\s+a\s+(?:\w+\s+)?hint|ha(?:ve\s+not|ven['’]t)\s+asked|(?:is|be|see|find|contain|have)(?:n['’]t|\s+not)?\s+(?:an?|any|no)\s+(?:actual\s+)?question"
    r"|As\s+an\s+AI|(?:can\s?not|can['’]t)\s+(?:browse|look\s+up|verify)|I\s+can\s+only\s+(?:help|say)|unclear|no\s+(?:se\s+puede|es\s+posible)|no\s+puedo|faltan?\s+datos"
    r"|brauche\s+ich\s+(?:\w+\s+){0,3}(?:Angabe|Information)|no\s+(?:queda|está)\s+claro|(?:n['’]est\s+)?pas\s+clair"
    r"|lässt\s+sich\s+(?:\w+\s+){0,5}nicht|kann\s+(?:\w+\s+){0,6}nicht|nicht\s+(?:lösbar|bestimmt\s+werden|genug)|(?:ne\s+p(?:eux|eut)"
    r"|impossible\s+de)"
    r"|não\s+(?:é\s+possível|posso)|non\s+(?:è\s+possibile|posso)|нельзя|невозможно|недостаточно)\b"
    r"|\A\W*(?:None|Nobody|Error|(?:That|It|This)\s+depends)\b|\bcontains?\s+an\s+error\b"
    r"|\b(?:ha[sd]?v?e?|is|are)\s+no\s+(?:\w+\s+)?(?:solutions?|answers?)\b|缺少|没法|(?:自己|先|来)(?:试一试|想一想|做一做)[吗吧呢]|不足以|請提供|请提供"
    r"|できません|わかりません|알\s*수\s*없",
    re.IGNORECASE,
)
_ASSUMES = re.compile(
    r"\b(?:I|we)(?:['’](?:ll|ve))?\s+(?:will\s+|have\s+|must\s+)?(?:ignored?|assumed?|neglect(?:ed)?|disregard(?:ed)?"
    r"|did\s+not\s+include|left\s+(?:it|that)\s+out)\b",
    re.IGNORECASE,
)
_SETS_TASK = re.compile(
    r"\W*(?:To\s+[a-z]+|First|In\s+order\s+to)\b[^.?!\n]{0,80}\b(?:we|you|one)\s+(?:\w+\s+)?needs?\s+to\s+know\b"
)
_HEDGED = re.compile(
    r"(?<=\d)(?:\s\w+)?,?\s+(?:but|though|although)\s+I(?:['’]m|\s+am)\s+not\s+(?:\w+\s+)?(?:sure|certain)\b[^.!?\n]{0,60}"
)
"""Doubt behind a number: it is an answer all the same."""


def without_doubt(text: str) -> str:
    """The text, as long as it is, with blanks in place of doubts behind a number."""
    return _HEDGED.sub(lambda found: " " * len(found.group()), text)


def refuses(text: str, begin: int, end: int) -> bool:
    """Whether a sentence says that there is no answer."""
    sentence = text[begin:end]
    return bool(REFUSAL.search(sentence) or _DECLINED.search(sentence))


def refused(text: str, sentences: Sequence[tuple[int, int]]) -> bool:
    """Whether a text ends or begins with there being no answer, more than an assumption made."""
    supposed = len(sentences) > 1 and (
        _ASSUMES.search(text, *sentences[0]) or _SETS_TASK.match(text, *sentences[0])
    )
    if len(sentences) > 1 and not supposed and refuses(text, *sentences[0]):
        return True
    assumed = len(sentences) > 1 and _ASSUMES.search(text, *sentences[-1])
    return not assumed and refuses(text, *sentences[-1])
