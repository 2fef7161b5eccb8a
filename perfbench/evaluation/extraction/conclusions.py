r"""The formula that a text without a stated answer comes to.

Only what cannot be mistaken counts: the one formula of the last sentence, the ones it lists, a line
that is nothing but a formula, the one number of the last sentence. Knows nothing of statements.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from perfbench.evaluation.extraction.last_sentences import body, last_sentence
from perfbench.evaluation.extraction.latex import without_text_commands
from perfbench.evaluation.extraction.lettered import lettered, tries_options
from perfbench.evaluation.extraction.numerals import exact
from perfbench.evaluation.extraction.plain_formulas import (
    CLOCK,
    CONCLUDES,
    UNIT_WORDS,
    in_plain_text,
    without_joints,
)
from perfbench.evaluation.extraction.rejected import kept, rejected
from perfbench.evaluation.extraction.remarks import OFFER_TO_WORK
from perfbench.evaluation.extraction.set_formulas import (
    CHINESE,
    DERIVATION,
    FOREIGN,
    FORMULA,
    PROSE,
    content_of,
    last_row,
    listed_from,
    trimmed,
    unbold,
)
from perfbench.evaluation.extraction.several import (
    LISTED_BEFORE,
    NAME,
    alternatives,
    coordinated,
    ends,
    is_solved,
    listed,
    reckons,
    so_solved,
)
from perfbench.evaluation.extraction.tails import (
    bold_word,
    told_behind,
    without_whatever,
)
from perfbench.evaluation.extraction.worded import (
    bare_word,
    existence,
    weekday,
    without_opener,
    worded,
)
from perfbench.types import Extraction

_SETS_OUT = re.compile(
    r"(?:[\s*_#>-]*(?:\d{1,2}[.)]\s+)?(?:first|now|next|so|then),?\s+)?[\s*_#>-]*(?:let\b(?!['’])"
    r"|consider|suppose|assume|given\b|we\s+(?:start|begin|are\s+given|know|need|want)"
    r"|first\b|.{0,60}\bdepends\b|recall|note\s+that|the\s+(?:problem|question)\s+asks"
    r"|(?:next|now),?\s+we\s+(?:compute|calculate|evaluate|find|determine|use|apply)\b"
    r"(?!.*(?:=|\bis\b|\bget\b))|to\s+(?:find|solve|determine)(?!.*,\s+(?:which\s+gives?|giving|so|(?:and\s+)?we\s+(?:get|find|obtain))\b)|设|考虑|假设|已知)",
    re.IGNORECASE,
)
_CONSEQUENCE = re.compile(
    r"(?:,|\band)\s+(?:so|thus|hence|therefore|that\s+is,|i\.e\.,?|which\s+(?:gives|means|yields))\s+"
    r"(?=[$\w\\([{−-])(?!(?:we|I|let|it)\b)"
)
_ITEM = re.compile(
    r"[ \t>]*[-*+•]\s+(?:\$|\\\()?(?P<equation>(?P<name>[A-Za-z](?:_\w)?)\s*=\s*[^=$\n]{1,60}?)"
    r"(?:\$|\\\))?[ \t.,;]*"
)
_BOLD_TERM = re.compile(r"[是为的]\s*\*\*([一-鿿]{2,12})\*\*\s*[。.]?\s*\Z")
_VERDICT = re.compile(r"\s*\*\*(Yes|No)\*\*\s*[,.;—–-][^\d$\\]*\Z")
"""A sentence that begins with its answer, set in bold."""
_RATIO = re.compile(r"(\d+)\s+to\s+(\d+)")
_RESTATES = re.compile(
    r"\s*[,;(]?\s*(?:or,?\s+)?(?:i\.\s?e\.|that\s+is(?:\s+to\s+say)?|in\s+other\s+words|es\s+decir|o\s+sea|d\.\s?h\."
    r"|das\s+hei(?:ß|ss)t|c['’]est[-\s]à[-\s]dire|soit|ou\s+seja|isto\s+é|cioè|ossia|то\s+есть|т\.\s?е\.|即|也就是说?|namely)"
    r"\s*[,:，：]?\s*",
    re.IGNORECASE,
)
"""What says that the same comes again in another writing."""
_TIME = re.compile(r"\d+(?:\.\d+)?\s(?:second|minute|hour|day|week)s?")
"""What keeps its unit, as the same time is as well told in another."""
_LONGEST_LIST = 2000
_SO = re.compile(r"[,;]\s+(?:and\s+|but\s+)?(?P<so>(?:so|hence|thus|therefore)\b)", re.IGNORECASE)
_TO_DO = re.compile(
    r"\b(?:needs?|ha(?:ve|s)|remains?|left|want|going|try|able)\s+to\s+(?:be\s+)?(?:find|found|evaluate|compute"
    r"|determine|calculate|solve|check|show|prove|consider|count)\w*\b(?:(?!\b(?:is|are|gives?|gets?|obtain)\b)[^=;:]){0,200}\Z",
    re.IGNORECASE,
)
_EXCEPT = re.compile(
    r"\b(?:except(?:\s+for)?|excluding|other\s+than|not(?:\s+equal\s+to)?"
    r"|at\s+(?:least|most)|(?:less|greater|more|fewer|larger|smaller)\s+than|exceeds?)\s*\Z",
    re.IGNORECASE,
)
_ALL_BUT = re.compile(
    r"\ball\s+(?:the\s+)?real(?:\s+numbers|s)?(?:\s+\$?[a-z]\$?)?,?\s+(?:except(?:\s+for)?|other\s+than|excluding)\s+\$(?P<point>[^$]{1,30})\$\W*\Z"
)
_PREMISE = re.compile(
    r"[\s*_#>-]*(?:since|if|when|as|at|setting|because|for|with|substituting|given\s+that|from|using"
    r"|by)\b|.*\bwe\s+(?:have|get|find|obtain)\s*\$[^$]*\$\W*\Z",
    re.IGNORECASE,
)
_INTRODUCED = re.compile(
    r"(?:よって|ゆえに|したがって|따라서|\bis|\bare|\bso|\bhence|\bthus|\btherefore|giving|yielding|implies|所以|因此|故|得|即|=|:|为|是|等于|equals|\bvalue|\bgives?|\bgets?|\bobtain"
    r"|\b(?:simplifies|reduces|converges|evaluates|comes)(?:\s+out)?\s+to"
    r"|\b(?:factor\w*|written|rewritten|expressed)\b(?:[^$;]|\$[^$]{0,300}\$){0,300}\bas"
    r"|\b(?:since|because|as)\b(?:[^$;]|\$[^$]{0,300}\$){0,300},)"
    r"\s*(?:\b(?:thus|therefore|then|hence|equal\s+to|also|just|exactly|only|simply)\b)?\s*\**\s*\Z"
)
_CONDITION = re.compile(
    r"\s*,?\s*(?:[(]?(?:attained|achieved|reached|occurring|which|at|when|where|for|if|since"
    r"|because|with|as|on|square|y\s+como|ya\s+que|porque|car|puisque|da|weil|denn|pois|poiché"
    r"|in\s+terms)\b|[，,]\s*(?:此时|当|其中))"
)
_RAISED_UNIT = re.compile(r"(?<=m)\s*\$\s*\^\s*\{?\s*([23])\s*\}?\s*\$")
_ONLY_A_CASE = re.compile(
    r"\W*(?:(?:and|but|so|then)\s+)?(?:for|when|if|with)\s+\$[^$]*\$\W*", re.IGNORECASE
)
_SET_UP = re.compile(r"\bLet\b[^.\n]{0,300}[.\n]\s*Then\b[^.\n]{0,300}\.?\s*\Z")
_UNSOLVED = re.compile(r"(?=[^=]*\d)(?=[^=]*[a-z])[^=]{3,}=\s*[\d.,]+")
_ASIDE = re.compile(
    r"(?<=[$)])\s*\((?=(?:for|since|because|where|with|as|which|by|both|all)\s)[^()]{1,200}\)"
    r"|\s*\([^()]{1,80}\s(?:is|are)\s+(?:therefore\s+)?(?:extraneous|rejected|discarded|not\s+(?:valid|admissible|allowed))\)"
    r"|\s*\(not\s[^()]{1,60}\)(?=\W*\Z)|;\s+(?:both|these|all|each|they|it|this)\b[^$;=\d]{0,200}\Z"
)
"""What is said of a formula in brackets or behind a semicolon: where it holds, a check."""
_OPENED = re.compile(r"(?<!\\)\$(?=\s*[A-Za-z\\({])|\\[(\[]")
_CUT = re.compile(
    r"(?:[+/^(=<>≤≥]\s*|(?<=[\w)}])\s+-|\\(?:cdot|times|pm|cup|frac|sqrt|le|ge|left|equiv|approx)\s*)\Z|(?:[，、：；为是且得即则与和或因令]|\b(?:and|or|the|is|are|where|for|with|of|to|then|so|we|get|have|that|when|if|as|by|which|gives?|giving|yields?|equals"
    r"|vale|es|son|vaut|est|donne|ist|sind|ergibt|beträgt|равн[оа]|dà)|=|,)\Z"
)
_THERE_ARE = re.compile(r"\b[Tt]here\s+(?:are|is)\s+(?:exactly\s+|only\s+)?\**\Z")
_TOLD_NAME = re.compile(
    r"(?:\b(?:is|are|be|equals?)|[:=：为是])\s*\**\s*\$[^$]*\$\W*\Z|\A\W*\$[^$]*\$\W*\Z"
)
_COMPUTED = re.compile(r"(?:[\d\s+*/().,=-]|\\(?:cdot|times|frac|div|left|right)|[{}])+")
_BOLD = re.compile(r"\*\*([^*\n]{1,80})\*\*(\s*[:：])?")
_TOLD_OF = re.compile(
    r"\s*(?:is|are|equals?)\s+(?:(?:thus|therefore|then|also|equal\s+to)\s+)?"
    r"(?P<value>(?!(?:the|our|an?|its)\b)\S.*)\Z"
)
_REFUSAL = re.compile(
    r"\bI\s+(?:do\s+not|don['’]t|can\s?not|can['’]t|could\s+not|couldn['’]t|am\s+(?:unable"
    r"|sorry))\b"
    r"|I['’]m\s+(?:sorry|not\s+sure|unable)|not\s+enough\s+information|insufficient\s+information"
    r"|无法|不知道|抱歉",
    re.IGNORECASE,
)
_SHORT = 60


def concluded(text: str) -> Extraction:
    """The formula, unmarked, that a text comes to."""
    if OFFER_TO_WORK.search(text):
        return Extraction(None, how="plan")
    stripped = body(text)
    if not stripped or _REFUSAL.search(stripped):
        return Extraction(None, how="no formula")
    whole = listed_from(stripped, 0) if stripped[0] in "$\\" else None
    if whole is None and "\n" not in stripped and len(stripped) <= _SHORT:
        bare = trimmed(CONCLUDES.sub("", unbold(stripped), count=1))
        if (
            not re.search(r"boxed|\$", bare)
            and not PROSE.search(without_text_commands(without_joints(bare)))
            and not FOREIGN.search(bare)
            and not re.search(r"[.;]\s+[A-Za-z]", bare)
            and re.search(r"[\dA-Za-z\\]", bare)
        ):
            return Extraction(bare, how="formula alone")
    word = bare_word(stripped)
    if word is not None:
        return Extraction(word, how="word alone")
    root = kept(stripped)
    if root is not None:
        return Extraction(root, how="root kept")
    rejection = rejected(stripped)
    if rejection is not None:
        values = concluded(rejection.before).answer
        return Extraction(rejection.left_of(values) if values else None, how="root kept")
    environment = DERIVATION.match(stripped, max(stripped.rfind("\\begin{"), 0))
    if environment is not None:
        return Extraction(last_row(environment.group()), how="last row")
    items = _items(stripped)
    if items is not None:
        return Extraction(items, how="listed items")
    last = last_sentence(stripped)
    before = stripped[: -len(last)] if stripped.endswith(last) else stripped
    option = lettered(last, before)
    if option is not None:
        value = option.value or (concluded(option.before).answer if option.before else "")
        return Extraction(option.with_value(value or ""), how="option")
    if tries_options(last, before):
        return Extraction(None, how="options tried")
    named = _BOLD_TERM.search(last) or _VERDICT.match(last)
    word = named[1] if named else bold_word(last) or _word(last, before)
    return _of_sentence(last, stripped) if word is None else Extraction(word, how="word")


def _items(text: str) -> str | None:
    """The values of one name that the text lists in the end, an item each, behind a colon."""
    lines = [each for each in text[-_LONGEST_LIST:].splitlines() if each.strip()]
    found: list[re.Match[str]] = []
    while lines and (item := _ITEM.fullmatch(lines[-1])):
        found.insert(0, item)
        lines.pop()
    announced = len(found) > 1 and lines and lines[-1].rstrip(" *_").endswith((":", "："))
    if not announced or len({each["name"] for each in found}) > 1:
        return None
    return ", ".join(each["equation"].strip() for each in found)


def _word(last: str, before: str) -> str | None:
    """The word that the last sentence of a solution answers with; behind its "so" if it has one."""
    so = [*_SO.finditer(last)]
    said = last[so[-1].start("so") :] if so else last
    told = without_opener(said)
    reasoned = so or before.strip() or re.search(r"\d", said[: len(said) - len(told)])
    day = weekday(said)
    if day is not None and (reasoned or re.search(r"\d", said)) and not _TO_DO.search(last):
        return day
    if re.search(r"[\d$=<>≤≥√π]|\\[a-z(\[]", told):
        return None
    if not reasoned:
        return existence(said)
    return worded(said, alone=not so and before.endswith("\n\n"))


def _of_sentence(last: str, stripped: str) -> Extraction:
    """What the last sentence of a text comes to."""
    everything_but = _ALL_BUT.search(last)
    if everything_but is not None:
        return Extraction(f"all real numbers except {everything_but['point']}", how="all but")
    reason = re.search(r",?\s+(?:because|since)\b[^,;]{0,300}\Z", last)
    if reason and re.search(r"\d", last[: reason.start()]):
        last = last[: reason.start()]
    last = _RAISED_UNIT.sub(r"^\1", _ASIDE.sub("", without_whatever(last)))
    formulas = [*FORMULA.finditer(last)]
    if _SETS_OUT.match(last) and (so := [*_CONSEQUENCE.finditer(last)]):
        return _of_sentence(last[so[-1].end() :], stripped)
    if (
        _SETS_OUT.match(last)
        or _TO_DO.search(last)
        or last.rstrip("*_ ").endswith(("?", "？"))
        or (formulas and _EXCEPT.search(last[: formulas[-1].start()]))
    ):
        return Extraction(None, how="no conclusion")
    if _ONLY_A_CASE.fullmatch(last):
        return Extraction(None, how="no conclusion")
    unsolved = _SET_UP.search(stripped)
    if unsolved and _UNSOLVED.fullmatch(content_of(formulas[-1]) if formulas else last[5:]):
        return Extraction(None, how="no conclusion")
    bold = _bold(last)
    if bold is not None:
        return Extraction(bold, how="bold")
    outside = FORMULA.sub(" ", last)
    if _OPENED.search(outside) or last.count("$$") % 2 or _CUT.search(last):
        return Extraction(None, how="cut formula")
    if all(NAME.fullmatch(content_of(each)) for each in formulas) and re.search(r"\d", outside):
        formulas, last = [], outside
    if formulas and _PREMISE.match(last):
        main = re.match(r"\s*,\s+(?=[^$]*\d)", last[formulas[-1].end() :])
        if main and "=" in content_of(formulas[-1]):
            return in_plain_text(last[formulas[-1].end() + main.end() :])
    if formulas and "=" not in content_of(formulas[-1]):
        told = _TOLD_OF.match(last, formulas[-1].end())
        if told:
            return in_plain_text(told["value"])
    behind = told_behind(last[formulas[-1].end() :]) if formulas else None
    if behind is not None:
        return in_plain_text(behind)
    return _set(last, formulas) if formulas else in_plain_text(last)


def _bold(sentence: str) -> str | None:
    """The one thing a sentence sets in bold, if that is a value."""
    found = _BOLD.findall(sentence)
    bold = [each for each, colon in found if not colon and not each.endswith((":", "："))]
    if len(bold) != 1 or not re.search(r"\d", bold[0]):
        return None
    said: str = bold[0].strip()
    if CLOCK.fullmatch(said):
        return said
    ratio = _RATIO.fullmatch(said) if "ratio" in sentence else None
    if ratio is not None:
        return ":".join(ratio.groups())
    if _TIME.fullmatch(said):
        return said
    value = trimmed(UNIT_WORDS.sub("", said))
    return None if PROSE.search(without_text_commands(value)) or CHINESE.search(value) else value


def _set(last: str, formulas: Sequence[re.Match[str]]) -> Extraction:
    """What a sentence with set formulas comes to."""
    final = content_of(formulas[-1])
    only = len({content_of(each) for each in formulas}) == 1
    passing = only and NAME.fullmatch(final) and not _TOLD_NAME.search(last)
    if passing or final.endswith("..."):
        return Extraction(None, how="no formula")
    left = final.partition("=")[0].strip()
    solved = "=" in final and NAME.fullmatch(left) and ends(last, formulas)
    either = alternatives(last, formulas)
    if either is not None:
        return Extraction(either, how="listed formulas")
    if solved and (_PREMISE.match(last) or is_solved(last, formulas)):
        return Extraction(final, how="last formula")
    if only or reckons(formulas) or so_solved(last, formulas):
        return Extraction(final, how="last formula")
    run = listed(last, formulas)
    if run is not None:
        return Extraction(run, how="listed formulas")
    between = last[formulas[0].end() : formulas[-1].start()]
    if len(formulas) == 2 and _RESTATES.fullmatch(between) and ends(last, formulas):
        return Extraction(final, how="last formula")
    later = last[formulas[0].end() : formulas[-1].start()]
    concluded = re.search(r"\b(?:so|thus|hence|therefore)\b", later)
    if (
        concluded is None
        and _THERE_ARE.search(last[: formulas[0].start()])
        and exact(content_of(formulas[0]).rpartition("=")[2])
    ):
        return Extraction(content_of(formulas[0]), how="told formula")
    told = [each for each in formulas if LISTED_BEFORE.search(last[: each.start()])]
    if len(told) == 1 and told[0] is not formulas[0]:
        run = listed(last, formulas[formulas.index(told[0]) :])
        if run is not None and ", " in run:
            return Extraction(run, how="listed formulas")
    if len(told) == 1 and _CONDITION.match(last, told[0].end()):
        return Extraction(content_of(told[0]), how="told formula")
    valued = [
        each
        for each in formulas
        if re.search(r"[\d=]", content_of(each)) and not NAME.fullmatch(content_of(each))
    ]
    if len(valued) == 1:
        return Extraction(content_of(valued[0]), how="only value")
    introduced = _INTRODUCED.search(last[: formulas[-1].start()])
    computed = "=" in final and _COMPUTED.fullmatch(final) is not None
    follows = computed or ("=" in final and _PREMISE.match(last))
    if (
        (computed or ends(last, formulas))
        and (introduced or follows)
        and not coordinated(last, formulas)
    ):
        return Extraction(final, how="last formula")
    return Extraction(None, how="several formulas")
