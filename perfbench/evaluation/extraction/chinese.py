r"""Which number of a Chinese, Japanese or Korean sentence is what its verb says.

Owns the verbs that take a result ("需要", "还有") and the clauses that say the same of two things.
Knows nothing of sentences of languages with prepositions.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from perfbench.evaluation.extraction.arguments import OF_WHICH, is_governed
from perfbench.evaluation.extraction.numerals import Numeral
from perfbench.evaluation.extraction.reading import UNREADABLE, Unreadable, readable

_GENITIVE = re.compile(r"[a-zA-Z]{0,3}[\u4e00-\u9fff\u30a0-\u30ff]{0,4}の")
_NEXT_CLAUSE = re.compile(r"[^\d，,；。]{0,4}[，,；][^\d，,；。]{1,10}\Z")
_PARALLEL = re.compile(r"[^总共一全还剩则]{1,8}(?P<verb>[有是为])\Z")
_REMAINDER = re.compile(r"还?[余剩多]下?\Z")
_CHINESE_VERB = re.compile(
    r"(?:是|为|等于|需要?|要|得到?|剩下?|还有|有|花费?|付|赚|共|达到?)[^\d，,。]{0,6}\Z"
)


def verbal_object(text: str, begin: int, found: Sequence[Numeral]) -> Numeral | Unreadable:
    """The number of the last clause that a verb takes, or the last one of the sentence."""
    own = [
        each
        for each in found
        if not is_governed(text, begin, each) and not OF_WHICH.match(text, each.end)
    ] or found
    if _are_parallel(text, begin, found):
        return UNREADABLE
    clause = max(text.rfind(comma, begin, own[-1].start) for comma in "，,、；")
    verbal = [
        each
        for each in own
        if each.start > clause
        and _CHINESE_VERB.search(text[max(begin, each.start - 12) : each.start])
    ]
    last = verbal[0] if len(verbal) == 1 else own[-1]
    if len(own) > 1 and _GENITIVE.match(text, last.end):
        return UNREADABLE
    return last if readable(last) else UNREADABLE


def _are_parallel(text: str, begin: int, found: Sequence[Numeral]) -> bool:
    """Whether the last two clauses of a Chinese sentence say the same of two things."""
    if len(found) < 2 or not _NEXT_CLAUSE.match(text, found[-2].end, found[-1].start):
        return False
    one, other = (
        re.split("[，,、；。]", text[max(begin, each.start - 16) : each.start])[-1]
        for each in found[-2:]
    )
    shared = _PARALLEL.match(one), _PARALLEL.match(other)
    if shared[0] and shared[1]:
        return shared[0]["verb"] == shared[1]["verb"]
    return bool("每" in one + text[begin : found[-2].start] and _REMAINDER.match(other))
