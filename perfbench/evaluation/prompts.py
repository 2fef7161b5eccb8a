"""How questions become prompts: as chat turns or as one text, with worked examples before them.

Owns the wording that several data sets share, the four prompt kinds that AISBench names tell apart
(``cot_chat_prompt``, ``chat_prompt``, ``cot_str``, ``str``), and prompts by template, as users and
other tools give them. Knows no data set, model or file.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from perfbench.errors import ConfigError
from perfbench.evaluation.fields import LETTERS
from perfbench.evaluation.task import Variant
from perfbench.types import Input, Message, Sample

Wording = Callable[[Sample], str]
PromptFunction = Callable[[Sample, Sequence[Sample]], Input]


@dataclass(frozen=True, slots=True)
class Chat:
    """A prompt of chat turns: every worked example is a turn of the user and one of the model."""

    ask: Wording
    """What the user says: question and instruction."""
    reply: Wording
    """What the model says in a worked example."""

    def __call__(self, sample: Sample, shots: Sequence[Sample]) -> Input:
        turns: list[Message] = []
        for shot in shots:
            turns.append({"role": "user", "content": self.ask(shot)})
            turns.append({"role": "assistant", "content": self.reply(shot)})
        return [*turns, {"role": "user", "content": self.ask(sample)}]


@dataclass(frozen=True, slots=True)
class Text:
    """A prompt of one text that the model goes on with: head, worked examples, question, lead."""

    head: Wording
    question: Wording
    lead: str
    """What stands before an answer, in the examples and last of all: ``Answer: ``."""
    reply: Wording
    cue: str = ""
    """Said after the last lead only, such as ``Let's think step by step.``"""

    def __call__(self, sample: Sample, shots: Sequence[Sample]) -> Input:
        blocks = [f"{self.question(shot)}\n{self.lead}{self.reply(shot)}" for shot in shots]
        last = f"{self.question(sample)}\n{self.lead}{self.cue}".rstrip()
        return "\n\n".join(block for block in (self.head(sample), *blocks, last) if block)


Turns = tuple[tuple[str, str], ...]
"""Role and template of each turn of a chat."""

FEW_SHOT = "fewshot"
"""What stands for the worked examples in a template."""
ANSWERS = ("answer", "target", "solution", "worked", "response", "explanation")
"""Names that only a template of worked examples may have: they give the answer away."""

