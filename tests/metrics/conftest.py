"""Records to columns by the only way there is: through a store."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from perfbench.metrics.columns import Columns
from perfbench.store import Run
from perfbench.types import Point, Record

POINT = Point(index=0, name="parallel_2_number_4", parallel=2, rate=None, number=4)


@pytest.fixture
def columns_of(tmp_path: Path) -> Iterator[Callable[[Sequence[Record]], Columns]]:
    """Columns of the measured phase of these records."""
    with Run.create(tmp_path, "columns", {}, {}) as run:
        run.begin_point(POINT)

        def build(records: Sequence[Record]) -> Columns:
            run.append(POINT, records)
            return run.columns(POINT)

        yield build
