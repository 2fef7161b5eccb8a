"""Options that lines say by themselves: a letter alone, an option's text, a letter and its text.

Also the one option in bold. Knows nothing of what such a line weighs against a stated answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from perfbench.evaluation.extraction.letters import UNDECIDED, Candidate, Undecided, read, read_text
from perfbench.evaluation.extraction.mentions import MISTAKEN, only_mention
from perfbench.evaluation.extraction.options import Options, normalised

_LETTER_LINE = re.compile(
    r"^[\s<>*_#`\"'“(\[{$\\【→👉✅✔☑🟢-]*(?:boxed\{)?"
    r"(?:(?:[Oo]ption|OPTION|[Cc]hoice|[Ee]nding|[Ss]tatement|[Aa]nswer|ANSWER|[Aa]ns\.?|[Ll]etter|选项|[Pp]erhaps"
    r"|[Pp]robably|[Cc]learly|[Dd]efinitely"
    r"|[Mm]ust\s+be|[Oo]pción|[Oo]pção|[Aa]lternativa|Antwort|Réponse|Respuesta|Risposta|Resposta"
    r"|[Ll]etra|[Оо]твет|[Вв]ариант|選択肢|الخيار|الإجابة)\s*)?"
    r"[(\[]?(?P<letters>[A-Za-z①-⑩]|[A-Z](?:\s*(?:[,、和&]\s*)?[A-Z])+)"
    r"(?:\s*(?:选项|项))?[)\]}.。;:*_`\"'”$】、!,\\>✅✔☑✓\s]*$"
)
_LINE = re.compile(r"[^\s][^\n]*")
_ITEM = re.compile(
    r"^[\s>*_#`\"'(\[-]*(?:Option\s+|选项)?([A-Z]|[a-z](?=[)\].]))[)\].:、*_]+(?=\s*\S)",
    re.MULTILINE,
)
_OPENING = re.compile(
    r"\s*[>*_#`\"'“(\[$\\-]*(?:(?:Option|Choice)\s+|选项)?[(\[]?(?P<letter>[A-Za-z])"
    r"(?P<after>[)\].:、。]+[*_\"']*(?=\s|[^A-Za-z\s]|[A-Z][a-z])|,\s|，|\s+[-–—]+\s|\*\*"
    r"|\s+(?:because|since|rather\s+than|instead\s+of|over|not)\b|\s(?=\())"
)
_CALLED_WRONG = re.compile(
    r"(?:[^.;\n]{1,120}[.;]\s+(?:but\s+)?(?=(?:this|that)\s))?(?:\([^()\n]{1,80}\))?[\s*_:：-]*(?:(?:(?:this|that)\s+)?(?:(?:option|answer|statement)\s+)?is\s+)?(?:incorrect|wrong|false|not\b|错|不)",
    re.IGNORECASE,
)
_DENIED_OF_IT = re.compile(
    r"[^.;\n]{0,120}?\b(?:does|do|is|are|was|would|can|could)(?:\s+not|n['’]t)\s+(?:really\s+|actually\s+)?"
    r"(?:(?:seem|appear|look)(?:\s+to\s+be)?\s+|be\s+)?(?:the\s+)?(?:correct|right|likely|true\b|answer)\b",
    re.IGNORECASE,
)
_ARE_NOT = re.compile(r"\bare\s+(?!(?:both\s+|all\s+)?(?:the\b|correct|right|true|accurate))")
"""What is said of several options, but that they are the right ones."""
_SEVERAL_DO = re.compile(
    r"\W*[A-Z](?:\W{1,4}(?:and\s+)?[A-Z]){1,8}(?![A-Za-z])\W*\s(?!and|are|both|all|because|since|as|is|only|would|for|from)"
    r"[a-z]{2,}"
)
_INLINE_ITEM = re.compile(r"(?<![A-Za-z.])([A-Z]|[a-z](?=[).]))(?:[).:]|\s[-–—])\s")
_REFERENCE = re.compile(r"(?<=\w)\s\([A-Z]\)(?=\s(?:is|are|was|were|has|have|does|do|and)\b)")
"""Another option beside its text, where the line sets letters otherwise: "Everest (A) is"."""
_TEXT_THEN_LETTER = re.compile(
    r"(?P<text>.{1,200}?)[\s*_]*(?:\(\**(?:(?:[Oo]p(?:tion|ción|cion|ção|zione)|[Cc]hoice|[Aa]ntwort|[Rr]éponse|[Ll]etra"
    r"|[Вв]ариант)\s+|选项\s*)?"
    r"|,\s*(?:which\s+is\s+)?option\s+[(*]*)"
    r"(?P<letter>[A-Z])[*)]*[\s.!*_]*$"
)
_WHOLE = re.compile(
    r"\W*(?:Option\s+)?\(?(?P<letter>[A-Z])[)*_]*\s+is\s+the\s+(?:[a-z-]+\s+){0,3}[a-z-]+[.!]?\s*\Z"
)
"""A text that only says what an option is: "B is the main reason."."""
_STEP = re.compile(
    r"^[ \t]*\d{1,2}[.)]\s+[*_]{0,3}(?P<head>[^\n:–—.*_]{2,60}?)[*_]{0,3}(?=\s*(?:[:–—.]|\s-\s|$))",
    re.MULTILINE,
)
_SET_AGAINST = re.compile(
    r"\b(?:followed\s+by|than|unlike|instead\s+of|rather\s+than|except)\s+(?:the\s+)?[^,.;]{1,60}\Z"
)
_SPACED = re.compile(r"[\s>*_#]*(?P<letter>[A-Z])\s+(?P<text>\S.*)")
_NUMBERED = re.compile(
    r"[\s*_]*(?:•|Q?\d{1,2}\s?[.):](?=\s)|(?:Answer|Question)\s+\d{1,2}\s?[.):])[\s*_]*"
)
_OR = re.compile(r"\bor\b|或")
_POINTED_AT = re.compile(
    r"^[\s>*_#\-•|]*(?:\d{1,2}[.)]\s+)?(?P<said>[^\n]{1,200}?)[\s*_]*(?:←|⬅|👈|<-{1,3}|<=)\ufe0f?[\s*_(]*"
    r"(?:(?:this|that|it)(?:\s+one\b|[.!)*]*$)|(?:(?:this|that)(?:['’]s|\s+is)\s+)?(?:the\s+|my\s+)?(?:correct|right|best|answer|choice|pick)\b"
    r"|here\b|正确|答案|选这)",
    re.MULTILINE | re.IGNORECASE,
)
_BOLD_LETTERS = re.compile(
    r"\W*(?:[Oo]ptions\s+)?[A-Z](?:(?:\s*,\s*|\s*,?\s*(?:and|&|和|、)\s*)[A-Z]){1,8}\W*\Z"
)
_ENDS = re.compile(r"[ \t]*(?:[.:;(]|$)", re.MULTILINE)
_BOLD = re.compile(r"\*\*(?P<content>[^*\n]{1,200})\*\*")
_BOLD_LETTER = re.compile(r"\(?([A-Z])(?:[).:]|\s\(|\Z)")
_HEADING = re.compile(r"^[ \t>-]*\*\*[^*\n]{1,60}\*\*(?=[^\n]*[^\W\d_]{3})", re.MULTILINE)
"""A line that begins in bold and goes on."""


def lines(text: str, options: Options) -> Iterator[Candidate]:
    """What lines say by themselves: a letter alone, an option's text, a letter and its text."""
    alone: list[Candidate] = []
    items = [item.upper() for item in _ITEM.findall(text)]
    listed = {*items}
    lines = [(found.start(), found.group()) for found in _LINE.finditer(text)]
    if len(lines) == 1:
        numbered = _NUMBERED.sub("", lines[0][1], count=1)
        lines = [(lines[0][0], numbered or lines[0][1])]
    for place, line in lines:
        lone = _LETTER_LINE.match(line)
        if lone:
            letters = read(line, lone.start("letters"), len(line), options)
            told_over = letters == options.letters and "," in line
            if letters is not None and not told_over:
                alone.append(Candidate(place, 0, letters, "letter alone"))
            continue
        outer = place in (lines[0][0], lines[-1][0])
        by_text = options.named(line) if outer else None
        if by_text:
            yield Candidate(place, 2, by_text, "option's text")
        named = _TEXT_THEN_LETTER.match(line)
        if (
            named
            and not _SET_AGAINST.search(named["text"])
            and not MISTAKEN.search(named["text"].rpartition(". ")[2])
            and _agrees(named["text"], named["letter"], options)
        ):
            yield Candidate(place, 1, named["letter"], "text and letter")
        spaced = _SPACED.match(line)
        if spaced and options.named(spaced["text"]) == spaced["letter"]:
            yield Candidate(place, 1, spaced["letter"], "letter and text")
        opening = _OPENING.match(line)
        if opening and (
            listed <= {opening["letter"].upper()} or _heads(text, place, line, items, options)
        ):
            found = _opened(line, opening, options)
            if found and (found[1] == 0 or place == lines[0][0]):
                yield Candidate(place, found[1], found[0], "opening")
    steps = [each["head"] for each in _STEP.finditer(text)]
    in_order = options.named(", ".join(steps)) if 2 < len(steps) < 12 else None
    if in_order is not None:
        yield Candidate(0, 2, in_order, "option's text, an item each")
    whole = _WHOLE.match(text)
    if whole and whole["letter"] in options.letters:
        yield Candidate(whole.start("letter"), 2, whole["letter"], "opening")
    if len(alone) >= len(options.letters) == len({each.letters for each in alone}) > 2:
        return  # the letters are told over
    one = len({each.letters for each in alone}) == 1
    yield from (each for each in alone if one or each.start in (lines[0][0], lines[-1][0]))


