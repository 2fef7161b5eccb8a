from __future__ import annotations

import io
import os
import pty
import re
import subprocess
import sys
import termios
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from eval_builders import asks, begun, evaluated, progress, questions, subtasks
from rich.console import Console

from perfbench.evaluation import telling
from perfbench.reports.evaluation import board
from perfbench.reports.evaluation.board import EvalBoard
from perfbench.reports.evaluation.keys import Keys, keys_in
from perfbench.reports.evaluation.state import Tasks
from perfbench.types import Asked, RunFinished, Scoring, Subtask

ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


@pytest.fixture(autouse=True)
def _draw_always(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(board, "REFRESH_S", 0.0)
    # The board's own ticks would come between those of a test.
    monkeypatch.setattr(board, "TICK_S", 3600.0)


@pytest.fixture
def terminal() -> Iterator[tuple[int, int]]:
    """Both ends of a pseudo-terminal."""
    ends = pty.openpty()
    yield ends
    for end in ends:
        os.close(end)


def started(
    planned: Sequence[Subtask], width: int = 100, height: int = 40, keys: Keys | None = None
) -> tuple[EvalBoard, io.StringIO]:
    file = io.StringIO()
    console = Console(file=file, width=width, height=height, force_terminal=True, markup=False)
    shown = EvalBoard(console, keys or Keys(fd=-1))
    shown(begun("results/x", planned))
    return shown, file


def last_picture(file: io.StringIO) -> list[str]:
    """The lines of the board as they stand on the screen, without escape codes."""
    plain = ESCAPES.sub("", file.getvalue()).replace("\r", "\n")
    lines = [line.rstrip() for line in plain.split("\n") if line.strip()]
    heads = [place for place, line in enumerate(lines) if line.startswith("Base path")]
    return lines[heads[-1] :]


def row(file: io.StringIO, name: str) -> str:
    """All that the board says of one subtask."""
    lines = last_picture(file)
    place = next(i for i, line in enumerate(lines) if line.startswith(name))
    return "\n".join(lines[place : place + 2])


def test_times_left_follow_from_the_rates_so_far() -> None:
    clock = [100.0]
    planned = subtasks(["gsm8k", "mmlu"])
    tasks = Tasks([telling.facts(each) for each in planned], clock=lambda: clock[0])
    first, second = planned
    assert tasks.left(100.0) is None
    tasks.hear(asks(first, reused=2))
    clock[0] = 110.0
    assert (tasks.of(first.name).left(110.0), tasks.left(110.0)) == (None, None)
    tasks.hear(progress(first, 2, sent=6))
    missing = first.samples * first.repeats - 2
    assert tasks.of(first.name).left(110.0) == pytest.approx((missing - 2) * 5.0)
    assert tasks.of(second.name).left(110.0) is None
    everything = missing - 2 + second.samples * second.repeats
    assert tasks.left(110.0) == pytest.approx(everything * 5.0)
    tasks.hear(Asked(first.name))
    tasks.hear(Asked(second.name, "nobody there"))
    assert tasks.left(120.0) is None


def test_a_subtask_moves_from_waiting_to_finished(tmp_path: Path) -> None:
    planned = subtasks(["gsm8k"])
    shown, file = started(planned)
    assert last_picture(file)[0] == "Base path of results and logs: results/x"
    assert "Page 1/1, 1 tasks" in last_picture(file)[1]
    assert "–/8" in row(file, "qwen-a/gsm8k")
    assert "waiting" in row(file, "qwen-a/gsm8k")
    shown(asks(planned[0], reused=2))
    shown(progress(planned[0], 3, sent=5, failed={"http_5xx": 1, "connect": 1}))
    shown.tick()
    assert "5/8" in row(file, "qwen-a/gsm8k")
    assert "5 sent, 2 received, 1 finished, 2 failed" in row(file, "qwen-a/gsm8k")
    assert f"pid {os.getpid()}" in row(file, "qwen-a/gsm8k")
    assert "logs/infer/qwen-a/gsm8k.out" in row(file, "qwen-a/gsm8k")
    assert "asking" in row(file, "qwen-a/gsm8k")
    shown(progress(planned[0], 6))
    shown(Asked(planned[0].name))
    assert "finished" in row(file, "qwen-a/gsm8k").split("\n")[0]
    shown(Scoring(planned[0].name))
    assert "scoring" in row(file, "qwen-a/gsm8k")
    result = evaluated(tmp_path, questions(["gsm8k"]), ["Rw"])
    shown(telling.scored(result.scores[0], ()))
    result.run.close()
    shown(RunFinished())
    assert "finished" in row(file, "qwen-a/gsm8k").split("\n")[0]
    assert "logs/eval/qwen-a/gsm8k.out" in row(file, "qwen-a/gsm8k")


def test_what_was_reused_failed_or_never_asked_says_so() -> None:
    planned = subtasks(["gsm8k", "arc", "bbh", "mmlu"])
    shown, file = started(planned)
    shown(asks(planned[0], reused=8))
    shown(Asked(planned[0].name))
    shown(asks(planned[1], changed=3))
    shown(Asked(planned[1].name, "nobody there"))
    shown(asks(planned[2]))
    shown(progress(planned[2], 1))
    shown(Asked(planned[2].name))
    for each in planned:
        shown(Scoring(each.name))
    shown(RunFinished())
    first = {each.name: row(file, each.name).split("\n")[0] for each in planned}
    states = {each.name: first[each.name].split()[-1] for each in planned[1:]}
    assert states == {"qwen-a/arc": "failed", "qwen-a/bbh": "stopped", "qwen-a/mmlu": "stopped"}
    assert "8/8" in first["qwen-a/gsm8k"]
    text = ESCAPES.sub("", file.getvalue())
    assert "note: qwen-a/arc: asking failed: nobody there" in text
    assert "3 stored answers are not used" in " ".join(text.split())


@pytest.mark.parametrize(("width", "lines"), [(80, 2), (100, 2), (230, 1)])
def test_it_fits_the_screen(width: int, lines: int) -> None:
    planned = subtasks(["gsm8k", "general_qa"], ["a-model-with-a-rather-long-name", "b"])
    shown, file = started(planned, width, height=12)
    shown(asks(planned[0]))
    shown(progress(planned[0], 4))
    shown(RunFinished())
    picture = last_picture(file)
    assert max(map(len, picture)) <= width
    assert len(picture) <= 11
    assert len(picture) == 4 + min(len(planned), 6 // lines) * lines


def test_arrows_page_and_p_pauses(terminal: tuple[int, int]) -> None:
    planned = subtasks(["gsm8k", "arc", "bbh", "mmlu"])
    keyboard, screen = terminal
    shown, file = started(planned, 80, height=10, keys=Keys(fd=screen))

    def press(keys: bytes) -> list[str]:
        os.write(keyboard, keys)
        shown.tick()
        return last_picture(file)

    assert "Page 1/2" in last_picture(file)[1]
    assert "Page 2/2" in press(b"\x1b[B")[1]
    assert row(file, "qwen-a/mmlu")
    assert "PAUSED" in press(b"p")[1]
    before = file.getvalue()
    shown(asks(planned[0]))
    shown.tick()
    assert file.getvalue() == before
    assert "PAUSED. Page 1/2" in press(b"\x1b[A")[1]
    assert "Page 1/2" in press(b"\x1b[A")[1]
    assert "PAUSED" not in press(b"P")[1]
    assert "asking" in row(file, "qwen-a/gsm8k")
    shown(RunFinished())


def test_it_looks_at_the_keyboard_by_itself(
    terminal: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(board, "TICK_S", 0.01)
    keyboard, screen = terminal
    before = termios.tcgetattr(screen)
    shown, file = started(subtasks(["gsm8k", "arc", "bbh", "mmlu"]), 80, 10, Keys(fd=screen))
    with shown:
        os.write(keyboard, b"\x1b[B")
        end = time.monotonic() + 20
        while "Page 2/2" not in file.getvalue():
            assert time.monotonic() < end
            time.sleep(0.01)
    assert termios.tcgetattr(screen)[3] == before[3]
    assert file.getvalue().count("\x1b[?25h") == 1
    drawn = file.getvalue()
    shown.tick()
    assert file.getvalue() == drawn


@pytest.mark.parametrize(
    ("pressed", "keys"),
    [
        (b"", []),
        (b"\x1b[A\x1b[B", ["up", "down"]),
        (b"\x1bOA\x1bOB", ["up", "down"]),
        (b"\x1b[5~\x1b[6~", ["up", "down"]),
        (b"pP", ["pause", "pause"]),
        (b"xq\x1b[C\x1b[Ap\xff", ["up", "pause"]),
    ],
)
def test_keys_are_known_by_their_bytes(pressed: bytes, keys: list[str]) -> None:
    assert keys_in(pressed) == keys


def test_what_is_no_terminal_has_no_keys(tmp_path: Path) -> None:
    with open(tmp_path / "file", "w") as file:
        keys = Keys(fd=file.fileno())
        assert not keys.open()
        assert keys.read() == []
        keys.close()


IN_CHARGE = """
import os, sys, termios
from perfbench.reports.evaluation.keys import Keys
before = termios.tcgetattr(0)
keys = Keys()
assert keys.open()
assert termios.tcgetattr(0)[3] & termios.ISIG, "Ctrl-C must interrupt"
assert not termios.tcgetattr(0)[3] & (termios.ECHO | termios.ICANON)
print("ready", flush=True)
import time
found = []
while len(found) < 2:
    found += keys.read()
    time.sleep(0.01)
print(found)
if sys.argv[1] == "raise":
    raise SystemExit(3)
keys.close()
print("restored", termios.tcgetattr(0) == before)
"""


@pytest.mark.parametrize("ending", ["close", "raise"])
def test_the_terminal_is_put_back(ending: str, terminal: tuple[int, int]) -> None:
    keyboard, screen = terminal
    before = termios.tcgetattr(screen)
    child = subprocess.Popen(
        [sys.executable, "-c", IN_CHARGE, ending],
        stdin=screen,
        stdout=subprocess.PIPE,
        start_new_session=True,
        preexec_fn=_own_terminal,
    )
    assert child.stdout is not None
    assert child.stdout.readline() == b"ready\n"
    os.write(keyboard, b"\x1b[Bp")
    said, _ = child.communicate(timeout=20)
    assert b"['down', 'pause']" in said
    if ending == "close":
        assert b"restored True" in said
    assert child.returncode == (0 if ending == "close" else 3)
    assert termios.tcgetattr(screen)[3] == before[3]


def _own_terminal() -> None:
    import fcntl

    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def test_rates_and_times_are_of_asking_alone() -> None:
    (subtask,) = subtasks(["gsm8k"])
    now = 100.0
    tasks = Tasks([telling.facts(subtask)], clock=lambda: now)
    tasks.hear(asks(subtask))
    state = tasks.of(subtask.name)
    assert state.rate(now) is None
    tasks.hear(progress(subtask, 8))
    now = 104.0
    assert state.rate(now) == 2.0
    tasks.hear(Asked(subtask.name))
    assert (state.status, state.spent(999.0), state.rate(999.0)) == ("finished", 4.0, 2.0)
