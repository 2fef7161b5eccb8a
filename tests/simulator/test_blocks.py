from hypothesis import given
from hypothesis import strategies as st

from perfbench.simulator.blocks import BlockPool


def test_equal_prefixes_share_blocks():
    pool = BlockPool(10)
    first = pool.lease([1, 2, 3], 4)
    second = pool.lease([1, 2, 9], 4)
    assert (first.hits, second.hits) == (0, 2)
    assert pool.used == 6
    pool.release(first)
    assert pool.used == 4
    pool.release(second)
    assert pool.used == 0


def test_blocks_are_found_again_after_their_request_is_gone():
    pool = BlockPool(10)
    pool.release(pool.lease([1, 2, 3], 3))
    assert pool.lease([1, 2, 3, 4], 5).hits == 3


def test_room_for_others_goes_before_the_cache_and_ends_go_before_beginnings():
    pool = BlockPool(4)
    pool.release(pool.lease([1, 2, 3], 3))
    pool.release(pool.lease([], 2))
    assert pool.lease([1, 2, 3], 3).hits == 2


def test_what_does_not_fit_takes_nothing():
    pool = BlockPool(4)
    held = pool.lease([1], 3)
    assert pool.lease([2], 2) is None
    assert pool.used == 3
    pool.release(held)
    assert pool.lease([2], 2) is not None


prompts = st.tuples(st.integers(0, 3), st.integers(0, 6), st.integers(0, 4))


@given(st.integers(1, 20), st.lists(st.one_of(prompts, st.integers(0, 50)), max_size=80))
def test_the_pool_is_never_overdrawn_and_never_leaks(total, actions):
    pool = BlockPool(total)
    leases = []
    for action in actions:
        if isinstance(action, int):
            if leases:
                pool.release(leases.pop(action % len(leases)))
        else:
            family, full, own = action
            lease = pool.lease([family * 100 + block for block in range(full)], full + own)
            if lease is not None:
                leases.append(lease)
                assert lease.own == own
        held = {key for lease in leases for key in lease.keys}
        assert pool.used == len(held) + sum(lease.own for lease in leases) <= total
    while leases:
        pool.release(leases.pop())
    assert pool.used == 0
    assert pool.lease([], total) is not None
