"""Frames to a reader that is quick, slow, stopped or gone: all arrive, in order, without a wait."""

from __future__ import annotations

import os
import random
import socket
import tempfile
import threading
import time
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perfbench.driver.courier import Courier


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.setblocking(False)
        yield ours, theirs


def read_all(sock: socket.socket, size: int) -> bytes:
    found = bytearray()
    while len(found) < size:
        piece = sock.recv(1 << 16)
        assert piece, "the courier hung up"
        found += piece
    return bytes(found)


def frames(count: int, seed: int, most: int = 20_000) -> list[bytes]:
    draw = random.Random(seed)
    return [draw.randbytes(draw.randint(1, most)) for _ in range(count)]


@given(st.integers(1, 60), st.integers(0, 200_000), st.integers(0, 1000))
@settings(max_examples=30, deadline=None)
def test_everything_arrives_in_order_whatever_the_bound_on_memory(count, limit, seed):
    ours, theirs = socket.socketpair()
    with ours, theirs:
        sent = frames(count, seed)
        courier = Courier(ours, limit)
        for frame in sent:
            courier.put(frame)
        whole = b"".join(sent)
        assert read_all(theirs, len(whole)) == whole
        courier.finish()


def test_a_reader_that_is_stopped_delays_nobody_and_the_rest_waits_in_a_file(pair):
    ours, theirs = pair
    courier = Courier(ours, memory_limit=100_000)
    sent = frames(200, 1)
    for frame in sent:
        courier.put(frame)
    whole = b"".join(sent)
    deadline = time.monotonic() + 20
    while courier.spooled < len(whole) // 2 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert len(whole) >= courier.peak > 1_000_000
    # What the kernel took and what memory holds did not go through the file.
    assert 0 < courier.spooled < len(whole)
    for frame in sent:
        courier.put(frame)
    assert read_all(theirs, 2 * len(whole)) == whole + whole
    courier.finish()


def test_after_the_file_has_been_read_memory_serves_again(pair):
    ours, theirs = pair
    courier = Courier(ours, memory_limit=10_000)
    for turn in range(5):
        sent = frames(100, turn)
        for frame in sent:
            courier.put(frame)
        time.sleep(0.1)
        assert read_all(theirs, sum(map(len, sent))) == b"".join(sent)
    courier.finish()


def test_a_full_disk_leaves_memory(pair, monkeypatch):
    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "pwrite", full)
    ours, theirs = pair
    courier = Courier(ours, memory_limit=50_000)
    sent = frames(200, 2)
    for frame in sent:
        courier.put(frame)
    time.sleep(0.2)
    assert courier.spooled == 0
    assert read_all(theirs, sum(map(len, sent))) == b"".join(sent)
    courier.finish()


def test_a_disk_that_fills_up_in_the_middle_keeps_the_order(pair, monkeypatch):
    write, left = os.pwrite, [300_000]

    def filling(fd: int, data: memoryview, at: int) -> int:
        if left[0] < len(data):
            raise OSError(28, "No space left on device")
        left[0] -= len(data)
        return write(fd, data, at)

    monkeypatch.setattr(os, "pwrite", filling)
    ours, theirs = pair
    courier = Courier(ours, memory_limit=50_000)
    sent = frames(200, 3)
    for frame in sent:
        courier.put(frame)
    time.sleep(0.2)
    assert courier.spooled > 0
    assert read_all(theirs, sum(map(len, sent))) == b"".join(sent)
    courier.finish()


def test_a_reader_that_has_gone_ends_the_courier(pair, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    ours, theirs = pair
    courier = Courier(ours, memory_limit=1000)
    for frame in frames(100, 4):
        courier.put(frame)
    theirs.close()
    courier.put(b"more")
    courier.finish(10)
    assert not any(thread.name == "courier" for thread in threading.enumerate())
    assert list(tmp_path.iterdir()) == []
