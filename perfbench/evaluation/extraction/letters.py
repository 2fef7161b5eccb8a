"""Option letters and option texts at one place of a text: which of the options stands there.

Owns how an option is written ("(B)", "b.", "B and C", its text) and what only looks like a letter
(the article "A", the pronoun "I", "C++"). Knows nothing of where in an answer to look.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

from perfbench.evaluation.extraction.options import Options, normalised

Undecided = Literal["undecided"]
UNDECIDED: Final = "undecided"
"""More than one option is offered, or a letter that no option has."""
_DRESS = r"[\s:*_`\"'“”‘’「『《【\[({<$\\|→⇒➡✅☑✓✔👉>#=]"
_LEAD = re.compile(
    rf"(?:{_DRESS}|[-–—](?=\s)"
    r"|\b(?:is|are|be|option|options|choice|choices|answer|answers|letter|the|indeed|definitely"
    r"|clearly|likely|most\s+likely|probably|therefore|thus|then|simply|number|given\s+by"
    r"|as\s+follows"
    r"|correct|right|best|one|statement|response|solution|ending|completion|continuation|sentence|alternative|boxed|actually|should|would)\b(?!['’])"
    r"|\b(?:la|le|les|die|der|das|el|il|al|opción|opcion|opção|opzione|alternativa|letra|lettre"
    r"|lettera|Buchstabe"
    r"|réponse|proposition|donc|respuesta|risposta|resposta|Antwort|это|вариант|буква|Opción|Opção|Alternativa"
    r"|Вариант)\b|\ba(?=\s+(?:[B-Z]\b|letra|alternativa|opção))|l['’](?=option|opzione)"
    r"|選択肢|正确|选项|选择|选|应为|应该|应当|是|为|即|就|第|\b(?:Option|Choice|Answer|Ending|Sentence|Solution|The|Letter)\b)*"
)
_LONGEST_LEAD = 160
_LETTER = re.compile(r"([A-Za-z])(?![A-Za-z0-9+#]|_[A-Za-z0-9]|['’][A-Za-z]|-[A-Za-z])")
_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth")
_ORDINAL = re.compile(
    rf"(?P<ordinal>{'|'.join(_ORDINALS)}|last)\s+(?:of\s+(?:these|them|the\s+(?:four|five|options))|option|choice|one|statement|answer|sentence"
    r"|ending|solution|completion|pair|alternative|possibility|candidate)\b(?!\s+I\b)",
    re.IGNORECASE,
)
_NUMBERED = re.compile(
    r"\b(?:option|choice|ending|sentence|solution)\s+(?:number\s+)?#?\Z", re.IGNORECASE
)
_NUMBER = re.compile(r"[1-9]\d?(?![\w%]|[.,:/]\d)")
_CIRCLED = re.compile(r"[①-⑩](?!\s*[①-⑩、,，和])")
_LETTERS = re.compile(r"[A-Z]{2,10}(?![A-Za-z0-9'’+#-])")
_CLOSING = r"[)\]}】」』》*_`\"'“”‘’>$.\\]*"
_OR = re.compile(
    rf"{_CLOSING}\s*,?\s*\(?(?:\bor\b|或者?|还是|\bvs\.?|/|\|)\s*(?:option\s+|maybe\s+|possibly\s+"
    rf"|perhaps\s+)*"
    r"[(\[*_\"'\\{]*(?:text)?[({]*([A-Z])(?![A-Za-z'’])"
)
_AND = re.compile(
    rf"{_CLOSING}\s*(?:,\s*and\b|,|，|、|;|&|\+|\band\b|和|与|及)\s*(?:option\s+)?[(\[*_\"'{{\\]*"
    r"([A-Z])(?![A-Za-z0-9'’])(?=[)\]}*_\"'’”】]*\s*(?:$|[.,;:，。、；)\]}\n$&+*\\】]|\band\b|\bor\b|和|与"
    r"|及"
    r"|\bare\b|[(]|\bonly\b|都|均|[一-鿿]))"
)
_JOINED = re.compile(
    r"\s*(?P<join>,\s*and\b|,\s*or\b|,|;|/|\band\b|\bor\b|&)\s*(?:(?:perhaps|maybe|possibly|option)\s+)*[(*]*"
    r"(?P<letter>[A-Z])(?:[).:]+\**\s*|\s(?=\())"
)
"""A further option behind one that is given with its text."""
_DRESSED = re.compile(r"[)\]:.*_\s]*\(?")
_TEXT_END = re.compile(
    r"[,;.!?/\n&)]|\s(?:and|or|is|are|was|were|would|does|can|has|because|since)\b|\Z"
)
_ARE_POSSIBLE = re.compile(
    r"\s+(?:are|were|seem)\s+(?:all\s+|both\s+)?(?:possible|plausible|likely)\b"
)
_IS_SAID_OF = re.compile(r"\s+(?:is|was|would|does|can|has)\b")
_ABBREVIATION = re.compile(r"\.[A-Z]\.")
_AFTER_WORD = re.compile(
    r"\s+(?:or\s+[A-Z]\b|because|since|as|which|is|for|due|based|according|given|here|with|in|on|by|and|but|so"
    r"|after|from|that|while|instead|not|only|over|rather|above|option|choice|richtig|korrekt|die\s+(?:richtige|korrekte|beste)|therefore|[-–—&]+|\(|[^\x00-\x7f])",
    re.IGNORECASE,
)
_AFTER_LOWER = re.compile(r"\s+(?:because|since|as\b|which|[-–—]+|\()", re.IGNORECASE)
_STATEMENT_END = re.compile(
    r"[.;,:。；，!！?？(（\n]|\*(?!\d)|\s?[✓✔✅☑]|['’]s(?!\w)|[\"”](?=\s*[,}])|\s[-–—]\s|\s(?:because|since|as|which|who|so|for|due|by\s+(?:the|using|applying)|via|according)\b"
    r"|</|<\||(?:です|でした|である|だ(?=。)|了(?=[。.!]|\Z)|입니다|이다|이에요|예요)"
)
_AMOUNT = re.compile(r"[$€£¥]?[-−]?\d")
_AMOUNT_END = re.compile(
    _STATEMENT_END.pattern
    + r"|\s(?:in|at|to|from|on|after|when|with|under|over|along|during|towards?)\b"
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """An option that some passage of a text may mean."""

    start: int
    rank: int
    """0 for an answer in so many words, 1 for a judgement, 2 for what just stands there, 3 for a
    mention."""
    letters: str | Undecided
    how: str


def line_end(text: str, position: int) -> int:
    """Where the line of a position ends."""
    end = text.find("\n", position)
    return len(text) if end < 0 else end


def read(text: str, begin: int, end: int, options: Options) -> str | Undecided | None:
    """The option (or the options, ``AC``) that ``text[begin:end]`` begins with.

    ``None`` if it begins with no option.
    """
    lead = _LEAD.match(text, begin, min(end, begin + _LONGEST_LEAD))
    start = lead.end() if lead else begin
    several = _LETTERS.match(text, start, end)
    if several and several.group() == "".join(sorted(set(several.group()))):
        if by_text := options.named(several.group()):
            return by_text
        if _OR.match(text, several.end(), end):
            return UNDECIDED
        return several.group() if set(several.group()) <= set(options.letters) else None
    position = _position(text, begin, start, end, options)
    if position is not None:
        return position
    match = _LETTER.match(text, start, end)
    if match is None or not _is_option_letter(text, match, end):
        return read_text(text, begin, end, options) or read_text(text, start, end, options)
    if match[1].upper() not in options.letters:
        return read_text(text, start, end, options) or UNDECIDED
    return _with_others(text, match, end, options)


def _position(text: str, begin: int, start: int, end: int, options: Options) -> str | None:
    """The option that a statement names by its place: "the second one", "option 2"."""
    ordinal = _ORDINAL.match(text, start, end)
    if ordinal is not None:
        said = ordinal["ordinal"].lower()
        place = -1 if said == "last" else _ORDINALS.index(said)
        return options.letters[place:][:1] or None
    circled = _CIRCLED.match(text, start, end)
    if circled is not None and not any(_CIRCLED.search(each) for each in options.texts):
        return options.letters[ord(circled.group()) - ord("①") :][:1] or None
    number = _NUMBER.match(text, start, end)
    if number is None or number.group() in options.texts:
        return None
    if not _NUMBERED.search(text[begin:start]):
        return None
    return options.letters[int(number.group()) - 1 :][:1] or None


def _is_option_letter(text: str, match: re.Match[str], end: int) -> bool:
    """Whether a single letter names an option and is no article, pronoun or abbreviation."""
    letter, after = match[1], match.end()
    following = text[after : after + 1] if after < end else ""
    if following == "?" or _ABBREVIATION.match(text, after, end):
        return False
    if following in ("", "\n") or not (following.isspace() or following.isalnum()):
        return True
    if following.isalnum():  # no ASCII letter or digit, by the pattern: Chinese goes on
        return letter.isupper()
    if letter.islower():
        return letter not in "ai" and bool(_AFTER_LOWER.match(text, after, end))
    return (
        letter not in "AI"
        or bool(_AFTER_WORD.match(text, after, end))
        or not text[after:end].strip()
    )


def _with_others(
    text: str, match: re.Match[str], end: int, options: Options
) -> str | Undecided | None:
    found = [match[1].upper()]
    position = match.end()
    if match[1].isupper():
        while True:
            alternative = _OR.match(text, position, end)
            if alternative and alternative[1] in options.letters:
                return UNDECIDED
            further = _AND.match(text, position, end)
            if further is None or further[1] not in options.letters:
                break
            found.append(further[1])
            position = further.end()
    if len(found) == 1:
        return _with_other_texts(text, match, end, options)
    return "".join(sorted(set(found)))


def _with_other_texts(
    text: str, match: re.Match[str], end: int, options: Options
) -> str | Undecided:
    """The options of a list that gives each with its text: "(A) a shelf or (B) a board"."""
    found = [match[1].upper()]
    position = _past_own_text(text, match.end(), end, found[0], options)
    while position is not None and (joined := _JOINED.match(text, position, end)):
        position = _past_own_text(text, joined.end(), end, joined["letter"], options)
        if position is None or _IS_SAID_OF.match(text, position, end):
            break
        if "or" in joined["join"] or _ARE_POSSIBLE.match(text, position, end):
            return UNDECIDED
        found.append(joined["letter"])
    return "".join(sorted(set(found)))


def _past_own_text(text: str, begin: int, end: int, letter: str, options: Options) -> int | None:
    """Where the text of an option ends that stands behind its letter."""
    dress = _DRESSED.match(text, begin, end)
    begin = dress.end() if dress else begin
    for stop in _TEXT_END.finditer(text, begin, min(end, begin + _LONGEST_LEAD)):
        if options.texts.get(normalised(text[begin : stop.start()])) == letter:
            return stop.end() if stop.group() == ")" else stop.start()
    return None


def read_text(text: str, begin: int, end: int, options: Options) -> str | None:
    """The option whose whole text ``text[begin:end]`` begins with; the longest one that fits."""
    if not options.texts:
        return None
    best = None
    end = min(end, begin + 40 + 2 * max(map(len, options.texts)))
    stops = _AMOUNT_END if _AMOUNT.match(text, begin, end) else _STATEMENT_END
    ends = [each.start() for each in stops.finditer(text, begin + 1, end)][:24]
    for stop in [*ends, end]:
        best = options.named(text[begin:stop]) or best
    return best
