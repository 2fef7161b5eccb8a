"""The part of ``run.db`` that keeps what was measured of points that were cut and run again.

Such a point keeps all its rows; only its number becomes one below 0, which nothing that makes
figures asks for.
"""

from __future__ import annotations

import msgspec
from msgspec.structs import replace

from perfbench.store.access import Access
from perfbench.types import Point

_TABLES_BY_POINT = (
    "SELECT m.name FROM sqlite_master AS m, pragma_table_info(m.name) AS c "
    "WHERE m.type = 'table' AND c.name = 'point'"
)
"""Every table whose rows belong to a point, and that of the points."""


class CutPoints:
    """Points of a run that were cut, as they were then; made by ``Run.cut_points``."""

    def __init__(self, access: Access) -> None:
        self._db, self._transaction, self._reading, _ = access

    def set_aside(self, point: Point) -> None:
        """Make room for a point to be run again: what is stored of it is one of these from now on.
        Does nothing if it has not begun."""
        with self._transaction():
            begun = self._db.execute("SELECT 1 FROM point WHERE point = ?", (point.index,))
            if begun.fetchone() is None:
                return
            (key,) = self._db.execute("SELECT min(0, min(point)) - 1 FROM point").fetchone()
            for (table,) in self._db.execute(_TABLES_BY_POINT).fetchall():
                self._db.execute(
                    f"UPDATE {table} SET point = ? WHERE point = ?", (key, point.index)
                )

    def all(self) -> list[Point]:
        """All of them, the earliest first. ``Run.records`` and the like take them as they take
        points; an index below 0 stands for each."""
        with self._reading():
            rows = self._db.execute(
                "SELECT point, spec FROM point WHERE point < 0 ORDER BY point DESC"
            ).fetchall()
            return [replace(msgspec.json.decode(spec, type=Point), index=key) for key, spec in rows]

    def requests(self, name: str) -> int:
        """How many requests are stored of the point of this name as it was cut, each time."""
        with self._reading():
            (count,) = self._db.execute(
                "SELECT count(*) FROM request JOIN point USING (point) "
                "WHERE point.point < 0 AND point.name = ?",
                (name,),
            ).fetchone()
            return int(count)
