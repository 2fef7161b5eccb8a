"""``report.html`` of an evaluation: scores with their intervals, and every answer to browse.

The answers travel gzipped: an index of verdicts, and texts in chunks that are unpacked when they
are looked at, so that 10,000 answers stay quick. Long texts lose their middle; how much is kept is
chosen so that the page stays below ``MAX_BYTES``, and is said on the page. Lengths are characters;
scores are shares of 1, shown as per cent; unknown is null.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec
from markupsafe import Markup

from perfbench.evaluation.demonstration import NOTE
from perfbench.evaluation.extraction.reasoning import split_reasoning
from perfbench.evaluation.figures.aggregate import Figure, Group
from perfbench.evaluation.figures.intervals import Estimate
from perfbench.evaluation.grading import amounts
from perfbench.reports import wording
from perfbench.reports.evaluation import judges
from perfbench.reports.evaluation.figures import (
    REASON_WORDS,
    answered,
    coverage,
    in_words,
    interval,
    lacking,
    percent,
    programs,
    several_subsets,
    unscored,
)
from perfbench.reports.frame import describe, embeddable, fill, flat, packed
from perfbench.store.scrubbing import Scrub

if TYPE_CHECKING:
    from perfbench.evaluation.grading import SubtaskScores
    from perfbench.evaluation.outcome import EvalRun
    from perfbench.types import Input, Judgement, ScoredAnswer, Summary

TEXT_LIMITS = (4000, 2000, 1000, 500, 250)
"""Characters kept of a text; the first that keeps the page small enough."""
MAX_BYTES = 16_000_000
CHUNK = 200
"""Answers whose texts are unpacked together."""
_TILES = 8


def render(eval_run: EvalRun) -> bytes:
    """The whole page, as UTF-8."""
    about = describe(eval_run.run)
    scrub = eval_run.run.scrub
    limit, blobs = _embedded(eval_run.scores, scrub)
    values = {
        "tiles": [_tile(scores) for scores in eval_run.scores[:_TILES]],
        "overview": [overview_row(scores) for scores in by_data_set(eval_run.scores)],
        "tasks": [
            {**task_parts(scores), **_judges(eval_run, scores)} for scores in eval_run.scores
        ],
        "judge_columns": judges.COLUMNS,
        "judge_note": judges.NOTE,
        "failures": {name: str(error) for name, error in eval_run.failures.items()},
        "interrupted": eval_run.interrupted,
        "given": flat({} if about.given is None else about.given),
        "told": NOTE if any(each.simulated for each in eval_run.subtasks) else None,
        "services": list(service_rows(eval_run.performance)),
        "note_unsupported": f"{wording.UNSUPPORTED} {wording.UNSUPPORTED_NOTE}",
        "limit": limit,
        "chunks": [Markup(blob) for blob in blobs],
        "data": Markup(embeddable(_catalogue(eval_run.scores))),
    }
    styles, scripts = ("report.css", "evaluation.css"), ("browse.js", "evaluation.js")
    page: str = scrub(fill("evaluation.html.j2", about, styles, scripts, values))
    return page.encode("utf-8", "replace")


def by_data_set(scores: Sequence[SubtaskScores]) -> list[SubtaskScores]:
    """Models next to each other, data sets in the order they were given."""
    data_sets = list(dict.fromkeys(each.subtask.data_set for each in scores))
    return sorted(scores, key=lambda each: data_sets.index(each.subtask.data_set))


def shortened(text: str, limit: int) -> str:
    """A text of at most about ``limit`` characters: more of its end is kept than of its beginning,
    for there the question of a prompt and the answer of an output stand."""
    if len(text) <= limit:
        return text
    head = limit * 2 // 5
    left_out = len(text) - limit
    return f"{text[:head]}\n[... {left_out:,} characters left out ...]\n{text[head + left_out :]}"


def prompt_text(asked: Input) -> str:
    """A prompt as one text: messages under their roles."""
    if isinstance(asked, str):
        return asked
    if isinstance(asked, list) and all(isinstance(each, dict) for each in asked):
        parts = []
        for message in asked:
            content = message.get("content") if isinstance(message, dict) else message
            role = message.get("role", "") if isinstance(message, dict) else ""
            body = content if isinstance(content, str) else _json(content)
            parts.append(f"[{role}]\n{body}")
        return "\n\n".join(parts)
    return _json(asked)


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _tile(scores: SubtaskScores) -> dict[str, str]:
    result = scores.result
    main = result.overall.figures[result.metric].scored
    return {
        "name": scores.subtask.name,
        "figure": percent(main.value),
        "unit": "%",
        "note": "; ".join(
            said for said in (f"{result.metric}, {coverage(scores)}", programs(scores)) if said
        ),
    }


def overview_row(scores: SubtaskScores) -> dict[str, Any]:
    subtask, result = scores.subtask, scores.result
    overall, main = result.overall, result.overall.figures[result.metric]
    macro = overall.macro.get(result.metric)
    return {
        "model": subtask.model,
        "dataset": subtask.data_set,
        "version": subtask.version,
        "metric": result.metric,
        "samples": overall.counts.samples,
        "repeats": result.repeats,
        **_estimate(main),
        "macro": percent(macro.scored.value if macro is not None else None),
        "coverage": percent(overall.coverage),
        "unscored": in_words(lacking(scores)),
        "tokens": overall.mean_output_tokens,
        "latency_ms": overall.mean_latency_ms,
    }


def _estimate(found: Figure) -> dict[str, Any]:
    return {
        "score": percent(found.scored.value),
        "se": percent(found.scored.standard_error),
        "interval": interval(found.scored),
        "over_all": percent(found.over_all.value),
        "bar": _bar(found.scored),
    }


def _amount(found: Figure) -> dict[str, Any]:
    return {
        "score": wording.number(found.scored.value),
        "se": wording.number(found.scored.standard_error),
        "interval": interval(found.scored, amount=True),
        "over_all": wording.number(found.over_all.value),
        "bar": None,
    }


def _bar(estimate: Estimate) -> dict[str, float] | None:
    """Where the score and its interval lie on a scale of 0 to 100."""
    if estimate.value is None or not 0 <= estimate.value <= 1:
        return None
    low = estimate.value if estimate.low is None else max(estimate.low, 0.0)
    high = estimate.value if estimate.high is None else min(estimate.high, 1.0)
    return {
        "at": round(estimate.value * 100, 2),
        "from": round(low * 100, 2),
        "wide": round((high - low) * 100, 2),
    }


def task_parts(scores: SubtaskScores) -> dict[str, Any]:
    """The parts of one subtask: figures of the whole, categories, subsets."""
    subtask, result = scores.subtask, scores.result
    parts = [("category", each) for each in result.categories]
    if several_subsets(result.subsets):
        parts += [("subset", each) for each in result.subsets]
    return {
        "name": subtask.name,
        "version": subtask.version,
        "figures": list(_figures(scores)),
        "groups": [_group(kind, each, result.metric) for kind, each in parts],
        "metric": result.metric,
        "spec": [
            (name, value)
            for name, value in flat(msgspec.to_builtins(subtask, enc_hook=str))
            if value not in ("", wording.UNKNOWN) and not name.startswith("notes")
        ],
        "notes": list(subtask.notes),
    }


def _judges(eval_run: EvalRun, scores: SubtaskScores) -> dict[str, Any]:
    panel = scores.panel
    said = list(judges.lines(panel)) if panel is not None else []
    return {"judges": judges.rows(eval_run, scores), "judges_said": said}


def _figures(scores: SubtaskScores) -> Iterator[dict[str, Any]]:
    """Every figure of the whole, the macro average behind its micro one."""
    result, plain = scores.result, amounts(scores)
    for name, found in result.overall.figures.items():
        macro = result.overall.macro.get(name) if name == result.metric else None
        yield {"name": name, **(_amount(found) if name in plain else _estimate(found))}
        if macro is not None:
            yield {"name": f"{name} (macro)", **_estimate(macro)}


def _group(kind: str, group: Group, metric: str) -> dict[str, Any]:
    return {
        "kind": kind,
        "name": group.name,
        "category": group.category,
        "samples": group.counts.samples,
        "scored": f"{group.counts.scored:,} of {group.counts.asked:,}",
        "unscored": in_words(unscored(group.counts)),
        **_estimate(group.figures[metric]),
    }


def service_rows(performance: Mapping[str, Sequence[Summary]]) -> Iterator[dict[str, Any]]:
    for name, summaries in performance.items():
        for summary in summaries:
            figures = summary.metrics
            came, failed = answered(summary)
            yield {
                "name": name,
                "summary": summary,
                "answered": came,
                "failed": failed,
                "cells": [
                    wording.percentile(
                        figures.get(metric, {}), key, summary.unsupported.get(metric, [])
                    )
                    for metric in ("ttft_ms", "tpot_ms", "e2e_ms")
                    for key in ("p50", "p99")
                ],
            }


def _catalogue(scores: Sequence[SubtaskScores]) -> dict[str, Any]:
    """What the page's script must know before any chunk is unpacked."""
    return {
        "chunk": CHUNK,
        "reasons": REASON_WORDS,
        "tasks": [
            {
                "name": each.subtask.name,
                "answers": len(each.answers),
                "repeats": each.result.repeats,
                "subsets": list(dict.fromkeys(a.subset for a in each.answers)),
            }
            for each in scores
        ],
    }