def _heads(text: str, place: int, line: str, items: list[str], options: Options) -> bool:
    """Whether a text begins with an option by itself, and lists only others after it."""
    first = not text[:place].strip() and items[:1] == [line.lstrip(" (*_#>")[:1]]
    following = text[place + len(line) :]
    item = _ITEM.match(following.lstrip("\n"))
    rest = following.lstrip("\n")[item.end() :].partition("\n")[0] if item else ""
    told_over = item is not None and options.named(rest) == item[1].upper()
    apart = following.startswith("\n\n") or not (items[:1] == ["A"] or told_over)
    return first and items.count(items[0]) == 1 and apart


def begins_list(text: str, begin: int, options: Options) -> bool:
    """Whether the line of a position is the first of a list of all options."""
    items: list[str] = []
    for found in _LINE.finditer(text, text.rfind("\n", 0, begin) + 1):
        item = _ITEM.match(found.group())
        if item is None or len(items) == len(options.letters):
            break
        items.append(item[1].upper())
    return len(items) > 2 and "".join(items) == options.letters


def _opened(
    line: str, opening: re.Match[str], options: Options
) -> tuple[str | Undecided, int] | None:
    """The option a line begins with and its rank: firm if only its own text follows."""
    letter = opening["letter"].upper()
    if letter not in options.letters:
        return None
    rest = line[opening.end() :]
    if options.named(rest) == letter:
        return letter, 0
    if _CALLED_WRONG.match(rest):
        return None
    if read_text(line, opening.end(), len(line), options) == letter:
        return None if _DENIED_OF_IT.match(rest) else (letter, 1)
    listing = rest if line[opening.start("letter") - 1 :][:1] == "(" else _REFERENCE.sub("", rest)
    others = {each.upper() for each in _INLINE_ITEM.findall(listing)}
    if others & set(options.letters) - {letter}:
        return None
    if opening["after"].startswith((":", "：")) and letter == "A":  # "A: Canberra" is a reply
        by_text = options.named(rest) or only_mention(rest, options)
        if by_text or _OR.search(rest):
            return by_text or UNDECIDED, 2
    letters = read(line, opening.start("letter"), len(line), options) or letter
    passing = _ARE_NOT.search(rest) or _SEVERAL_DO.match(line)
    return None if len(letters) > 1 and passing else (letters, 2)


