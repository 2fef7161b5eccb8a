r"""Where a text gives its final answer in so many words.

Owns the forms that say "what follows is the answer", in English, Chinese and the languages of
MGSM: ``\boxed{}``, ``#### N``, ``<answer>``, "the answer is", "答案：". Knows nothing of what an
answer looks like: number, letter and formula each read the content of a mark themselves.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from perfbench.evaluation.extraction.latex import boxes

Kind = Literal["box", "hash", "tag", "phrase"]


@dataclass(frozen=True, slots=True)
class Mark:
    """One statement of a final answer."""

    start: int
    begin: int
    end: int
    """``text[begin:end]`` is what the mark encloses (box, tag), or the rest of its line."""
    kind: Kind
    closed: bool = True
    """``False``: a box or a tag that the text does not close."""
    label: bool = False
    """The bare word and a colon, which may also head a whole working ("Answer: Let us ...")."""


_ADVERB = (
    r"(?:\s*,?\s*(?:therefore|thus|then|hence|so|finally|clearly|indeed|simply|now|again|still"
    r"|actually|apparently|definitely|obviously|probably|likely|most\s+likely)\s*,?)"
)
_ENGLISH = re.compile(
    rf"""
    (?<![A-Za-z]) (?: [Aa]nswers? | ANSWERS? | [Aa]ns\b\.? | ANS\b\.?
        | (?:[Ff]inal|FINAL) \s+ (?i:result|value|total|solution)
        | (?<=") (?:final_)?(?:result|value|total|solution|output) (?="\s*:) ) (?![A-Za-z])
    [*_`"'”’\]]*
    (?: \s* \( [^()\n]{{1,40}} \) )?
    (?: \s+(?:choice|option|key|letter|value|number)\b )?
    (?: ,?\s+(?:to|for|of|in|as|with|among|from|rounded|here|we|I|you|that)\b
        [^.:：=\n?!]{{0,90}}? )?
    [*_`"']*
    {_ADVERB}?
    \s* [*_]* \s*
    (?: (?P<label> [:：] | = | (?<!\n)[-–—]{{1,2}}>? (?=\s) | [→⇒➡] | => )
      | ['’]s\b | \b (?i: is | are | was | be | remains | becomes | equals?
             | (?:would|should|must|will|has\s+to|have\s+to|can\s+only)\s+be
             | (?:comes|works)\s+out\s+(?:to|as)(?:\s+be)? | turns\s+out\s+to\s+be )
        (?![A-Za-z'’]) (?!\s*(?:not|never)\b)
        (?: {_ADVERB} | \s+(?:given\s+by|equal\s+to|as\s+follows) )?
        \s* [*_]* \s* [:：]?
    )
    """,
    re.VERBOSE,
)
_CHINESE = re.compile(
    r"""
    答案 \s* [*_"”]* (?: \s*[（(][^()（）\n]{1,20}[)）] )? \s*
      (?: (?:应该|应当|应|就|则|也|便|即|显然)* \s* (?P<verb> 是(?!否) | [为為] | 选择?(?!项) | 即 )
          (?:选项)? \s* [*_]* \s* [:：]? | (?P<label> [:：=】\]] )  )
    | (?: ^ | (?<=[\s。，,；;]) ) [*_]* 答 [*_]* (?P<colon> [:：] )
    """,
    re.VERBOSE | re.MULTILINE,
)
_OTHER = re.compile(
    r"""
    (?: (?:[Aa]ntwoord|[Aa]ntwort|[Rr]espuesta|[Rr]éponse|[Rr]isposta|[Rr]esposta
      |[Ll]ösung(?:smenge|en)?|[Jj]awaban(?:nya)?|[Gg]abarito
         |[Rr]ăspuns(?:ul)?(?:\s+corect)?|[Ss]varet
         |[Oo]dpowied[źz]|[Oo]dpověď|[Ss]var|[Cc]evap|[Đđ]áp\s+án|[Vv]astaus|الإجابة|الجواب)
        (?: \s+ (?:[Ff]inal[e]?|[Cc]orr?e[ct]?t[aeo]?|[Cc]orreta|certa|esatta
          |giusta|adecuada|exacta|correcte|yang\s+benar
          |đúng|الصحيحة|النهائية) )?
        \s* [*_]* \s* (?: [:：=] | (?:ist|sind|lautet|lauten|es|est|è|é|is|to|je|är|er|on|este
          |adalah|là|هي|هو) (?!\w)
              (?: \s+(?:donc|also|daher|somit|então|quindi|por\s+tanto)\b )? \s* :? )
      | [Cc]evap \s+ (?=\(?[A-J]\b)
      | [Оо]твет(?:ом \s+ является)? \s* [*_]* \s* (?: [:：=—–-] | равен )?
      | (?:答え|正解|正しい(?:の|もの|[選选]択肢|答え)|解答|回答) \s* [*_]* \s* (?: [:：] | は )
      | (?:정답|답) \s* [*_]* \s* (?: [:：] | 은 | 는 )
      | (?:उत्तर|विकल्प) \s* [*_]* \s* (?: [:：] | है )?
      | উত্তর \s* [*_]* \s* (?: [:：] | হলো | হল | হবে )?
      | คำตอบ \s* [*_]* \s* (?: [:：] | คือ )?
      | [Jj]ibu \s+ (?:la\s+mwisho\s+)? (?: ni | :) | [Jj]ibu:
      | సమాధానం \s* [*_]* \s* [:：]?
    )
    """,
    re.VERBOSE,
)
_HAS_OTHER = re.compile(
    r"[Aa]ntwo|espuesta|éponse|ispost|espost|ösung|awaban|abarito|ăspuns|विकल्प|dpowied|dpov"
    r"|[Ss]var|evap|áp\s+án|astaus|الإجابة|الجواب"
    r"|твет|答え|正解|正しい|解答|回答|답|उत्तर|উত্তর|คำ|ibu|సమా"
)
_HEADING = re.compile(
    r"^[ \t#*_\[]*(?:(?:The\s+)?(?:Final|Correct|My)\s+)?Answer[ \t*_\]]*(?:$|(?<=[*_\]])\s)"
    r"|^[ \t#*_\[]*(?:最终|最后|正确)?答案[ \t*_]*$",
    re.MULTILINE | re.IGNORECASE,
)
_HASH = re.compile(r"(?<!#)####(?!#)[ \t]*(?P<content>[^\s#][^\n]*|\n[ \t]*[^\n#]+)")
_TAG = re.compile(
    r"<\s*(?P<tag>(?:final[_ ]?)?answer|ans|solution"
    r"|final(?:[_ ]?(?:choice|option|result|letter|solution))?)\s*>(?P<content>.*?)"
    r"(?P<close><\s*/\s*(?P=tag)\s*>|\Z)",
    re.DOTALL | re.IGNORECASE,
)
_DOUBLE_SQUARE = re.compile(r"\[\[\s*(?P<content>[^\[\]\n]{1,80}?)\s*\]\]")

_HYPOTHESIS = re.compile(
    r"(?:\b(?:if|whether|suppose|supposing|assume|assuming|unless|how|why|verify|find|what"
    r"|check\s+that|wrong|incorrect|other|previous|initial|first|long(?:er)?|detailed|example|sample|possible"
    r"|(?:people|students|one|you|many|some|we)\s+(?:(?:might|may|could|would|often|commonly"
    r"|mistakenly)\s+)*(?:believe|think|assume|say|guess)(?:\s+that)?"
    r"|(?:thought|assumed|believed|expected|guessed)(?:\s+that)?)\s+"
    r"(?:(?:the|an?|my|our|your|this|that|final|correct|right|is)\s+)*|如果|假如|若|是否|错误)$",
    re.IGNORECASE,
)
_ASSERTED = re.compile(
    r"\b(?:(?:this|that|which|here|it)(?:['’]s|\s+is|\s+explains|\s+shows)\s+(?:exactly\s+"
    r"|precisely\s+)?(?:why|how)"
    r"|(?:explains?|shows?|see|understand|saw|shown)\s+(?:why|how)|(?:we|I|you"
    r"|to)\s+(?:\w+\s+)?find(?:\s+out)?(?:\s+that)?"
    r"|found(?:\s+out)?(?:\s+that)?)\s+(?:(?:the|our|my|final|correct|right)\s+)*$",
    re.IGNORECASE,
)
_NEGATED = re.compile(
    r"(?:\b(?:not|isn['’]t|never)|不|并非|并不)\s*(?:the\s+|an?\s+)?(?:final\s+|correct\s+|right\s+)?$"
    r"|\b(?:information|data|context|details|order|able|possible|impossible|difficult|hard"
    r"|how)\s+to\s+$"
    r"|\b(?:express|write|round|report)(?:ing)?\s+(?:(?:the|your|our|my|final)\s+)*$"
)
_COUNTS = re.compile(
    r"\b(?:correct|right|total|all|of|her|his|their|remaining)\s+answers\W*"
    r"(?:is|are|was|were|[:：=→-])\W*\d",
    re.IGNORECASE,
)
"""How many were answered so, not what the answer is: "Correct answers: 32"."""
_WERE_IT = re.compile(
    r"\b[Ii]f\b[^.;:\n]{1,120}\b(?:were|had|asked|weren['’]t|hadn['’]t|wanted)\b[^.;:\n]{0,60}\Z"
)
_BUT_IT_IS_NOT = re.compile(r"[^.;\n]{1,80}\bif\b[^.;\n]{1,120}[,;]\s+but\b")
_DRESSING = re.compile(r"[\s*_`#>|\"“”'’:：\-–—]*\Z")

_LONGEST_STATEMENT = 2000
_MOST_MARKS = 400

_STOP = re.compile(
    r"<\|(?:im_end|endoftext|eot_id|end_of_text|end|return|im_start|start_header_id|user)\|>"
    r"|</s>|<\uff5cend▁of▁sentence\uff5c>|<end_of_turn>|<\|im_end|\[/?INST\]"
)
_NEXT_TURN = re.compile(r"\n\s*(?:[#*]+\s*)?(?:Human|User|USER|用户)\s*[*]*\s*[:：]")
_NEXT_QUESTION = re.compile(
    r"\n\s*(?:[#*]+\s*)?(?:(?:Next|New|Another|Follow-up|Similar|Practice)\s+(?i:question|problem|exercise)"
    r"|Question|QUESTION|Q|Problem|PROBLEM|Exerci[sc]e|Aufgabe|Frage|Ejercicio|Pregunta|Domanda|Pergunta|Вопрос|Instruction|問題|質問|질문|문제|问题|题目|问|下一题)"
    r"\s*\d*\s*[*]*\s*[:：]|\n\s*The\s+following\s+(?:is|are)\s+(?:a\s+)?multiple[\s-]choice"
    r"|\n\s*(?:Now\s+try|Try)\s+(?:this|another|the\s+next)\s+(?:one|problem|question|example)\s*[:：.]"
    r"|\n\s*#+\s*(?:(?:New|Next|Another)\s+)?(?:(?i:question|problem|exercise)\s*\d*|Instructions?|Input)"
    r"[ *]*(?=\n)"
)


def before_stop(text: str) -> str:
    """The text up to a stop token that leaked into it, or to a turn made up for the user."""
    if (
        ("<" in text or "[" in text)
        and (stop := _STOP.search(text))
        and text[: stop.start()].strip()
    ):
        text = text[: stop.start()]
    turn = _NEXT_TURN.search(text)
    return text[: turn.start()] if turn and text[: turn.start()].strip() else text


def before_next_question(text: str) -> str | None:
    """The text before a further question that the model asked itself; ``None`` if it asked none."""
    found = _NEXT_QUESTION.search(text)
    if found is None or not text[: found.start()].strip():
        return None
    return _without_rules(text[: found.start()])


def _without_rules(text: str) -> str:
    """The text without the blank lines and the lines across that it ends in."""
    text = text.rstrip()
    while "\n" in text and not text[text.rfind("\n") :].strip("-=_* \t\n"):
        text = text[: text.rfind("\n")].rstrip()
    return text


def marks(text: str) -> list[Mark]:
    """Every statement of a final answer, in the order of the text.

    Of more than a model that is not in a loop makes, the last ones.
    """
    found = [Mark(box.start, box.begin, box.end, "box", box.closed) for box in boxes(text)]
    if "####" in text:
        for each in _HASH.finditer(text):
            found.append(Mark(each.start(), *each.span("content"), "hash"))
    if "<" in text:
        for each in _TAG.finditer(text):
            closed = bool(each["close"])
            found.append(Mark(each.start(), *each.span("content"), "tag", closed))
    if "[[" in text:
        for each in _DOUBLE_SQUARE.finditer(text):
            found.append(Mark(each.start(), *each.span("content"), "tag"))
    found.extend(_phrases(text))
    found.sort(key=lambda mark: mark.start)
    return found[-_MOST_MARKS:]


def _phrases(text: str) -> list[Mark]:
    patterns = [_ENGLISH, _HEADING]
    patterns += [_CHINESE] if "答" in text else []
    patterns += [_OTHER] if _HAS_OTHER.search(text) else []
    found = []
    for pattern in patterns:
        for each in pattern.finditer(text):
            before = text[max(0, each.start() - 60) : each.start()]
            if _is_claim(before) and not _COUNTS.match(text, _word_before(text, each.start())):
                if _is_supposed(text, *each.span()):
                    continue
                groups = each.groupdict()
                label = not groups.get("verb") and bool(
                    pattern is _HEADING or groups.get("label") or groups.get("colon")
                )
                start, end = statement(text, each.end())
                found.append(Mark(each.start(), start, end, "phrase", label=label))
    return found


def _is_supposed(text: str, start: int, end: int) -> bool:
    """Whether a statement with "would be" says what the answer to something else was."""
    if not text[start:end].rstrip(" *_:").endswith(("would be", "would have been")):
        return False
    before = text[max(0, start - 160) : start]
    return bool(_WERE_IT.search(before) or _BUT_IT_IS_NOT.match(text, end))


def _word_before(text: str, position: int) -> int:
    """Where the word before a position begins, or the position itself."""
    word = re.search(r"[A-Za-z]{1,12}\s\Z", text[max(0, position - 14) : position])
    return position - len(word.group()) if word else position


def _is_claim(before: str) -> bool:
    before = before[before.rfind("\n") + 1 :]
    if _NEGATED.search(before):
        return False
    return bool(_ASSERTED.search(before)) or not _HYPOTHESIS.search(before)


def statement(text: str, position: int) -> tuple[int, int]:
    """Bounds of the rest of the line, or of the next line that says anything."""
    while True:
        end = text.find("\n", position, position + _LONGEST_STATEMENT)
        if end < 0:
            return position, min(len(text), position + _LONGEST_STATEMENT)
        if not _DRESSING.match(text[position:end]):
            return position, end
        position = end + 1