_NAME = re.compile(r"\{\{|\}\}|\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Template:
    """A prompt by templates, in which names in braces stand for what :func:`named` gives.

    Worked examples that are text stand where ``{fewshot}`` does; those that are turns come first.
    """

    ask: str | Turns
    """A text is sent as text, and as one turn of the user after examples that are turns."""
    example: str | Turns = ()

    def __call__(self, sample: Sample, shots: Sequence[Sample]) -> Input:
        before: list[Message] = []
        written = ""
        for shot in shots:
            values = named(shot, answered=True)
            if isinstance(self.example, str):
                written += filled(self.example, values)
            else:
                before += _turns(self.example, values)
        values = {**named(sample), FEW_SHOT: written}
        if isinstance(self.ask, str) and not before:
            return filled(self.ask, values)
        asked = (("user", self.ask),) if isinstance(self.ask, str) else self.ask
        return [*before, *_turns(asked, values)]


def _turns(templates: Turns, values: Mapping[str, str]) -> list[Message]:
    return [{"role": role, "content": filled(text, values)} for role, text in templates]


def named(sample: Sample, answered: bool = False) -> dict[str, str]:
    """What a template may name: the question, its options, and what its data set tells of it.

    Args:
        answered: the sample is a worked example: its answer and solution may be named, too.
    """
    row = sample.meta.get("row")
    values = {name: str(value) for name, value in row.items()} if isinstance(row, Mapping) else {}
    values |= {name: value for name, value in sample.meta.items() if isinstance(value, str)}
    values["question"] = values["query"] = question(sample)
    if sample.choices:
        values |= dict(zip(LETTERS, sample.choices, strict=False))
        values |= {"choices": options(sample), "letters": letters(sample)}
    if answered:
        values["answer"] = values["target"] = target(sample)
        values["solution"] = solution(sample)
        return values
    return {name: value for name, value in values.items() if name not in ANSWERS}


def filled(template: str, values: Mapping[str, str]) -> str:
    """A template with its names filled in; ``{{`` and ``}}`` are braces, and so are others.

    Raises:
        ConfigError: it has a name that is none of ``values``.
    """

    def value(match: re.Match[str]) -> str:
        name = match[1]
        if name is None:
            return match[0][0]
        if name not in values:
            raise ConfigError(
                f"nothing is called {{{name}}} in a prompt of this data set; there are "
                f"{', '.join(f'{{{each}}}' for each in values)} ({{{{{name}}}}} is the text itself)"
            )
        return values[name]

    return _NAME.sub(value, template)


def names_in(template: str) -> set[str]:
    """The names that a template has in braces."""
    return {match[1] for match in _NAME.finditer(template) if match[1]}


def reply_of(prompt: PromptFunction) -> Wording:
    """What the model says in a worked example of a prompt; the right answer if that is not told."""
    return prompt.reply if isinstance(prompt, (Chat, Text)) else target


def question(sample: Sample) -> str:
    """The bare question.

    Raises:
        TypeError: the sample's input is no text; only custom data sets may hold messages.
    """
    if not isinstance(sample.input, str):
        raise TypeError(f"{sample.id}: the question of a task is text")
    return sample.input


def target(sample: Sample) -> str:
    """The right answer as text; the first of several."""
    if isinstance(sample.target, list):
        return sample.target[0]
    return sample.target or ""


def options(sample: Sample, mark: str = ")") -> str:
    """The options, one in each line: ``A) ...``."""
    return "\n".join(
        f"{letter}{mark} {choice}" for letter, choice in zip(LETTERS, sample.choices, strict=False)
    )


def letters(sample: Sample, comma: str = ", ") -> str:
    """The letters that may be answered: ``A, B, C, D``."""
    return comma.join(LETTERS[: len(sample.choices)])


def solution(sample: Sample) -> str:
    """The worked solution of an example, where its data has one; else empty."""
    return str(sample.meta.get("solution") or "")


def kinds(cot_chat: Chat, chat: Chat, cot_text: Text, text: Text) -> dict[str, Variant]:
    """The four prompt kinds of a task."""
    return {
        "cot_chat_prompt": Variant(prompt=cot_chat),
        "chat_prompt": Variant(prompt=chat),
        "cot_str": Variant(prompt=cot_text),
        "str": Variant(prompt=text),
    }


def _boxed(sample: Sample) -> str:
    return f"\\boxed{{{target(sample)}}}"


def _worked(sample: Sample) -> str:
    worked = solution(sample)
    return f"{worked}\nThe final answer is {_boxed(sample)}." if worked else _boxed(sample)


def _math_question(sample: Sample) -> str:
    return f"Question: {question(sample)}"


MATH = kinds(
    Chat(
        lambda s: (
            f"{question(s)}\n\nReason step by step, and put your final answer within \\boxed{{}}."
        ),
        _worked,
    ),
    Chat(lambda s: f"{question(s)}\n\nGive only the final answer, within \\boxed{{}}.", _boxed),
    Text(
        lambda s: "Solve each problem step by step and put the final answer within \\boxed{}.",
        _math_question,
        "Solution: ",
        _worked,
        "Let's think step by step.",
    ),
    Text(
        lambda s: "Give the final answer of each problem within \\boxed{}.",
        _math_question,
        "Answer: ",
        _boxed,
    ),
)
"""Problems whose answer is a number or an expression."""


def _subject(sample: Sample) -> str:
    subject = sample.meta.get("subject")
    return f" about {subject}" if subject else ""


def _choice_ask(task: str, instruction: str) -> Wording:
    def ask(sample: Sample) -> str:
        return (
            f"{task.format(subject=_subject(sample))} "
            f"{instruction.format(letters=letters(sample))}\n\n"
            f"{question(sample)}\n\n{options(sample)}"
        )

    return ask


def _choice_worked(sample: Sample) -> str:
    worked = solution(sample)
    return f"{worked}\nANSWER: {target(sample)}" if worked else f"ANSWER: {target(sample)}"


def _choice_block(sample: Sample) -> str:
    return f"Question: {question(sample)}\n{options(sample, '.')}"


def choice_kinds(
    task: str = "Answer the multiple choice question{subject} below.",
) -> dict[str, Variant]:
    """Questions with options in English; ``{subject}`` becomes `` about astronomy`` or nothing."""
    head = "The following are multiple choice questions{subject}, with their answers."
    return kinds(
        Chat(
            _choice_ask(
                task,
                "Think step by step, then finish with a line of the form 'ANSWER: X', "
                "where X is one of {letters}.",
            ),
            _choice_worked,
        ),
        Chat(
            _choice_ask(
                task,
                "Reply with one line of the form 'ANSWER: X', where X is one of {letters}, "
                "and nothing else.",
            ),
            lambda s: f"ANSWER: {target(s)}",
        ),
        Text(
            lambda s: (
                f"{head.format(subject=_subject(s))} The reasoning comes first, "
                "then a line of the form 'ANSWER: X'."
            ),
            _choice_block,
            "Solution: ",
            _choice_worked,
            "Let's think step by step.",
        ),
        Text(lambda s: head.format(subject=_subject(s)), _choice_block, "Answer: ", target),
    )


CHOICE = choice_kinds()


def _choice_ask_zh(instruction: str) -> Wording:
    def ask(sample: Sample) -> str:
        subject = sample.meta.get("subject")
        about = f"关于{subject}的" if subject else ""
        return (
            f"以下是一道{about}单项选择题。{instruction.format(letters=letters(sample, '、'))}\n\n"
            f"{question(sample)}\n\n{options(sample, '.')}"
        )

    return ask


def _choice_worked_zh(sample: Sample) -> str:
    worked = solution(sample)
    return f"{worked}\n答案：{target(sample)}" if worked else f"答案：{target(sample)}"


def _head_zh(sample: Sample) -> str:
    subject = sample.meta.get("subject")
    return f"以下是{f'关于{subject}的' if subject else ''}单项选择题及其答案。"


def _choice_block_zh(sample: Sample) -> str:
    return f"题目：{question(sample)}\n{options(sample, '.')}"


CHOICE_ZH = kinds(
    Chat(
        _choice_ask_zh("请逐步思考，并在最后一行以“答案：X”的形式作答，X 为 {letters} 之一。"),
        _choice_worked_zh,
    ),
    Chat(
        _choice_ask_zh("请只回答一行，形式为“答案：X”，X 为 {letters} 之一。"),
        lambda s: f"答案：{target(s)}",
    ),
    Text(
        lambda s: f"{_head_zh(s)}先给出推理过程，最后一行写“答案：X”。",
        _choice_block_zh,
        "解答：",
        _choice_worked_zh,
        "让我们逐步思考。",
    ),
    Text(_head_zh, _choice_block_zh, "答案：", target),
)
"""Questions with options in Chinese."""


def prompt_of(variants: dict[str, Variant], kind: str) -> PromptFunction:
    """The prompt function of a kind, for a task's ``prompt``."""
    found = variants[kind].prompt
    if found is None:
        raise KeyError(kind)
    return found
