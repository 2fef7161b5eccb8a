"""Arenas against each other: how their models stand side by side, and which battles that two of
them held came out otherwise.

Works from stored arenas and the battles they have in common; asks nobody.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any, TextIO

from perfbench.foreign import Screen, one_line
from perfbench.reports.arena import leaderboard
from perfbench.reports.arena.console import columns_of_text
from perfbench.reports.arena.page import agreement_words, rating_rows

if TYPE_CHECKING:
    from perfbench.evaluation.arena.differing import Meeting, Reversal
    from perfbench.evaluation.arena.result import ArenaRun
    from perfbench.evaluation.arena.standing import Arena


def side_by_side(arenas: Sequence[Arena | None]) -> list[tuple[str, list[Any]]]:
    """Each model with its row of each leaderboard, ``None`` without one."""
    boards: list[Mapping[str, Any]] = [
        {row["model"]: row for row in rating_rows(each, each.overall)}
        for each in arenas
        if each is not None
    ]
    models = list(dict.fromkeys(chain.from_iterable(boards)))
    return [(model, [board.get(model) for board in boards]) for model in models]


def plain(arenas: Sequence[ArenaRun], meeting: Meeting) -> dict[str, Any]:
    """Two arenas and what both say of the same battles, for programs: in the form in which the
    server tells it, with the questions of the battles that came out otherwise."""
    board = side_by_side([each.arena for each in arenas])
    questions = arenas[0].roster.questions
    return {
        "kind": "arena",
        "baseline": str(arenas[0].run.path),
        "runs": [str(each.run.path) for each in arenas],
        "leaderboard": [{"model": model, "runs": rows} for model, rows in board],
        "battles": [meeting],
        "questions": {
            key: {"data_set": asked.data_set, "subset": asked.subset, "id": asked.sample_id}
            for key in dict.fromkeys(each.question for each in meeting.reversals)
            for asked in (questions[key],)
        },
    }


def print_arena_comparison(
    arenas: Sequence[ArenaRun], meeting: Meeting, file: TextIO, flips: bool = False
) -> None:
    """Print how the models stand in two arenas, and what both say of the same battles.

    Args:
        meeting: of the two.
        flips: list every battle that came out otherwise.
    """
    screen = Screen(file)
    rows = [["Model", "Rating A", "95 %", "Rank", "Rating B", "95 %", "Rank"]]
    for model, boards in side_by_side([each.arena for each in arenas]):
        cells = [
            (row["value"], row["interval"], row["rank"]) if row else [leaderboard.UNKNOWN] * 3
            for row in boards
        ]
        rows.append([one_line(model), *chain.from_iterable(cells)])
    for line in columns_of_text(rows):
        print(line, file=screen)
    for letter, each in zip("AB", arenas, strict=True):
        print(f"{letter}: {each.run.path}", file=screen)
    for line in _said(meeting):
        print(line, file=screen)
    if flips and meeting.reversals:
        print(file=screen)
        rows = [_HEAD, *_reversals(arenas[0], meeting.reversals)]
        for line in columns_of_text(rows, words=len(_HEAD)):
            print(line, file=screen)


_HEAD = ["Question", "Models", "Winner in A", "Winner in B"]


def _said(meeting: Meeting) -> Iterator[str]:
    both, turned = meeting.both, len(meeting.reversals)
    yield (
        f"battles with an outcome in both: {both:,}, of which {turned:,} came out otherwise; "
        f"Cohen's kappa {agreement_words(meeting.kappa)}"
    )
    if meeting.undecided:
        yield f"held by both, without an outcome in one of them: {meeting.undecided:,}"
    if meeting.only_a or meeting.only_b:
        yield f"held by A alone: {meeting.only_a:,}, by B alone: {meeting.only_b:,}"


def _reversals(arena: ArenaRun, found: Sequence[Reversal]) -> Iterator[list[str]]:
    for each in found:
        yield [
            one_line(arena.roster.questions[each.question].sample_id),
            one_line(" and ".join(each.models)),
            *(one_line(winner or "tie") for winner in (each.winner_a, each.winner_b)),
        ]
