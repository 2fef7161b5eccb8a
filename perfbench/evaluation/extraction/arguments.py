r"""Which numbers of a clause are its subject or object, and which a preposition governs.

"In 5 hours the train covers 300 km": 300 is an argument, 5 is not. Knows nothing of which argument
is what the clause says.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from perfbench.evaluation.extraction.numerals import Numeral

SOLD_FOR = re.compile(
    r"\b(?:sells?|sold|selling|gets?|got|buys?|bought|purchased)\s[^.;,\n]{0,40}\bfor\s+[*_]*\Z",
    re.IGNORECASE,
)
_DETERMINERS = (
    r"(?:(?:the|an?|input|value|number|integer|his|her|my|your|our|their|its|this|that|these|those|all|only|about|around|just"
    r"|every|each|another|first|last|next|remaining|original|initial|other|same|of|both|exactly"
    r"|nearly"
    r"|approximately|over|additional|whole|full|total|\w+ing|\w+['’]s|der|die|das|den|dem|le|la"
    r"|les|el"
    r"|ses|leurs?|notre|votre|sein\w*|ihr\w*|sus?|suo[i]?|sue|seus?|suas"
    r"|los|las|i|gli|il|jeweils)\s+){0,3}[*_$\\£€¥(\"“]*\Z"
)
_ADJUNCT = re.compile(
    r"(?:\b(?:(?:added|compared|relative|close)\s+to|in|at|for|over|with|from|of|per|by|after"
    r"|within|during|on|every|each|between|among|under"
    r"|above|below|through|than|without|into|across|before|until|plus|minus|times|into|upon|via"
    r"|für|über|zu|im|in|mit|von|bei|je|pro|aus|nach|à|de|en|pour|avec|par|sur|dans|a|por|con|para|di"
    r"|da|per"
    r"|del|al|du|des|dos|bis|hasta|até|до|au|aux|della|dello|dei|zum|zur|vom|beim|im|pel[oa]s?|voor|za|met"
    r"|su|em|по|за|в|из|от|на|для|с|при|(?:со?|при)\s+[а-яё]+)\s+|(?:[@×/+]|(?<=[\d)])\*|(?<!\*)\*(?=\s))\s*"
    r"|每[^\d，,。]{0,4})" + _DETERMINERS,
    re.IGNORECASE,
)
_MEASURE_OF = re.compile(
    r"\b(?:(?:an?|the)\s+(?:total|sum)|an?\s+(?:\w+\s+){0,2}(?:increase|decrease|profit|loss"
    r"|average|gain|speed"
    r"|difference|cost|price|value|result|rate|length|area|perimeter|volume|weight|height|age"
    r"|number"
    r"|maximum|minimum|salary|income|savings?|amount|discount|change|distance|balance))\s+of\s+"
    r"(?:(?:about|only|exactly|just|approximately|nearly|around|over|almost)\s+)?[*_$\\£€¥(]*\Z",
    re.IGNORECASE,
)
_AMOUNTS_TO = re.compile(
    r"\b(?:(?:works?\s+out|worked\s+out|(?:come|stand|arrive|end|start)(?:s|ed)?(?:\s+(?:up|out|off))?)\s+(?:at|to|with)"
    r"|left\s+with|calls?\s+for|enough\s+for|обойд[её]тся\s+в|(?:es|est|è|é|fue|será|sera|sarà|foi)\s+d[ei])\s+"
    + _DETERMINERS,
    re.IGNORECASE,
)
_RATE_BEFORE = re.compile(
    r"\b(?:at|with|by|for|from|in|to|into|on|over|against)\s+(?:an?|the)\s+(?:\w+\s+){0,3}of\s+\S*\Z",
    re.IGNORECASE,
)
OF_WHICH = re.compile(
    r"[*_]*(?:\s+\w+){0,2}\s+of\s+(?:which|whom|them|these|those|it)\b|[^\d，,。]{0,6}(?:中的|里的|当中)",
    re.IGNORECASE,
)
_SUM_OF = re.compile(r"\ban?\s+(?:\w+\s+){1,3}of\s+[*_\\]*\Z", re.IGNORECASE)
_WHICH_COST = re.compile(
    r"\w\s+(?:that|which|who)\s+(?:\w+ly\s+)?(?:costs?|was|were|had|has|is|are|weighs?|sells?)\s+"
    + _DETERMINERS,
    re.IGNORECASE,
)
_CHANGES = re.compile(
    r"\b(?:up|down|rises?|rose|falls?|fell|drop(?:s|ped)?|increase[sd]?|decrease[sd]?|grows?|grew"
    r"|climb(?:s|ed)?|reduced|raised|discounted)\s+[*_$£€]*\Z",
    re.IGNORECASE,
)
_TO_NUMBER = re.compile(r"[*_]*(?:\s[^\W\d]+)?\s+to\s+(?:[a-z]+\s){0,2}[*_$£€]*-?\d")
_DIFFERS_BY = re.compile(
    r"\b(?:miss(?:es|ed)?|exceed(?:s|ed)?|off|short|overshot|undershot|outnumbers?|beats?|wins?|won"
    r"|lost|differs?)\b[^.;,]{0,40}\sby\s+(?:only\s+|just\s+|exactly\s+)?[*_$\\£€¥]*\Z",
    re.IGNORECASE,
)
_FRENCH_HAS = re.compile(r"(?:\A|[.,;]\s)\W*(?:[A-Z][\w'’-]+|il|elle|on|qui)\s+a\s+[*_]*\Z")
_AGO = re.compile(
    r"\s(?:years?|months?|weeks?|days?|hours?|minutes?)\s+(?:ago|later|earlier|from\s+now)\b"
)
_AND = re.compile(r"[^,.;:\d\n]{0,40}\band\s+(?:\w+ing\s+|[A-Z]\w+\s+)?[*_$\\£€¥]*\Z")


def is_governed(text: str, begin: int, numeral: Numeral) -> bool:
    """Whether a preposition stands before a number."""
    before = text[max(begin, numeral.start - 60) : numeral.start]
    if _FRENCH_HAS.search(before) or _AMOUNTS_TO.search(before) or _DIFFERS_BY.search(before):
        return False
    priced = text[numeral.start] in "$£€¥"
    if (
        _MEASURE_OF.search(before) or (priced and _SUM_OF.search(before))
    ) and not _RATE_BEFORE.search(before):
        return False
    if priced and SOLD_FOR.search(before):
        return False
    if _WHICH_COST.search(before):
        return True
    if _AGO.match(text, numeral.end):
        return True
    if _CHANGES.search(before) and _TO_NUMBER.match(text, numeral.end):
        return True
    return bool(_ADJUNCT.search(before))


def arguments_of(text: str, begin: int, found: Sequence[Numeral]) -> list[Numeral]:
    """The numbers that no preposition governs, neither alone nor with the one before."""
    arguments = []
    governed = None
    for each in found:
        shared = governed is not None and _AND.match(text, governed.end, each.start)
        if shared or is_governed(text, begin, each) or OF_WHICH.match(text, each.end):
            governed = each
        else:
            arguments.append(each)
            governed = None
    return arguments
