r"""Options that a text finds to fit best, in other words than "correct" and "answer".

"Option C best describes ...", "is best expressed by D", "(C) states the best reason", "C captures
this and is the better definition", "the third choice is the right one". Knows nothing of what
such praise weighs against a stated answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from perfbench.evaluation.extraction.judgements import FITTING, NAMED, NOT_JUDGED, UPPER
from perfbench.evaluation.extraction.letters import Candidate, line_end, read
from perfbench.evaluation.extraction.options import Options

_FITS = (
    r"(?:describ|captur|express|stat|reflect|represent|explain|summari[sz]|characteri[sz]|illustrat"
    r"|defin|convey|identif|exemplif|support|complet|address|fit|match|answer|satisf|meet|align"
    r"|articulat|depict|embod|encapsulat|account|correspond|fulfil|resolv|suit|continu|follow|nam)"
)
_BEST = r"(?:best|most\s+\w+ly|better|more\s+\w+ly)"
_WELL = r"(?:correctly|accurately|precisely|exactly|perfectly|properly)"
_FITS_ABROAD = (
    r"(?:beschreibt|passt|erklärt|trifft|entspricht|décrit|explique|correspond|describe|explica"
    r"|descreve|descrive|spiega|convient)\b[^.,;:\n]{0,60}?\s"
    r"(?:am\s+besten|am\s+ehesten|le\s+mieux|mejor|melhor|meglio)\b"
    r"|(?:es|é|è|est)\s+(?:la|el|a|o|il|celle|celui|quella|quello)\s+(?:que|che|qui)\s+"
    r"(?:mejor|melhor|meglio|\w+\s+le\s+mieux)\b"
)
_BETTER = (
    r"(?:best|better|stronger|strongest|closest|safest|clearest|simplest|only|correct|right"
    r"|ideal|obvious|most\s+\w+|more\s+\w+)"
)
_THING = (
    r"(?:answers?|options?|choices?|reason|explanation|description|definition|account|summary"
    r"|statement|reading|interpretation|match|fit|one|conclusion|continuation|completion|ending"
    r"|solution|characteri[sz]ation|representation|formulation|rationale|justification|picture"
    r"|response|diagnosis|candidate|pick|example|argument|theory|measure|approach|estimate)"
)
_NOT_ELSEWHERE = (
    r"(?!\s+(?:an?\s+(?:\w+\s+)?(?:case|situation|scenario|world|patient)|another|someone)\b)"
)
_WHOLLY = r"(?!\s+(?:about|that|for|to|in|on|as|with)\b)"
_ASIDE = r"(?:\s*\([^()\n]{1,80}\)|,\s[^,.;:\n]{1,80},)?"
_PRAISE = re.compile(
    rf"""
    (?<![A-Za-z'’]) {NAMED}? {UPPER} [)\]*_"'.`]* {_ASIDE} \s+
    (?: (?:also\s+|therefore\s+|thus\s+|clearly\s+)*
        (?: (?P<best>{_BEST}) | {_WELL} ) \s+ {_FITS}\w*s\b {_NOT_ELSEWHERE}
      | (?:would|will|does) \s+ (?P<would_best>{_BEST}|{_WELL}) \s+ {_FITS}\w*\b {_NOT_ELSEWHERE}
      | (?:gives|offers|provides|states|contains|has|presents|captures|describes|names|expresses
          |reflects|reaches|represents) \s+ (?P<the_best> the\s+ {_BETTER} )
          \s+ (?:\w+\s+)? {_THING} \b
      | is \s+ (?:the|an?|our|my) \s+ (?P<better>{_BETTER}) \s+ (?:[a-z]+[ -]){{0,3}}? {_THING} \b
      | (?P<closest> {_FITS}\w*s \s (?:[^.,;:!?\n]{{1,60}}?\s)? (?:best|most\s+\w+ly) )
          (?= [*_]* (?:[.,;:!\n] | \s+(?:with|to|here|because|since|among|of)\b | \Z) )
      | (?P<abroad> {_FITS_ABROAD} )
      | (?!is\b|are\b) [a-z]+s \s [^.;:!?\n"“]{{1,80}}? ,? \s+ and \s+ (?:is|so\s+is)
          \s+ (?:(?:therefore|thus|hence|so)\s+)?
          (?P<and_is> (?:the|an?)\s+{_BETTER}\s+(?:[a-z]+[ -])?{_THING}\b
            | (?:correct|right)\b{_WHOLLY} )
    )
    (?! [^.!\n]{{0,80}} \? ) (?! \s+ (?:for\s+the\s+wrong|only\s+if|if|but|when|except)\b )
    """,
    re.VERBOSE,
)
_NAMED_MOST = re.compile(
    rf"(?<![A-Za-z'’]){NAMED}{UPPER}[)\]*_\"'.`]*{_ASIDE}\s+is\s+(?:therefore\s+|thus\s+|clearly\s+)?the\s+"
    r"(?:best|most\s+\w+|closest|strongest|only)\s"
    r"(?!(?:\w+\s+){0,2}(?:mistake|trap|distractor|misconception|error|pitfall|wrong|tempting|confus\w+)\b)"
    r"(?![^.!\n]{0,120}\?)"
)
_PRAISED_BY = re.compile(
    rf"\b(?:is|are|was)\s+(?:therefore\s+|thus\s+)?(?:{_BEST}|{_WELL})\s+{_FITS}\w*ed\s+"
    rf"(?:by|in|as|with)\s+{NAMED}?{UPPER}(?![^.!\n]{{0,80}}\?)"
)
_PLACED = re.compile(
    rf"\b(?P<place>(?:(?:[Ff]irst|[Ss]econd|[Tt]hird|[Ff]ourth|[Ff]ifth|[Ll]ast)"
    rf"\s+(?:option|choice|answer|alternative|ending|completion|continuation|sentence)"
    rf"|(?:[Ee]nding|[Oo]ption|[Cc]hoice|[Ss]entence|[Ss]olution)\s+#?\d)){_ASIDE}\s+"
    rf"(?:(?:is|seems|looks|would\s+be|must\s+be)\s+(?:to\s+be\s+)?(?:therefore\s+|clearly\s+)?"
    rf"(?:the\s+)?(?:most\s+|only\s+)?{FITTING}|makes\s+(?:the\s+most|the\s+best|more)\s+sense"
    rf"|(?:fits|works)\s+best)\b"
    rf"(?!\s+(?:in\s+some|only|if|for|when|under|but|about|that)\b)"
)
_WHICH_PLACE = re.compile(
    r"\bwhich\s+(?:is\s+what\s+)?(?P<place>the\s+(?:first|second|third|fourth|fifth|last)\s+(?:option|choice|answer))"
    r"\s+(?:expresses|says|states|describes|captures|reflects)\b"
)
_IS_LETTER = re.compile(
    rf"\b[Tt]he\s+(?:\w[\w-]+\s+){{1,6}}(?:is|would\s+be|must\s+be)\s+(?:therefore\s+|thus\s+)?{NAMED}?{UPPER}"
    r"(?=[)\]*_\"'.`]*(?:[.;\n]|\s*\Z))"
)
_IS_OPTION = re.compile(
    rf"\b(?:is|are|was|were)\s+(?:therefore\s+|thus\s+|indeed\s+|clearly\s+)?{NAMED}{UPPER}"
    r"(?=[)\]*_\"'.`]*(?:[.!;\n]|\s*\Z))"
)
_ONCE = re.compile(
    r"\b(?:selecting|choosing|picking|(?:classic|typical|characteristic|diagnostic|consistent|in\s+line|evidence"
    r"|indicative|suggestive|points?|speaks?|argues?)\b[^.;\n]{0,60}?\b(?:to|of|for|with)|(?:favou?r|support)s)"
    rf"\s+(?:[Oo]ption|[Cc]hoice)\s+{UPPER}(?![^.!\n]{{0,80}}\?)"
)
_AS_OPTION = re.compile(
    r"(?:\b[Oo]ptions?|\b[Cc]hoices?|选项)\s*[(*]*[A-Z](?![A-Za-z])|\(\**[A-Z]\**\)"
)
_BARE_LETTER = re.compile(r"(?<![A-Za-z'’\d])[A-Z](?![\w'’+#-])")
_DOUBTS = re.compile(
    r"\b(?:not|no|n['’]t|neither|nor|none|if|whether|might|may|could|why|never|than|seem\w*)\b|n['’]t\b",
    re.IGNORECASE,
)


