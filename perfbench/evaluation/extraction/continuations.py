r"""Where a base model has answered and goes on with a question, or options, of its own.

"B\n\nWhich gas ...?\nA. ...\nB. ...\nAnswer: D" answers B. Knows nothing of how an answer is read:
who reads it asks for the text before, and for all of it where that chooses nothing.
"""

from __future__ import annotations

import re

from perfbench.evaluation.extraction.options import Options

_LIST = re.compile(
    r"(?:(?<=\n)|\A)(?P<question>[^\n]{6,600})\n(?:[ \t]*\n)?"
    r"(?P<items>[ \t]*\(?A[).:、][ \t]*[^\n]+\n+[ \t]*\(?B[).:、][^\n]+"
    r"(?:\n+[ \t]*\(?[C-J][).:、][^\n]+)*)(?P<answer>\s*(?:Answer|ANSWER|答案|Solution|Correct)\b)?"
)
_ITEM = re.compile(r"^[ \t]*\(?([A-J])[).:、][ \t]*(.+)$", re.MULTILINE)
_ONE_ANSWER = re.compile(
    r"\A[\s*_(\"'\[]*(?:(?:Answer|答案)\s*[:：]\s*)?[\s*_(\[]*(?P<letter>[A-Z])[)\]*_\"']*"
    r"(?:[.:：、)]*\s*(?P<text>[^\n]*))?\s*\Z"
)
_STATES_ONE = re.compile(r"\banswer\s+is\s*:?[\s*_(]*[A-J][)*_.\s]*\Z")
_ENDS_OPEN = re.compile(r"[\w?:.。)][\s*_]*\Z")


def before_further_options(text: str, options: Options) -> str | None:
    """The text before a further question with options; ``None`` if there is none.

    Options that are not those asked about are another question's. The same ones may be told over,
    unless nothing but one option, and then a question, stood before them.
    """
    if not options.texts:
        return None
    for found in _LIST.finditer(text):
        before = text[: found.start()]
        if not before.strip() or _ITEM.match(found["question"]):
            continue
        others = any(options.named(item[2]) != item[1] for item in _ITEM.finditer(found["items"]))
        answered = _is_one_answer(before, options) or bool(_STATES_ONE.search(before))
        if not _ENDS_OPEN.search(found["question"]):
            continue
        if (others and (found["answer"] or answered)) or (answered and found["answer"]):
            return before
    return None


def _is_one_answer(before: str, options: Options) -> bool:
    """Whether a text is a letter, alone or with the text of its option."""
    answer = _ONE_ANSWER.match(before)
    if answer is None or answer["letter"] not in options.letters:
        return False
    return not answer["text"] or options.named(answer["text"]) == answer["letter"]
