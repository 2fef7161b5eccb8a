"""What was asked comes back as it was put in, whatever its shape."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from perfbench import open_run
from perfbench.store import Run
from perfbench.types import Point, Question, Sample

SAMPLES = [
    Sample("text", "How many?", target="3", max_tokens=16, meta={"row": {"a": [1, None]}}),
    Sample("messages", [{"role": "user", "content": "Grüße, 世界"}], target=["a", "b"]),
    Sample("token ids", [5, 0, 7]),
    Sample("body", {"prompt": "x", "n": 2}, choices=("one", "two")),
]


def questions(samples: list[Sample], tag: str = "") -> list[Question]:
    return [
        Question(seq, sample, f"{tag}{seq:04x}", "subset", "category" if seq else None)
        for seq, sample in enumerate(samples)
    ]


def test_every_kind_of_sample_comes_back(tmp_path: Path) -> None:
    asked = questions(SAMPLES)
    with Run.create(tmp_path, "run", {}, {}) as run:
        run.samples.put("m/d", asked)
        path = run.path
    with open_run(path) as run:
        assert run.samples.of("m/d") == asked
        assert run.samples.of("m/other") == []


@pytest.mark.parametrize("value", [date(2024, 2, 29), {"when": date(2024, 2, 29)}])
def test_what_is_no_json_is_kept_as_text(tmp_path: Path, value: Any) -> None:
    with Run.create(tmp_path, "run", {}, {}) as run:
        run.samples.put("m/d", questions([Sample("1", "?", meta={"value": value})]))
        (found,) = run.samples.of("m/d")
    assert "2024-02-29" in str(found.sample.meta["value"])


def test_samples_of_a_point_are_those_it_asked(tmp_path: Path) -> None:
    first, second = questions(SAMPLES), questions(SAMPLES[:2], tag="other")
    with Run.create(tmp_path, "run", {}, {}) as run:
        for index, asked in enumerate((first, second)):
            point = Point(index, "m/d", parallel=1, rate=None, number=len(asked))
            run.begin_point(point)
            run.answers.put_questions(point, asked[1:])
            run.samples.put("m/d", asked)
        found = [run.samples.asked(point) for point in run.points()]
        assert run.samples.of("m/d") == second
    assert found == [dict(enumerate(SAMPLES[1:], 1)), {1: SAMPLES[1]}]
