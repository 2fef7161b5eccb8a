"""``report.html`` of an arena: leaderboards, ratings, who beats whom, judges, and every battle.

The battles travel gzipped: an index of outcomes, and texts by question in chunks that are unpacked
when they are looked at. Long texts lose their middle; how much is kept is chosen so that the page
stays below ``MAX_BYTES``, and is said on the page. Win rates are shares of 1, shown per cent;
ratings are Elo points; unknown is null. Text of models enters the page as data only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from perfbench.evaluation.arena.contenders import question_text
from perfbench.evaluation.demonstration import NOTE
from perfbench.evaluation.figures.intervals import NOTHING
from perfbench.reports.arena import leaderboard
from perfbench.reports.arena.console import LEFT_OUT, MISSING, share_words
from perfbench.reports.evaluation.page import shortened
from perfbench.reports.frame import describe, embeddable, fill, packed

if TYPE_CHECKING:
    from perfbench.evaluation.arena.result import ArenaRun
    from perfbench.evaluation.arena.standing import Arena, Standing
    from perfbench.evaluation.figures.agreement import Agreement
    from perfbench.evaluation.figures.ratings import Rating, Table

TEXT_LIMITS = (8000, 4000, 2000, 1000, 500, 250)
"""Characters kept of a text; the first that keeps the page small enough."""
MAX_BYTES = 16_000_000
CHUNK = 40
"""Questions whose texts are unpacked together."""
_MATRIX = 40
"""Models up to which the matrix is drawn."""


def render(found: ArenaRun) -> bytes:
    """The whole page, as UTF-8.

    Raises:
        ValueError: nothing was judged.
    """
    arena = found.arena
    if arena is None:
        raise ValueError("there is nothing to show of an arena without battles")
    limit, blobs = _embedded(found, arena)
    overall = arena.overall
    values = {
        "tiles": list(tiles_of(arena)),
        "baseline": arena.rules.baseline,
        "table": rating_rows(arena, overall),
        "anchor": overall.table.anchor,
        "davidson": overall.table.tie_parameter,
        "style": arena.style,
        "has_lc": bool(arena.length_controlled),
        "has_online": bool(arena.online),
        **shown_parts(found, arena),
        "panel": arena.panel,
        "interrupted": found.interrupted,
        "told": NOTE if found.run.about.simulator else None,
        "limit": limit,
        "chunks": [Markup(blob) for blob in blobs],
        "data": Markup(embeddable(_catalogue(arena))),
    }
    styles, scripts = ("report.css", "evaluation.css", "arena.css"), ("browse.js", "arena.js")
    page: str = found.run.scrub(fill("arena.html.j2", describe(found.run), styles, scripts, values))
    return page.encode("utf-8", "replace")


def shown_parts(found: ArenaRun, arena: Arena) -> dict[str, Any]:
    """What every page of an arena shows, by the names that templates have for it."""
    return {
        "matrix": matrix_rows(arena),
        "standings": [
            {"title": each.title, "rows": leaderboard.table_rows(arena, each)}
            for each in arena.standings
        ],
        "judges": [judge_row(each) for each in arena.judges],
        "agreements": list(agreement_rows(arena)),
        "left_out": [
            (model, ", ".join(f"{n:,} {LEFT_OUT.get(key, key)}" for key, n in counts.items()))
            for model, counts in arena.left_out.items()
        ],
        "unsettled": arena.unsettled,
        "battles": len(arena.bouts),
        "notes": list(arena.notes),
        "failures": {name: str(error) for name, error in found.failures.items()},
    }


def tiles_of(arena: Arena) -> Iterator[dict[str, str]]:
    judged = len(arena.bouts) - arena.unsettled
    yield {
        "name": "battles",
        "figure": f"{judged:,}",
        "note": f"about {arena.overall.table.questions:,} questions, {len(arena.models)} models",
    }
    for rating in arena.overall.table.ratings[:3]:
        value, interval, ranks = leaderboard.rating_words(rating)
        yield {"name": rating.model, "figure": value, "note": f"{interval}, rank {ranks}"}


def rating_rows(arena: Arena, standing: Standing) -> list[dict[str, Any]]:
    table = standing.table
    style = arena.style.table if arena.style is not None else None
    span = _span(table)
    found = []
    for each in table.ratings:
        value, interval, ranks = leaderboard.rating_words(each)
        controlled = style.of(each.model) if style is not None else None
        words = leaderboard.rating_words(controlled)
        rate = standing.win_rates.get(each.model)
        base = each.model == arena.rules.baseline
        found.append(
            {
                "model": each.model,
                "rank": ranks,
                "value": value,
                "interval": interval,
                "bar": _bar(each, span),
                "sweep": each.sweep,
                "win_rate": "50.0 %" if base else share_words(rate.estimate if rate else NOTHING),
                "controlled": words[0],
                "controlled_interval": words[1],
                "lc": _percent(arena.length_controlled.get(each.model)),
                "online": _points(arena.online.get(each.model)),
                "battles": each.battles,
                "questions": each.questions,
            }
        )
    return found


def _span(table: Table) -> tuple[float, float]:
    ends = [
        end
        for each in table.ratings
        for end in (each.value, each.low, each.high)
        if end is not None
    ]
    low, high = min(ends, default=0.0), max(ends, default=1.0)
    return low, max(high - low, 1.0)


def _bar(rating: Rating, span: tuple[float, float]) -> dict[str, float]:
    """Places on a scale from the lowest end to the highest, per cent."""

    def place(value: float) -> float:
        return round(100 * (value - span[0]) / span[1], 2)

    low = 0.0 if rating.low is None else place(rating.low)
    high = 100.0 if rating.high is None else place(rating.high)
    return {"from": low, "wide": round(high - low, 2), "at": place(rating.value)}


def matrix_rows(arena: Arena) -> list[dict[str, Any]] | None:
    """Rows of how often each model beat each other; ``None`` if it would be too wide."""
    models = [each.model for each in arena.overall.table.ratings] or list(arena.models)
    if len(models) > _MATRIX:
        return None
    return [{"model": a, "cells": [_cell(arena, a, b) for b in models]} for a in models]


def _cell(arena: Arena, first: str, second: str) -> dict[str, Any] | None:
    rate, implied = arena.matrix.get((first, second)), arena.implied.get((first, second))
    if rate is None or rate.estimate.value is None:
        return None if implied is None else {"raw": None, "implied": _percent(implied)}
    return {
        "raw": f"{100 * rate.estimate.value:.0f}",
        "shade": round(100 * abs(rate.estimate.value - 0.5)),
        "won": rate.estimate.value > 0.5,
        "title": f"{first} against {second}: {rate.wins:,} won, {rate.ties:,} tied, "
        f"{rate.losses:,} lost; {share_words(rate.estimate)}; "
        f"{_percent(implied)} by the ratings",
    }


def judge_row(judge: Any) -> dict[str, Any]:
    return {
        "judge": judge.judge,
        "games": judge.games,
        "verdicts": judge.verdicts,
        "ties": judge.ties,
        "missing": ", ".join(f"{n:,} {MISSING.get(key, key)}" for key, n in judge.missing.items()),
        "first_wins": share_words(judge.first_wins),
        "consistency": share_words(judge.consistency),
        "stability": share_words(judge.stability),
    }


def agreement_rows(arena: Arena) -> Iterator[tuple[str, str, int]]:
    if arena.panel is None:
        return
    found = {"all judges (Krippendorff's alpha)": arena.panel.alpha}
    found |= {f"{a} and {b} (Cohen's kappa)": each for (a, b), each in arena.panel.kappas.items()}
    for name, each in found.items():
        yield name, agreement_words(each), each.units


def agreement_words(found: Agreement) -> str:
    """An agreement with its interval."""
    text = leaderboard.UNKNOWN if found.value is None else f"{found.value:.2f}"
    if found.low is not None and found.high is not None:
        text += f" ({found.low:.2f} to {found.high:.2f})"
    return text


def _percent(share: float | None) -> str:
    return leaderboard.UNKNOWN if share is None else f"{100 * share:.1f} %"


def _points(value: float | None) -> str:
    return leaderboard.UNKNOWN if value is None else f"{value:.0f}"


def _catalogue(arena: Arena) -> dict[str, Any]:
    """What the page's script must know before any chunk is unpacked."""
    return {
        "models": list(arena.models),
        "judges": [each.judge for each in arena.judges],
        "missing": MISSING,
        "chunk": CHUNK,
    }


