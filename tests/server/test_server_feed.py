"""What watchers are told, from files of events as jobs write them, and worse ones."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from perfbench.server.feed import (
    LONGEST_LINE_BYTES,
    MAX_BEHIND,
    REPLAYED_PROGRESS,
    Feed,
    Feeds,
)


def line(event: str, **fields: Any) -> bytes:
    return json.dumps({"time": "2026-01-01T00:00:00Z", "event": event, **fields}).encode() + b"\n"


def progress(name: str, done: int) -> bytes:
    return line("progress", name=name, done=done)


def events(blocks: list[bytes]) -> list[dict[str, Any]]:
    """What server-sent events say."""
    return [json.loads(block.split(b"\ndata: ")[1]) for block in blocks]


async def fed(path: Path) -> Feed:
    feed = Feed(path)
    await feed.read_all()
    return feed


async def test_who_comes_late_hears_all_but_some_of_the_progress(tmp_path: Path) -> None:
    path = tmp_path / "events"
    names = ("a", "b", "c")
    with path.open("wb") as file:
        file.write(line("note", text="first"))
        for done in range(4000):
            for name in names:
                file.write(progress(name, done))
        file.write(line("note", text="last"))
    told = events((await fed(path)).join()[0])
    assert [told[0]["text"], told[-1]["text"]] == ["first", "last"]
    for name in names:
        done = [each["done"] for each in told if each.get("name") == name]
        steps = {after - before for before, after in pairwise(done[:-1])}
        assert (done[0], done[-1], len(steps)) == (0, 3999, 1)
    assert REPLAYED_PROGRESS / 2 <= len(told) - 2 <= 2 * REPLAYED_PROGRESS + len(names)


async def test_who_comes_again_goes_on_where_it_was(tmp_path: Path) -> None:
    path = tmp_path / "events"
    path.write_bytes(b"".join(progress("a", done) for done in range(10)))
    feed = await fed(path)
    blocks, _ = feed.join()
    for heard in (0, 4, 10):
        place = int(blocks[heard - 1].split(b"\n")[0][4:]) if heard else 0
        assert events(feed.join(place)[0]) == events(blocks[heard:])
    assert events(feed.join(10**9)[0]) == events(blocks), "a place of another file"


async def test_a_watcher_hears_each_event_once(tmp_path: Path) -> None:
    path = tmp_path / "events"
    path.write_bytes(progress("a", 0))
    feed = await fed(path)
    before, watcher = feed.join()
    with path.open("ab") as file:
        file.write(progress("a", 1) + progress("a", 2)[:20])
    await feed.read_all()
    assert feed.cut
    with path.open("ab") as file:
        file.write(progress("a", 2)[20:])
    await feed.read_all()
    feed.end()
    told = []
    while (block := await watcher.get()) is not None:
        told.append(block)
    assert [each["done"] for each in events(before + told)] == [0, 1, 2]
    assert not feed.cut
    _, late = feed.join()
    assert await late.get() is None


@pytest.mark.parametrize(
    "foreign",
    [
        b"",
        b"\x00" * 100,
        b'{"event": "progress"',
        b"[]",
        b"7",
        b"\xff\xfe",
        b'{"event":"point_started"}',
        b'{"event":"point_started","point":{"name":3}}',
        b'{"event":"run_started","points":5}',
        b"[" * 100_000,
    ],
)
async def test_a_line_that_is_no_event_is_passed_over(tmp_path: Path, foreign: bytes) -> None:
    path = tmp_path / "events"
    path.write_bytes(progress("a", 1) + foreign + b"\n" + progress("a", 2))
    feed = await fed(path)
    assert [each["done"] for each in events(feed.join()[0])] == [1, 2]
    assert feed.seen.progress["a"]["done"] == 2


async def test_a_line_without_end_does_not_fill_the_memory(tmp_path: Path) -> None:
    path = tmp_path / "events"
    with path.open("wb") as file:
        file.write(progress("a", 1))
        file.write(b"x" * (2 * LONGEST_LINE_BYTES))
    feed = await fed(path)
    assert feed.cut
    with path.open("ab") as file:
        file.write(b"\n" + progress("a", 2))
    await feed.read_all()
    told, _ = feed.join()
    assert [each["done"] for each in events(told)] == [1, 2]
    assert told[-1].startswith(b"id: %d\n" % path.stat().st_size)


async def test_another_file_in_its_place_is_read_from_the_beginning(tmp_path: Path) -> None:
    path = tmp_path / "events"
    path.write_bytes(progress("a", 1) * 5)
    feed = await fed(path)
    path.write_bytes(progress("b", 1))
    await feed.read_all()
    assert list(feed.seen.progress) == ["b"]
    other = tmp_path / "other"
    other.write_bytes(progress("c", 1) * 9)
    other.replace(path)
    await feed.read_all()
    assert list(feed.seen.progress) == ["c"]
    assert len(feed.join()[0]) == 9


async def test_a_watcher_that_does_not_read_is_let_go(tmp_path: Path) -> None:
    path = tmp_path / "events"
    path.write_bytes(b"")
    feed = await fed(path)
    _, slow = feed.join()
    path.write_bytes(b"".join(progress("a", done) for done in range(MAX_BEHIND + 500)))
    await feed.read_all()
    _, quick = feed.join()
    told = [slow.get_nowait() for _ in range(slow.qsize())]
    assert len(told) == MAX_BEHIND + 1
    assert told[-1] is None
    feed.beat()
    assert (slow.qsize(), quick.qsize()) == (0, 1)


async def test_few_feeds_of_jobs_that_ended_are_kept(tmp_path: Path) -> None:
    feeds = Feeds()
    running = feeds.begin("running", tmp_path / "running")
    first, is_new = feeds.past("0", tmp_path / "0")
    assert is_new
    for number in range(1, 100):
        feeds.past(str(number), tmp_path / str(number))
        assert feeds.past("0", tmp_path / "0") == (first, False), "it is asked for all the time"
    assert feeds.past("1", tmp_path / "1")[1]
    assert feeds.running("running") is running
