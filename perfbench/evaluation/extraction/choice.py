r"""The option a text chooses, as its letter (``B``), or its letters in order (``AC``).

Statements are read in three ranks: an answer in so many words ("the answer is B", ``\boxed{B}``,
"选B", a line that is nothing but a letter), a judgement ("B is correct", "so C"), and a text that
begins with an option. The last of the highest rank decides, unless the text takes it back. A text
that offers two options, or a letter that no option has, chooses nothing. An option's text counts
if it is the whole statement and exactly one option reads so; likeness does not count.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from perfbench.evaluation.extraction.letters import (
    UNDECIDED,
    Options,
    Undecided,
    normalised,
    options_of,
    read,
    tidy,
)
from perfbench.evaluation.extraction.marks import before_next_question, before_stop, marks
from perfbench.types import Extraction, Sample

_BARE = r"[(\[*_\"'“‘`$\\{]*"
_UPPER = rf"{_BARE}([A-Z])(?![A-Za-z0-9'’+#-])"
_ENDS = (
    r"(?=[)\]}*_\"'”’`$\\]*\s*(?:$|[.;:!。；\n)]|[,，](?!\s*(?:and\s+|or\s+)?[(]?[A-Z]\b)|[-–—]\s))"
)
_NAMED = r"(?:(?:option|choice|answer|letter|statement|选项)\s*)"
_SURELY = (
    r"(?:(?:definitely|clearly|therefore|thus|most\s+likely|likely|probably|indeed|obviously|also"
    r"|actually|then|certainly)\s+)*"
)
_FITTING = (
    r"(?:correct|right|best|accurate|appropriate|suitable|plausible|likely|fitting|probable|logical"
    r"|reasonable)"
)

_SELECTION = re.compile(
    rf"""
      \b (?: {_FITTING}|final|intended|chosen|selected|my )
        \s+ (?: options?|choices?|statements?|response|selections?|completion|ending|pick|letter|one )
        (?: \s+(?:here|among|from|of|in|to|for|given)\b [^.:\n]{{0,60}}? )? [*_]* \s*
        (?: : | = | (?:is|are|would\s+be|should\s+be|must\s+be|will\s+be) \b (?!\s+not\b)
            (?: \s*,?\s*(?:therefore|thus|then|hence|indeed|clearly)\s*,? )? \s* [*_]*\s*:? )
    | \b I (?:['’](?:d|ll|m)|\s+(?:would|will|am|have\s+to|must))? \s+
        (?: choose|pick|select|selecting|choosing|say|answer|vote\s+for|opt\s+for|going\s+with
          | go\s+(?:with|for)|went\s+with|picking|chose|selected ) \b \s* :?
    | \b (?: choose|pick|select ) \s+ (?: option|choice|answer ) \b
    | \b not \s+ {_BARE}[A-Z]\b [)\]*_"']* ,? \s+ but \s+ (?: rather\s+ )?
    | ^ \s* (?: Option|Choice|Selected|Selection|Letter|Response|Output|Prediction ) \s* [:=]
    """,
    re.VERBOSE | re.IGNORECASE | re.MULTILINE,
)
_CHINESE = re.compile(
    r"(?<![不没别])(?<!不能)(?<!不应)(?<!不该)(?<!不可)(?<!如果)(?<!要是)(?<!应该不)"
    r"(?:选择?(?!项)(?:的?是|为|了)?|正确的?(?:选项|答案|说法|一项|叙述|结论)?(?:应该|应)?[是为]"
    r"|(?:选项|选择)(?:应该|应)?[是为:]|(?:符合题意|最合适|最恰当|最佳)的?(?:选项|答案|一项)?[是为])"
    r"\s*[:：]?\s*(?=[\s(\[*_【「\"“'$\\]*(?:boxed)?(?:选项)?[\s(\[{*_【「]*"
    r"(?:[A-Z]{1,10}|[a-z])(?![A-Za-z]))"
)
_JUDGEMENT = re.compile(
    rf"""
      (?<![A-Za-z'’]) {_NAMED}? {_UPPER} [)\]*_"'.`]* \s*
        (?: (?: is|are|seems|would\s+be|must\s+be|appears\s+to\s+be|looks|should\s+be ) \s+ {_SURELY}
            (?: (?:the|an?) \s+ )? (?:(?:most|only|single|one)\s+)*
            (?: {_FITTING} (?: \s+(?:answer|option|choice|one|statement|response|match|fit) )?
              | answer\b | true\s+(?:answer|statement)\b )
          | (?: fits|matches|works|answers ) \s+ (?: best|the\s+question )
          | 选?项? (?:是|为)? \s* (?: 正确 | 符合题意 | 对(?=[。，,.\s]|$) ) (?!的?是|与否|吗)
        )
    """,
    re.VERBOSE,
)
_NOT_JUDGED = re.compile(
    r"(?:\b(?:nor|neither|not|if|whether|why|both|how|only\s+if|and|or|would|because|either)|,|和|、|如果|是否)"
    r"\s*(?:option|choice|answer|the\s+)?\s*[(\[*_\"']*$",
    re.IGNORECASE,
)
_CONCLUSION = re.compile(
    rf"""
    (?: \b (?: so|therefore|thus|hence|consequently|ergo|finally ) \b | 所以 | 因此 | 因而 | 故 | 综上 | ∴ )
      [,:，]? \s* (?: (?:it|that|this)(?:['’]s|\s+is|\s+must\s+be|\s+has\s+to\s+be) \s+ )?
      (?: (?:the|only|is|为|是|选|应选) \s* )* {_NAMED}? {_UPPER} {_ENDS}
    | (?: \b (?: correspond(?:s|ing)?\s+(?:to|with) | match(?:es|ing)? | points?\s+to | leads?\s+to
           | leav(?:es|ing)(?:\s+(?:us|only|just))?(?:\s+with)? | equivalent\s+to | go\s+with ) \s+
        | (?:对应|对应于|符合) \s* )
      (?: (?:the|only|with) \s+ )* {_NAMED}? {_UPPER} {_ENDS}
    | \b (?: it(?:['’]s|\s+is) | which\s+is | that(?:['’]s|\s+is) | i\.e\.,? | must\s+be | has\s+to\s+be
         | should\s+be | would\s+be | namely ) \s+
      {_SURELY} {_NAMED}? {_UPPER} {_ENDS}
    """,
    re.VERBOSE | re.IGNORECASE,
)
_LETTER_LINE = re.compile(
    r"^[\s<>*_#`\"'“(\[{$\\【→👉✅✔☑-]*(?:boxed\{)?"
    r"(?:(?:[Oo]ption|OPTION|[Cc]hoice|[Aa]nswer|ANSWER|[Aa]ns\.?|选项)\s*)?[(\[]?(?P<letters>[A-Za-z]|[A-Z](?:\s*[,、和&]?\s*[A-Z])+)"
    r"[)\]}.。:*_`\"'”$】、!,\\>\s]*$"
)
_ITEM = re.compile(
    r"^[\s>*_#`\"'(\[-]*(?:Option\s+|选项)?([A-Z])[)\].:、*_]+(?=\s*\S)", re.MULTILINE
)
_OPENING = re.compile(
    r"\s*[>*_#`\"'“(\[$\\-]*(?:(?:Option|Choice)\s+|选项)?[(\[]?(?P<letter>[A-Za-z])"
    r"(?P<after>[)\].:、]+[*_\"']*(?=\s|[^A-Za-z\s]|[A-Z][a-z])|,\s|，|\s+[-–—]+\s|\*\*|\s+(?:because|since)\b)"
)
_BOLD = re.compile(r"\*\*(?P<content>[^*\n]{1,200})\*\*")
_BOLD_LETTER = re.compile(r"\(?([A-Z])(?:[).:]|\Z)")
_RETRACTION = re.compile(
    r"\b(?:wait|actually|correction|on\s+second\s+thought|let\s+me\s+re|sorry|mistake|I\s+was\s+wrong"
    r"|scratch\s+that|hmm)\b|等等|不对|更正|抱歉|重新",
    re.IGNORECASE,
)
_QUESTION_AFTER = re.compile(r"[)\]*_\"']*\?")


@dataclass(frozen=True, slots=True)
class _Candidate:
    start: int
    rank: int
    """0 is the firmest."""
    letters: str | Undecided
    how: str


def choice(text: str, sample: Sample) -> Extraction:
    """The option a text chooses, among ``sample.choices``."""
    options = options_of(sample.choices)
    text = before_stop(tidy(text))
    earlier = before_next_question(text)
    if earlier is not None:
        found = _decide(earlier, options)
        if found.answer is not None:
            return found
    return _decide(text, options)


def _decide(text: str, options: Options) -> Extraction:
    candidates = sorted(_candidates(text, options), key=lambda each: (each.start, -each.rank))
    best = None
    for each in candidates:
        if best is None or each.rank <= best.rank:
            best = each
        elif _RETRACTION.search(text, best.start, each.start):
            best = each
    if best is None:
        return Extraction(None, how="no option")
    if best.letters == UNDECIDED:
        return Extraction(None, how="undecided")
    return Extraction(best.letters, marked=best.rank == 0, how=best.how)


def _candidates(text: str, options: Options) -> Iterator[_Candidate]:
    yield from _stated(text, options)
    yield from _judged(text, options)
    yield from _lines(text, options)
    yield from _bold(text, options)


def _stated(text: str, options: Options) -> Iterator[_Candidate]:
    for mark in marks(text):
        letters = read(text, mark.begin, mark.end, options)
        if letters is not None:
            yield _Candidate(mark.start, 0, letters, mark.kind)
    for pattern, how in ((_SELECTION, "selection"), (_CHINESE, "选")):
        for found in pattern.finditer(text):
            letters = read(text, found.end(), _line_end(text, found.end()), options)
            if letters is not None:
                yield _Candidate(found.start(), 0, letters, how)


def _judged(text: str, options: Options) -> Iterator[_Candidate]:
    for found in _JUDGEMENT.finditer(text):
        negated = _NOT_JUDGED.search(text[max(0, found.start() - 24) : found.start()])
        if not negated and found[1] in options.letters:
            yield _Candidate(found.start(), 1, found[1], "judgement")
    for found in _CONCLUSION.finditer(text):
        start = found.start(found.lastindex or 0)
        if text[start].isupper():
            letters = read(text, start, _line_end(text, start), options)
            if letters is not None:
                yield _Candidate(found.start(), 1, letters, "conclusion")


def _line_end(text: str, position: int) -> int:
    end = text.find("\n", position)
    return len(text) if end < 0 else end


def _lines(text: str, options: Options) -> Iterator[_Candidate]:
    """What the first and the last line say by themselves."""
    stripped = text.strip()
    if not stripped:
        return
    first, last = stripped.split("\n", 1)[0], stripped.rsplit("\n", 1)[-1]
    start = text.index(first)
    listing = {item.upper() for item in _ITEM.findall(text)}
    for place, line in ((start, first), (text.rindex(last), last)):
        alone = _LETTER_LINE.match(line)
        if alone:
            letters = read(line, alone.start("letters"), len(line), options)
            if letters is not None:
                yield _Candidate(place, 0, letters, "letter alone")
            continue
        by_text = options.texts.get(normalised(line))
        if by_text:
            yield _Candidate(place, 2, by_text, "option's text")
        opening = _OPENING.match(line)
        if opening is None or opening["letter"].upper() not in options.letters:
            continue
        letter = opening["letter"].upper()
        if not listing <= {letter}:
            continue
        agrees = options.texts.get(normalised(line[opening.end() :])) == letter
        if agrees or place == start:
            letters = read(line, opening.start("letter"), len(line), options) or letter
            yield _Candidate(place, 0 if agrees else 2, letters, "opening")


def _bold(text: str, options: Options) -> Iterator[_Candidate]:
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
            yield _Candidate(start, 2, option, "bold")
