r"""The last sentence of a worked solution, and the solution without what stands around it.

Owns what of a text is no part of its working: the sign that ends a proof, a remark behind it, the
"A:" in front. Knows nothing of what a sentence says.
"""

from __future__ import annotations

import re

from perfbench.evaluation.extraction.remarks import CHECK, before_remarks

_END_OF_PROOF = re.compile(r"\$+\s*\\(?:blacksquare|square|qed|Box)\s*\$+\s*\Z")
_REMARK = re.compile(
    r"[\s*_#>]*(?:\(?(?:Note|Notice|Since|We|This|Here)\b[^()]*(?:\([^()]*\)[^()]*)*\)[\s.]*\Z"
    r"|(?:a|one)\s+(?:common|frequent|typical)\s+(?:mistake|error|trap|pitfall)\b|note\s+that\b|there\s+are\s+no\s+(?:other|further|more)\b|alternatively\b|(?:I\s+)?hope\b|let\s+me\s+know|feel\s+free|good\s+luck"
    r"|(?:(?:we|you)\s+(?:can\s+)?|let\s+(?:me|us)\s+|let['’]s\s+)(?:quickly\s+)?(?:double[\s-]?)?(?:check|verify)\b|(?:quick\s+)?(?:sanity\s+)?check\s*:|(?:correct|right|perfect|great|good|it\s+works|that\s+works|it\s+checks\s+out|this\s+checks\s+out)[.!✓\s]*\Z|(?:check|verify|test)ing\b|if\s+you\s+(?:have|need|want|would)|would\s+you|do\s+you|thank"
    r"|(?:this|which|and\s+this)\s+(?:completes|concludes)|Q\.?E\.?D"
    r"|(?:this|it|which)\s+(?:is\s+(?:only\s+)?(?:valid|true|defined)|holds|converges)\s+(?:for|when|if|whenever|provided|on)\b"
    r"|(?:the\s+)?(?:other|discarded|rejected|extraneous|second|negative)\s+(?:root|solution|value|candidate|case)\b(?:[^.\n]|\.\d)*\b(?:would|is\s+(?:therefore\s+)?(?:extraneous|rejected|discarded|not|negative|invalid|impossible|outside)|does\s+not|can(?:not|\s+not))\b"
    r"|the\s+(?:\w+\s+)?factor\s[^.\n]*\b(?:irreducible|no\s+real|cannot\s+be\s+factored)\b"
    r"|(?:if\s+(?:we|you)\s+(?:had\s+)?(?:started|counted|included|used|took|taken|allowed|forgot)|se\s+(?:começássemos|tivéssemos|fosse)|si\s+(?:empezáramos|hubiéramos|on\s+avait|nous\s+avions)|hätte\s+man|hätten\s+wir)\b|希望|如果您?你?有)",
    re.IGNORECASE,
)
_REPLY = re.compile(r"\s*A\s*:\s*(?=\S)")
_SENTENCE = re.compile(
    r"(?<=[.!?]\$)\s+(?=[A-Z(])|(?<=\\\])\s*(?=[A-Z])|(?<=\$\$)\s*(?=[A-Z])|(?<=\*\})(?=[A-Z])|(?<=[.!?。！？])\s+(?=[A-ZÀ-ÖØ-ÞА-Я$\\一-鿿*])|\n+|(?<=[。！？])"
)


def body(text: str) -> str:
    """The working of a text, without remarks behind it."""
    text = _END_OF_PROOF.sub("", text[: before_remarks(text)])
    return _REPLY.sub("", text, count=1).strip() if text.lstrip().startswith("A") else text.strip()


def last_sentence(text: str) -> str:
    """The last sentence; a formula on lines of its own counts as one."""
    ended = re.sub(r"\s*[.。]?\Z", "", text)
    for opening, closing in (("$$", "$$"), ("\\[", "\\]")):
        begin = ended.rfind(opening, 0, max(0, len(ended) - len(closing)))
        if ended.endswith(closing) and begin >= 0 and closing not in ended[begin + 2 : -2]:
            return text[begin:]
    sentences = [each for each in _SENTENCE.split(text) if each.strip(" *_#-`")] or [text]
    if len(sentences) > 1 and _is_remark(sentences[-1]):
        return last_sentence(text[: text.rindex(sentences[-1])].rstrip())
    return sentences[-1].strip()


def _is_remark(sentence: str) -> bool:
    """Whether a sentence adds to the solution, or checks it with a formula of its own."""
    if _REMARK.match(sentence):
        return True
    return CHECK.match(sentence) is not None and re.search(r"[\d$]", sentence) is not None
