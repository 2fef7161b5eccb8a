"""No program gets out of its box, at least not in one of these ways."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from boxes import CONFINED, EVERY, box_of
from escapes import PROBES, program

from perfbench.sandbox.jobs import Limits


@pytest.fixture
def victim() -> Iterator[int]:
    """A process that a program has no business with, and a socket that listens."""
    with subprocess.Popen(["sleep", "100"]) as process:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
            listener.bind(f"\0perfbench-listener-{process.pid}")
            yield process.pid
        process.kill()


@pytest.fixture
def plant(tmp_path: Path) -> Path:
    """A folder that everybody may write to, with files to read and to break."""
    for name in ("secret", "second", "fourth"):
        (tmp_path / name).write_text("do not tell")
        (tmp_path / name).chmod(0o666)
    for folder in (tmp_path, *tmp_path.parents[:3]):
        if folder.name.startswith(("test_", "pytest-", "popen-")) or folder == tmp_path:
            folder.chmod(0o777)
    return tmp_path


def outcomes(kind: str, plant: Path, victim: int, *, harmless: bool) -> dict[str, str]:
    probes = [each for each in PROBES if each.harmless or not harmless]
    ran = box_of(kind).once(program(probes, str(plant), victim), b"", Limits())
    assert ran.ended == "exited", ran
    lines = ran.stdout.decode().splitlines()
    found = {line.split()[1]: line for line in lines}
    assert set(found) == {each.name for each in probes}, ran.stderr
    return found


def test_there_are_enough_probes() -> None:
    assert len({each.name for each in PROBES}) == len(PROBES) >= 60


@pytest.mark.skipif(sys.platform != "linux", reason="the sandboxes need Linux")
def test_harmless_probes_work_where_nothing_holds_them(plant: Path, victim: int) -> None:
    found = outcomes("none", plant, victim, harmless=True)
    assert not [line for line in found.values() if not line.startswith("ESCAPED")]


@pytest.mark.parametrize("kind", EVERY)
def test_no_probe_escapes(kind: str, plant: Path, victim: int) -> None:
    found = outcomes(kind, plant, victim, harmless=False)
    assert not [line for line in found.values() if not line.startswith("held")]
    assert (plant / "secret").read_text() == "do not tell"
    assert sorted(each.name for each in plant.iterdir()) == ["fourth", "second", "secret"]


@pytest.mark.parametrize("kind", CONFINED)
@pytest.mark.parametrize(
    "code",
    [
        "import ctypes; ctypes.CDLL(None).syscall(0x40000000 + 39); print('ESCAPED')",
        "import ctypes, mmap\nm = mmap.mmap(-1, 4096, prot=7)\n"
        "m.write(b'\\xb8\\x14\\0\\0\\0\\xcd\\x80\\xc3')\n"
        "a = ctypes.addressof(ctypes.c_char.from_buffer(m))\n"
        "print('ESCAPED', ctypes.CFUNCTYPE(ctypes.c_int)(a)())",
    ],
    ids=["32-bit pointers", "32-bit calls"],
)
def test_calls_of_other_word_sizes_end_the_program(kind: str, code: str) -> None:
    if box_of(kind) and __import__("platform").machine() != "x86_64":
        pytest.skip("only x86_64 has such calls")
    ran = box_of(kind).once(code, b"", Limits())
    assert (ran.stdout, ran.exit) == (b"", -31)