def _embedded(scores: Sequence[SubtaskScores], scrub: Scrub) -> tuple[int, list[str]]:
    """The limit of texts; the index and the chunks of texts of every subtask in turn.

    The limit is 0, and there are no chunks, if even the shortest texts are too much.
    """
    indexes = [packed(scrub(_index(each))) for each in scores]
    room = MAX_BYTES - sum(map(len, indexes))
    for limit in TEXT_LIMITS:
        texts = _packed_texts(scores, limit, room, scrub)
        if texts is not None:
            break
    else:
        texts = [[] for _ in scores]
        limit = 0
    return limit, [
        blob for index, blobs in zip(indexes, texts, strict=True) for blob in (index, *blobs)
    ]


def _packed_texts(
    scores: Sequence[SubtaskScores], limit: int, room: int, scrub: Scrub
) -> list[list[str]] | None:
    """The chunks of each subtask; ``None`` as soon as they take more than ``room``."""
    found: list[list[str]] = []
    for each in scores:
        found.append([])
        for chunk in _chunks(each.answers):
            texts = packed([_texts(answer, limit, scrub) for answer in chunk])
            room -= len(texts)
            if room < 0:
                return None
            found[-1].append(texts)
    return found


def _chunks(answers: Sequence[ScoredAnswer]) -> Iterator[Sequence[ScoredAnswer]]:
    for first in range(0, len(answers), CHUNK):
        yield answers[first : first + CHUNK]


