"""The part of ``run.db`` that evaluations add: what was asked, and how answers were scored.

A subtask is one model and one data set; each time it is worked on is a point of its own, so an
answer is found by its subtask, the hash of the request and the repeat, whichever point it came in.
Nothing that was answered is ever removed; scores are derived and replaced at will.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from typing import Any

import msgspec

from perfbench.store import schema
from perfbench.store.access import Access
from perfbench.types import Point, Question, Record, Score, ScoredAnswer, Subtask

TABLES = """
CREATE TABLE subtask (
  name TEXT PRIMARY KEY,          -- model/data set, the name of its points
  spec TEXT NOT NULL              -- JSON of types.Subtask
);
CREATE TABLE question (
  point INTEGER NOT NULL REFERENCES point,
  seq INTEGER NOT NULL,           -- that of its requests; the repeat tells them apart
  hash TEXT NOT NULL,             -- of the request: sample, prompt, model, sampling
  sample_id TEXT NOT NULL,
  PRIMARY KEY (point, seq)
) WITHOUT ROWID;
CREATE TABLE score (
  subtask TEXT NOT NULL,
  hash TEXT NOT NULL,
  repeat INTEGER NOT NULL,
  sample_id TEXT NOT NULL,
  subset TEXT NOT NULL,
  category TEXT,                  -- of the subset
  value REAL,                     -- NULL = unscored
  answer TEXT,                    -- as extracted
  unscored TEXT,
  why TEXT NOT NULL,
  scorer TEXT NOT NULL,
  metrics TEXT NOT NULL,          -- JSON
  vote TEXT,                      -- an equal answer that this one votes for; NULL = itself
  PRIMARY KEY (subtask, hash, repeat)
) WITHOUT ROWID;
"""

Key = tuple[str, int]
"""Hash of a request, and its repeat."""


class Answers:
    """Evaluations' view of a run's database; made by ``Run.answers``."""

    def __init__(self, access: Access) -> None:
        self._db, self._transaction, self._reading, self._scrub = access

    def put_subtask(self, subtask: Subtask) -> None:
        """Store or replace what is known of a subtask."""
        with self._transaction():
            self._put(subtask)

    def _put(self, subtask: Subtask) -> None:
        self._db.execute(
            "INSERT INTO subtask (name, spec) VALUES (?, ?) "
            "ON CONFLICT (name) DO UPDATE SET spec = excluded.spec",
            (
                self._scrub(subtask.name),
                msgspec.json.encode(self._scrub(_plain(subtask))).decode(),
            ),
        )

    def subtasks(self) -> list[Subtask]:
        """Every subtask of the run, in the order in which they were first stored."""
        with self._reading():
            rows = self._db.execute("SELECT spec FROM subtask ORDER BY rowid").fetchall()
            return [msgspec.json.decode(spec, type=Subtask) for (spec,) in rows]

    def rename(self, subtasks: Mapping[str, Subtask]) -> None:
        """Give subtasks, with all that was asked in them, the names of those that take their place.

        Args:
            subtasks: by the names they have now. Names may be exchanged; none may be that of a
                subtask that stays.
        """
        with self._transaction():
            points = self._db.execute("SELECT point, spec FROM point").fetchall()
            for index, spec in points:
                point = msgspec.json.decode(spec, type=Point)
                if point.name in subtasks:
                    named = msgspec.structs.replace(point, name=subtasks[point.name].name)
                    self._db.execute(
                        "UPDATE point SET name = ?, spec = ? WHERE point = ?",
                        (named.name, msgspec.json.encode(named).decode(), index),
                    )
            for table, column in (("subtask", "name"), ("sample", "subtask"), ("score", "subtask")):
                rename = f"UPDATE {table} SET {column} = ? WHERE {column} = ?"
                news = {name: each.name for name, each in subtasks.items()}
                # Two may exchange their names.
                self._db.executemany(rename, ((f"\n{new}", old) for old, new in news.items()))
                self._db.executemany(rename, ((new, f"\n{new}") for new in news.values()))
            for each in subtasks.values():
                self._put(each)

    def put_questions(self, point: Point, questions: Iterable[Question]) -> None:
        """Store what a point is about to ask."""
        with self._transaction():
            self._db.executemany(
                "INSERT OR IGNORE INTO question (point, seq, hash, sample_id) VALUES (?, ?, ?, ?)",
                (
                    (point.index, each.seq, each.hash, self._scrub(each.sample.id))
                    for each in questions
                ),
            )

    def answered(self, subtask: str) -> set[Key]:
        """The requests of a subtask that have an answer; an empty one is one, too."""
        with self._reading():
            return set(self._db.execute(f"{_ENDED_KEYS} AND {_IS_ANSWER}", (subtask,)))

    def asked(self, subtask: str) -> set[Key]:
        """Every request of a subtask that has ended, however it did."""
        with self._reading():
            return set(self._db.execute(_ENDED_KEYS, (subtask,)))

    def attempts(self, subtask: str) -> dict[Key, list[str]]:
        """How each attempt at every request of a subtask ended, in order."""
        found: dict[Key, list[str]] = defaultdict(list)
        with self._reading():
            for key, repeat, outcome in self._db.execute(
                "SELECT hash, repeat, outcome FROM request JOIN question USING (point, seq) "
                "JOIN point USING (point) WHERE point.name = ? ORDER BY id",
                (subtask,),
            ):
                found[key, repeat].append(outcome)
        return dict(found)

    def records(self, subtask: str) -> Iterator[tuple[Key, Record]]:
        """The attempt that counts of every request that has ended: the latest with an answer, else
        the latest."""
        with self._reading():
            best: dict[Key, tuple[bool, int]] = {}
            for key, repeat, answered, row in self._db.execute(
                f"SELECT hash, repeat, {_IS_ANSWER}, id FROM request "
                "JOIN question USING (point, seq) JOIN point USING (point) WHERE point.name = ?",
                (subtask,),
            ):
                rank = (bool(answered), row)
                if rank > best.get((key, repeat), (False, -1)):
                    best[key, repeat] = rank
        query = (
            f"SELECT {schema.RECORD_COLUMNS} FROM request "
            "LEFT JOIN output ON output.request = request.id WHERE id = ?"
        )
        for found, (_, row) in best.items():
            with self._reading():
                record = schema.record_of(self._db.execute(query, (row,)).fetchone())
            yield found, record

    def put_scores(self, subtask: str, scores: Iterable[ScoredAnswer]) -> None:
        """Replace all scores of a subtask."""
        with self._transaction():
            self._db.execute("DELETE FROM score WHERE subtask = ?", (subtask,))
            self._db.executemany(
                f"INSERT INTO score (subtask, {_SCORE_COLUMNS}) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (self._scrub((subtask, *_score_row(each))) for each in scores),
            )

    def scores(self, subtask: str) -> list[ScoredAnswer]:
        """The stored scores of a subtask, in no order."""
        with self._reading():
            rows = self._db.execute(
                f"SELECT {_SCORE_COLUMNS} FROM score WHERE subtask = ?", (subtask,)
            ).fetchall()
            return [_scored(row) for row in rows]


_ENDED_KEYS = (
    "SELECT hash, repeat FROM request JOIN question USING (point, seq) "
    "JOIN point USING (point) WHERE point.name = ?"
)

_IS_ANSWER = "(outcome = 'ok' OR (outcome = 'empty' AND finish IS NOT NULL))"
"""``types.is_answer``, where SQL asks."""

_SCORE_COLUMNS = (
    "hash, repeat, sample_id, subset, category, value, answer, unscored, why, scorer, metrics, vote"
)


_Place = tuple[str, str | None, int, str]
_SCORE_FIELDS = tuple(item.name for item in fields(Score))


def _plain(subtask: Subtask) -> Any:
    return msgspec.to_builtins(subtask, enc_hook=str)


def _score_row(each: ScoredAnswer) -> tuple[Any, ...]:
    score = each.score
    return (
        each.hash,
        each.repeat,
        each.sample_id,
        each.subset,
        each.category,
        score.value,
        score.answer,
        score.unscored,
        score.why,
        score.scorer,
        msgspec.json.encode(dict(score.metrics)).decode(),
        score.vote,
    )


def _scored(row: Sequence[Any]) -> ScoredAnswer:
    key, repeat, sample_id, subset, category, value, answer, unscored, why, scorer, *rest = row
    metrics, vote = rest
    if (value is None) == (unscored is None):
        raise ValueError("a score has a value and a reason for having none, or neither")
    judged = (value, answer, unscored, why, scorer, msgspec.json.decode(metrics), vote)
    score = msgspec.convert(dict(zip(_SCORE_FIELDS, judged, strict=True)), Score)
    place = msgspec.convert((subset, category, repeat, key), _Place)
    return ScoredAnswer(msgspec.convert(sample_id, str), score, *place)
