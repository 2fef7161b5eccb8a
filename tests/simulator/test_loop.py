import socket
import time

import pytest

from perfbench.simulator.loop import READ, Loop


@pytest.fixture
def loop():
    loop = Loop()
    yield loop
    loop.close()


def test_timers_come_in_order_and_never_early(loop):
    now = time.perf_counter_ns()
    called = []
    for delay in (3_000_000, 1_000_000, 2_000_000, -5):
        loop.at(
            now + delay, lambda due, arg: called.append((due, arg, time.perf_counter_ns())), delay
        )
    loop.at(now + 4_000_000, lambda due, arg: loop.stop())
    loop.run()
    assert [argument for _, argument, _ in called] == [-5, 1_000_000, 2_000_000, 3_000_000]
    assert all(due == now + delay and at >= due for due, delay, at in called)


def test_timers_due_together_keep_their_order(loop):
    called = []
    for number in range(600):
        loop.at(0, lambda due, number: called.append(number), number)
    loop.at(1, lambda due, arg: loop.stop())
    loop.run()
    assert called == list(range(600))


def test_sockets_are_served_while_timers_are_always_due(loop):
    near, far = socket.socketpair()
    spins = 0

    def spin(due, argument):
        nonlocal spins
        spins += 1
        if spins == 500:
            far.send(b"x")
        loop.at(due, spin)

    loop.watch(near.fileno(), READ, lambda events: loop.stop())
    loop.at(0, spin)
    loop.run()
    loop.forget(near.fileno())
    near.close()
    far.close()
    assert 500 <= spins < 2000


def test_due_timers_are_served_within_a_burst_of_sockets(loop):
    pairs = [socket.socketpair() for _ in range(64)]
    order = []

    def read(events):
        order.append("socket")
        if order.count("socket") == 8:
            loop.at(0, lambda due, arg: order.append("timer"))
        if order.count("socket") == 64:
            loop.stop()

    for near, far in pairs:
        loop.watch(near.fileno(), READ, read)
        far.send(b"x")
    loop.run()
    for near, far in pairs:
        loop.forget(near.fileno())
        near.close()
        far.close()
    assert order.index("timer") <= 16