_OPINION = re.compile(
    r"\b(?:think|believe|argue|claim|say|suggest|sure|certain|convinced)(?:\s+that)?\s+\W*\Z"
)
_SUPPOSED = re.compile(
    r"(?:\A|[.!?;:\n]\s*)(?:but\s+)?(?:if|unless|were|had|suppose|supposing|assuming)\b"
    r"(?!\s+(?:we|you|one|I)\s+(?:look|consider|compare|think|examine|read|go|take))[^.!?;:\n]*\Z",
    re.IGNORECASE,
)


def praised(text: str, options: Options) -> Iterator[Candidate]:
    """Every option that is said to fit, where its letter or its place stands."""
    praise = [
        found
        for found in _PRAISE.finditer(text)
        if found[1] in options.letters and not _is_doubted(text, found.start())
    ]
    fitting = [found for found in praise if found["best"] or found["would_best"]]
    fits_one = len({found[1] for found in fitting}) == 1
    for found in praise:
        best = fits_one and found in fitting
        others = ("the_best", "better", "closest", "abroad", "and_is")
        singled_out = best or any(found[name] for name in others)
        yield Candidate(found.start(1), 1, found[1], "judgement" if singled_out else "found right")
    for found in _NAMED_MOST.finditer(text):
        if found[1] in options.letters and not _is_doubted(text, found.start(), clause=True):
            yield Candidate(found.start(1), 1, found[1], "found right")
    for found in _PRAISED_BY.finditer(text):
        if found[1] in options.letters and not _is_doubted(text, found.start(), clause=True):
            letters = read(text, found.start(1), line_end(text, found.start(1)), options)
            if letters is not None:
                yield Candidate(found.start(1), 1, letters, "judgement")
    for found in [*_PLACED.finditer(text), *_WHICH_PLACE.finditer(text)]:
        if not _is_doubted(text, found.start(), clause=True):
            letters = read(text, found.start("place"), line_end(text, found.start()), options)
            if letters is not None:
                yield Candidate(found.start(), 1, letters, "judgement")


