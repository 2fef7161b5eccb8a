"""Whether a text is written in a language whose decimal sign is the comma.

Owns the words that tell, and how its numbers become those of English: "12.500" is 12500 and
"3,5" is 3.5. Knows nothing of answers.
"""

from __future__ import annotations

import re
from functools import lru_cache

_TELLING = re.compile(
    r"ntwort|\bbezahlt\b|\b[Ee]n\s+total\b|\bpesos\b|\bRp\b|\b(?:adalah|đồng|gastó)\b|₫|espuesta|éponse|isposta|esposta|[а-я]{2}|€|zł|R\$|\breais\b|\b[Ee]uros?\b"
    r"|\b(?:und|der|das|ist|sind|beträgt|kostet|insgesamt|los|las|donc|est|sont|ella|para|cuesta"
    r"|quindi"
    r"|sono|della|totale|são|custa|razem|wynosi|kosztuje|het|een|toplam|celkem)\b"
)
_LANGUAGES = tuple(
    re.compile(rf"\b(?:{words})\b", re.IGNORECASE)
    for words in (
        r"wurden?|werden|wird|haben|hatte|ergibt|macht|für|nicht|insgesamt|ersten?|zweiten?|also"
        r"|sie|er|es|im|ein|eine|einen|von|mit|pro|noch|dann|das|die|den",
        r"el|la|los|las|es|así|son|una|uno|hay|por|más|tiene|tenía|del|que|se|con|vendió|vendieron|cada"
        r"|quedan?|entonces|fueron|suma|resultado|\w+(?:ción|ñ\w+)|y|en|un",
        r"il|la|gli|una|di|che|ci|sono|della|nel|con|ha|hanno|più|ogni|per|e|vendut[aeio]|restano|rimangono"
        r"|sommando|quindi|primo|secondo",
        r"o|os|as|um|uma|de|da|do|em|foram|não|são|tem|com|por|cada|mais|e|vend(?:eu|id[ao]s?)|restam|sobram"
        r"|então|soma|é|tinha|agora|ao|na|há|\w+(?:ção|ções|ão)",
        r"de|het|een|van|zijn|er|wordt|worden|heeft|dus|voor|met|elke?|blijven|over",
    )
)
_ENGLISH = re.compile(
    r"\b(?:the|is|are|was|were|of|and|to|he|she|they|it|has|have|had|so|each|for|total)\b",
    re.IGNORECASE,
)
_LEAST_WORDS = 3
_SEPARATED = re.compile(r"\d[.,]\d")
_POINTED = re.compile(r"(?<![\d.,])\d+\.\d+(?!\d|[.,]\d)")
_DOTTED_THOUSANDS = re.compile(r"(?<![\d.,])([1-9]\d{0,2})\.(\d{3})(?!\d|[.,]\d)")
_DECIMAL_COMMA = re.compile(r"(?<![\d.,])(\d+),(\d{1,2})(?![\d,]|\.\d)")
_WITH_COMMA = re.compile(r"(?<![\d.])\d[\d.]*(?:,\d+)+")
_ZERO_COMMA = re.compile(r"(?<![\d.,(\[{])0,(\d{1,3})(?![\d,)\]}]|\.\d)")
"""No thousands begin with nothing."""
_MEASURED_COMMA = re.compile(
    r"(?<![\d.,(\[{])(\d+),(\d{1,2})(?=\s?(?:kg|g|km|m|cm|mm|l|ml|h|min|s|°C|%|Euro|EUR|CHF|PLN|kr"
    r"|Kč)\b)"
)


@lru_cache(maxsize=4)
def is_foreign(text: str) -> bool:
    """Whether a text tells that it is not in English."""
    return bool(_TELLING.search(text))


def with_decimal_points(text: str) -> str:
    """The text with the numbers of its language written as in English."""
    if not _SEPARATED.search(text):
        return text
    if is_foreign(text) or _groups_by_points(text) or _parts_by_commas(text):
        text = _DOTTED_THOUSANDS.sub(r"\1\2", text)
        text = _DECIMAL_COMMA.sub(r"\1.\2", text)
    return _ZERO_COMMA.sub(r"0.\1", _MEASURED_COMMA.sub(r"\1.\2", text))


def _groups_by_points(text: str) -> bool:
    """Whether its words are of such a language, and its points all group thousands."""
    pointed = _POINTED.findall(text)
    if not pointed or not all(_DOTTED_THOUSANDS.fullmatch(each) for each in pointed):
        return False
    return _has_words_of_one(text)


def _parts_by_commas(text: str) -> bool:
    """Whether its words are of such a language, and its commas all part decimals."""
    commas = _WITH_COMMA.findall(text)
    if not commas or not all(_DECIMAL_COMMA.fullmatch(each) for each in commas):
        return False
    return _has_words_of_one(text)


def _has_words_of_one(text: str) -> bool:
    english = len(_ENGLISH.findall(text))
    counts = [len({each.lower() for each in words.findall(text)}) for words in _LANGUAGES]
    return max(counts) >= _LEAST_WORDS and max(counts) > english