def _index(scores: SubtaskScores) -> list[list[Any]]:
    """One row an answer: id, subset, repeat, score, unscored, extracted, target, why, outcome,
    finish, output tokens, latency (ms)."""
    return [_index_row(each) for each in scores.answers]


def _index_row(each: ScoredAnswer) -> list[Any]:
    score, record = each.score, each.record
    target = None if each.sample is None else _target(each.sample.target)
    row: list[Any] = [each.sample_id, each.subset, each.repeat, score.value, score.unscored]
    row += [None if score.answer is None else shortened(score.answer, 300)]
    row += [None if target is None else shortened(target, 300), shortened(score.why, 300)]
    if record is None:
        return [*row, None, None, None, None]
    latency = None if each.latency_ms is None else round(each.latency_ms, 1)
    return [*row, record.outcome, record.finish, each.output_tokens, latency]


def _target(target: str | list[str] | None) -> str | None:
    return " | ".join(target) if isinstance(target, list) else target


def _texts(each: ScoredAnswer, limit: int, scrub: Scrub) -> list[Any]:
    """Prompt, output, reasoning, failure of one answer; what judges said of it, under titles."""
    record = each.record
    asked = wording.UNKNOWN if each.sample is None else prompt_text(each.sample.input)
    prompt = shortened(scrub(asked), limit)
    if record is None:
        return [prompt, "", "", "", []]
    text, thought = split_reasoning(scrub(record.text))
    reasoning = "\n\n".join(part for part in (scrub(record.reasoning), thought) if part)
    parts = [shortened(part, limit) for part in (text, reasoning, scrub(record.detail))]
    return [prompt, *parts, [_judgement(said, limit, scrub) for said in each.judgements]]


def _judgement(said: Judgement, limit: int, scrub: Scrub) -> list[str]:
    score, record = said.score, said.record
    title = f"{said.judge}{f', repeat {said.repeat + 1}' if said.repeat else ''}"
    title += ", shown second" if said.swapped else ""
    stated = score.answer if score.value is not None else f"{score.unscored}: {score.why}"
    text = "" if record is None else record.text or record.detail
    return [f"{title}: {stated}", shortened(scrub(text), limit)]
