from __future__ import annotations

import io
import re
import time
from collections.abc import Sequence

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from report_builders import begun, make_point, make_progress, make_summary
from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from perfbench.reports import live
from perfbench.reports.live import (
    Links,
    LiveDisplay,
    PlainDisplay,
    load_display,
    make_console,
    opening,
)
from perfbench.reports.picture import Picture
from perfbench.reports.sweep import Sweep
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


def test_nothing_foreign_acts_on_the_terminal() -> None:
    file = Terminal()
    console = make_console(file, 60)
    table = Table("a\x1b[2J")
    table.add_row("c\x9b1m")
    with Live(table, console=console, auto_refresh=False, redirect_stderr=False):
        console.print("e\x1b]0;title\x07", Text("f\x1b\rg\u202e"), soft_wrap=True)
        console.rule(Text("h\x1b"))
    shown = ESCAPES.sub("", file.getvalue())
    for text in ("a␛[2J", "c�1m", "e␛]0;title␇", "f␛g�", "h␛"):
        assert text in shown
    assert not re.search("[\x07\x9b\u202e]|\x1b[^\\[]", file.getvalue())


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


def test_the_second_line_says_with_which_settings() -> None:
    config = {
        "url": "http://h:1",
        "api": "vllm",
        "dataset": "random",
        "dataset_path": None,
        "max_tokens": [16, 32],
        "seed": 4711,
        "parallel": [1, 10],
        "rate": None,
        "stream": False,
        "ignore_eos": True,
        "headers": {"x-key": "***"},
        "stop": ["\x1b[2J" + "x" * 100],
        "number": [1000],
        "outputs_dir": "elsewhere",
        "api_key": "***",
    }
    given = ["url", "parallel", "stream", "ignore_eos", "headers", "stop", "outputs_dir", "seed"]
    event = msgspec.structs.replace(begun([], **config), given=tuple(given))
    assert opening(event)[1] == (
        "data set random, API vllm, max tokens 16 32, seed 4711, parallel 1 10, no stream, "
        f"ignore eos, headers x-key=***, stop [2J{'x' * 36}…"
    )
    config |= {"prompt": "why?", "max_tokens": None, "seed": None}
    assert opening(begun([], **config))[1] == (
        "prompt 'why?', API vllm, max tokens up to the service"
    )


def test_a_row_moves_from_waiting_to_running_to_done() -> None:
    points = [make_point(0, 1), make_point(1, 10)]
    display, file = started(points)
    assert [line.split()[-1] for line in last_picture(file)[1:3]] == ["waiting", "waiting"]
    display(make_progress(points[0]))
    head, first, *_ = (line.split() for line in last_picture(file))
    assert " ".join(head) == "done flight failed req/s tok/s tokens p50 p99 p50 p99 left"
    assert first[:2] == ["parallel", "1"]
    figures = "430/1000 10 0 35.2 3520 43.0k 49.50 81.25 19.25 44.12 16.2s"
    assert first[-11:] == figures.split()
    display(PointFinished(points[0], make_summary(1)))
    display(make_progress(points[1], 7))
    first, second = (line.split() for line in last_picture(file)[1:3])
    figures = "1000 0 0 80.0 8000 100.0k 60.00 80.00 23.40 31.20 done"
    assert first[-11:] == figures.split()
    assert "7/1000" in second
    display(PointFinished(points[1], make_summary(10)))
    assert last_picture(file)[-1] == "writing the reports"
    display(RunFinished())
    assert "writing the reports" not in last_picture(file)


def test_points_that_a_stop_left_out_do_not_wait_for_ever() -> None:
    points = [make_point(0, 1), make_point(1, 10)]
    display, file = started(points)
    display(PointFinished(points[0], make_summary(1, interrupted=True)))
    display(RunFinished(interrupted=True))
    assert [line.split()[-1] for line in last_picture(file)[1:]] == ["cut", "run"]


def test_failures_are_named_under_their_row() -> None:
    point = make_point()
    display, file = started([point])
    display(make_progress(point, failed={"http_5xx": 3, "timeout": 1}))
    row, kinds = last_picture(file)[1:3]
    assert row.split()[-9] == "4"
    assert kinds.strip() == "http_5xx 3, timeout 1"
    display(RunFinished())


