r"""The option a text chooses, as its letter (``B``), or its letters in order (``AC``).

Statements are read in four ranks: an answer in so many words ("the answer is B", ``\boxed{B}``,
"选B", a line that is nothing but a letter), a judgement ("B is correct", "so C"), what just stands
there (a text that begins with an option, or is left with one), and the one mention of an option's
text. The last of the highest rank decides, unless the text takes it back; the exception that was
asked for stands where only the other options are found right after it. A text that offers two
options, or a letter that no option has, chooses nothing. An option is read by its text only if
exactly one option reads so; likeness does not count, but for a conclusion that has most of the
words which no other option has.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import replace

from perfbench.evaluation.extraction import numbered
from perfbench.evaluation.extraction.condensed import condensed
from perfbench.evaluation.extraction.continuations import before_further_options
from perfbench.evaluation.extraction.exceptions import exceptional
from perfbench.evaluation.extraction.judged_texts import judged_by_text
from perfbench.evaluation.extraction.judgements import BARE, FITTING, judged
from perfbench.evaluation.extraction.letters import UNDECIDED, Candidate, line_end, read
from perfbench.evaluation.extraction.marks import before_next_question, before_stop, marks
from perfbench.evaluation.extraction.markup import plain
from perfbench.evaluation.extraction.number import number
from perfbench.evaluation.extraction.numerals import exact
from perfbench.evaluation.extraction.option_lines import begins_list, bold, lines, pointed_at
from perfbench.evaluation.extraction.options import Options, options_of, tidy
from perfbench.evaluation.extraction.praises import named_last, praised
from perfbench.evaluation.extraction.predicates import named
from perfbench.evaluation.extraction.retractions import is_undecided
from perfbench.evaluation.extraction.weighing import left_over, unstruck, weighed
from perfbench.types import Extraction, Sample

_SELECTION = re.compile(
    rf"""
      \b (?: {FITTING}|closest|remaining(?!\s+\w+s\s+are\b)|final|intended|chosen|selected
        |my|the(?!\s+\w+s\b)|true|false
            |incorrect )
        (?: \s+best )?
        \s+ (?: options?|choices?|statements?|response|selections?|completion|ending|pick|guess
            | match|fit|letter|one )
        (?: \s+(?:here|among|from|of|in|to|for|given|that)\b [^.:\n]{{0,60}}? )? [*_]* \s*
        (?: : | = | (?:is|are|would\s+be|should\s+be|must\s+be|will\s+be) \b (?!\s+not\b)
            (?: \s*,?\s*(?:therefore|thus|then|hence|indeed|clearly)\s*,? )? \s* [*_]*\s*:? )
    | \b (?: I|we|you|one )
        (?:['’](?:d|ll|m|re)|\s+(?:would|will|am|have\s+to|must|should|can))? \s+
        (?: choose|pick|select|selecting|choosing|say|guess|answer|vote\s+for|opt\s+for|going\s+with
          | go\s+(?:with|for)|went\s+with|picking|chose|chosen|have\s+chosen|selected
            |prefer|favou?r|stick(?:ing)?\s+with|side\s+with|sided\s+with|settle\s+(?:on|for)|settled\s+(?:on|for)
            |land\s+on|(?:recommend|suggest)(?:\s+\w+ing)? ) \b \s* :?
    | \b (?: matches|corresponds\s+to|(?:is|describes)\s+exactly|points\s+to ) \s+
      (?= the\s+(?:first|second|third|fourth|fifth|last)\s+
          (?:option|choice|one|statement|answer|of\s+(?:these|them))\b )
    | \b none\s+other\s+than \b [\s.:…*]*
    | \b return \s+ (?= ["'][A-Z]["'] \s* $ )
    | \b is \s+ (?= the\s+(?:first|second|third|fourth|fifth|last)\s+(?:option|choice)[.!]?\s*\Z )
    | \b (?:it|this|that|answer|which) \s+ (?:must|has\s+to|can\s+only) \s+ be \s+
      (?= the\s+(?:first|second|third|fourth|fifth|last)\s+
          (?:option|choice|one|statement|answer|pair|alternative|possibility|candidate)\b )
    | \b (?: chang(?:e|ing)|switch(?:ing)?|revis(?:e|ing)|correct(?:ing)?|updat(?:e|ing) ) \s+
      (?:my|the|our) \s+ (?: (?:final|initial|first)\s+ )? (?: answer|choice|selection ) \s+ to \b
    | \b print \s* \( \s* (?= ["'][A-Z]["']\s*\) )
    | \[ (?:final\s+)? answer \]
    | \b (?: je\s+(?:choisis|choisirais|dirais|réponds)(?:\s+(?:donc|alors|plutôt))?
      | il\s+faut\s+(?:donc\s+)?(?:retenir|choisir) | je\s+(?:retiens|garde) | me\s+quedo\s+con
      | fico\s+com | opto\s+per | elijo|escojo|escolho|scelgo
      | ich\s+(?:wähle|nehme|würde (?=\s[^.,\n]{{0,40}}\b(?:wählen|nehmen|sagen)\b)
                              (?![^.,\n]{{0,40}}\bnicht\b) )
      | (?:я\s+)?выбираю ) \b
    | (?: ^ | [.!?]\s+ | \bto\s+ | \blet['’]s\s+ | \b(?:so|then)\s+ )
      (?: choose|pick|select|mark|circle|going\s+with ) \b
    | \b (?: lean|leaning ) \s+ (?: towards?|to ) \b
    | \b the \s+ (?:most\s+|only\s+|single\s+)? {FITTING} \s+ [a-z]{{3,20}} (?: \s+(?:here|among
      |from|of|in|to|for|given)\b [^.:\n]{{0,60}}? )?
        [*_]* \s* (?: : | (?:is|would\s+be|must\s+be)\b (?!\s+not\b) ) [*_]*
    | \b (?:ist|lautet|wäre) \s+ (?: die \s+ (?:richtige|korrekte) | meine (?:\s+\w+)? ) \s+
      (?:Antwort|Lösung|Option|Wahl)
    | \b (?: choose|pick|select ) \s+ (?: option|choice|answer ) \b
    | \b mak(?:es|ing) \s+ (?: the|our|my ) \s+ (?:\w+\s+)? (?: answer|choice|option ) \b
      (?! \s+\w\w )
    | \b correct \s+ (?: is|: )
    | \b not \s+ {BARE}[A-Z]\b [)\]*_"']* ,? \s+ but \s+ (?: rather\s+ )?
    | \b not \s+ {BARE}[A-Z]\b [^.;\n]{{0,80}} [;,] \s+ (?:but\s+)?
      (?: it|the\s+(?:\w+\s+)?answer ) (?: ['’]s | \s+is ) \b
    | (?: ^ [\s*_#>]* | (?<=[.!?])\s+ ) (?: Option(?:\s+chosen)?|Choice|Chosen|Selected|Selection
      |Letter|Response|Output|Prediction|Guess|Correct
        | Assistant | Solution | Result | Verdict | Conclusion | Final | Pick | Decision | Right
        | Most\s+(?:probable|likely) | Best\s+(?:guess|bet)
        | Korrektur | Corrección | Correzione | Correção | Key | TL;?DR | Bottom\s+line | In\s+short
        | Richtig | Correcta | Correcto | Corretta | Correta )
        [*_]* \s* [:=] [*_]*
    | ["'][a-z_]{{0,20}} (?: answer|choice|option|letter|selected|selection|prediction|correct
      |response|result|label|antwort|respuesta|r[ée]ponse|risposta|resposta|ответ )
        [a-z_]{{0,20}}["'] \s* : \s* \[? \s* (?=["'])
    | < (?: option|choice|letter ) >
    | (?: die\s+richtige|das\s+richtige|richtig|korrekt|la\s+correcta|la\s+bonne
      |la\s+corretta ) (?:\s+\w+)? \s+ (?:ist|es|est|è) \b
    | (?: opci[óo]n|alternativa|letra|op[çc][ãa]o|opzione|lettera|lettre|option ) \s+ (?: corr\w+
      |giusta|juste|bonne )
        \s* (?: :|(?:es|est|è|é|sería)(?!\w) )
    | (?: c['’]est|es|ist|è|é ) \s+ la \s+ (?= (?:réponse|opción|respuesta|risposta|letra
      |lettre)\b )
    | (?: правильн\w+|верн\w+ ) \s+ (?: вариант|ответ\w* ) \s* (?: :|—|-|это|является )?
    | \b chọn \b | ตอบ
    | \A [\s*_#>(]* (?= (?:The\s+|It['’]s\s+the\s+)?(?:first|second|third|fourth|fifth|last)
      \s+ (?:option|choice|one|answer|statement) [.!)*_\s]* \Z )
    | (?: ^ | (?<=[.!?])\s+ ) (?= [(*]{{0,3}}[A-J][)*]{{0,3}} ,? \s+ then [.!]? \s* \Z )
    | ^ [\s*_#>(]* (?: (?:so|therefore|thus|hence),?\s+ )? (?= (?:Option|Choice)\s+\#?\d{{1,2}}
        [.)*_\s]* $
      | (?:The\s+)?(?:first|second|third|fourth|fifth|last)
        \s+ (?:answer\s+)? (?:option|choice|one|statement|answer|ending|sentence|completion)
        \s+ is \s+ (?: (?:the\s+|more\s+|most\s+)* {FITTING}
          | the\s+(?:one|answer|better|only\s+\w+)\b ) )
    """,
    re.VERBOSE | re.IGNORECASE | re.MULTILINE,
)
_BOTH = re.compile(
    r"\b[Bb]oth\s+(?:(?:options|statements|answers)\s+)?(?P<letters>\W{0,3}[A-Z]\W{0,3}\s+and\s+\W{0,3}[A-Z]\b)"
    r"\W{0,3}\s+are\s+(?:\w+\s+)?(?:correct|right|true|valid|acceptable)\W*(?:\n|\Z)"
)
_SEVERAL_ITEMS = re.compile(
    r"(?P<letters>[A-Z](?:\s*[、，,和与]\s*[A-Z]){1,8})\s*(?:[两二三四五]|几)(?:项|个选项)\s*[均都]?"
    r"(?:是|属于|为|符合|正确|对)"
)
_CHINESE = re.compile(
    r"(?<![不没别误错])(?<!不能)(?<!不应)(?<!不该)(?<!不可)(?<!如果)(?<!要是)(?<!应该不)"
    r"(?:选择?(?!项)(?:的?是|为|了)?|正确的?(?:选项|答案|说法|一项|叙述|结论)?(?:应该|应)?[是为]"
    r"|(?<![A-Z])(?<![A-Z]\s)(?:选项|选择)(?:应该|应)?[是为:]|(?:符合题意|最合适|最恰当|最佳)的?(?:选项|答案|一项)?[是为]|的一项[是为]"
    r"|不是\s*[A-Z]\s*[，,]?\s*而?是|[，,]\s*即(?=\s*[A-Z]))"
    r"\s*[:：]?"
)
_QA_LINE = re.compile(
    r"^[ \t]*A[ \t]*:[ \t]*(\(?[A-Za-z]\)?[.)]?(?:\s(?!\s*=)[^\n]*)?)$", re.MULTILINE
)
_RETRACTION = re.compile(
    r"\b(?:wait|actually|correction|on\s+second\s+thought|let\s+me\s+re|sorry|mistake"
    r"|I\s+was\s+wrong"
    r"|scratch\s+that|hmm|hold\s+on|redo)\b|等等|不对|更正|抱歉|重新",
    re.IGNORECASE,
)
_COLON_ENDS = re.compile(r"(?:[*_]*\s*[:：]|(?<=[:：]))[*_]*[ \t]*\n\s*(?=[\"“*])")
_EACH_LINE = re.compile(r"^[*_ ]*Answer:[*_ ]*([A-Z])\b", re.MULTILINE)
_TEMPTING = re.compile(
    r"\b(?:mistake|tempt\w+|trap|wrong|error|never|initial(?:ly)?|originally|at\s+first"
    r"|(?:not|n['’]t)(?!\s+(?:\w+\s+)?(?:certain|sure|confident|positive)\b))\b[^.!?\n]{0,20}$",
    re.IGNORECASE,
)
_NOT_LISTED = re.compile(
    r"(?:\bnot|n['’]t)\s+(?:listed|given|among|one\s+of|an?\s+option|in\s+the\s+(?:options|list))|\bnone\s+of\b",
    re.IGNORECASE,
)
_MOST_SELECTIONS = 1000
"""Of more than a model that is not in a loop makes, the last ones are read."""


def choice(text: str, sample: Sample) -> Extraction:
    """The option a text chooses, among ``sample.choices``."""
    options = options_of(sample.choices, sample.input if isinstance(sample.input, str) else "")
    text = before_stop(condensed(unstruck(tidy(condensed(plain(text))))))
    for earlier in (before_next_question(text), before_further_options(text, options)):
        if earlier is not None:
            found = _decide(earlier, options)
            if found.answer is not None:
                return found
    found = _decide(text, options)
    return found if found.how != "no option" else _by_number(text, options, sample)


def _by_number(text: str, options: Options, sample: Sample) -> Extraction:
    """The option that is the number which a text gives, where all options are numbers."""
    tried = options.numbers and not _NOT_LISTED.search(text)
    given = number(text, sample).answer if tried else None
    value = exact((given or "").rstrip("%"))
    for said, (letter, unit) in options.numbers.items():
        if value is not None and exact(said) == value and (unit == "%" or "%" not in (given or "")):
            return Extraction(letter, how="number")
        share = exact(said) if unit == "%" and "%" not in (given or "") else None
        if value is not None and share is not None and share[0] == 100 * value[0] < 100:
            return Extraction(letter, how="number")
    return Extraction(None, how="no option")


def _decide(text: str, options: Options) -> Extraction:
    if _answers_twice(text):
        return Extraction(None, how="undecided")
    candidates = sorted(_candidates(text, options), key=lambda each: (each.start, -each.rank))
    retractions = [found.span() for found in _RETRACTION.finditer(text)]
    best = None
    for each in candidates:
        following = bisect_left(retractions, (best.start, 0)) if best is not None else 0
        if best is not None and _outlasts(best, each):
            continue
        retracted = following < len(retractions) and retractions[following][1] <= each.start
        if best is None or retracted:
            best = each
        elif each.rank <= best.rank:
            both = each.how == best.how == "found right" and each.letters != best.letters
            best = replace(each, letters=UNDECIDED) if both else each
    if best is None:
        return Extraction(None, how="no option")
    several = best.rank > 0 or len({each.letters for each in candidates}) > 1
    if best.letters == UNDECIDED or (several and is_undecided(text, best.start)):
        return Extraction(None, how="undecided")
    return Extraction(best.letters, marked=best.rank == 0, how=best.how)


def _answers_twice(text: str) -> bool:
    """Whether two lines give another letter each as the answer, and nothing takes one back."""
    found = [*_EACH_LINE.finditer(text)]
    if len({each[1] for each in found}) < 2 or found[-2][1] == found[-1][1]:
        return False
    return _RETRACTION.search(text, found[-2].end(), found[-1].start()) is None


def _outlasts(best: Candidate, each: Candidate) -> bool:
    """Whether the exception asked for was stated, and only the other options are found right."""
    another = each.how != "found right" and each.letters != best.letters
    return best.how == "exception" and each.rank == best.rank and not another


def _candidates(text: str, options: Options) -> Iterator[Candidate]:
    yield from _stated(text, options)
    yield from exceptional(text, options)
    yield from judged(text, options)
    yield from praised(text, options)
    yield from named_last(text, options)
    yield from weighed(text, options)
    yield from left_over(text, options)
    yield from lines(text, options)
    yield from pointed_at(text, options)
    yield from bold(text, options)
    yield from judged_by_text(text, options)
    yield from named(text, options)
    told = numbered.told(text, options.sets) if options.sets else None
    if told is not None:
        letter = UNDECIDED if told[1] is None else options.letters[told[1]]
        yield Candidate(told[0], 2, letter, "statements told apart")


def _stated(text: str, options: Options) -> Iterator[Candidate]:
    for line in _QA_LINE.finditer(text):
        letters = read(text, *line.span(1), options)
        if letters is not None:
            yield Candidate(line.start(), 0, letters, "A:")
    for mark in marks(text):
        letters = read(text, mark.begin, mark.end, options)
        below = "\n" in text[mark.start : mark.begin]
        if letters is not None and not (below and begins_list(text, mark.begin, options)):
            yield Candidate(mark.start, 0, letters, mark.kind)
    for found in (*_BOTH.finditer(text), *_SEVERAL_ITEMS.finditer(text)):
        letters = read(text, *found.span("letters"), options)
        if letters is not None and not any("both" in each for each in options.texts):
            yield Candidate(found.start(), 0, letters, "both")
    for pattern, how in ((_SELECTION, "selection"), (_CHINESE, "选")):
        for found in [*pattern.finditer(text)][-_MOST_SELECTIONS:]:
            if _TEMPTING.search(text[max(0, found.start() - 40) : found.start()]):
                continue
            begin = _said_below(text, found.end(), options)
            letters = read(text, begin, line_end(text, begin), options)
            if letters is not None:
                yield Candidate(found.start(), 0, letters, how)


def _said_below(text: str, begin: int, options: Options) -> int:
    """Where a statement goes on: in the next line with words, if its own ends in a colon."""
    below = _COLON_ENDS.match(text, begin)
    return begin if below is None or begins_list(text, below.end(), options) else below.end()
