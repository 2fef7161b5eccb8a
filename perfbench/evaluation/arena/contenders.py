"""Who meets: models with their answers, each to a question that is known whoever answered it.

Answers come from the arena's own run or from stored evaluations, and are kept with the arena, so
that nothing else is needed later. What cannot be compared (cut off, failed, empty, answered by
nobody else) is counted. Reads and writes stores; asks nobody.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from perfbench.evaluation.extraction.reasoning import split_reasoning
from perfbench.evaluation.plan.selection import BARE_QUESTION
from perfbench.store import Run
from perfbench.types import Input, Question, Record, Sample, Subtask

_ABOUT = "contenders"
_PREFIX = "answers of "
"""Begins the name under which the arena keeps a model's answers."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, whoever answered it."""

    key: str
    """Hash of all that says what is asked: data set, subset, id, prompt, reference."""
    data_set: str
    subset: str
    sample_id: str
    prompt: Input
    reference: str | None = None
    bare: str | None = None
    """The question without worked examples, where that is known."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a model answered."""

    text: str
    """As it came, reasoning in tags and all."""
    tokens: int | None = None
    """By ``usage``, without those of reasoning; ``None`` where they cannot be told apart."""


@dataclass(slots=True)
class Contender:
    """A model with its answers by the key of their questions."""

    name: str
    served_model: str = ""
    answers: dict[str, Answer] = field(default_factory=dict)
    unfit: dict[str, str] = field(default_factory=dict)
    """Why answers cannot be judged, by the key of their questions: ``failed``, ``cut_off``,
    ``empty``, ``not_asked``."""

    @property
    def left_out(self) -> Counter[str]:
        """Answers that cannot be judged, by reason."""
        return Counter(self.unfit.values())

    def without(self, keys: Collection[str]) -> Contender:
        """The same but for what it answered, or failed to, to some questions."""
        answers = {key: each for key, each in self.answers.items() if key not in keys}
        unfit = {key: each for key, each in self.unfit.items() if key not in keys}
        return Contender(self.name, self.served_model, answers, unfit)


@dataclass(frozen=True, slots=True)
class Roster:
    """All who meet, and all that they were asked."""

    contenders: Mapping[str, Contender]
    questions: Mapping[str, Asked]

    def common(self, first: str, second: str) -> list[str]:
        """The questions that both answered, in order."""
        a, b = self.contenders[first].answers, self.contenders[second].answers
        return [key for key in self.questions if key in a and key in b]

    def alone(self, pairs: Iterable[tuple[str, str]]) -> dict[str, int]:
        """By model: its answers to questions that nobody answered whom it meets, in ``pairs``."""
        met: dict[str, set[str]] = {name: set() for name in self.contenders}
        for first, second in pairs:
            both = self.common(first, second)
            met[first].update(both)
            met[second].update(both)
        found = {
            each.name: len(each.answers.keys() - met[each.name])
            for each in self.contenders.values()
        }
        return {name: count for name, count in found.items() if count}


def collected(run: Run, subtask: Subtask, name: str) -> tuple[Contender, dict[str, Asked]]:
    """A model's answers to one data set, from the run that asked it."""
    records = dict(run.answers.records(subtask.name))
    found, questions = Contender(name, subtask.served_model), {}
    for question in run.samples.of(subtask.name):
        asked = as_asked(subtask.data_set, question)
        questions[asked.key] = asked
        record = records.get((question.hash, 0))
        reason = _unfit(record)
        if reason is None:
            assert record is not None
            found.answers[asked.key] = Answer(record.text, _tokens(record))
        else:
            found.unfit[asked.key] = reason
    return found, questions


def merged(parts: Iterable[tuple[Contender, Mapping[str, Asked]]]) -> Roster:
    """The models with all their answers together. Of a question that is known twice the first is
    kept, and the bare question of whichever has it."""
    contenders: dict[str, Contender] = {}
    questions: dict[str, Asked] = {}
    for part, asked in parts:
        whole = contenders.setdefault(part.name, Contender(part.name, part.served_model))
        whole.answers.update(part.answers)
        whole.unfit.update(part.unfit)
        for key, own in asked.items():
            if key not in questions or questions[key].bare is None:
                questions[key] = own
    for whole in contenders.values():
        whole.unfit = {key: why for key, why in whole.unfit.items() if key not in whole.answers}
    return Roster(contenders, questions)


