r"""Options that a sentence names as what it says, without a statement of an answer.

"The capital is Canberra.", "Canberra is the correct answer.", "The seat of government is the city
in (B)." Only the first and the last sentence count: what a text mentions on its way is no answer.
Knows nothing of what this weighs against a stated answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from perfbench.evaluation.extraction.forms import (
    IS_LETTER,
    LISTING,
    closing_letter,
    entitled,
    equated,
    quoted,
    several_letters,
)
from perfbench.evaluation.extraction.letters import UNDECIDED, Candidate, Undecided, read_text
from perfbench.evaluation.extraction.mentions import (
    CONSEQUENCE,
    COUNTERFACTUAL,
    DENIED,
    MISTAKEN,
    Passage,
    mentioned,
)
from perfbench.evaluation.extraction.options import Options, normalised
from perfbench.evaluation.extraction.reworded import akin, reworded
from perfbench.evaluation.extraction.unfinished import dangles, is_cut_off
from perfbench.evaluation.extraction.yes_no import yes_or_no

_SENTENCE_END = re.compile(
    r"(?<!\b[A-Ja-jv])(?<!\b[vM]s)(?<!\b[DM]r)(?<!\bSt)[.!?]+[\"'”’)*_]*(?=\s|\Z)(?!\s+[a-z])|[。！？]+|\n+"
)
_LIST_ITEM = re.compile(r"[\s*_>#-]*\(?[a-z]\)\s")
_LETTER = re.compile(r"[(]?([A-Z])[).:][\s*_]*")
_COPULA = re.compile(
    r"(?:\b(?:is|are|was|were|be|but|sondern|sino|equals?|becomes?|remains|called|named|termed|known\s+as"
    r"|leav(?:es|ing)(?:\s+(?:us|only|just))?(?:\s+with)?|left\s+with(?:\s+(?:only|just))?"
    r"|referred\s+to\s+as|(?-i:EXCEPT)(?:\s+for)?"
    r"|considered|means|match(?:es)?|corresponds\s+to|points\s+to|put(?:ting)?\s+down|refers\s+to|(?:filled|continue|end|start|completed?"
    r"|go)s?(?:\s+in)?\s+(?:with|by)|['’]s|gives?|makes?(?:\s+(?:it|this|that|these|him|her)(?=\s+(?:the|an?)\b))?|get|obtain|of(?=\s+(?:about|approximately|roughly|around)\b)|ist|sind|heißt|lautet|est|sont|es|son"
    r"|são|sono|jest|это"
    r"|является|называется|adalah|là)\b|(?<=[’'])s\b|(?<=\s)[èé—]\s|[:：=≈→⇒]|->|=>|是(?!否)|剩下的?(?:只有|就是)|[为為]|叫做?|称为|は"
    r"|은\s|는\s)"
    r"(?!\s*(?:not|nicht|no|pas|non|never|n['’]t)\b)"
    r"(?:\s*,?\s*\b(?:that(?=\s+(?:the|an?|he|she|it|they)\b)|the|an?|deductively|logically|therefore|thus|then|hence|indeed|clearly|most\s+likely|likely"
    r"|probably|called|in\s+fact"
    r"|actually|definitely|also|simply|known\s+as|approximately|about|roughly|around|exactly|option"
    r"|(?-i:la|le|el|die|der|das|il|o)(?=\s))\b)*"
    r"(?:[\s*_`\"'“”‘’「『《({\[$:]|\\(?=[(\[]))*",
    re.IGNORECASE,
)
_SUBJECT_IS = re.compile(
    r"[*_`\"'”’.\s]*(?:\([A-Za-z]\)\s*)?[*_]*\s*(?:is|are|was|were|would\s+be|ist|est|es|è|é|—|это"
    r"|является|是|为|が|は|가|이)\s*"
    r"(?:indeed\s+|clearly\s+|therefore\s+)?"
    r"(?:the\b(?!\s+(?:second|third|next|other)\b)|correct\b|right\b|an?\b|die\b|der\b|das\b|la\b|le\b|el\b|il\b|o\b|a\b|richtig\b"
    r"|corre|[\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af])",
    re.IGNORECASE,
)
_DATUM = re.compile(r"[:：=]\s*[$€£¥]?\d")
"""A quantity that a problem gives, where more follows ("Price: $25. Discount: 20%.")."""
_WHICH_IS_NOT = re.compile(
    r"\b(?:that|which|who)(?:\s+(?:is|are|was|does|do|has)\s+not|\s+\w+n['’]t)\s[^.,;:]{1,40}\Z",
    re.IGNORECASE,
)
"""What is asked for may be the exception: "the one that is not a mammal is"."""
_HAS_NO = re.compile(r"\b(?:and|with|has|have|had)\s+no\s+\w+\s*\Z")
_SETS_OUT = re.compile(
    r"[\s*_]*(?:consider|see|look\s+at|let|compare|take|suppose)\b", re.IGNORECASE
)
_CONCESSION = re.compile(
    r"[\s*_>\"“#-]*(?:while|although|though|even\s+though|despite|whereas|contrary\s+to|unlike)\b"
    r"[^,.;\n]{1,160},\s+"
    r"|\s*as\s+an\s+AI\b[^.;\n]{1,200},\s+but\b"
    r"|\s*(?:among|out\s+of|compared\s+(?:to|with))\s[^.;\n]{1,160},\s+"
    r"|[^.;\n]{1,100}\b(?:could|may|might|can)\b[^.;\n]{1,100},\s+but\b"
    r"|\s*(?:my\s+(?:first|initial)|at\s+first|initially|(?:one|you)\s+(?:may|might|could)|many"
    r"|some|it\s+(?:may|might)\s+seem)\b[^.;\n]{1,160}?,\s+(?:but|however|yet)\b,?",
    re.IGNORECASE,
)
_CONTRAST = re.compile(
    r";\s+(?:all\s+)?(?:the\s+)?(?:others?|rest)\s+(?:\w+\s+)?(?:are|is)\b"
    r"|;\s+[^;\n]{0,40}\b(?:second|runner|zweit\w+|deuxième|second[oa]|segund[oa]|dahinter|puis\s+viennent)\b"
    r"|,\s+and\s+(?:the\s+)?(?:second|third|next)[\s-]\w+\s"
    r"|,\s+(?:close|near|next|adjacent)\s+to\b|,\s+(?:on|in)\s+(?-i:[A-Z]\w+|\d+)\b"
    r"|,\s+(?:whereas|while|although|though|even\s+though|not|followed\s+by|instead\s+of|unlike|in\s+contrast\s+to|because|since"
    r"|(?:as\s+)?against|versus|vs\.?|compared\s+(?:to|with)|as\s+opposed\s+to)\b"
    r"|\s(?:rather\s+than|as\s+opposed\s+to)\b|[，,]而(?:不是|非)"
    r"|[,，;；](?:而)?[^,，;；。\n]{1,30}则(?:是|为|属)|,\s+(?:et|und|y|e|en)\s+(?:non|nicht|no|não|niet)\s"
    r"|,\s+(?:nicht|pas|não|niet|no\s+(?:el|la|los|las)|non\s+(?:il|la|le|lo)|а\s+не)\s",
    re.IGNORECASE,
)
_COUNTED = re.compile(
    r"\b(?:there\s+(?:are|is)|we\s+(?:have|get|find))\s+(?:exactly|precisely|only|in\s+total|a\s+total\s+of)"
    r"\s+[*_$]*(?P<number>\d{1,9})[*_$]*\s+(?!(?:cases|possibilities|options|steps|scenarios|ways\s+to)\b)[a-z]",
    re.IGNORECASE,
)
_PLEASANTRY = re.compile(
    r"\W*(?:(?:thank\s+you|thanks|sure|certainly|of\s+course|absolutely|hello|hi|okay|ok)\b[^.!?\n]{0,60}"
    r"|(?:great|good|excellent|interesting|nice)\s+question\b[^.!?\n]{0,40}"
    r"|(?:I['’](?:d|ll)|I\s+(?:would|will))\s+be\s+(?:happy|glad)\b[^.!?\n]{0,60}"
    r"|(?:here\s+is|here['’]s)\s+(?:the|my)\s+(?:answer|explanation|analysis|reasoning))[.!:\s*_]*\Z",
    re.IGNORECASE,
)
_BESIDE = re.compile(r"\W*(?:,|\band\b|\bor\b|、|和|\s)\s*(?:and\s|or\s|the\s|an?\s)*")
_WORD = re.compile(r"[^\W\d_]{2}")
_LONE_LETTER = re.compile(r"[\s*_]*\(?([A-Z])\)?[*_.!\s]*\Z")
_UNSAID = re.compile(
    r"\s*(?:but\s+)?(?:this|that)(?:\s+(?:option|answer|statement))?(?:['’]s|\s+is)\s+"
    r"(?:incorrect|wrong|false|not\s+(?:correct|right|true|the\s+answer))\b",
    re.IGNORECASE,
)
_CONCLUDING = re.compile(
    r"[\s*_>#-]*(?:so|therefore|thus|hence|consequently|in\s+(?:sum|summary|conclusion|short)|overall|what\s+remains\s+is"
    r"|(?:that|this)\s+leaves|因此|所以|故|综上|daher|somit|also|donc|ainsi|por\s+(?:lo\s+)?tanto|quindi|portanto)\b",
    re.IGNORECASE,
)
_NOT_THESE = re.compile(r"[\s*_>#-]*(?:[Nn]ot|[Nn]either|[Nn]or)\b[^:.;\n]{1,80}")
"""What comes before a colon that the answer stands behind: "Not X, not Y: Z"."""
_ONLY_DENIES = re.compile(
    r"[\s*_>#-]*(?:it|this|that|they|these)(?:['’]s\s+not|\s+(?:is|are)(?:\s+not|n['’]t)|['’]re\s+not)\b"
    r"(?![^\n]*\b(?:but|so|rather)\b)",
    re.IGNORECASE,
)
"""A last sentence that says only what it is not."""
_IN_BRACKETS = re.compile(r"\s*\((?:\w+\W+){3}[^()]*\)[.\s]*\Z")
_NOTE = re.compile(
    r"\W*(?:(?:需要|应|要|还)?注意|易错|It['’]s\s+worth\s+(?:adding|noting)|Keep\s+in\s+mind)"
)
_CLAIM = re.compile(
    r"\A(?:(?:so|therefore|thus|hence|consequently|accordingly|in\s+conclusion|clearly),?\s+)?"
    r"(?:the\s+(?:statement|option|answer|choice|claim|word|term)\s+)?[\"'“‘«„*_]*",
    re.IGNORECASE,
)
_SO = re.compile(r"\s*(?:so|therefore|thus|hence)\b[,:]?\s+", re.IGNORECASE)
_OPENING_MARKS = " \t\n*_`\"'“‘「『#>-"
_LONGEST = 1000


def named(text: str, options: Options) -> Iterator[Candidate]:
    """The option that the first or the last sentence names by its text, or closes with."""
    sentences = _sentences(text)
    dangling = dangles(text, sentences)
    yield from yes_or_no(text, text[slice(*sentences[-1])] if sentences else "", options)
    first: str | None = None
    for place in _places(text, sentences):
        said = text[slice(*sentences[place])]
        whole = options.named(said) or options.named(_SO.sub("", said, count=1))
        asked = "?" in said
        cut = place and is_cut_off(text, *sentences[place])
        if cut and whole:
            continue
        if whole and not asked and not _is_told_over(text, sentences[place][0], options):
            yield Candidate(sentences[place][0], 2, whole, "option's text as a sentence")
            continue
        begin, end = _main_clause(text, *sentences[place])
        so = [*CONSEQUENCE.finditer(text, begin, end)]
        if so and re.match(r"\s(?!is\b).*" + IS_LETTER.pattern, text[so[-1].end() : end]):
            begin = so[-1].end()
        sentence = text[begin:end]
        if sentence.rstrip("*_\"' \n").endswith(("?", "？")):
            continue
        if (
            COUNTERFACTUAL.search(sentence)
            or _UNSAID.match(text, end)
            or _LIST_ITEM.match(sentence)
            or _SETS_OUT.match(sentence)
            or (place and MISTAKEN.search(sentence))
            or _is_told_over(text, begin, options)
        ):
            continue
        letter = closing_letter(sentence)
        if letter is None and _WORD.search(text, text.rfind("\n", 0, begin) + 1, begin):
            letter = _LONE_LETTER.match(sentence)
        if letter is not None:
            if letter[1] in options.letters:
                yield Candidate(begin + letter.start(1), 1, letter[1], "closes the sentence")
            continue
        several = several_letters(text, begin, end, options)
        if several is not None:
            yield Candidate(begin, 2, several, "letters in a sentence")
            continue
        found = (
            options.named(sentence)
            or equated(text, begin, end, options)
            or _concluded(text, begin, end, options)
            or _predicate(text, begin, end, options)
            or entitled(sentence, options)
            or quoted(sentence, options)
        )
        if found is None and not dangling:
            found = _subject(text, begin, end, options)
        if found is None and place == len(sentences) - 1:
            counted = _COUNTED.search(text, begin, end)
            found = options.texts.get(counted["number"]) if counted else None
        if found == UNDECIDED and first is not None and not _names(sentence, first, options):
            continue  # a last sentence that tells the other options apart
        if found is not None:
            first = first or found
            yield Candidate(begin, 2, found, "option's text in a sentence")
        elif not dangling and not _is_further_item(text, begin):
            passage = Passage(text, begin, end, alone=len(sentences) == 1)
            if passing := mentioned(passage, options):
                first = first or passing
                yield Candidate(begin, 3, passing, "option's text mentioned")
            elif other := reworded(sentence, options) or akin(sentence, options):
                yield Candidate(begin, 3, other, "option's words")


def _places(text: str, sentences: list[tuple[int, int]]) -> list[int]:
    """The first sentence that says anything to the question, the last one, and the last "so"."""
    if not sentences:
        return []
    first = 0
    while first < len(sentences) - 1:
        said = text[slice(*sentences[first])]
        if not _PLEASANTRY.match(said) and not said.rstrip("*_\"' \n").endswith(("?", "？")):
            break
        first += 1
    last = len(sentences) - 1
    while last > 0 and (
        _ONLY_DENIES.match(text, *sentences[last])
        or _IN_BRACKETS.match(text, *sentences[last])
        or _NOTE.match(text, *sentences[last])
    ):
        last -= 1
    concluding = next(
        (place for place in range(last, 0, -1) if _CONCLUDING.match(text, sentences[place][0])),
        last,
    )
    return sorted({first, concluding, last})


def _names(sentence: str, letter: str, options: Options) -> bool:
    """Whether a sentence has the text of an option."""
    said = normalised(sentence)
    return any(option in said for option, named_by in options.texts.items() if named_by == letter)


def _is_further_item(text: str, begin: int) -> bool:
    """Whether a sentence is about one more option, after those of the lines before it."""
    item = _LETTER.match(text, begin)
    if item is None or item[1] == "A":
        return False
    earlier = chr(ord(item[1]) - 1)
    return re.search(rf"^[\s*_>#-]*\(?{earlier}[).:]", text[:begin], re.MULTILINE) is not None


def _is_told_over(text: str, begin: int, options: Options) -> bool:
    """Whether a line only repeats an option, as another line does with another one."""
    own = text.count("\n", 0, begin)
    repeated = {
        place: letter[1]
        for place, line in enumerate(text.split("\n"))
        if (letter := _LETTER.match(line)) and options.named(line[letter.end() :]) == letter[1]
    }
    return own in repeated and len({*repeated.values()}) > 1


def _main_clause(text: str, begin: int, end: int) -> tuple[int, int]:
    """A sentence without what it concedes first, or sets itself against last."""
    conceded = _CONCESSION.match(text, begin, end)
    contrast = _CONTRAST.search(text, begin, end)
    return conceded.end() if conceded else begin, contrast.start() if contrast else end


def _sentences(text: str) -> list[tuple[int, int]]:
    found = []
    begin = 0
    for stop in _SENTENCE_END.finditer(text):
        found.append((begin, stop.end()))
        begin = stop.end()
    found.append((begin, len(text)))
    return [
        (first, min(last, first + _LONGEST))
        for first, last in found
        if re.search(r"\w", text[first:last])
    ]


def _concluded(text: str, begin: int, end: int, options: Options) -> str | Undecided | None:
    """What the clause after the last "so" of a sentence says."""
    consequences = [*CONSEQUENCE.finditer(text, begin, end)]
    whole = options.named(text[consequences[-1].end() : end].strip()) if consequences else None
    if whole is not None:
        return whole
    return _predicate(text, consequences[-1].end(), end, options) if consequences else None


def _predicate(text: str, begin: int, end: int, options: Options) -> str | Undecided | None:
    """The option whose whole text follows "is"; undecided if two do."""
    found: dict[str, int] = {}
    if LISTING.search(text, begin, end):
        return None
    for copula in _COPULA.finditer(text, begin, end):
        lettered = _LETTER.match(text, copula.end(), end)
        letter = read_text(text, lettered.end() if lettered else copula.end(), end, options)
        if letter is None or (lettered and lettered[1] != letter):
            continue
        if _DATUM.match(text, copula.start()) and text[end:].strip():
            continue
        before = text[max(begin, copula.start() - 60) : copula.start()]
        if (
            _WHICH_IS_NOT.search(before)
            or _HAS_NO.search(before)
            or (text[copula.start()] in ":：" and _NOT_THESE.fullmatch(text, begin, copula.start()))
            or not DENIED.search(
                re.split(r"[.;]\s", text[max(begin, copula.start() - 12) : copula.start()])[-1]
            )
        ):
            found[letter] = copula.end()
            if _others(text[copula.end() : end], letter, options):
                return UNDECIDED
    if len(found) > 1:
        return UNDECIDED
    return next(iter(found), None)


def _others(rest: str, letter: str, options: Options) -> bool:
    """Whether the text of another option is listed beside the one that a predicate begins with."""
    plain = normalised(rest).lstrip("\"'“‘*_([ ")
    own = [each for each, by in options.texts.items() if by == letter and plain.startswith(each)]
    following = plain[len(max(own, key=len)) :] if own else ""
    beside = _BESIDE.match(following)
    return beside is not None and any(
        other != letter and following.startswith(option, beside.end())
        for option, other in options.texts.items()
    )


def _subject(text: str, begin: int, end: int, options: Options) -> str | None:
    """The option whose text a sentence begins with, if it is the only one the sentence names."""
    sentence = text[begin:end]
    plain = normalised(sentence)
    mentioned = {letter for option, letter in options.texts.items() if letter and option in plain}
    if len(mentioned) != 1 or DENIED.search(sentence):
        return None
    (letter,) = mentioned
    start = _CLAIM.sub("", sentence.lstrip(_OPENING_MARKS), count=1)
    for option, named_by in options.texts.items():
        if named_by != letter:
            continue
        for article in ("", "a ", "an ", "the "):
            length = len(option) + len(article)
            head = start[:length]
            if normalised(head) == option and _SUBJECT_IS.match(start, len(head)):
                return letter
    return None
