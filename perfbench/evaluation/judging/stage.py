"""The stage between asking and scoring: questions to judges are made from stored answers, asked
like all others, and asked again where the judge's text holds no verdict.

Knows the store and how to ask; what a verdict is worth, and what a panel says, is another's.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product

import msgspec

from perfbench import registry
from perfbench.config.evaluation import EvalConfig
from perfbench.evaluation.asking import Asking, Missing, Served, missing, tell_simulator
from perfbench.evaluation.grading import grade
from perfbench.evaluation.judging.judged import ABOUT, unjudged
from perfbench.evaluation.judging.jury import Judge, Jury, moved
from perfbench.evaluation.judging.rubrics import Rubric, Texts, shown
from perfbench.evaluation.outcome import EvalRun
from perfbench.evaluation.plan.questions import Questions
from perfbench.evaluation.plan.selection import BARE_QUESTION
from perfbench.evaluation.running import Programs
from perfbench.evaluation.turns import ask_all
from perfbench.store import Run
from perfbench.types import (
    Endpoint,
    Generation,
    Input,
    Observer,
    Question,
    Record,
    Sample,
    Subtask,
)

_ANSWERED = ("ok", "empty")


@dataclass(frozen=True, slots=True)
class Bench:
    """The judges of a run, and the services that answer for them."""

    jury: Jury
    known: Mapping[str, Judge]
    served: Mapping[str, Served]
    programs: Programs
    """What runs answers that are judged only where their program failed."""


def judge_all(bench: Bench, asking: Asking, result: EvalRun, observer: Observer) -> None:
    """Have the stored answers judged of all that the subtasks of ``result`` say, and judges asked
    again that gave no verdict.

    Raises:
        StoreError: an answer could not be stored.
        ConfigError: what is judged by rules first cannot be.
    """
    judging = [each for each in result.subtasks if each.judging is not None]
    result.run.answers.rename(moved(result.run.answers.subtasks(), judging))
    planned = list(_planned(bench, result))
    for each in planned:
        result.put(each.subtask)
        result.run.answers.put_subtask(each.subtask)
        result.run.samples.put(each.subtask.name, each.asked)
    tell_simulator(list(bench.served.values()), planned)
    ask_judges(planned, bench.jury.config, asking, result, observer)


def ask_judges(
    planned: Sequence[Questions],
    config: EvalConfig,
    asking: Asking,
    result: EvalRun,
    observer: Observer,
) -> None:
    """Ask judges what has no answer yet, and again what they gave no verdict on.

    Raises:
        StoreError: an answer could not be stored.
    """
    run = result.run
    work = [(each.subtask, _wanted(each, run, config.rejudge)) for each in planned]
    ask_all(work, asking, config.max_num_workers, result, observer)
    for _ in range(config.judge_retries):
        if asking.stopped:
            break
        allowed = None if config.rejudge else config.judge_retries
        work = [(each.subtask, _unread(each, run, allowed)) for each in planned]
        if not (work := [(subtask, found) for subtask, found in work if found.requests]):
            break
        ask_all(work, asking, config.max_num_workers, result, observer)


def _planned(bench: Bench, result: EvalRun) -> Iterator[Questions]:
    by_name = {each.name: each for each in result.subtasks}
    graded: set[str] = set()
    for subtask in result.subtasks:
        if subtask.judging is None or subtask.judging.of not in by_name:
            continue
        judged = by_name[subtask.judging.of]
        if subtask.judging.strategy == "recall" and judged.name not in graded:
            grade(judged, result.run, bench.programs)
            graded.add(judged.name)
        yield questions(subtask, judged, result.run, bench.jury)


def questions(subtask: Subtask, judged: Subtask, run: Run, jury: Jury) -> Questions:
    """What a judge is to be asked about the stored answers of ``judged``."""
    judging, generation, rubric = subtask.judging, subtask.generation, jury.rubric
    assert judging is not None
    assert generation is not None
    endpoint = registry.resolve(registry.ENDPOINTS, subtask.api)(generation)
    right = _right_by_rule(judged, run) if judging.strategy == "recall" else set()
    orders = (False, True) if jury.swaps else (False,)
    asked: list[Question] = []
    for question, repeat, record in _answers(judged, run):
        if (question.hash, repeat) in right or unjudged(record, question.sample, judging):
            continue
        for swapped in orders:
            sample = _sample(rubric, question, repeat, record, swapped)
            made = as_question(len(asked), sample, endpoint, generation, question.subset)
            asked.append(replace(made, category=question.category))
    return Questions(msgspec.structs.replace(subtask, samples=len(asked)), asked)


def as_question(
    seq: int, sample: Sample, endpoint: Endpoint, generation: Generation, subset: str = "default"
) -> Question:
    """A question to a judge with the hash by which its answer is known again."""
    if generation.max_tokens is not None:
        sample = replace(sample, max_tokens=generation.max_tokens[1])
    told = f"{subset}\0{sample.id}\0{endpoint.name}\0".encode("utf-8", "surrogateescape")
    digest = hashlib.sha256(told + endpoint.build(sample)).hexdigest()[:32]
    return Question(seq, sample, digest, subset)


def _answers(judged: Subtask, run: Run) -> Iterator[tuple[Question, int, Record]]:
    """Every answer there is, in the order in which it was asked for."""
    records = dict(run.answers.records(judged.name))
    for question, repeat in product(run.samples.of(judged.name), range(judged.repeats)):
        if (record := records.get((question.hash, repeat))) is not None:
            yield question, repeat, record


def _right_by_rule(judged: Subtask, run: Run) -> set[tuple[str, int]]:
    rows = run.answers.scores(judged.name)
    return {(row.hash, row.repeat) for row in rows if row.score.value == 1}


def _sample(
    rubric: Rubric, question: Question, repeat: int, record: Record, swapped: bool
) -> Sample:
    sample = question.sample
    targets = [sample.target] if isinstance(sample.target, str) else sample.target or []
    reference = " or ".join(targets) or None
    texts = Texts(
        question=_question_text(sample),
        answer=_shown(record, rubric),
        other=reference,
        reference=reference,
        swapped=swapped,
    )
    name = f"{sample.id}{f'#{repeat}' if repeat else ''}{'/swapped' if swapped else ''}"
    made = rubric.sample(name, texts, {ABOUT: [question.hash, repeat]})
    return replace(made, target=sample.target)


def _shown(record: Record, rubric: Rubric) -> str:
    """An answer as the judge sees it; what the service told apart as reasoning stands in front."""
    answer = shown(record.text, rubric)
    if rubric.head.reasoning and record.reasoning:
        return f"{record.reasoning}\n\n{answer}"
    return answer


def _question_text(sample: Sample) -> str:
    """What was asked, without worked examples where that is known."""
    bare = sample.meta.get(BARE_QUESTION)
    return bare if isinstance(bare, str) else _last_words(sample.input)


def _last_words(asked: Input) -> str:
    if isinstance(asked, str):
        return asked
    if isinstance(asked, list):
        for turn in reversed(asked):
            if isinstance(turn, dict) and turn.get("role") == "user":
                content = turn["content"]
                if isinstance(content, str):
                    return content
                break
    return msgspec.json.encode(asked).decode()


def _wanted(planned: Questions, run: Run, again: bool) -> Missing:
    """What is to be asked of a judge: what has no answer, or all of it."""
    found = missing(planned.subtask, planned.asked, run)
    if not again:
        return found
    everything = list(product(planned.asked, range(planned.subtask.repeats)))
    return replace(found, requests=everything, reused=0)


def _unread(planned: Questions, run: Run, allowed: int | None) -> Missing:
    """What a judge is asked again, as its text holds no verdict.

    Args:
        allowed: times that it may have been asked again before; ``None``: any.
    """
    subtask = planned.subtask
    total = len(planned.asked) * subtask.repeats
    if not total:
        return Missing([], 0, 0, 0)
    tried = run.answers.attempts(subtask.name)
    by_hash = {question.hash: question for question in planned.asked}
    requests = []
    for each in grade(subtask, run).answers:
        answered = sum(outcome in _ANSWERED for outcome in tried.get((each.hash, each.repeat), ()))
        again = allowed is None or answered <= allowed
        if each.score.unscored == "no_verdict" and again:
            requests.append((by_hash[each.hash], each.repeat))
    return Missing(requests, total - len(requests), 0, 0)
