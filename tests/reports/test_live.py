from __future__ import annotations

import io
import re
import time
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from report_builders import begun, make_point, make_progress, make_summary
from rich.console import Console

from perfbench.reports import live
from perfbench.reports.live import LiveDisplay, PlainDisplay, load_display
from perfbench.types import (
    FAILURES,
    Asking,
    Note,
    Point,
    PointFinished,
    PointStarted,
    RunFinished,
    Scoring,
)

ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Terminal(io.StringIO):
    """A text stream that says it is a terminal."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


def started(points: Sequence[Point], width: int = 100) -> tuple[LiveDisplay, io.StringIO]:
    file = Terminal()
    console = Console(file=file, width=width, height=40, force_terminal=True, markup=False)
    display = LiveDisplay(console)
    display(begun(points))
    return display, file


def last_picture(file: io.StringIO) -> list[str]:
    """The lines of the table as they stand on the screen, without escape codes."""
    plain = ESCAPES.sub("", file.getvalue()).replace("\r", "\n")
    lines = [line.rstrip() for line in plain.split("\n") if line.strip()]
    heads = [place for place, line in enumerate(lines) if line.strip().startswith("done")]
    return lines[heads[-1] :]


@pytest.fixture(autouse=True)
def _draw_always(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "REFRESH_S", 0.0)
    monkeypatch.setattr(live, "LINE_EVERY_S", 0.0)


def test_terminals_get_a_table_and_pipes_get_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    with load_display(Terminal()) as display:
        assert isinstance(display, LiveDisplay)
    with load_display(io.StringIO()) as display:
        assert isinstance(display, PlainDisplay)
    monkeypatch.setenv("TERM", "dumb")
    with load_display(Terminal()) as display:
        assert isinstance(display, PlainDisplay)


def test_the_first_line_says_what_is_measured() -> None:
    display, file = started([make_point()])
    display(RunFinished())
    assert "built-in simulator" in file.getvalue().split("\n")[0]
    other = io.StringIO()
    PlainDisplay(other)(begun([], url="http://h:1", model="m"))
    assert other.getvalue().split("\n")[0] == "perfbench: measuring http://h:1, model m"
    socket = io.StringIO()
    PlainDisplay(socket)(begun([], url=None, unix_socket="/run/llm.sock", model="m"))
    assert socket.getvalue().split("\n")[0] == "perfbench: measuring /run/llm.sock, model m"


def test_a_row_moves_from_waiting_to_running_to_done() -> None:
    points = [make_point(0, 1), make_point(1, 10)]
    display, file = started(points)
    assert [line.split()[-1] for line in last_picture(file)[1:]] == ["waiting", "waiting"]
    display(make_progress(points[0]))
    row = last_picture(file)[1].split()
    assert row[:2] == ["parallel", "1"]
    assert row[3:] == ["430/1000", "10", "0", "35.2", "3520", "50.25", "20.12", "16.2s"]
    display(PointFinished(points[0], make_summary(1)))
    display(make_progress(points[1], 7))
    first, second = (line.split() for line in last_picture(file)[1:3])
    assert first[3:] == ["1000", "0", "0", "80.0", "8000", "50.00", "20.00", "done"]
    assert second[3] == "7/1000"
    display(PointFinished(points[1], make_summary(10)))


def test_failures_are_named_under_their_row() -> None:
    point = make_point()
    display, file = started([point])
    display(make_progress(point, failed={"http_5xx": 3, "timeout": 1}))
    row, kinds = last_picture(file)[1:3]
    assert row.split()[5] == "4"
    assert kinds.strip() == "http_5xx 3, timeout 1"
    display(RunFinished())


def test_notes_stand_above_the_table() -> None:
    point = make_point()
    display, file = started([point])
    display(Note("the data set was repeated"))
    plain = ESCAPES.sub("", file.getvalue())
    assert plain.rindex("note: the data set was repeated") < plain.rindex("TTFT ms")
    display(RunFinished())


def test_unknown_figures_are_dashes_and_uncounted_tokens_are_events() -> None:
    point = make_point(number=None, duration_s=60.0)
    nothing = {"request_rate_rps": None, "ttft_ms": None, "tpot_ms": None, "eta_s": None}
    display, file = started([point])
    display(make_progress(point, planned=None, output_tokens=None, **nothing))
    assert last_picture(file)[1].split()[3:] == ["430", "10", "0", "–", "3520ev", "–", "–", "–"]
    display(RunFinished())


def test_the_bar_of_a_timed_point_is_time() -> None:
    point = make_point(number=None, duration_s=60.0)
    display, file = started([point], width=120)
    display(make_progress(point, planned=None, elapsed_s=30.0))
    bar = last_picture(file)[1].split()[2]
    assert bar.count("━") == bar.count("─") == 15
    display(RunFinished())


@settings(max_examples=40, deadline=None)
@given(
    width=st.integers(40, 200),
    loads=st.lists(st.integers(1, 100_000), min_size=1, max_size=60, unique=True),
    finished=st.integers(0, 60),
)
def test_the_table_never_breaks_the_screen(width: int, loads: list[int], finished: int) -> None:
    points = [make_point(i, load) for i, load in enumerate(loads)]
    display, file = started(points, width)
    for point in points[:finished]:
        errors = {**dict.fromkeys(FAILURES, 0), "connect": 7}
        display(PointFinished(point, make_summary(point.parallel, failed=7, errors=errors)))
    for point in points[finished : finished + 1]:
        display(make_progress(point, failed={"timeout": 2}))
    picture = last_picture(file)
    assert all(len(line) <= width for line in picture)
    assert len(picture) < 40
    running = points[min(finished, len(points) - 1)]
    assert any(f"parallel {running.parallel} " in line + " " for line in picture)
    display(RunFinished())


def test_the_cursor_comes_back() -> None:
    display, file = started([make_point()])
    assert file.getvalue().count("\x1b[?25l") == 1
    display(RunFinished())
    display(RunFinished())
    assert file.getvalue().count("\x1b[?25h") == 1


def test_the_cursor_comes_back_from_an_error() -> None:
    display, file = started([make_point()])
    with pytest.raises(KeyboardInterrupt), display:
        raise KeyboardInterrupt
    assert file.getvalue().count("\x1b[?25h") == 1


def test_events_of_an_evaluation_are_passed_over() -> None:
    file = io.StringIO()
    display = PlainDisplay(file)
    display(Asking(name="m/d", missing=1, reused=0, failed_before=0, changed=0))
    display(Scoring("m/d"))
    assert file.getvalue() == ""


def test_pictures_are_rate_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "REFRESH_S", 3600.0)
    point = make_point()
    display, file = started([point])
    display(make_progress(point, 1))
    display(make_progress(point, 2))
    drawn = file.getvalue()
    display(make_progress(point, 3))
    assert file.getvalue() == drawn
    display(RunFinished())
    assert "3/1000" in file.getvalue()


def test_a_picture_is_cheap() -> None:
    points = [make_point(i, 2**i) for i in range(12)]
    display, _ = started(points)
    begun = time.process_time()
    for done in range(100):
        display(make_progress(points[5], done))
    assert (time.process_time() - begun) / 100 < 0.02
    display(RunFinished())


def test_plain_lines() -> None:
    points = [make_point(0, 1), make_point(1, None, rate=5.0, duration_s=30.0, warmup=10)]
    file = io.StringIO()
    display = PlainDisplay(file)
    display(begun(points))
    display(PointStarted(points[0]))
    display(make_progress(points[0], failed={"timeout": 2}))
    display(PointFinished(points[0], make_summary(1)))
    display(PointStarted(points[1]))
    display(PointFinished(points[1], make_summary(1, completed=9, interrupted=True)))
    display(RunFinished())
    assert file.getvalue().splitlines() == [
        "perfbench: measuring the built-in simulator (no --url was given)",
        "results in results/x",
        "[1/2] parallel 1: 1,000 requests",
        "[1/2] parallel 1: 12.4s: 430/1000 done, 10 in flight, 2 failed (timeout 2), "
        "35.2 req/s, 3520 tok/s, TTFT 50.25 ms, TPOT 20.12 ms, left 16.2s",
        "[1/2] parallel 1: 1,000 ok, 0 failed in 12.5s, 80.00 req/s, 8,000 tok/s, "
        "TTFT 50.00 ms, TPOT 20.00 ms",
        "[2/2] rate 5/s: 1,000 requests, 30 s at most, after 10 for warm-up",
        "[2/2] rate 5/s: interrupted: 9 ok, 0 failed in 12.5s, 80.00 req/s, 8,000 tok/s, "
        "TTFT 50.00 ms, TPOT 20.00 ms",
    ]


def test_old_encodings_do_not_crash() -> None:
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding="ascii")
    display = PlainDisplay(file)
    display(Note("an en dash – and 漢字"))
    file.flush()
    assert raw.getvalue() == b"note: an en dash ? and ??\n"
