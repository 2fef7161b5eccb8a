"""The part of ``run.db`` that holds what was read of the service's side, one row for each look.

Stamps are those of requests. A point's rows are in the order of their stamps.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from perfbench.store.access import Access
from perfbench.types import Histogram, Point, Scrape

TABLES = """
CREATE TABLE scrape (
  point INTEGER NOT NULL REFERENCES point,
  source TEXT NOT NULL,           -- URL without secrets, or nvml
  kind TEXT NOT NULL,             -- whose names it speaks; '' = it did not answer
  at_ns INTEGER NOT NULL,         -- middle between asking and answer
  half_ns INTEGER NOT NULL,       -- half of the time between them
  figures TEXT NOT NULL,          -- JSON: quantity -> value
  histograms TEXT,                -- JSON: quantity -> types.Histogram
  problem TEXT                    -- what could not be read, and why
);
CREATE INDEX scrape_time ON scrape (point, at_ns);
"""


class Scrapes:
    """What was scraped; made by ``Run.scrapes``."""

    def __init__(self, access: Access) -> None:
        self._db, self._transaction, self._reading, self._scrub = access

    def put(self, point: Point, scrapes: Iterable[Scrape]) -> None:
        """Store looks at the service's side while the point runs."""
        rows = [self._scrub((point.index, *_row(scrape))) for scrape in scrapes]
        with self._transaction():
            self._db.executemany("INSERT INTO scrape VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)

    def of(self, point: Point) -> list[Scrape]:
        """All looks of a point, in order."""
        with self._reading():
            rows = self._db.execute(
                "SELECT source, kind, at_ns, half_ns, figures, histograms, problem FROM scrape "
                "WHERE point = ? ORDER BY at_ns",
                (point.index,),
            ).fetchall()
            return [_scrape(row) for row in rows]


def _row(scrape: Scrape) -> tuple[str | int | None, ...]:
    return (
        scrape.source,
        scrape.kind,
        scrape.at_ns,
        scrape.half_ns,
        msgspec.json.encode(scrape.values).decode(),
        msgspec.json.encode(scrape.histograms).decode() if scrape.histograms else None,
        scrape.problem,
    )


def _scrape(row: tuple[str, str, int, int, str, str | None, str | None]) -> Scrape:
    source, kind, at_ns, half_ns, figures, histograms, problem = row
    return Scrape(
        source=source,
        kind=kind,
        at_ns=msgspec.convert(at_ns, int),
        half_ns=msgspec.convert(half_ns, int),
        values=msgspec.json.decode(figures, type=dict[str, float]),
        histograms=msgspec.json.decode(histograms, type=dict[str, Histogram]) if histograms else {},
        problem=problem,
    )
