"""What was read of the service's side, as it is kept."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perfbench.errors import StoreError
from perfbench.store import Run, open_run, schema
from perfbench.types import Histogram, Point, Scrape

POINT = Point(index=0, name="parallel_1", parallel=1, rate=None, number=1)

AMOUNTS = st.floats(0, 1e15)
SCRAPES = st.lists(
    st.builds(
        Scrape,
        source=st.sampled_from(["http://a/metrics", "nvml"]),
        kind=st.sampled_from(["vllm", ""]),
        at_ns=st.integers(0, 2**60),
        half_ns=st.integers(0, 2**40),
        values=st.dictionaries(st.sampled_from(["running", "energy_j"]), AMOUNTS),
        histograms=st.dictionaries(
            st.just("ttft"),
            st.builds(
                Histogram,
                st.lists(AMOUNTS).map(tuple),
                st.lists(AMOUNTS).map(tuple),
                AMOUNTS,
                AMOUNTS,
            ),
        ),
        problem=st.none() | st.just("timed out"),
    ),
    max_size=5,
)


@given(SCRAPES)
@settings(max_examples=25)
def test_looks_come_back_as_they_were_in_the_order_of_their_stamps(tmp_path_factory, scrapes):
    with Run.create(tmp_path_factory.mktemp("run"), "x", {}, {}) as run:
        run.begin_point(POINT)
        run.scrapes.put(POINT, scrapes[:2])
        run.scrapes.put(POINT, scrapes[2:])
        found = run.scrapes.of(POINT)
    assert found == sorted(found, key=lambda each: each.at_ns)
    assert sorted(found, key=repr) == sorted(scrapes, key=repr)


def test_secrets_are_cut_out_of_what_is_kept(tmp_path):
    def scrub(value):
        if isinstance(value, str):
            return value.replace("s3cret-key", "***")
        return type(value)(map(scrub, value)) if isinstance(value, (list, tuple)) else value

    with Run.create(tmp_path, "x", {}, {}, scrub) as run:
        run.begin_point(POINT)
        run.scrapes.put(POINT, [Scrape("a", "", 1, 0, problem="no s3cret-key here")])
        assert run.scrapes.of(POINT)[0].problem == "no *** here"


def test_a_run_of_the_version_before_has_none_and_can_have_some(tmp_path):
    with Run.create(tmp_path, "x", {}, {}) as run:
        run.begin_point(POINT)
        path = run.path
    with closing(sqlite3.connect(path / "run.db")) as db:
        db.execute("DROP TABLE scrape")
        db.execute("PRAGMA user_version = 4")
        db.commit()
    with open_run(path) as run:
        assert run.scrapes.of(POINT) == []
        run.scrapes.put(POINT, [Scrape("a", "vllm", 1, 0, {"running": 2.0})])
        assert run.scrapes.of(POINT)[0].values == {"running": 2.0}
    with closing(sqlite3.connect(path / "run.db")) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (schema.VERSION,)


def test_a_damaged_look_is_one_line(tmp_path):
    with Run.create(tmp_path, "x", {}, {}) as run:
        run.begin_point(POINT)
        run.scrapes.put(POINT, [Scrape("a", "vllm", 1, 0, {"running": 2.0})])
        path = run.path
    with closing(sqlite3.connect(path / "run.db")) as db:
        db.execute("UPDATE scrape SET figures = '{'")
        db.commit()
    with open_run(path) as run, pytest.raises(StoreError, match="is damaged"):
        run.scrapes.of(POINT)
