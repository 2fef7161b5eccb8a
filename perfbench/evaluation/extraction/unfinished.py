r"""Whether a text ends before it has said what it began to say.

Models run out of tokens in the middle of a sentence, a formula or a list; the last number before
that is a step on the way. Owns how a cut shows: a word that something must follow, a bracket that
nothing closes, a passage that repeats its words. Knows nothing of numbers.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_FUNCTION_WORD = re.compile(
    r"(?<![\w'’-])(?<!\d\s)(?:the|an|and|but|or|nor|of|from|with|by|than|is|are|was|were|be|been|has|have|had"
    r"|will|would|can|could|should|must|may|might|which|that|who|whose|where|when|while|because"
    r"|since|if|as|so|then|therefore|thus|hence|into|onto|per|between|each\s+of|such|their|his|her"
    r"|its|our|your|my|costs?|equals?|trying|we['’]re|gives?|makes?|gets?|giving|making|leaving|we|need\s+to|let['’]s"
    r"|needs|requires|takes|becomes|travels|spends|minus|plus|times|multiply|divide[sd]?|add|subtract|to|for|at|on|in|about|every|also"
    r"|der|die|das|und|oder|ist|sind|von|mit|für|also|beträgt|kostet|ein|eine|einen|dem|den|zu"
    r"|soit|le|la|les|des|du|et|ou|est|sont|avec|pour|que|qui|donc|un|une"
    r"|el|los|las|de|del|es|con|para|por|porque|una|cuesta"
    r"|il|che|è|sono|costa|quindi|o|os|um|uma|são|custa|и|или|в|на|с|по|что|это|равно)\Z",
    re.IGNORECASE,
)
_AFTER_NUMBER = re.compile(
    r"(?<=\d\s)(?:by|times|plus|minus|and|or|from|than|is|are|was|were|equals)\Z"
    r"|\b(?:so|and|then|that)\s+(?:he|she|they|it|we)\s+(?:\w+ly\s+)?(?:keeps?|ha[sd]|have|gets?|needs?"
    r"|earns?|pays?|makes?|spends?|saves?|uses?|buys?|sells?|gives?|receives?|takes?)\Z",
    re.IGNORECASE,
)
"""A word behind a number, or a verb, that something must follow."""
_ADJUNCT = re.compile(
    r"\b(?:of|from|with|by|into|per|to|for|at|on|in|during|over|after|before|each|every|(?:the|an?|his|her|its|their"
    r"|your|our)(?<!\band\sthe))\Z",
    re.IGNORECASE,
)
_ENDS_IN_STRANDED = re.compile(
    r"\b(?:to\s+start|left|more|total|all|far|day|it|moved?|put|came|come|check|log|sign|carry|works?)"
    r"\s+(?:on|in|with|for|at|about|to)\Z|\bor\s+so\Z",
    re.IGNORECASE,
)
_CHINESE = re.compile(
    r"(?:减去|加上|乘以|除以|等于|减|加|乘|的|和|与|或|是|为|在|用|把|将|每|需要|一共|总共|所以|因此|那么"
    r"|因为|由于|接下来|然后|再|共|最后剩下|还剩下?|剩余|得到|不|[のはをが])\Z"
)
_OPENING_PHRASE = re.compile(
    r"(?:\A|[.!?]\s|\n)\s*(?:In|For|During|After|At|On|By|With|From|Over|Of)\s+"
    r"(?:(?:the|his|her|its|their|each|this|that|these|those)(?:\s+[a-z]+){1,2}"
    r"|every\s+(?:\d+\s+)?[a-z]+(?:\s+[a-z]+)?)\Z"
)
"""Where and when, of which nothing is said."""
_OPERATOR = re.compile(r"(?:[-+×÷=<≈·/(\[{\\]|\\(?:times|cdot|div|frac|text)|[、;；])\Z")
_OPEN_BOX = re.compile(r"\\boxed\s*\{?[\s$]*\Z")
_DISPLAY = re.compile(r"\\[\[(\])]")
_OPEN_INLINE = re.compile(
    r"(?<!\\)\$(?=[A-Za-z\\({]|\d+[A-Za-z])(?!\d+(?:[kKmMbB]|million|billion)\b)[^$\n]{0,80}\Z"
)
_OPEN_CODE = re.compile(r"```[A-Za-z+]{0,12}\n(?:(?!```)(?s:.)){1,4000}\n[ \t]*[A-Za-z_]{1,20}\Z")
_DOUBLED = re.compile(r"(?<!\w)([^\W_]+|=)(?:\s+\1(?!\w)){1,9}", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]{2,}")
_SENTENCE_START = re.compile(r"(?<=[.!?])\s+|\n|(?<=[。！？])")
_DANGLING = re.compile(
    r"\b(?:so|and|but|or|which|the|an?|is|are|was|because|of|to|in|at|that|with|since|as|by|for|from|on|who|whose"
    r"|whom|where|when|if|it|they|we|has|have|had|its|their|this|can|will|would|could|been|be)\s*\Z"
)
"""How a text ends that was cut before it came to its point."""
_TAIL = 400
_MOST_DOUBLED = 4


def is_cut(text: str, begin: int, end: int) -> bool:
    """Whether ``text[begin:end]``, which a text ends in, breaks off within a sentence."""
    ending = text[max(begin, end - _TAIL) : end].rstrip()
    if not ending:
        return False
    if _OPEN_BOX.search(ending) or _opens_formula(text, end) or _OPEN_CODE.search(text, 0, end):
        return True
    bare = ending.rstrip("*_`\\")
    words = bare if bare[-1:].isalpha() else ""
    if words and _FUNCTION_WORD.search(words) and not _ENDS_IN_STRANDED.search(words):
        return True
    if words and _AFTER_NUMBER.search(words):
        return True
    if words and _OPENING_PHRASE.search(words):
        return True
    return bool(_CHINESE.search(bare)) or (bare == ending and bool(_OPERATOR.search(bare)))


def is_cut_loop(text: str) -> bool:
    """Whether a text ends within a sentence that it has said twice before."""
    last = _SENTENCE_START.split(text[-_TAIL * 4 :])[-1].strip()
    begun = len(_WORD.findall(last)) > 2 and not last.endswith((".", "!", "?", "。"))
    return begun and text.count(last) > 2 and text.count(last + " ") > 1


def is_cut_table(text: str) -> bool:
    """Whether a text ends within a row of a table."""
    rows = text.rstrip(" ").rsplit("\n", 2)[-2:]
    return len(rows) == 2 and rows[1].startswith("|") and rows[1].count("|") < rows[0].count("|")


def ends_in_comma(sentence: str) -> bool:
    """Whether a text ends within its last sentence, at a comma."""
    return sentence.rstrip().endswith((",", "，")) and len(_WORD.findall(sentence)) > 3


def _opens_formula(text: str, end: int) -> bool:
    r"""Whether a ``\[``, a ``\(`` or a ``$`` is open at a position."""
    if _OPEN_INLINE.search(text, max(0, end - _TAIL), end):
        line = text[text.rfind("\n", 0, end) + 1 : end]
        if line.count("$") % 2:
            return True
    if text.count("$$", 0, end) % 2 and re.search(r"\$\$\s*\S[^$]*\Z", text[:end]):
        return True
    begin = max(0, end - _TAIL)
    signs = _DISPLAY.findall(text, begin, end)
    return bool(signs) and signs[-1] in (r"\[", r"\(")


def is_cut_in_adjunct(text: str, begin: int, end: int) -> bool:
    """Whether a sentence breaks off in what only says where, when or of what its result is."""
    return _ADJUNCT.search(text[begin:end].rstrip()) is not None


def is_garbled(text: str, begin: int, end: int) -> bool:
    """Whether a passage doubles its words, as a model does that has lost its way."""
    return len(_DOUBLED.findall(text[begin : min(end, begin + _TAIL)])) >= _MOST_DOUBLED


def dangles(text: str, sentences: Sequence[tuple[int, int]]) -> bool:
    """Whether a text breaks off before its point, in a sentence that it has not said before."""
    if _DANGLING.search(text) is None and not _is_open(text, sentences):
        return False
    return not _repeats(text, sentences)


def is_cut_off(text: str, begin: int, end: int) -> bool:
    """Whether a text ends within a sentence that follows another one in its line."""
    said = text[begin:end].strip()
    return (
        not text[end:].strip() and said[-1:].isalnum() and "\n" not in text[begin - 1 : begin + 1]
    )


def _is_open(text: str, sentences: Sequence[tuple[int, int]]) -> bool:
    """Whether a long text ends within a long sentence, as one does that was cut."""
    last = text[slice(*sentences[-1])] if len(sentences) > 4 else ""
    return len(last.split()) > 15 and last.rstrip()[-1:].isalnum()


def _repeats(text: str, sentences: Sequence[tuple[int, int]]) -> bool:
    """Whether a text breaks off in a sentence that it has said before, as a loop does."""
    begun = text[slice(*sentences[-1])].strip() if sentences else ""
    said = (text[begin:end].strip() for begin, end in sentences[:-1])
    return len(begun) > 10 and any(each.startswith(begun) for each in said)
