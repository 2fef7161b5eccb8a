"""Evaluations with known answers, as the engine would leave them, without a server: planned from
the shipped rows, stored in a run, graded by hand.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import msgspec
from handles import closed_when_dropped

from perfbench.config.evaluation import EvalConfig
from perfbench.evaluation import telling
from perfbench.evaluation.evaluate import plan
from perfbench.evaluation.grading import scores_of
from perfbench.evaluation.outcome import EvalRun
from perfbench.evaluation.plan.questions import Questions
from perfbench.store import Run
from perfbench.store.summaries import summarise_point
from perfbench.types import (
    Asking,
    Point,
    PointFacts,
    Progress,
    Question,
    Record,
    RunStarted,
    Score,
    ScoredAnswer,
    Subtask,
    Usage,
    WorkerFacts,
    pack_gaps,
)

MS = 1_000_000
HOSTILE = """</script><script>alert('x')</script><img src=x onerror="alert(1)">\x1b[31m{{ 7*7 }}"""
REASONS = {"f": "request_failed", "c": "cut_off", "n": "no_answer"}
URL = "http://127.0.0.1:9"


def questions(
    data_sets: Sequence[str] = ("gsm8k",), models: Sequence[str] = ("qwen-a",), **settings: Any
) -> list[Questions]:
    """What would be asked of models that nobody has to serve."""
    config = EvalConfig(
        datasets=list(data_sets),
        models=list(models),
        model_configs={name: {"url": URL, "model": f"org/{name}"} for name in models},
        **settings,
    )
    return plan(config)


def subtasks(
    data_sets: Sequence[str] = ("gsm8k",), models: Sequence[str] = ("qwen-a",), **settings: Any
) -> list[Subtask]:
    """The same without the questions."""
    return [each.subtask for each in questions(data_sets, models, **settings)]


def evaluated(
    folder: Path, planned: Sequence[Questions], verdicts: Sequence[str], **facts: Any
) -> EvalRun:
    """A run in which each subtask was answered as its string of verdicts says, over and over:
    ``R`` right, ``w`` wrong, ``p`` half right, ``f``, ``c`` and ``n`` unscored.
    """
    about = {"kind": "evaluation", "url": URL, "model": "qwen", "simulator": False, **facts}
    run = closed_when_dropped(Run.create(folder, "qwen", {"url": URL, "api_key": "***"}, about))
    result = EvalRun(run, [each.subtask for each in planned])
    for index, (each, letters) in enumerate(zip(planned, verdicts, strict=True)):
        subtask = each.subtask
        _ask(run, index, each, letters)
        records = dict(run.answers.records(subtask.name))
        answers = [
            ScoredAnswer(
                asked.sample.id,
                _score(letter, asked.sample.target),
                asked.subset,
                asked.category,
                repeat,
                asked.hash,
                asked.sample,
                records[asked.hash, repeat],
            )
            for (asked, repeat), letter in zip(_wanted(each), _endless(letters), strict=False)
        ]
        result.scores.append(scores_of(subtask, answers))
        result.performance[subtask.name] = [
            summarise_point(run, point) for point in run.points() if point.name == subtask.name
        ]
    return result


def many(given: Questions, number: int) -> Questions:
    """Questions about so many samples, made of the given ones over and over."""
    asked = []
    for seq in range(number):
        each = given.asked[seq % len(given.asked)]
        sample = replace(each.sample, id=f"{each.sample.id}-{seq}")
        asked.append(replace(each, seq=seq, sample=sample, hash=f"{seq:032x}"))
    return Questions(msgspec.structs.replace(given.subtask, samples=number), asked)


def begun(
    path: str, planned: Sequence[Subtask], simulated: bool = False, **config: Any
) -> RunStarted:
    """The start of an evaluation."""
    return RunStarted(
        kind="evaluation",
        path=path,
        simulated=simulated,
        config=config,
        subtasks=tuple(map(telling.facts, planned)),
    )


def asks(subtask: Subtask, reused: int = 0, failed_before: int = 0, changed: int = 0) -> Asking:
    """A subtask that begins to ask all but what it reuses."""
    return Asking(
        name=subtask.name,
        missing=subtask.samples * subtask.repeats - reused,
        reused=reused,
        failed_before=failed_before,
        changed=changed,
    )


def progress(subtask: Subtask, done: int, **changes: Any) -> Progress:
    """Counters of a subtask that is asking."""
    fields: dict[str, Any] = {
        "elapsed_s": 2.0,
        "planned": 100,
        "sent": done + 8,
        "done": done,
        "in_flight": 8,
        "failed": {},
        "events": done * 10,
        "output_tokens": done * 10,
        "request_rate_rps": 5.0,
        "event_rate_eps": 50.0,
        "ttft_ms": 20.0,
        "tpot_ms": 5.0,
        "eta_s": 3.0,
    }
    return Progress(index=0, name=subtask.name, **{**fields, **changes})


def _wanted(planned: Questions) -> list[tuple[Question, int]]:
    return list(product(planned.asked, range(planned.subtask.repeats)))


def _ask(run: Run, index: int, planned: Questions, letters: str) -> None:
    wanted, subtask = _wanted(planned), planned.subtask
    point = Point(index, subtask.name, parallel=2, rate=None, number=len(wanted))
    run.answers.put_subtask(subtask)
    run.samples.put(subtask.name, planned.asked)
    run.begin_point(point)
    run.answers.put_questions(point, planned.asked)
    start_ns = run.origin_ns + index * 10_000 * MS
    run.append(
        point,
        [
            _record(number, asked.seq, asked.sample.id, repeat, letter, start_ns)
            for number, ((asked, repeat), letter) in enumerate(
                zip(wanted, _endless(letters), strict=False)
            )
        ],
    )
    worker = WorkerFacts(0, wall_s=1.0, cpu_s=0.1, sched_delay_s=0.0, kernel_stamps=True)
    run.end_point(point, PointFacts([worker], parent_cpu_s=0.1))


def _record(number: int, seq: int, sample_id: str, repeat: int, letter: str, at: int) -> Record:
    sent = at + number * 50 * MS
    failed = letter == "f"
    gaps, width = pack_gaps([10 * MS] * 9)
    return Record(
        seq=seq,
        sample_id=sample_id,
        repeat=repeat,
        sent_ns=sent,
        first_ns=None if failed else sent + 20 * MS,
        first_content_ns=None if failed else sent + 20 * MS,
        gaps=b"" if failed else gaps,
        gap_width=width,
        end_ns=sent + 110 * MS,
        read_delay_ns=50_000,
        status=500 if failed else 200,
        outcome="http_5xx" if failed else "ok",
        detail=HOSTILE if failed else "",
        text="" if failed else f"I think it is {letter}. {HOSTILE}",
        reasoning="" if failed else "Let me see. " * 5,
        finish=None if failed else "length" if letter == "c" else "stop",
        usage=None if failed else Usage(30, 10),
    )


def _score(letter: str, target: Any) -> Score:
    if letter in REASONS:
        reason: Any = REASONS[letter]
        return Score(None, unscored=reason, why=f"because of {letter}", scorer="by hand")
    value = {"R": 1.0, "w": 0.0, "p": 0.5}[letter]
    answer = str(target) if letter == "R" else f"not {target}"
    return Score(value, answer, why="equal" if value else HOSTILE, scorer="by hand")


def _endless(letters: str) -> Iterator[str]:
    while True:
        yield from letters