def _agrees(text: str, letter: str, options: Options) -> bool:
    """Whether a passage ends with the text of the option that a letter names."""
    read_as = normalised(text)
    return any(
        named == letter and (read_as == option or read_as.endswith(" " + option))
        for option, named in options.texts.items()
    )


def pointed_at(text: str, options: Options) -> Iterator[Candidate]:
    """Every option that an arrow behind it calls the one: "B. Paris ← this one"."""
    for found in _POINTED_AT.finditer(text):
        letters = read(text, found.start("said"), found.end("said"), options)
        if letters is not None:
            yield Candidate(found.start(), 1, letters, "found right")


def bold(text: str, options: Options) -> Iterator[Candidate]:
    """An option in bold, if no other one is."""
    found: dict[str | Undecided, int] = {}
    for passage in _BOLD.finditer(text):
        content = passage["content"].strip()
        alone = content.endswith(".") or _ENDS.match(text, passage.end())
        several = alone and _BOLD_LETTERS.match(content) and read(content, 0, len(content), options)
        if several:
            found[several] = passage.start()
            continue
        named = _TEXT_THEN_LETTER.match(content)
        if named and _agrees(named["text"], named["letter"], options):
            yield Candidate(passage.start(), 1, named["letter"], "text and letter")
        letter = _BOLD_LETTER.match(content)
        if letter is None and _is_heading(text, passage.start()):
            continue
        option = letter[1] if letter else options.named(content)
        if letter and letter[1] in options.letters:
            option = read(content, letter.start(1), len(content), options) or option
        if option == UNDECIDED or (option and {*option} <= {*options.letters}):
            found[option] = passage.start()
    if len(found) == 1:
        for option, start in found.items():
            yield Candidate(start, 2, option, "bold")


def _is_heading(text: str, begin: int) -> bool:
    """Whether what is set in bold here begins a line as lines before it begin: one of a list."""
    own = text.rfind("\n", 0, begin) + 1
    if text[own:begin].strip(" \t>-*#"):
        return False
    return len(_HEADING.findall(text, 0, own)) > 1