def _embedded(found: ArenaRun, arena: Arena) -> tuple[int, list[str]]:
    """The limit of texts, then the index and the chunks of texts; the limit is 0, and there are no
    chunks, if even the shortest texts are too much."""
    questions = list(dict.fromkeys(each.question for each in arena.bouts))
    scrub = found.run.scrub
    index = packed(scrub(_index(found, arena, questions)))
    said = _judges_words(found)
    for limit in TEXT_LIMITS:
        room, chunks = MAX_BYTES - len(index), []
        for chunk in _chunks(found, arena, questions, said, limit):
            chunks.append(packed(scrub(chunk)))
            room -= len(chunks[-1])
            if room < 0:
                break
        else:
            return limit, [index, *chunks]
    return 0, [index]


def _index(found: ArenaRun, arena: Arena, questions: Sequence[str]) -> dict[str, Any]:
    models = {name: place for place, name in enumerate(arena.models)}
    judges = {each.judge: place for place, each in enumerate(arena.judges)}
    places = {key: place for place, key in enumerate(questions)}
    asked = [found.roster.questions[key] for key in questions]
    return {
        "questions": [[each.data_set, each.subset, each.sample_id] for each in asked],
        "bouts": [
            [
                models[each.first],
                models[each.second],
                places[each.question],
                each.score,
                each.outcome,
                [
                    [judges[g.judge], g.swapped, g.label, g.score, g.missing, g.hash]
                    for g in each.games
                ],
            ]
            for each in arena.bouts
        ],
    }


def _judges_words(found: ArenaRun) -> dict[str, str]:
    """What a judge wrote about each game, by its hash: its latest word."""
    words: dict[str, str] = {}
    for subtask in found.judges:
        for (key, _), record in sorted(
            found.run.answers.records(subtask.name), key=lambda each: each[0][1]
        ):
            words[key] = record.text or record.detail
    return words


def _chunks(
    found: ArenaRun,
    arena: Arena,
    questions: Sequence[str],
    said: Mapping[str, str],
    limit: int,
) -> Iterator[list[Any]]:
    games: dict[str, list[str]] = {}
    for bout in arena.bouts:
        games.setdefault(bout.question, []).extend(game.hash for game in bout.games)
    for start in range(0, len(questions), CHUNK):
        yield [
            {
                "prompt": shortened(question_text(found.roster.questions[key]), limit),
                "answers": [
                    shortened(each.answers[key].text, limit) if key in each.answers else None
                    for each in found.roster.contenders.values()
                ],
                "judges": {
                    each: shortened(said[each], limit // 2) for each in games[key] if each in said
                },
            }
            for key in questions[start : start + CHUNK]
        ]
