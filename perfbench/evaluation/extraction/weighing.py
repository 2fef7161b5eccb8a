r"""The option that is left, or is marked, where a text weighs the options one after the other.

A list with ticks and crosses, "A: true ... B: false ...", "A is wrong, so is B", options struck
out. Knows nothing of what such a list weighs against a stated answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from perfbench.evaluation.extraction.letters import Candidate
from perfbench.evaluation.extraction.options import Options

_TICK, _CROSS = "✅✓✔☑", "❌✗✘✖"
_CHECKED = re.compile(
    r"^[\s>*_#\-•]*(?:✅|✓|✔️?|☑️?|[\[(](?:x|X|✓|✔"
    r"|\*)[\])])\s*[*_(]*(?:[Oo]ption\s+)?([A-Z])(?![A-Za-z])",
    re.MULTILINE,
)
_TICKS = re.compile(rf"[{_TICK}]|\[[xX{_TICK}]\]")
_TICKED_TEXT = re.compile(
    rf"^[\s>*_#\-•|]*(?P<before>[{_TICK}{_CROSS}]\ufe0f?|\[[ xX{_TICK}]\])?\s*[*_]*"
    rf"(?P<text>[^\n{_TICK}{_CROSS}]{{1,200}}?)"
    rf"[*_]*[ \t]*(?P<after>[{_TICK}{_CROSS}]|[(:：–—]|$)",
    re.MULTILINE,
)
_JSON_TRUE = re.compile(r'"([A-Z])"\s*:\s*true\b')
_ITEM = re.compile(
    r"^[\s>*_#\-•|]*(?:\d{1,2}[.)]\s+)?[*_(\[]*(?:[Oo]ption\s+|选项\s*)?[*_(\[]*([A-Z]|[a-z](?=\)))"
    r"(?:\s*(?:选项|项))?(?:\s\([^()\n]{1,80}\)(?=[*_]*[:：]))?[)\]*_]*(?:[.:：、,，]|\s(?=[✅✓✔☑❌✗✘✖])|\s*\||\s[-–—]|(?<=[)\]*项])\s)(?P<said>[^\n]+)$",
    re.MULTILINE,
)
_TEXT_ITEM = re.compile(
    r"^[\s>*_#\-•|]*(?:\d{1,2}[.)]\s+)?[*_]*(?P<text>[^\n:：*_]{1,160}?)[*_]*"
    r"(?P<said>(?:[:：]|\s[-–—])[^\n]+)$",
    re.MULTILINE,
)
_INLINE_ITEM = re.compile(
    r"(?<![A-Za-z])([A-Z])(?:[)\]*]*[.:：、)]|\s[-–—])(?P<said>\s*(?:(?!\s[A-Z][.:：)]\s)[^.;；。\n(]){1,200})"
)
_CHINESE_ITEM = re.compile(r"(?<![A-Za-z])([A-Z])(?:选?项)?(?P<said>\s*(?:正确|错误))(?![的一])")
_SAYS = (
    r"(?:\A\s?|[:：,，;；.。!?？(（\-–—→←*_|]|\b(?:is|this|that)\b)\s*[*_]*"
    r"\s*(?:(?:is|是)\s*)?[*_]*"
)
_SAID = r"[*_]*\s*(?=$|[|.,;:!)。，；：！）\-–—]|\b(?:because|since|as)\b)"
_RIGHT = re.compile(
    rf"[{_TICK}]|√\s*$|\s(?:正确|对)\s*$|[—–-]符合(?!题意)|{_SAYS}(?:correct(?:\s+(?:answer|option|choice))?|true|right|yes"
    rf"|(?:the\s+)?answer|vraie?|juste|exacte?|correct[ao]|correcte|verdader[ao]|richtig"
    rf"|wahr|vero|vera|corrett[ao]|verdadeir[ao]|corret[ao]|верно|правильно|正确(?:答案|选项)?|对|符合(?:题意)?){_SAID}",
    re.IGNORECASE,
)
_WRONG = re.compile(
    rf"[{_CROSS}]|×\s*$|\s(?:错误?|不正确|不对)\s*$|{_SAYS}(?:incorrect|false|wrong|no|not\s+(?:correct|true|right)"
    rf"|faux|fausse|inexacte?|incorrect[aoe]|incorrecte|fals[aoe]|falsch"
    rf"|sbagliat[ao]|errad[ao]|incorret[ao]|неверно|неправильно|错误?|不正确|不对|不符合?(?:题意)?|排除){_SAID}",
    re.IGNORECASE,
)
_ASKS_WHAT_IS_NOT = re.compile(
    r"\b(?:EXCEPT|NOT|LEAST)\b|\bthe\s+(?:exception|odd\s+one\s+out)\b"
    r"|\b(?:marked|labell?ed|says?|saying|with)\s+(?:an?\s+)?[\"“'*]*(?:no|false|wrong|incorrect|not|✗|❌)\b"
    r"|\b(?:asks?|asking|asked|look(?:s|ing)?|want(?:s|ed)?)\s+(?:us\s+)?(?:for|which|what)\b"
    r"[^.!?\n]{0,60}\b(?:not|n['’]t|false|incorrect|wrong|untrue)\b"
    r"|(?:选|找|问|要求)[^。\n]{0,20}(?:不正确|错误|不属于|不符合|不是)"
)
_STRUCK_OUT = re.compile(r"(?:\(?(?<![A-Za-z])[A-Z][).:][ \t]*)?~~[^~\n]{1,300}~~(?:[,;]\s)?")
_STRUCK_ITEM = re.compile(
    r"^[\s>*_#\-•|(]*(?:\d{1,2}[.)]\s+)?(?:[Oo]ption\s+)?[*_(]*[A-Z][).:*_]+[*_ ]*"
    r"~~[^~\n]{1,300}~~(?:(?![\s(][A-Z][).:]\s)[^\n])*$",
    re.MULTILINE,
)
_RULED_OUT = re.compile(
    r"(?<![A-Za-z'’])(?:[Oo]ptions?\s+|[Cc]hoices?\s+|选项\s*)?(?P<letters>[(*]*[A-Z][)*.:]*"
    r"(?:\s*(?:,\s*and|,|、|and|和)\s*(?:[Oo]ption\s+)?[(*]*[A-Z][)*.:]*(?![A-Za-z])){0,8})"
    r"(?:\s*\([^()\n]{1,80}\)|,\s[^,.;\n]{1,80},)?(?:选项|项)?\s*"
    r"(?:(?:is|are|can\s+be|must\s+be|seems|would\s+be)\s+(?:(?:also|both|all|clearly|therefore"
    r"|thus|definitely|simply|just)\s+)*"
    r"(?:incorrect|wrong|false|not\s+(?:correct|true|right|the\s+(?:right|correct|best))"
    r"|ruled\s+out|eliminated|excluded|dismissed|discarded|rejected|out\b|untrue|inaccurate"
    r"|not\s+(?:an?|the|relevant|what|supported|related|mentioned)\b)"
    r"|makes?\s+no\s+sense|fails\b"
    r"|(?:does|do)(?:\s+not|n['’]t)\s+(?:fit|work|apply|match|hold|make\s+sense|answer)\b"
    r"|(?:cannot|can['’]t)\s+be\s+(?:right|correct|true|the\s+answer)\b"
    r"|(?:is|est|es|ist|são|sont|sind|é)\s+(?:falsch|fau[sx]\w*|incorrect\w*|fals[ao]s?)"
    r"|(?:都|均|也)?(?:错误|不正确|不对|不符合?(?:题意)?|排除|错(?=[，,；;。])))"
)
_STRUCK = re.compile(
    r"\b(?:eliminate|rule\s+out|exclude|discard|reject)\s+(?:options?\s+|choices?\s+)?(?:both\s+)?"
    r"(?P<letters>[(*]*[A-Z][)*]*(?:\s*(?:,\s*and|,|and)\s*[(*]*[A-Z][)*]*(?![A-Za-z]))*)(?![A-Za-z])"
)
_CHINESE_STRUCK = re.compile(
    r"(?<![不没])(?<!不能)(?<!无法)(?<!不可)排除(?:了|掉|选项)?\s*(?P<letters>[A-Z](?:\s*(?:、|，|,|和|与|及)?\s*[A-Z])*)(?![A-Za-z])"
)
_DENIED = re.compile(
    r"\b[Nn](?:ot|or|either)\s+[(*]{0,3}([A-Z])[)*]{0,3}(?=[,.;]|\s+(?:and|nor|or)\b|\s*\Z)"
)
_JUDGED_BELOW = re.compile(
    r"(?<=\S)[ \t]*\n[ \t>]*(?:[-*•]\s+)?"
    r"(?=[✅❌✓✗✔✘]\ufe0f?(?!\s*[*_(\[]{0,3}[A-Z][.):*\]])[^\n]"
    r"|(?:Correct|Incorrect|True|False|Right|Wrong|正确|错误)\b[.:,!]?)"
)
_NOT_RULED_OUT = re.compile(r"\b(?:if|whether|not|why|which|what)\s+$", re.IGNORECASE)


def unstruck(text: str) -> str:
    """The text without what it strikes out, and without the lines of options struck out."""
    if "~~" not in text:
        return text
    left = _STRUCK_OUT.sub(" ", _STRUCK_ITEM.sub("", text))
    return left if re.search(r"\w", left) else text


def left_over(text: str, options: Options) -> Iterator[Candidate]:
    """The option that is left where all others are called wrong, one by one."""
    wrong: set[str] = set()
    place = 0
    for found in _RULED_OUT.finditer(text):
        if not _NOT_RULED_OUT.search(text[max(0, found.start() - 12) : found.start()]):
            wrong |= {*re.findall(r"[A-Z](?![a-z])", found["letters"])}
            place = found.start()
    for pattern in (_STRUCK, _CHINESE_STRUCK, _DENIED):
        for found in pattern.finditer(text):
            wrong |= {*re.findall(r"[A-Z]", found[1])}
            place = found.start()
    left = {*options.letters} - wrong
    if len(left) == 1 and len(options.letters) > 2 and wrong < {*options.letters}:
        yield Candidate(place, 2, left.pop(), "left over")


def weighed(text: str, options: Options) -> Iterator[Candidate]:
    """The only option found right where each option is judged on a line of its own."""
    ticks = [*_CHECKED.finditer(text), *_JSON_TRUE.finditer(text)]
    checked = {each[1]: each.start() for each in ticks}
    if len(checked) == 1 and {*checked} <= {*options.letters}:
        yield from (Candidate(start, 1, letter, "checked") for letter, start in checked.items())
    yield from _ticked(text, options)
    found = _items(_joined(text), options)
    letters = [letter for letter, _ in found]
    if len(options.letters) < 2 or "".join(sorted(letters)) != options.letters:
        return
    last = min(found[-1][1].start(), len(text))
    said = [item["said"] for _, item in found]
    right = [bool(_RIGHT.search(each)) for each in said]
    wrong = [bool(_WRONG.search(each)) for each in said]
    if any(a and b for a, b in zip(right, wrong, strict=True)):
        return
    if right.count(True) == 1:
        yield Candidate(last, 1, letters[right.index(True)], "each judged")
    elif (
        right.count(False) == wrong.count(True) == 1
        and len(found) > 2
        and _ASKS_WHAT_IS_NOT.search(text)
    ):
        yield Candidate(last, 1, letters[wrong.index(True)], "each judged but one")


def _joined(text: str) -> str:
    """The text with what judges an option on the line below in the option's line."""
    return _JUDGED_BELOW.sub(" ", text)


def _items(text: str, options: Options) -> list[tuple[str, re.Match[str]]]:
    """What is said of each option that a text names by its letter, else by its text on a line."""
    for pattern in (_ITEM, _INLINE_ITEM, _CHINESE_ITEM):
        found = [*pattern.finditer(text)]
        if len(found) > 1:
            return [(item[1].upper(), item) for item in found]
    named = [(options.named(line["text"]), line) for line in _TEXT_ITEM.finditer(text)]
    return [(letter, line) for letter, line in named if letter is not None]


def _ticked(text: str, options: Options) -> Iterator[Candidate]:
    """The only option whose text is ticked where others are crossed, on lines without letters."""
    ticked: dict[str, int] = {}
    crossed = False
    if not _TICKS.search(text):
        return
    for line in _TICKED_TEXT.finditer(text):
        sign = line["before"] or line["after"]
        letter = options.named(line["text"]) if sign and sign[0] in _TICK + _CROSS + "[" else None
        right = bool(sign and _TICKS.match(sign))
        crossed |= letter is not None and not right
        if letter is not None and right:
            ticked[letter] = line.start()
    if len(ticked) == 1 and crossed:
        yield from (Candidate(start, 1, letter, "checked") for letter, start in ticked.items())
