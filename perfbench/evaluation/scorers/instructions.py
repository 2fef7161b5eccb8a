"""The 25 checkable instructions of IFEval (Zhou et al. 2023), as predicates on a text.

Each takes the text and the arguments of the data set's ``kwargs`` and says whether the instruction
was followed. Definitions follow the paper and the published checkers; sentences and words are split
by rules of this module instead of nltk's downloaded models. Knows nothing of scores.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from perfbench.errors import WorkloadError

Arguments = Mapping[str, Any]
Check = Callable[[str, Arguments], bool]

_WORD = re.compile(r"\w+")
_CAPITAL_WORD = re.compile(r"[^\W\d_](?:[\w'’.-]*\w)?|\d[\w'’.-]*")
_SENTENCE_END = re.compile(r"(?<=[.!?。！？])[\"'”’)\]*]*(?:\s+|(?<=[。！？]))(?=\S)")
_ABBREVIATION = re.compile(
    r"(?:\b(?:Mr|Mrs|Ms|Dr|Prof|Sr|Jr|St|vs|etc|e\.g|i\.e|Inc|Ltd|Co|Corp|No|Fig|approx|cf|al"
    r"|[A-Z]|U\.S|a\.m|p\.m))\.$"
)
_LONGEST_ABBREVIATION = 10
_POLITE = ("My answer is yes.", "My answer is no.", "My answer is maybe.")


def sentences(text: str) -> list[str]:
    """The sentences of a text, parted by ``. ! ?`` or a blank line; abbreviations part none."""
    found: list[str] = []
    for block in re.split(r"\n\s*\n", text):
        held: list[str] = []
        for piece in map(str.strip, _SENTENCE_END.split(block.strip())):
            held += [piece] if piece else []
            if held and not _ABBREVIATION.search(held[-1][-_LONGEST_ABBREVIATION:]):
                found.append(" ".join(held))
                held = []
        if held:
            found.append(" ".join(held))
    return found


def words(text: str) -> list[str]:
    r"""The words of a text: runs of ``\w``, as the published checkers count them."""
    return _WORD.findall(text)


def language_of(text: str) -> str | None:
    """ISO code of the language; ``None`` if there is too little to tell."""
    from langdetect import DetectorFactory, LangDetectException, detect

    DetectorFactory.seed = 0
    try:
        return str(detect(text))
    except LangDetectException:
        return None


def _compare(count: int, relation: str | None, wanted: Any) -> bool:
    if relation == "less than":
        return count < int(wanted)
    if relation in ("at least", None):
        return count >= int(wanted)
    raise WorkloadError(f"unknown relation {relation!r}: 'at least' or 'less than'")


def _keywords_exist(text: str, given: Arguments) -> bool:
    return all(re.search(each, text, re.IGNORECASE) for each in given["keywords"])


def _keyword_frequency(text: str, given: Arguments) -> bool:
    count = len(re.findall(given["keyword"], text, re.IGNORECASE))
    return _compare(count, given.get("relation"), given["frequency"])


def _no_forbidden_words(text: str, given: Arguments) -> bool:
    return not any(
        re.search(rf"\b{word}\b", text, re.IGNORECASE) for word in given["forbidden_words"]
    )


def _letter_frequency(text: str, given: Arguments) -> bool:
    count = text.lower().count(str(given["letter"]).lower())
    return _compare(count, given.get("let_relation"), given["let_frequency"])


def _language(text: str, given: Arguments) -> bool:
    found = language_of(text)
    return found is None or found == given["language"]


def _number_sentences(text: str, given: Arguments) -> bool:
    return _compare(len(sentences(text)), given.get("relation"), given["num_sentences"])


def _number_paragraphs(text: str, given: Arguments) -> bool:
    """Paragraphs are parted by ``***``; only the outermost may be empty."""
    parts = [part.strip() for part in re.split(r"\s?\*\*\*\s?", text)]
    if any(not part for part in parts[1:-1]):
        return False
    return sum(1 for part in parts if part) == int(given["num_paragraphs"])


def _number_words(text: str, given: Arguments) -> bool:
    return _compare(len(words(text)), given.get("relation"), given["num_words"])


def _nth_paragraph_first_word(text: str, given: Arguments) -> bool:
    """Paragraphs are parted by two line breaks; the word is compared up to its punctuation."""
    parts = text.split("\n\n")
    count = sum(1 for part in parts if part.strip())
    nth = int(given["nth_paragraph"])
    if nth > count or count != int(given["num_paragraphs"]) or not parts[nth - 1].strip():
        return False
    first = parts[nth - 1].split()[0].lstrip("'").lstrip('"')
    word = re.split(r"[.,?!'\"]", first, maxsplit=1)[0].lower()
    return word == str(given["first_word"]).lower()


def _number_placeholders(text: str, given: Arguments) -> bool:
    return len(re.findall(r"\[[^\[\]\n]*\]", text)) >= int(given["num_placeholders"])


def _postscript(text: str, given: Arguments) -> bool:
    marker = str(given["postscript_marker"])
    pattern = {
        "P.P.S": r"p\.\s?p\.\s?s",
        "P.S.": r"p\.\s?s\.",
    }.get(marker, re.escape(marker.lower()))
    return bool(re.search(pattern, text.lower()))


def _number_bullets(text: str, given: Arguments) -> bool:
    stars = re.findall(r"^[^\S\n]*\*[^\*].*$", text, re.MULTILINE)
    dashes = re.findall(r"^[^\S\n]*-.*$", text, re.MULTILINE)
    return len(stars) + len(dashes) == int(given["num_bullets"])


def _constrained_response(text: str, given: Arguments) -> bool:
    return any(each in text for each in _POLITE)


def _highlighted(text: str, given: Arguments) -> bool:
    single = [each for each in re.findall(r"\*[^\n\*]*\*", text) if each.strip("*").strip()]
    double = [
        each
        for each in re.findall(r"\*\*[^\n\*]*\*\*", text)
        if each.removeprefix("**").removesuffix("**").strip()
    ]
    return len(single) + len(double) >= int(given["num_highlights"])


def _sections(text: str, given: Arguments) -> bool:
    # the data set spells the argument this way
    parts = re.split(rf"\s?{given['section_spliter']}\s?\d+\s?", text)
    return len(parts) - 1 >= int(given["num_sections"])


def _json(text: str, given: Arguments) -> bool:
    body = text.strip()
    for fence in ("```json", "```Json", "```JSON", "```"):
        body = body.removeprefix(fence)
    try:
        json.loads(body.removesuffix("```").strip())
    except (ValueError, RecursionError):  # the latter: nested as no program nests it
        return False
    return True


def _title(text: str, given: Arguments) -> bool:
    """Whether some line has a title in double angular brackets that is not empty."""
    for line in text.split("\n"):
        begin, end = line.find("<<"), line.rfind(">>")
        if 0 <= begin < end - 2 and line[begin:end].lstrip("<").rstrip(">").strip():
            return True
    return False


def _two_responses(text: str, given: Arguments) -> bool:
    """Two different answers parted by six asterisks; only the outermost parts may be empty."""
    parts = [part.strip() for part in text.split("******")]
    if any(not part for part in parts[1:-1]):
        return False
    answers = [part for part in parts if part]
    return len(answers) == 2 and answers[0] != answers[1]


def _repeats_prompt(text: str, given: Arguments) -> bool:
    return text.strip().lower().startswith(str(given["prompt_to_repeat"]).strip().lower())


def _end(text: str, given: Arguments) -> bool:
    return text.strip().strip('"').lower().endswith(str(given["end_phrase"]).strip().lower())


def _quotation(text: str, given: Arguments) -> bool:
    body = text.strip()
    return len(body) > 1 and body[0] == '"' and body[-1] == '"'


def _capital_words(text: str, given: Arguments) -> bool:
    count = sum(1 for word in _CAPITAL_WORD.findall(text) if word.isupper())
    return _compare(count, given.get("capital_relation"), given["capital_frequency"])


def _all_capital(text: str, given: Arguments) -> bool:
    return text.isupper() and language_of(text) in ("en", None)


def _all_lower(text: str, given: Arguments) -> bool:
    return text.islower() and language_of(text) in ("en", None)


def _no_comma(text: str, given: Arguments) -> bool:
    return "," not in text


CHECKS: dict[str, Check] = {
    "keywords:existence": _keywords_exist,
    "keywords:frequency": _keyword_frequency,
    "keywords:forbidden_words": _no_forbidden_words,
    "keywords:letter_frequency": _letter_frequency,
    "language:response_language": _language,
    "length_constraints:number_sentences": _number_sentences,
    "length_constraints:number_paragraphs": _number_paragraphs,
    "length_constraints:number_words": _number_words,
    "length_constraints:nth_paragraph_first_word": _nth_paragraph_first_word,
    "detectable_content:number_placeholders": _number_placeholders,
    "detectable_content:postscript": _postscript,
    "detectable_format:number_bullet_lists": _number_bullets,
    "detectable_format:constrained_response": _constrained_response,
    "detectable_format:number_highlighted_sections": _highlighted,
    "detectable_format:multiple_sections": _sections,
    "detectable_format:json_format": _json,
    "detectable_format:title": _title,
    "combination:two_responses": _two_responses,
    "combination:repeat_prompt": _repeats_prompt,
    "startend:end_checker": _end,
    "startend:quotation": _quotation,
    "change_case:capital_word_frequency": _capital_words,
    "change_case:english_capital": _all_capital,
    "change_case:english_lowercase": _all_lower,
    "punctuation:no_comma": _no_comma,
}
"""Every instruction by the id the data set uses."""
