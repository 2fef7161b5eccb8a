"""What an arena leaves beside its store: leaderboards as text, CSV, Markdown and JSON, every battle
as JSON lines, and ``report.html``. All of it can be made again from the store.

Win rates are shares of 1 in JSON and CSV, per cent in text and Markdown; ratings are Elo points;
unknown is null.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from perfbench.foreign import cell, one_line
from perfbench.reports.arena import leaderboard
from perfbench.reports.written import as_json, identity, write_whole

if TYPE_CHECKING:
    from perfbench.evaluation.arena.result import ArenaRun
    from perfbench.evaluation.arena.standing import Arena
    from perfbench.evaluation.figures.ratings import Table

SCHEMA = "perfbench.arena/1"


def write_outputs(found: ArenaRun, report: bool = True) -> list[Path]:
    """Write every file of an arena and return their paths; nothing where nothing was judged.

    Args:
        report: write ``report.html`` too.

    Raises:
        StoreError: the folder of the run cannot be written.
    """
    arena, folder, scrub = found.arena, found.run.path, found.run.scrub
    if arena is None:
        return []
    written = [
        write_whole(folder / "leaderboard.txt", [scrub(leaderboard.text(arena)).encode()]),
        write_whole(folder / "leaderboard.csv", [scrub(_csv(arena)).encode()]),
        write_whole(folder / "leaderboard.md", [scrub(_markdown(arena)).encode()]),
        write_whole(
            folder / "leaderboard.json",
            [msgspec.json.format(msgspec.json.encode(json_of(found))), b"\n"],
        ),
        write_whole(folder / "battles.jsonl", _battles(found)),
    ]
    if report:
        from perfbench.reports.arena.page import render

        written.append(write_whole(folder / "report.html", [render(found)]))
    return written


def json_of(found: ArenaRun) -> dict[str, Any]:
    """All figures of an arena as JSON types."""
    run, arena = found.run, found.arena
    figures = {} if arena is None else _figures(arena)
    told: dict[str, Any] = {
        "schema": SCHEMA,
        "run": identity(run),
        "interrupted": found.interrupted,
        "failures": {name: str(error) for name, error in found.failures.items()},
        "models": list(found.roster.contenders),
        **figures,
        "performance": as_json(found.performance),
    }
    return run.scrub(told)  # type: ignore[no-any-return]


def _figures(arena: Arena) -> dict[str, Any]:
    rules = arena.rules
    return {
        "baseline": rules.baseline,
        "rules": as_json(rules),
        "leaderboard": list(leaderboard.rows(arena)),
        "ratings": [
            {"data_set": each.data_set, "subset": each.subset, **_table(each.table)}
            for each in arena.standings
        ],
        "matrix": [
            {"first": a, "second": b, **as_json(rate), "implied": arena.implied.get((a, b))}
            for (a, b), rate in arena.matrix.items()
        ],
        "style_controlled": None
        if arena.style is None
        else {"coefficients": arena.style.coefficients, **_table(arena.style.table)},
        "length_controlled_win_rate": dict(arena.length_controlled),
        "online_elo": dict(arena.online),
        "judges": as_json(arena.judges),
        "panel": None
        if arena.panel is None
        else {
            "alpha": as_json(arena.panel.alpha),
            "kappas": [
                {"first": a, "second": b, **as_json(kappa)}
                for (a, b), kappa in arena.panel.kappas.items()
            ],
        },
        "battles": {"judged": len(arena.bouts), "without_outcome": arena.unsettled},
        "left_out": arena.left_out,
        "notes": list(arena.notes),
    }


def _table(table: Table) -> dict[str, Any]:
    return {
        "anchor": table.anchor,
        "tie_parameter": table.tie_parameter,
        "groups": table.groups,
        "ratings": as_json(table.ratings),
        "beats": sorted(table.beats),
    }


def _battles(found: ArenaRun) -> Iterator[bytes]:
    """A line for each bout: whose answers, what each judge said in each order, what came of it."""
    encode, scrub = msgspec.json.Encoder().encode, found.run.scrub
    assert found.arena is not None
    for bout in found.arena.bouts:
        asked = found.roster.questions[bout.question]
        line = {
            "data_set": asked.data_set,
            "subset": asked.subset,
            "id": asked.sample_id,
            "question": bout.question,
            "first": bout.first,
            "second": bout.second,
            "outcome": bout.outcome,
            "score": bout.score,
            "weight": bout.battle.weight if bout.battle is not None else None,
            "games": [
                {
                    "judge": game.judge,
                    "shown_first": game.second if game.swapped else game.first,
                    "verdict": game.label,
                    "score": game.score,
                    "missing": game.missing,
                    "request_hash": game.hash,
                }
                for game in bout.games
            ],
        }
        yield encode(scrub(line)) + b"\n"


def _csv(arena: Arena) -> str:
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(leaderboard.COLUMNS)
    for row in leaderboard.rows(arena):
        writer.writerow(["" if value is None else _cell(value) for value in row.values()])
    return file.getvalue()


def _cell(value: Any) -> Any:
    return cell(value) if isinstance(value, str) else value


def _markdown(arena: Arena) -> str:
    lines = []
    for standing in arena.standings:
        lines += [
            f"### {_escaped(standing.title)}",
            "",
            "| Model | WinRate (%) | CI (%) | Rating | 95 % interval | Rank |",
            "| --- | ---: | --- | ---: | --- | --- |",
        ]
        table = leaderboard.table_rows(arena, standing)
        lines += ["| " + " | ".join(map(_escaped, row)) + " |" for row in table]
        lines.append("")
    return "\n".join([*lines, *(f"- {_escaped(note)}" for note in arena.notes), ""])


def _escaped(text: str) -> str:
    for mark, escaped in (("\\", "\\\\"), ("|", "\\|"), ("&", "&amp;"), ("<", "&lt;")):
        text = text.replace(mark, escaped)
    return one_line(text, None)