def test_what_goes_on_now_stands_below() -> None:
    """At any width: what has no column is said in words."""
    points = [make_point(0, 1), make_point(1, 10)]
    for width, below in (
        (
            60,
            [
                "TTFT p50 49.50 p99 81.25 ms   ITL p50 19.25 p99 44.12 ms",
                "44,000 tokens   tok/s ▄████   sweep about 25.3s left",
            ],
        ),
        (120, ["tok/s ▄████   sweep about 25.3s left"]),
    ):
        display, file = started(points, width)
        for rate in (1760.0, 3520.0, 3520.0, 3520.0, 3520.0):
            display(make_progress(points[0], event_rate_eps=rate, running_events=1000))
        assert last_picture(file)[3:] == below
        display(RunFinished())
        assert last_picture(file)[1].split()[-1] == "16.2s"


def test_screens_without_other_characters_have_bars_and_curves_too() -> None:
    sweep = Sweep([make_point()])
    for rate in (100.0, 800.0):
        sweep.row(0).advance(make_progress(make_point(), event_rate_eps=rate))
    text = "\n".join(line.plain for line in Picture(120, 40, utf=False).lines(sweep))
    assert "tok/s _#" in text
    assert "####-----" in text
    assert text.isascii()


def test_the_last_place_of_each_sink_is_said_again() -> None:
    links = Links()
    for text in ("http://h/metrics: timed out", "the data set was repeated"):
        links(Note(text))
    for text in ("wandb: offline run; wandb sync x", "otel: http://c", "otel: http://c; 5 spans"):
        links(Note(text, place=True))
    links(RunFinished())
    assert links.said == ["wandb: offline run; wandb sync x", "otel: http://c; 5 spans"]


def test_notes_stand_above_the_table() -> None:
    point = make_point()
    display, file = started([point])
    display(Note("the data set was repeated"))
    plain = ESCAPES.sub("", file.getvalue())
    assert plain.rindex("note: the data set was repeated") < plain.rindex("TTFT ms")
    display(RunFinished())


def test_unknown_figures_are_dashes_and_uncounted_tokens_are_events() -> None:
    point = make_point(number=None, duration_s=60.0)
    nothing = dict.fromkeys(
        ("request_rate_rps", "ttft_p50_ms", "ttft_p99_ms", "itl_p50_ms", "itl_p99_ms", "eta_s")
    )
    display, file = started([point])
    display(make_progress(point, planned=None, output_tokens=None, **nothing))
    figures = "430 10 0 – 3520ev 43.0kev – – – – –"
    assert last_picture(file)[1].split()[-11:] == figures.split()
    display(RunFinished())


def test_the_bar_of_a_timed_point_is_time() -> None:
    point = make_point(number=None, duration_s=60.0)
    display, file = started([point], width=140)
    display(make_progress(point, planned=None, elapsed_s=30.0))
    bar = last_picture(file)[1].split()[2]
    assert abs(bar.count("━") - bar.count("─")) <= 1 < len(bar)
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
    assert width < 60 or not any("…" in line for line in picture)
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
        "API openai, max tokens up to the service",
        "results in results/x",
        "[1/2] parallel 1: 1,000 requests",
        "[1/2] parallel 1: 12.4s: 430/1000 done, 10 in flight, 2 failed (timeout 2), "
        "35.2 req/s, 3520 tok/s, TTFT p50 49.50 p99 81.25 ms, ITL p50 19.25 p99 44.12 ms, "
        "43,000 tokens, 16.2s left, sweep about 46.2s left",
        "[1/2] parallel 1: 1,000 ok, 0 failed in 12.5s, 80.00 req/s, 8,000 tok/s, "
        "TTFT p50 60.00 p99 80.00 ms, ITL p50 23.40 p99 31.20 ms",
        "[2/2] rate 5/s: 1,000 requests, 30 s at most, after 10 for warm-up",
        "[2/2] rate 5/s: interrupted: 9 ok, 0 failed in 12.5s, 80.00 req/s, 8,000 tok/s, "
        "TTFT p50 60.00 p99 80.00 ms, ITL p50 23.40 p99 31.20 ms",
    ]


def test_old_encodings_do_not_crash() -> None:
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding="ascii")
    display = PlainDisplay(file)
    display(Note("an en dash – and 漢字"))
    file.flush()
    assert raw.getvalue() == b"note: an en dash ? and ??\n"
