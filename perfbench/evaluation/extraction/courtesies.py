r"""A text without the courtesies that chat models put around it: "Sure!", "I hope this helps!".

Owns which first and last sentences are such, and say nothing of the question. A text that asks for
something it lacks ("let me know the price") is none: that is a refusal. Knows nothing of answers.
"""

from __future__ import annotations

import re

_OPENER = re.compile(
    r"\s*(?:(?:Sure(?:\s+thing)?|Certainly|Of\s+course|Absolutely|(?:Great|Good|Interesting|Nice)\s+question|Gladly"
    r"|No\s+problem|Hello|Hi(?:\s+there)?|Thanks?(?:\s+you)?(?:\s+for\s+[^.!\n\d]{1,60})?|Natürlich|Gerne"
    r"|Bien\s+sûr|Claro(?:\s+que\s+sí)?|Por\s+supuesto|Certo|Конечно|好的|当然(?:可以)?)"
    r"\s?[!,.！，。]+\s*){1,3}"
    r"(?:(?:I['’](?:d|ll|m)|I\s+(?:would|will|am))\s+(?:be\s+)?(?:happy|glad|delighted|pleased|here)"
    r"\s+to\s+(?:help|assist)\b[^.!:\n\d]{0,80}[.!:]\s*)?",
    re.IGNORECASE,
)
_CLOSER = re.compile(
    r"(?:(?<=[.!?:)\]}*。！？$\d])\s|\n)\s*[*_(]{0,3}(?:"
    r"(?:I\s+)?hope\s+(?:this|that|it|these)\b|(?:please\s+)?(?:feel\s+free|don['’]t\s+hesitate)\s+to\s+(?:ask|reach|let|contact|share)\b"
    r"|(?:please\s+|just\s+)?let\s+me\s+know\s+(?:if|whether|should)\b"
    r"|if\s+(?:you(?:['’]d|\s+would)?|there['’]?s?|anything|something|any)\s[^.!?\n\d]{1,100}\b(?:questions?|help|let\s+me\s+know|feel\s+free|ask"
    r"|clarification|explanations?|unclear)\b"
    r"|is\s+there\s+anything\s+else\b|do\s+you\s+have\s+any\s+(?:other\s+|more\s+|further\s+)?questions\b"
    r"|would\s+you\s+like\s+(?:me\s+to\s+(?:explain|show|elaborate|clarify|walk)|a\s+more|another|some\s+more|to\s+(?:see|try|practice))\b"
    r"|thank\s+you\b|thanks\b|you['’]re\s+welcome|good\s+luck\b|have\s+an?\s+(?:great|nice|good|wonderful)\s+\w+"
    r"|happy\s+(?:learning|studying|solving|coding|calculating|to\s+help)\b|(?:I['’]m|I\s+am)\s+(?:always\s+)?(?:here|happy|glad)\s+to\s+(?:help|assist)\b"
    r"|希望[^。！!\n]{0,30}帮助|如果?(?:您|你)?(?:还)?有[^。！!\n]{0,20}(?:问题|疑问|不明白)|祝(?:您|你)"
    r"|Ich\s+hoffe,?\s+(?:das|dass|es|diese)|(?:Bei|Falls\s+du|Wenn\s+du|Wenn\s+Sie|Falls\s+Sie)\s[^.!\n]{0,40}Fragen"
    r"|Espero\s+(?:que\s+(?:esto|te|le|isso)|ter\s+ajudado|haber)|Si\s+(?:tienes|tiene|necesitas)\s[^.!\n]{0,60}(?:preguntas?|dudas?|ayuda)"
    r"|J['’]espère\s+que|N['’]hésite[zs]?\s+pas|Spero\s+che|Se\s+hai\s[^.!\n]{0,40}(?:domande|dubbi)|Se\s+tiver\s[^.!\n]{0,40}(?:perguntas?|dúvidas?)"
    r"|Надеюсь|お役に立て|도움이\s*되"
    r")[^\d.!?。！？\n]{0,160}[.!?。！？]{0,3}[)*_]{0,3}\s*\Z",
    re.IGNORECASE,
)
_LACKS = re.compile(
    r"\b(?:provid\w+|missing|suppl(?:y|ied)|specif\w+|details?|information|complete|full|actual|rest\s+of|the\s+options)\b"
    r"|提供|补充",
    re.IGNORECASE,
)
_SAYS = re.compile(r"\w")
_LONGEST = 300
_MOST_CLOSERS = 4


def without_courtesies(text: str) -> str:
    """The text between its courtesies; all of it, if it has nothing else."""
    opener = _OPENER.match(text)
    if opener is not None and _SAYS.search(text, opener.end()):
        text = text[opener.end() :]
    for _ in range(_MOST_CLOSERS):
        tail = max(0, len(text) - _LONGEST)
        closer = _CLOSER.search(text, tail)
        if (
            closer is None
            or _LACKS.search(closer.group())
            or not _SAYS.search(text[: closer.start()])
        ):
            break
        text = text[: closer.start()].rstrip() + "\n"
    return text