def keep(run: Run, roster: Roster) -> None:
    """Store the answers with the arena, in place of what was kept before."""
    about = {
        each.name: {"served_model": each.served_model, "unfit": each.unfit}
        for each in roster.contenders.values()
    }
    run.samples.put(_ABOUT, [Question(0, Sample(_ABOUT, "", meta=about), _ABOUT)])
    for each in roster.contenders.values():
        run.samples.put(f"{_PREFIX}{each.name}", _kept(each, roster.questions))


def kept(run: Run) -> Roster:
    """The answers that an arena keeps, and their questions."""
    contenders: dict[str, Contender] = {}
    questions: dict[str, Asked] = {}
    for each in run.samples.of(_ABOUT):
        for name, about in each.sample.meta.items():
            contenders[name] = Contender(name, about["served_model"], unfit=about["unfit"])
    for contender in contenders.values():
        for question in run.samples.of(f"{_PREFIX}{contender.name}"):
            meta = question.sample.meta
            questions.setdefault(question.hash, _restored(question))
            contender.answers[question.hash] = Answer(meta["answer"], meta["tokens"])
    return Roster(contenders, questions)


def _kept(contender: Contender, questions: Mapping[str, Asked]) -> Iterator[Question]:
    for place, (key, answer) in enumerate(contender.answers.items()):
        asked = questions[key]
        meta = {
            "answer": answer.text,
            "tokens": answer.tokens,
            "data_set": asked.data_set,
            BARE_QUESTION: asked.bare,
        }
        sample = Sample(asked.sample_id, asked.prompt, asked.reference, meta=meta)
        yield Question(place, sample, key, asked.subset)


def _restored(question: Question) -> Asked:
    sample = question.sample
    reference = sample.target if isinstance(sample.target, str) else None
    data_set = sample.meta["data_set"]
    bare = sample.meta.get(BARE_QUESTION)
    return Asked(question.hash, data_set, question.subset, sample.id, sample.input, reference, bare)


def as_asked(data_set: str, question: Question) -> Asked:
    """A stored or planned question, by what holds for every model."""
    sample = question.sample
    told = msgspec.json.encode(
        [data_set, question.subset, sample.id, sample.input, sample.target, sample.choices],
        enc_hook=str,
    )
    target = sample.target
    reference = target if isinstance(target, str) or target is None else "\n".join(target)
    key = hashlib.sha256(told).hexdigest()[:24]
    bare = sample.meta.get(BARE_QUESTION)
    known = bare if isinstance(bare, str) else None
    return Asked(key, data_set, question.subset, sample.id, sample.input, reference, known)


def _unfit(record: Record | None) -> str | None:
    """Why an answer is not fit to be judged; ``None`` if it is."""
    if record is None:
        return "not_asked"
    if not record.answered:
        return "failed"
    if record.finish == "length":
        return "cut_off"
    return None if split_reasoning(record.text)[0].strip() else "empty"


def _tokens(record: Record) -> int | None:
    if record.usage is None or record.usage.output_tokens is None:
        return None
    thought = record.usage.reasoning_tokens
    if thought is None and (record.reasoning or split_reasoning(record.text)[1]):
        return None
    return max(0, record.usage.output_tokens - (thought or 0))


def question_text(asked: Asked) -> str:
    """A question as a judge reads it: without worked examples where that is known; the user's
    words, or all turns under their roles where there is more than one."""
    if asked.bare is not None:
        return asked.bare
    prompt = asked.prompt
    if not isinstance(prompt, list):
        return prompt if isinstance(prompt, str) else msgspec.json.encode(prompt).decode()
    turns: Sequence[object] = prompt
    if len(turns) == 1 and isinstance(turns[0], dict):
        return _content(turns[0])
    return "\n\n".join(
        f"{str(turn.get('role', '')).capitalize()}: {_content(turn)}"
        for turn in turns
        if isinstance(turn, dict)
    )


def _content(turn: Mapping[str, object]) -> str:
    content = turn.get("content")
    return content if isinstance(content, str) else msgspec.json.encode(content).decode()
