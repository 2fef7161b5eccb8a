r"""What a text says after an answer that unsays it: a mistake it admits, a decision it cannot make.

Owns which words do. Knows nothing of formulas, nor of the answer that is unsaid.
"""

from __future__ import annotations

import re

_MISTAKE = re.compile(
    r"\b(?:I\s+apologi[sz]e|my\s+apologies|(?:I|we)\s+(?:made|see)\s+(?:a|an|my|our|the)\s+(?:\w+\s+){0,2}(?:mistake|error|slip)"
    r"|(?:counted|miscounted|computed|calculated|added|read|misread|copied)\s+(?:\w+\s+){0,2}(?:wrong(?:ly)?|incorrectly)"
    r"|(?:that|this|the\s+above|(?:the|my)\s+(?:boxed\s+)?(?:answer|result|value)(?:\s+above)?)\s+(?:is|was)\s+(?:actually\s+)?(?:wrong|incorrect|not\s+(?:right|correct))"
    r"|I\s+was\s+(?:wrong|mistaken)|scratch\s+that|correction\b|corrected\s+(?:final\s+)?(?:answer|result|value)\b)",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"\W*[^.!?\n]{0,400}")
_EARLIER = re.compile(
    r"\b(?:previous|earlier|initial|at\s+first|first\s+(?:attempt|try)|originally|before)",
    re.IGNORECASE,
)
"""A mistake of an attempt before the answer is not one of the answer."""
_UNDECIDED = re.compile(
    r"(?:\b(?:(?:I|we)\s+(?:(?:really|still|just|honestly|simply)\s+)?|I['’]m\s+|we['’]re\s+)(?:can\s?not|can['’]t|(?:(?:am|are)\s+)?(?:not\s+able|unable)\s+to|could\s+not|couldn['’]t)\s+"
    r"(?:really\s+|yet\s+)?(?:decide|determine|tell|settle|choose|say)\s+(?:between|which|whether)\b"
    r"|\b(?:(?:does|did)(?:\s+not|n['’]t)\s+(?:say|tell|specify|state|make\s+(?:it\s+)?clear)"
    r"|(?:not|un)\s?(?:clear|certain|sure|specified|stated))\s+(?:us\s+)?which"
    r"(?:\s+(?:one|reading|interpretation|of\s+(?:them|the\s+two|these|those)))?"
    r"\s+(?:(?:is|was)\s+(?:meant|intended|asked|wanted|correct|right)"
    r"|(?:the\s+)?(?:question|problem|author)\s+(?:means|intends|asks|wants))"
    r"|\b(?:I|we)\s+(?:can\s?not|can['’]t)\s+give\s+(?:you\s+)?(?:a|any)\s+(?:definit\w+|final|single|certain)"
    r"|\bboth\s+(?:\w+\s+){0,2}(?:values?|answers?|readings?|interpretations?)\s+(?:remain|are|seem)\s+(?:equally\s+)?(?:possible|plausible))",
    re.IGNORECASE,
)


def admitted_mistake(text: str, begin: int) -> int | None:
    """Where a text that goes on at ``begin`` says that what stands before is a mistake."""
    for found in _MISTAKE.finditer(text, begin):
        sentence = _SENTENCE.match(text, max(text.rfind(". ", begin, found.start()), begin))
        if sentence is None or not _EARLIER.search(sentence.group()):
            return found.start()
    return None


def is_undecided(text: str, begin: int) -> bool:
    """Whether a text that goes on at ``begin`` says that it cannot decide for one answer."""
    return _UNDECIDED.search(text, begin) is not None
