"""Options that lines say by themselves: a letter alone, an option's text, a letter and its text.

Also the one option in bold. Knows nothing of what such a line weighs against a stated answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from perfbench.evaluation.extraction.letters import (
    Candidate,
    Options,
    Undecided,
    normalised,
    read,
)

_LETTER_LINE = re.compile(
    r"^[\s<>*_#`\"'“(\[{$\\【→👉✅✔☑-]*(?:boxed\{)?"
    r"(?:(?:[Oo]ption|OPTION|[Cc]hoice|[Aa]nswer|ANSWER|[Aa]ns\.?|选项|[Pp]erhaps|[Pp]robably)\s*)?"
    r"[(\[]?(?P<letters>[A-Za-z]|[A-Z](?:\s*(?:[,、和&]\s*)?[A-Z])+)"
    r"[)\]}.。;:*_`\"'”$】、!,\\>\s]*$"
)
_LINE = re.compile(r"[^\s][^\n]*")
_ITEM = re.compile(
    r"^[\s>*_#`\"'(\[-]*(?:Option\s+|选项)?([A-Z])[)\].:、*_]+(?=\s*\S)", re.MULTILINE
)
_OPENING = re.compile(
    r"\s*[>*_#`\"'“(\[$\\-]*(?:(?:Option|Choice)\s+|选项)?[(\[]?(?P<letter>[A-Za-z])"
    r"(?P<after>[)\].:、]+[*_\"']*(?=\s|[^A-Za-z\s]|[A-Z][a-z])|,\s|，|\s+[-–—]+\s|\*\*"
    r"|\s+(?:because|since|rather\s+than|instead\s+of|over|not)\b|\s(?=\())"
)
_INLINE_ITEM = re.compile(r"(?<![A-Za-z])([A-Z])[).:]\s")
_TEXT_THEN_LETTER = re.compile(
    r"(?P<text>.{1,200}?)[\s*_]*(?:\(\**(?:[Oo]ption\s+|选项\s*)?|,\s*(?:which\s+is\s+)?option\s+[(*]*)"
    r"(?P<letter>[A-Z])[*)]*[\s.!*_]*$"
)
_BOLD = re.compile(r"\*\*(?P<content>[^*\n]{1,200})\*\*")
_BOLD_LETTER = re.compile(r"\(?([A-Z])(?:[).:]|\Z)")


def lines(text: str, options: Options) -> Iterator[Candidate]:
    """What lines say by themselves: a letter alone, an option's text, a letter and its text."""
    alone: list[Candidate] = []
    listed = {item.upper() for item in _ITEM.findall(text)}
    lines = [(found.start(), found.group()) for found in _LINE.finditer(text)]
    for place, line in lines:
        lone = _LETTER_LINE.match(line)
        if lone:
            letters = read(line, lone.start("letters"), len(line), options)
            if letters is not None:
                alone.append(Candidate(place, 0, letters, "letter alone"))
            continue
        outer = place in (lines[0][0], lines[-1][0])
        by_text = options.texts.get(normalised(line)) if outer else None
        if by_text:
            yield Candidate(place, 2, by_text, "option's text")
        named = _TEXT_THEN_LETTER.match(line)
        if named and _agrees(named["text"], named["letter"], options):
            yield Candidate(place, 1, named["letter"], "text and letter")
        opening = _OPENING.match(line)
        if opening and listed <= {opening["letter"].upper()}:
            found = _opened(line, opening, options)
            if found and (found[1] == 0 or place == lines[0][0]):
                yield Candidate(place, found[1], found[0], "opening")
    one = len({each.letters for each in alone}) == 1
    yield from (each for each in alone if one or each.start in (lines[0][0], lines[-1][0]))


def _opened(
    line: str, opening: re.Match[str], options: Options
) -> tuple[str | Undecided, int] | None:
    """The option a line begins with and its rank: firm if the option's own text follows."""
    letter = opening["letter"].upper()
    if letter not in options.letters:
        return None
    rest = line[opening.end() :]
    if options.texts.get(normalised(rest)) == letter:
        return letter, 0
    if any(other in options.letters and other != letter for other in _INLINE_ITEM.findall(rest)):
        return None
    return read(line, opening.start("letter"), len(line), options) or letter, 2


def _agrees(text: str, letter: str, options: Options) -> bool:
    """Whether a passage ends with the text of the option that a letter names."""
    read_as = normalised(text)
    return any(
        named == letter and (read_as == option or read_as.endswith(" " + option))
        for option, named in options.texts.items()
    )


def bold(text: str, options: Options) -> Iterator[Candidate]:
    """An option in bold, if no other one is."""
    found: dict[str, int] = {}
    for passage in _BOLD.finditer(text):
        content = passage["content"].strip()
        letter = _BOLD_LETTER.match(content)
        option = letter[1] if letter else options.texts.get(normalised(content))
        if option and option in options.letters:
            found[option] = passage.start()
    if len(found) == 1:
        for option, start in found.items():
            yield Candidate(start, 2, option, "bold")
