"""Answers that are words: "So the answer is X.", true or false, yes or no, whole texts.

Canonical forms: ``(B)`` for a lettered option of BIG-Bench Hard, ``True``/``False``, ``Yes``/
``No``, otherwise the words as they stand without the punctuation around them.
"""

from __future__ import annotations

import re

from perfbench.evaluation.extraction.choice import choice
from perfbench.evaluation.extraction.condensed import condensed
from perfbench.evaluation.extraction.latex import without_text_commands
from perfbench.evaluation.extraction.marks import (
    Mark,
    before_next_question,
    before_stop,
    marks,
)
from perfbench.types import Extraction, Sample

_SENTENCE_END = re.compile(r"(?<=[^\s.])[.。!！](?=\s|$|\*|\"|”)|\n")
_EDGES = ' \t\n*_`"“”：:$'
_LISTED_OPTION = re.compile(r"^\(([A-Z])\)\s", re.MULTILINE)
_OPTION_TARGET = re.compile(r"\([A-Z]\)\Z")
_WORD_LINE = re.compile(r"[\s*_`\"'#>-]*(?P<word>[A-Za-z]+)[\s*_`\"'.,!:;-]*\Z")


def verbatim(text: str, sample: Sample) -> Extraction:
    """The whole text, for scorers that judge it as it stands."""
    del sample
    return Extraction(text if text.strip() else None, how="whole text")


def first_line(text: str, sample: Sample) -> Extraction:
    """The first line that is not blank."""
    del sample
    line, ended = next(
        ((each.strip(), "\n" in each) for each in text.lstrip().splitlines(keepends=True)),
        ("", False),
    )
    return Extraction(line or None, marked=bool(line) and ended, how="first line")


def phrase(text: str, sample: Sample) -> Extraction:
    """What the text states as its answer, or all of a text of one short line."""
    del sample
    text = before_stop(condensed(text))
    earlier = before_next_question(text)
    stated = (_stated(earlier + "\n") if earlier is not None else None) or _stated(text)
    if stated is not None:
        return stated
    line = (earlier if earlier is not None else text).strip()
    if "\n" in line or not line or len(line.split()) > 40 or _SENTENCE_END.search(line[:-1]):
        return Extraction(None, how="no statement")
    return Extraction(_bare(line) or None, how="one line")


def bbh(text: str, sample: Sample) -> Extraction:
    """``So the answer is X.``: an option as ``(B)``, anything else as it stands."""
    if sample.choices:
        found = choice(text, sample)
        if found.answer is None:
            return found
        return Extraction(f"({found.answer})", marked=found.marked, how=found.how)
    target = sample.target if isinstance(sample.target, str) else ""
    if _OPTION_TARGET.match(target.strip()):
        return _option(text, sample)
    for words in (("True", "False"), ("Yes", "No"), ("valid", "invalid")):
        if target.strip().casefold() in {word.casefold() for word in words}:
            return _one_of(text, words)
    return phrase(text, sample)


def true_false(text: str, sample: Sample) -> Extraction:
    """``True`` or ``False``."""
    del sample
    return _one_of(text, ("True", "False"))


def yes_no(text: str, sample: Sample) -> Extraction:
    """``Yes`` or ``No``."""
    del sample
    return _one_of(text, ("Yes", "No"))


def _option(text: str, sample: Sample) -> Extraction:
    """A lettered option; the options are listed in the question itself."""
    listed = _LISTED_OPTION.findall(_question(sample))
    number = ord(max(listed)) - ord("A") + 1 if listed else 26
    found = choice(text, Sample(id=sample.id, input="", choices=("",) * number))
    if found.answer is None or len(found.answer) > 1:
        return Extraction(None, how=found.how)
    return Extraction(f"({found.answer})", marked=found.marked, how=found.how)


def _question(sample: Sample) -> str:
    """The question without the examples that may go before it."""
    asked = sample.input
    if isinstance(asked, list) and asked and isinstance(asked[-1], dict):
        asked = str(asked[-1].get("content", ""))
    return asked.rsplit("\nQ:", 1)[-1] if isinstance(asked, str) else ""


def _one_of(text: str, words: tuple[str, str]) -> Extraction:
    """The one of two words that the text states, begins with or ends with."""
    known = {word.casefold(): word for word in words}
    text = before_stop(condensed(text))
    earlier = before_next_question(text)
    for part in (earlier, text):
        if part is None:
            continue
        for mark in reversed(marks(part)):
            begins = re.match(
                r"[\s*_`\"'“(\[{$\\:]*(?:text\{)?([A-Za-z]+)", part[mark.begin : mark.end]
            )
            if begins and begins[1].casefold() in known:
                return Extraction(known[begins[1].casefold()], marked=mark.closed, how=mark.kind)
        lines = [line for line in part.splitlines() if line.strip()]
        if not lines:
            continue
        for line in (lines[0], lines[-1]):
            alone = _WORD_LINE.match(line)
            if alone and alone["word"].casefold() in known:
                return Extraction(known[alone["word"].casefold()], marked=True, how="word alone")
        opening = re.match(r"[\s*_`\"'“]*([A-Za-z]+)[*_`\"'”]*\s*[,.:;!—–-]", lines[0])
        if opening and opening[1].casefold() in known:
            return Extraction(known[opening[1].casefold()], how="opening")
    return Extraction(None, how="neither word")


def _stated(text: str) -> Extraction | None:
    for mark in reversed(marks(text)):
        content = _content(text, mark)
        if content:
            complete = mark.closed and (mark.kind in ("box", "tag") or mark.begin + 1 < len(text))
            return Extraction(content, marked=complete, how=mark.kind)
    return None


def _content(text: str, mark: Mark) -> str:
    content = text[mark.begin : mark.end]
    if mark.kind in ("hash", "phrase"):
        content = content.lstrip(" \t*_:：")
        ended = _SENTENCE_END.search(content)
        content = content[: ended.start()] if ended else content
    return _bare(content)


def _bare(content: str) -> str:
    content = without_text_commands(content).strip().strip(_EDGES).strip()
    if content.endswith((".", "。")) and not content.endswith("..."):
        content = content[:-1].rstrip().strip(_EDGES)
    return content.strip()
