"""What an evaluation leaves beside its store, in AISBench's layout below the run's folder.

``predictions/<model>/<data set>.jsonl``, ``results/<model>/<data set>.json``,
``summary/summary_<time>.csv|md|txt`` and ``report.html``. All of it can be made again from the
store. Scores are shares of 1 in JSON and per cent in the summary; latencies are milliseconds;
unknown is null.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import msgspec

from perfbench.evaluation.figures.aggregate import plain
from perfbench.foreign import cell, one_line
from perfbench.reports.evaluation import judges
from perfbench.reports.evaluation.figures import places
from perfbench.reports.evaluation.tables import SummaryTable, summary_table
from perfbench.reports.written import as_json, identity, write_whole

if TYPE_CHECKING:
    from perfbench.evaluation.grading import SubtaskScores
    from perfbench.evaluation.outcome import EvalRun
    from perfbench.types import Judgement, Record, Sample, Score, ScoredAnswer, Subtask

RESULT_SCHEMA = "perfbench.result/1"
EVALUATION_SCHEMA = "perfbench.evaluation/1"


def write_outputs(eval_run: EvalRun, report: bool = True) -> list[Path]:
    """Write every file of an evaluation and return their paths.

    A subtask that has not been scored (``--mode infer``) has predictions only.

    Args:
        report: write ``report.html`` too.

    Raises:
        StoreError: the folder of the run cannot be written.
    """
    folder, scrub = eval_run.run.path, eval_run.run.scrub

    def cut(text: bytes) -> bytes:
        """Samples that a run of an earlier version does not hold come from the data set."""
        return cast(str, scrub(text.decode())).encode()

    where = places((each.name, each.model, each.data_set) for each in eval_run.subtasks)
    scored = {scores.subtask.name: scores for scores in eval_run.scores}
    written = []
    for subtask in eval_run.subtasks:
        place = where[subtask.name]
        scores = scored.get(subtask.name)
        if subtask.name in eval_run.absent:
            continue
        lines = _predictions(eval_run, subtask, scores)
        written.append(write_whole(folder / f"predictions/{place}.jsonl", map(cut, lines)))
        if scores is not None:
            told = judges.plain(eval_run, scores)
            written.append(
                write_whole(folder / f"results/{place}.json", [cut(_result(scores, told))])
            )
    if eval_run.scores:
        stamp = f"{datetime.now():%Y%m%d_%H%M%S}"
        table = summary_table(eval_run.scores, absent=eval_run.missing)
        for suffix, text in summary_files(table).items():
            written.append(
                write_whole(folder / f"summary/summary_{stamp}.{suffix}", [cut(text.encode())])
            )
    if report:
        from perfbench.reports.evaluation.page import render

        written.append(write_whole(folder / "report.html", [render(eval_run)]))
    return written


def json_of(eval_run: EvalRun) -> dict[str, Any]:
    """All figures of an evaluation as JSON types, for ``--json``."""
    run = eval_run.run
    scores = {each.subtask.name: each for each in eval_run.scores}
    found: dict[str, Any] = {
        "schema": EVALUATION_SCHEMA,
        "run": identity(run),
        "interrupted": eval_run.interrupted,
        "tasks": [
            {
                "task": each.name,
                **as_json(each),
                "failure": str(eval_run.failures[each.name])
                if each.name in eval_run.failures
                else None,
                "result": plain(scores[each.name].result) if each.name in scores else None,
                "verdicts": scores[each.name].verdicts if each.name in scores else {},
                "judges": judges.plain(eval_run, scores[each.name])
                if each.name in scores
                else None,
                "performance": as_json(eval_run.performance.get(each.name, [])),
            }
            for each in eval_run.subtasks
        ],
    }
    return run.scrub(found)  # type: ignore[no-any-return]


def _predictions(
    eval_run: EvalRun, subtask: Subtask, scores: SubtaskScores | None
) -> Iterator[bytes]:
    """One line for each request that has ended; of judges what they said, and how it was read."""
    encode = msgspec.json.Encoder().encode
    attempts = eval_run.run.answers.attempts(subtask.name)
    if scores is not None and subtask.judge is None:
        for each in scores.answers:
            if each.record is not None:
                whose = (each.sample_id, each.subset, each.category, each.repeat, each.hash)
                line = _prediction(subtask.data_set, whose, each.sample, each.record)
                tries = attempts.get((each.hash, each.repeat), [])
                yield encode(line | {"attempts": tries} | _verdict(each.score)) + b"\n"
        return
    records = dict(eval_run.run.answers.records(subtask.name))
    asked = eval_run.run.samples.of(subtask.name)
    verdicts = {}
    if subtask.judge is not None:
        rows = eval_run.run.answers.scores(subtask.name)
        verdicts = {(row.hash, row.repeat): row.score for row in rows}
    for question, repeat in product(asked, range(subtask.repeats)):
        record = records.get((question.hash, repeat))
        if record is not None:
            sample = question.sample
            whose = (sample.id, question.subset, question.category, repeat, question.hash)
            line = _prediction(subtask.data_set, whose, sample, record)
            tries = attempts.get((question.hash, repeat), [])
            line |= {"attempts": tries}
            if subtask.judge is not None:
                line |= {"judge": subtask.judge, "swapped": bool(sample.meta.get("swapped"))}
                read = verdicts.get((question.hash, repeat))
                line |= {} if read is None else _verdict(read)
            yield encode(line) + b"\n"


_Whose = tuple[str, str, str | None, int, str]
"""Id, subset, category, repeat, hash of the request."""


def _prediction(
    data_set: str, whose: _Whose, sample: Sample | None, record: Record
) -> dict[str, Any]:
    """AISBench's fields first, then what perfbench knows beside them."""
    usage = record.usage
    sample_id, subset, category, repeat, request_hash = whose
    return {
        "data_abbr": data_set,
        "id": sample_id,
        "subset": subset,
        "category": category,
        "repeat": repeat,
        "success": record.answered,
        "uuid": record.response_id,
        "origin_prompt": sample.input if sample is not None else None,
        "prediction": record.text,
        "gold": sample.target if sample is not None else None,
        "choices": sample.choices if sample is not None else None,
        "reasoning": record.reasoning,
        "finish": record.finish,
        "outcome": record.outcome,
        "status": record.status,
        "detail": record.detail,
        "input_tokens": usage.input_tokens if usage else None,
        "output_tokens": usage.output_tokens if usage else None,
        "ttft_ms": _ms(record.sent_ns, record.first_ns),
        "latency_ms": _ms(record.sent_ns, record.end_ns),
        "request_hash": request_hash,
    }


