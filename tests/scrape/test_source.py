"""One page, of services that answer as they should and as they should not."""

from __future__ import annotations

import contextlib
import gzip
import socket
import sys
import threading
import time
from pathlib import Path

import pytest
from pages import VLLM

sys.path.append(str(Path(__file__).parent.parent / "client"))

from scripted_server import FIN, RST, Reply, ScriptedServer, chunk, head, sized, target_of

from perfbench.client.clock import now_ns
from perfbench.client.target import Target
from perfbench.scrape import source
from perfbench.scrape.names import Reading
from perfbench.scrape.source import Page
from perfbench.types import Scrape

TEXT = VLLM.text.encode()


def scraped(*replies: Reply, times: int = 1) -> tuple[list[Scrape], ScriptedServer]:
    server = ScriptedServer(replies)
    with server.running():
        page = Page("http://h/metrics", target_of(server), "/metrics", Reading({}, ()))
        found = [page.scrape() for _ in range(times)]
        page.close()
    return found, server


def problem(*steps: bytes | float | str) -> str | None:
    (found,), _ = scraped(Reply(steps))
    assert found.failed
    assert found.kind == ""
    return found.problem


@pytest.mark.parametrize(
    "steps",
    [
        [sized(TEXT)],
        [head(), chunk(TEXT[:100]), 0.01, chunk(TEXT[100:]), chunk(b"")],
        [sized(gzip.compress(TEXT), "200 OK\r\nContent-Encoding: gzip")],
        [head("200 OK", "Connection: close"), TEXT, FIN],
    ],
)
def test_a_page_is_read_whatever_its_framing(steps):
    (found,), server = scraped(Reply(steps))
    assert found.problem is None
    assert found.kind == "vllm"
    assert found.values["running"] == 8
    assert found.histograms["ttft"].total == 50
    assert server.requests[0][0].startswith(b"GET /metrics HTTP/1.1\r\n")


def test_the_stamp_is_the_middle_of_the_round_trip():
    began = now_ns()
    (found,), _ = scraped(Reply([0.2, sized(TEXT)]))
    assert found.half_ns >= 0.1e9
    assert began <= found.at_ns - found.half_ns
    assert found.at_ns + found.half_ns <= now_ns()


def test_one_connection_serves_all_looks_and_is_made_anew_when_it_is_gone():
    found, server = scraped(Reply([sized(TEXT)]), times=3)
    assert (len(found), server.connections) == (3, 1)
    found, server = scraped(Reply([sized(TEXT), FIN]), times=3)
    assert [each.failed for each in found] == [False] * 3
    assert server.connections == 3


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        ([FIN], "Remote end closed connection without response"),
        ([RST], "connection reset by peer"),
        ([sized(b"not found", "404 Not Found")], "answered 404"),
        ([sized(b"", "302 Found\r\nLocation: /x")], "answered 302"),
        ([sized(b"<html>")], "nothing in it is known"),
        ([sized(b"\xff\xfe\x00")], "nothing in it is known"),
        ([sized(b"a: b", "200 OK\r\nContent-Encoding: gzip")], "Error -3"),
        ([head("200 OK", "Content-Length: 999999"), TEXT[:50], FIN], "nothing in it is known"),
        ([b"\x00\x01\x02\r\n\r\n", FIN], ""),
    ],
)
def test_what_is_no_page_says_why(steps, words):
    assert words in (problem(*steps) or "")


@pytest.mark.parametrize(
    "steps",
    [
        [60.0],
        [head(), 60.0],
        [head(), *[chunk(b"#\n"), 0.05] * 99],
        [head("200 OK", "Connection: close"), *[b"#\n", 0.05] * 99],
    ],
)
def test_a_page_that_hangs_is_given_up_in_time(steps, monkeypatch):
    monkeypatch.setattr(source, "TIMEOUT_S", 0.3)
    began = time.monotonic()
    assert problem(*steps) == "timed out"
    assert time.monotonic() - began < 3


