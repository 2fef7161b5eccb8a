r"""The one option whose words a sentence has, in another order or another form.

"A CT scan should be ordered" is "Order a CT scan"; of a conclusion, most of the words do that no
other option has. Owns what counts as the same word. Knows nothing of where the sentence stands, nor
of what this weighs against what is said in so many words.
"""

from __future__ import annotations

import re

from perfbench.evaluation.extraction.mentions import DENIED
from perfbench.evaluation.extraction.options import Options, normalised

_WORD = re.compile(r"[^\W_]+")
_ENDING = re.compile(r"(?:wards?|ing|ed|es|s|e)\Z")
_SMALL = re.compile(
    r"(?:an?|the|of|in(?:to)?|to|its?|is|are|was|were|be(?:en|ing)?|ha[sd]|have|th(?:at|is|ose|ese|ere|en|an)"
    r"|and|or|by|for|with|on|at|as|from|their|his|her|our|your|will|would|should|can|must|also|he"
    r"|she|they|we|you|i|do(?:es)?|did|so|wh(?:ich|o|at|en|ere)|how)\Z"
)
_DENIES = frozenset(("not", "no", "never", "none", "neither", "nor", "cannot", "without"))
_MOST_WORDS = 40
_SO = re.compile(r",\s+(?:and\s+)?(?:so|therefore|thus|hence)\b", re.IGNORECASE)
_CONCLUDES = re.compile(
    r"(?:\A\W*(?:so|therefore|thus|hence|consequently|overall|in\s+conclusion)\b|\btherefore\b"
    r"|,\s+so\b|\b(?:best|correct|right)\s+answer\b|\bleft\s+with\b).*[.!]\W*\Z",
    re.IGNORECASE | re.DOTALL,
)


def reworded(sentence: str, options: Options) -> str | None:
    """The letter of the option of several words that the sentence has; ``None`` if it has a word
    that only another option has, or denies anything."""
    if DENIED.search(sentence) or len(sentence.split()) > _MOST_WORDS:
        return None
    said = _words(sentence)
    meant: dict[str, frozenset[str]] = {}
    for option, letter in options.texts.items():
        words = _words(option)
        if letter is None or not words or words & _DENIES or any(map(_says_nothing, words)):
            return None
        meant.setdefault(letter, words)
    shared = frozenset.intersection(*meant.values()) if len(meant) > 2 else frozenset()
    meant = {letter: own for letter, words in meant.items() if (own := words - shared)}
    found = [letter for letter, words in meant.items() if len(words) > 1 and words <= said]
    if shared and not shared & said:
        return None
    if len(found) != 1:
        return None
    own = meant[found[0]]
    others = (words for letter, words in meant.items() if letter != found[0])
    return found[0] if all(not (words - own) & said for words in others) else None


def akin(sentence: str, options: Options) -> str | None:
    """The letter of the option of which a conclusion has most of its own words, and at least two;
    ``None`` if it denies anything, or has a word that is only another option's."""
    if not _CONCLUDES.search(sentence):
        return None
    clause = sentence[[*_SO.finditer(sentence)][-1].end() :] if _SO.search(sentence) else sentence
    if DENIED.search(clause):
        return None
    said = _words(clause)
    meant: dict[str, frozenset[str]] = {}
    for option, letter in options.texts.items():
        if letter is not None:
            meant.setdefault(letter, _words(option))
    held: dict[str, int] = {}
    for letter, words in meant.items():
        others = frozenset[str]().union(*(meant[each] for each in meant if each != letter))
        own = frozenset(each for each in words - others if not _says_nothing(each))
        if own & said:
            held[letter] = len(own & said) if 3 * len(own & said) >= 2 * len(own) else 0
    letter, number = held.popitem() if len(held) == 1 else ("", 0)
    shared = frozenset.intersection(*meant.values()) if meant else frozenset[str]()
    enough = number > 1 or (number == 1 and bool(shared) and shared <= said)
    return letter if enough and not meant[letter] & _DENIES else None


def _says_nothing(word: str) -> bool:
    """Whether a word is a number, or a sign of a formula."""
    return word.isdigit() or (word.isascii() and len(word) < 2)


def _words(text: str) -> frozenset[str]:
    """The words of a text that carry its meaning, without their endings."""
    words = (each for each in _WORD.findall(normalised(text)) if not _SMALL.match(each))
    return frozenset(_ENDING.sub("", each) if len(each) > 3 else each for each in words)
