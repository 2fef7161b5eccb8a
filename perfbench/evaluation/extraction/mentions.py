r"""The one option that a sentence names in passing, where it names no other.

"The sky appears blue because of scattering.", "Therefore, plants release oxygen." A mention is
less than a statement: it counts only if nothing in its sentence denies or doubts it, and either
no other option's text occurs in the whole answer, or the sentence draws a conclusion or singles
its option out. Knows nothing of letters, nor of what a mention weighs against a stated answer.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from perfbench.evaluation.extraction.options import Options, normalised

DENIED = re.compile(
    r"\b(?:not|no|never|neither|nor|incorrect|wrong|false|except|unlike|rule[sd]?\s+out"
    r"|eliminat\w+|exclud\w+|cannot|nothing|nobody|hardly|rarely|none\s+of\s+(?:these|those|them)|myth|misconception|contrary\s+to|belie(?:f|ve)s?\s+that"
    r"|(?:often|commonly|sometimes|widely)\s+(?:said|thought|believed|assumed)"
    r"|if|whether|why|could|might|may|maybe|perhaps|or|nicht|kein\w*|oder|pas|ne|nunca|não"
    r"|non(?=[,.;]|\s+(?:è|sono|ha|può|si|le|la|les|il|c)\b|\s*\Z))\b"
    r"|n['’]t\b|不(?![足良同仅断久锈稳])|没|非(?![常洲])|错(?!综)|如果"
    r"|是否|或|不是|ない|아니",
    re.IGNORECASE,
)
"""Words by which a sentence may mean the opposite of what it names, or none of it."""

MISTAKEN = re.compile(
    r"\b(?:common|frequent|usual|typical|easy|classic|popular|tempting|possible|likely|häufiger)"
    r"\s+(?:mistakes?|errors?|traps?|pitfalls?|misconceptions?|distractors?|slips?|wrong|Fehler)\b"
    r"|\b(?:an?|the)\s+(?:mistake|trap|pitfall|distractor|slip|error)\s+(?:is|would|here|of|that|to|in)\b"
    r"|\bmistakenly\b|\bby\s+mistake\b|\bforget(?:ting)?\b[^.\n]{0,80}\b(?:would|gives?|leads?|get)\b"
    r"|易错|陷阱|误选|干扰项",
    re.IGNORECASE,
)
"""A sentence about how others come to another option."""
_CONDITION = re.compile(
    r"\A[\s*_>\"'“#-]*(?:[,;]\s+(?:and\s+)?(?:so|therefore|thus|hence)\s+)?"
    r"(?:if|when|whenever|because|since|as|given\s+that|due\s+to|with)\b[^,.;\n]{1,160}?"
    r"(?:,\s|\s(?=(?:you|one|we|they|he|she|it)(?:['’](?:d|ll)|\s+(?:would|will|should|must))\b))",
    re.IGNORECASE,
)
_REFUSAL = re.compile(
    r"\A\s*as\s+an\s+AI\b|\b(?:sorry|unable\s+to|(?:cannot|can['’]t|could\s+not|couldn['’]t)\s+(?:\w+\s+)?(?:answer|tell"
    r"|determine|decide|provide|say|know|help)|(?:don['’]t|do\s+not)\s+(?:know|have)|not\s+sure"
    r"|uncertain|unclear|insufficient|not\s+enough|none\s+of)\b|无法|不确定|不知道|抱歉",
    re.IGNORECASE,
)
_SINGLES_OUT = re.compile(
    r"\b(?:so|therefore|thus|hence|consequently|accordingly|in\s+conclusion|conclude|must|best"
    r"|correct|right\s+(?:answer|choice|option)|answer|most|only|highest|lowest|largest|smallest"
    r"|overall|altogether|as\s+a\s+result|(?:in|at)\s+the\s+end|greatest|[a-z]{3,12}(?<!r)(?<!t)(?<!fo)(?<!qu)(?<!inter)est|recommend|choose|pick|select|what\s+remains"
    r"|clearly)\b|因此|所以|故|综上|最|したがって|よって|따라서",
    re.IGNORECASE,
)
_ASIDE = re.compile(r"\([^()\n]*\)")
_STRIKES = re.compile(
    r"\b(?:rul(?:es?|ed|ing)\s+out|eliminat(?:es?|ed|ing)|exclud(?:es?|ed|ing))\b"
    r"|[均都](?:与[^，,。\n]{1,10})?(?:不符|不对|不正确|不成立|错误|可排除|被?排除)"
)
_ALIKE = re.compile(r"\b(?:are|were)\s+(?:all|both)\b|都是|均为")
"""What is said of several things singles out none, though only one reads as its option does."""
_TICK = re.compile(r"[✅✓✔☑]")
_SEVERAL = re.compile(r",|\band\b|[、和]")
COUNTERFACTUAL = re.compile(
    r"\b[Ii]f\b[^.;\n]{1,120}\b(?:were|had|weren['’]t|hadn['’]t)\b[^.;\n]{1,120}\bwould\b"
)
_QUOTED = re.compile(r"\"[^\"\n]{1,200}\"|“[^”\n]{1,200}”")
_PERSONAL = re.compile(r"i\s+(?:have|had|was|am|mean|like|love|need|want|live|know)\b")
_PRONOUN = re.compile(r"(?:it|they|he|she|you)\s+(?=\S)")
CONSEQUENCE = re.compile(
    r"(?<=;)\s+(?=(?:it|they|he|she)\s+(?:would|will|must)\b)|[,;]\s+(?:and\s+)?(?:so|therefore|thus|hence)\b|[，；](?:所以|因此|故)"
)
_ITEM = re.compile(r"\W*[A-Za-z][).:]")
_ARTICLES = re.compile(r"\b(?:the|an?)\s+")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_YEAR = re.compile(r"\b[12]\d{3}\b")
_COMPOUND = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)+")
_HALVES = re.compile(r";\s+|,\s+(?:while|whereas|but|and\s+only)\s+|\s+(?:while|whereas)\s+")
_UNIT = re.compile(r"(?<=\d)\s?(?:%|[^\W\d_]{3,})\Z")
_CONCLUDES = re.compile(r"(?:so|therefore|thus|hence|consequently)\b|因此|所以|故")
_WORDS = re.compile(r"(?:[^\W\d_]-?){2}|[\u2460-\u2473\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af]")
_LETTER = re.compile(r"(?<![^\W\d_])(?<!['’°])(?<!°\s)[B-HJ-Z](?![\w'’.])|A(?=[):]|选项|项)")
_TRUTHS = frozenset(("true", "false", "uncertain", "correct", "incorrect", "possible"))
"""What a statement may be, or a noun: "accepts true contradictions" answers nothing."""
_SAYS = r"\b(?:is|are|be|was|as|it['’]?s|s|remains|seems)\s+(?:\w+ly\s+|also\s+|thus\s+)?"
_SINGULAR = re.compile(r"[a-z]{3}(?<!s)\Z")
_FINISHED = re.compile(r"[.!?。！？\"'”’)*_`\]}][\s*_]*\Z")


@dataclass(frozen=True, slots=True)
class Passage:
    """The sentence ``text[begin:end]``."""

    text: str
    begin: int
    end: int
    alone: bool
    """The text has no other sentence."""

    def conclusion(self) -> str:
        """The clause after the last "so" of the sentence, else the sentence; no condition."""
        consequences = [*CONSEQUENCE.finditer(self.text, self.begin, self.end)]
        begin = consequences[-1].start() if consequences else self.begin
        return _CONDITION.sub("", self.text[begin : self.end], count=1)


def mentioned(passage: Passage, options: Options) -> str | None:
    """The only option whose text a sentence names, if the sentence means it."""
    clause = _without_compounds(passage.conclusion(), options)
    if COUNTERFACTUAL.search(passage.text, passage.begin, passage.end):
        return None
    without = _ASIDE.sub(" ", clause)
    found = _named(normalised(without), options)
    meant = without if found else clause
    said = normalised(meant)
    found = found or _named(said, options)
    if not found:
        found, said = _named_loosely(said, options), _ARTICLES.sub("", said)
    if len(found) == len(options.letters) > 2:
        return _set_against_all(clause, options)
    if len(found) > 1 and len(found) == len(options.letters) - 1 and _STRIKES.search(clause):
        return next(each for each in options.letters if each not in found)
    if len(found) != 1 or _PERSONAL.match(said):
        return None
    letter, own = found.popitem()
    if own == "no" and not said.endswith(own):  # denies a noun, and answers nothing
        return None
    if own in _TRUTHS and not said.startswith(own) and not re.search(rf"{_SAYS}{own}\b", said):
        return None
    if _ALIKE.search(said, said.find(own) + len(own)) and not _SEVERAL.search(own):
        return None
    others = {*_LETTER.findall(clause)} & {*options.letters} - {letter}
    others -= {*own.upper().split()}  # "Both A and B" is an option itself
    unquoted = normalised(_QUOTED.sub(" ", meant))
    if others or DENIED.search((unquoted if own in unquoted else said).replace(own, " ")):
        return None
    in_words = _WORDS.match(own) is not None or (len(own) > 3 and not _NUMBER.search(own))
    if passage.alone:
        edge = said.endswith(own) or said.startswith((own, f"only {own}", f"just {own}"))
        return letter if edge or in_words or _is_only_number(said, own) else None
    if _REFUSAL.search(passage.text) or len(_TICK.findall(passage.text)) > 1:
        return None
    if not in_words:  # a quantity with its unit, not a bare number of the working
        only = said.endswith(own) and len(_NUMBER.findall(said)) == 1
        return letter if only or (_WORDS.search(own) and _CONCLUDES.match(said)) else None
    if own.count(" ") >= 2 or _SINGLES_OUT.search(said) or _opens(passage, said, own):
        return letter
    finished = _FINISHED.search(passage.text) is not None
    return letter if finished and len(_named(normalised(passage.text), options)) == 1 else None


def _set_against_all(clause: str, options: Options) -> str | None:
    """The option that one half of a sentence is about, where the other is about all the rest."""
    halves = _HALVES.split(clause)
    if len(halves) != 2:
        return None
    named = [_named(normalised(half), options) for half in halves]
    alone = [each for each in named if len(each) == 1]
    rest = {letter for each in named for letter in each if len(each) > 1}
    if len(alone) != 1 or len(rest) != len(options.letters) - 1 or {*alone[0]} & rest:
        return None
    return next(iter(alone[0]))


def _without_compounds(clause: str, options: Options) -> str:
    """The clause with hyphens only in what an option has too: "right-hand" is not "right"."""

    def joined(found: re.Match[str]) -> str:
        own = normalised(found.group())
        known = any(own in option for option in options.texts)
        return found.group() if known else found.group().replace("-", "")

    return _COMPOUND.sub(joined, clause) if "-" in clause else clause


def _is_only_number(said: str, own: str) -> bool:
    """Whether a sentence has no other number, or no other of the same kind ("70%")."""
    unit = _UNIT.search(own)
    if _YEAR.fullmatch(own):
        return len(_YEAR.findall(said)) == 1
    return len(_NUMBER.findall(said)) == 1 or (unit is not None and said.count(unit[0]) == 1)


def _opens(passage: Passage, said: str, own: str) -> bool:
    """Whether a first sentence comes to the option, and is not the first of a row about each."""
    if passage.text[: passage.begin].strip() or said.startswith(own):
        return False
    return (" " in own or said.endswith(own)) and not _ITEM.match(passage.text)


def only_mention(text: str, options: Options) -> str | None:
    """The only option whose text occurs in a passage."""
    found = _named(normalised(text), options)
    return next(iter(found)) if len(found) == 1 else None


def _named(text: str, options: Options) -> dict[str, str]:
    """Letters of the options whose text occurs in a normalised text, and how each reads there."""
    found: dict[str, str] = {}
    for option, letter in sorted(options.texts.items(), key=lambda each: -len(each[0])):
        for own in (option, _PRONOUN.sub("", option)):
            pattern = _whole(own)
            if letter and len(own) > 1 and pattern.search(text):
                found.setdefault(letter, own)
                text = pattern.sub(" ", text)
    return found


def _named_loosely(text: str, options: Options) -> dict[str, str]:
    """The same of longer texts, whatever articles they or the passage have."""
    bare = _ARTICLES.sub("", text)
    found: dict[str, str] = {}
    for option, letter in options.texts.items():
        own = _ARTICLES.sub("", option)
        if letter and own.count(" ") > 2 and _whole(own).search(bare):
            found[letter] = own
    return found


def _whole(words: str) -> re.Pattern[str]:
    """Where words stand by themselves; writing without blanks has no borders to look for."""
    formula = "{}/^" if "\\" in words else ""  # part of a larger one is another value
    before = rf"(?<![a-z\dß-ÿа-я{formula}])" if words[0].isascii() else ""
    after = rf"(?![a-z\dß-ÿа-я{formula}])" if words[-1].isascii() else ""
    if _SINGULAR.search(words):
        after = "(?:e?s)?" + after
    return re.compile(before + re.escape(words) + after)