def test_a_handshake_that_dribbles_is_given_up_in_time(monkeypatch):
    monkeypatch.setattr(source, "TIMEOUT_S", 0.3)
    over = threading.Event()

    def dribble() -> None:
        connection, _ = listener.accept()
        with connection, contextlib.suppress(OSError):
            connection.sendall(b"\x16\x03\x03\x40\x00\x02\x00\x3f\xfc")  # A record, begun.
            while not over.wait(0.05):
                connection.sendall(b"\x00")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=dribble)
        thread.start()
        target = Target(scheme="https", host="127.0.0.1", port=listener.getsockname()[1])
        page = Page("p", target, "/metrics", Reading({}, ()))
        began = time.monotonic()
        assert page.scrape().problem == "timed out"
        assert time.monotonic() - began < 3
        over.set()
        thread.join(5)


@pytest.mark.parametrize("ends", [(), ("Connection: close",)])
def test_a_close_ends_a_scrape_that_dribbles(ends):
    server = ScriptedServer([Reply([head("200 OK", *ends), *[chunk(b"#\n"), 0.05] * 200])])
    with server.running():
        page = Page("p", target_of(server), "/metrics", Reading({}, ()))
        found: list[Scrape] = []
        reader = threading.Thread(target=lambda: found.append(page.scrape()))
        reader.start()
        while not server.sent_ns:
            time.sleep(0.01)
        time.sleep(0.2)
        began = time.monotonic()
        page.close()
        reader.join(10)
        assert time.monotonic() - began < 3
    assert [each.failed for each in found] == [True]
    assert server.connections == 1


def test_scrapes_of_two_threads_take_turns():
    server = ScriptedServer([Reply([0.2, sized(TEXT)])])
    with server.running():
        page = Page("p", target_of(server), "/metrics", Reading({}, ()))
        found: list[Scrape] = []
        readers = [threading.Thread(target=lambda: found.append(page.scrape())) for _ in range(3)]
        for each in readers:
            each.start()
        for each in readers:
            each.join(10)
        page.close()
    assert [each.problem for each in found] == [None] * 3
    assert server.connections == 1


@pytest.mark.parametrize("ends", [(), ("Connection: close",)])
def test_each_scrape_goes_to_the_unix_socket(ends, tmp_path):
    steps = [head("200 OK", *(ends or (f"Content-Length: {len(TEXT)}",))), TEXT]
    place = str(tmp_path / "s")
    server = ScriptedServer([Reply([*steps, FIN] if ends else steps)], socket.AF_UNIX, place)
    other = ScriptedServer([Reply([sized(TEXT)])])
    with server.running(), other.running():
        target = target_of(other, unix_socket=place)
        page = Page("p", target, "/metrics", Reading({}, ()))
        found = [page.scrape() for _ in range(3)]
        page.close()
    assert [each.problem for each in found] == [None] * 3
    assert (len(server.requests), other.connections) == (3, 0)


def test_a_page_that_is_too_long_is_given_up(monkeypatch):
    monkeypatch.setattr(source, "LIMIT", 1 << 20)
    bomb = gzip.compress(b"#\n" * (2 << 20))
    assert problem(sized(bomb, "200 OK\r\nContent-Encoding: gzip")) == "more than 1 MB"
    endless = [head(), *[chunk(b"#" * 65536)] * 20]
    assert problem(*endless, FIN) == "more than 1 MB"


def test_part_of_a_page_that_lies_is_left_out_and_the_rest_counts():
    text = TEXT.replace(b"vllm:num_preemptions_total", b"vllm:num_preemptions_total NaN\n#")
    (found,), _ = scraped(Reply([sized(text)]))
    assert "preemptions" not in found.values
    assert found.values["waiting"] == 2
    assert found.problem == "not a finite number: vllm:num_preemptions_total NaN"


def test_nobody_there_is_a_look_that_failed():
    server = ScriptedServer([Reply([FIN])])
    with server.running():
        target = target_of(server)
    page = Page("gone", target, "/metrics", Reading({}, ()))
    assert page.scrape().problem == "connection refused"


def test_no_thread_is_left(monkeypatch):
    before = threading.active_count()
    scraped(Reply([sized(TEXT)]), times=5)
    deadline = time.monotonic() + 5
    while threading.active_count() > before and time.monotonic() < deadline:
        time.sleep(0.01)
    assert threading.active_count() <= before
