r"""The option a text states as the exception that its question asks for.

"The equation that does not hold is: D", "the one the question is looking for is D", "the exception
is D", "D is the odd one out". What a text says of the other options after it, that they are right,
is why they are not asked for. Knows nothing of what this weighs against a stated answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from perfbench.evaluation.extraction.judgements import NAMED, UPPER
from perfbench.evaluation.extraction.letters import Candidate, read
from perfbench.evaluation.extraction.marks import statement
from perfbench.evaluation.extraction.options import Options

_NOUN = r"(?:[a-z-]{2,20}\s+){0,2}[a-z]{3,20}"
_NEGATED = r"(?:\s+[*_]*(?:not|NOT|never|least|LEAST)\b[*_]*|n['’]t\b)"
_IS = r"(?:\s*,)?\s+(?:is|would\s+be|must\s+be|has\s+to\s+be|was)\b(?!\s+not\b)[\s*_]*:?"
_ODD = r"(?:only\s+|sole\s+|lone\s+)?(?:exception|outlier|odd\s+(?:one|man)\s+out)"
_ASKER = r"(?:the\s+question|we|you|is|it)\s+(?:(?:is|are|was|were)\s+)?"
_SOUGHT = (
    r"(?:looking\s+for|(?:asks?|asked|asking)\s+(?:us\s+)?(?:for|about)|after|wants?|wanted"
    r"|in\s+search\s+of)"
)
_STATED = re.compile(
    rf"""
    \b [Tt]he \s+ {_NOUN} \s+ (?:that|which|who) \s+ [*_]*
      (?:is|are|was|were|does|do|did|has|have|had|would|will|can|could|should){_NEGATED}
      [^.:?!\n]{{0,120}}? (?: {_IS} | : )
    | \b [Tt]he \s+ {_NOUN} \s+ (?:that|which|who) \s+ (?:is|are)
      \s+ (?:false|incorrect|wrong|untrue|inaccurate) \b [^.:?!\n]{{0,60}}? (?: {_IS} | : )
    | \b (?:[Tt]he|[Tt]hat) \s+ (?:one|option|choice|statement|answer|exception)
      [^.:?!\n]{{0,40}}? \b (?: {_SOUGHT} | sought ) (?: {_IS} | \s*: )
    | \b [Ww]hat \s+ {_ASKER} {_SOUGHT} (?: {_IS} | \s*: )
    | \b [Tt]he \s+ {_ODD} (?: \s+(?:here|to|in|among|of|from)\b [^.:?!\n]{{0,60}}? )?
      (?: {_IS} | \s*: )
    | \b (?:[Aa]ll|[Ee]verything|[Ee]very\s+(?:option|statement|choice)|[Ee]ach) \b
      [^.:?!\n]{{1,120}}?
      \b (?: with\s+the\s+(?:sole\s+|only\s+)?exception\s+of | apart\s+from | other\s+than
        | except(?:ing)?(?:\s+for)? ) (?= \s+ [(*_]*(?:[Oo]ption\s+|[Cc]hoice\s+)?[(*_]*[A-Z]\b )
    | (?:不属于|不符合|不正确|错误|说法有误|不是)[^，。：:\n]{{0,20}}的
      (?:选项|一项|说法)?\s*(?:是|为)\s*[:：]?
    """,
    re.VERBOSE,
)
_NAMED_AS = re.compile(
    rf"(?<![A-Za-z'’]){NAMED}?{UPPER}[)\]*_\"'.`]*(?:\s*\([^()\n]{{1,80}}\)|,\s[^,.;:\n]{{1,80}},)?"
    rf"\s+is\s+(?:therefore\s+|thus\s+|clearly\s+)?(?:the\s+{_ODD}"
    rf"|(?:the\s+(?:one|option|statement|choice)\s+(?:that\s+)?|what\s+){_ASKER}{_SOUGHT})\b"
)
_LETTER = re.compile(rf"[\s*_]*{NAMED}?{UPPER}")
_ENDS = re.compile(
    r"[)\]*_\"'”’`]*(?:[.:;,)，。；]|\s*$|\s+(?:because|since|as)\b|\s[-–—(])", re.MULTILINE
)
_SUPPOSED = re.compile(
    r"\b(?:if|whether|find|identify|select|choose|pick|determine|which|not|look(?:ing)?\s+for|n['’]t)\s+(?:\w+\s+)?\Z",
    re.IGNORECASE,
)


def exceptional(text: str, options: Options) -> Iterator[Candidate]:
    """Every statement of what a question with NOT or EXCEPT asks for."""
    for found in _STATED.finditer(text):
        begin, end = statement(text, found.end())
        letters = read(text, begin, end, options)
        if letters is None or _is_supposed(text, found.start()):
            continue
        letter = _LETTER.match(text, begin, end)
        if letter is None or _ENDS.match(text, letter.end()):  # not "B cells"
            yield Candidate(found.start(), 1, letters, "exception")
    for found in _NAMED_AS.finditer(text):
        if found[1] in options.letters and not _is_supposed(text, found.start()):
            yield Candidate(found.start(1), 1, found[1], "exception")


def _is_supposed(text: str, position: int) -> bool:
    """Whether what stands before only asks for what follows."""
    return _SUPPOSED.search(text[max(0, position - 40) : position]) is not None
