"""The looks of a point: before it, during it, after it, and sources that fail."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from perfbench.client.clock import now_ns
from perfbench.scrape import watch
from perfbench.scrape.watch import Watch
from perfbench.types import Scrape


class Counting:
    """A source whose answers are computed; a real one is read in test_source."""

    def __init__(self, name: str, answer: Callable[[int], dict[str, float]]) -> None:
        self.name = name
        self.answer = answer
        self.looks = 0

    def scrape(self) -> Scrape:
        self.looks += 1
        values = self.answer(self.looks)
        return Scrape(self.name, "vllm", now_ns(), 1, values, problem=None if values else "no")

    def close(self) -> None:
        pass


def test_every_source_is_read_before_and_after_and_in_between():
    source = Counting("a", lambda look: {"requests": min(look, 4)})
    looking = Watch([source], 0.05)
    looking.begin()
    began = now_ns()
    assert len(looking.taken()) >= 1
    time.sleep(0.3)
    ended = now_ns()
    looking.end()
    stamps = [each.at_ns for each in looking.taken()]
    assert stamps == sorted(stamps)
    assert any(began < stamp < ended for stamp in stamps)
    assert stamps[-1] > ended
    assert looking.taken() == []
    looks = source.looks
    time.sleep(0.15)
    assert source.looks == looks


def test_the_last_look_waits_for_a_service_that_counts_late():
    ended = threading.Event()
    after = iter(range(100))

    def answer(look: int) -> dict[str, float]:
        if not ended.is_set():
            return {"requests": 7, "running": 3}
        step = next(after)
        return {"requests": min(7 + step, 10), "running": max(0, 3 - step)}

    looking = Watch([Counting("a", answer)], 10)
    looking.begin()
    ended.set()
    looking.end()
    assert looking.taken()[-1].values == {"requests": 10, "running": 0}


def test_the_last_look_does_not_wait_for_others_for_ever(monkeypatch):
    monkeypatch.setattr(watch, "SETTLE_S", 0.3)
    source = Counting("a", lambda look: {"requests": look, "running": 1})
    looking = Watch([source], 10)
    looking.begin()
    began = time.monotonic()
    looking.end()
    assert time.monotonic() - began < 3


def test_a_source_that_hangs_delays_no_other(monkeypatch):
    monkeypatch.setattr(watch, "TIMEOUT_S", 0.2)
    monkeypatch.setattr(watch, "SETTLE_S", 0.1)
    monkeypatch.setattr(watch, "_SPARE_S", 0.1)
    release = threading.Event()

    def hang(look: int) -> dict[str, float]:
        release.wait(20)
        return {}

    looking = Watch([Counting("hangs", hang), Counting("a", lambda look: {"power_w": 1})], 0.05)
    looking.begin()
    time.sleep(0.3)
    looking.end()
    release.set()
    found = looking.taken()
    assert len(found) > 3
    assert {each.source for each in found} == {"a"}


def test_a_source_that_is_slow_is_waited_for_until_its_last_scrape(monkeypatch):
    monkeypatch.setattr(watch, "TIMEOUT_S", 0.75)
    monkeypatch.setattr(watch, "SETTLE_S", 0.05)
    monkeypatch.setattr(watch, "_SPARE_S", 0.1)
    looking = threading.Event()

    def slow(look: int) -> dict[str, float]:
        looking.set()
        time.sleep(0.5)
        return {"requests": look}

    source = Counting("slow", slow)
    watching = Watch([source], 0.01)
    watching.begin()
    looking.clear()
    assert looking.wait(10)
    watching.end()
    assert len(watching.taken()) == source.looks
    looking.clear()
    assert not looking.wait(0.7)


def test_after_failures_the_end_is_not_waited_for():
    source = Counting("a", lambda look: {})
    looking = Watch([source], 0.02)
    looking.begin()
    time.sleep(0.2)
    looking.end()
    found = looking.taken()
    assert all(each.failed for each in found)


def test_a_watch_that_is_stopped_looks_no_more():
    source = Counting("a", lambda look: {"requests": look, "running": 1})
    looking = Watch([source], 10)
    looking.begin()
    looking.stop()
    looking.end()
    assert source.looks == 1