def _verdict(score: Score) -> dict[str, Any]:
    return {
        "answer": score.answer,
        "score": score.value,
        "unscored": score.unscored,
        "why": score.why,
        "scorer": score.scorer,
        "metrics": score.metrics,
    }


def _ms(start_ns: int | None, end_ns: int | None) -> float | None:
    return None if start_ns is None or end_ns is None else round((end_ns - start_ns) / 1e6, 3)


def _result(scores: SubtaskScores, told: dict[str, Any] | None) -> bytes:
    result = scores.result
    content = {
        "schema": RESULT_SCHEMA,
        **as_json(scores.subtask),
        "score": result.overall.figures[result.metric].scored.value,
        "score_over_all": result.overall.figures[result.metric].over_all.value,
        "coverage": result.overall.coverage,
        **({"verdicts": scores.verdicts} if scores.verdicts else {}),
        "result": plain(result),
    }
    if told is not None:
        content["judges"] = told
    head = msgspec.json.format(msgspec.json.encode(content), indent=2)
    # A line a sample: readable, and found by a search of lines, in files of any length.
    encode = msgspec.json.Encoder().encode
    details = b",\n    ".join(encode(_detail(each)) for each in scores.answers)
    return head.removesuffix(b"\n}") + b',\n  "details": [\n    ' + details + b"\n  ]\n}\n"


def _detail(each: ScoredAnswer) -> Mapping[str, Any]:
    score = each.score
    return {
        "id": each.sample_id,
        "subset": each.subset,
        "repeat": each.repeat,
        "gold": each.sample.target if each.sample is not None else None,
        "answer": score.answer,
        "score": score.value,
        "unscored": score.unscored,
        "why": score.why,
        **({"judgements": list(map(_said, each.judgements))} if each.judgements else {}),
    }


def _said(each: Judgement) -> Mapping[str, Any]:
    return {
        "judge": each.judge,
        "repeat": each.repeat,
        "swapped": each.swapped,
        "verdict": each.score.answer,
        "score": each.score.value,
        "unscored": each.score.unscored,
        "why": each.score.why,
    }


def summary_files(table: SummaryTable) -> dict[str, str]:
    """The summary by the suffix of its file."""
    return {"csv": _csv(table), "md": _markdown(table), "txt": plain_table(table)}


def _csv(table: SummaryTable) -> str:
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    for row in (table.columns, *(each.plain() for each in table.figures)):
        writer.writerow(map(cell, row))
    return file.getvalue()


def _markdown(table: SummaryTable) -> str:
    rows = [[_in_markdown(text) for text in row] for row in (table.columns, *table.rows)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "| " + " | ".join(f"{c:<{w}}" for c, w in zip(row, widths, strict=True)) + " |"
        for row in rows
    ]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join([*lines, "", *table.notes, ""])


def _in_markdown(text: str) -> str:
    """A text as a cell: not a column more, not a line more, and no HTML."""
    for mark, escaped in (("\\", "\\\\"), ("|", "\\|"), ("&", "&amp;"), ("<", "&lt;")):
        text = text.replace(mark, escaped)
    return one_line(text, None)


def plain_table(table: SummaryTable) -> str:
    """The summary in plain columns, scores to the right."""
    fixed = len(table.columns) - len(table.models)
    rows = [[one_line(text, None) for text in row] for row in (table.columns, *table.rows)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    rule = ["-" * width for width in widths]
    lines = [
        "  ".join(
            f"{cell:<{width}}" if place < fixed else f"{cell:>{width}}"
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in (rows[0], rule, *rows[1:])
    ]
    return "\n".join([*lines, "", *table.notes, ""])
