r"""The option a text states as the exception that its question asks for.

"The equation that does not hold is: D", "the one the question is looking for is D", "the exception
is D", "D is the odd one out". What a text says of the other options after it, that they are right,
is why they are not asked for. Knows nothing of what this weighs against a stated answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from perfbench.evaluation.extraction.judgements import NAMED, UPPER
from perfbench.evaluation.extraction.letters import Candidate, Options, read
from perfbench.evaluation.extraction.marks import statement

_NOUN = (
    r"(?:one|option|choice|statement|answer|claim|equation|sentence|example|item|property|feature"
    r"|characteristic|reason|factor|term|word|element|person|country|method|function|condition"
    r"|case|event|group|pair|only\s+one|[a-z]{3,20})"
)
_NEGATED = r"(?:\s+[*_]*(?:not|NOT|never|least|LEAST)\b[*_]*|n['’]t\b)"
_IS = r"(?:\s*,)?\s+(?:is|would\s+be|must\s+be|has\s+to\s+be|was)\b(?!\s+not\b)[\s*_]*:?"
_STATED = re.compile(
    rf"""
    \b [Tt]he \s+ (?:only\s+|one\s+)? {_NOUN} \s+ (?:that|which|who) \s+ [*_]*
      (?:is|are|was|were|does|do|did|has|have|had|would|will|can|could|should){_NEGATED}
      [^.:?!\n]{{0,120}}? (?: {_IS} | : )
    | \b [Tt]he \s+ (?:only\s+|one\s+)? {_NOUN} \s+ (?:that|which|who) \s+ (?:is|are)
      \s+ (?:false|incorrect|wrong|untrue|inaccurate) \b [^.:?!\n]{{0,60}}? (?: {_IS} | : )
    | \b (?:[Tt]he|[Tt]hat) \s+ (?:one|option|choice|statement|answer|exception)
      [^.:?!\n]{{0,40}}? \b (?:looking\s+for|asks?\s+(?:us\s+)?(?:for|about)|asked\s+for|asking\s+(?:for|about)
      |after|wants?|wanted|sought|in\s+search\s+of) (?: {_IS} | \s*: )
    | \b [Ww]hat \s+ (?:the\s+question|we|is|it) \s+ (?:is|are|['’]re|was)?\s*(?:looking\s+for|asks?\s+for
      |asking\s+for|asked\s+for|wants?|need) (?: {_IS} | \s*: )
    | \b [Tt]he \s+ (?:only\s+|sole\s+|lone\s+)? (?:exception|outlier|odd\s+(?:one|man)\s+out|misfit)
      (?: \s+(?:here|to|in|among|of|from)\b [^.:?!\n]{{0,60}}? )? (?: {_IS} | \s*: )
    | \b (?:不属于|不符合|不正确|错误|说法有误|不是)[^，。：:\n]{{0,20}}的(?:选项|一项|说法)?\s*(?:是|为)\s*[:：]?
    """,
    re.VERBOSE,
)
_NAMED_AS = re.compile(
    rf"(?<![A-Za-z'’]){NAMED}?{UPPER}[)\]*_\"'.`]*(?:\s*\([^()\n]{{1,80}}\)|,\s[^,.;:\n]{{1,80}},)?\s+is\s+"
    rf"(?:therefore\s+|thus\s+|clearly\s+)?(?:the\s+(?:only\s+|sole\s+|lone\s+)?"
    rf"(?:exception|odd\s+(?:one|man)\s+out|outlier"
    rf"|(?:one|option|statement|choice)\s+(?:that\s+)?(?:the\s+question|we|you|is|it)\s+(?:is|are|was)?\s*"
    rf"(?:looking\s+for|asks?\s+for|asking\s+for|asked\s+for|after|wants?))|what\s+(?:the\s+question|we)\s+"
    rf"(?:is|are)?\s*(?:looking\s+for|asks?\s+for|asking\s+for|want))\b"
)
_SUPPOSED = re.compile(
    r"\b(?:if|whether|find|identify|select|choose|pick|determine|which|not|look(?:ing)?\s+for|n['’]t)\s+(?:\w+\s+)?\Z",
    re.IGNORECASE,
)


def exceptional(text: str, options: Options) -> Iterator[Candidate]:
    """Every statement of what a question with NOT or EXCEPT asks for."""
    for found in _STATED.finditer(text):
        if _SUPPOSED.search(text[max(0, found.start() - 40) : found.start()]):
            continue
        begin, end = statement(text, found.end())
        letters = read(text, begin, end, options)
        if letters is not None:
            yield Candidate(found.start(), 0, letters, "exception")
    for found in _NAMED_AS.finditer(text):
        if found[1] in options.letters and not _SUPPOSED.search(
            text[max(0, found.start() - 40) : found.start()]
        ):
            yield Candidate(found.start(1), 0, found[1], "exception")
