"""The pages of an arena: leaderboard, who beats whom, judges, and every battle side by side.

Win rates are shown as per cent, ratings are Elo points; unknown is an en dash.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, get_args

from perfbench.evaluation.arena.contenders import Asked, question_text
from perfbench.evaluation.arena.games import Game
from perfbench.evaluation.arena.outcome import Judged
from perfbench.evaluation.arena.result import ArenaRun
from perfbench.foreign import visible
from perfbench.reports import wording
from perfbench.reports.arena.console import MISSING
from perfbench.reports.arena.page import rating_rows, shown_parts, tiles_of
from perfbench.reports.evaluation.page import shortened
from perfbench.server.refusal import Refusal
from perfbench.server.wanted import Wants

PAGE = 50
_LONGEST = 200_000
_STRONG = 20
"""Points of per cent from a half from which a win rate is shaded more."""

Outcome = Literal["decided", "tie", "split", "no outcome"]
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
"""``split``: judges, or one judge in two orders, named different winners."""


def overview(found: ArenaRun) -> dict[str, Any]:
    """What the template needs."""
    arena = found.arena
    if arena is None:
        raise Refusal(409, "nothing was judged yet")
    parts = shown_parts(found, arena)
    return {
        **parts,
        "tiles": list(tiles_of(arena)),
        "table": rating_rows(arena, arena.overall),
        "baseline": arena.rules.baseline,
        "matrix": _shaded(parts["matrix"]),
    }


def _shaded(rows: Sequence[Mapping[str, Any]] | None) -> Sequence[Mapping[str, Any]] | None:
    """The matrix with a class for each cell: no style may stand in a page."""
    for row in rows or ():
        for cell in row["cells"]:
            if cell and cell["raw"]:
                strong = "strong-" if cell["shade"] >= _STRONG else ""
                cell["kind"] = (
                    f"{strong}{'win' if cell['won'] else 'loss'}" if cell["shade"] else ""
                )
    return rows


class WantedBattles(Wants, frozen=True, kw_only=True):
    """Which battles are wanted; empty text is any."""

    model: str = ""
    """Fought in it."""
    other: str = ""
    """Fought in it too."""
    data: str = ""
    """Data set."""
    judge: str = ""
    """Judged it."""
    outcome: str = ""
    text: str = ""
    """Stands in the question, an answer, or what a judge wrote."""
    offset: int = 0


def wanted_battles(query: Mapping[str, str]) -> WantedBattles:
    """What an address asks for.

    Raises:
        Refusal: a value is none that there is.
    """
    names = [name for name in WantedBattles.__struct_fields__ if name != "offset"]
    given: dict[str, Any] = {name: query[name] for name in names if name in query}
    if given.get("outcome", "") not in ("", *OUTCOMES):
        raise Refusal(422, f"outcome must be one of {', '.join(OUTCOMES)}", "outcome")
    offset = query.get("offset", "0")
    if not (offset.isascii() and offset.isdigit() and len(offset) < 10):
        raise Refusal(422, "offset must be a whole number", "offset")
    return WantedBattles(**given, offset=int(offset))


def selected_battles(
    found: ArenaRun, words: Mapping[str, str], wanted: WantedBattles
) -> list[tuple[int, Judged]]:
    """The battles that are wanted, with their places among all."""
    bouts = () if found.arena is None else found.arena.bouts
    return [
        (place, bout)
        for place, bout in enumerate(bouts)
        if _is_wanted(bout, found, wanted)
        and (not wanted.text or _holds(bout, found, words, wanted.text.casefold()))
    ]


def _is_wanted(bout: Judged, found: ArenaRun, wanted: WantedBattles) -> bool:
    both = (bout.first, bout.second)
    return (
        all(not name or name in both for name in (wanted.model, wanted.other))
        and (not wanted.data or found.roster.questions[bout.question].data_set == wanted.data)
        and (not wanted.judge or any(game.judge == wanted.judge for game in bout.games))
        and (not wanted.outcome or wanted.outcome in _outcomes(bout))
    )


def _outcomes(bout: Judged) -> set[str]:
    found = {None: "no outcome", "tie": "tie"}.get(bout.outcome, "decided")
    winners = {_winner(game) for game in bout.games if game.score is not None}
    return {found, "split"} if len(winners) > 1 else {found}


def _winner(game: Game) -> str:
    score = game.score or 0.0
    return "tie" if score == 0.5 else "first" if score > 0.5 else "second"


def _holds(bout: Judged, found: ArenaRun, words: Mapping[str, str], part: str) -> bool:
    asked = found.roster.questions[bout.question]
    texts = [asked.sample_id, question_text(asked), *_answers(bout, found)]
    texts += [words.get(game.hash, "") for game in bout.games]
    return any(part in text.casefold() for text in texts)


def _answers(bout: Judged, found: ArenaRun) -> list[str]:
    sides = (found.roster.contenders[name].answers for name in (bout.first, bout.second))
    return [side[bout.question].text if bout.question in side else "" for side in sides]


def battle_row(place: int, bout: Judged, found: ArenaRun) -> dict[str, Any]:
    """A battle as the list shows it."""
    asked: Asked = found.roster.questions[bout.question]
    return {
        "place": place,
        "first": bout.first,
        "second": bout.second,
        "outcome": bout.outcome,
        "winner": {"first": bout.first, "second": bout.second}.get(bout.outcome or ""),
        "score": wording.UNKNOWN if bout.score is None else f"{bout.score:.2f}",
        "id": asked.sample_id,
        "data": asked.data_set,
        "subset": asked.subset,
        "split": "split" in _outcomes(bout),
    }


def battle(place: int, found: ArenaRun, words: Mapping[str, str]) -> dict[str, Any]:
    """Everything about a battle.

    Raises:
        Refusal: there is no such battle.
    """
    bouts = () if found.arena is None else found.arena.bouts
    if place >= len(bouts):
        raise Refusal(404, "the arena has no such battle")
    bout = bouts[place]
    asked = found.roster.questions[bout.question]
    return {
        **battle_row(place, bout, found),
        "question": _text(question_text(asked)),
        "reference": None if asked.reference is None else _text(asked.reference),
        "answers": [_text(text) or wording.UNKNOWN for text in _answers(bout, found)],
        "games": [
            {
                "judge": game.judge,
                "repeat": game.repeat,
                "order": (bout.second, bout.first) if game.swapped else (bout.first, bout.second),
                "label": game.label,
                "winner": None
                if game.score is None
                else {"first": bout.first, "second": bout.second, "tie": "a tie"}[_winner(game)],
                "missing": None
                if game.missing is None
                else MISSING.get(game.missing, game.missing),
                "words": _text(words.get(game.hash, wording.UNKNOWN)),
            }
            for game in bout.games
        ],
    }


def _text(text: str) -> str:
    return visible(shortened(text, _LONGEST))
