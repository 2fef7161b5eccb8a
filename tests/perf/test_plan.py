"""A point's requests: samples repeated as needed, phases, due times, bodies."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import pairwise

import pytest

from perfbench.driver.schedule import planned_arrivals
from perfbench.endpoints.openai_chat import OpenAIChat
from perfbench.errors import WorkloadError
from perfbench.perf.plan import POOL, Plan, repetition_note
from perfbench.types import Generation, Point, Question, Sample


class Questions:
    """A workload with a given number of samples, the same ones every time."""

    def __init__(self, count: int) -> None:
        self._count = count

    def samples(self, point: Point) -> Iterator[Sample]:
        for i in range(self._count):
            yield Sample(f"q{i}", f"Question {i}?", input_tokens=i)


def plan(point: Point, samples: int = 10_000, stream: bool = True) -> Plan:
    endpoint = OpenAIChat(Generation(model="a-model", stream=stream))
    return Plan(point, Questions(samples), endpoint, "/v1/chat/completions", stream)


def closed(number: int | None, **more: object) -> Point:
    return Point(0, "p", 4, None, number, **more)  # type: ignore[arg-type]


def test_one_request_for_each_sample():
    made = plan(closed(5))
    found = list(made.requests())
    assert made.total == 5
    assert made.distinct is None
    assert [request.seq for request in found] == list(range(5))
    assert [request.sample_id for request in found] == ["q0", "q1", "q2", "q3", "q4"]
    assert [request.input_tokens for request in found] == list(range(5))
    for i, request in enumerate(found):
        body = json.loads(request.body)
        assert body["model"] == "a-model"
        assert body["stream"] is True
        assert body["messages"] == [{"role": "user", "content": f"Question {i}?"}]
        assert (request.path, request.method, request.stream) == (
            "/v1/chat/completions",
            "POST",
            True,
        )
        assert request.offset_ns is None


def test_without_streaming_the_body_and_the_client_agree():
    (request,) = plan(closed(1), stream=False).requests()
    assert not json.loads(request.body).get("stream")
    assert request.stream is False


def test_warm_up_comes_first_and_on_top():
    made = plan(closed(4, warmup=3))
    assert made.total == 7
    phases = [request.phase for request in made.requests()]
    assert phases == ["warmup"] * 3 + ["measure"] * 4


def test_a_short_data_set_is_repeated_and_counted():
    made = plan(closed(8, warmup=2), samples=4)
    found = list(made.requests())
    assert [request.sample_id for request in found] == [f"q{i % 4}" for i in range(10)]
    assert [request.repeat for request in found] == [0] * 4 + [1] * 4 + [2] * 2
    assert len({(request.seq, request.repeat) for request in found}) == 10
    assert made.distinct == 4
    note = repetition_note(4, 10)
    assert "4 different prompts for 10 requests" in note
    assert "prefix caching" in note


@pytest.mark.parametrize("samples", [10, 11])
def test_a_data_set_that_is_just_long_enough_is_not_repeated(samples):
    made = plan(closed(10), samples=samples)
    assert {request.repeat for request in made.requests()} == {0}
    assert made.distinct is None


def test_an_empty_data_set_is_an_error():
    with pytest.raises(WorkloadError, match="no samples"):
        list(plan(closed(5), samples=0).requests())


def test_one_prompt_is_not_called_different_prompts():
    assert repetition_note(1, 10).startswith("1 prompt for 10 requests")


def test_without_a_number_a_closed_loop_gets_a_pool_to_start_over_with():
    made = plan(closed(None, duration_s=5.0, warmup=3))
    assert made.total is None
    found = list(made.requests())
    assert len(found) == POOL + 3
    assert [request.phase for request in found[:4]] == ["warmup"] * 3 + ["measure"]


@pytest.mark.parametrize(
    ("parallel", "seconds", "pool"),
    [
        (1, 5.0, POOL),
        (50, 60.0, 2 * 50 * 60),
        (50, 3600.0, 10 * POOL),
        (6 * POOL, 5.0, 12 * POOL),
    ],
)
def test_the_pool_lasts_as_long_as_the_load(parallel: int, seconds: float, pool: int):
    made = plan(Point(0, "p", parallel, None, None, seconds))
    assert len(list(made.requests())) == pool


def test_an_open_loop_has_due_times_warm_up_included():
    point = Point(0, "p", None, 50.0, 20, warmup=5, seed=4)
    made = plan(point, samples=7)
    found = list(made.requests())
    assert made.total == 25
    assert [request.offset_ns for request in found] == planned_arrivals(point)
    assert all((a.offset_ns or 0) <= (b.offset_ns or 0) for a, b in pairwise(found))
    assert sum(request.phase == "warmup" for request in found) == 5


def test_an_open_loop_that_only_time_bounds_knows_its_total():
    made = plan(Point(0, "p", None, 50.0, None, 2.0))
    assert made.total == len(list(made.requests())) == pytest.approx(100, rel=0.3)


def test_the_same_plan_twice():
    point = Point(0, "p", None, 50.0, 20, seed=4)
    assert list(plan(point).requests()) == list(plan(point).requests())


def test_samples_are_kept_for_those_who_want_them() -> None:
    kept: list[Question] = []
    endpoint = OpenAIChat(Generation(model="m"))
    made = Plan(closed(6), Questions(4), endpoint, "/", True, kept.append)
    found = list(made.requests())
    assert [(each.seq, each.sample.id) for each in kept] == [
        (request.seq, request.sample_id) for request in found
    ]
    assert kept[4].hash == kept[0].hash != kept[1].hash
