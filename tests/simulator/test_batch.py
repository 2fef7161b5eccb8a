import pytest
from msgspec.structs import replace

from perfbench.config import SimulatorConfig
from perfbench.simulator import tokens
from perfbench.simulator.batch import Batch, Sequence
from perfbench.simulator.options import options_of

BASE = replace(
    options_of(SimulatorConfig()),
    step_ms=1.0,
    step_ms_per_sequence=0.1,
    prefill_rate=1e6,
    block_size=16,
)


def sequence(prompt=0, output=10, choices=1, first=0):
    data = tokens.encode_ids(range(first, first + prompt))
    return Sequence(data, choices, output)


def batch_of(*sequences, **options):
    batch = Batch(replace(BASE, **options))
    for one in sequences:
        batch.add(one)
    return batch


def test_an_empty_batch_has_no_step():
    assert batch_of().begin() is None


def test_a_step_lasts_as_long_as_its_batch_and_its_prefill_say():
    one, two = sequence(1000), sequence(500, first=10_000)
    batch = batch_of(one, two)
    assert batch.begin() == pytest.approx(1.2e6 + 1.5e6, abs=2)
    assert batch.end() == [one, two]
    assert batch.begin() == pytest.approx(1.2e6, abs=2)


def test_long_prompts_are_prefilled_in_parts_while_others_decode():
    first, long = sequence(10), sequence(2500, first=100)
    batch = batch_of(first, max_batched_tokens=1001)
    batch.begin()
    assert batch.end() == [first]
    batch.add(long)
    for _ in range(2):
        assert batch.begin() == pytest.approx(1.2e6 + 1e6, abs=2)
        assert batch.end() == [first]
    assert batch.begin() == pytest.approx(1.2e6 + 0.5e6, abs=2)
    assert batch.end() == [first, long]


def test_the_batch_has_a_maximum_and_the_first_come_is_first_served():
    queue = [sequence(8, first=i * 100) for i in range(4)]
    batch = batch_of(*queue, max_batch=2)
    batch.begin()
    assert batch.end() == queue[:2]
    assert list(batch.waiting) == queue[2:]
    batch.remove(queue[0])
    batch.begin()
    assert batch.end() == [queue[1], queue[2]]


def test_choices_count_as_sequences_but_more_than_fit_run_alone():
    many, one = sequence(8, choices=5), sequence(8, first=100)
    batch = batch_of(many, one, max_batch=3)
    assert batch.begin() == pytest.approx(1.5e6 + 8000, abs=2)
    assert batch.end() == [many]
    batch.remove(many)
    batch.begin()
    assert batch.end() == [one]


def test_a_request_waits_until_the_kv_cache_has_room():
    one, two = sequence(40, output=24), sequence(40, output=24, first=1000)
    batch = batch_of(one, two, kv_blocks=7, prefix_cache=False)
    batch.begin()
    assert batch.end() == [one]
    assert batch.pool.used == 4
    batch.remove(one)
    batch.begin()
    assert batch.end() == [two]


def test_an_equal_prefix_is_not_prefilled_again_but_its_last_token_is():
    one, two, three = sequence(64), sequence(64), sequence(70)
    batch = batch_of(one)
    batch.begin()
    batch.end()
    batch.remove(one)
    batch.add(two)
    assert batch.begin() == pytest.approx(1.1e6 + 16_000, abs=2)
    assert two.cached == 48
    batch.end()
    batch.add(three)
    assert batch.begin() == pytest.approx(1.2e6 + 6_000, abs=2)
    assert three.cached == 64
    assert (batch.cache_queries, batch.cache_hits) == (198, 112)


def test_without_a_prefix_cache_nothing_is_said_about_it():
    one = sequence(64)
    batch_of(one, prefix_cache=False).begin()
    assert one.cached is None


def test_a_suspended_sequence_keeps_its_place_and_gets_no_token():
    one, two = sequence(8), sequence(8, first=100)
    batch = batch_of(one, two)
    batch.begin()
    batch.end()
    batch.suspend(one)
    batch.begin()
    assert batch.end() == [two]
    assert set(batch.running) == {one, two}
    batch.resume(one)
    batch.begin()
    assert set(batch.end()) == {one, two}
    batch.suspend(two)
    batch.remove(two)
    batch.resume(two)
    assert batch.running == [one]


def test_removing_everything_frees_everything():
    queue = [sequence(100 * i, first=i * 1000, choices=1 + i % 3) for i in range(6)]
    batch = batch_of(*queue, max_batch=4)
    for _ in range(2):
        batch.begin()
        batch.end()
    for one in queue:
        batch.remove(one)
    assert (batch.pool.used, batch.running, list(batch.waiting)) == (0, [], [])
    assert batch.begin() is None