def named_last(text: str, options: Options) -> Iterator[Candidate]:
    """The option that something is said to be: "D major is option B.", "the first test is B.".

    A letter alone counts where all other letters of the text are options: it may also be a point,
    a set or a blood group.
    """
    called = [*_IS_OPTION.finditer(text)]
    if len(called) == 1 and called[0][1] in options.letters:
        if not _is_doubted(text, called[0].start(), clause=True):
            yield Candidate(called[0].start(1), 1, called[0][1], "found right")
        return
    once = [*_ONCE.finditer(text)]
    if len(once) == 1 and once[0][1] in options.letters:
        rest = {*_BARE_LETTER.findall(text[: once[0].start()] + text[once[0].end() :])}
        if not rest & {*options.letters} and not _is_doubted(text, once[0].start(), clause=True):
            yield Candidate(once[0].start(1), 3, once[0][1], "the only one named")
    found = [*_IS_LETTER.finditer(text)]
    if len(found) != 1 or found[0][1] not in options.letters:
        return
    others = _AS_OPTION.sub(" ", text[: found[0].start(1)] + text[found[0].end(1) :])
    named = _AS_OPTION.search(text) is not None
    bare = {*_BARE_LETTER.findall(others)} & {*options.letters} - {"A"}
    if named and not bare and not _is_doubted(text, found[0].start(), clause=True):
        yield Candidate(found[0].start(1), 1, found[0][1], "found right")


def _is_doubted(text: str, position: int, *, clause: bool = False) -> bool:
    """Whether what stands before denies what follows, or only supposes it."""
    before = text[max(0, position - 120) : position]
    if clause:
        return _DOUBTS.search(re.split(r"[.;:!?\n]", before)[-1]) is not None
    if _OPINION.search(before) and _DOUBTS.search(re.split(r"[.;:!?\n]", before)[-1]):
        return True
    return bool(NOT_JUDGED.search(before[-24:]) or _SUPPOSED.search(before))
