"""ROUGE and BLEU of a free answer against its reference.

ROUGE-1, ROUGE-2 and ROUGE-L with precision, recall and F1 (as rouge-score, without stemming). Their
tokens are lower-case words; each Chinese, Japanese or Korean character is a token of its own.

Sentence BLEU-1 to BLEU-4 (cumulative) with sacrebleu's defaults, which the names tell: tokens by
``13a``, ``exp`` smoothing; case is kept, orders that the answer is too short for are left out. As
``13a`` cuts no Chinese, a reference with Chinese characters is cut by ``zh``, one in kana or hangul
by ``char``, under names of their own.

All figures are between 0 and 1. Of several references the one with the best ROUGE-L F1 counts. The
score itself is ROUGE-L F1.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from perfbench.evaluation.scorers.targets import targets
from perfbench.types import Sample, Score

if TYPE_CHECKING:
    from rouge_score.rouge_scorer import RougeScorer
    from sacrebleu.metrics.bleu import BLEU

LIBRARIES = ("rouge-score", "sacrebleu")
"""Packages whose version is part of what this scorer does."""

_TOKEN = re.compile(
    r"[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003134f]"
    r"|(?:(?![\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003134f_])\w)+"
)
_CHINESE = re.compile("[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003134f]")
_SYLLABLES = re.compile("[\u3040-\u30ff\uac00-\ud7af]")
_SMOOTHING = "exp"


class _Words:
    """The tokens of a text, in the form rouge-score asks for."""

    def tokenize(self, text: str) -> list[str]:
        return _TOKEN.findall(text.lower())


def rouge_bleu(answer: str, sample: Sample) -> Score:
    """Every figure against each reference, and those of the best reference."""
    measured = [_figures(answer, reference) for reference in targets(sample)]
    best = max(measured, key=lambda figures: figures["rouge_l_f"])
    return Score(best["rouge_l_f"], answer, why="ROUGE-L F1", scorer="rouge_bleu", metrics=best)


def _figures(answer: str, reference: str) -> dict[str, float]:
    figures = {}
    for name, found in _rouge().score(reference, answer).items():
        name = "rouge_" + name.removeprefix("rouge")
        figures[f"{name}_r"] = float(found.recall)
        figures[f"{name}_p"] = float(found.precision)
        figures[f"{name}_f"] = float(found.fmeasure)
    words = _Words()
    given, wanted = words.tokenize(answer), words.tokenize(reference)
    shared = longest_common(wanted, given)
    figures["rouge_l_r"] = recall = shared / len(wanted) if wanted else 0.0
    figures["rouge_l_p"] = precision = shared / len(given) if given else 0.0
    figures["rouge_l_f"] = 2 * precision * recall / (precision + recall) if shared else 0.0
    cut = _cut(reference)
    for order, bleu in enumerate(_bleu(cut), start=1):
        score = bleu.sentence_score(answer, [reference]).score / 100
        figures[f"bleu_{order}_{cut}_{_SMOOTHING}"] = min(1.0, score)  # but for rounding
    return figures


def _cut(reference: str) -> str:
    """Name of sacrebleu's tokenizer for texts like this one."""
    if _SYLLABLES.search(reference):
        return "char"
    return "zh" if _CHINESE.search(reference) else "13a"


def longest_common(left: Sequence[str], right: Sequence[str]) -> int:
    """Length of the longest common subsequence.

    In the bits of one number (Hyyrö 2004): rouge-score keeps a table of the product of both
    lengths, which an answer of a megabyte does not fit into.
    """
    places: dict[str, int] = defaultdict(int)
    for place, word in enumerate(left):
        places[word] |= 1 << place
    every = (1 << len(left)) - 1
    open_places = every
    for word in right:
        taken = open_places & places.get(word, 0)
        open_places = ((open_places + taken) | (open_places - taken)) & every
    return len(left) - bin(open_places).count("1")


@lru_cache(maxsize=1)
def _rouge() -> RougeScorer:
    from rouge_score.rouge_scorer import RougeScorer

    return RougeScorer(["rouge1", "rouge2"], tokenizer=_Words())


@lru_cache(maxsize=3)
def _bleu(cut: str) -> tuple[BLEU, ...]:
    from sacrebleu.metrics.bleu import BLEU

    return tuple(
        BLEU(max_ngram_order=order, effective_order=True, smooth_method=_SMOOTHING, tokenize=cut)
        for order in (1, 2, 3, 4)
    )
